# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report is about: the ways in, and the accounts that they lead to, made of what the info modules return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# What leads to no account lets callers send telemetry.
TELEMETRY = ""
# The lists in the data of a report, and what each kind of way in is called.
KINDS = {
    "persona_mappings": "AWS identity",
    "github_persona_mappings": "GitHub Actions",
    "terraform_persona_mappings": "HCP Terraform",
    "oidc_persona_mappings": "OIDC provider",
    "intake_mappings": "AWS identity",
    "github_intake_mappings": "GitHub Actions",
}


class WayIn(NamedTuple):
    """A mapping.

    :ivar list_name: a key of ``KINDS``.
    :ivar kind: what the kind is called.
    :ivar who: what callers are matched by, as text.
    :ivar account: the key of the account; ``TELEMETRY`` where there is none.
    :ivar mapping: as the info module returned it.
    """

    list_name: str
    kind: str
    who: str
    account: str
    mapping: Mapping[str, Any]


class Account(NamedTuple):
    """A Datadog account.

    :ivar key: its UUID or, if that isn't known, its identifier.
    :ivar is_service: None if that isn't known.
    :ivar state: "active", "disabled", "missing" or "not known".
    :ivar roles: None if they aren't known.
    """

    key: str
    email: str
    name: str
    is_service: bool | None
    state: str
    roles: tuple[str, ...] | None

    @property
    def label(self) -> str:
        """What people call the account."""
        return self.email or self.key

    @property
    def category(self) -> str:
        """Person or service account, if that is known."""
        return {True: "Service account", False: "Person", None: "Account"}[self.is_service]

    @property
    def roles_in_words(self) -> str:
        """The names of the roles."""
        return "not known" if self.roles is None else ", ".join(self.roles) or "none"


class Facts(NamedTuple):
    """All that a report shows.

    :ivar unreadable: what could not be read, each with the reason.
    """

    title: str
    organization: str
    written: str
    ways_in: list[WayIn]
    accounts: list[Account]
    providers: list[Mapping[str, Any]]
    unreadable: list[tuple[str, str]]

    def leading_to(self, account: str) -> list[WayIn]:
        """The ways in that lead to an account, or to sending telemetry."""
        return [way_in for way_in in self.ways_in if way_in.account == account]

    def drawn(self, most: int) -> list[Account]:
        """The accounts that a diagram shows: those that the most lead to, if there are many."""
        if len(self.accounts) <= most:
            return self.accounts
        return sorted(self.accounts, key=lambda account: -len(self.leading_to(account.key)))[:most]


def facts_of(data: Mapping[str, Any]) -> Facts:
    """The facts in ``data``: the results of the info modules, by the names of their lists, and a few words more."""
    providers = data.get("oidc_providers") or []
    names = {text_of(provider.get("id")): text_of(provider.get("provider_name")) for provider in providers}
    ways_in = [_way_in(list_name, mapping, names) for list_name in KINDS for mapping in data.get(list_name) or ()]
    return Facts(
        text_of(data.get("title")),
        text_of(data.get("organization")),
        text_of(data.get("written")),
        ways_in,
        _accounts(ways_in, data.get("accounts") or ()),
        providers,
        [(text_of(item.get("what")), text_of(item.get("why"))) for item in data.get("unreadable") or ()],
    )


def text_of(value: object) -> str:
    """A value as one line of text in which nothing is invisible or can turn the direction of writing."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "\ufffd" for letter in text)


def conditions_of(matchers: Sequence[Mapping[str, Any]]) -> str:
    """What the claims of a token have to match, where that is a list of conditions."""
    return ", ".join(
        f"{matcher.get('claim')} {'like' if matcher.get('mode') == 'glob' else '='} "
        + " or ".join(map(str, matcher.get("values") or ()))
        for matcher in matchers
    )


def _way_in(list_name: str, mapping: Mapping[str, Any], providers: Mapping[str, str]) -> WayIn:
    kind = KINDS[list_name]
    provider = providers.get(text_of(mapping.get("provider_id")))
    key = TELEMETRY if "intake" in list_name else _key(mapping)
    return WayIn(list_name, f"{kind} {provider}" if provider else kind, text_of(_who(mapping)), key, mapping)


def _who(mapping: Mapping[str, Any]) -> str:
    claims = mapping.get("claim_matchers")
    if isinstance(claims, Mapping):
        return ", ".join(f"{claim}: {expression}" for claim, expression in claims.items())
    if claims:
        return conditions_of(claims)
    named = (mapping.get(name) for name in ("arn_pattern", "sub_pattern", "identity_pattern"))
    return next((str(text) for text in named if text), f"not readable, with the ID {mapping.get('id')}")


def _key(mapping: Mapping[str, Any]) -> str:
    return text_of(mapping.get("account_uuid") or mapping.get("account_identifier") or "not readable").lower()


def _accounts(ways_in: Sequence[WayIn], known: Sequence[Mapping[str, Any]]) -> list[Account]:
    """The accounts that the ways in lead to, sorted by what people call them."""
    by_uuid = {text_of(account.get("uuid")).lower(): account for account in known}
    mappings = {way_in.account: way_in.mapping for way_in in reversed(ways_in) if way_in.account != TELEMETRY}
    accounts = [_account(key, mapping, by_uuid.get(key)) for key, mapping in mappings.items()]
    return sorted(accounts, key=lambda account: (account.label.lower(), account.key))


def _account(key: str, mapping: Mapping[str, Any], known: Mapping[str, Any] | None) -> Account:
    if known is None:
        looked_up = "account_email" in mapping
        missing = looked_up and not mapping["account_email"]
        email = text_of(mapping.get("account_email") or ("" if looked_up else mapping.get("account_identifier")))
        name = text_of(mapping.get("account_name"))
        return Account(key, email, name, None, "missing" if missing else "not known", None)
    roles = known.get("roles")
    return Account(
        key,
        text_of(known.get("email") or known.get("handle")),
        text_of(known.get("name")),
        known.get("service_account"),
        "disabled" if known.get("disabled") else "active",
        None if roles is None else tuple(text_of(role.get("name") or role.get("id")) for role in roles),
    )
