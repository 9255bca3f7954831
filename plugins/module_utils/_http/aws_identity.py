# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in as an AWS identity: its proof is a signed request to AWS. Loaded when that is chosen."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timezone

from .._errors import InvalidOption, RequestFailed
from .aws_proof import USUAL_TIMEOUT, find_aws_keys, prove, secrets_in
from .token_exchange import IN_A_UUID, TokenExchange

# AWS may give another form to these, but never other characters.
IN_A_REGION = re.compile("[0-9a-z-]+")
ARN = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d+:[\w+=,.@:/-]*[\w+=@/-]")

# Words that Datadog says, or passes on from AWS, and what to do then. The first that fit count.
REASONS = (
    (r"expired ?token|token .{0,40}is expired", "The AWS credentials have expired: renew them."),
    (
        r"signature (expired|not yet)|request ?(has )?expired|clock|skew",
        "Set the clock of the host where the module runs: the proof is valid for only a few minutes.",
    ),
    (
        r"invalid ?client ?token|signature ?does ?not ?match|signature we calc|token .{0,40}is invalid",
        "AWS does not accept these credentials: check the access key, the secret key and the session token.",
    ),
)


class AwsIdentity(TokenExchange):
    """The AWS identity of where the module runs.

    :param org_uuid: the organization to log in to.
    :param region: the region whose STS the proof is for; None for the global one.
    :param profile: the profile of the AWS configuration; None for botocore's usual choice.
    :param timeout: seconds to wait for each program and each server that is asked for AWS credentials.
    :raises InvalidOption: an option holds what can't be one.
    """

    name = "the AWS identity"

    def __init__(
        self, org_uuid: str, region: str | None = None, profile: str | None = None, timeout: int = USUAL_TIMEOUT
    ) -> None:
        super().__init__()
        if not IN_A_UUID.fullmatch(org_uuid):
            raise InvalidOption("org_uuid", "it contains a character that no UUID has")
        if region and not IN_A_REGION.fullmatch(region):
            raise InvalidOption("cloud_provider_region", "it is not the name of an AWS region, such as eu-west-1")
        self._org_uuid = org_uuid
        self._region = region
        self._profile = profile
        self._timeout = timeout

    def _prove(self) -> str:
        keys = find_aws_keys(
            self._profile, self._region, self._timeout
        )  # Read again each time: they may have been renewed.
        proof = prove(keys, self._org_uuid, self._region, datetime.fromtimestamp(time.time(), timezone.utc))
        self._hide(keys.secret_key, keys.token or "", *secrets_in(proof))
        return proof

    def _explain(self, error: RequestFailed) -> str:
        words = json.dumps(error.errors)
        if "mapping" in words.lower():
            return self._about_mapping(words)
        for pattern, advice in REASONS:
            if re.search(pattern, words, re.IGNORECASE):
                return advice
        if re.search(r"\borg", words, re.IGNORECASE):
            return f"Check that {self._org_uuid} (org_uuid) is the UUID of the organization, and that site is its site."
        return (
            f"Check that a persona mapping of the organization {self._org_uuid} (org_uuid) matches the ARN that "
            "'aws sts get-caller-identity' prints, that site is the one of this organization, that the clock is right, "
            "and that the AWS credentials have not expired."
        )

    def _about_mapping(self, words: str) -> str:
        arn = ARN.search(words)
        identity = arn.group() if arn else "the ARN that 'aws sts get-caller-identity' prints"
        return (
            f"Compare {identity} with the arn_pattern of each persona mapping of the organization {self._org_uuid} "
            "(org_uuid). The module persona_mapping_info, run with other credentials, lists them; with caller_arn, it "
            "lists those that match. A new mapping can take a minute to work."
        )
