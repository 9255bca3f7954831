# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results: counts that add up, only what changes, and within the size that a controller takes; for each kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import (
    Create,
    Plan,
    PlanRefused,
    Remove,
    Replace,
    Unwanted,
    Wanted,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.step_result import (
    StepResult,
    WriteState,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import CloudAuthError
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.results import Results
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import claim_matchers
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
    GITHUB_INTAKE,
    GITHUB_PERSONA,
)

KIND = AWS_PERSONA
PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
JANE = "jane.doe@corp.example"
CI = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
CI_LABEL = f"ci@corp.example ({CI})"
OLD = AuthMapping("old-id", PATTERN, JANE, "12bbdc5c-5966-47e0-8733-285f9e44bcf4")
NEW = AuthMapping("new-id", PATTERN, CI, CI)
WANTED = Wanted(PATTERN, "ci@corp.example")
WAS = {"arn_pattern": PATTERN, "account_identifier": JANE}
WILL_BE = {"arn_pattern": PATTERN, "account_identifier": CI_LABEL}

DONE, IDLE, UNKNOWN = [WriteState.DONE], [WriteState.NOT_DONE], [WriteState.NOT_KNOWN]


def label(identifier):
    """The service account has been looked up, by any spelling; people have not."""
    return CI_LABEL if identifier in (CI, "ci@corp.example") else identifier


RESULTS = Results(KIND, label)


def plan_of(*steps, unchanged=(), spared=()):
    return Plan(list(steps), list(unchanged), list(spared))


def shown(mapping):
    return {
        "id": mapping.id,
        "arn_pattern": mapping.key,
        "account_identifier": mapping.account_identifier,
        "account_uuid": mapping.account_uuid,
    }


@pytest.mark.parametrize(
    ("step", "mapping", "diff"),
    [
        (Create(WANTED), NEW, {"before": {}, "after": WILL_BE}),
        (Replace(OLD, WANTED), NEW, {"before": WAS, "after": WILL_BE}),
        (Remove(OLD, Unwanted(OLD.key)), OLD, {"before": WAS, "after": {}}),
    ],
)
def test_a_change_of_one_mapping(step, mapping, diff):
    result = RESULTS.of_one(plan_of(step), [StepResult(step, DONE, mapping)])

    assert result == {"changed": True, "persona_mapping": shown(mapping), "diff": diff}


@pytest.mark.parametrize(
    ("step", "mapping", "known"),
    [
        (Create(WANTED), None, {"arn_pattern": PATTERN, "account_identifier": "ci@corp.example"}),
        (
            Create(WANTED),
            AuthMapping("", PATTERN, CI, CI),
            {"arn_pattern": PATTERN, "account_identifier": CI, "account_uuid": CI},
        ),
        (
            Replace(OLD, WANTED),
            AuthMapping("", PATTERN, CI, CI),
            {"arn_pattern": PATTERN, "account_identifier": CI, "account_uuid": CI},
        ),
        (Remove(OLD, Unwanted(OLD.key)), None, shown(OLD)),
    ],
)
def test_check_mode_returns_what_can_be_known(step, mapping, known):
    result = RESULTS.of_one(plan_of(step), [StepResult(step, DONE, mapping)])

    assert result["changed"] is True
    assert result["persona_mapping"] == known


@pytest.mark.parametrize(
    ("typed", "handle", "account"),
    [
        ("ci@corp.example", CI, CI_LABEL),
        (CI, CI, CI),
        (CI.upper(), CI, CI.upper()),
        ("Jane.Smith@corp.example", JANE, "Jane.Smith@corp.example"),
        ("ci@corp.example", None, "ci@corp.example"),
    ],
)
def test_the_account_of_a_new_mapping_is_shown_as_typed_with_the_handle_if_that_says_nothing(typed, handle, account):
    step = Create(Wanted(PATTERN, typed))
    mapping = AuthMapping("id", PATTERN, handle, CI) if handle else None

    one = RESULTS.of_one(plan_of(step), [StepResult(step, DONE, mapping)])
    many = RESULTS.of_set(plan_of(step), [StepResult(step, DONE, mapping)])

    assert one["diff"]["after"]["account_identifier"] == many["diff"]["after"][PATTERN] == account


@pytest.mark.parametrize("kind", ["unchanged", "spared"])
def test_one_mapping_that_stays_as_it_is(kind):
    expected = {"changed": False, "persona_mapping": shown(OLD), "diff": {"before": WAS, "after": WAS}}

    assert RESULTS.of_one(plan_of(**{kind: [OLD]}), []) == expected


def test_no_mapping_at_all():
    assert RESULTS.of_one(plan_of(), []) == {"changed": False, "diff": {"before": {}, "after": {}}}


@pytest.mark.parametrize(
    ("step", "mapping", "now"), [(Create(WANTED), NEW, WILL_BE), (Remove(OLD, Unwanted(OLD.key)), OLD, {})]
)
def test_what_somebody_else_did_at_the_same_time_is_no_change(step, mapping, now):
    result = RESULTS.of_one(plan_of(step), [StepResult(step, IDLE, mapping)])

    assert result == {"changed": False, "persona_mapping": shown(mapping), "diff": {"before": now, "after": now}}


@pytest.mark.parametrize(
    ("states", "changed"),
    [(IDLE, False), (DONE, True), (UNKNOWN, True), ([WriteState.NOT_DONE, WriteState.NOT_KNOWN], True), ((), False)],
)
def test_a_failure_of_one_mapping_has_its_facts(states, changed):
    error = CloudAuthError("It failed.", 403, ["Forbidden"])

    result = RESULTS.of_one(plan_of(Create(WANTED)), [StepResult(Create(WANTED), states, None, error)])

    facts = {"http_status": 403, "errors": ["Forbidden"]}
    assert result == {"failed": True, "msg": "It failed.", "changed": changed, **facts}


def test_a_lost_mapping_is_returned():
    step = Replace(OLD, WANTED)
    step_results = [StepResult(step, DONE, None, CloudAuthError("It is gone."), OLD)]

    assert RESULTS.of_one(plan_of(step), step_results)["lost_mapping"] == shown(OLD)
    assert RESULTS.of_set(plan_of(step), step_results)["lost_mappings"] == [shown(OLD)]


def test_changes_of_many_mappings():
    other, third = Wanted("pattern-2", JANE), AuthMapping("id-3", "pattern-3", JANE, CI)
    made = AuthMapping("id-2", "pattern-2", JANE, CI)
    steps = [Remove(third, Unwanted(third.key)), Replace(OLD, WANTED), Create(other)]
    plan = plan_of(*steps, unchanged=[OLD, OLD])

    result = RESULTS.of_set(plan, [StepResult(*parts) for parts in zip(steps, [DONE] * 3, [third, NEW, made])])

    assert result == {
        "changed": True,
        "summary": {"created": 1, "replaced": 1, "removed": 1, "unchanged": 2, "failed": 0},
        "created": [shown(made)],
        "replaced": [{**shown(NEW), "previous_account_identifier": JANE}],
        "removed": [shown(third)],
        "failed_mappings": [],
        "diff": {
            "before": {PATTERN: JANE, "pattern-3": JANE},
            "after": {PATTERN: CI_LABEL, "pattern-2": JANE},
        },
    }


def test_nothing_to_change_among_many():
    result = RESULTS.of_set(plan_of(unchanged=[OLD]), [])

    assert result["changed"] is False
    assert result["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": 1, "failed": 0}
    assert result["diff"] == {"before": {}, "after": {}}
    assert "failed" not in result


def test_what_a_guard_has_stopped_is_returned_as_it_was_planned():
    third = AuthMapping("id-3", "pattern-3", JANE, CI)
    steps = [Remove(third, Unwanted(third.key)), Replace(OLD, WANTED), Create(Wanted("pattern-2", JANE))]
    plan = plan_of(*steps, unchanged=[OLD])

    result = RESULTS.of_set_refused(plan, PlanRefused("Too many."))

    assert result == {
        "failed": True,
        "msg": "Too many.",
        "changed": False,
        "summary": {"created": 1, "replaced": 1, "removed": 1, "unchanged": 1, "failed": 0},
        "created": [{"arn_pattern": "pattern-2", "account_identifier": JANE}],
        "replaced": [
            {
                "arn_pattern": PATTERN,
                "account_identifier": "ci@corp.example",
                "previous_account_identifier": JANE,
            }
        ],
        "removed": [shown(third)],
        "failed_mappings": [],
        "diff": {
            "before": {"pattern-3": JANE, PATTERN: JANE},
            "after": {PATTERN: "ci@corp.example", "pattern-2": JANE},
        },
    }


def test_one_replacement_that_a_guard_has_stopped_has_its_diff():
    plan = plan_of(Replace(OLD, WANTED))

    assert RESULTS.of_one_refused(plan, PlanRefused("No.")) == {
        "failed": True,
        "msg": "No.",
        "changed": False,
        "diff": {"before": WAS, "after": {**WILL_BE, "account_identifier": "ci@corp.example"}},
    }


def test_failures_among_many_say_what_was_done_and_what_not():
    steps = [Remove(OLD, Unwanted(OLD.key)), *(Create(Wanted(f"pattern-{number}", JANE)) for number in range(8))]
    texts = [f"Could not create pattern-{number + 1}." if number == 0 else f"Reason {number}." for number in range(7)]
    errors = [CloudAuthError(text, 500 + number, ["oops"]) for number, text in enumerate(texts)]
    step_results = [StepResult(steps[0], DONE, OLD), StepResult(steps[1], IDLE, NEW)]
    step_results += [StepResult(step, IDLE, None, error) for step, error in zip(steps[2:], errors)]

    result = RESULTS.of_set(plan_of(*steps), step_results)

    assert result["failed"] is True
    assert result["changed"] is True
    assert result["summary"] == {"created": 0, "replaced": 0, "removed": 1, "unchanged": 1, "failed": 7}
    assert result["http_status"] == 500
    assert result["errors"] == ["oops"]
    assert "lost_mappings" not in result
    first, *lines = result["msg"].split("\n")
    assert first.startswith("7 of the changes failed (0 created, 0 replaced, 1 removed, 1 unchanged);")
    assert lines[:2] == ["- Could not create pattern-1.", "- create pattern-2: Reason 1."]  # Each names its mapping.
    assert lines[-2:] == ["- create pattern-5: Reason 4.", "- and 2 more"]
    assert len(lines) == 6
    assert len(result["failed_mappings"]) == 7
    assert result["failed_mappings"][1] == {
        "arn_pattern": "pattern-2",
        "account_identifier": JANE,
        "operation": "create",
        "msg": "Reason 1.",
    }
    assert result["diff"] == {"before": {PATTERN: JANE}, "after": {}}


steps_of_many = st.lists(
    st.tuples(st.sampled_from(["create", "replace", "remove"]), st.sampled_from(["done", "idle", "failed", "unknown"]))
)
FATES = {"done": DONE, "idle": IDLE, "failed": IDLE, "unknown": UNKNOWN}


@given(steps_of_many, st.integers(0, 3))
def test_counts_add_up_and_the_diff_holds_what_changed(choices, unchanged):
    step_results = []
    for number, (kind, state) in enumerate(choices):
        old, want = AuthMapping(str(number), f"pattern-{number}", JANE, CI), Wanted(f"pattern-{number}", "new")
        step = {"create": Create(want), "replace": Replace(old, want), "remove": Remove(old, Unwanted(old.key))}[kind]
        error = CloudAuthError("It failed.") if state in ("failed", "unknown") else None
        step_results.append(StepResult(step, FATES[state], None, error))
    plan = plan_of(*(step_result.step for step_result in step_results), unchanged=[OLD] * unchanged)

    result = RESULTS.of_set(plan, step_results)

    assert sum(result["summary"].values()) == len(plan.steps) + unchanged
    for name in ("created", "replaced", "removed"):
        assert result["summary"][name] == len(result[name])
    assert result["summary"]["failed"] == len(result["failed_mappings"])
    done = {
        step_result.step.subject.key for step_result, (_kind, state) in zip(step_results, choices) if state == "done"
    }
    assert set(result["diff"]["before"]) | set(result["diff"]["after"]) == done
    assert result["changed"] is any(step_result.changed for step_result in step_results)
    assert result.get("failed", False) is (result["summary"]["failed"] > 0)


@pytest.mark.parametrize("kind", ["create", "replace", "remove", "fail"])
def test_a_thousand_changes_fit_into_an_event_of_a_controller(kind):
    step_results = []
    for number in range(1000):
        pattern = f"arn:aws:sts::{number:012}:assumed-role/terraform-runner-{number:04}/*"
        old = AuthMapping(CI, pattern, f"jane.doe-{number:04}@corp.example", CI)
        want = Wanted(pattern, f"service-{number:04}@corp.example")
        step = {"create": Create(want), "remove": Remove(old, Unwanted(old.key))}.get(kind, Replace(old, want))
        error = CloudAuthError("Datadog answered 500. " + "x" * 200, 500, ["oops"]) if kind == "fail" else None
        step_results.append(
            StepResult(step, IDLE if error else DONE, None if error else AuthMapping(CI, pattern, CI, CI), error)
        )
    plan = plan_of(*(step_result.step for step_result in step_results))
    arguments = [{"arn_pattern": step.subject.key, "account_identifier": CI} for step in plan.steps]

    event = {"res": RESULTS.of_set(plan, step_results), "invocation": {"module_args": {"mappings": arguments}}}

    assert len(json.dumps(event)) < 700_000


CLAIMS = {"sub": "repo:corp/x", "ref": "^main$"}


@pytest.mark.parametrize(
    ("kind", "key", "option"),
    [
        (AWS_INTAKE, PATTERN, {"arn_pattern": PATTERN}),
        (GITHUB_PERSONA, claim_matchers(CLAIMS), {"claim_matchers": CLAIMS}),
        (GITHUB_INTAKE, claim_matchers(CLAIMS), {"claim_matchers": CLAIMS}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_results_of_the_other_kinds(kind, key, option):
    account = {"account_identifier": JANE} if kind.has_account else {}
    old = AuthMapping("id-1", key, JANE, CI) if kind.has_account else AuthMapping("id-1", key)
    want = Wanted(key, JANE if kind.has_account else None)
    whole = {"id": "id-1", **option, **account, **({"account_uuid": CI} if kind.has_account else {})}
    results = Results(kind, label)
    brief = {**option, **account}

    created = results.of_one(plan_of(Create(want)), [StepResult(Create(want), DONE, old)])
    removed = results.of_set(
        plan_of(Remove(old, Unwanted(old.key))), [StepResult(Remove(old, Unwanted(old.key)), DONE, old)]
    )
    foretold = results.of_set(plan_of(Create(want)), [StepResult(Create(want), DONE)])
    failed = results.of_set(plan_of(Create(want)), [StepResult(Create(want), IDLE, None, CloudAuthError("No."))])

    assert created == {"changed": True, kind.name: whole, "diff": {"before": {}, "after": brief}}
    assert removed["removed"] == [whole]
    assert removed["diff"] == {"before": {str(key): JANE if kind.has_account else kind.title}, "after": {}}
    assert foretold["created"] == [brief]
    assert failed["failed_mappings"] == [{**brief, "operation": "create", "msg": "No."}]
    assert f"- create {key}: No." in failed["msg"]
