# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody should look at, of all that a report shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.arn import ImpossibleArn
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import (
    check_claims,
    claim_matchers,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.diagnosis import diagnose

from .facts import Facts, WayIn, text_of


class Finding(NamedTuple):
    """One thing to look at.

    :ivar subject: the pattern or the account; empty if there is no one.
    """

    title: str
    subject: str
    text: str


def findings_of(facts: Facts) -> list[Finding]:
    """All findings: first what may let in the wrong ones, then what lets in nobody."""
    by_arn = [way_in for way_in in facts.ways_in if way_in.mapping.get("arn_pattern")]
    found = [*_open_to_others(facts.ways_in), *_overlaps(facts.ways_in), *_accounts(facts), *_impossible(by_arn)]
    return [Finding(*map(text_of, finding)) for finding in found]


def _open_to_others(ways_in: Iterable[WayIn]) -> Iterator[Finding]:
    title = "May let others in"
    for way_in in ways_in:
        claims = way_in.mapping.get("claim_matchers")
        if way_in.list_name.startswith("github"):
            for warning in check_claims(claim_matchers(claims or {})):
                yield Finding(title, way_in.who, warning)
        subject = str(way_in.mapping.get("sub_pattern") or "")
        if subject == "*" or subject.startswith("organization:*"):
            yield Finding(title, way_in.who, "It matches the workspaces of every organization of HCP Terraform.")
        if way_in.list_name.startswith("oidc"):
            yield from (Finding(title, way_in.who, text) for text in _open_conditions(way_in))


def _open_conditions(way_in: WayIn) -> Iterator[str]:
    pattern = way_in.mapping.get("identity_pattern")
    matchers = way_in.mapping.get("claim_matchers") or []
    if pattern and not str(pattern).strip("*"):
        yield "It matches every identity of its provider."
    globs = [any(not str(value).strip("*") for value in matcher.get("values") or ()) for matcher in matchers]
    if matchers and all(globs):
        yield "It matches every token of its provider that has these claims."


def _overlaps(ways_in: Iterable[WayIn]) -> Iterator[Finding]:
    """Two patterns for one caller: the same one, or a session and all sessions of its role."""
    by_pattern: dict[tuple[str, str], list[WayIn]] = {}
    for way_in in ways_in:
        by_pattern.setdefault(_place(way_in), []).append(way_in)
    for (sort, pattern), same in by_pattern.items():
        wider = by_pattern.get((sort, f"{pattern.rpartition('/')[0]}/*"), []) if not pattern.endswith("/*") else []
        others = same[1:] + (wider if sort == "arn" else [])
        if others:
            aims = " and ".join(_aim(way_in) for way_in in (same[0], *others))
            yield Finding("Two mappings for one caller", same[0].who, f"A caller may match {aims}. Keep one of them.")


def _place(way_in: WayIn) -> tuple[str, str]:
    """What is the same for two mappings that may match one caller."""
    claims = way_in.mapping.get("claim_matchers")
    if way_in.list_name.startswith("github") and isinstance(claims, dict):
        subject = str(claims.get("sub"))
        return "sub", subject.removeprefix("^").removesuffix("$")
    return ("arn" if way_in.mapping.get("arn_pattern") else way_in.kind), way_in.who


def _aim(way_in: WayIn) -> str:
    to = way_in.mapping.get("account_email") or way_in.mapping.get("account_identifier")
    return f"{way_in.who} ({f'acts as {to}' if to else 'sends telemetry'})"


def _accounts(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts:
        count = len(facts.leading_to(account.key))
        ways = "1 mapping leads" if count == 1 else f"{count} mappings lead"
        if account.state == "disabled":
            yield Finding("Account disabled", account.label, f"{ways} to it, and nobody can act as it.")
        if account.state == "missing":
            yield Finding("Account missing", account.label, f"{ways} to it, and Datadog shows no such account.")


def _impossible(ways_in: Iterable[WayIn]) -> Iterator[Finding]:
    for way_in in ways_in:
        try:
            warnings = diagnose(str(way_in.mapping["arn_pattern"]))
        except ImpossibleArn as error:
            yield Finding("Matches no caller", way_in.who, f"No AWS caller can match it: {error}")
        else:
            yield from (Finding("May match no caller", way_in.who, warning) for warning in warnings)
