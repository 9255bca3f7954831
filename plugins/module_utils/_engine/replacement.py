# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replaces a mapping, which Datadog can't update: the new one is created first, and every loss is reported.

Usually Datadog answers the first attempt with a conflict because the old mapping has the pattern. Then the old one is
removed first. If the new one can't be created after that, the old one is put back.
"""

from __future__ import annotations

from .._errors import CloudAuthError, Conflict, Refused, unexpected
from .._resources.kind import AuthMapping
from .context import LONGEST_LAG, WriteContext
from .creation import KeyTaken, create_after, create_in_place_of, put_back
from .plan import Replace
from .removal import remove
from .step_result import StepResult, WriteState
from .write import WriteResult

# How long to try to put a mapping back, in seconds, whatever the options say: nobody is mapped meanwhile.
PATIENCE = 300.0


def replace(context: WriteContext, step: Replace) -> StepResult:
    """Map a key to another account or, failing that, to the old one again."""
    old = step.before
    first = create_in_place_of(context, old, step.after)
    if first.mapping:
        return _remove_old(context, step, first)
    if not isinstance(first.error, Conflict):
        return _unchanged(context, step, [first])
    # As expected, the old mapping is in the way.
    removal = remove(context, old)
    if removal.error and removal.state is WriteState.NOT_DONE:
        return _unchanged(context, step, [first, removal])
    creation = WriteResult(WriteState.NOT_DONE, None, removal.error)
    if not removal.error:
        creation = create_after(context, old, step.after)
        if creation.mapping:
            return _outcome(step, [first, removal, creation], creation.mapping)
    if (
        removal.state is WriteState.NOT_DONE
    ):  # It was not this task that removed the old mapping, so it puts nothing back.
        return _removed_by_others(step, [first, removal, creation])
    with context.clock.shielded():
        return _Rescue(context, step, first, removal, creation).step_result()


def _remove_old(context: WriteContext, step: Replace, first: WriteResult) -> StepResult:
    """The new mapping is there. If Datadog has not updated the old one but taken both, the old one has to go."""
    new, old = first.mapping, step.before
    if new == old:
        return _outcome(step, [WriteResult(WriteState.NOT_DONE, None, None)], error=_not_replaced(context, step))
    if new is None or new.id == old.id:
        return _outcome(step, [first], new)
    with context.clock.shielded():  # Who is to lose the access that the old one gives must not keep it.
        removal = remove(context, old)
    if removal.error is None:
        return _outcome(step, [first, removal], new)
    error = as_error(removal.error)
    doubt = "may still be there, too" if removal.state is WriteState.NOT_KNOWN else "is there, too"
    note = (
        f"The new mapping of {new.key} to {step.after.account_identifier} is there, with the ID {new.id}. The "
        f"old one {doubt}. Remove it by its ID, {old.id}."
    )
    return _outcome(step, [first, removal], error=error.noted(note), left_over=old)


def _not_replaced(context: WriteContext, step: Replace) -> Refused:
    return Refused(
        f"Could not map {step.before.key} to {step.after.account_identifier}: Datadog answered the creation with "
        f"{context.kind.name_of(step.before)}, unchanged. Remove that mapping in a separate task first."
    )


def _unchanged(context: WriteContext, step: Replace, writes: list[WriteResult]) -> StepResult:
    """Nothing was removed, and nothing is known to have been created."""
    error = as_error(writes[-1].error)
    in_doubt = any(write.state is WriteState.NOT_KNOWN for write in writes)
    doubt = "It is not known whether the new mapping was created. " if in_doubt else ""
    old = f"This task has not removed {context.kind.name_of(step.before)}."
    return _outcome(step, writes, error=error.noted(f"{doubt}{old}"))


def _removed_by_others(step: Replace, writes: list[WriteResult]) -> StepResult:
    error = as_error(writes[-1].error)
    doubt = "It is not known whether the new mapping was created." if writes[-1].state is WriteState.NOT_KNOWN else ""
    return _outcome(step, writes, error=error.noted("Somebody else has removed the old mapping.").noted(doubt))


class _Rescue:
    """Puts back an old mapping that was removed, or may have been.

    :param creation: why it has to be put back.
    """

    def __init__(
        self, context: WriteContext, step: Replace, first: WriteResult, removal: WriteResult, creation: WriteResult
    ) -> None:
        self._context = context
        self._step = step
        self._old = step.before
        self._first = first
        self._removal = removal
        self._creation = creation
        self._cause = as_error(creation.error)

    def step_result(self) -> StepResult:
        """Put it back, and say what has become of it."""
        is_removed = self._removal.state is WriteState.DONE
        back = put_back(self._context, self._old, PATIENCE, PATIENCE if is_removed else LONGEST_LAG)
        writes = [self._first, self._removal, self._creation, back]
        if back.mapping:
            return self._failed(writes, self._how_it_came_back(back.mapping, is_removed=is_removed), back.mapping)
        if isinstance(back.error, KeyTaken):
            return self._taken(back.error, writes)
        if not is_removed and self._is_still_there():
            kept = WriteResult(WriteState.NOT_DONE, None, None)
            return self._failed([self._first, kept, back], "is still there.", self._old)
        return self._lost(as_error(back.error), writes)

    def _how_it_came_back(self, now: AuthMapping, *, is_removed: bool) -> str:
        if is_removed:
            return f"had been removed and has been put back, with the ID {now.id}."
        if now.id != self._old.id and self._is_still_there():
            return (
                f"might have been removed, so it was created again, with the ID {now.id}. But it is there, too, with "
                f"the ID {self._old.id}. Remove one of the two by its ID."
            )
        return f"may have been removed and has been put back, with the ID {now.id}."

    def _taken(self, taken: KeyTaken, writes: list[WriteResult]) -> StepResult:
        """The key is mapped to an account that is not the old one: the wanted one after all, or a stranger's choice."""
        # The account was looked up before anything was removed, so this sends nothing.
        if self._context.same(self._step.after.account_identifier or "", taken.found):
            return _outcome(self._step, writes, taken.found)
        text = f"had been removed, and somebody else has mapped the pattern to {taken.found.account_identifier} since."
        return self._failed(writes, text, taken.found)

    def _is_still_there(self) -> bool:
        """Whether Datadog lists the old mapping, after all the time that its list may lag behind."""

        def is_gone() -> bool:
            reading = self._context.mappings.client.retry_policy(PATIENCE)
            return self._old not in self._context.mappings.list_all(reading)

        try:
            return not self._context.until(is_gone, LONGEST_LAG)
        except CloudAuthError:
            return False  # It is not known, so it counts as lost.

    def _failed(self, writes: list[WriteResult], what_became: str, mapping: AuthMapping) -> StepResult:
        old = f"The old mapping of {self._old.key} to {self._old.account_identifier} {what_became}"
        return _outcome(self._step, writes, mapping, self._cause.noted(old))

    def _lost(self, error: CloudAuthError, writes: list[WriteResult]) -> StepResult:
        old = self._old
        removed = "had been removed" if self._removal.state is WriteState.DONE else "may have been removed"
        in_doubt = any(write.state is WriteState.NOT_KNOWN for write in writes[1:])
        effect = f"callers that match {old.key} have lost their access to Datadog"
        known = f"it is not known whether {effect}" if in_doubt else effect
        note = (
            f"The old mapping {removed}, and putting it back failed too: {error} So {known}. Run the "
            f"task again, or restore the old mapping: apply {self._context.kind.matcher.option}: {old.key} with "
            f"account_identifier: {old.account_identifier} (the account's UUID is {old.account_uuid})."
        )
        return _outcome(self._step, writes, error=self._cause.noted(note), lost=old)


def as_error(error: BaseException | None) -> CloudAuthError:
    """``error``, which is there, as one that a module reports."""
    return error if isinstance(error, CloudAuthError) else unexpected(error)  # type: ignore[arg-type]


def _outcome(
    step: Replace,
    writes: list[WriteResult],
    mapping: AuthMapping | None = None,
    error: CloudAuthError | None = None,
    lost: AuthMapping | None = None,
    left_over: AuthMapping | None = None,
) -> StepResult:
    return StepResult(step, [write.state for write in writes], mapping, error, lost, left_over)
