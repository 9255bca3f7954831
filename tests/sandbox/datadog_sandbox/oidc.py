# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mapping lets an OIDC token in: of HCP Terraform, GitHub or a custom provider. No signature is checked."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from .errors import refuse
from .federation import TERRAFORM_ISSUERS, Entry
from .jwt import Token
from .kinds import KINDS
from .organization import Organization
from .proof import Unproven
from .settings import Settings

CUSTOM = "oidc-"  # before the token of a custom provider
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
IDENTITY_CLAIM = "sub"


class Admitted(NamedTuple):
    """Who the token says it is, and the account that this leads to."""

    who: str
    account_uuid: str


class OidcLogin:
    """The tokens that one organization takes."""

    def __init__(self, organization: Organization, settings: Settings) -> None:
        self._organization = organization
        self._settings = settings

    def admit(self, proof: str, now: float) -> Admitted:
        """Raises Unproven for a token that is not good, and Refused for a good one that nothing is mapped to."""
        is_custom = proof.startswith(CUSTOM)
        token = Token.parse(proof[len(CUSTOM) :] if is_custom else proof)
        token.check_time(now)
        who = f"{token.claims.get(IDENTITY_CLAIM)} of {token.issuer}"
        account_uuid = self._account_uuid(token, is_custom=is_custom)
        if account_uuid is None:
            raise refuse(401, f"Authenticated as {who} but no identity mapping was found.")
        return Admitted(who, account_uuid)

    def _account_uuid(self, token: Token, *, is_custom: bool) -> str | None:
        if is_of_github(token.issuer) and is_custom == (self._settings.github_proof == "custom"):
            return self._by_github(token)
        if is_custom:
            return self._by_custom_provider(token)
        if token.issuer in TERRAFORM_ISSUERS:
            return self._by_terraform(token)
        raise Unproven(f"The issuer {token.issuer} is not known. A token of a custom provider begins with {CUSTOM}")

    def _by_github(self, token: Token) -> str | None:
        token.check_organization(self._organization.org_uuid, is_needed=True)
        mappings = self._organization.mappings(KINDS["github_persona"]).at(self._settings.login_lag)
        return next((each.account_uuid for each in mappings if _fits_claims(each.matcher, token.claims)), None)

    def _by_terraform(self, token: Token) -> str | None:
        token.check_organization(self._organization.org_uuid, is_needed=True)
        fitting = [
            mapping
            for mapping in self._organization.entries["terraform_persona_mappings"]
            if mapping.attributes["issuer_url"] == token.issuer
            and _fits_segments(mapping.attributes["sub_pattern"], token.text("sub"))
            and mapping.attributes.get("audience", token.audiences[0]) in token.audiences
        ]
        return _account_uuid(
            min(fitting, key=lambda mapping: mapping.attributes["sub_pattern"].count("*"), default=None)
        )

    def _by_custom_provider(self, token: Token) -> str | None:
        providers = [
            provider
            for provider in self._organization.entries["oidc_providers"]
            if provider.attributes["issuer_url"] == token.issuer
        ]
        if not providers:
            raise Unproven(f"There is no OIDC provider with the issuer {token.issuer}")
        provider = providers[0]
        self._check_provider(provider.attributes, token)
        identity = token.text(provider.attributes.get("identity_claim_name", IDENTITY_CLAIM))
        mappings = self._organization.entries["oidc_persona_mappings"]
        fitting = (
            mapping
            for mapping in mappings
            if mapping.attributes["provider_id"] == provider.id and _fits(mapping.attributes, token.claims, identity)
        )
        return _account_uuid(next(fitting, None))

    def _check_provider(self, provider: dict[str, Any], token: Token) -> None:
        """Raises Unproven for a token that the provider's rules keep out."""
        audiences = provider.get("audiences")
        if audiences and not set(audiences) & set(token.audiences):
            raise Unproven(f"The audience must hold one of {', '.join(audiences)}")
        claim = provider.get("org_uuid_claim_name")
        if claim and token.text(claim).lower() != self._organization.org_uuid.lower():
            raise Unproven(f"There is no organization {token.text(claim)}")
        if not claim:
            token.check_organization(self._organization.org_uuid, is_needed=False)
        if not _fits_matchers(provider.get("required_claims", []), token.claims):
            raise Unproven("A claim that the provider requires is missing or has another value")


def is_token(proof: str) -> bool:
    """Whether a proof is meant as a token, not as a signed request."""
    return proof.startswith(CUSTOM) or ("." in proof and "|" not in proof)


def is_of_github(issuer: str) -> bool:
    """Whether this is GitHub Actions, or GitHub Actions of an enterprise."""
    return issuer == GITHUB_ISSUER or issuer.startswith(GITHUB_ISSUER + "/")


def _account_uuid(mapping: Entry | None) -> str | None:
    return mapping.attributes["account_uuid"] if mapping else None


def _fits_claims(matchers: Any, claims: dict[str, Any]) -> bool:
    """``sub`` by the whole of it (API reference), the others anywhere (not established)."""
    return all(
        isinstance(claims.get(name), str)
        and (re.fullmatch if name == "sub" else re.search)(matcher, claims[name]) is not None
        for name, matcher in matchers.items()
    )


def _fits_segments(pattern: str, sub: str) -> bool:
    """Segment by segment, a whole one may be ``*``."""
    segments = ["[^:]*" if segment == "*" else re.escape(segment) for segment in pattern.split(":")]
    return re.fullmatch(":".join(segments), sub) is not None


def _fits(mapping: dict[str, Any], claims: dict[str, Any], identity: str) -> bool:
    if "identity_pattern" in mapping:
        return fnmatchcase(identity, mapping["identity_pattern"])
    return bool(mapping.get("claim_matchers")) and _fits_matchers(mapping["claim_matchers"], claims)


def _fits_matchers(matchers: list[dict[str, Any]], claims: dict[str, Any]) -> bool:
    """All matchers, by any of their values, and by any value of a claim that is a list."""
    return all(_fits_matcher(matcher, claims.get(matcher["claim"])) for matcher in matchers)


def _fits_matcher(matcher: dict[str, Any], claim: Any) -> bool:
    given = [value for value in (claim if isinstance(claim, list) else [claim]) if isinstance(value, str)]
    if matcher["mode"] == "exact":
        return any(value in matcher["values"] for value in given)
    return any(fnmatchcase(value, glob) for value in given for glob in matcher["values"])
