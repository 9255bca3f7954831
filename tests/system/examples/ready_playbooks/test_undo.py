# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""undo: each run that changed something is undone once, and nothing that somebody else has done since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.ready_playbooks.lists import (
    CHECK,
    NOT_INTEGRATED,
    OPS,
    OWN_ALL,
    USER,
    records,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import KINDS, every_kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    present,
    state_of,
    writes,
)
from datadog_sandbox import Sandbox, samples


def undone(folder: Path) -> list[str]:
    return [path.name.removesuffix(".undone") for path in folder.glob("cloud_auth_records/*.undone")]


def texts(mappings: list[dict[str, Any]]) -> list[str]:
    """Mappings in any order, to be compared."""
    return sorted(json.dumps(mapping, sort_keys=True) for mapping in mappings)


@every_kind
def test_undo_gives_back_what_was_taken_three_runs_ago(play, sandbox, shipped, kind):
    """The others change nothing, are refused, or can't log in: none overwrites the record."""
    for name, account in (("runner", CI), ("ops", OMAR)):
        sandbox.create_mapping(kind=str(kind), **kind.present(name, account))
    before = texts(kind.state(sandbox))
    wrong = {"kind": str(kind), "mappings": [kind.present("runner", LI), kind.present("jane", LI)]}
    assert shipped("apply", **wrong, **OWN_ALL).status == 0
    bad = texts(kind.state(sandbox))
    assert bad == texts(wrong["mappings"])
    (record,) = records(play.folder)
    kept = record.read_bytes()

    assert shipped("apply", **wrong, **OWN_ALL).status == 0
    nothing = {"kind": str(kind), "mappings": [], "purge": True}
    assert "2 mappings would be lost" in shipped("apply", **nothing, max_removals=1).output
    assert shipped("apply", **nothing, max_removals=9, environment={"DATADOG_HOST": sandbox.url}).status == 2
    assert (records(play.folder), texts(kind.state(sandbox))) == ([record], bad)

    dry = shipped("undo", *CHECK)
    assert (dry.status, texts(kind.state(sandbox)), undone(play.folder)) == (0, bad, [])
    assert "(item=would remove)" in dry.output
    run = shipped("undo")
    assert (run.status, texts(kind.state(sandbox))) == (0, before), run.output
    assert undone(play.folder) == [record.name]
    assert record.read_bytes() == kept

    sandbox.clear_requests()
    again = shipped("undo")
    assert (again.status, writes(sandbox), texts(kind.state(sandbox))) == (0, [], before)
    assert "There is nothing to undo" in again.output


@every_kind
def test_each_run_that_changes_something_is_undone_once_from_the_last_to_the_first(play, sandbox, shipped, kind):
    account = [LI] if kind.api.has_account else []
    lists = [[kind.present("one")], [kind.present("one", *account), kind.present("two")]]
    states = [kind.state(sandbox)]
    for wanted in lists:
        assert shipped("apply", kind=str(kind), mappings=wanted).status == 0
        states.append(kind.state(sandbox))
    assert len(records(play.folder)) == 2
    for expected in reversed(states[:-1]):
        run = shipped("undo")
        assert run.status == 0, run.output
        assert texts(kind.state(sandbox)) == texts(expected)
    assert "There is nothing to undo" in shipped("undo").output


def test_a_record_that_is_named_is_undone_and_only_once(play, sandbox, shipped):
    shipped("apply", mappings=[present(RUNNER, LI)])
    shipped("apply", mappings=[present(USER, LI)])
    first = str(records(play.folder)[0].relative_to(play.folder))
    assert shipped("undo", record=first).status == 0
    assert state_of(sandbox) == {USER: LI}
    assert "is undone already" in shipped("undo", record=first).output
    assert state_of(sandbox) == {USER: LI}


def test_undo_leaves_alone_the_records_of_other_kinds_and_organizations(play, sandbox, shipped):
    shipped("apply", mappings=[present(RUNNER, LI)])
    assert "There is nothing to undo" in shipped("undo", kind="intake").output
    with Sandbox(org_uuid="12345678-90ab-cdef-1234-567890abcdef") as other:
        assert "There is nothing to undo" in shipped("undo", environment=other.env).output
        named = shipped("undo", record=str(records(play.folder)[0]), environment=other.env)
        assert named.status == 2
        assert samples.ORG_UUID in named.output
        assert writes(other) == []
    assert state_of(sandbox) == {RUNNER: LI}


def test_undo_leaves_records_alone_if_it_is_not_known_which_organization_this_is(play, sandbox, shipped):
    """They may be of another one."""
    shipped("apply", mappings=[present(RUNNER, LI)])
    with Sandbox() as other:
        other.add_fault(path="/current_user$", status=403, body={"errors": ["No"]}, times=None)
        newest = shipped("undo", environment=other.env)
        assert newest.status == 2
        assert "Which records are of this organization can't be told: Could not read who" in newest.output
        named = shipped("undo", record=str(records(play.folder)[0]), environment=other.env)
        assert (named.status, writes(other)) == (2, [])
        assert "This is the organization unknown: Could not read who the credentials belong to" in named.output


def test_one_answer_that_is_missing_makes_no_organization_unknown(play, sandbox, shipped):
    for name, variables in (("apply", {"mappings": [present(RUNNER, LI)]}), ("undo", {})):
        sandbox.add_fault(path="/current_user$", status=503, times=1)
        assert shipped(name, **variables).status == 0
    (record,) = records(play.folder)
    assert json.loads(record.read_text())["organization"] == samples.ORG_UUID
    assert (state_of(sandbox), undone(play.folder)) == ({}, [record.name])


def test_a_record_of_an_unknown_organization_has_to_be_named(play, sandbox, shipped):
    sandbox.add_fault(path="/current_user$", status=403, body={"errors": ["No"]}, times=1)
    run = shipped("apply", mappings=[present(RUNNER, LI)])
    assert "does not say which organization it is of: Could not read who" in run.output
    (record,) = records(play.folder)
    assert record.name.endswith("_unknown.json")
    newest = shipped("undo")
    assert (newest.status, state_of(sandbox)) == (2, {RUNNER: LI})
    assert "name it in cloud_auth_record" in newest.output
    assert shipped("undo", record=str(record)).status == 0
    assert state_of(sandbox) == {}


def test_an_undo_that_fails_can_be_repeated(play, sandbox, shipped):
    sandbox.create_mapping(RUNNER, CI)
    shipped("apply", mappings=[present(USER, LI)], **OWN_ALL)
    sandbox.add_fault(method="POST", status=400, body={"errors": ["No"]}, times=None)
    assert shipped("undo").status == 2
    assert (undone(play.folder), state_of(sandbox)) == ([], {})
    sandbox.clear_faults()
    assert shipped("undo").status == 0
    assert state_of(sandbox) == {RUNNER: CI_UUID}


def keep_record(folder: Path, kind: str = "persona", **parts: list[dict[str, Any]]) -> Path:
    """A record as apply writes it."""
    lists = ("created", "replaced", "removed", "lost_mappings", "failed_mappings")
    whole = {"kind": kind, "organization": samples.ORG_UUID, **{name: parts.get(name, []) for name in lists}}
    (folder / "cloud_auth_records").mkdir()
    path = folder / f"cloud_auth_records/20261130T000000.000000Z_{kind}_localhost_{samples.ORG_UUID}.json"
    path.write_text(json.dumps(whole))
    return path


def failed(operation: str, mapping: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**mapping, "operation": operation, "msg": "It is not known whether it was done.", **more}


def test_what_failed_changes_may_have_written_is_undone_too(play, sandbox, shipped):
    """A removal that was executed, one that was not, a creation that was, and a replacement that left both."""
    new = sandbox.create_mapping(OPS, OMAR)
    sandbox.create_mapping(USER, LI)
    sandbox.create_mapping(NOT_INTEGRATED.replace("1" * 12, "123456789012"), CI)
    kept = NOT_INTEGRATED.replace("1" * 12, "123456789012")
    changes = [
        failed("remove", present(RUNNER, CI_UUID), before=present(RUNNER, CI_UUID)),
        failed("remove", present(kept, CI_UUID), before=present(kept, CI_UUID)),
        failed("create", present(USER, LI), created=present(USER, LI)),
        failed("replace", present(OPS, OMAR), before=present(OPS, LI), created={**present(OPS, OMAR), "id": new["id"]}),
        failed("create", present(NOT_INTEGRATED, LI)),
    ]
    record = keep_record(play.folder, failed_mappings=changes)
    run = shipped("undo")
    assert run.status == 0, run.output
    assert state_of(sandbox) == {RUNNER: CI_UUID, kept: CI_UUID, OPS: LI}
    assert undone(play.folder) == [record.name]


def test_undo_names_what_it_can_not_tell_and_does_not_mark_the_record(play, sandbox, shipped):
    """The creation may have led elsewhere, or somebody else has mapped it."""
    sandbox.create_mapping(USER, OMAR)
    keep_record(
        play.folder,
        removed=[present(RUNNER, CI_UUID)],
        failed_mappings=[failed("create", present(USER, LI), created=present(USER, LI))],
    )
    run = shipped("undo")
    assert (run.status, undone(play.folder)) == (2, [])
    assert state_of(sandbox) == {RUNNER: CI_UUID, USER: OMAR}
    assert f"{USER} is mapped, but not as the run was to map it. Look at it." in run.output
    sandbox.delete_mapping(USER)
    assert shipped("undo").status == 0
    assert len(undone(play.folder)) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.api.has_account], ids=str)
def test_of_two_mappings_of_one_key_undo_gives_back_the_first_and_names_the_other(play, sandbox, shipped, kind):
    taken = [kind.present("one", CI_UUID), kind.present("one", OMAR), kind.present("two", LI)]
    keep_record(play.folder, str(kind), removed=taken)
    run = shipped("undo")
    assert run.status == 0, run.output
    assert texts(kind.state(sandbox)) == texts([taken[0], taken[2]])
    assert f"had several mappings. It is given back to {CI_UUID}, not to {OMAR}." in run.output
    assert len(undone(play.folder)) == 1


def test_what_a_replacement_took_is_given_back_although_somebody_else_has_the_pattern_since(play, sandbox, shipped):
    sandbox.create_mapping(RUNNER, CI)
    # After the conflict and the removal, just before the second request that creates.
    theirs = {"create": {"arn_pattern": RUNNER, "account_identifier": OMAR}}
    sandbox.add_fault(method="POST", skip=1, change=[theirs])
    run = shipped("apply", mappings=[present(RUNNER, LI)])
    assert (run.status, state_of(sandbox)) == (2, {RUNNER: OMAR}), run.output
    (record,) = [json.loads(path.read_text()) for path in records(play.folder)]
    assert record["failed_mappings"][0]["before"]["account_identifier"] == CI_UUID
    run = shipped("undo")
    assert (run.status, state_of(sandbox)) == (0, {RUNNER: CI_UUID}), run.output
    assert len(undone(play.folder)) == 1
