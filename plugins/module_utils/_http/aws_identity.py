# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in as an AWS identity: a proof is exchanged for a token, which is renewed in time. Loaded when that is chosen."""

from __future__ import annotations

import json
import re
import threading
import time
from copy import copy
from datetime import datetime, timezone
from typing import Callable, NamedTuple

from .._errors import ApiError, InvalidOption, RateLimited, RequestFailed, UnreadableAnswer
from .aws_proof import ACTION, IN_A_KEY, find_aws_keys, prove, secrets_in
from .credentials import Credentials, Send

PATH = "/api/v2/delegated-token"

# Seconds: how long before its end a token is renewed, how long it lives if Datadog doesn't say, and the longest life
# that is believed.
MARGIN = 60
USUAL_LIFE = 15 * 60
LONGEST_LIFE = 24 * 60 * 60

# How long after a 401 a new token may be refused because it is not known yet, in seconds.
UNTIL_KNOWN = 30

# AWS takes a signature for some minutes; waiting for a rate limit can last longer. In seconds.
FRESH = 60

# Datadog and AWS may give other forms to these, but never other characters.
IN_A_UUID = re.compile("[0-9A-Za-z-]+")
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


class Token(NamedTuple):
    """What Datadog has given for a proof.

    :ivar renew_at: from when on it is not used any more, in Unix seconds.
    """

    headers: dict[str, str]
    renew_at: float


class AwsIdentity(Credentials):
    """The AWS identity of where the module runs, exchanged for a token when the first request needs one.

    :param org_uuid: the organization to log in to.
    :param region: the region whose STS the proof is for; None for the global one.
    :param profile: the profile of the AWS configuration; None for botocore's usual choice.
    :param now: tells the time in Unix seconds.
    :raises InvalidOption: an option holds what can't be one.
    """

    name = "the AWS identity"
    renews = True

    def __init__(
        self,
        org_uuid: str,
        region: str | None = None,
        profile: str | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        if not IN_A_UUID.fullmatch(org_uuid):
            raise InvalidOption("org_uuid", "it contains a character that no UUID has")
        if region and not IN_A_REGION.fullmatch(region):
            raise InvalidOption("cloud_provider_region", "it is not the name of an AWS region, such as eu-west-1")
        self._org_uuid = org_uuid
        self._region = region
        self._profile = profile
        self._now = now or time.time
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._rejected_at = float("-inf")
        self._request_errors = 0
        self._failure: RequestFailed | None = None
        self._secrets: dict[str, None] = {}

    def headers(self, send: Send) -> dict[str, str]:
        """The token, got or renewed where needed: by one thread, while the others wait.

        :raises InvalidOption: botocore or the profile is missing.
        :raises RequestFailed: there are no AWS credentials, or Datadog gave no token. Nothing was written.
        """
        return dict((self._usable() or self._renewed(send)).headers)

    def rejected(self, headers: dict[str, str]) -> bool:
        """Drop the token in ``headers``, unless it was renewed meanwhile; a new one can help either way.

        A token that was got because of a 401 is given some time: Datadog takes some seconds to know a new one.
        """
        with self._lock:
            if self._token and self._token.headers == headers:
                if self._now() - self._rejected_at < UNTIL_KNOWN:
                    return False
                self._token, self._rejected_at = None, self._now()
        return True

    def secrets(self) -> list[str]:
        return list(self._secrets)

    def advice(self, status: int) -> str:
        if status == 401:
            return (
                "Datadog refuses the token that it issued for the AWS identity. Check that the account it is mapped "
                "to is not disabled."
            )
        if status == 403:
            return "Check that the Datadog account that the AWS identity is mapped to has the permission."
        return ""

    def _usable(self) -> Token | None:
        token = self._token
        return token if token and self._now() < token.renew_at else None

    def _renewed(self, send: Send) -> Token:
        failures = self._request_errors
        with self._lock:
            token = self._usable()
            if token:
                return token
            if self._failure and self._request_errors > failures:
                # This thread waited for it. Otherwise 32 threads would fail one after the other.
                raise copy(self._failure)
            try:
                self._token = token = self._log_in(send)
            except RequestFailed as error:
                # A copy for each thread: what one adds to its error is not about the others.
                self._request_errors, self._failure = self._request_errors + 1, copy(error)
                raise
            return token

    def _log_in(self, send: Send) -> Token:
        started = self._now()
        try:
            answer = self._exchange(send)
        except ApiError as error:
            if error.http_status not in {401, 403} or self._now() - started < FRESH:
                raise
            answer = self._exchange(send)  # The proof may have been too old in the end.
        token = _token_in(answer, self._now())
        self._hide(token.headers["Authorization"].partition(" ")[2])
        return token

    def _exchange(self, send: Send) -> object:
        keys = find_aws_keys(self._profile, self._region)  # Read again each time: they may have been renewed.
        proof = prove(keys, self._org_uuid, self._region, datetime.fromtimestamp(self._now(), timezone.utc))
        self._hide(keys.secret_key, keys.token or "", *secrets_in(proof))
        headers = {"Authorization": f"Delegated {proof}", "Content-Type": "application/json"}
        try:
            return send(PATH, headers, ACTION)
        except RequestFailed as error:
            raise self._failed(error) from None

    def _hide(self, *secrets: str) -> None:
        # A new dictionary, for other threads may be reading the old one.
        self._secrets = {**self._secrets, **dict.fromkeys(filter(None, secrets))}

    def _failed(self, error: RequestFailed) -> RequestFailed:
        """``error`` explained, and as an error that can't be taken for one of the request that needs the token.

        That request was not sent: its fate is known, and a 404 or 409 here says nothing about a mapping.
        """
        if isinstance(error, RateLimited):
            return error
        error_class = ApiError if isinstance(error, ApiError) else type(error)
        advice = self._explain(error) if error.http_status in {401, 403} else ""
        return error_class(str(error), error.http_status, error.errors, may_pass=error.may_pass).noted(advice)

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


def _token_in(answer: object, now: float) -> Token:
    """The token in the answer of the exchange.

    :raises UnreadableAnswer: there is none, or none that fits into a header.
    """
    attributes = _field(_field(answer, "data"), "attributes")
    text = _field(attributes, "access_token")
    if not isinstance(text, str) or not IN_A_KEY.fullmatch(text):
        raise UnreadableAnswer(
            f"Could not {ACTION}: Datadog's answer contains no access token. "
            "Something between here and Datadog may have answered in its place: check site and api_url."
        )
    life = _life(_field(attributes, "expires"), now)
    # A token with a short life is used for half of it. Otherwise each request would log in.
    return Token({"Authorization": f"Bearer {text}"}, now + max(life - MARGIN, life / 2))


def _field(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _life(expires: object, now: float) -> float:
    """The seconds until ``expires``, Unix seconds as text; anything else, or out of all reason, is the usual life."""
    if isinstance(expires, (str, int, float)):
        try:
            life = float(expires) - now
        except (ValueError, OverflowError):
            return USUAL_LIFE
        if 0 < life <= LONGEST_LIFE:
            return life
    return USUAL_LIFE
