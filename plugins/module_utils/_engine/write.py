# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a write: done, not done, or not known. Nothing else decides that."""

from __future__ import annotations

from typing import Callable, NamedTuple

from .._errors import CloudAuthError, RequestFailed
from .._http.client import Client
from .._http.retries import RetryPolicy
from .._resources.kind import AuthMapping
from .._resources.mappings import WriteRequest
from .step_result import WriteState


class WriteResult(NamedTuple):
    """The end of a write.

    :ivar state: of what this task has sent.
    :ivar mapping: of a creation, the mapping that is there now, whoever created it; None if it failed.
    :ivar error: why what was wanted is not so, or None if it is.
    """

    state: WriteState
    mapping: AuthMapping | None
    error: BaseException | None


class Write:
    """All tries of one write request, and what is known of them.

    :param prepare: the request, for the path that the collection has at present.
    """

    def __init__(self, client: Client, prepare: Callable[[], WriteRequest], retry_policy: RetryPolicy) -> None:
        self._client = client
        self._prepare = prepare
        self._retry_policy = retry_policy
        self.state = WriteState.NOT_DONE

    def send(self) -> AuthMapping | None:
        """Send the request once.

        :raises RequestFailed: it did not succeed.
        """
        request = self._prepare()
        # Whatever breaks here, the request may have been executed, unless the error rules it out.
        before, self.state = self.state, WriteState.NOT_KNOWN
        try:
            mapping = self._client.send(request.call, request.decode)
        except CloudAuthError as error:
            if not error.may_be_executed:
                self.state = before
            raise
        self.state = WriteState.DONE
        return mapping

    def prepare_retry(self, error: RequestFailed) -> None:
        """Wait until the request may be sent again.

        :raises RequestFailed: ``error`` is final, or the patience is used up.
        """
        self._client.prepare_retry(self._prepare().call, error, self._retry_policy)

    def confirm(self) -> None:
        """The effect of the request has been seen in Datadog: if it may have been executed, it was."""
        if self.state is WriteState.NOT_KNOWN:
            self.state = WriteState.DONE

    def brought_to_end(self, work: Callable[[], AuthMapping | None]) -> WriteResult:
        """Do ``work``, which sends. Whatever it raises is part of what is returned."""
        try:
            mapping = work()
        except BaseException as error:  # noqa: BLE001 - what is known of the write must not be lost with any error
            return WriteResult(self.state, None, error)
        return WriteResult(self.state, mapping, None)
