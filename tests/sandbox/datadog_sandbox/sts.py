# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An STS that the sandbox passes proofs on to, as Datadog does with AWS."""

from __future__ import annotations

from urllib.parse import urlsplit

from .proof import Proof, Unproven

_TIMEOUT = 10  # seconds


def caller_arn(sts: str, proof: Proof) -> str:
    """The ARN that the STS at the URL ``sts`` tells of the one who signed. Raises Unproven."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # only those who log in wait for these

    url = urlsplit(sts)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = connect(url.netloc, timeout=_TIMEOUT)
    try:
        connection.request("POST", url.path or "/", proof.body, proof.headers)
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
    except (OSError, HTTPException, ValueError) as error:
        raise Unproven(f"STS at {sts} did not answer: {error}") from None
    finally:
        connection.close()
    if status != 200:
        raise Unproven(_text(body, "Message") or f"STS at {sts} answered {status}")
    arn = _text(body, "Arn")
    if not arn:
        raise Unproven(f"STS at {sts} told no ARN")
    return arn


def _text(body: bytes, name: str) -> str | None:
    """The text of the first element of this name, whatever its namespace."""
    import xml.etree.ElementTree as ET

    try:
        return ET.fromstring(body).findtext(f".//{{*}}{name}")
    except ET.ParseError:
        return None
