# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OIDC tokens: JSON web tokens, whose claims are read and whose signatures are not checked."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from .proof import Unproven

AUDIENCE = "datadog/"  # and the UUID of an organization
LIFETIME = 600  # seconds, of tokens that the sandbox makes


@dataclass(frozen=True)
class Token:
    """A token that can be read; nothing is said yet about its time, its organization and its subject."""

    claims: dict[str, Any]

    @classmethod
    def parse(cls, text: str) -> Token:
        """Raises Unproven."""
        parts = text.split(".")
        if len(parts) != 3:
            raise Unproven("The token must have three parts with a dot between them")
        _object("header", parts[0])
        return cls(_object("claims", parts[1]))

    @property
    def issuer(self) -> str:
        """Raises Unproven."""
        return self.text("iss")

    @property
    def audiences(self) -> list[str]:
        """Whom it is for: one text or a list of them."""
        given = self.claims.get("aud", [])
        return [text for text in (given if isinstance(given, list) else [given]) if isinstance(text, str)]

    def text(self, claim: str) -> str:
        """A claim that is needed. Raises Unproven."""
        value = self.claims.get(claim)
        if not isinstance(value, str) or not value:
            raise Unproven(f"The claim {claim} is missing")
        return value

    def check_time(self, now: float) -> None:
        """Raises Unproven unless it is valid at ``now``, in seconds since 1970."""
        ends, begins = self.claims.get("exp"), self.claims.get("nbf", now)
        if not _is_number(ends):
            raise Unproven("The claim exp is missing")
        if ends <= now:
            raise Unproven(f"The token has expired: exp is {ends:.0f}, and it is {now:.0f}")
        if not _is_number(begins) or begins > now:
            raise Unproven("The token is not valid yet")

    def check_organization(self, org_uuid: str, *, is_needed: bool) -> None:
        """Raises Unproven unless the token is for this organization alone, or for none if that is allowed."""
        told = [text[len(AUDIENCE) :].lower() for text in self.audiences if text.startswith(AUDIENCE)]
        if not told and not is_needed:
            return
        if len(told) != 1:
            raise Unproven(f"The audience must hold exactly one {AUDIENCE}<UUID of the organization>")
        if told != [org_uuid.lower()]:
            raise Unproven(f"There is no organization {told[0]}")


def make(claims: dict[str, Any]) -> str:
    """A token with these claims, and with words where the signature would be."""
    header = {"alg": "none", "typ": "JWT"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in [*parts, b"not signed"])


def _object(what: str, part: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        value = None
    if not isinstance(value, dict):
        raise Unproven(f"The {what} of the token can't be read")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
