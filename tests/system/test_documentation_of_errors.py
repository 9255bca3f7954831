# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "Troubleshooting" against the code: each message has an entry, and each entry is of a message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/docsite/rst/troubleshooting.rst"
WORD = re.compile(r"[A-Za-z]{2,}")
# A text of fewer words is a part of a message.
WORDS_OF_A_MESSAGE = 3
# Texts that are compared with or built into others, and mean nothing on their own.
NO_MESSAGES = {
    "Tunnel connection failed",
    "Tunnel connection failed: ([0-9]{3}[ A-Za-z-]{0,60})",
    "an empty error",
    "of no known type",
    "Nothing has been changed.",
}
ENTRY = re.compile(r"^``(.+)``\n((?:    .*\n)+)", re.MULTILINE)


def text_of(node: ast.AST) -> str | None:
    """The text of a literal, with an ellipsis for each value that is filled in; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


def texts_in(node: ast.AST) -> Iterator[str]:
    """All texts below ``node`` but docstrings."""
    for child in ast.iter_child_nodes(node):
        text = text_of(child)
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if text is not None:
            yield text
        if not isinstance(child, ast.JoinedStr):
            yield from texts_in(child)
            continue
        for part in child.values:
            if isinstance(part, ast.FormattedValue):
                yield from texts_in(part)


def texts_of_the_code() -> set[str]:
    sources = (ROOT / "plugins/module_utils").rglob("*.py")
    return {text for source in sources for text in texts_in(ast.parse(source.read_text()))}


def messages() -> set[str]:
    texts = {text.strip("… ") for text in texts_of_the_code()}
    return {
        text for text in texts if sum(map(bool, map(WORD.search, text.split()))) >= WORDS_OF_A_MESSAGE
    } - NO_MESSAGES


def entries() -> dict[str, str]:
    found = ENTRY.findall(GUIDE.read_text())
    assert len(found) == len(dict(found)), "an entry stands twice"
    return dict(found)


def test_each_message_has_an_entry():
    shown = "\n".join(entries())

    def pattern(message: str) -> str:
        # An entry may show what is filled in.
        return ".*".join(re.escape(piece) for piece in message.split("…"))

    assert not [message for message in messages() if not re.search(pattern(message), shown)]


def test_each_entry_is_of_a_message():
    # An entry may be built from several texts, or show what is filled in. Take away all pieces of phrases and names: no
    # word may be left.
    texts = {text for text in texts_of_the_code() if " " in text or "_" in text}
    pieces = {piece.strip() for text in texts for piece in text.split("…")}
    longest_first = sorted((piece for piece in pieces if WORD.search(piece)), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    assert not [entry for entry in entries() if WORD.search(pattern.sub("…", entry))]


def test_each_entry_says_what_to_do():
    assert not [entry for entry, words in entries().items() if not re.search(r"[.:]\s+\*\*Cure:\*\*\s+\S", words)]


def test_what_is_no_message_is_still_in_the_code():
    assert {text.strip() for text in texts_of_the_code()} >= NO_MESSAGES


def test_the_collector_sees_all_kinds_of_texts():
    code = 'def f(x):\n    """A docstring."""\n    raise E("one", f"two {x or \'six\'} " "three", (x or "four"))'
    assert list(texts_in(ast.parse(code))) == ["one", "two … three", "six", "four"]
