# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mappings of one kind: the truth, and the older states that lagging reads still see."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .kinds import Kind, Matcher, key_of
from .messages import encode
from .shown import Shown, as_spec


@dataclass(frozen=True)
class Mapping:
    """One mapping. The account is empty for kinds without; ``more`` are attributes that only answers have.

    ``shown``: an odd record that the API shows for it.
    """

    kind: Kind
    id: str
    matcher: Matcher
    account_identifier: str = ""
    account_uuid: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    shown: Shown = ()

    @cached_property
    def key(self) -> object:
        """What makes another mapping one of the same caller."""
        return key_of(self.matcher)

    @property
    def account(self) -> dict[str, str]:
        """Where it leads to, as attributes."""
        if not self.kind.has_account:
            return {}
        return {"account_identifier": self.account_identifier, "account_uuid": self.account_uuid}

    def json(self, json_type: str | None = None) -> bytes:
        """The mapping as the API shows it, of its kind's type or another one."""
        return self._json if json_type in (None, self.kind.type) else self._encoded(json_type)

    @cached_property
    def _json(self) -> bytes:
        """Encoded once since lists may hold 100,000."""
        return self._encoded(self.kind.type)

    def _encoded(self, json_type: str | None) -> bytes:
        attributes = {**self.account, self.kind.matcher: self.matcher, **self.more}
        whole = {"id": self.id, "type": json_type, "attributes": attributes}
        return encode(self.shown[0] if self.shown else whole)

    def as_dict(self) -> dict[str, Any]:
        """The mapping as ``Organization.load`` takes it."""
        return {"id": self.id, self.kind.matcher: self.matcher, **self.account, **as_spec(self.shown)}


class _Change(NamedTuple):
    added: bool
    mapping: Mapping


class Mappings:
    """All mappings of a kind by id and by matcher, with a journal of the changes.

    Writes see the truth at once. A read with a lag of n seconds sees the state of n seconds ago: the truth less the
    changes since. What is there from the start is known to all reads. ``clock`` returns seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float], mappings: Iterable[Mapping] = ()) -> None:
        """Raises ValueError for an id that is given twice."""
        self._clock = clock
        self._by_id: dict[str, Mapping] = {}
        self._by_key: dict[object, list[Mapping]] = {}
        self._freed: dict[object, float] = {}
        self._times: list[float] = []
        self._journal: list[_Change] = []
        self._list: tuple[object, bytes] | None = None
        for mapping in mappings:
            if mapping.id in self._by_id:
                raise ValueError("an id is given twice")
            self._put(mapping)
        self.list_json()  # encoded now, so that the first read takes no longer than the others

    def __iter__(self) -> Iterator[Mapping]:
        return iter(self._by_id.values())

    def add(self, mapping: Mapping) -> None:
        self._put(mapping)
        self._note(_Change(True, mapping))

    def remove(self, mapping: Mapping) -> None:
        del self._by_id[mapping.id]
        left = [other for other in self._by_key.pop(mapping.key) if other is not mapping]
        if left:
            self._by_key[mapping.key] = left
        self._freed[mapping.key] = self._clock()
        self._note(_Change(False, mapping))

    def by_key(self, key: object) -> Mapping | None:
        """The oldest mapping of this matcher."""
        return self._by_key.get(key, [None])[0]

    def is_unique(self) -> bool:
        """Whether every matcher is mapped once."""
        return len(self._by_key) == len(self._by_id)

    def was_freed(self, key: object, seconds: float) -> bool:
        """Whether a mapping of this matcher was removed less than so many seconds ago."""
        return self._clock() < self._freed.get(key, float("-inf")) + seconds

    def by_id(self, mapping_id: str, lag: float = 0.0) -> Mapping | None:
        """The mapping as it was ``lag`` seconds ago, None if there was none."""
        for change in self._journal[self._version(lag) :] if lag else ():
            if change.mapping.id == mapping_id:
                return None if change.added else change.mapping
        return self._by_id.get(mapping_id)

    def at(self, lag: float) -> list[Mapping]:
        """All mappings as they were ``lag`` seconds ago."""
        return list(self._at(self._version(lag)))

    def list_json(self, lag: float = 0.0, json_type: str | None = None) -> bytes:
        """The body of the list as it was ``lag`` seconds ago."""
        version = self._version(lag)
        if self._list is None or self._list[0] != (version, json_type):
            body = b'{"data":[' + b",".join(mapping.json(json_type) for mapping in self._at(version)) + b"]}"
            self._list = ((version, json_type), body)
        return self._list[1]

    def _put(self, mapping: Mapping) -> None:
        self._by_id[mapping.id] = mapping
        self._by_key.setdefault(mapping.key, []).append(mapping)

    def _note(self, change: _Change) -> None:
        self._times.append(self._clock())
        self._journal.append(change)

    def _version(self, lag: float) -> int:
        """How many changes a read with this lag has seen."""
        return bisect_right(self._times, self._clock() - lag) if lag else len(self._journal)

    def _at(self, version: int) -> Iterable[Mapping]:
        seen = dict(self._by_id)
        for added, mapping in reversed(self._journal[version:]):
            if added:
                del seen[mapping.id]
            else:
                seen[mapping.id] = mapping
        return seen.values()
