# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task returns: its result and its diff, from the plan and its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

from .._engine.outcome import Fate, Outcome
from .._engine.plan import SHOWN, Create, Plan, Remove, Replace, Step, Wanted
from .._errors import CloudAuthError
from .._resources.kind import AuthMapping, Kind
from .._resources.spelling import as_uuid

# The kinds of steps: what each is called, and the list of a result that its mappings go to.
OPERATIONS = {Create: "create", Replace: "replace", Remove: "remove"}
LISTS = {Create: "created", Replace: "replaced", Remove: "removed"}

Result = dict[str, Any]


class Results:
    """Makes the results of tasks on one kind of mapping.

    :param label: an account as people know it.
    """

    def __init__(self, kind: Kind, label: Callable[[str | None], str]) -> None:
        self._kind = kind
        self._label = label

    # ---- a task on one mapping

    def of_one(self, plan: Plan, outcomes: Sequence[Outcome]) -> Result:
        """The result of a task on one mapping. A failed one holds ``failed`` and ``msg``."""
        changed = any(outcome.changed for outcome in outcomes)
        for outcome in outcomes:
            if outcome.error:
                lost = outcome.lost and self._kind.as_result(outcome.lost)
                return _failure(outcome.error, str(outcome.error), changed, lost_mapping=lost)
        there = [*plan.unchanged, *plan.spared]
        result: Result = {"changed": changed}
        shown = [self._known(outcome) for outcome in outcomes] + [self._kind.as_result(mapping) for mapping in there]
        if shown:
            result[self._kind.name] = shown[0]
        result["diff"] = self._diff_of_one(outcomes[0] if outcomes else None, there)
        return result

    def of_one_refused(self, plan: Plan, error: CloudAuthError) -> Result:
        """The result of a task whose plan for one mapping was refused: with the diff that it would have made."""
        return {**_failure(error, str(error), changed=False), "diff": self._changes(_planned(plan.steps[0]))}

    def _diff_of_one(self, outcome: Outcome | None, there: Sequence[AuthMapping]) -> Result:
        if outcome and outcome.changed:
            return self._changes(outcome)
        if outcome and not outcome.step.after:
            there = []  # Somebody else has removed it at the same time.
        elif outcome and outcome.mapping:
            there = [outcome.mapping]  # Somebody else has created it at the same time.
        now = self._before(there[0] if there else None)
        return {"before": now, "after": now}

    def _changes(self, outcome: Outcome) -> Result:
        after = outcome.step.after
        shown = self._kind.show(after.key, _account_after(after, outcome.mapping)) if after else {}
        return {"before": self._before(outcome.step.before), "after": shown}

    def _before(self, mapping: AuthMapping | None) -> Result:
        return self._kind.show(mapping.key, self._label(mapping.account_identifier)) if mapping else {}

    # ---- a task on a set

    def of_set(self, plan: Plan, outcomes: Sequence[Outcome]) -> Result:
        """The result of a task on a set of mappings: counts, and only what changes. A failed one holds ``failed``."""
        failed = [(outcome, outcome.error) for outcome in outcomes if outcome.error]
        result = self._of_changes(plan, outcomes)
        result["failed_mappings"] = [self._failed_mapping(outcome.step, error) for outcome, error in failed]
        if failed:
            lost = [self._kind.as_result(outcome.lost) for outcome in outcomes if outcome.lost]
            message = self._summary_of_failures(failed, result["summary"])
            result.update(_failure(failed[0][1], message, result["changed"], lost_mappings=lost))
        return result

    def of_set_refused(self, plan: Plan, error: CloudAuthError) -> Result:
        """The result of a task whose plan was refused: with what it would have changed."""
        planned = self._of_changes(plan, [_planned(step) for step in plan.steps])
        return {**planned, "failed_mappings": [], **_failure(error, str(error), changed=False)}

    def _of_changes(self, plan: Plan, outcomes: Sequence[Outcome]) -> Result:
        done = [outcome for outcome in outcomes if outcome.changed and not outcome.error]
        failed = sum(outcome.error is not None for outcome in outcomes)
        changes = {
            name: [self._shown(outcome) for outcome in done if isinstance(outcome.step, kind)]
            for kind, name in LISTS.items()
        }
        counts = {name: len(mappings) for name, mappings in changes.items()}
        # A step that found its work done by somebody else changed nothing.
        counts["unchanged"] = len(plan.unchanged) + len(outcomes) - len(done) - failed
        counts["failed"] = failed
        return {
            "changed": any(outcome.changed for outcome in outcomes),
            "summary": counts,
            **changes,
            "diff": {
                "before": {
                    str(step.before.key): self._granted(self._label(step.before.account_identifier))
                    for step in (outcome.step for outcome in done)
                    if step.before
                },
                "after": {
                    str(outcome.step.after.key): self._granted(_account_after(outcome.step.after, outcome.mapping))
                    for outcome in done
                    if outcome.step.after
                },
            },
        }

    def _summary_of_failures(self, failed: Sequence[tuple[Outcome, CloudAuthError]], counts: dict[str, int]) -> str:
        """What was done, what was not, and why: a line for each failure."""
        done = ", ".join(f"{counts[name]} {name}" for name in (*LISTS.values(), "unchanged"))
        lines = [_line(outcome) for outcome, _error in failed]
        return (
            f"{len(failed)} of the changes failed ({done}); failed_mappings lists them. Fix the cause and run the task "
            f"again; only what is left will be done.\n{_first_lines(lines)}"
        )

    def _failed_mapping(self, step: Step, error: CloudAuthError) -> Result:
        shown = self._kind.show(step.subject.key, step.subject.account_identifier)
        return {**shown, "operation": OPERATIONS[type(step)], "msg": str(error)}

    def _granted(self, account: str | None) -> str:
        """What the diff of a set shows for a key: the account, or where there is none, what callers may do."""
        return account or self._kind.title

    def _shown(self, outcome: Outcome) -> Result:
        """A mapping in one of the lists."""
        shown = self._known(outcome)
        if isinstance(outcome.step, Replace):
            shown["previous_account_identifier"] = outcome.step.before.account_identifier
        return shown

    # ---- both

    def _known(self, outcome: Outcome) -> Result:
        """A mapping as a task returns it; in check mode without what only Datadog can know."""
        mapping = outcome.step.before if isinstance(outcome.step, Remove) else outcome.mapping
        if mapping:
            # In check mode, a mapping has no ID yet.
            return {name: value for name, value in self._kind.as_result(mapping).items() if value != ""}
        return self._kind.show(outcome.step.subject.key, outcome.step.subject.account_identifier)


def _first_lines(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN
    return "\n".join([*lines[:SHOWN], *([f"- and {more} more"] if more > 0 else [])])


def _planned(step: Step) -> Outcome:
    return Outcome(step, [Fate.DONE])


def _account_after(want: Wanted, mapping: AuthMapping | None) -> str | None:
    """The account of a new mapping: as the task has it, with Datadog's own name for it if that is a mere UUID."""
    typed, handle = want.account_identifier, mapping.account_identifier if mapping else None
    return f"{typed} ({handle})" if typed and handle and as_uuid(handle) and not as_uuid(typed) else typed


def _line(outcome: Outcome) -> str:
    """One failure, which names its mapping once."""
    key, text = str(outcome.step.subject.key), str(outcome.error)
    return f"- {text}" if key in text else f"- {OPERATIONS[type(outcome.step)]} {key}: {text}"


def _failure(error: CloudAuthError, msg: str, changed: bool, **more: object) -> Result:
    """The result of a failed task; of ``more`` only what is not empty."""
    given = {name: value for name, value in more.items() if value}
    return {"failed": True, "msg": msg, "changed": changed, **error.facts, **given}
