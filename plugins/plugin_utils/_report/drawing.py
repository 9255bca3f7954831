# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diagram of the HTML page: callers on the left, accounts on the right, a line for each mapping. It is SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from .facts import TELEMETRY, Account, Facts, WayIn

# How many accounts are drawn, and how many mappings of each.
MOST_ACCOUNTS = 40
MOST_WAYS = 8

WIDTH = 1100
ROW = 30  # height of a caller
CARD = 46  # height of an account
GAP = 18  # between two accounts
LEFT = 660  # width of a caller
RIGHT = 290  # width of an account
MOST_LETTERS = 73  # that fit into a caller
MOST_LETTERS_OF_ACCOUNT = 28


class Drawing:
    """Draws from top to bottom."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._height = GAP

    def add(self, way_in: Sequence[WayIn], title: str, subtitle: str, style: str) -> None:
        """An account, or sending telemetry, with what leads to it."""
        rows = [(way.who, way.kind) for way in way_in[:MOST_WAYS]]
        if len(way_in) > MOST_WAYS:
            rows.append((f"and {len(way_in) - MOST_WAYS} more, in the table below", ""))
        height = max(len(rows) * ROW, CARD)
        middle = self._height + height / 2
        first = middle - len(rows) * ROW / 2
        for number, (who, kind) in enumerate(rows):
            self._caller(first + number * ROW, middle, who, kind)
        self._card(middle, title, subtitle, style)
        self._height += height + GAP

    def svg(self) -> str:
        """The picture."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self._height:g}" role="img" aria-label="Who may act as whom">'
            f"{''.join(self._parts)}</svg>"
        )

    def _caller(self, top: float, middle: float, who: str, kind: str) -> None:
        y, bend, card = top + ROW / 2, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT
        self._parts.append(
            f'<path class="line" d="M{LEFT} {y:g} C{bend:g} {y:g} {bend:g} {middle:g} {card} {middle:g}"/>'
            f'<g><title>{escape(who)}</title><rect class="caller" x="1" y="{top + 3:g}" width="{LEFT - 1}" '
            f'height="{ROW - 6}" rx="5"/><text class="who" x="12" y="{y + 4:g}">{escape(shortened(who, MOST_LETTERS))}'
            f'</text><text class="kind" x="{LEFT - 10}" y="{y + 4:g}">{escape(shortened(kind, 20))}</text></g>'
        )

    def _card(self, middle: float, title: str, subtitle: str, style: str) -> None:
        x, top = WIDTH - RIGHT, middle - CARD / 2
        self._parts.append(
            f'<g><title>{escape(title)}</title><rect class="card {style}" x="{x}" y="{top:g}" width="{RIGHT - 1}" '
            f'height="{CARD}" rx="7"/><text class="name" x="{x + 14}" y="{middle - 3:g}">'
            f"{escape(shortened(title, MOST_LETTERS_OF_ACCOUNT))}</text>"
            f'<text class="about" x="{x + 14}" y="{middle + 14:g}">{escape(shortened(subtitle, 42))}</text></g>'
        )


def diagram(facts: Facts) -> Iterator[str]:
    """The diagram, and a word on what is not in it."""
    drawing = Drawing()
    for account in facts.drawn(MOST_ACCOUNTS):
        drawing.add(facts.leading_to(account.key), account.label, _subtitle(account), _style(account))
    telemetry = facts.leading_to(TELEMETRY)
    if telemetry:
        drawing.add(telemetry, "Send telemetry", "acts as no account", "telemetry")
    if facts.ways_in:
        yield (
            '<figure><figcaption class="soft">Scroll to the right: the accounts are there.</figcaption>'
            f"{drawing.svg()}</figure>"
        )
    if len(facts.accounts) > MOST_ACCOUNTS:
        yield f"<p>{len(facts.accounts) - MOST_ACCOUNTS} more accounts are in the tables only.</p>"


def shortened(text: str, most: int) -> str:
    """``text`` without its middle, if it is too long. Both ends tell who somebody is."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[: most - 1 - half]}\u2026{text[-half:]}"


def _subtitle(account: Account) -> str:
    state = account.state if account.state in ("disabled", "missing") else ""
    return ", ".join(filter(None, (account.name, account.category.lower(), state)))


def _style(account: Account) -> str:
    return "bad" if account.state in ("disabled", "missing") else "account"
