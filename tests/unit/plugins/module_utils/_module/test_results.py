# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results: counts that add up, only what changes, and within the size that a controller takes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import (
    Create,
    Plan,
    Remove,
    Replace,
    Wanted,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import CloudAuthError
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.results import (
    Outcome,
    predict,
    result_of_one,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.results_of_set import result_of_many
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.persona_mapping import Mapping

PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
JANE = "jane.doe@corp.example"
CI = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
OLD = Mapping("old-id", PATTERN, JANE, "12bbdc5c-5966-47e0-8733-285f9e44bcf4")
NEW = Mapping("new-id", PATTERN, CI, CI)
WANTED = Wanted(PATTERN, "ci@corp.example")
WAS = {"arn_pattern": PATTERN, "account_identifier": JANE}
WILL_BE = {"arn_pattern": PATTERN, "account_identifier": "ci@corp.example"}


class Lost(CloudAuthError):
    """A failure that lost a mapping."""

    lost = OLD


def plan_of(*steps, unchanged=(), spared=()):
    return Plan(list(steps), list(unchanged), list(spared))


@pytest.mark.parametrize(
    ("step", "mapping", "shown", "diff"),
    [
        (Create(WANTED), NEW, NEW._asdict(), {"before": {}, "after": WILL_BE}),
        (Replace(OLD, WANTED), NEW, NEW._asdict(), {"before": WAS, "after": WILL_BE}),
        (Remove(OLD), OLD, OLD._asdict(), {"before": WAS, "after": {}}),
    ],
)
def test_a_change_of_one_mapping(step, mapping, shown, diff):
    plan = plan_of(step)

    done = result_of_one(plan, [Outcome(step, mapping, True)])
    predicted = result_of_one(plan, predict(plan))

    assert done == {"changed": True, "persona_mapping": shown, "diff": diff}
    assert predicted["changed"] is True
    assert predicted["diff"] == diff
    assert predicted["persona_mapping"] == (WILL_BE if step.after else shown)


@pytest.mark.parametrize("kind", ["unchanged", "spared"])
def test_one_mapping_that_stays_as_it_is(kind):
    expected = {"changed": False, "persona_mapping": OLD._asdict(), "diff": {"before": WAS, "after": WAS}}

    assert result_of_one(plan_of(**{kind: [OLD]}), []) == expected


def test_no_mapping_at_all():
    assert result_of_one(plan_of(), []) == {"changed": False, "diff": {"before": {}, "after": {}}}


@pytest.mark.parametrize(
    ("step", "mapping", "now"),
    [
        (Create(WANTED), NEW, {"arn_pattern": PATTERN, "account_identifier": CI}),
        (Remove(OLD), OLD, {}),
    ],
)
def test_what_somebody_else_did_at_the_same_time_is_no_change(step, mapping, now):
    result = result_of_one(plan_of(step), [Outcome(step, mapping, False)])

    assert result == {"changed": False, "persona_mapping": mapping._asdict(), "diff": {"before": now, "after": now}}


@pytest.mark.parametrize("changed", [True, False])
def test_a_failure_of_one_mapping_has_its_facts(changed):
    error = CloudAuthError("It failed.", 403, ["Forbidden"])

    result = result_of_one(plan_of(Create(WANTED)), [Outcome(Create(WANTED), None, changed, error)])

    facts = {"http_status": 403, "errors": ["Forbidden"]}
    assert result == {"failed": True, "msg": "It failed.", "changed": changed, **facts}


def test_a_lost_mapping_is_returned():
    step = Replace(OLD, WANTED)
    outcomes = [Outcome(step, None, True, Lost("It is gone."))]

    assert result_of_one(plan_of(step), outcomes)["lost_mapping"] == OLD._asdict()
    assert result_of_many(plan_of(step), outcomes)["lost_mappings"] == [OLD._asdict()]


def test_changes_of_many_mappings():
    other, third = Wanted("pattern-2", JANE), Mapping("id-3", "pattern-3", JANE, CI)
    made = Mapping("id-2", "pattern-2", JANE, CI)
    steps = [Remove(third), Replace(OLD, WANTED), Create(other)]
    plan = plan_of(*steps, unchanged=[OLD, OLD])

    result = result_of_many(
        plan, [Outcome(steps[0], third, True), Outcome(steps[1], NEW, True), Outcome(steps[2], made, True)]
    )

    assert result == {
        "changed": True,
        "summary": {"created": 1, "replaced": 1, "removed": 1, "unchanged": 2, "failed": 0},
        "created": [made._asdict()],
        "replaced": [{**NEW._asdict(), "previous_account_identifier": JANE}],
        "removed": [third._asdict()],
        "failed_mappings": [],
        "diff": {
            "before": {PATTERN: JANE, "pattern-3": JANE},
            "after": {PATTERN: "ci@corp.example", "pattern-2": JANE},
        },
    }
    predicted = result_of_many(plan, predict(plan))
    assert predicted["summary"] == result["summary"]
    assert predicted["diff"] == result["diff"]
    assert predicted["created"] == [other._asdict()]
    assert predicted["replaced"] == [{**WILL_BE, "previous_account_identifier": JANE}]


def test_nothing_to_change_among_many():
    result = result_of_many(plan_of(unchanged=[OLD]), [])

    assert result["changed"] is False
    assert result["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": 1, "failed": 0}
    assert result["diff"] == {"before": {}, "after": {}}
    assert "failed" not in result


def test_failures_among_many_say_what_was_done_and_what_not():
    steps = [Remove(OLD), *(Create(Wanted(f"pattern-{number}", JANE)) for number in range(8))]
    errors = [CloudAuthError(f"Reason {number}.", 500 + number, ["oops"]) for number in range(7)]
    outcomes = [Outcome(steps[0], OLD, True), Outcome(steps[1], NEW, False)]
    outcomes += [Outcome(step, None, False, error) for step, error in zip(steps[2:], errors)]

    result = result_of_many(plan_of(*steps), outcomes)

    assert result["failed"] is True
    assert result["changed"] is True
    assert result["summary"] == {"created": 0, "replaced": 0, "removed": 1, "unchanged": 1, "failed": 7}
    assert result["http_status"] == 500
    assert result["errors"] == ["oops"]
    assert "lost_mappings" not in result
    assert result["msg"].startswith("7 of the changes failed (0 created, 0 replaced, 1 removed, 1 unchanged);")
    assert "create pattern-1: Reason 0. | create pattern-2: Reason 1." in result["msg"]
    assert result["msg"].endswith("and 2 more")
    assert len(result["failed_mappings"]) == 7
    assert result["failed_mappings"][0] == {
        "arn_pattern": "pattern-1",
        "account_identifier": JANE,
        "operation": "create",
        "msg": "Reason 0.",
    }
    assert result["diff"] == {"before": {PATTERN: JANE}, "after": {}}


steps_of_many = st.lists(
    st.tuples(st.sampled_from(["create", "replace", "remove"]), st.sampled_from(["done", "idle", "failed", "unknown"]))
)


@given(steps_of_many, st.integers(0, 3))
def test_counts_add_up_and_the_diff_holds_what_changed(choices, unchanged):
    outcomes = []
    for number, (kind, fate) in enumerate(choices):
        old, want = Mapping(str(number), f"pattern-{number}", JANE, CI), Wanted(f"pattern-{number}", "new")
        step = {"create": Create(want), "replace": Replace(old, want), "remove": Remove(old)}[kind]
        error = CloudAuthError("It failed.") if fate in ("failed", "unknown") else None
        outcomes.append(Outcome(step, None, fate in ("done", "unknown"), error))
    plan = plan_of(*(outcome.step for outcome in outcomes), unchanged=[OLD] * unchanged)

    result = result_of_many(plan, outcomes)

    assert sum(result["summary"].values()) == len(plan.steps) + unchanged
    for name in ("created", "replaced", "removed"):
        assert result["summary"][name] == len(result[name])
    assert result["summary"]["failed"] == len(result["failed_mappings"])
    done = {outcome.step.subject.arn_pattern for outcome, (_kind, fate) in zip(outcomes, choices) if fate == "done"}
    assert set(result["diff"]["before"]) | set(result["diff"]["after"]) == done
    assert result["changed"] is any(outcome.changed for outcome in outcomes)
    assert result.get("failed", False) is (result["summary"]["failed"] > 0)


@pytest.mark.parametrize("kind", ["create", "replace", "remove", "fail"])
def test_a_thousand_changes_fit_into_an_event_of_a_controller(kind):
    outcomes = []
    for number in range(1000):
        pattern = f"arn:aws:sts::{number:012}:assumed-role/terraform-runner-{number:04}/*"
        old = Mapping(CI, pattern, f"jane.doe-{number:04}@corp.example", CI)
        want = Wanted(pattern, f"service-{number:04}@corp.example")
        step = {"create": Create(want), "remove": Remove(old)}.get(kind, Replace(old, want))
        error = CloudAuthError("Datadog answered 500. " + "x" * 200, 500, ["oops"]) if kind == "fail" else None
        outcomes.append(Outcome(step, None if error else Mapping(CI, pattern, CI, CI), not error, error))
    plan = plan_of(*(outcome.step for outcome in outcomes))
    arguments = [{"arn_pattern": step.subject.arn_pattern, "account_identifier": CI} for step in plan.steps]

    event = {"res": result_of_many(plan, outcomes), "invocation": {"module_args": {"mappings": arguments}}}

    assert len(json.dumps(event)) < 700_000
