# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task on a set returns: counts, and only what changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._engine.plan import Create, Plan, Remove, Replace, Step, Wanted, some
from .._errors import CloudAuthError
from .._resources.persona_mapping import Mapping
from .results import Outcome, failure, lost_by, shown_by

# The kinds of steps: what each is called, and the list of a result that its mappings go to.
OPERATIONS = {Create: "create", Replace: "replace", Remove: "remove"}
LISTS = {Create: "created", Replace: "replaced", Remove: "removed"}


def result_of_many(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The result of a task on a set of mappings: counts, and only what changes. A failed one holds ``failed``."""
    done = [outcome for outcome in outcomes if outcome.changed and not outcome.error]
    failed = [(outcome, outcome.error) for outcome in outcomes if outcome.error]
    changes = {
        name: [_shown(outcome) for outcome in done if isinstance(outcome.step, kind)] for kind, name in LISTS.items()
    }
    counts = {name: len(mappings) for name, mappings in changes.items()}
    # A step that found its work done by somebody else changed nothing.
    counts["unchanged"] = len(plan.unchanged) + len(outcomes) - len(done) - len(failed)
    counts["failed"] = len(failed)
    result: dict[str, object] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "summary": counts,
        **changes,
        "failed_mappings": [_failed_mapping(outcome.step, error) for outcome, error in failed],
        "diff": {
            "before": _accounts_by_pattern(outcome.step.before for outcome in done),
            "after": _accounts_by_pattern(outcome.step.after for outcome in done),
        },
    }
    if failed:
        lost = [mapping for mapping in (lost_by(error) for _outcome, error in failed) if mapping]
        message = _summary_of_failures(failed, counts)
        result.update(failure(failed[0][1], message, bool(result["changed"]), lost_mappings=lost))
    return result


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
    shown = shown_by(outcome)
    if isinstance(outcome.step, Replace):
        shown["previous_account_identifier"] = outcome.step.before.account_identifier
    return shown


def _failed_mapping(step: Step, error: CloudAuthError) -> dict[str, str]:
    return {
        "arn_pattern": step.subject.arn_pattern,
        "account_identifier": step.subject.account_identifier,
        "operation": OPERATIONS[type(step)],
        "msg": str(error),
    }


def _accounts_by_pattern(mappings: Iterable[Mapping | Wanted | None]) -> dict[str, str]:
    return {mapping.arn_pattern: mapping.account_identifier for mapping in mappings if mapping}
