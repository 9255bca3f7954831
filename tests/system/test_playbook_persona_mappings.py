# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that manage a whole set of mappings: only differences are written, guards hold, failures are partial."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    NAMESPACE,
    OMAR,
    assert_clear,
    present,
    state_of,
    task,
    writes,
)
from datadog_sandbox import Sandbox

MANY = "persona_mappings"


def role(name: str, aws_account: str = "123456789012") -> str:
    """The pattern of all sessions of a role."""
    return f"arn:aws:sts::{aws_account}:assumed-role/{name}/*"


A, B, C, D = map(role, "abcd")
ELSEWHERE = role("a", "210987654321")


@pytest.fixture
def sandbox():
    with Sandbox(mappings=[present(A, CI), present(B, OMAR), present(C, OMAR), present(ELSEWHERE, LI)]) as running:
        yield running


def counts(**given: int) -> dict[str, int]:
    """A summary."""
    return {"created": 0, "replaced": 0, "removed": 0, "unchanged": 0, "failed": 0, **given}


def test_only_differences_are_written_as_check_mode_tells(play, sandbox):
    arguments = {
        "mappings": [present(A, CI), present(B, LI), present(D, CI)],
        "purge": True,
        "purge_aws_accounts": ["123456789012"],
        "max_removals": 2,
    }
    predicted = play(task(arguments, MANY), sandbox=sandbox, options=("--check", "--diff")).result
    assert {request.method for request in sandbox.requests} == {"GET"}

    real, again = play(task(arguments, MANY), task(arguments, MANY), sandbox=sandbox, options=("--diff",)).results
    assert predicted["changed"]
    assert real["changed"]
    assert predicted["summary"] == real["summary"] == counts(created=1, replaced=1, removed=1, unchanged=1)
    assert (
        predicted["diff"]
        == real["diff"]
        == {
            "before": {B: OMAR, C: OMAR},
            "after": {B: LI, D: f"{CI} ({CI_UUID})"},
        }
    )
    for kind in ("created", "replaced", "removed"):
        assert [entry["arn_pattern"] for entry in predicted[kind]] == [entry["arn_pattern"] for entry in real[kind]]
    assert real["replaced"][0]["previous_account_identifier"] == OMAR
    assert predicted["removed"] == real["removed"]
    # The replacement tries to create the new mapping first.
    assert sorted(writes(sandbox)) == ["DELETE", "DELETE", "POST", "POST", "POST"]
    assert state_of(sandbox) == {A: CI_UUID, B: LI, D: CI_UUID, ELSEWHERE: LI}
    assert not again["changed"]
    assert again["summary"] == counts(unchanged=3)


def test_guards_stop_before_the_first_write(play, sandbox):
    before = sandbox.mappings()
    wrong = [
        ({"mappings": [], "purge": True}, ["mappings", "max_removals"]),
        (
            {"mappings": [present(A, CI)], "purge": True, "max_removals": 2},
            ["3 mappings would be lost (3 removed, 0 replaced)", "but max_removals is 2"],
        ),
        ({"mappings": [present(B, LI), present(C, LI)], "max_removals": 1}, ["2 mappings would be lost"]),
        ({"mappings": [present(D, CI), present(B, LI)], "replace": False}, [B, OMAR, "replace is false"]),
        ({"mappings": [present(D, CI), present(D, OMAR)]}, [D, CI, OMAR, "one account only"]),
        ({"mappings": [present(D, CI), present("arn:aws:iam::123456789012:role/x")]}, ["assumed-role/x/*"]),
        ({"mappings": [present(D, CI), present(B, "nobody@corp.example")]}, ["nobody@corp.example"]),
        ({"mappings": [present(D)], "purge": True, "purge_aws_accounts": [123]}, ["purge_aws_accounts", "12 digits"]),
    ]
    results = play(*(task(arguments, MANY) for arguments, _words in wrong), sandbox=sandbox).results
    for result, (_arguments, words) in zip(results, wrong, strict=True):
        assert_clear(result, *words)
        assert not result["changed"]
    assert writes(sandbox) == []
    assert sandbox.mappings() == before


def test_everything_can_be_purged_if_that_is_said(play, sandbox):
    result = play(task({"mappings": [], "purge": True, "max_removals": 4}, MANY), sandbox=sandbox).result
    assert result["summary"] == counts(removed=4)
    assert sandbox.mappings() == []


def test_absent(play, sandbox):
    arguments = {
        "state": "absent",
        "mappings": [{"arn_pattern": A}, {"arn_pattern": D}, present(B, CI), present(C, OMAR)],
    }
    first, second = play(task(arguments, MANY), task(arguments, MANY), sandbox=sandbox).results
    assert first["summary"]["removed"] == 2
    assert B in first["warnings"][0]
    assert not second["changed"]
    assert state_of(sandbox) == {B: OMAR, ELSEWHERE: LI}


def test_after_a_partial_failure_the_next_run_does_the_rest(play, sandbox):
    never = role("x", "111111111111")
    wanted = [present(B, LI), present(never, CI), present(D, CI), present(role("e"), CI)]
    arguments = {"mappings": wanted, "purge": True, "wait_timeout": 0, "retries": 0}
    sandbox.add_fault(method="POST", contains=D, status=403, body={"errors": ["Forbidden"]})
    sandbox.add_fault(method="POST", contains=LI, status=400, body={"errors": [{"title": "Bad Request"}]})
    first = play(task(arguments, MANY), sandbox=sandbox).result
    assert_clear(first, "3 of the changes failed", "1 created", "3 removed", D, B)
    assert first["changed"]
    assert first["summary"] == counts(created=1, removed=3, failed=3)
    assert {failed["arn_pattern"]: failed["operation"] for failed in first["failed_mappings"]} == {
        B: "replace",
        D: "create",
        never: "create",
    }
    assert state_of(sandbox) == {B: OMAR, role("e"): CI_UUID}

    sandbox.merge_state(aws_accounts={"111111111111": True})
    second, third = play(task(arguments, MANY), task(arguments, MANY), sandbox=sandbox).results
    assert second["summary"] == counts(created=2, replaced=1, unchanged=1)
    assert not third["changed"]
    assert state_of(sandbox) == {B: LI, D: CI_UUID, never: CI_UUID, role("e"): CI_UUID}


def test_from_the_roles_of_aws_to_mappings(play, sandbox):
    """As amazon.aws.iam_role_info returns them; the filter and the test run on the controller."""
    role_to_pattern, matched_by = f"{NAMESPACE}.role_arn_to_pattern", f"{NAMESPACE}.matched_by_pattern"
    arn = "arn:aws:iam::123456789012:role/team/"
    variables = {
        "roles": [
            {"arn": f"{arn}b", "tags": {"datadog_account": LI}},
            {"arn": f"{arn}d", "tags": {"datadog_account": CI}},
        ],
        "patterns": f"{{{{ roles | map(attribute='arn') | map('{role_to_pattern}') }}}}",
        "accounts": "{{ roles | map(attribute='tags.datadog_account') }}",
        "wanted": (
            "{{ dict(patterns | zip(accounts)) | dict2items(key_name='arn_pattern', value_name='account_identifier') }}"
        ),
        "caller": "arn:aws:sts::123456789012:assumed-role/d/session",
    }
    matching = [f"caller is {matched_by}(wanted[1].arn_pattern)", f"caller is not {matched_by}(wanted[0].arn_pattern)"]
    user = f"{{{{ 'arn:aws:iam::123456789012:user/x' | {role_to_pattern} }}}}"
    applied, matched, refused = play(
        task({"mappings": "{{ wanted }}"}, MANY),
        task({"that": matching}, "ansible.builtin.assert"),
        task({"mappings": [present(user)]}, MANY),
        sandbox=sandbox,
        vars=variables,
    ).results
    assert applied["summary"] == counts(created=1, replaced=1)
    assert state_of(sandbox) == {A: CI_UUID, B: LI, C: OMAR, D: CI_UUID, ELSEWHERE: LI}
    assert not matched["failed"], matched
    assert refused["failed"]
    assert "arn:aws:iam::123456789012:user/x" in refused["msg"]


def test_a_large_set_under_a_rate_limit(play):
    wanted = [present(role(f"r{number}"), CI) for number in range(60)]
    with Sandbox(rate_limit=(40, 1)) as sandbox:
        first, second = play(*[task({"mappings": wanted, "concurrency": 4}, MANY)] * 2, sandbox=sandbox).results
        assert first["summary"] == counts(created=60)
        assert second["summary"] == counts(unchanged=60)
        assert len(sandbox.mappings()) == 60
        assert sum(request.status == 429 for request in sandbox.requests) < 5
