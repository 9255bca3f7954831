# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task returns: its result and its diff, from the plan and its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

from .._engine.plan import PARTICIPLES, Create, Plan, Remove, Replace, Step, Wanted, first_few
from .._engine.step_result import StepResult, WriteState
from .._errors import CloudAuthError
from .._resources.identifiers import as_uuid
from .._resources.kind import AuthMapping, Kind

# What each type of step is called in results.
OPERATIONS = {Create: "create", Replace: "replace", Remove: "remove"}

Result = dict[str, Any]


class Results:
    """Makes the results of tasks on one kind of mapping.

    :param label: an account as people know it.
    :param predicts: whether all that is told has not been done, but would be.
    """

    def __init__(self, kind: Kind, label: Callable[[str | None], str], *, predicts: bool = False) -> None:
        self._kind = kind
        self._label = label
        self._predicts = predicts

    # ---- a task on one mapping

    def of_one(self, plan: Plan, step_results: Sequence[StepResult]) -> Result:
        """The result of a task on one mapping. A failed one holds ``failed`` and ``msg``."""
        changed = any(step_result.changed for step_result in step_results)
        for step_result in step_results:
            if step_result.error:
                lost = step_result.lost and self._kind.as_result(step_result.lost)
                return _failed_result(step_result.error, str(step_result.error), changed=changed, lost_mapping=lost)
        there = [*plan.unchanged, *plan.spared]
        result: Result = {"changed": changed}
        shown = [self._known(step_result) for step_result in step_results] + [
            self._kind.as_result(mapping) for mapping in there
        ]
        if shown:
            result[self._kind.name] = shown[0]
        result["diff"] = self._diff_of_one(step_results[0] if step_results else None, there)
        return result

    def of_one_refused(self, plan: Plan, error: CloudAuthError) -> Result:
        """The result of a task whose plan for one mapping was refused: with the diff that it would have made."""
        return {**_failed_result(error, str(error), changed=False), "diff": self._changes(_planned(plan.steps[0]))}

    def _diff_of_one(self, step_result: StepResult | None, there: Sequence[AuthMapping]) -> Result:
        if step_result and step_result.changed:
            return self._changes(step_result)
        if step_result and not step_result.step.after:
            there = []  # Somebody else has removed it at the same time.
        elif step_result and step_result.mapping:
            there = [step_result.mapping]  # Somebody else has created it at the same time.
        now = self._before(there[0] if there else None)
        return {"before": now, "after": now}

    def _changes(self, step_result: StepResult) -> Result:
        after = step_result.step.after
        shown = self._kind.as_options(after.key, _account_after(after, step_result.mapping)) if after else {}
        return {"before": self._before(_taken(step_result)), "after": shown}

    def _before(self, mapping: AuthMapping | None) -> Result:
        return self._kind.as_options(mapping.key, self._label(mapping.account_identifier)) if mapping else {}

    # ---- a task on a set

    def of_set(self, plan: Plan, step_results: Sequence[StepResult]) -> Result:
        """The result of a task on a set of mappings: counts, and only what changes. A failed one holds ``failed``."""
        failed = [(step_result, step_result.error) for step_result in step_results if step_result.error]
        result = self._of_changes(plan, step_results)
        result["failed_mappings"] = [self._failed_mapping(step_result, error) for step_result, error in failed]
        if failed:
            lost = [self._kind.as_result(step_result.lost) for step_result in step_results if step_result.lost]
            message = self._summary_of_failures(failed, result["summary"])
            exception = next((error.exception for _step_result, error in failed if error.exception), "")
            more = {"lost_mappings": lost, "exception": exception}
            result.update(_failed_result(failed[0][1], message, changed=result["changed"], **more))
        return result

    def of_set_refused(self, plan: Plan, error: CloudAuthError) -> Result:
        """The result of a task whose plan was refused: with what it would have changed."""
        planned = self._of_changes(plan, [_planned(step) for step in plan.steps])
        return {**planned, "failed_mappings": [], **_failed_result(error, str(error), changed=False)}

    def _of_changes(self, plan: Plan, step_results: Sequence[StepResult]) -> Result:
        done = [step_result for step_result in step_results if step_result.changed and not step_result.error]
        failed = sum(step_result.error is not None for step_result in step_results)
        changes = {
            name: [self._shown(step_result) for step_result in done if isinstance(step_result.step, step_type)]
            for step_type, name in PARTICIPLES.items()
        }
        counts = {name: len(mappings) for name, mappings in changes.items()}
        # A step that found its work done by somebody else changed nothing.
        counts["unchanged"] = len(plan.unchanged) + len(step_results) - len(done) - failed
        counts["failed"] = failed
        return {
            "changed": any(step_result.changed for step_result in step_results),
            "summary": counts,
            **changes,
            "diff": {
                "before": {
                    str(taken.key): self._granted(self._label(taken.account_identifier))
                    for taken in map(_taken, done)
                    if taken
                },
                "after": {
                    str(step_result.step.after.key): self._granted(
                        _account_after(step_result.step.after, step_result.mapping)
                    )
                    for step_result in done
                    if step_result.step.after
                },
            },
        }

    def _summary_of_failures(self, failed: Sequence[tuple[StepResult, CloudAuthError]], counts: dict[str, int]) -> str:
        """What was done, what was not, and why: a line for each failure."""
        done = ", ".join(f"{counts[name]} {name}" for name in (*PARTICIPLES.values(), "unchanged"))
        lines = first_few([_line(step_result) for step_result, _error in failed], "\n", "\n- ")
        if self._predicts:
            return (
                f"{len(failed)} of the changes would fail ({done}); failed_mappings lists them. Fix the cause before "
                f"the real run.\n{lines}"
            )
        return (
            f"{len(failed)} of the changes failed ({done}); failed_mappings lists them. Fix the cause and run the task "
            f"again; only what is left will be done.\n{lines}"
        )

    def _failed_mapping(self, step_result: StepResult, error: CloudAuthError) -> Result:
        step, taken = step_result.step, _taken(step_result)
        subject = step.after or taken or step.subject
        options = self._kind.as_options(subject.key, subject.account_identifier)
        shown: Result = {**options, "operation": OPERATIONS[type(step)], "msg": str(error)}
        if not step_result.changed:
            return shown
        # Something was, or may have been, written all the same: what it takes to undo that.
        if taken:
            shown["before"] = self._kind.as_result(taken)
        else:
            shown["created"] = options
        if step_result.left_over and step_result.mapping:
            shown["created"] = self._kind.as_result(step_result.mapping)
        return shown

    def _granted(self, account: str | None) -> str:
        """What the diff of a set shows for a key: the account, or where there is none, what callers may do."""
        return account or self._kind.title

    def _shown(self, step_result: StepResult) -> Result:
        """A mapping in one of the lists."""
        shown = self._known(step_result)
        if isinstance(step_result.step, Replace):
            shown["previous_account_identifier"] = step_result.step.before.account_identifier
        return shown

    # ---- both

    def _known(self, step_result: StepResult) -> Result:
        """A mapping as a task returns it; in check mode without what only Datadog can know."""
        mapping = _taken(step_result) if isinstance(step_result.step, Remove) else step_result.mapping
        if mapping:
            # In check mode, a mapping has no ID yet.
            return {name: value for name, value in self._kind.as_result(mapping).items() if value != ""}
        return self._kind.as_options(step_result.step.subject.key, step_result.step.subject.account_identifier)


def _taken(step_result: StepResult) -> AuthMapping | None:
    """What a step takes away: by a removal, that may be another mapping than the listed one, which was gone."""
    step = step_result.step
    return step_result.mapping or step.before if isinstance(step, Remove) else step.before


def _planned(step: Step) -> StepResult:
    return StepResult(step, [WriteState.DONE])


def _account_after(want: Wanted, mapping: AuthMapping | None) -> str | None:
    """The account of a new mapping: as the task has it, with Datadog's own name for it if that is a mere UUID."""
    typed, handle = want.account_identifier, mapping.account_identifier if mapping else None
    return f"{typed} ({handle})" if typed and handle and as_uuid(handle) and not as_uuid(typed) else typed


def _line(step_result: StepResult) -> str:
    """One failure, which names its mapping once."""
    key, text = str(step_result.step.subject.key), str(step_result.error)
    return f"- {text}" if key in text else f"- {OPERATIONS[type(step_result.step)]} {key}: {text}"


def _failed_result(error: CloudAuthError, msg: str, *, changed: bool, **more: object) -> Result:
    """The result of a failed task; of ``more`` only what is not empty."""
    given = {name: value for name, value in more.items() if value}
    return {"failed": True, "msg": msg, "changed": changed, **error.facts, **given}
