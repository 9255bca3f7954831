# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Characters that nobody sees: with one of them, a text is not the one that people read."""

from __future__ import annotations

# What Python takes for printable all the same: fillers, joiners and selectors of variants (Unicode's "default
# ignorable"), and the empty pattern of Braille.
UNSEEN = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0)
).union(range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def invisible_in(text: str) -> str:
    """The first character of ``text`` that nobody sees, by its name and number; an empty text if there is none.

    A space between others is seen; any other whitespace is not told from it.
    """
    if text.isascii() and text.isprintable():
        return ""
    return next((_named(letter) for letter in text if not letter.isprintable() or ord(letter) in UNSEEN), "")


def _named(letter: str) -> str:
    import unicodedata

    number = f"U+{ord(letter):04X}"
    name = unicodedata.name(letter, "")
    return f"{name} ({number})" if name else number
