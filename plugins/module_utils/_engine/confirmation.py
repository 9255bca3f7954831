# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows a creation: waiting until the list shows it, which the next task relies on, and a look beside it."""

from __future__ import annotations

from collections.abc import Iterable

from .._resources.kind import AuthMapping, Kind
from .context import NOT_SHOWN, StepContext, Work


def until_listed(step: StepContext, there: AuthMapping, *, gone: AuthMapping | None = None) -> Work[str]:
    """Wait until the list shows what was written.

    Returns why it doesn't, a clause, or an empty string if it does.
    """
    until = step.confirm_until()
    if not until or not step.task.book.has_created(there):
        return ""  # It need not be seen, or was found in the list.
    while True:
        listing = yield from step.confirmed_by(until)
        if listing.error:
            return str(listing.error)
        if listing.shows(there) and not (gone and listing.has(gone)):
            step.warnings += beside(step.task.kind, there, listing.of(there.key))
            return ""
        if step.task.clock.now() >= until:
            return NOT_SHOWN


def beside(kind: Kind, there: AuthMapping, shown: Iterable[AuthMapping]) -> list[str]:
    """That a list which shows ``there`` has more mappings of its key: all of them are there at that moment."""
    others = [mapping for mapping in shown if mapping.id != there.id]
    return [
        f"Beside the mapping with the ID {there.id} there is {kind.name_of(other)}, with the ID {other.id}. Remove one."
        for other in others
    ]
