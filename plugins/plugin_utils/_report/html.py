# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page: no script, and nothing that is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from .drawing import diagram
from .facts import TELEMETRY, Account, Facts, WayIn, conditions_of, text_of
from .findings import Finding

# How many lines a table has before it is folded.
LONG = 20

STYLE = """
:root { color-scheme: light dark; --text: #1d2433; --soft: #5b6478; --page: #f5f6fa; --card: #fff; --edge: #dde1ea;
  --mark: #632ca6; --bad: #b3261e; --bad-card: #fdecea; --caller: #eef1f8 }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9f2; --soft: #a3abc0; --page: #14171f; --card: #1d212c;
  --edge: #353b4b; --mark: #b794f6; --bad: #ff8a80; --bad-card: #3a2123; --caller: #262b38 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere }
main { max-width: 1140px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 27px; margin: 0 0 4px } h2 { font-size: 19px; margin: 36px 0 12px }
h3 { font-size: 15px; margin: 0 } p { margin: 4px 0 }
.soft { color: var(--soft) } code { font: 13px/1.4 ui-monospace, monospace }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 }
.tile { flex: 1 1 160px; padding: 12px 16px; background: var(--card); border: 1px solid var(--edge);
  border-radius: 8px }
.tile strong { display: block; font-size: 26px; line-height: 1.2 } .tile.bad strong { color: var(--bad) }
.box, figure { margin: 0 0 12px; padding: 14px 16px; background: var(--card); border: 1px solid var(--edge);
  border-radius: 8px; break-inside: avoid }
.finding { border-left: 4px solid var(--bad) }
table { width: 100%; border-collapse: collapse; margin-top: 8px }
th, td { padding: 5px 10px 5px 0; border-top: 1px solid var(--edge); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 500; border-top: 0 } td:first-child { width: 190px }
.badge { padding: 1px 8px; border: 1px solid var(--edge); border-radius: 10px; font-size: 12px; font-weight: 400 }
.badge.bad { color: var(--bad); border-color: var(--bad) } summary { cursor: pointer; margin-top: 6px }
figure { overflow-x: auto } figcaption { display: none; position: sticky; left: 0 }
svg { display: block; min-width: 860px; width: 100%; font-family: system-ui, sans-serif }
.caller { fill: var(--caller) } .card { fill: var(--card); stroke: var(--mark); stroke-width: 1.5 }
.card.bad { stroke: var(--bad); fill: var(--bad-card) } .card.telemetry { stroke-dasharray: 5 4 }
.line { fill: none; stroke: var(--mark); stroke-opacity: .45; stroke-width: 1.5 }
text { fill: var(--text) } .who { font: 12px ui-monospace, monospace } .name { font-size: 14px; font-weight: 600 }
.about, .kind { font-size: 12px; fill: var(--soft) } .kind { text-anchor: end }
footer { margin-top: 36px; padding-top: 12px; border-top: 1px solid var(--edge); font-size: 13px }
@media (max-width: 640px) { main { padding: 20px 12px 40px } .tile { flex-basis: 40% } figcaption { display: block }
  th { display: none } td, td:first-child { display: block; width: auto; padding: 0 }
  tr { display: block; padding: 8px 0; border-top: 1px solid var(--edge) } tr:first-child { border: 0; padding: 0 }
  td { border: 0 } td:first-child { color: var(--soft); font-size: 13px } }
@media print { body { background: none } main { padding: 0 } details > * { display: block } }
"""
FOOTER = (
    '<footer class="soft">Written by the playbook report of the Ansible collection datadog_community.cloud_auth. '
    "It shows what Datadog held at that time.</footer>"
)


def as_html(facts: Facts, findings: Sequence[Finding]) -> str:
    """The page."""
    parts = [
        *_head(facts, len(findings)),
        *_findings(findings),
        *_unreadable(facts),
        "<h2>Who may act as whom</h2>",
        *diagram(facts),
        *(part for account in facts.accounts for part in _account(account, facts.leading_to(account.key))),
        *_telemetry(facts.leading_to(TELEMETRY)),
        *_providers(facts),
        FOOTER,
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(facts.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(facts: Facts, findings: int) -> list[str]:
    telemetry = len(facts.leading_to(TELEMETRY))
    tiles = (
        _tile(findings, "finding", "findings", " bad" if findings else ""),
        _tile(len(facts.accounts), "account that workloads act as", "accounts that workloads act as"),
        _tile(len(facts.ways_in) - telemetry, "mapping to an account", "mappings to accounts"),
        _tile(telemetry, "mapping for telemetry", "mappings for telemetry"),
    )
    return [
        f"<h1>{escape(facts.title)}</h1>",
        f'<p class="soft">Organization <code>{escape(facts.organization)}</code>, {escape(facts.written)}</p>',
        f'<div class="tiles">{"".join(tiles)}</div>',
    ]


def _tile(number: int, one: str, many: str, style: str = "") -> str:
    return f'<div class="tile{style}"><strong>{number}</strong>{one if number == 1 else many}</div>'


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>Findings</h2>"
    if not findings:
        yield '<div class="box">None.</div>'
    boxes = [
        f'<div class="box finding"><h3>{escape(title)}</h3><p><code>{escape(subject)}</code></p>'
        f"<p>{escape(text)}</p></div>"
        for title, subject, text in findings
    ]
    yield from boxes[:LONG]
    if boxes[LONG:]:
        yield f"<details><summary>{len(boxes) - LONG} more findings</summary>{''.join(boxes[LONG:])}</details>"


def _unreadable(facts: Facts) -> Iterator[str]:
    if facts.unreadable:
        yield "<h2>What could not be read</h2>"
    for what, why in facts.unreadable:
        yield f'<div class="box"><h3>{escape(what)}</h3><p>{escape(why)}</p></div>'


def _account(account: Account, ways_in: Sequence[WayIn]) -> Iterator[str]:
    style = "badge bad" if account.state in ("disabled", "missing") else "badge"
    name = f"{escape(account.name)} " if account.name else ""
    yield (
        f'<div class="box"><h3>{name}<span class="soft">{escape(account.label)}</span> '
        f'<span class="{style}">{escape(account.state)}</span></h3>'
        f'<p class="soft">{account.category} <code>{escape(account.key)}</code>, '
        f"roles: {escape(account.roles_in_words)}</p>{_ways(ways_in)}</div>"
    )


def _telemetry(ways_in: Sequence[WayIn]) -> Iterator[str]:
    if ways_in:
        yield f'<h2>Who sends telemetry</h2><div class="box">{_ways(ways_in)}</div>'


def _ways(ways_in: Sequence[WayIn]) -> str:
    rows = [(escape(way_in.kind), f"<code>{escape(way_in.who)}</code>") for way_in in ways_in]
    return _table(("From", "Who"), rows, "mappings")


def _providers(facts: Facts) -> Iterator[str]:
    rows = [
        (
            escape(text_of(provider.get("provider_name"))),
            f"<code>{escape(text_of(provider.get('issuer_url')))}</code>",
            _conditions(provider),
        )
        for provider in facts.providers
    ]
    if rows:
        table = _table(("Name", "Issuer", "Every token must have"), rows, "providers")
        yield f'<h2>OIDC providers</h2><div class="box">{table}</div>'


def _conditions(provider: Mapping[str, Any]) -> str:
    conditions = text_of(conditions_of(provider.get("required_claims") or []))
    return f"<code>{escape(conditions)}</code>" if conditions else "nothing more"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> str:
    """A table of cells that are HTML already; folded if it is long."""
    titles = "".join(f"<th>{title}</th>" for title in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><tr>{titles}</tr>{lines}</table>"
    return table if len(rows) <= LONG else f"<details><summary>{len(rows)} {what}</summary>{table}</details>"
