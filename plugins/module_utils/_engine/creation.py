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

from .._clock import poll_intervals
from .._errors import CloudAuthError, Conflict, NotFound, NotIntegrated, Refused, RequestFailed
from .._http.retries import RetryPolicy
from .._resources.identifiers import names_account
from .._resources.kind import AuthMapping
from .._resources.kinds import siblings_of
from .._resources.mappings import AuthMappings
from .context import LONGEST_LAG, WriteContext
from .plan import SameAccount, Wanted
from .step_result import WriteState
from .write import Write, WriteResult


class KeyTaken(Refused):
    """Somebody else has mapped the key to another account at the same time.

    :ivar found: that mapping.
    """

    def __init__(self, message: str, found: AuthMapping) -> None:
        super().__init__(message)
        self.found = found


def create(context: WriteContext, want: Wanted) -> WriteResult:
    """Create a mapping of a key that has none, once Datadog knows its AWS account."""
    return _Creation(context, want, waits_for_integration=True).run()


def create_in_place_of(context: WriteContext, old: AuthMapping, want: Wanted) -> WriteResult:
    """Create a mapping of a key that ``old`` holds; most likely this ends in :class:`Conflict`."""
    return _Creation(context, want, old, conflict_is_final=True).run()


def create_after(context: WriteContext, old: AuthMapping, want: Wanted) -> WriteResult:
    """Create a mapping of a key that ``old`` held until just now; lists may still show it."""
    return _Creation(context, want, old, lag=LONGEST_LAG).run()


def put_back(context: WriteContext, old: AuthMapping, seconds: float, lag: float) -> WriteResult:
    """Create ``old`` again, trying for ``seconds``, and for ``lag`` seconds against conflicts."""
    want = Wanted(old.key, old.account_identifier)
    retry_policy = context.mappings.client.retry_policy(seconds)
    return _Creation(context, want, old, retry_policy, lag, same=names_account).run()


class _Creation:
    """The creation of one mapping.

    :param old: a mapping of the same key that is not the wanted one, even if lists still show it.
    :param conflict_is_final: whether a conflict is for the caller to deal with.
    :param retry_policy: of a rescue; None for what the options say.
    :param same: replaces the writer's if no account may be looked up.
    :param lag: for how long a conflict may come from a mapping that is gone already; None for a key that had none.
    """

    def __init__(
        self,
        context: WriteContext,
        want: Wanted,
        old: AuthMapping | None = None,
        retry_policy: RetryPolicy | None = None,
        lag: float | None = None,
        same: SameAccount | None = None,
        *,
        conflict_is_final: bool = False,
        waits_for_integration: bool = False,
    ) -> None:
        self._context = context
        self._want = want
        self._old = old
        self._same = same or context.same
        self._conflict_is_final = conflict_is_final
        self._waits_for_integration = waits_for_integration
        self._rescues = retry_policy is not None
        self._lag = lag
        self._conflict_pauses: Iterator[float] | None = None
        self._integration_tries = 0
        self._has_moved = False
        client = context.mappings.client
        self._write = Write(
            client,
            lambda: context.mappings.create_request(want.key, want.account_identifier),
            retry_policy or client.retry_policy(),
        )

    def run(self) -> WriteResult:
        """Carry it out, and return what is known of it."""
        return self._write.brought_to_end(self._create)

    def _create(self) -> AuthMapping | None:
        while True:
            try:
                return self._write.send()
            except RequestFailed as caught:
                error = caught
            found = self._found_after(error)
            if found:
                return self._confirmed(found)
            self._wait_after(error)

    def _found_after(self, error: RequestFailed) -> AuthMapping | None:
        """The mapping, if it exists despite ``error``."""
        if error.may_be_executed:
            return self._look_into(error, self._context.search)
        if not isinstance(error, Conflict):
            return None
        if self._conflict_is_final:
            return self._look_into(error, 0.0) if self._write.state is WriteState.NOT_KNOWN else None
        if self._lag is not None:
            return self._look_if_readable(0.0)
        found = self._look_into(error, 0.0)
        if found or self._conflict_pauses is not None:
            return found
        self._raise_if_held_elsewhere(error)
        return self._look_into(error, self._context.lag)

    def _look_into(self, error: RequestFailed, seconds: float) -> AuthMapping | None:
        if (
            self._rescues
        ):  # The pattern has no mapping meanwhile, and Datadog refuses a second one: sending again is safer.
            return self._look_if_readable(seconds)
        try:
            return self._look(seconds)
        except RequestFailed as second:
            raise error.noted(f"Checking whether it was executed failed too: {second}") from None

    def _look_if_readable(self, seconds: float) -> AuthMapping | None:
        """Like :meth:`_look`, but a list that can't be read doesn't end the work."""
        try:
            return self._look(seconds)
        except CloudAuthError:
            return None  # The request is sent again, and its answer decides.

    def _wait_after(self, error: RequestFailed) -> None:
        """Wait until the request may be sent again; raises ``error`` if that can't help."""
        if isinstance(error, NotIntegrated) and self._waits_for_integration:
            self._integration_tries += 1
            if not self._context.wait_for_integration(self._want, self._integration_tries - 1):
                raise error
        elif isinstance(error, Conflict) and not self._conflict_is_final:
            self._wait_after_conflict(error)
        elif isinstance(error, NotIntegrated) and self._rescues:
            # The old mapping could not have been there if Datadog had never known the account.
            error.may_pass = True
            self._write.prepare_retry(error)
        elif not (isinstance(error, NotFound) and self._moves()):
            self._write.prepare_retry(error)

    def _moves(self) -> bool:
        """Whether a 404 came from the path, which has moved; the request then goes to the other one, once."""
        path = self._context.mappings.path
        if self._has_moved:
            return False
        self._look_if_readable(0.0)
        self._has_moved = self._context.mappings.path != path
        return self._has_moved

    def _wait_after_conflict(self, error: Conflict) -> None:
        """The check for conflicts may lag behind a removal, as reads do."""
        if self._conflict_pauses is None:
            # If this task has removed nothing, all of the lag has passed by now, and one more try decides.
            self._conflict_pauses = (
                iter((0.0,)) if self._lag is None else poll_intervals(self._context.clock, self._lag)
            )
        if next(self._conflict_pauses, None) is None:
            self._raise_if_held_elsewhere(error)
            raise error

    def _look(self, seconds: float) -> AuthMapping | None:
        """A mapping of the key that is listed within ``seconds``, and is not the old one."""
        found: list[AuthMapping] = []
        mappings = self._context.mappings

        def look() -> bool:
            # A rescue does not wait for a list: it sends again, and looks again after that.
            listed = mappings.list_all(mappings.client.retry_policy(0.0) if self._rescues else None)
            found[:] = [mapping for mapping in listed if mapping.key == self._want.key and mapping != self._old]
            return bool(found)

        self._context.until(look, seconds)
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
            self._write.confirm()
            return found
        raise KeyTaken(
            f"Could not create the {self._context.kind.title} of {self._want.key} to {self._want.account_identifier}: "
            f"somebody else has mapped the pattern to {found.account_identifier} at the same time. Find out who, and "
            "run the task again.",
            found,
        )

    def _raise_if_held_elsewhere(self, error: Conflict) -> None:
        """Raise an error that names the mapping of another kind that holds the key, if one does."""
        for kind in siblings_of(self._context.kind):
            other = AuthMappings(self._context.mappings.client, kind)
            try:
                holders = [mapping for mapping in other.list_all() if mapping.key == self._want.key]
            except CloudAuthError:
                continue  # The conflict stays the error, even if the other list can't be read.
            if holders:
                raise error.noted(f"It is taken by {kind.name_of(holders[0])}, with the ID {holders[0].id}.")
