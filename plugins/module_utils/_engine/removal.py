# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes one mapping: tries, reads and waits until the outcome is known."""

from __future__ import annotations

from .._errors import CloudAuthError, NotFound, RequestFailed
from .._resources.kind import AuthMapping
from .outcome import Fate
from .sending import Sending, Written
from .writer import LONGEST_LAG, Writer


def remove(writer: Writer, mapping: AuthMapping) -> Written:
    """Remove ``mapping``. It is no error if somebody else has done so."""
    return _Removal(writer, mapping).run()


class _Removal:
    """The removal of one mapping."""

    def __init__(self, writer: Writer, mapping: AuthMapping) -> None:
        self._writer = writer
        self._mapping = mapping
        self._mappings = writer.mappings
        self._has_moved = False
        client = self._mappings.client
        self._sending = Sending(client, lambda: self._mappings.removal(mapping), client.patience())

    def run(self) -> Written:
        """Carry it out, and return what is known of it."""
        return self._sending.brought_to_end(self._remove)

    def _remove(self) -> None:
        while True:
            try:
                self._sending.send()
                return
            except RequestFailed as caught:
                failure = caught
            if isinstance(failure, NotFound):
                if self._is_gone_after_404(failure):
                    return
            elif self._is_gone_after(failure):
                return

    def _is_gone_after_404(self, failure: NotFound) -> bool:
        """Whether a 404 means what it says: gone, by an earlier try or by somebody else.

        It may also come from a path that has moved, or from something between here and Datadog. Then the list still
        shows the mapping, even after the longest lag.

        :returns: False if the request is to be sent again, to the other path.
        :raises NotFound: the mapping is still listed.
        """
        if self._has_moved:
            raise failure
        path = self._mappings.path

        def look() -> bool:
            return self._is_not_listed() or self._mappings.path != path

        gone = self._writer.until(look, LONGEST_LAG)
        if self._mappings.path != path:
            self._has_moved = True
            return False
        if not gone:
            raise failure.like(f"{failure} But Datadog still lists the mapping.")
        self._sending.seen()
        return True

    def _is_gone_after(self, failure: RequestFailed) -> bool:
        """Wait until the request may be sent again: False; or True if the mapping turns out to be gone."""
        try:
            self._sending.wait(failure)
        except RequestFailed as final:
            failure = final
        else:
            return False
        if self._sending.fate is Fate.NOT_DONE or not self._is_seen_gone():
            raise failure
        self._sending.seen()
        return True

    def _is_seen_gone(self) -> bool:
        try:
            return self._writer.until(self._is_not_listed, self._writer.search)
        except CloudAuthError:
            return False  # The failure that led here says what matters: it is not known.

    def _is_not_listed(self) -> bool:
        return all(mapping.id != self._mapping.id for mapping in self._mappings.list_all())
