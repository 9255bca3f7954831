# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that manage one mapping: it is made, kept, replaced and removed, and check mode tells so before."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    absent,
    assert_clear,
    present,
    state_of,
    task,
    writes,
)
from datadog_sandbox import Sandbox, samples

JANE = "jane.doe@corp.example"
JANE_UUID = "11111111-a0ae-11ed-88af-be56a8628f01"
USER = "arn:aws:iam::123456789012:user/jane"
DEPLOY = "arn:aws:sts::210987654321:assumed-role/deploy/*"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


def mapping(pattern: str, account: str) -> dict[str, str]:
    """A mapping, for the state of a sandbox."""
    return {"arn_pattern": pattern, "account_identifier": account}


def test_present_again_is_one_request_and_no_write(play, sandbox):
    run = play(task(present()), sandbox=sandbox)
    assert run.result["changed"]
    assert run.result["persona_mapping"] == sandbox.mappings()[0]
    assert run.result["diff"] == {"before": {}, "after": mapping(RUNNER, OMAR)}
    assert (run.status, "WARNING" in run.output) == (0, False)

    sandbox.clear_requests()
    again = play(task(present()), sandbox=sandbox).result
    assert not again["changed"]
    assert again["persona_mapping"] == run.result["persona_mapping"]
    assert [(request.method, request.path) for request in sandbox.requests] == [
        ("GET", "/api/v2/cloud_auth/aws/persona_mapping")
    ]


def test_one_account_however_it_is_written(play, sandbox):
    sandbox.set_state(mappings=[mapping(RUNNER, CI), mapping(USER, JANE)])
    in_sync = [
        (RUNNER, CI_UUID, 1),
        (RUNNER, CI_UUID.upper(), 1),
        (USER, JANE, 1),
        (USER, "Jane.Doe@Corp.example", 1),
        (USER, JANE_UUID.upper(), 1),
        (RUNNER, CI, 2),
        (RUNNER, "CI@corp.Example", 2),
        (USER, "jane.smith@corp.example", 2),
        (USER, "Jane.Smith@corp.example", 2),
    ]
    run = play(*(task(present(pattern, account)) for pattern, account, _requests in in_sync), sandbox=sandbox)
    assert [result["changed"] for result in run.results] == [False] * len(in_sync)
    assert sandbox.request_count == sum(requests for _pattern, _account, requests in in_sync)
    assert writes(sandbox) == []


def test_other_accounts_with_similar_names(play, sandbox):
    """Datadog's search finds parts of names, too."""
    sandbox.set_state(mappings=[mapping(RUNNER, CI), mapping(USER, JANE)])
    others = [(RUNNER, "luci@corp.example"), (USER, "mary-jane.doe@corp.example"), (USER, "jane.doe@corp.example.org")]
    run = play(*(task(present(*other), check_mode=True) for other in others), sandbox=sandbox)
    assert [result["changed"] for result in run.results] == [True] * len(others)
    assert [result["persona_mapping"]["account_identifier"] for result in run.results] == [other[1] for other in others]


def test_an_account_among_many_that_is_disabled(play):
    many = [{"email": f"x{number}.zoe@corp.example"} for number in range(250)]
    zoe = {"email": "zoe@corp.example", "handle": "zoe@old.example", "disabled": True}
    state = {"accounts": [*many, zoe], "mappings": [mapping(USER, "zoe@old.example")]}
    with Sandbox(**state) as sandbox:
        run = play(task(present(USER, "Zoe@corp.example")), sandbox=sandbox)
        assert not run.result["changed"]
        (warning,) = run.result["warnings"]
        assert warning.startswith("The Datadog account Zoe@corp.example is disabled: nobody can act as it at present.")
        assert [request.query.get("page[number]") for request in sandbox.requests] == [None, "0", "1", "2"]


def test_users_that_can_not_be_read(play, sandbox):
    sandbox.set_state(mappings=[mapping(RUNNER, CI)])
    keys = {"DD_APP_KEY": samples.NO_USERS_APP_KEY}
    unclear, clear = play(
        task(present(RUNNER, CI)), task(present(RUNNER, CI_UUID)), sandbox=sandbox, environment=keys
    ).results
    assert_clear(unclear, CI_UUID, "user_access_read", "Nothing has been changed")
    assert unclear["http_status"] == 403
    assert not clear["changed"]
    assert writes(sandbox) == []


def test_replacing(play, sandbox):
    sandbox.set_state(mappings=[mapping(RUNNER, OMAR)])
    refused, announced, unknown, replaced = play(
        task(present(RUNNER, CI, replace=False)),
        task(present(RUNNER, CI, replace=False), check_mode=True),
        task(present(RUNNER, "nobody@corp.example")),
        task(present(RUNNER, CI)),
        sandbox=sandbox,
    ).results
    assert_clear(refused, RUNNER, OMAR, "replace")
    assert refused["msg"] == announced["msg"]
    assert_clear(unknown, "nobody@corp.example", "Nothing has been changed")
    assert replaced["changed"]
    assert replaced["diff"]["before"] == mapping(RUNNER, OMAR)
    # The new mapping is created first, in case Datadog refuses it; here the pattern is taken.
    assert writes(sandbox) == ["POST", "DELETE", "POST"]
    assert sandbox.mappings() == [replaced["persona_mapping"]]
    assert state_of(sandbox) == {RUNNER: CI_UUID}


def test_absent(play, sandbox):
    sandbox.set_state(mappings=[mapping(RUNNER, OMAR), mapping(USER, JANE), mapping(DEPLOY, CI)])
    by_pattern, of_account, by_id = sandbox.mappings()
    results = play(
        task(absent(RUNNER)),
        task(absent(RUNNER)),
        task(absent(USER, account_identifier=LI)),
        task(absent(USER, account_identifier="Jane.Smith@corp.example")),
        task({"state": "absent", "id": by_id["id"]}),
        task({"state": "absent", "persona_mapping_id": by_id["id"]}),
        task(absent("any text")),
        sandbox=sandbox,
    ).results
    assert [result["changed"] for result in results] == [True, False, False, True, True, False, False]
    removed = [results[number]["persona_mapping"] for number in (0, 3, 4)]
    assert removed == [by_pattern, of_account, by_id]
    assert results[0]["diff"] == {"before": mapping(RUNNER, OMAR), "after": {}}
    assert "persona_mapping" not in results[1]
    assert USER in results[2]["warnings"][0]
    assert sandbox.mappings() == []
    assert len(writes(sandbox)) == 3


def test_check_mode_predicts_and_only_reads(play):
    tasks = [present(DEPLOY, CI), present(RUNNER, LI), present(RUNNER, LI), absent(USER), absent(USER)]
    state = {"mappings": [mapping(RUNNER, OMAR), mapping(USER, JANE)]}
    with Sandbox(seed=1, **state) as looked_at, Sandbox(seed=1, **state) as changed:
        # The third and the fifth find their work done, which check mode can't know.
        checks = [tasks[0], tasks[1], tasks[3]]
        predicted = play(*map(task, checks), sandbox=looked_at, options=("--check", "--diff")).results
        real = play(*map(task, tasks), sandbox=changed, options=("--diff",)).results
        assert {request.method for request in looked_at.requests} == {"GET"}
        assert looked_at.mappings()[0]["account_identifier"] == OMAR
        assert state_of(changed) == {DEPLOY: CI_UUID, RUNNER: LI}
    for check, done in zip(predicted, [real[0], real[1], real[3]], strict=True):
        assert check["changed"]
        assert done["changed"]
        assert check["diff"] == done["diff"]
        assert check["persona_mapping"]["arn_pattern"] == done["persona_mapping"]["arn_pattern"]
    assert predicted[0]["persona_mapping"] == {**mapping(DEPLOY, CI_UUID), "account_uuid": CI_UUID}
    assert predicted[2]["persona_mapping"] == real[3]["persona_mapping"]
    assert [real[2]["changed"], real[4]["changed"]] == [False, False]


def test_reading(play, sandbox):
    sandbox.set_state(mappings=[mapping(RUNNER, CI), mapping(DEPLOY, CI), mapping(USER, JANE)])
    runner, deploy, user = sandbox.mappings()
    questions = [
        ({}, [user, runner, deploy]),
        ({"id": user["id"]}, [user]),
        ({"arn_pattern": RUNNER}, [runner]),
        ({"account_identifier": "CI@corp.example"}, [runner, deploy]),
        ({"account_identifier": f" {CI}\n", "arn_pattern": f"{RUNNER}\n"}, [runner]),
        ({"caller_arn": "arn:aws:sts::123456789012:assumed-role/terraform-runner/session-1"}, [runner]),
        ({"account_identifier": CI, "caller_arn": USER}, []),
        ({"id": "00000000-0000-4000-8000-000000000000"}, []),
        ({"account_identifier": "cy@corp.example"}, []),
    ]
    asked = [task(arguments, "persona_mapping_info") for arguments, _found in questions]
    results = play(*asked, sandbox=sandbox).results
    assert [result["persona_mappings"] for result in results] == [found for _arguments, found in questions]
    assert not any(result["changed"] for result in results)
    assert "no account with the email, handle or ID cy@corp.example" in results[-1]["warnings"][0]
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_accounts_of_aws_that_datadog_knows_only_later(play, sandbox):
    def integrate(running):
        running.merge_state(aws_accounts={"210987654321": 1.5})

    sandbox.merge_state(aws_accounts={"210987654321": False})
    sandbox.add_fault(method="POST", change=integrate)
    never = "arn:aws:sts::111111111111:assumed-role/x/*"
    later, given_up, not_waited = play(
        task(present(DEPLOY)),
        task(present(never, wait_timeout=1)),
        task(present(never, wait_timeout=0)),
        sandbox=sandbox,
    ).results
    assert later["changed"]
    assert_clear(given_up, "111111111111", "AWS Account Id is not integrated with this Datadog account", "Integrate")
    assert given_up["http_status"] == 400
    assert given_up["msg"] == not_waited["msg"]
    tried = [request.json["data"]["attributes"]["arn_pattern"] for request in sandbox.requests if request.body]
    assert tried.count(DEPLOY) > 1
    assert tried.count(never) > 2
    assert tried[-2] == never  # the waiting one's last; the last is the only one of the task that doesn't wait
    assert state_of(sandbox) == {DEPLOY: OMAR}


def test_reads_that_lag(play):
    """The next task sees what this one has written."""
    with Sandbox(list_lag=2) as sandbox:
        results = play(task(present()), task(present()), task(absent()), task(absent()), sandbox=sandbox).results
        assert [result["changed"] for result in results] == [True, False, True, False]
        assert writes(sandbox) == ["POST", "DELETE"]
