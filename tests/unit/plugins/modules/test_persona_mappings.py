# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""persona_mappings: a whole set in one task, its guards, and what fails in part."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_UUID,
    MAPPINGS,
    OMAR,
    USERS,
    InProcess,
    mapping,
    role,
    run,
    wanted,
)

ELSEWHERE = role("runner", "210987654321")


def a_set(count, account=JANE, first=0):
    """So many wanted mappings."""
    return [wanted(role(f"runner-{number}"), account) for number in range(first, first + count)]


def listed(*accounts):
    """The list of the API with a mapping for each account, of the patterns of ``a_set``."""
    return {"data": [mapping(n, role(f"runner-{n}"), account) for n, account in enumerate(accounts)]}


def counts(ended):
    """The summary, less the zeros."""
    return {name: count for name, count in ended["summary"].items() if count}


def test_a_set_in_sync_costs_one_request(script):
    script.expect("GET", MAPPINGS, body=listed(*[JANE] * 50))

    ended = run("persona_mappings", script, {"mappings": a_set(50)})

    assert ended.result == {
        "changed": False,
        "summary": {"created": 0, "replaced": 0, "removed": 0, "unchanged": 50, "failed": 0},
        "created": [],
        "replaced": [],
        "removed": [],
        "failed_mappings": [],
        "diff": {"before": {}, "after": {}},
    }


@pytest.mark.parametrize("concurrency", [1, 8])
def test_all_kinds_of_changes_at_once(concurrency):
    api = InProcess(mappings=[*a_set(2), wanted(role("old"), OMAR), wanted(ELSEWHERE, OMAR)])
    wants = [*a_set(1), *a_set(1, CI_EMAIL, 1), *a_set(1, OMAR, 2)]

    ended = run("persona_mappings", api, {"mappings": wants, "purge": True, "concurrency": concurrency})

    now = {mapping["arn_pattern"]: mapping for mapping in api.sandbox.mappings()}
    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert ended["summary"] == {"created": 1, "replaced": 1, "removed": 2, "unchanged": 1, "failed": 0}
    assert ended["created"] == [now[role("runner-2")]]
    assert ended["replaced"] == [{**now[role("runner-1")], "previous_account_identifier": JANE}]
    assert [mapping["arn_pattern"] for mapping in ended["removed"]] == [role("old"), ELSEWHERE]
    assert ended["diff"] == {
        "before": {role("old"): OMAR, ELSEWHERE: OMAR, role("runner-1"): JANE},
        "after": {role("runner-1"): CI_EMAIL, role("runner-2"): OMAR},
    }
    assert api.mappings == {role("runner-0"): JANE, role("runner-1"): CI_UUID, role("runner-2"): OMAR}


def test_removals_come_before_creations():
    api = InProcess(mappings=[wanted(role("old"), OMAR)])

    run("persona_mappings", api, {"mappings": a_set(2), "purge": True, "concurrency": 32})

    assert api.writes == ["DELETE", "POST", "POST"]


def test_the_second_run_changes_nothing():
    api = InProcess()
    arguments = {"mappings": a_set(20, CI_EMAIL), "purge": True, "max_removals": 0}
    run("persona_mappings", api, arguments)
    api.sandbox.clear_requests()

    ended = run("persona_mappings", api, arguments)

    assert counts(ended) == {"unchanged": 20}
    assert [request.path for request in api.sandbox.requests] == [MAPPINGS, USERS]


def test_equal_entries_are_one():
    api = InProcess()

    ended = run("persona_mappings", api, {"mappings": [*a_set(2), *a_set(2, JANE.upper())]})

    assert counts(ended) == {"created": 2}


def test_absent_removes_the_patterns_that_are_there():
    api = InProcess(mappings=a_set(3))
    patterns = [{"arn_pattern": entry["arn_pattern"]} for entry in a_set(3, first=1)]

    ended = run("persona_mappings", api, {"mappings": patterns, "state": "absent"})

    assert counts(ended) == {"removed": 2}
    assert list(api.mappings) == [role("runner-0")]


def test_absent_with_an_account_removes_only_what_belongs_to_it():
    api = InProcess(mappings=[*a_set(1), *a_set(1, OMAR, 1), *a_set(1, CI_EMAIL, 2)])

    ended = run("persona_mappings", api, {"mappings": a_set(3, CI_EMAIL), "state": "absent"})

    assert counts(ended) == {"removed": 1}
    assert list(api.mappings) == [role("runner-0"), role("runner-1")]
    [warning] = ended.warnings
    assert f"{role('runner-0')} (mapped to {JANE})" in warning


def test_purge_only_in_some_aws_accounts():
    api = InProcess(mappings=[*a_set(2), wanted(ELSEWHERE, OMAR)])

    ended = run("persona_mappings", api, {"mappings": a_set(1), "purge": True, "purge_aws_accounts": ["123456789012"]})

    assert counts(ended) == {"removed": 1, "unchanged": 1}
    assert list(api.mappings) == [role("runner-0"), ELSEWHERE]


def test_purge_aws_accounts_does_nothing_without_purge():
    api = InProcess(mappings=a_set(2))

    ended = run("persona_mappings", api, {"mappings": a_set(1), "purge_aws_accounts": ["123456789012"]})

    assert counts(ended) == {"unchanged": 1}


def test_everything_can_be_purged_on_purpose():
    api = InProcess(mappings=a_set(3))

    ended = run("persona_mappings", api, {"mappings": [], "purge": True, "max_removals": 3})

    assert counts(ended) == {"removed": 3}
    assert not api.mappings


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mappings": a_set(3), "max_removals": 2, "purge": True}, ["3 existing mappings", "(2) or replaced (1)"]),
        ({"mappings": [], "max_removals": 4, "purge": True}, ["5 existing mappings", "max_removals: 4", "runner-4"]),
        ({"mappings": a_set(5, OMAR), "max_removals": 0}, ["2 existing mappings", "(0) or replaced (2)"]),
        ({"mappings": a_set(5), "max_removals": 1, "state": "absent"}, ["2 existing mappings", "runner-1"]),
        ({"mappings": a_set(3, OMAR), "replace": False}, [f"mapped to {JANE}, not to {OMAR}", "replace is false"]),
        ({"mappings": a_set(2, "x@corp.example")}, ["no account", "x@corp.example (for", "Nothing has been changed"]),
    ],
)
def test_guards_that_have_to_read_write_nothing(arguments, words, check):
    api = InProcess(mappings=[*a_set(2), *a_set(3, OMAR, 2)])

    ended = run("persona_mappings", api, arguments, check)

    assert ended.failed
    assert not api.writes
    for word in words:
        assert word in ended["msg"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("arguments", "option", "words"),
    [
        ({"mappings": [], "purge": True}, "mappings", ["list is empty", "max_removals"]),
        ({"mappings": [*a_set(7), *a_set(7, OMAR)]}, "mappings", ["one account only", "runner-4", "and 2 more"]),
        ({"mappings": [wanted("arn:aws:iam::123456789012:role/r", JANE)]}, "arn_pattern", ["IAM role", role("r")]),
        ({"mappings": [wanted(f"x{n}", JANE) for n in range(9)]}, "arn_pattern", ["x4 can match no", "and 4 more"]),
        ({"mappings": [{"arn_pattern": role("r")}]}, "mappings", ["number 1", role("r"), "no account_identifier"]),
        ({"mappings": [wanted(role("r"), " ")]}, "mappings", ["number 1", "no account_identifier"]),
        ({"mappings": [*a_set(1), wanted(" ", JANE)]}, "mappings", ["number 2", "empty arn_pattern"]),
        ({"mappings": [wanted("", JANE)], "state": "absent"}, "mappings", ["number 1", "empty arn_pattern"]),
        ({"mappings": [wanted(role("r"), "a b@corp.example")]}, "account_identifier", ["white space"]),
        ({"mappings": a_set(1), "purge": True, "state": "absent"}, "purge", ["state: present only"]),
        ({"mappings": a_set(1), "purge": True, "purge_aws_accounts": []}, "purge_aws_accounts", ["is empty"]),
        ({"mappings": a_set(1), "purge_aws_accounts": ["12345678901"]}, "purge_aws_accounts", ["12 digits"]),
        ({"mappings": a_set(1), "max_removals": -1}, "max_removals", ["-1 is not at least 0"]),
        ({"mappings": a_set(1), "concurrency": 0}, "concurrency", ["0 is not from 1 to 32"]),
        ({"mappings": a_set(1), "concurrency": 33}, "concurrency", ["33 is not from 1 to 32"]),
        ({"mappings": a_set(1), "wait_timeout": -1}, "wait_timeout", ["-1 is not at least 0"]),
    ],
)
def test_bad_options_send_nothing(script, arguments, option, words, check):
    ended = run("persona_mappings", script, arguments, check)

    assert ended.failed
    assert ended["msg"].startswith(f"{option}: ")
    for word in words:
        assert word in ended["msg"]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_one_failure_stops_no_other_change_and_the_next_run_does_the_rest(concurrency):
    api = InProcess(mappings=[*a_set(2), wanted(role("old"), OMAR)])
    api.fault(method="POST", contains="runner-3/", status=400, body={"errors": ["not now"]})
    [old] = [mapping["id"] for mapping in api.sandbox.mappings() if mapping["account_identifier"] == OMAR]
    api.fault(method="DELETE", path=old, status=403, body={"errors": ["not you"]})
    wants = [*a_set(1), *a_set(1, CI_EMAIL, 1), *a_set(3, first=2)]
    arguments = {"mappings": wants, "purge": True, "concurrency": concurrency}

    ended = run("persona_mappings", api, arguments)

    assert ended.failed
    assert ended["changed"] is True
    assert counts(ended) == {"created": 2, "replaced": 1, "unchanged": 1, "failed": 2}
    failures = {failure["operation"]: failure for failure in ended["failed_mappings"]}
    assert failures["create"]["arn_pattern"] == role("runner-3")
    assert failures["create"]["account_identifier"] == JANE
    assert "not now" in failures["create"]["msg"]
    assert failures["remove"]["arn_pattern"] == role("old")
    assert ended["msg"].startswith("2 of the changes failed (2 created, 1 replaced, 0 removed, 1 unchanged); ")
    assert "not now" in ended["msg"]
    assert "not you" in ended["msg"]
    assert ended["diff"] == {
        "before": {role("runner-1"): JANE},
        "after": {role("runner-1"): CI_EMAIL, role("runner-2"): JANE, role("runner-4"): JANE},
    }

    again = run("persona_mappings", api, arguments)

    assert counts(again) == {"created": 1, "removed": 1, "unchanged": 4}
    assert api.mappings == {**{role(f"runner-{n}"): JANE for n in range(5)}, role("runner-1"): CI_UUID}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_when_nobody_answers_any_more_the_rest_is_not_tried(concurrency):
    api = InProcess().fault(method="POST", lose="close", times=None)
    api.fault(skip=1, method="GET", lose="close", times=None)

    ended = run("persona_mappings", api, {"mappings": a_set(40), "retries": 0, "concurrency": concurrency})

    assert ended.failed
    assert ended["summary"]["failed"] == 40
    assert len([method for method in api.methods if method == "POST"]) < 10 + concurrency
    assert "Not tried" in ended["failed_mappings"][-1]["msg"]


def test_each_account_is_looked_up_once():
    api = InProcess(mappings=[*a_set(30, CI_EMAIL), *a_set(30, OMAR, 30)])
    wants = [*a_set(10, CI_EMAIL), *a_set(10, CI_EMAIL.upper(), 10), *a_set(40, JANE_UUID, 20)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 1, "replace": False})

    assert ended.failed  # 40 belong to another account.
    assert [request.path for request in api.sandbox.requests] == [MAPPINGS, USERS, USERS]
    assert not api.writes


def test_lost_mappings_are_listed():
    api = InProcess(mappings=a_set(3)).fault(method="POST", status=403, times=None)
    before = {mapping["arn_pattern"]: mapping for mapping in api.sandbox.mappings()}

    ended = run("persona_mappings", api, {"mappings": a_set(2, CI_EMAIL), "concurrency": 1})

    assert ended.failed
    assert ended["lost_mappings"] == [before[role("runner-0")], before[role("runner-1")]]
    assert ended["http_status"] == 403
    assert ended["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": 0, "failed": 2}


def test_a_thousand_changes_fit_into_an_event_of_automation_controller():
    wants = a_set(1000, CI_EMAIL)

    ended = run("persona_mappings", InProcess(), {"mappings": wants, "concurrency": 1})

    assert counts(ended) == {"created": 1000}
    assert len(str(wants)) + len(ended.output) < 700_000


def test_ten_thousand_mappings_in_sync_cost_one_request(script):
    script.expect("GET", MAPPINGS, body=listed(*[JANE] * 10_000))

    ended = run("persona_mappings", script, {"mappings": a_set(10_000), "purge": True}, check=True)

    assert counts(ended) == {"unchanged": 10_000}
