# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a write: done, not done, or not known. Nothing else decides that."""

from __future__ import annotations

from typing import Callable, cast

from .._errors import CloudAuthError, RequestFailed
from .._http.limits import Reservation
from .._http.retries import RetryPolicy
from .._resources.kind import AuthMapping, Key
from .._resources.mappings import AuthMappings, WriteRequest
from .book import Book
from .step_result import WriteState


class Write:
    """All tries of one write request, and what is known of them.

    :param key: the key of the mapping that it creates or removes.
    :param removes: the mapping that it removes; None for a creation.
    :param prepare: the request, for the path that the collection has at present.
    :ivar sent_at: when the latest try was sent, or earlier.
    :ivar has_doubt: whether a try got no answer, so that it may have been executed besides others.
    """

    def __init__(
        self,
        mappings: AuthMappings,
        book: Book,
        key: Key,
        removes: AuthMapping | None,
        prepare: Callable[[], WriteRequest],
        retry_policy: RetryPolicy,
    ) -> None:
        self._mappings = mappings
        self._book = book
        self._key = key
        self.removes = removes
        self._prepare = prepare
        self._retry_policy = retry_policy
        self._path = ""
        self._has_moved = False
        self.sent_at = 0.0
        self.state = WriteState.NOT_DONE
        self.has_doubt = False

    def send(self, reservation: Reservation | None = None) -> AuthMapping | None:
        """Send the request once.

        :param reservation: may hold back what the request needs of a rate limit.
        :raises RequestFailed: it did not succeed.
        """
        request = self._prepare()
        self._path, self.sent_at = self._mappings.path, self._book.now()
        # Whatever breaks here, the request may have been executed, unless the error rules it out.
        before, self.state = self.state, WriteState.NOT_KNOWN
        try:
            mapping = self._mappings.client.send(request.call, request.decode, reservation)
        except BaseException as error:
            if isinstance(error, CloudAuthError) and not error.may_be_executed:
                self.state = before
            else:
                self._book.note_doubt(self._key, may_be_removed=self.removes is not None)
                self.has_doubt = True
            raise
        self.state = WriteState.DONE
        self._note_done(mapping)
        return mapping

    def prepare_retry(self, error: RequestFailed) -> None:
        """Let pass what has to pass before the request may be sent again.

        :raises RequestFailed: ``error`` is final, or the retry policy is used up.
        """
        self._mappings.client.prepare_retry(self._prepare().call, error, self._retry_policy)

    def follow_move(self) -> bool:
        """Whether a 404 came from the path, which has moved; the request then goes to the other one, once."""
        if not self._has_moved:
            self._book.look()
        return self.has_moved()

    def has_moved(self) -> bool:
        """The same, of what the latest look at the list has shown."""
        if self._has_moved:
            return False
        self._has_moved = self._mappings.path != self._path
        return self._has_moved

    def settle(self, *, is_executed: bool) -> None:
        """If the request may have been executed, it is proved now whether it was."""
        if self.state is WriteState.NOT_KNOWN:
            self.state = WriteState.DONE if is_executed else WriteState.NOT_DONE

    def note_unchanged(self) -> None:
        """The answer was a mapping that was there before, so nothing was created."""
        self.state = WriteState.NOT_KNOWN if self.has_doubt else WriteState.NOT_DONE

    def note_in_doubt(self) -> None:
        """What was taken for not executed, since no list showed it, may be there in another spelling."""
        self.state = WriteState.NOT_KNOWN

    def _note_done(self, created: AuthMapping | None) -> None:
        if self.removes:
            self._book.note_removed(self.removes)
        else:  # The answer of a creation is decoded to a mapping, or is an error.
            self._book.note_created(self._key, cast("AuthMapping", created))
