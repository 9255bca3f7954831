# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes one mapping: tries, reads and waits until the outcome is known."""

from __future__ import annotations

from .._errors import CloudAuthError, NotFound, RequestFailed
from .._resources.kind import AuthMapping
from .context import LONGEST_LAG, WriteContext
from .step_result import WriteState
from .write import Write, WriteResult


def remove(context: WriteContext, mapping: AuthMapping) -> WriteResult:
    """Remove ``mapping``. It is no error if somebody else has done so."""
    return _Removal(context, mapping).run()


class _Removal:
    """The removal of one mapping."""

    def __init__(self, context: WriteContext, mapping: AuthMapping) -> None:
        self._context = context
        self._mapping = mapping
        self._mappings = context.mappings
        self._has_moved = False
        client = self._mappings.client
        self._write = Write(client, lambda: self._mappings.delete_request(mapping), client.retry_policy())

    def run(self) -> WriteResult:
        """Carry it out, and return what is known of it."""
        return self._write.brought_to_end(self._remove)

    def _remove(self) -> None:
        while True:
            try:
                self._write.send()
                return
            except RequestFailed as caught:
                error = caught
            if isinstance(error, NotFound):
                if self._is_gone_after_404(error):
                    return
            elif self._is_gone_after(error):
                return

    def _is_gone_after_404(self, error: NotFound) -> bool:
        """Whether a 404 means what it says: gone, by an earlier try or by somebody else.

        It may also come from a path that has moved, or from something between here and Datadog. Then the list still
        shows the mapping, even after the longest lag.

        :returns: False if the request is to be sent again, to the other path.
        :raises NotFound: the mapping is still listed.
        """
        if self._has_moved:
            raise error
        path = self._mappings.path

        def look() -> bool:
            return self._is_not_listed() or self._mappings.path != path

        gone = self._context.until(look, LONGEST_LAG)
        if self._mappings.path != path:
            self._has_moved = True
            return False
        if not gone:
            raise error.noted("But Datadog still lists the mapping.")
        self._write.confirm()
        return True

    def _is_gone_after(self, error: RequestFailed) -> bool:
        """Wait until the request may be sent again: False; or True if the mapping turns out to be gone."""
        try:
            self._write.prepare_retry(error)
        except RequestFailed as final:
            error = final
        else:
            return False
        if self._write.state is WriteState.NOT_DONE or not self._is_seen_gone():
            raise error
        self._write.confirm()
        return True

    def _is_seen_gone(self) -> bool:
        try:
            return self._context.until(self._is_not_listed, self._context.search)
        except CloudAuthError:
            return False  # The failure that led here says what matters: it is not known.

    def _is_not_listed(self) -> bool:
        return all(mapping.id != self._mapping.id for mapping in self._mappings.list_all())
