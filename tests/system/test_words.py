# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read is plain, present-day, American technical English: words and phrases that are not stay out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A pattern in lower case, and what to write in its place.
WORDS = {
    r"shall": "must, or will",
    r"mend(?:s|ed|ing)?": "fix",
    r"cure[sd]?": "fix",
    r"spelt": "spelled, or written",
    r"misspelt": "misspelled",
    r"whilst": "while",
    r"at the most": "at most",
    r"at the least": "at least",
    r"got rid of": "removed",
    r"an odd one": "say which",
    r"(?:ask|find out|say|says|show|shows|tell|tells) as (?:which|whom)": "which account a caller acts as",
    r"does just the rest": "only what is left will be done",
    r"half done unsaid": "say what happens",
    r"finds no end": "never ends",
    r"it is not all as the task says": "say what doesn't match",
    r"bring\w* [^.:]{0,60} into (?:its|their) states?": "apply, or manage",
    r"web site": "website",
    r"e-mails?": "email",
    r"white space": "whitespace",
    r"for ever": "forever",
    r"in (?:the )?place of": "instead of",
    # British
    r"(?:behavi|fav|hon|neighb|col|lab|flav)our\w*": "-or",
    r"\w*(?:organ|recogn|normal|summar|initial|serial|synchron|minim|maxim|author)is(?:e[ds]?|ing|ations?)": "-ize",
    r"licences?": "license",
    r"(?:un)?cancelled": "canceled",
    r"(?:after|to|for|back)wards": "-ward",
    r"(?:learn|burn)t": "-ed",
    r"(?:analyse[ds]?|artefacts?|catalogues?|centre[ds]?|grey|judgement|acknowledgement)s?": "analyze, artifact, ...",
}
# A phrase may go on in the next line.
BAD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b".replace(" ", r"\s+"), re.IGNORECASE)
# What stands at the start of a line is no part of a phrase.
LINE_START = re.compile(r"\n[ \t]*(?:#|//|- |\* )?[ \t]*")
SUFFIXES = {".md", ".rst", ".py", ".yml", ".yaml", ".svg", ".toml", ".cfg", ".css", ".html", ""}
# Generated from what programs print or measure, or not our words.
NOT_OURS = {"CODE_OF_CONDUCT.md", "output", "__pycache__"}


def texts() -> list[Path]:
    """All files that people read."""
    roots = [ROOT / name for name in ("docs", "playbooks", "plugins", "tests", "changelogs", "meta", ".github")]
    found = [path for root in roots for path in root.rglob("*")]
    found += [path for path in ROOT.iterdir() if path.name == "Makefile" or path.suffix in {".md", ".yml", ".toml"}]
    return sorted(
        path for path in found if path.is_file() and path.suffix in SUFFIXES and not NOT_OURS & set(path.parts)
    )


def found_in(text: str) -> list[str]:
    """The bad words in a text, each with its line."""
    flat = LINE_START.sub(lambda start: " " * len(start[0]), text)
    return [f"line {text.count(chr(10), 0, bad.start()) + 1}: {' '.join(bad[0].split())}" for bad in BAD.finditer(flat)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_words(path):
    if path != Path(__file__).resolve():
        assert not found_in(path.read_text(encoding="utf-8"))


def test_bad_words_are_found():
    assert found_in("One\nat the\n    # most. It MENDS it.\nRecommended, secured, marshall") == [
        "line 2: at the most",
        "line 3: MENDS",
    ]
    assert found_in(
        "The behaviour of organisations,\nrecognised afterwards; a favor for the colorful organization"
    ) == [
        "line 1: behaviour",
        "line 1: organisations",
        "line 2: recognised",
        "line 2: afterwards",
    ]
