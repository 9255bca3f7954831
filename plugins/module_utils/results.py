# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task returns: outcomes as results and diff. Check mode's are the plan's steps, as if all had succeeded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .errors import CloudAuthError
from .persona_mapping import Mapping
from .plan import Create, Plan, Remove, Replace, Step, Wanted, some

# The kinds of steps: what each is called, and the list of a result that its mappings go to.
OPERATIONS = {Create: "create", Replace: "replace", Remove: "remove"}
LISTS = {Create: "created", Replace: "replaced", Remove: "removed"}


class Outcome(NamedTuple):
    """What became of a step.

    :ivar mapping: as it is now, or for a removal as it was; None if that is not known (check mode, failure).
    :ivar changed: whether anything was, or may have been, written.
    :ivar error: why it failed, or None.
    """

    step: Step
    mapping: Mapping | None
    changed: bool
    error: CloudAuthError | None = None


def predict(plan: Plan) -> list[Outcome]:
    """The outcomes that check mode reports: every step as planned."""
    return [Outcome(step, None, True) for step in plan.steps]


def result_of_one(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The result of a task on one mapping. A failed one holds ``failed`` and ``msg``."""
    for outcome in outcomes:
        if outcome.error:
            return _failed(outcome.error, str(outcome.error), outcome.changed, lost_mapping=_lost(outcome.error))
    result: dict[str, object] = {"changed": any(outcome.changed for outcome in outcomes)}
    shown = [_shown(outcome) for outcome in outcomes] + [m._asdict() for m in (*plan.unchanged, *plan.spared)]
    if shown:
        result["persona_mapping"] = shown[0]
    result["diff"] = _diff_of_one(outcomes[0] if outcomes else None, [*plan.unchanged, *plan.spared])
    return result


def result_of_many(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The result of a task on a set of mappings: counts, and only what changes. A failed one holds ``failed``."""
    done = [outcome for outcome in outcomes if outcome.changed and not outcome.error]
    failed = [(outcome, outcome.error) for outcome in outcomes if outcome.error]
    changes = {
        name: [_shown_in_many(outcome) for outcome in done if isinstance(outcome.step, kind)]
        for kind, name in LISTS.items()
    }
    counts = {name: len(mappings) for name, mappings in changes.items()}
    # A step that found its work done by somebody else changed nothing.
    counts["unchanged"] = len(plan.unchanged) + len(outcomes) - len(done) - len(failed)
    counts["failed"] = len(failed)
    result: dict[str, object] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "summary": counts,
        **changes,
        "failed_mappings": [_failure(outcome.step, error) for outcome, error in failed],
        "diff": {
            "before": _accounts_by_pattern(outcome.step.before for outcome in done),
            "after": _accounts_by_pattern(outcome.step.after for outcome in done),
        },
    }
    if failed:
        lost = [mapping for mapping in (_lost(error) for _outcome, error in failed) if mapping]
        message = _summary_of_failures(failed, counts)
        result.update(_failed(failed[0][1], message, bool(result["changed"]), lost_mappings=lost))
    return result


def _failed(error: CloudAuthError, msg: str, changed: bool, **more: object) -> dict[str, object]:
    given = {name: value for name, value in more.items() if value}
    return {"failed": True, "msg": msg, "changed": changed, **error.facts, **given}


def _summary_of_failures(failed: Sequence[tuple[Outcome, CloudAuthError]], counts: dict[str, int]) -> str:
    """What was done, what was not, and why, for all failures of a task."""
    done = ", ".join(f"{counts[name]} {name}" for name in (*LISTS.values(), "unchanged"))
    texts = [
        f"{OPERATIONS[type(outcome.step)]} {outcome.step.subject.arn_pattern}: {error}" for outcome, error in failed
    ]
    return (
        f"{len(failed)} of the changes failed ({done}); failed_mappings lists them. Run the task again when the cause "
        f"is mended: it does just the rest. {some(texts, ' | ')}"
    )


def _shown(outcome: Outcome) -> dict[str, object]:
    """A mapping as a task returns it; in check mode without what only the server knows."""
    return (outcome.mapping or outcome.step.subject)._asdict()


def _shown_in_many(outcome: Outcome) -> dict[str, object]:
    shown = _shown(outcome)
    if isinstance(outcome.step, Replace):
        shown["previous_account_identifier"] = outcome.step.before.account_identifier
    return shown


def _failure(step: Step, error: CloudAuthError) -> dict[str, str]:
    return {
        "arn_pattern": step.subject.arn_pattern,
        "account_identifier": step.subject.account_identifier,
        "operation": OPERATIONS[type(step)],
        "msg": str(error),
    }


def _lost(error: CloudAuthError) -> dict[str, object] | None:
    """The mapping that a failed replacement removed and could not put back."""
    lost: Mapping | None = getattr(error, "lost", None)
    return lost._asdict() if lost else None


def _diff_of_one(outcome: Outcome | None, there: Sequence[Mapping]) -> dict[str, object]:
    if outcome and outcome.changed:
        return {"before": _brief(outcome.step.before), "after": _brief(outcome.step.after)}
    if outcome and not outcome.step.after:
        there = []  # Somebody else has removed it at the same time.
    elif outcome and outcome.mapping:
        there = [outcome.mapping]  # Somebody else has made it at the same time.
    now = _brief(there[0] if there else None)
    return {"before": now, "after": now}


def _brief(mapping: Mapping | Wanted | None) -> dict[str, str]:
    if mapping is None:
        return {}
    return {"arn_pattern": mapping.arn_pattern, "account_identifier": mapping.account_identifier}


def _accounts_by_pattern(mappings: Iterable[Mapping | Wanted | None]) -> dict[str, str]:
    return {mapping.arn_pattern: mapping.account_identifier for mapping in mappings if mapping}
