# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes one mapping, until it is proved whether it is gone."""

from __future__ import annotations

from .._errors import CloudAuthError, NotFound, RequestFailed, as_error
from .._http.limits import Reservation
from .._resources.kind import AuthMapping
from .book import LAG, Listing
from .context import StepContext, Wait, Work
from .step_result import WriteResult, WriteState
from .write import Write


def remove(step: StepContext, mapping: AuthMapping, *, must_end: bool = False) -> Work[WriteResult]:
    """Remove ``mapping``. It is no error if somebody else has done so.

    :param must_end: whether no signal may end a wait, because something depends on it.
    """
    return (yield from _Removal(step, mapping, must_end=must_end).run())


def remove_at_once(step: StepContext, mapping: AuthMapping) -> WriteResult:
    """Remove ``mapping`` without waiting for any list: a 404 counts, for what comes next does not rest on it."""
    write = step.removal(mapping)
    while True:
        result = try_to_remove(write)
        final = result.error and why_final(write, result.error)
        if final or not result.error:
            return result._replace(error=final)


def try_to_remove(write: Write, reservation: Reservation | None = None) -> WriteResult:
    """Send the removal once, and again only if the path has moved.

    :param reservation: holds back what that needs of a rate limit.
    """
    try:
        write.send(reservation)
    except NotFound:
        if write.follow_move():
            return try_to_remove(write, reservation)
        write.settle(is_executed=True)  # By an earlier try, or by somebody else.
    except BaseException as error:  # noqa: BLE001 - what is known of the write must not be lost with any error
        return WriteResult(write.state, error=as_error(error))
    return WriteResult(write.state)


def why_final(write: Write, error: CloudAuthError) -> CloudAuthError | None:
    """Why a removal that failed by ``error`` is not sent again; or None, once what has to pass before has passed."""
    if not isinstance(error, RequestFailed):
        return error
    try:
        write.prepare_retry(error)
    except CloudAuthError as final:
        return final
    return None


def told(removal: WriteResult, mapping: AuthMapping) -> str:
    """A sentence on what has become of ``mapping``, which should not have been there."""
    if not removal.error:
        return f"The mapping with the ID {mapping.id} has been removed again."
    if removal.state is WriteState.NOT_KNOWN:
        return f"The mapping with the ID {mapping.id} may not have been removed: {removal.error} Look for it by its ID."
    return f"The mapping with the ID {mapping.id} could not be removed: {removal.error} Remove it by its ID."


class _Removal:
    """The removal of one mapping."""

    def __init__(self, step: StepContext, mapping: AuthMapping, *, must_end: bool) -> None:
        self._book = step.task.book
        self._mapping = mapping
        self._must_end = must_end
        self._write = step.removal(mapping)

    def run(self) -> Work[WriteResult]:
        """Carry it out, and return what is known of it. Whatever is raised is part of that."""
        try:
            while not (yield from self._is_gone()):
                pass
        except BaseException as error:  # noqa: BLE001 - what is known of the write must not be lost with any error
            return WriteResult(self._write.state, error=as_error(error))
        return WriteResult(self._write.state)

    def _is_gone(self) -> Work[bool]:
        """Send the request once; whether the mapping is gone. If not, it is to be sent again."""
        try:
            self._write.send()
        except NotFound as error:
            # By an earlier try, or by somebody else. Or the path has moved, which looking at the list tells.
            return (yield from self._look(error))
        except RequestFailed as error:
            try:
                self._write.prepare_retry(error)
            except RequestFailed:
                if self._write.state is WriteState.NOT_DONE:
                    raise
                return (yield from self._look(error))
            return False
        return True

    def _look(self, error: RequestFailed) -> Work[bool]:
        """Whether the list lacks the mapping; False if the path has moved, so that the request has to be sent again.

        :raises RequestFailed: ``error``: it is proved to be there, or nothing is.
        """
        until = self._book.now() + LAG
        while True:
            listing = yield Wait(until, error, self._must_end)
            if self._write.has_moved():
                return False
            if self._proves_gone(listing, error):
                self._write.settle(is_executed=True)
                return True
            if self._book.now() >= until and (listing.error or listing.sent_at >= until):
                raise error.noted(self._still_there(listing))

    def _proves_gone(self, listing: Listing, error: RequestFailed) -> bool:
        if listing.error or listing.has(self._mapping):
            return False
        # A list may be older than the mapping itself. A 404 says the same as such a list, so both together count.
        return isinstance(error, NotFound) or listing.sent_at >= self._book.shows_from(self._mapping.key)

    def _still_there(self, listing: Listing) -> str:
        if listing.error:
            return f"Whether it is gone could not be checked: {listing.error}"
        self._write.settle(is_executed=False)
        return "But Datadog still lists the mapping."
