# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The persona mappings: the truth, and the older states that lagging reads still see."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .messages import encode

TYPE = "aws_cloud_auth_config"


@dataclass(frozen=True)
class Mapping:
    """One persona mapping; all values are strings."""

    id: str
    arn_pattern: str
    account_identifier: str
    account_uuid: str

    @cached_property
    def json(self) -> bytes:
        """The mapping as the API shows it, encoded once since lists may hold 100,000."""
        attributes = {
            "account_identifier": self.account_identifier,
            "account_uuid": self.account_uuid,
            "arn_pattern": self.arn_pattern,
        }
        return encode({"id": self.id, "type": TYPE, "attributes": attributes})

    def as_dict(self) -> dict[str, str]:
        """The mapping as ``Organization.load`` takes it."""
        return {
            "id": self.id,
            "arn_pattern": self.arn_pattern,
            "account_identifier": self.account_identifier,
            "account_uuid": self.account_uuid,
        }


class _Change(NamedTuple):
    added: bool
    mapping: Mapping


class Mappings:
    """All mappings by id and by pattern, with a journal of the changes.

    Writes see the truth at once. A read with a lag of n seconds sees the state of n seconds ago: the truth less the
    changes since. ``clock`` returns seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.replace(())

    def replace(self, mappings: Iterable[Mapping]) -> None:
        """Start anew with ``mappings``, known to all reads at once. Raises ValueError for a pattern given twice."""
        mappings = list(mappings)
        by_pattern = {mapping.arn_pattern: mapping for mapping in mappings}
        by_id = {mapping.id: mapping for mapping in mappings}
        if not len(by_pattern) == len(by_id) == len(mappings):
            raise ValueError("a pattern or an id is given twice")
        self._by_id = by_id
        self._by_pattern = by_pattern
        self._times: list[float] = []
        self._journal: list[_Change] = []
        self._list: tuple[int, bytes] | None = None
        self.list_json()  # encoded now, so that the first read takes no longer than the others

    def __iter__(self) -> Iterator[Mapping]:
        return iter(self._by_id.values())

    def add(self, mapping: Mapping) -> None:
        self._by_id[mapping.id] = mapping
        self._by_pattern[mapping.arn_pattern] = mapping
        self._note(_Change(True, mapping))

    def remove(self, mapping: Mapping) -> None:
        del self._by_id[mapping.id]
        del self._by_pattern[mapping.arn_pattern]
        self._note(_Change(False, mapping))

    def by_pattern(self, pattern: str) -> Mapping | None:
        return self._by_pattern.get(pattern)

    def by_id(self, mapping_id: str, lag: float = 0.0) -> Mapping | None:
        """The mapping as it was ``lag`` seconds ago, None if there was none."""
        for change in self._journal[self._version(lag) :]:
            if change.mapping.id == mapping_id:
                return None if change.added else change.mapping
        return self._by_id.get(mapping_id)

    def list_json(self, lag: float = 0.0) -> bytes:
        """The body of the list as it was ``lag`` seconds ago."""
        version = self._version(lag)
        if self._list is None or self._list[0] != version:
            body = b'{"data":[' + b",".join(mapping.json for mapping in self._at(version)) + b"]}"
            self._list = (version, body)
        return self._list[1]

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
