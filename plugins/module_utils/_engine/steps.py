# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work on each kind of step."""

from __future__ import annotations

from copy import copy

from .._errors import CloudAuthError, Interrupted, Refused
from .._resources.kind import AuthMapping
from .book import LAG, Listing
from .confirmation import until_listed
from .context import NOT_SHOWN, StepContext, Wait, Work
from .creation import create
from .creation_policy import CREATE
from .plan import PARTICIPLES, Create, Remove, Replace, Step
from .removal import remove
from .replacement import replace
from .step_result import StepResult, WriteResult, WriteState


def work_on(context: StepContext, step: Step) -> Work[StepResult]:
    """The work on ``step``."""
    if isinstance(step, Replace):
        return replace(context, step)
    return _remove(context, step) if isinstance(step, Remove) else _create(context, step)


def _create(context: StepContext, step: Create) -> Work[StepResult]:
    created = yield from create(context, step.after, CREATE)
    if not created.mapping:
        return _failed(context, step, created)
    unseen = ""
    if created.state is WriteState.DONE:
        unseen = yield from until_listed(context, created.mapping)
    return StepResult(step, context.states, created.mapping, warnings=context.warnings, unseen=unseen)


def _remove(context: StepContext, step: Remove) -> Work[StepResult]:
    """Remove the mapping and, once, what somebody else has put in its place."""
    gone, taken, book = step.before, step.before, context.task.book
    if gone.id in context.task.same_as_wanted:
        return StepResult(step, context.states, gone)
    end = book.now() + LAG
    while True:
        removed = yield from remove(context, gone)
        taken = taken if context.may_have_removed(taken) else gone
        if removed.error:
            return _failed(context, step, removed)._replace(mapping=taken)
        if gone is not step.before and book.has_removed(gone):
            context.warnings.append(
                f"It was mapped again: {context.task.kind.name_of(gone)}, with the ID {gone.id}, was removed, too. "
                "Somebody else may have created it meanwhile."
            )
        try:
            unseen, successor = yield from _until_free(context, step, gone)
        except CloudAuthError as error:
            return StepResult(step, context.states, taken, error, warnings=context.warnings)
        if not successor:
            return StepResult(step, context.states, taken, warnings=context.warnings, unseen=unseen)
        # What old lists show has an end; who maps it again and again has none.
        if context.has_removed_twice or book.now() >= end:
            return StepResult(step, context.states, taken, _mapped_again(successor), warnings=context.warnings)
        gone = successor


def _mapped_again(mapping: AuthMapping) -> Refused:
    return Refused(
        f"{mapping.key} is listed again, with the ID {mapping.id}, after other mappings of it were removed. Somebody "
        "else may be creating them. Find out who, and run the task again."
    )


def _until_free(context: StepContext, step: Remove, gone: AuthMapping) -> Work[tuple[str, AuthMapping | None]]:
    """Wait until nothing has the key any more, which an answered removal proves, and until the list shows that.

    Returns why it doesn't show it; and what has the key now, if the task means that, too.

    :raises CloudAuthError: it can't be known whether the key is free.
    """
    book = context.task.book
    is_free = book.has_removed(gone)
    until = context.confirm_until() if is_free else book.lacks_from(gone.key)
    while until:
        listing = (yield from context.confirmed_by(until)) if is_free else (yield Wait(until))
        meant = _put_in_its_place(context, step, gone, listing)
        if meant:
            return "", meant
        if listing.error and is_free:
            return str(listing.error), None
        if not listing.error and not listing.has(gone) and (is_free or listing.sent_at >= until):
            return "", None
        if book.now() >= until and is_free:
            return NOT_SHOWN, None
        if book.now() >= until:
            still = Refused(f"Datadog still lists {context.task.kind.name_of(gone)}.")
            error = copy(listing.error) if listing.error else still  # All steps get the same list, and its error.
            raise error.noted(f"So it is not known whether {gone.key} is free.")
    return "", None


def _put_in_its_place(context: StepContext, step: Remove, gone: AuthMapping, listing: Listing) -> AuthMapping | None:
    """What somebody else has put where ``gone`` was, if the task means that, too."""
    task = context.task
    others = [
        mapping
        for mapping in listing.of(gone.key)
        if mapping.id not in task.known | context.tried | task.same_as_wanted and not task.book.has_created(mapping)
    ]
    meant = [mapping for mapping in others if task.means(step, mapping)]
    if others and not meant:
        warning = (
            f"Datadog lists {task.kind.name_of(others[0])}, with the ID {others[0].id}, which this task does not name. "
            "Somebody else may have created it meanwhile. It was not removed."
        )
        if warning not in context.warnings:
            context.warnings.append(warning)
    return meant[0] if meant else None


def _failed(context: StepContext, step: Create | Remove, written: WriteResult) -> StepResult:
    """The result of a failed creation or removal: its error, and what is known of the write."""
    error = written.reason
    if isinstance(error, Interrupted) and not any(state is not WriteState.NOT_DONE for state in context.states):
        error.noted(f"Nothing was done about {step.subject.key}.")
    elif written.state is WriteState.NOT_KNOWN:
        error.noted(f"It is not known whether the mapping was {PARTICIPLES[type(step)]}.")
    return StepResult(step, context.states, error=error, warnings=context.warnings)
