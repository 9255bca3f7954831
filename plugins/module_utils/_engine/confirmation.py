# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows a creation: waiting until the list shows it, which the next task relies on, and a look beside it."""

from __future__ import annotations

from .._resources.kind import AuthMapping
from .book import LAG, Listing
from .context import NOT_SHOWN, StepContext, Wait, Work
from .removal import remove_at_once, told


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
            _look_beside(step, there, listing)
            return ""
        if step.task.clock.now() >= until:
            return NOT_SHOWN


def until_not_doubled(step: StepContext, there: AuthMapping) -> Work[None]:
    """Datadog takes two mappings of a key, and a creation that may have been executed was sent again: wait for a list
    that proves how many there are, and remove what is one too many."""
    book = step.task.book
    until = book.lacks_from(there.key)
    listing = yield Wait(until, must_end=True)
    while book.now() < until:
        listing = yield Wait(until, must_end=True)
    _look_beside(step, there, listing)


def others_of(step: StepContext, created: AuthMapping) -> Work[list[AuthMapping]]:
    """The mappings of its key that stand beside ``created``; none if the list does not show it in time."""
    until = step.task.book.now() + LAG
    while True:
        listing = yield from step.confirmed_by(until)
        if listing.shows(created):
            return [mapping for mapping in listing.of(created.key) if mapping.id != created.id]
        if listing.error or step.task.book.now() >= until:
            return []


def _look_beside(step: StepContext, there: AuthMapping, listing: Listing) -> None:
    """What the list shows beside ``there`` is there: it is of a moment when that was created."""
    for mapping in listing.of(there.key):
        if mapping.id == there.id:
            continue
        is_double = mapping.id not in step.task.known and mapping.account_uuid == there.account_uuid
        if is_double and step.may_be_doubled:
            text = (
                f"Datadog has taken the creation of {there.key} twice. {told(remove_at_once(step, mapping), mapping)}"
            )
        else:
            name = step.task.kind.name_of(mapping)
            text = f"Beside the mapping with the ID {there.id} there is {name}, with the ID {mapping.id}. Remove one."
        step.warnings.append(text)
