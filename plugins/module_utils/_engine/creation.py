# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates one mapping: tries, reads and waits until the outcome is known.

Datadog's API has no update and no idempotency keys, and its reads lag behind its writes for up to half a minute (seen).
So after a lost answer, the list is read before the request is sent again, and after a conflict, it is read before the
conflict is believed. Sending again is safe: Datadog refuses a second mapping of a key (API reference).
"""

from __future__ import annotations

from collections.abc import Iterator

from .._clock import pauses
from .._errors import CloudAuthError, Conflict, NotFound, NotIntegrated, Refused, RequestFailed
from .._http.retries import Patience
from .._resources.arn_space import siblings_of
from .._resources.kind import AuthMapping
from .._resources.mappings import AuthMappings
from .._resources.spelling import has_spelling
from .outcome import Fate
from .plan import SameAccount, Wanted
from .sending import Sending, Written
from .writer import LONGEST_LAG, Writer


class Taken(Refused):
    """Somebody else has mapped the key to another account at the same time.

    :ivar found: that mapping.
    """

    def __init__(self, message: str, found: AuthMapping) -> None:
        super().__init__(message)
        self.found = found


def create(writer: Writer, want: Wanted) -> Written:
    """Create a mapping of a key that has none, once Datadog knows its AWS account."""
    return _Creation(writer, want, waits_for_integration=True).run()


def create_in_place_of(writer: Writer, old: AuthMapping, want: Wanted) -> Written:
    """Create a mapping of a key that ``old`` holds; most likely this ends in :class:`Conflict`."""
    return _Creation(writer, want, old, conflict_is_final=True).run()


def create_after(writer: Writer, old: AuthMapping, want: Wanted) -> Written:
    """Create a mapping of a key that ``old`` held until just now; lists may still show it."""
    return _Creation(writer, want, old, lag=LONGEST_LAG).run()


def put_back(writer: Writer, old: AuthMapping, seconds: float, lag: float) -> Written:
    """Create ``old`` again, trying for ``seconds``, and for ``lag`` seconds against conflicts."""
    want = Wanted(old.key, old.account_identifier)
    patience = writer.mappings.client.patience(seconds)
    return _Creation(writer, want, old, patience, lag, same=has_spelling).run()


class _Creation:
    """The creation of one mapping.

    :param old: a mapping of the same key that is not the wanted one, even if lists still show it.
    :param conflict_is_final: whether a conflict is for the caller to deal with.
    :param patience: of a rescue; None for what the options say.
    :param same: replaces the writer's if no account may be looked up.
    :param lag: for how long a conflict may come from a mapping that is gone already; None for a key that had none.
    """

    def __init__(
        self,
        writer: Writer,
        want: Wanted,
        old: AuthMapping | None = None,
        patience: Patience | None = None,
        lag: float | None = None,
        same: SameAccount | None = None,
        conflict_is_final: bool = False,
        waits_for_integration: bool = False,
    ) -> None:
        self._writer = writer
        self._want = want
        self._old = old
        self._same = same or writer.same
        self._conflict_is_final = conflict_is_final
        self._waits_for_integration = waits_for_integration
        self._rescues = patience is not None
        self._lag = lag
        self._conflict_pauses: Iterator[float] | None = None
        self._integration_tries = 0
        self._has_moved = False
        client = writer.mappings.client
        self._sending = Sending(
            client, lambda: writer.mappings.creation(want.key, want.account_identifier), patience or client.patience()
        )

    def run(self) -> Written:
        """Carry it out, and return what is known of it."""
        return self._sending.brought_to_end(self._create)

    def _create(self) -> AuthMapping | None:
        while True:
            try:
                return self._sending.send()
            except RequestFailed as caught:
                failure = caught
            found = self._found_after(failure)
            if found:
                return self._confirmed(found)
            self._wait_after(failure)

    def _found_after(self, failure: RequestFailed) -> AuthMapping | None:
        """The mapping, if it exists despite ``failure``."""
        if failure.may_be_executed:
            return self._look_into(failure, self._writer.search)
        if not isinstance(failure, Conflict):
            return None
        if self._conflict_is_final:
            return self._look_into(failure, 0.0) if self._sending.fate is Fate.NOT_KNOWN else None
        if self._lag is not None:
            return self._look_if_readable(0.0)
        found = self._look_into(failure, 0.0)
        if found or self._conflict_pauses is not None:
            return found
        self._raise_if_held_elsewhere(failure)
        return self._look_into(failure, self._writer.lag)

    def _look_into(self, failure: RequestFailed, seconds: float) -> AuthMapping | None:
        if (
            self._rescues
        ):  # The pattern has no mapping meanwhile, and Datadog refuses a second one: sending again is safer.
            return self._look_if_readable(seconds)
        try:
            return self._look(seconds)
        except RequestFailed as second:
            raise failure.like(f"{failure} Checking whether it was executed failed too: {second}") from None

    def _look_if_readable(self, seconds: float) -> AuthMapping | None:
        """Like :meth:`_look`, but a list that can't be read doesn't end the work."""
        try:
            return self._look(seconds)
        except CloudAuthError:
            return None  # The request is sent again, and its answer decides.

    def _wait_after(self, failure: RequestFailed) -> None:
        """Wait until the request may be sent again; raises ``failure`` if that can't help."""
        if isinstance(failure, NotIntegrated) and self._waits_for_integration:
            self._integration_tries += 1
            if not self._writer.wait_for_integration(self._want, self._integration_tries - 1):
                raise failure
        elif isinstance(failure, Conflict) and not self._conflict_is_final:
            self._wait_after_conflict(failure)
        elif isinstance(failure, NotIntegrated) and self._rescues:
            # The old mapping could not have been there if Datadog had never known the account.
            self._sending.wait(failure.passing())
        elif not (isinstance(failure, NotFound) and self._moves()):
            self._sending.wait(failure)

    def _moves(self) -> bool:
        """Whether a 404 came from the path, which has moved; the request then goes to the other one, once."""
        path = self._writer.mappings.path
        if self._has_moved:
            return False
        self._look_if_readable(0.0)
        self._has_moved = self._writer.mappings.path != path
        return self._has_moved

    def _wait_after_conflict(self, failure: Conflict) -> None:
        """The check for conflicts may lag behind a removal, as reads do."""
        if self._conflict_pauses is None:
            # If this task has removed nothing, all of the lag has passed by now, and one more try decides.
            self._conflict_pauses = iter((0.0,)) if self._lag is None else pauses(self._writer.clock, self._lag)
        if next(self._conflict_pauses, None) is None:
            self._raise_if_held_elsewhere(failure)
            raise failure

    def _look(self, seconds: float) -> AuthMapping | None:
        """A mapping of the key that is listed within ``seconds``, and is not the old one."""
        found: list[AuthMapping] = []
        mappings = self._writer.mappings

        def look() -> bool:
            # A rescue does not wait for a list: it sends again, and looks again after that.
            listed = mappings.list_all(mappings.client.patience(0.0) if self._rescues else None)
            found[:] = [mapping for mapping in listed if mapping.key == self._want.key and mapping != self._old]
            return bool(found)

        self._writer.until(look, seconds)
        if len(found) > 1:
            found.sort(key=lambda mapping: not self._is_wanted(mapping))
        return found[0] if found else None

    def _is_wanted(self, found: AuthMapping) -> bool:
        identifier = self._want.account_identifier
        return not identifier or self._same(identifier, found)

    def _confirmed(self, found: AuthMapping) -> AuthMapping:
        """``found``, if it is of the wanted account.

        :raises Taken: it is of another account.
        """
        if self._is_wanted(found):
            self._sending.seen()
            return found
        raise Taken(
            f"Could not create the {self._writer.kind.title} of {self._want.key} to {self._want.account_identifier}: "
            f"somebody else has mapped the pattern to {found.account_identifier} at the same time. Find out who, and "
            "run the task again.",
            found,
        )

    def _raise_if_held_elsewhere(self, failure: Conflict) -> None:
        """Raise an error that names the mapping of another kind that holds the key, if one does."""
        for kind in siblings_of(self._writer.kind):
            other = AuthMappings(self._writer.mappings.client, kind)
            try:
                holders = [mapping for mapping in other.list_all() if mapping.key == self._want.key]
            except CloudAuthError:
                continue  # The conflict stays the error, even if the other list can't be read.
            if holders:
                raise failure.like(f"{failure} It is taken by {kind.name_of(holders[0])}, with the ID {holders[0].id}.")
