# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a new mapping conflicts with one that there is: what is told of it, and how far the check is behind."""

from __future__ import annotations

from . import patterns
from .errors import refuse
from .kinds import Kind, Matcher, key_of, kinds_beside
from .mappings import Mapping, Mappings
from .settings import Settings


class Conflicts:
    """The check for conflicts. ``mappings`` are those of each kind, by its name."""

    def __init__(self, settings: Settings, mappings: dict[str, Mappings]) -> None:
        self._settings = settings
        self._mappings = mappings

    def check(self, kind: Kind, matcher: Matcher, lag: float) -> None:
        """Raise Refused (409) for a matcher that conflicts, judged on the state of ``lag`` seconds ago.

        One that is mapped since then is found anyway, unless a setting says that the check may miss it.
        """
        for other in kinds_beside(kind):
            told = self._told(kind, other, matcher, lag)
            if told:
                raise refuse(409, told if self._settings.conflict_names else _nameless(matcher))

    def _told(self, kind: Kind, other: Kind, matcher: Matcher, lag: float) -> str | None:
        """What conflicts among the mappings of the kind ``other``, in words."""
        same = other is kind
        if not (same and self._settings.on_taken != "conflict") and self._is_taken(other, matcher, lag):
            return f"{_name(matcher)} " + (
                "is already mapped" if same else f"conflicts with an existing {other.name} mapping"
            )
        crossed = self._crossed(other, matcher, lag) if self._settings.overlaps == "conflict" else None
        if crossed:
            return f"{_name(matcher)} overlaps with {crossed.matcher}, an existing {other.name} mapping"
        return None

    def _is_taken(self, kind: Kind, matcher: Matcher, lag: float) -> bool:
        mappings, key = self._mappings[kind.name], key_of(matcher)
        if mappings.was_freed(key, self._settings.conflict_lag):
            return True
        return any(mapping.key == key for mapping in self._judged(mappings, key, lag))

    def _judged(self, mappings: Mappings, key: object, lag: float) -> list[Mapping]:
        """The mappings that the check knows of, at least those of this key."""
        now = mappings.by_key(key)
        if not lag:
            return [now] if now else []
        known = mappings.at(lag)
        return [*known, now] if now and not self._settings.conflict_check_misses else known

    def _crossed(self, kind: Kind, matcher: Matcher, lag: float) -> Mapping | None:
        """A mapping of another pattern that some caller matches as well. Claim matchers are not compared."""
        if not isinstance(matcher, str):
            return None
        mappings = self._mappings[kind.name]
        known = mappings.at(lag)
        if lag and not self._settings.conflict_check_misses:
            known += mappings
        return next((mapping for mapping in known if _cross(str(mapping.matcher), matcher)), None)


def _cross(one: str, other: str) -> bool:
    return one != other and (patterns.covers(one, other) or patterns.covers(other, one))


def _name(matcher: Matcher) -> str:
    return f"The ARN pattern {matcher}" if isinstance(matcher, str) else "This set of claim matchers"


def _nameless(matcher: Matcher) -> str:
    return f"{_name(matcher)} conflicts with an existing identity or intake mapping"
