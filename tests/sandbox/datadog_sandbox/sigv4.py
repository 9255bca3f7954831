# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Signature Version 4 of a request to STS, from AWS's description of it, without any of AWS's software."""

from __future__ import annotations

import hashlib
import hmac

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "sts"
TERMINATOR = "aws4_request"


def signature(secret: str, region: str, signed: dict[str, str], body: bytes) -> str:
    """The signature of a POST to STS, in hexadecimal digits.

    ``secret``: the secret access key. ``signed``: the values of the headers that are signed, by lower-case name, with
    ``x-amz-date`` among them.
    """
    moment = signed["x-amz-date"]
    scope = [moment[:8], region, SERVICE, TERMINATOR]
    digest = hashlib.sha256(_canonical_request(signed, body)).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = _hmac(key, part)
    return _hmac(key, "\n".join([ALGORITHM, moment, "/".join(scope), digest])).hex()


def _canonical_request(signed: dict[str, str], body: bytes) -> bytes:
    headers = [f"{name}:{' '.join(text.split())}\n" for name, text in sorted(signed.items())]
    parts = ["POST", "/", "", "".join(headers), ";".join(sorted(signed)), hashlib.sha256(body).hexdigest()]
    return "\n".join(parts).encode()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
