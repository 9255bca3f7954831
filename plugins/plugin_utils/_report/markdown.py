# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as a page of Markdown, with a diagram for Mermaid. Nothing that comes from Datadog can be markup in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .facts import TELEMETRY, Account, Facts, WayIn, conditions_of, text_of
from .findings import Finding

# How many accounts are drawn, how many mappings of each, and how many lines a table has before it is folded.
MOST_ACCOUNTS = 30
MOST_WAYS = 6
LONG = 20


def as_markdown(facts: Facts, findings: Sequence[Finding]) -> str:
    """The page."""
    lines = [
        f"# {words(facts.title)}",
        "",
        f"Organization {code(facts.organization)}, {words(facts.written)}.",
        "",
        f"Findings: {len(findings)}. Accounts: {len(facts.accounts)}. Mappings: {len(facts.ways_in)}.",
        "",
        *_findings(findings),
        *_unreadable(facts),
        *_diagram(facts),
        *_accounts(facts),
        *_section("Who sends telemetry", facts.leading_to(TELEMETRY)),
        *_providers(facts),
    ]
    return "\n".join(lines).rstrip() + "\n"


def words(text: str) -> str:
    """Text that is no markup, and no link: punctuation that could make one is an entity."""
    return re.sub(r"[^\w ,'().?;:/-]|_|:(?=/)|(?<=[wW]{3})\.", lambda found: f"&#{ord(found[0])};", text)


def code(text: str) -> str:
    """Text as code: in it, nothing is markup but the pipe of a table."""
    if not text:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    inner = text.replace("|", "\\|")
    return f"{fence}{space}{inner}{space}{fence}"


def label(text: str) -> str:
    """A text in a diagram, in quotes: Mermaid takes all but the plainest characters by their numbers."""
    encoded = re.sub(r"[^A-Za-z0-9 _.,/@*:-]", lambda found: f"#{ord(found[0])};", text)
    return f'"{encoded}"'


def _findings(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return ["## Findings", "", "None.", ""]
    rows = [f"| {words(title)} | {code(subject)} | {words(text)} |" for title, subject, text in findings]
    return ["## Findings", "", *_folded(["| What | Where | Why |", "|---|---|---|"], rows, "findings")]


def _unreadable(facts: Facts) -> list[str]:
    if not facts.unreadable:
        return []
    rows = [f"- {words(what)}: {words(why)}" for what, why in facts.unreadable]
    return ["## What could not be read", "", *rows, ""]


def _folded(head: list[str], rows: list[str], what: str) -> list[str]:
    if len(rows) <= LONG:
        return [*head, *rows, ""]
    return ["<details>", f"<summary>{len(rows)} {what}</summary>", "", *head, *rows, "", "</details>", ""]


def _diagram(facts: Facts) -> list[str]:
    targets = [(account.key, account.label) for account in facts.drawn(MOST_ACCOUNTS)]
    if facts.leading_to(TELEMETRY):
        targets.append((TELEMETRY, "Send telemetry"))
    lines = ["flowchart LR"]
    for number, (key, name) in enumerate(targets):
        lines.append(f"  a{number}([{label(name)}])")
        lines += (f"  w{number}x{index}[{text}] --> a{number}" for index, text in enumerate(_drawn(facts, key)))
    more = len(facts.accounts) - MOST_ACCOUNTS
    note = [f"{more} more accounts are in the tables only.", ""] if more > 0 else []
    return ["## Who may act as whom", "", "```mermaid", *lines, "```", "", *note] if targets else []


def _drawn(facts: Facts, key: str) -> Iterator[str]:
    ways_in = facts.leading_to(key)
    yield from (label(way_in.who) for way_in in ways_in[:MOST_WAYS])
    if len(ways_in) > MOST_WAYS:
        yield label(f"and {len(ways_in) - MOST_WAYS} more")


def _accounts(facts: Facts) -> Iterator[str]:
    for account in facts.accounts:
        yield from _section(_title(account), facts.leading_to(account.key), [_about(account), ""])


def _title(account: Account) -> str:
    name = f" ({words(account.name)})" if account.name else ""
    return f"{code(account.label)}{name}"


def _about(account: Account) -> str:
    state = f"**{account.state}**" if account.state in ("disabled", "missing") else account.state
    return f"{account.category} {code(account.key)}. State: {state}. Roles: {words(account.roles_in_words)}."


def _section(title: str, ways_in: Iterable[WayIn], about: Sequence[str] = ()) -> list[str]:
    rows = [f"| {words(way_in.kind)} | {code(way_in.who)} |" for way_in in ways_in]
    return [f"### {title}", "", *about, *_folded(["| From | Who |", "|---|---|"], rows, "mappings")] if rows else []


def _providers(facts: Facts) -> list[str]:
    rows = [
        f"| {words(text_of(provider.get('provider_name')))} | {code(text_of(provider.get('issuer_url')))} "
        f"| {code(text_of(conditions_of(provider.get('required_claims') or [])))} |"
        for provider in facts.providers
    ]
    head = ["| Name | Issuer | Every token must have |", "|---|---|---|"]
    return ["### OIDC providers", "", *_folded(head, rows, "providers")] if rows else []
