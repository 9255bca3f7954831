# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this task knows of each key and each ID, and since when. Nothing else decides what proves what.

A final answer to a write proves that write. A list is only a witness: it can be half a minute old, and the next one can
be older still, since reads come from replicas (seen). So can the check for conflicts. What happened before that is in
every list.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from .._clock import Clock
from .._errors import CloudAuthError
from .._http.retries import RetryPolicy
from .._resources.kind import AuthMapping, Key
from .._resources.mappings import AuthMappings

# How long reads may lag behind a write, in seconds: what Datadog's Terraform provider allows for.
LAG = 30.0


class Listing(NamedTuple):
    """One look at Datadog's list.

    :ivar sent_at: when the request for it was sent, or earlier.
    :ivar mappings: what it shows; nothing if it could not be read.
    :ivar error: why it could not be read, or None.
    :ivar removed: the IDs that are known to be gone, whatever it shows.
    """

    sent_at: float
    mappings: Sequence[AuthMapping] = ()
    error: CloudAuthError | None = None
    removed: Container[str] = frozenset()

    def of(self, key: Key) -> list[AuthMapping]:
        """The mappings of ``key`` that it shows, and that are not known to be gone."""
        return [mapping for mapping in self.mappings if mapping.key == key and mapping.id not in self.removed]

    def has(self, mapping: AuthMapping) -> bool:
        """Whether it shows a mapping with this ID."""
        return any(listed.id == mapping.id for listed in self.mappings)

    def shows(self, mapping: AuthMapping) -> bool:
        """Whether it shows the mapping with its account, which an update would change."""
        shown = (mapping.id, mapping.account_uuid)
        return any((listed.id, listed.account_uuid) == shown for listed in self.mappings)


class Book:
    """Keeps what the answers to this task's requests have proved. Any number of threads may share it.

    :param begun: when the list that the task was planned by had been read, or later.
    """

    def __init__(self, mappings: AuthMappings, clock: Clock, begun: float) -> None:
        self._mappings = mappings
        self._clock = clock
        self._begun = begun
        self._changed: dict[Key, float] = {}
        self._in_doubt: dict[Key, float] = {}
        self._created: set[str] = set()
        self._removed: set[str] = set()

    def now(self) -> float:
        """The moment, as all moments here: on a clock that never goes back."""
        return self._clock.now()

    # ---- what happens

    def note_created(self, key: Key, mapping: AuthMapping) -> None:
        """A creation was answered: the mapping is there, also if Datadog spells its key otherwise."""
        self._created.add(mapping.id)
        self._removed.discard(mapping.id)  # Where IDs are made of keys, it is the same as before.
        self._changed[key] = self._changed[mapping.key] = self.now()

    def note_removed(self, mapping: AuthMapping) -> None:
        """A removal was answered: the ID will never be there again, whatever lists show."""
        self._removed.add(mapping.id)
        self._changed[mapping.key] = self.now()

    def note_doubt(self, key: Key, *, may_be_removed: bool) -> None:
        """A request that changes the key may have been executed just now, or not.

        :param may_be_removed: whether it was to remove the key's mapping.
        """
        self._in_doubt[key] = self.now()
        if may_be_removed:
            self._changed[key] = self._in_doubt[key]

    def look(self, retry_policy: RetryPolicy | None = None) -> Listing:
        """Read the list."""
        sent_at = self.now()
        try:
            listed = self._mappings.list_all(retry_policy)
        except CloudAuthError as error:
            return Listing(sent_at, error=error)
        return Listing(sent_at, listed, removed=self._removed)

    # ---- what it proves

    def has_created(self, mapping: AuthMapping) -> bool:
        """Whether this task has got an answer that it has created the mapping."""
        return mapping.id in self._created

    def has_removed(self, mapping: AuthMapping) -> bool:
        """Whether this task has got an answer that it has removed the mapping."""
        return mapping.id in self._removed

    def shows_from(self, key: Key) -> float:
        """From when on a list proves what it shows of the key."""
        return self._changed.get(key, self._begun) + LAG

    def conflict_proves(self, key: Key, sent_at: float) -> bool:
        """Whether a conflict that answers a request sent then proves that the key is held."""
        return sent_at >= self.shows_from(key)

    def lacks_from(self, key: Key) -> float:
        """From when on a list proves what it lacks of the key, and by then what it shows, too."""
        return max(self._changed.get(key, self._begun), self._in_doubt.get(key, 0.0)) + LAG

    def proves(self, listing: Listing, key: Key, shown: Sequence[AuthMapping]) -> bool:
        """Whether ``listing`` proves ``shown``, what it shows of the key; or, if empty, that nothing is there."""
        moment = self.shows_from(key) if shown else self.lacks_from(key)
        return not listing.error and listing.sent_at >= moment
