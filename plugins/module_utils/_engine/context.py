# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of a task share, and what those of one step do."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Callable, NamedTuple, TypeVar

from .._clock import Clock, back_off
from .._errors import CloudAuthError, Interrupted
from .._http.limits import Reservation
from .._patterns.similar import canonical
from .._resources.kind import AuthMapping, Key, Kind
from .._resources.kinds import siblings_of
from .._resources.mappings import AuthMappings, WriteRequest
from .book import LAG, Book, Listing
from .plan import Remove, Wanted
from .step_result import WriteState
from .write import Write

if TYPE_CHECKING:
    from .lookups import Lookups

# The longest pause between two questions whether an AWS account is integrated, in seconds.
LONGEST_PAUSE = 5.0
# Why a change is not seen, if not because the list could not be read.
NOT_SHOWN = "not shown"

T = TypeVar("T")


class Wait(NamedTuple):
    """What a step waits for: a list. It gets each one that is read, and ends its wait when it has seen enough.

    :ivar until: for how long it does at most, a moment on the clock. A list that is sent then is the last one it gets.
    :ivar error: why it is in doubt what is there; None if all is done, and the list only has to show it.
    :ivar must_end: whether not even a signal may end it sooner, because a mapping was removed, or may have been.
    :ivar is_loss: whether a mapping seems to be lost, so that nothing else must be removed before that is known.
    """

    until: float
    error: CloudAuthError | None = None
    must_end: bool = False
    is_loss: bool = False


# The work on a step: it yields what it waits for, and is sent a list each time. Doubt is an outcome, not an error.
Work = Generator[Wait, Listing, T]


class WriteContext:
    """What the writes of a task share. Any number of threads may use it.

    :param listed: the mappings that the task was planned by.
    :param accounts: tells whose account a mapping leads to.
    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :ivar same_as_wanted: the IDs of mappings whose keys Datadog takes for other spellings of wanted ones.
    """

    def __init__(
        self,
        mappings: AuthMappings,
        listed: Sequence[AuthMapping],
        accounts: Lookups,
        clock: Clock,
        wait_timeout: float,
    ) -> None:
        self.mappings = mappings
        self.kind = mappings.kind
        self.listed = listed
        self.known = frozenset(mapping.id for mapping in listed)
        self.accounts = accounts
        self.clock = clock
        self.wait_timeout = wait_timeout
        self.book = Book(mappings, clock, clock.now())
        self.same_as_wanted: set[str] = set()
        self._integration_deadline: float | None = None
        self._of_siblings: list[tuple[Kind, AuthMapping]] | None = None
        self._lock = threading.Lock()

    def means(self, step: Remove, mapping: AuthMapping) -> bool:
        """Whether a task that has ``step`` means ``mapping``, too, which has got its key since."""
        wanted = step.means.account_identifier
        if step.means.id:
            return False
        return not wanted or self.accounts.is_account_of(wanted, mapping) is True

    def held_by_sibling(self, key: Key) -> str:
        """A sentence that names the mapping of another kind that holds the key, as listed; empty if none does."""
        with self._lock:
            if self._of_siblings is None:
                self._of_siblings = list(self._read_siblings())
        for kind, mapping in self._of_siblings:
            if mapping.key == key:
                return f"It is taken by {kind.name_of(mapping)}, with the ID {mapping.id}, as listed."
        return ""

    def wait_for_integration(self, tries: int) -> bool:
        """Let some time pass, if any is left; all mappings wait together, of whatever AWS account."""
        now = self.clock.now()
        self._integration_deadline = self._integration_deadline or now + self.wait_timeout
        left = self._integration_deadline - now
        if left <= 0:
            return False
        self.clock.sleep(min(back_off(tries, 1.0, LONGEST_PAUSE), left))
        return True

    def is_free_of_siblings(self, key: Key) -> bool:
        """Whether it can be read now that no mapping of another kind has the key or another spelling of it."""
        for kind in siblings_of(self.kind):
            try:
                listed = AuthMappings(self.mappings.client, kind).list_all()
            except CloudAuthError:
                return False
            if any(canonical(mapping.key) == canonical(key) for mapping in listed):
                return False
        return True

    def _read_siblings(self) -> Iterator[tuple[Kind, AuthMapping]]:
        for kind in siblings_of(self.kind):
            try:
                listed = AuthMappings(self.mappings.client, kind).list_all()
            except CloudAuthError:
                continue  # The conflict is the error, also if it can't be told whose mapping it is.
            for mapping in listed:
                yield kind, mapping


class StepContext:
    """What the writes of one step do: all of them are kept, so that none is forgotten in the step's result.

    :ivar task: what all steps share.
    :ivar warnings: sentences for the user.
    """

    def __init__(self, task: WriteContext) -> None:
        self.task = task
        self.warnings: list[str] = []
        self._writes: list[Write] = []

    @property
    def tried(self) -> frozenset[str]:
        """The IDs that were to be removed. What got a 404 was gone before: lists may show it, but nobody has it."""
        return frozenset(write.removes.id for write in self._writes if write.removes)

    def may_have_removed(self, mapping: AuthMapping) -> bool:
        """Whether this step has removed the mapping, for all that is known; not if it was gone before."""
        return any(write.removes == mapping and write.state is not WriteState.NOT_DONE for write in self._writes)

    @property
    def has_removed_twice(self) -> bool:
        """Whether two mappings were removed, the second of which somebody else had put where the first was."""
        return sum(bool(write.removes and self.task.book.has_removed(write.removes)) for write in self._writes) > 1

    def may_have_created(self, mapping: AuthMapping) -> bool:
        """Whether a creation without an answer may have made ``mapping``, for all that is known."""
        is_new = mapping.id not in self.task.known
        return is_new and any(write.state is WriteState.NOT_KNOWN and not write.removes for write in self._writes)

    @property
    def states(self) -> list[WriteState]:
        """What is known of the writes so far, in their order."""
        return [write.state for write in self._writes]

    def creation(self, want: Wanted, seconds: float | None = None) -> Write:
        """A write that creates a mapping.

        :param seconds: how long it is tried; None for what the options say.
        """
        mappings = self.task.mappings
        return self._begin(want.key, None, lambda: mappings.create_request(want.key, want.account_identifier), seconds)

    def removal(self, mapping: AuthMapping) -> Write:
        """A write that removes a mapping."""
        return self._begin(mapping.key, mapping, lambda: self.task.mappings.delete_request(mapping), None)

    def shielded(self) -> AbstractContextManager[None]:
        """No signal ends what is done within the block."""
        return self.task.clock.shielded()

    def reserved(self, old: AuthMapping, new: Wanted) -> AbstractContextManager[Reservation]:
        """Room under Datadog's rate limits for removing ``old`` and creating ``new`` straight after it."""
        mappings = self.task.mappings
        creation = mappings.create_request(new.key, new.account_identifier)
        return mappings.client.reserve(mappings.delete_request(old).call, creation.call)

    def confirm_until(self) -> float:
        """Until when to wait for the list to show what was written; 0 for not at all (wait_timeout)."""
        seconds = min(self.task.wait_timeout, LAG)
        return self.task.clock.now() + seconds if seconds else 0.0

    def confirmed_by(self, until: float) -> Work[Listing]:
        """The next list. All is done, so a signal only ends the wait."""
        try:
            return (yield Wait(until))
        except Interrupted as error:
            return Listing(0.0, error=error)

    def settle_removals(self, *, is_executed: bool) -> None:
        """It is proved now whether the removals in doubt were executed."""
        for write in self._writes:
            if write.removes:
                write.settle(is_executed=is_executed)

    def _begin(
        self, key: Key, removes: AuthMapping | None, prepare: Callable[[], WriteRequest], seconds: float | None
    ) -> Write:
        retry_policy = self.task.mappings.client.retry_policy(seconds)
        self._writes.append(Write(self.task.mappings, self.task.book, key, removes, prepare, retry_policy))
        return self._writes[-1]
