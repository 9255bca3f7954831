# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Datadog may make of a matcher when it stores it. None of this is established."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .kinds import Matcher


def _bare(text: str) -> str:
    return text.removeprefix("^").removesuffix("$")


# Each takes the pattern, or the expression of a claim.
_OF_TEXTS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "anchored": lambda text: f"^{_bare(text)}$",
    "bare": _bare,
}
FORMS = (*_OF_TEXTS, "sorted")


def stored(matcher: Matcher, forms: Iterable[str]) -> Matcher:
    """The matcher in these forms: in lower case, with anchors or without, its claims sorted. ARNs have no anchors."""
    for form in forms:
        if isinstance(matcher, str):
            matcher = matcher.lower() if form == "lower" else matcher
        elif form == "sorted":
            matcher = dict(sorted(matcher.items()))
        else:
            matcher = {claim: _OF_TEXTS[form](text) for claim, text in matcher.items()}
    return matcher
