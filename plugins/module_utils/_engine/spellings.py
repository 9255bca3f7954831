# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Datadog stores a key in another spelling than it was sent in (case, anchors): open whether it does."""

from __future__ import annotations

from collections.abc import Iterable

from .._errors import Conflict, NotTried
from .._patterns.similar import is_respelling, overlapping
from .._resources.kind import AuthMapping, Key
from .book import LAG, Listing
from .context import StepContext, Wait, Work
from .plan import Step
from .removal import remove_at_once, told


def doubled_by(step: StepContext, key: Key, created: AuthMapping) -> Work[AuthMapping | None]:
    """The older mapping that ``created``, whose key Datadog has spelled otherwise than ``key``, only doubles.

    Then it is removed again; but not before a list shows both.
    """
    task = step.task
    step.warnings.append(f"Datadog has stored {task.kind.matcher.option} {key} as {created.key}. Write it like that.")
    until = task.book.now() + LAG
    while True:
        listing = yield from step.confirmed_by(until)
        if listing.shows(created):
            break
        if listing.error or task.book.now() >= until:
            return None
    for mapping in listing.of(created.key):
        if mapping.id != created.id and mapping.id in task.known:
            with step.shielded():
                removal = remove_at_once(step, created)
            step.warnings += [told(removal, created)] if removal.error else []
            task.same_as_wanted.add(mapping.id)
            return mapping
    return None


def respelling_in(listing: Listing, key: Key) -> AuthMapping | None:
    """A mapping that has another spelling of ``key``, which is listed by nobody."""
    if listing.of(key):
        return None
    return next((listed for listed in listing.mappings if is_respelling(listed.key, key)), None)


def taken_for(
    step: StepContext, key: Key, like: AuthMapping, proof_from: float, until: float, error: Conflict
) -> Work[None]:
    """Make sure that Datadog refuses ``key`` because it takes it for that of ``like``, and not for another reason.

    :param proof_from: from when on a list proves what it shows and lacks.
    :param until: for how long to wait for that.
    :raises Conflict: ``error``: that can't be told.
    """
    listing = yield Wait(until, error)
    while listing.sent_at < min(until, proof_from):
        listing = yield Wait(until, error)
    is_proof = not listing.error and listing.sent_at >= proof_from
    is_alone = respelling_in(listing, key) == like and not overlapping(key, [listed.key for listed in listing.mappings])
    if not (is_proof and is_alone and step.task.is_free_of_siblings(key)):
        name = step.task.kind.name_of(like)
        raise error.noted(f"Datadog may take it for the same as {name}, with the ID {like.id}. Write it like that.")
    step.warnings.append(
        f"Datadog has {step.task.kind.matcher.option} {key} as {like.key}, and takes it for the same. Write it like "
        "that."
    )
    step.task.same_as_wanted.add(like.id)


def why_not_removed(step: Step, not_created: Iterable[Step]) -> NotTried | None:
    """Why ``step`` must not remove what Datadog may hold instead of a mapping that could not be created; or None."""
    for other in not_created:
        if not other.before and is_respelling(other.subject.key, step.subject.key):
            reason = f"Not tried, because {other.subject.key}, which may be the same, was not created."
            return NotTried(reason).noted(f"Nothing was done about {step.subject.key}.")
    return None
