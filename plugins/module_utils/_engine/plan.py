# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what has to change so that the mappings that exist become those that are wanted. Nothing here writes.

Everything is a set; a single mapping is a set of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Callable, NamedTuple, Union

from .._errors import InvalidOption, Refused
from .._patterns.arn import ImpossibleArn, check_pattern
from .._resources.persona_mapping import Mapping

if TYPE_CHECKING:
    from .purge import Purge

# How many patterns a message names.
SHOWN = 5


class Wanted(NamedTuple):
    """A mapping that shall be there. ``account_identifier`` is any spelling of the account."""

    arn_pattern: str
    account_identifier: str


class Unwanted(NamedTuple):
    """Which mappings shall not be there: those that fit all that is given."""

    arn_pattern: str | None = None
    account_identifier: str | None = None
    id: str | None = None


class Create(NamedTuple):
    """Make a mapping of a pattern that has none."""

    after: Wanted

    @property
    def before(self) -> None:
        """Nothing."""
        return

    @property
    def subject(self) -> Wanted:
        """The mapping that the step is about."""
        return self.after


class Replace(NamedTuple):
    """Map a pattern to another account."""

    before: Mapping
    after: Wanted

    @property
    def subject(self) -> Wanted:
        """The mapping that the step is about: the new one."""
        return self.after


class Remove(NamedTuple):
    """Remove a mapping."""

    before: Mapping

    @property
    def after(self) -> None:
        """Nothing."""
        return

    @property
    def subject(self) -> Mapping:
        """The mapping that the step is about."""
        return self.before


Step = Union[Create, Replace, Remove]


class Plan(NamedTuple):
    """What to do.

    :ivar steps: the changes; removals and replacements stand before creations, since patterns conflict.
    :ivar unchanged: the mappings that are there as they are wanted.
    :ivar spared: the mappings that an :class:`Unwanted` names but for their id, pattern or account.
    """

    steps: list[Step]
    unchanged: list[Mapping]
    spared: list[Mapping]


# Whether an account identifier names the account of a mapping.
SameAccount = Callable[[str, Mapping], bool]


def check_wanted(wanted: Iterable[Wanted]) -> tuple[dict[str, Wanted], list[str]]:
    """The wanted mappings by pattern, and warnings on their patterns.

    :raises InvalidOption: a pattern that can match no caller, or one pattern for two accounts.
    """
    by_pattern: dict[str, Wanted] = {}
    impossible: list[str] = []
    twice: list[str] = []
    warnings: list[str] = []
    for want in wanted:
        other = by_pattern.setdefault(want.arn_pattern, want)
        if other is not want:
            if other.account_identifier.lower() != want.account_identifier.lower():
                twice.append(f"{want.arn_pattern} to {other.account_identifier} and to {want.account_identifier}")
            continue
        try:
            warnings.extend(f"arn_pattern {want.arn_pattern}: {text}" for text in check_pattern(want.arn_pattern))
        except ImpossibleArn as bad:
            impossible.append(f"{want.arn_pattern} can match no AWS caller: {bad}")
    if impossible:
        raise InvalidOption("arn_pattern", some(impossible, " "))
    if twice:
        raise InvalidOption("mappings", f"a pattern can be mapped to one account only, but {some(twice)}")
    return by_pattern, warnings


def undecided(
    wanted: Iterable[Wanted | Unwanted], existing: Sequence[Mapping], alike: SameAccount
) -> list[tuple[str, Mapping]]:
    """The account identifiers that have to be looked up to tell what is in sync, each with the mapping it is held to.

    :param alike: whether identifier and mapping are the same without looking anything up.
    """
    index = _Index(existing)
    return [
        (want.account_identifier, mapping)
        for want in wanted
        for mapping in index.named_by(want)
        if want.account_identifier and not alike(want.account_identifier, mapping)
    ]


def plan_present(
    wanted: dict[str, Wanted], existing: Sequence[Mapping], same: SameAccount, purge: Purge | None = None
) -> Plan:
    """The plan that makes all of ``wanted`` present and, with ``purge``, removes what isn't wanted.

    :raises Refused: Datadog lists a wanted pattern more than once.
    """
    index = _Index(existing)
    replacements: list[Step] = []
    creations: list[Step] = []
    unchanged: list[Mapping] = []
    for want in wanted.values():
        found = index.named_by(want)
        if len(found) > 1:
            raise Refused(
                f"Datadog lists {len(found)} persona mappings of {want.arn_pattern}, with the ids "
                f"{some([mapping.id for mapping in found])}. Remove all but one by id. Nothing has been changed."
            )
        if not found:
            creations.append(Create(want))
        elif same(want.account_identifier, found[0]):
            unchanged.append(found[0])
        else:
            replacements.append(Replace(found[0], want))
    removals: list[Step] = [Remove(mapping) for mapping in existing if purge and purge.takes(mapping, wanted)]
    return Plan(removals + replacements + creations, unchanged, [])


def plan_absent(unwanted: Iterable[Unwanted], existing: Sequence[Mapping], same: SameAccount) -> Plan:
    """The plan that removes the mappings that ``unwanted`` names."""
    index = _Index(existing)
    removals: dict[str, Mapping] = {}
    spared: dict[str, Mapping] = {}
    for want in unwanted:
        for mapping in index.named_by(want):
            chosen = removals if _fits(want, mapping, same) else spared
            chosen[mapping.id] = mapping
    # What one entry spares, another may remove.
    kept = [mapping for mapping in spared.values() if mapping.id not in removals]
    return Plan([Remove(mapping) for mapping in removals.values()], [], kept)


def some(texts: Sequence[str], separator: str = ", ") -> str:
    """The first few of ``texts`` in one, and how many more there are."""
    more = len(texts) - SHOWN
    return separator.join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")


class _Index:
    """The existing mappings by pattern and by id."""

    def __init__(self, existing: Iterable[Mapping]) -> None:
        self._by_pattern: dict[str, list[Mapping]] = {}
        self._by_id: dict[str, list[Mapping]] = {}
        for mapping in existing:
            self._by_pattern.setdefault(mapping.arn_pattern, []).append(mapping)
            self._by_id.setdefault(mapping.id, []).append(mapping)

    def named_by(self, want: Wanted | Unwanted) -> list[Mapping]:
        """The mappings with the id or else the pattern of ``want``."""
        if isinstance(want, Unwanted) and want.id:
            return self._by_id.get(want.id, [])
        return self._by_pattern.get(want.arn_pattern or "", [])


def _fits(want: Unwanted, mapping: Mapping, same: SameAccount) -> bool:
    if want.arn_pattern and want.arn_pattern != mapping.arn_pattern:
        return False
    return not want.account_identifier or same(want.account_identifier, mapping)
