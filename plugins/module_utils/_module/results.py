# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the steps of a plan, and what a task on one mapping returns of it: result and diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._engine.plan import Plan, Step, Wanted
from .._errors import CloudAuthError
from .._resources.persona_mapping import Mapping


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
            return failure(outcome.error, str(outcome.error), outcome.changed, lost_mapping=lost_by(outcome.error))
    result: dict[str, object] = {"changed": any(outcome.changed for outcome in outcomes)}
    shown = [shown_by(outcome) for outcome in outcomes] + [m._asdict() for m in (*plan.unchanged, *plan.spared)]
    if shown:
        result["persona_mapping"] = shown[0]
    result["diff"] = _diff_of_one(outcomes[0] if outcomes else None, [*plan.unchanged, *plan.spared])
    return result


def failure(error: CloudAuthError, msg: str, changed: bool, **more: object) -> dict[str, object]:
    """The result of a failed task; of ``more`` only what is not empty."""
    given = {name: value for name, value in more.items() if value}
    return {"failed": True, "msg": msg, "changed": changed, **error.facts, **given}


def shown_by(outcome: Outcome) -> dict[str, object]:
    """A mapping as a task returns it; in check mode without what only the server knows."""
    return (outcome.mapping or outcome.step.subject)._asdict()


def lost_by(error: CloudAuthError) -> dict[str, object] | None:
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
