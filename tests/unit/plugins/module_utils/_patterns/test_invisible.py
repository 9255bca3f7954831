# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Characters that nobody sees are found, and named; those that people read are left alone."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.invisible import invisible_in


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        ("\u200b", "ZERO WIDTH SPACE (U+200B)"),
        ("\u200d", "ZERO WIDTH JOINER (U+200D)"),
        ("\ufeff", "ZERO WIDTH NO-BREAK SPACE (U+FEFF)"),
        ("\u00a0", "NO-BREAK SPACE (U+00A0)"),
        ("\u00ad", "SOFT HYPHEN (U+00AD)"),
        ("\u202e", "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        ("\u3164", "HANGUL FILLER (U+3164)"),
        ("\u2800", "BRAILLE PATTERN BLANK (U+2800)"),
        ("\ufe0f", "VARIATION SELECTOR-16 (U+FE0F)"),
        ("\U000e0100", "VARIATION SELECTOR-17 (U+E0100)"),
        ("\t", "U+0009"),
        ("\n", "U+000A"),
        ("\x00", "U+0000"),
        ("\x7f", "U+007F"),
        ("\ue000", "U+E000"),
        ("\ud800", "U+D800"),
    ],
)
def test_what_nobody_sees_is_named(letter, name):
    for text in (letter, f"a{letter}b", f"{letter}b", f"\u00e9{letter}\u200b"):
        assert invisible_in(text) == name


@pytest.mark.parametrize(
    "text", ["", "a b", "arn:aws:iam::123456789012:user/x", "Jos\u00e9", "\u4e2d\u6587", "e\u0301"]
)
def test_what_people_read_is_left_alone(text):
    assert invisible_in(text) == ""
