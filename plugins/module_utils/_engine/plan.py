# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what has to change so that the mappings that exist become those that are wanted. Nothing here writes.

Everything is a set; a single mapping is a set of one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Callable, NamedTuple, Union

from .._errors import InvalidOption, Refused
from .._patterns.arn import ImpossibleArn
from .._resources.kind import AuthMapping, Key, Kind

# How many mappings a message names.
SHOWN = 5

NOTHING_CHANGED = "Nothing has been changed."


class Wanted(NamedTuple):
    """A mapping that is to be present.

    :ivar account_identifier: any spelling of the account; None where the kind has no account.
    """

    key: Key
    account_identifier: str | None = None


class Unwanted(NamedTuple):
    """Which mappings are to be absent: those that fit all that is given."""

    key: Key | None = None
    account_identifier: str | None = None
    id: str | None = None


class Purge(NamedTuple):
    """Remove what is not wanted: everywhere, or only the patterns in these AWS accounts."""

    aws_accounts: frozenset[str] | None = None


class Create(NamedTuple):
    """Create a mapping of a key that has none."""

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
    """Map a key to another account."""

    before: AuthMapping
    after: Wanted

    @property
    def subject(self) -> Wanted:
        """The mapping that the step is about: the new one."""
        return self.after


class Remove(NamedTuple):
    """Remove a mapping.

    :ivar means: what the task wants to be absent; another mapping of the key that fits it is meant, too.
    """

    before: AuthMapping
    means: Unwanted

    @property
    def after(self) -> None:
        """Nothing."""
        return

    @property
    def subject(self) -> AuthMapping:
        """The mapping that the step is about."""
        return self.before


Step = Union[Create, Replace, Remove]

# What has become of its mapping when a step is done; the lists of a result are called the same.
PARTICIPLES = {Create: "created", Replace: "replaced", Remove: "removed"}


class Plan(NamedTuple):
    """What to do.

    :ivar steps: the changes; removals and replacements stand before creations, since keys conflict.
    :ivar unchanged: the mappings that are there as they are wanted.
    :ivar spared: the mappings that an :class:`Unwanted` names by its ID or its key, but does not fit.
    :ivar listed: all mappings that it was made by.
    """

    steps: list[Step]
    unchanged: list[AuthMapping]
    spared: list[AuthMapping]
    listed: Sequence[AuthMapping] = ()


class PlanRefused(Refused):
    """A plan must not be carried out. Nothing has been written."""


# Whether an account identifier names the account of a mapping.
SameAccount = Callable[[str, AuthMapping], bool]


def wanted_by_key(kind: Kind, wanted: Iterable[Wanted]) -> tuple[dict[Key, Wanted], list[str]]:
    """The wanted mappings by key, and warnings about their keys.

    :raises InvalidOption: a key that can match no caller, or one key for two accounts.
    """
    by_key: dict[Key, Wanted] = {}
    impossible: list[str] = []
    twice: list[str] = []
    warnings: list[str] = []
    numbers: dict[Key, int] = {}
    for number, want in enumerate(wanted, 1):
        other, first = by_key.setdefault(want.key, want), numbers.setdefault(want.key, number)
        if other is not want:
            if (other.account_identifier or "").lower() != (want.account_identifier or "").lower():
                accounts = f"{other.account_identifier} and {want.account_identifier}"
                twice.append(f"entries {first} and {number} map {want.key} to two accounts, {accounts}")
            continue
        try:
            warnings.extend(kind.matcher.check(want.key))
        except ImpossibleArn as error:
            impossible.append(f"{want.key} {error.verdict}: {error}")
    if impossible:
        raise InvalidOption(kind.matcher.option, first_few(impossible, " "))
    if twice:
        raise InvalidOption("mappings", f"{first_few(twice, '; ')}. Each can be mapped to one account only")
    return by_key, warnings


def undecided(
    wanted: Iterable[Wanted | Unwanted], existing: Sequence[AuthMapping], is_told: SameAccount
) -> list[tuple[str, AuthMapping]]:
    """The account identifiers that have to be looked up to tell what is in sync, each with the mapping it is held to.

    :param is_told: whether that can be told without looking anything up.
    """
    index = _Index(existing)
    return [
        (want.account_identifier, mapping)
        for want in wanted
        for mapping in index.named_by(want)
        if want.account_identifier
        and (mapping.account_identifier or mapping.account_uuid)
        and not is_told(want.account_identifier, mapping)
    ]


def plan_present(
    kind: Kind,
    wanted: dict[Key, Wanted],
    existing: Sequence[AuthMapping],
    same: SameAccount,
    purge: Purge | None = None,
) -> Plan:
    """The plan that makes all of ``wanted`` present and, with ``purge``, removes what isn't wanted.

    :raises Refused: Datadog lists a wanted key more than once, or does not show enough of it to replace it.
    """
    index = _Index(existing)
    replacements: list[Step] = []
    creations: list[Step] = []
    unchanged: list[AuthMapping] = []
    for want in wanted.values():
        found = index.named_by(want)
        if len(found) > 1:
            raise _listed_twice(kind, found)
        if not found:
            creations.append(Create(want))
        elif not want.account_identifier or same(want.account_identifier, found[0]):
            unchanged.append(found[0])
        elif not found[0].id or not found[0].account_identifier:
            raise _not_replaceable(kind, found[0])
        else:
            replacements.append(Replace(found[0], want))
    removals: list[Step] = [
        Remove(mapping, Unwanted(mapping.key))
        for mapping in existing
        if purge and _is_purged(kind, purge, mapping, wanted)
    ]
    return Plan(removals + replacements + creations, unchanged, [], existing)


def plan_absent(unwanted: Iterable[Unwanted], existing: Sequence[AuthMapping], same: SameAccount) -> Plan:
    """The plan that removes the mappings that ``unwanted`` names."""
    index = _Index(existing)
    removals: dict[str, Step] = {}
    spared: dict[str, AuthMapping] = {}
    for want in unwanted:
        for mapping in index.named_by(want):
            if not mapping.id:
                raise Refused(f"{mapping.key} can't be removed: Datadog lists it without an ID. {NOTHING_CHANGED}")
            if _fits(want, mapping, same):
                removals.setdefault(mapping.id, Remove(mapping, want))
            else:
                spared[mapping.id] = mapping
    # What one entry spares, another may remove.
    kept = [mapping for mapping in spared.values() if mapping.id not in removals]
    return Plan(list(removals.values()), [], kept, existing)


def first_few(texts: Sequence[str], separator: str = ", ", last_separator: str = " ") -> str:
    """The first few of ``texts`` in one, and how many more there are."""
    more = len(texts) - SHOWN
    return separator.join(texts[:SHOWN]) + (f"{last_separator}and {more} more" if more > 0 else "")


class _Index:
    """The existing mappings by key and by ID."""

    def __init__(self, existing: Iterable[AuthMapping]) -> None:
        self._by_key: dict[Key | None, list[AuthMapping]] = {}
        self._by_id: dict[str, list[AuthMapping]] = {}
        for mapping in existing:
            self._by_key.setdefault(mapping.key, []).append(mapping)
            self._by_id.setdefault(mapping.id.lower(), []).append(mapping)

    def named_by(self, want: Wanted | Unwanted) -> list[AuthMapping]:
        """The mappings with the ID or else the key of ``want``."""
        if isinstance(want, Unwanted) and want.id:
            return self._by_id.get(want.id.lower(), [])
        return self._by_key.get(want.key, [])


def _fits(want: Unwanted, mapping: AuthMapping, same: SameAccount) -> bool:
    if want.key and want.key != mapping.key:
        return False
    return not want.account_identifier or same(want.account_identifier, mapping)


def _is_purged(kind: Kind, purge: Purge, mapping: AuthMapping, wanted: Container[Key]) -> bool:
    """Whether ``mapping`` is to be purged; ``wanted`` are the keys that stay. What can't be read whole stays, too."""
    if mapping.unread or mapping.key in wanted:
        return False
    return purge.aws_accounts is None or kind.matcher.aws_account(mapping.key) in purge.aws_accounts


def _not_replaceable(kind: Kind, mapping: AuthMapping) -> Refused:
    remedy = f"Remove it by its ID, {mapping.id}, in a separate task first. " if mapping.id else ""
    return Refused(
        f"Can't replace {kind.name_of(mapping)}, which could not be put back, because Datadog does not show all of it: "
        f"{mapping.unread}. {remedy}{NOTHING_CHANGED}"
    )


def _listed_twice(kind: Kind, found: Sequence[AuthMapping]) -> Refused:
    return Refused(
        f"Datadog lists {len(found)} {kind.title}s of {found[0].key}, with the IDs "
        f"{first_few([mapping.id for mapping in found])}. Remove all but one of them by ID. Nothing has been changed."
    )
