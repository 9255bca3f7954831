# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in by an OIDC token, as a Kubernetes pod, a CI job or HCP Terraform has one. Loaded when that is chosen.

Datadog checks the signature. Here the claims are only read, to choose how the token is sent, and to explain a refusal.
"""

from __future__ import annotations

import json
import os
import re
import time
from base64 import urlsafe_b64decode
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .._errors import InvalidOption, RequestFailed
from .token_exchange import IN_A_UUID, TokenExchange

# Issuers that Datadog itself knows. GitHub's stands before the name of an enterprise for some.
TERRAFORM = ("https://app.terraform.io", "https://app.eu.terraform.io")
GITHUB = "https://token.actions.githubusercontent.com"

# What stands before a token that is held against a custom OIDC provider, and before an organization in an audience.
CUSTOM = "oidc-"
ORGANIZATION = "datadog/"

# The longest token that makes sense, in bytes: no header is longer.
LONGEST_TOKEN = 64 * 1024
# The shortest signature that makes sense, in characters: hiding a few letters would hide them in every word.
SHORTEST_SIGNATURE = 16
# How much of a claim a message shows, in characters.
LONGEST_CLAIM = 200

A_UUID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
IN_A_PART = re.compile("[0-9A-Za-z_-]+")


class TokenSource(NamedTuple):
    """Where an OIDC token comes from.

    :ivar given_by: the option or the variable, for messages.
    :ivar text: the token itself, or else
    :ivar path: the file that holds it, which is read anew for each login.
    """

    given_by: str
    text: str = ""
    path: str = ""


class Unusable(Exception):
    """A token can't log in; the message ends a sentence that begins with it, and may go on with what to do."""


class OidcToken(TokenExchange):
    """An OIDC token of the workload.

    :param is_custom: whether Datadog knows the issuer as a custom OIDC provider; None to go by the issuer.
    :param org_uuid: the organization to log in to, or None for the one that the token is for.
    :raises InvalidOption: an option holds what can't be one.
    """

    name = "the OIDC token"

    def __init__(self, source: TokenSource, *, is_custom: bool | None = None, org_uuid: str | None = None) -> None:
        super().__init__()
        if org_uuid and not IN_A_UUID.fullmatch(org_uuid):
            raise InvalidOption("org_uuid", "it contains a character that no UUID has")
        self._source = source
        self._is_custom = is_custom
        self._org_uuid = org_uuid
        self._claims: dict[str, Any] = {}

    def _prove(self) -> str:
        self._claims = {}
        try:
            token = _read(self._source)
            signature = token.rpartition(".")[2]
            self._hide(token, *([signature] if len(signature) >= SHORTEST_SIGNATURE else []))
            self._claims = claims = _claims_of(token)
            custom = self._goes_to_custom_provider()
            _check_end(claims)
            _check_organization(claims, self._org_uuid, needed=not custom and claims.get("iss") in TERRAFORM)
        except Unusable as reason:
            raise RequestFailed(f"Could not {self.action}: {self._described()} {reason}") from None
        return f"{CUSTOM}{token}" if custom else token

    def _goes_to_custom_provider(self) -> bool:
        if self._is_custom is not None:
            return self._is_custom
        issuer = self._claims.get("iss")
        if not isinstance(issuer, str):
            return False
        return issuer not in TERRAFORM and not _is_of_github(issuer)

    def _described(self) -> str:
        """The token as the subject of a sentence: where it is from, and what it claims; never itself."""
        place = f"{self._source.given_by}, {self._source.path}" if self._source.path else self._source.given_by
        claims = f", of {_in_words(self._claims)}," if self._claims else ""
        return f"the token ({place}){claims}"

    def _explain(self, error: RequestFailed) -> str:
        words = json.dumps(error.errors)
        if re.search(r"expired|clock|not yet|skew", words, re.IGNORECASE):
            return (
                "Get a new token, and set the clock of the host where the module runs. The token is of "
                f"{_in_words(self._claims)}."
            )
        return f"Compare {_in_words(self._claims)} with {self._counterpart()} A new mapping can take a minute to work."

    def _counterpart(self) -> str:
        """What Datadog holds the token against."""
        if self._goes_to_custom_provider():
            return (
                "the custom OIDC providers and persona mappings of the organization at this site. The modules "
                "oidc_provider_info and oidc_persona_mapping_info, run with other credentials, list them. If Datadog "
                "does not know the issuer as a custom provider, set oidc_custom_provider: false."
            )
        issuer = self._claims.get("iss")
        if issuer in TERRAFORM:
            module, title = "terraform_persona_mapping_info", "HCP Terraform"
        elif _is_of_github(issuer):
            module, title = "github_persona_mapping_info", "GitHub"
        else:
            return (
                "the issuers that Datadog takes: HCP Terraform, GitHub Actions, and the custom OIDC providers of the "
                "organization at this site. If Datadog knows the issuer as a custom OIDC provider, set "
                "oidc_custom_provider: true."
            )
        return (
            f"the {title} persona mappings of the organization at this site. The module {module}, run with other "
            "credentials, lists them. If Datadog knows the issuer as a custom OIDC provider, set "
            "oidc_custom_provider: true."
        )


def _is_of_github(issuer: object) -> bool:
    """Whether this is GitHub Actions, or GitHub Actions of an enterprise."""
    return isinstance(issuer, str) and (issuer == GITHUB or issuer.startswith(f"{GITHUB}/"))


def _read(source: TokenSource) -> str:
    """The token, without whitespace around it.

    :raises Unusable: it can't be read, or can't be a token.
    """
    text = _content_of(source.path) if source.path else source.text.strip()
    if not text:
        raise Unusable("is empty.")
    if text.startswith(CUSTOM):
        raise Unusable(f"begins with {CUSTOM}, which the module adds where it is needed (oidc_custom_provider).")
    parts = text.split(".")
    if len(parts) != 3 or not all(IN_A_PART.fullmatch(part) for part in parts):
        raise Unusable("is not a JWT, which has three parts of letters and digits with dots between them.")
    return text


def _content_of(path: str) -> str:
    try:
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read(LONGEST_TOKEN + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "the path can't be one"
        raise Unusable(f"can't be read on the host where the module runs ({words}).") from None
    if len(content) > LONGEST_TOKEN:
        raise Unusable("is longer than 64 KiB, so it is no token.")
    return content.decode("ascii", "replace").strip()


def _claims_of(token: str) -> dict[str, Any]:
    """The claims, not verified.

    :raises Unusable: there are none.
    """
    part = token.split(".")[1]
    try:
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict) or not claims:
        raise Unusable("is not a JWT: its second part does not hold claims.")
    return claims


def _check_end(claims: dict[str, Any]) -> None:
    """:raises Unusable: the token has ended."""
    end = claims.get("exp")
    if isinstance(end, (int, float)) and end <= time.time():
        raise Unusable(f"has expired{_at(end)}. Get a new one, or set the clock of the host where the module runs.")


def _at(moment: float) -> str:
    try:
        return f" at {datetime.fromtimestamp(moment, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return ""


def _check_organization(claims: dict[str, Any], org_uuid: str | None, *, needed: bool) -> None:
    """:raises Unusable: the token is for another organization, or for none although that is ``needed``."""
    named = [text[len(ORGANIZATION) :] for text in _audience(claims) if text.startswith(ORGANIZATION)]
    if needed and not (len(named) == 1 and A_UUID.fullmatch(named[0])):
        raise Unusable(
            "must have one audience that is datadog/ and the UUID of the organization. In HCP Terraform, the variable "
            "TFC_WORKLOAD_IDENTITY_AUDIENCE sets it."
        )
    if org_uuid and named and org_uuid.lower() not in [uuid.lower() for uuid in named]:
        raise Unusable(f"is for another organization than org_uuid, {org_uuid}.")


def _audience(claims: dict[str, Any]) -> list[str]:
    audience = claims.get("aud")
    return [text for text in (audience if isinstance(audience, list) else [audience]) if isinstance(text, str)]


def _in_words(claims: dict[str, Any]) -> str:
    audience = " and ".join(_audience(claims))
    return f"issuer {_shown(claims.get('iss'))}, subject {_shown(claims.get('sub'))}, audience {_shown(audience)}"


def _shown(claim: object) -> str:
    """A claim fit for a message."""
    if not isinstance(claim, str) or not claim:
        return "(none)"
    cut = claim if len(claim) <= LONGEST_CLAIM else f"{claim[:LONGEST_CLAIM]}..."
    return "".join(letter if letter.isprintable() else "?" for letter in cut)
