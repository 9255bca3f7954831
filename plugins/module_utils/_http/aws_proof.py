# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS credentials, found by botocore, and the proof of who they belong to. Loaded when the AWS identity logs in.

The proof is a signed request to the AWS Security Token Service (STS), which Datadog sends in our place.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode, b64encode
from datetime import datetime
from typing import NamedTuple

from .._errors import CloudAuthError, InvalidOption, RequestFailed

ACTION = "log in with the AWS identity"

# The region of STS at its global address.
DEFAULT_REGION = "us-east-1"

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
USER_AGENT = "datadog_community.cloud_auth"

# AWS may give another form to keys, but never other characters.
IN_A_KEY = re.compile("[!-~]+")
LONGEST_WORDS = 500
USUAL_TIMEOUT = 30
# Faults on the way to what gives AWS credentials, which may be gone the next time.
PASSING = frozenset({"HTTPClientError", "MetadataRetrievalError"})


class AwsKeys(NamedTuple):
    """AWS credentials, named as botocore names them."""

    access_key: str
    secret_key: str
    token: str | None


def prove(keys: AwsKeys, org_uuid: str, region: str | None, at: datetime) -> str:
    """The proof that whoever holds ``keys`` wants to log in to an organization, signed at a time in UTC.

    :returns: body, headers, method and URL of a request to STS, as Datadog's own clients write them.
    """
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    host = f"sts.{region}.amazonaws.com" if region else "sts.amazonaws.com"
    headers = {
        "Content-Length": str(len(BODY)),
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": at.strftime("%Y%m%dT%H%M%SZ"),
        "x-ddog-org-id": org_uuid,
        **({"X-Amz-Security-Token": keys.token} if keys.token else {}),
        "host": host,
    }
    request = AWSRequest(method="POST", url=f"https://{host}", headers=headers, data=BODY)
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(keys, "sts", region or DEFAULT_REGION)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
        f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(request))}, Signature={signature}"
    )
    headers["User-Agent"] = USER_AGENT
    lists = json.dumps({name: [value] for name, value in headers.items()}, separators=(",", ":"))
    return "|".join((_base64(BODY), _base64(lists), "POST", _base64(f"https://{host}")))


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def secrets_in(proof: str) -> tuple[str, str, str]:
    """The proof, and the parts of it from which it could be put together again."""
    headers = proof.split("|")[1]
    signature = json.loads(b64decode(headers))["Authorization"][0].rpartition("=")[2]
    return proof, headers, signature


def find_aws_keys(profile: str | None, region: str | None, timeout: int = USUAL_TIMEOUT) -> AwsKeys:
    """The AWS credentials of ``profile``, or those that botocore's chain finds.

    :param region: where roles are assumed if the AWS configuration names no region.
    :param timeout: seconds to wait for each program and each server that is asked for them.
    :raises InvalidOption: botocore or the profile is missing.
    :raises RequestFailed: there are no credentials, or they can't be got.
    """
    try:
        found = _ask_botocore(profile, region or DEFAULT_REGION, timeout)
    except Exception as error:  # noqa: BLE001 - botocore reads files, runs programs, asks servers: anything can come
        raise _without_keys(error, profile) from None
    if found is None:
        raise RequestFailed(
            f"Could not {ACTION}: there are no AWS credentials. Provide them on the host where the module runs: "
            "environment variables, a profile (aws_profile), or a role of the instance, the container or the pod. "
            "In a container, the instance metadata service needs a hop limit of 2."
        )
    return found


def _ask_botocore(profile: str | None, region: str, timeout: int) -> AwsKeys | None:
    from .aws_chain import bounded_session

    with bounded_session(profile, timeout) as session:
        if not session.get_config_variable("region"):
            session.set_config_variable("region", region)  # botocore assumes no role without one
        credentials = session.get_credentials()
        if credentials is None:
            return None
        frozen = credentials.get_frozen_credentials()
    keys = AwsKeys(str(frozen.access_key), str(frozen.secret_key), str(frozen.token or "") or None)
    if not all(IN_A_KEY.fullmatch(key) for key in filter(None, keys)):
        raise ValueError(
            "those found contain a character that no AWS credentials have, such as a space or a line break"
        )
    return keys


def _without_keys(error: Exception, profile: str | None) -> CloudAuthError:
    """The error for what botocore has raised."""
    words = " ".join(str(error).split())[:LONGEST_WORDS].rstrip(".") or type(error).__name__
    if isinstance(error, ImportError):
        python = sys.executable or "python3"
        return InvalidOption(
            "cloud_provider_type",
            f"it needs the Python library botocore, which {python} can't load ({words}). "
            f"Install it: {python} -m pip install botocore",
        )
    class_names = {base.__name__ for base in type(error).__mro__}
    if "ProfileNotFound" in class_names and profile:
        return InvalidOption("aws_profile", f"there is no profile {profile} in the AWS configuration of this host")
    if "ResponseParserError" in class_names:
        words = "the answer of an AWS service can't be read"  # botocore quotes it: there may be keys in it
    if getattr(error, "kwargs", {}).get("provider") == "custom-process":
        words = "the credential_process of the AWS configuration failed"  # the same holds for what it has printed
    message = f"Could not {ACTION}: getting AWS credentials failed: {words}. {_advice(class_names, words, profile)}"
    return RequestFailed(message, may_pass=bool(class_names & PASSING))


def _advice(class_names: set[str], words: str, profile: str | None) -> str:
    """What to do about an exception of botocore. They go by their names, for older releases lack some of them."""
    if class_names & {"SSOError", "TokenRetrievalError"}:
        return f"Log in again: aws sso login{f' --profile {profile}' if profile else ''}."
    if "CodeNeeded" in class_names:
        return "Use a profile that needs none, or put credentials that were got with one into the environment."
    if "expired" in words.lower():
        return "Renew the AWS credentials that these come from."
    if re.search("connect|timeout|SSL|metadata", words, re.IGNORECASE):
        return "Check the network and the proxy variables."
    return (
        "Check the AWS configuration of the host where the module runs: variables, profile, and the permission to "
        "assume the role."
    )
