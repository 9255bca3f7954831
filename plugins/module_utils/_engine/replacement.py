# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replaces a mapping, which Datadog can't update: the new one is created first, and every loss is reported.

Usually Datadog answers the first attempt with a conflict because the old mapping has the pattern. Then the old one is
removed first. If the new one can't be created after that, the old one is put back.
"""

from __future__ import annotations

from contextlib import ExitStack

from .._errors import CloudAuthError, Conflict, Interrupted, LimitReached, NotFound, Refused
from .._http.limits import Reservation
from .._patterns.similar import overlapping, patterns_in
from .._resources.identifiers import names_account
from .._resources.kind import AuthMapping
from .book import Listing
from .confirmation import beside, until_listed
from .context import StepContext, Wait, Work
from .creation import create
from .creation_policy import CREATE_AFTER_REMOVAL, CREATE_BESIDE, PUT_BACK, KeyTaken
from .plan import Replace, Wanted, first_few
from .removal import remove, remove_at_once, try_to_remove, why_final
from .step_result import StepResult, WriteResult, WriteState


def replace(context: StepContext, step: Replace) -> Work[StepResult]:
    """Map a key to another account or, failing that, to the old one again."""
    return (yield from _Replacement(context, step).run())


class _Replacement:
    def __init__(self, context: StepContext, step: Replace) -> None:
        self._context = context
        self._task = context.task
        self._step = step
        self._old = step.before
        self._want = step.after

    def run(self) -> Work[StepResult]:
        """Carry it out."""
        first = yield from create(self._context, self._want, CREATE_BESIDE, self._old)
        if first.mapping:
            return (yield from self._remove_old(first.mapping))
        if not isinstance(first.error, Conflict):
            return self._kept(first.reason)
        # As expected, the old mapping is in the way.
        reason = self._why_keep(first.error)
        if reason:
            return self._kept(reason)
        with ExitStack() as stack:
            try:
                reservation = stack.enter_context(self._context.reserved(self._old, self._want))
            except LimitReached as error:
                return self._kept(error)
            removal, creation = yield from self._take_away(reservation)
            if removal.error and removal.state is WriteState.NOT_DONE:
                return self._kept(removal.reason)
            if not creation and isinstance(removal.error, Interrupted):
                creation = WriteResult(WriteState.NOT_DONE, error=removal.error)
            if not creation:
                creation = yield from create(self._context, self._want, CREATE_AFTER_REMOVAL, self._old, reservation)
        if creation.mapping and removal.error:
            return (yield from self._remove_old(creation.mapping))
        if creation.mapping:
            return (yield from self._replaced(creation.mapping))
        with self._context.shielded():
            # If the old mapping is in the way, that is because of its removal.
            is_in_the_way = isinstance(creation.error, (Conflict, KeyTaken))
            cause = removal.reason if removal.error and is_in_the_way else creation.reason
            return (yield from self._rescue(removal, cause))

    def _take_away(self, reservation: Reservation) -> Work[tuple[WriteResult, WriteResult | None]]:
        """Remove the old mapping. If the answer is lost, the creation goes first, for nobody may be mapped.

        Returns the removal, and the creation if it was tried and met no conflict.
        """
        write = self._context.removal(self._old)
        while True:
            removal = try_to_remove(write, reservation)
            if not removal.error:
                return removal, None
            if removal.state is WriteState.NOT_KNOWN and not isinstance(removal.error, Interrupted):
                creation = yield from create(self._context, self._want, CREATE_BESIDE, self._old, reservation)
                if not isinstance(creation.error, Conflict):
                    return removal, creation
            final = why_final(write, removal.error)
            if final:
                return removal._replace(error=final), None

    # ---- nothing was removed

    def _why_keep(self, conflict: Conflict) -> CloudAuthError | None:
        """Why the old mapping must not be removed: the new one could not be created then either."""
        reason = self._task.accounts.why_unusable(self._want.account_identifier or "")
        if reason:
            return reason
        others = patterns_in(str(conflict.errors)) - {str(self._want.key)}
        if others:
            return conflict.noted(f"So it is not the old mapping that is in the way, but {', '.join(sorted(others))}.")
        return None

    def _kept(self, error: CloudAuthError) -> StepResult:
        """Nothing was removed, and nothing is known to have been created."""
        if WriteState.NOT_KNOWN in self._context.states:
            error.noted("It is not known whether the new mapping was created.")
        return self._result(error=error.noted(f"This task has not removed {self._task.kind.name_of(self._old)}."))

    # ---- the new mapping is there

    def _remove_old(self, new: AuthMapping) -> Work[StepResult]:
        """If Datadog has not updated the old mapping but taken both, the old one has to go."""
        old = self._old
        if new.id == old.id and new.account_uuid == old.account_uuid:
            error = Refused(
                f"Could not map {old.key} to {self._want.account_identifier}: Datadog answered the creation with "
                f"{self._task.kind.name_of(old)}, unchanged. Remove that mapping in a separate task first."
            )
            # The answer itself shows that nothing was written.
            return StepResult(self._step, error=error, warnings=self._context.warnings)
        if new.id == old.id and self._task.accounts.is_account_of(self._want.account_identifier or "", new) is False:
            return (yield from self._misled(new))
        if new.id == old.id:
            return (yield from self._replaced(new))
        with self._context.shielded():  # Who is to lose the access that the old one gives must not keep it.
            removal = yield from remove(self._context, old, must_end=True)
        if not removal.error:
            return (yield from self._replaced(new))
        is_there = removal.state is WriteState.NOT_DONE and not isinstance(removal.error, NotFound)
        note = (
            f"The new mapping of {new.key} to {self._want.account_identifier} is there, with the ID {new.id}. The old "
            f"one {'is' if is_there else 'may still be'} there, too. Remove it by its ID, {old.id}."
        )
        return self._result(new, removal.error.noted(note), left_over=old)

    def _misled(self, new: AuthMapping) -> Work[StepResult]:
        """Datadog has updated the old mapping to an account that nobody wants."""
        with self._context.shielded():
            error = Refused(
                f"Could not map {new.key} to {self._want.account_identifier}: Datadog mapped it to another account, "
                f"{new.account_identifier} (its UUID is {new.account_uuid}). Write the account's handle."
            )
            return (yield from self._rescue(remove_at_once(self._context, new), error))

    def _replaced(self, new: AuthMapping) -> Work[StepResult]:
        gone = self._old if new.id != self._old.id else None
        unseen = yield from until_listed(self._context, new, gone=gone)
        return self._result(new, unseen=unseen)

    # ---- the old mapping was removed, or may have been

    def _rescue(self, removal: WriteResult, cause: CloudAuthError) -> Work[StepResult]:
        """Put the old mapping back, and say what has become of it.

        :param cause: why that has to be.
        """
        last = cause
        if removal.state is not WriteState.NOT_DONE:  # What somebody else has removed is not put back.
            want = Wanted(self._old.key, self._old.account_identifier)
            back = yield from create(self._context, want, PUT_BACK, self._old)
            if back.mapping:
                if WriteState.NOT_KNOWN in self._context.states:
                    self._tell_beside(back.mapping, self._task.book.look())
                return (yield from self._put_back(removal, back.mapping, cause))
            last = back.reason
        shown = [last.found] if isinstance(last, KeyTaken) else []
        listing = Listing(0.0) if shown else (yield from self._last_look(cause))
        for mapping in shown or listing.of(self._old.key):
            self._tell_beside(mapping, listing)
            return self._held(mapping, removal, cause)
        return self._lost(removal, cause, last, listing)

    def _tell_beside(self, now: AuthMapping, listing: Listing) -> None:
        """Datadog's check for conflicts may lag, so that it takes what it should refuse."""
        if listing.shows(now):
            self._context.warnings += beside(self._task.kind, now, listing.of(now.key))

    def _put_back(self, removal: WriteResult, now: AuthMapping, cause: CloudAuthError) -> Work[StepResult]:
        if removal.state is WriteState.DONE or now.id == self._old.id:
            return self._held(now, removal, cause)
        listing = yield from self._last_look(cause)
        if listing.error or not listing.has(self._old):
            return self._failed(cause, f"may have been removed and has been put back, with the ID {now.id}.", now)
        self._context.settle_removals(is_executed=False)
        text = (
            f"might have been removed, so it was created again, with the ID {now.id}. But it is there, too, with the "
            f"ID {self._old.id}. Remove one of the two by its ID."
        )
        return self._failed(cause, text, now)

    def _held(self, now: AuthMapping, removal: WriteResult, cause: CloudAuthError) -> StepResult:
        """``now`` is proved to have the key: the wanted mapping after all, the old one, or a stranger's choice."""
        old = self._old
        if now.id == old.id and not self._task.book.has_created(now):
            self._context.settle_removals(is_executed=False)
            return self._failed(cause, "is still there.", now)
        if self._task.accounts.is_account_of(self._want.account_identifier or "", now):
            return self._result(now)
        removed = "had been removed" if removal.state is WriteState.DONE else "is gone"
        if names_account(old.account_uuid or old.account_identifier or "", now):
            return self._failed(cause, f"{removed} and has been put back, with the ID {now.id}.", now)
        text = f"{removed}, and somebody else has mapped the pattern to {now.account_identifier} since."
        if self._context.may_have_created(now):
            text = f"{removed}, and the pattern is mapped to {now.account_identifier} now, with the ID {now.id}."
        if self._task.book.has_created(now):
            text = (
                f"{removed}, and what Datadog has created instead leads to {now.account_identifier} and could not be "
                f"removed. Remove it by its ID, {now.id}."
            )
        return self._failed(cause, text, now)

    def _last_look(self, cause: CloudAuthError) -> Work[Listing]:
        """A list that is proof of what has the key; one with an error if none can be read."""
        while True:
            until = self._task.book.lacks_from(self._old.key)
            listing = yield Wait(until, cause, must_end=True, is_loss=True)
            if self._task.book.now() >= until and (listing.error or listing.sent_at >= until):
                return listing

    def _failed(self, cause: CloudAuthError, what_became: str, mapping: AuthMapping) -> StepResult:
        old = f"The old mapping of {self._old.key} to {self._old.account_identifier} {what_became}"
        return self._result(mapping, cause.noted(old))

    def _lost(self, removal: WriteResult, cause: CloudAuthError, last: CloudAuthError, listing: Listing) -> StepResult:
        """Nobody is mapped, or it can't be known who is."""
        if removal.state is WriteState.NOT_DONE:
            return self._result(error=cause.noted("Somebody else has removed the old mapping."))
        old, kind = self._old, self._task.kind
        removed = "had been removed" if removal.state is WriteState.DONE else "may have been removed"
        effect = f"callers that match {old.key} have lost their access to Datadog"
        is_known = not listing.error and not isinstance(last, Conflict)
        cause.noted(f"The old mapping {removed}, and putting it back failed too: {last}")
        cause.noted(f"So {effect}." if is_known else f"So it is not known whether {effect}.")
        in_the_way = overlapping(old.key, [mapping.key for mapping in listing.mappings])
        if in_the_way:
            cause.noted(f"These patterns overlap it, and may be in the way: {first_few(in_the_way)}.")
        cause.noted(
            f"Run the task again, or restore the old mapping: apply {kind.matcher.option}: {old.key} with "
            f"account_identifier: {old.account_identifier} (the account's UUID is {old.account_uuid})."
        )
        return self._result(error=cause, lost=old)

    def _result(
        self,
        mapping: AuthMapping | None = None,
        error: CloudAuthError | None = None,
        *,
        lost: AuthMapping | None = None,
        left_over: AuthMapping | None = None,
        unseen: str = "",
    ) -> StepResult:
        warnings = self._context.warnings
        return StepResult(self._step, self._context.states, mapping, error, lost, left_over, warnings, unseen)
