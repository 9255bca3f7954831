# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of an AWS identity: a signed request to STS, which the one who holds it may send (API reference)."""

from __future__ import annotations

import base64
import binascii
import calendar
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from .credentials import AccessKey
from .sigv4 import ALGORITHM, SERVICE, TERMINATOR, signature

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
GLOBAL_REGION = "us-east-1"
MAX_AGE = 300  # seconds, and as many into the future (AWS)

_SIGNED = {"content-length", "content-type", "host", "x-amz-date", "x-ddog-org-id"}
_SESSION_TOKEN = "x-amz-security-token"
_URL = re.compile(r"https://(sts\.(?:([a-z0-9-]+)\.)?amazonaws\.com)")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/, ]+)/([0-9]{{8}})/([a-z0-9-]+)/{SERVICE}/{TERMINATOR}, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


class Unproven(Exception):
    """What is wrong with a proof."""


@dataclass(frozen=True)
class Proof:
    """A proof that is complete and in form; nothing is said yet about its age, its organization and its signature.

    ``headers`` has lower-case names, ``signed`` the names of those that are signed.
    """

    url: str
    body: bytes
    headers: dict[str, str]
    access_key_id: str
    region: str
    signed: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Take the four parts of a proof apart. Raises Unproven."""
        parts = text.split("|")
        _insist(len(parts) == 4, "it must have four parts with | between them")
        body, url = _decoded("body", parts[0]), _decoded("url", parts[3]).decode("utf-8", "replace")
        _insist(body == BODY, f"the body must be {BODY.decode()}")
        _insist(parts[2] == "POST", "the method must be POST")
        headers = _headers(_decoded("headers", parts[1]))
        host = _URL.fullmatch(url)
        _insist(host, "the url must be https://sts.amazonaws.com or https://sts.REGION.amazonaws.com, without a path")
        assert host is not None
        return cls._signed(url, headers, host[1], host[2] or GLOBAL_REGION)

    @classmethod
    def _signed(cls, url: str, headers: dict[str, str], host: str, region: str) -> Proof:
        authorization = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        _insist(authorization, "the Authorization header is not one of Signature Version 4")
        assert authorization is not None
        signed = authorization[4].split(";")
        needed = _SIGNED | ({_SESSION_TOKEN} & headers.keys())
        _insist(signed == sorted(set(signed)), "SignedHeaders must be in order")
        _insist(needed <= set(signed), f"not signed: {', '.join(sorted(needed - set(signed)))}")
        _insist(set(signed) <= headers.keys(), "a header is signed that is not there")
        _insist(headers["content-length"] == str(len(BODY)), f"Content-Length must be {len(BODY)}")
        _insist(headers["content-type"].lower() == CONTENT_TYPE, f"Content-Type must be {CONTENT_TYPE}")
        _insist(headers["host"] == host, "the host header and the url differ")
        _insist(authorization[3] == region, f"the region of the signature must be {region}")
        _insist(_DATE.fullmatch(headers["x-amz-date"]), "X-Amz-Date must look like 20260102T030405Z")
        _insist(headers["x-amz-date"][:8] == authorization[2], "X-Amz-Date and the date of the signature differ")
        return cls(url, BODY, headers, authorization[1], region, tuple(signed), authorization[5])

    @property
    def org_uuid(self) -> str:
        """The organization that it is for."""
        return self.headers["x-ddog-org-id"]

    @property
    def has_session_token(self) -> bool:
        return _SESSION_TOKEN in self.headers

    def check_age(self, now: float) -> None:
        """Raises Unproven if it was not signed around ``now``, in seconds since 1970."""
        moment = self.headers["x-amz-date"]
        try:
            signed_at = calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise Unproven(f"{moment} is no time") from None
        if signed_at < now - MAX_AGE:
            raise Unproven(f"Signature expired: {moment} is more than {MAX_AGE // 60} minutes ago")
        if signed_at > now + MAX_AGE:
            raise Unproven(f"Signature not yet current: {moment} is more than {MAX_AGE // 60} minutes ahead")

    def check_signature(self, key: AccessKey | None) -> None:
        """Raises Unproven unless it was signed with ``key``. The texts are those of AWS."""
        if key is None or self.headers.get(_SESSION_TOKEN) != key.session_token:
            raise Unproven("The security token included in the request is invalid.")
        signed = {name: self.headers[name] for name in self.signed}
        if not hmac.compare_digest(signature(key.secret, self.region, signed, self.body), self.signature):
            raise Unproven("The request signature we calculated does not match the signature you provided.")


def _insist(is_good: Any, what: str) -> None:
    if not is_good:
        raise Unproven(f"The proof can't be used: {what}")


def _decoded(name: str, part: str) -> bytes:
    """Base64 of the standard alphabet, with padding."""
    try:
        return base64.b64decode(part.encode(), validate=True)
    except (binascii.Error, ValueError):
        raise Unproven(f"The proof can't be used: the {name} is not Base64 with padding") from None


def _headers(text: bytes) -> dict[str, str]:
    try:
        given = json.loads(text.decode())
    except ValueError:
        given = None
    good = isinstance(given, dict) and all(_is_list_of_strings(values) for values in given.values())
    _insist(good, "the headers must be a JSON object of lists of strings")
    headers = {name.lower(): ",".join(values) for name, values in given.items()}
    _insist(len(headers) == len(given), "a header is given twice")
    return headers


def _is_list_of_strings(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(text, str) for text in values)
