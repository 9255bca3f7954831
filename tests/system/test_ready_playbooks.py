# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that the collection ships, run by their full names: export, apply, drift and undo."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import KINDS, every_kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    Run,
    collections_path,
    present,
    state_of,
    writes,
)
from datadog_sandbox import Sandbox, samples

pytestmark = pytest.mark.jobs

OPS = "arn:aws:iam::210987654321:user/ops/*"
USER = "arn:aws:iam::123456789012:user/jane"
NOT_INTEGRATED = "arn:aws:sts::111111111111:assumed-role/deploy/*"
CHECK = ("--check",)


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def shipped(play, sandbox):
    """Runs a shipped playbook, in a folder of its own, with these variables."""

    def run(name: str, *options: str, environment: dict[str, str] | None = None, **variables: Any) -> Run:
        given = {f"cloud_auth_{variable}": value for variable, value in variables.items()}
        arguments = (*options, "-e", json.dumps(given))
        playbook = Path(f"datadog_community.cloud_auth.{name}")
        return play.start_file(playbook, arguments, sandbox.env if environment is None else environment).end()

    return run


def write(folder: Path, entries: Any, name: str = "mappings.yml") -> str:
    (folder / name).write_text(yaml.safe_dump(entries))
    return name


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("cloud_auth_records/*.json"))


def undone(folder: Path) -> list[str]:
    return [path.name.removesuffix(".undone") for path in folder.glob("cloud_auth_records/*.undone")]


def texts(mappings: list[dict[str, Any]]) -> list[str]:
    """Mappings in any order, to be compared."""
    return sorted(json.dumps(mapping, sort_keys=True) for mapping in mappings)


def existing(sandbox: Sandbox) -> list[dict[str, str]]:
    sandbox.create_mapping(RUNNER, CI)
    sandbox.create_mapping(OPS, OMAR)
    return [present(RUNNER, CI_UUID), present(OPS, OMAR)]


WRONG = [present(RUNNER, LI), present(USER, LI)]
OWN_ALL = {"purge": True, "max_removals": 2}


# ---- undo


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


# ---- apply


def test_a_run_that_fails_halfway_keeps_its_record(play, sandbox, shipped):
    run = shipped("apply", mappings=[present(USER, LI), present(NOT_INTEGRATED, LI)])
    assert run.status == 2
    assert "111111111111 with Datadog first" in run.output
    (record,) = [json.loads(path.read_text()) for path in records(play.folder)]
    assert [mapping["arn_pattern"] for mapping in record["created"]] == [USER]
    assert [mapping["arn_pattern"] for mapping in record["failed_mappings"]] == [NOT_INTEGRATED]
    assert shipped("undo").status == 0
    assert state_of(sandbox) == {}


def test_what_a_failed_replacement_has_lost_is_recorded_and_put_back(play, sandbox, shipped):
    """The module itself tries for five minutes; so the tasks of apply are given its result here."""
    lost = {**present(RUNNER, LI), "id": "6f2e0a4e-3f7c-4f6b-9a53-0c5f0f3a7a11", "account_uuid": CI_UUID}
    result = {"changed": False, "failed": True, "msg": "1 of the changes failed.", "lost_mappings": [lost]}
    tasks = Path(collections_path(), "ansible_collections/datadog_community/cloud_auth/playbooks/tasks")
    steps = [
        {"name": "Result", "ansible.builtin.set_fact": {"_cloud_auth_result": result}},
        *(
            {"name": name, "ansible.builtin.include_tasks": f"{tasks}/{name}.yml"}
            for name in ("record_dir", "record", "restore")
        ),
    ]
    assert play(*steps, sandbox=sandbox).status == 0
    assert state_of(sandbox) == {RUNNER: LI}
    (record,) = [json.loads(path.read_text()) for path in records(play.folder)]
    assert record["lost_mappings"] == [lost]
    sandbox.delete_mapping(RUNNER)
    assert shipped("undo").status == 0
    assert state_of(sandbox) == {RUNNER: LI}


def test_what_somebody_else_has_mapped_since_is_not_restored(play, sandbox):
    """No record would have what that takes. What else was lost is restored all the same."""
    ids = {"id": "6f2e0a4e-3f7c-4f6b-9a53-0c5f0f3a7a11", "account_uuid": CI_UUID}
    lost = [{**present(RUNNER, CI), **ids}, {**present(OPS, CI), **ids}]
    sandbox.create_mapping(RUNNER, OMAR)
    result = {"changed": True, "failed": True, "msg": "2 of the changes failed.", "lost_mappings": lost}
    tasks = Path(collections_path(), "ansible_collections/datadog_community/cloud_auth/playbooks/tasks")
    given = {"name": "Result", "ansible.builtin.set_fact": {"_cloud_auth_result": result}}
    restore = {"name": "restore", "ansible.builtin.include_tasks": f"{tasks}/restore.yml"}
    run = play(given, restore, sandbox=sandbox)
    assert run.status == 0
    assert state_of(sandbox) == {RUNNER: OMAR, OPS: CI_UUID}
    assert f"Not restored, because somebody else has mapped it meanwhile: {RUNNER} is mapped to {OMAR}" in run.output


def test_check_mode_shows_what_would_change_and_leaves_nothing_behind(play, sandbox, shipped):
    existing(sandbox)
    before = state_of(sandbox)
    run = shipped("apply", *CHECK, "--diff", mappings=WRONG, **OWN_ALL)
    assert (run.status, writes(sandbox), state_of(sandbox)) == (0, [], before)
    assert not (play.folder / "cloud_auth_records").exists()
    assert "(item=would replace)" in run.output
    assert f'-    "{OPS}": "{OMAR}"' in run.output


def test_a_guard_says_that_nothing_was_changed(play, sandbox, shipped):
    existing(sandbox)
    run = shipped("apply", mappings=WRONG, purge=True, max_removals=1)
    assert (run.status, writes(sandbox), records(play.folder)) == (2, [], [])
    assert re.search(r'"msg": "Nothing was changed. .*but max_removals is 1', run.output)
    assert "(item=would remove)" in run.output
    assert "(item=remove)" not in run.output


def test_nothing_is_written_if_no_record_could_be_kept(play, sandbox, shipped):
    (play.folder / "file").write_text("")
    run = shipped("apply", mappings=WRONG, record_dir="file/records")
    assert (run.status, writes(sandbox)) == (2, [])


def test_records_of_one_second_do_not_get_in_each_others_way(play, sandbox, shipped):
    write(play.folder, [present(RUNNER, LI)])
    for number in range(2):
        shipped("apply", mappings=[present(f"{USER}{number}", LI)])
    names = [path.name for path in records(play.folder)]
    assert len(set(names)) == 2
    assert all(re.match(r"\d{8}T\d{6}\.\d{6}Z_persona_localhost_", name) for name in names)


# ---- export and drift


@every_kind
def test_apply_takes_what_export_writes_as_it_stands(play, sandbox, shipped, kind):
    for name in ("one", "two"):
        sandbox.create_mapping(kind=str(kind), **kind.present(name, CI))
    run = shipped("export", kind=str(kind), file="exported.yml")
    assert run.status == 0, run.output
    text = (play.folder / "exported.yml").read_text()
    assert len(yaml.safe_load(text)) == 2
    assert text.count(f'"{CI_UUID}"  # {CI}, CI') == (2 if kind.api.has_account else 0)
    same = {"kind": str(kind), "file": "exported.yml", "purge": True, "max_removals": 0}
    sandbox.clear_requests()
    assert shipped("drift", **same).status == 0
    assert shipped("apply", **same).status == 0
    assert (writes(sandbox), records(play.folder)) == ([], [])


def test_no_name_in_datadog_can_break_out_of_its_comment(play, sandbox, shipped):
    name = "x\n- arn_pattern: y\u2028\u0085\u202e{{ 7 * 7 }} Zoë"
    sandbox.merge_state(accounts=[{"email": "zoe@corp.example", "name": name, "service_account": True}])
    sandbox.create_mapping(RUNNER, "zoe@corp.example")
    assert shipped("export", file="exported.yml").status == 0
    text = (play.folder / "exported.yml").read_text()
    assert len(yaml.safe_load(text)) == 1
    assert "# zoe@corp.example, x - arn_pattern: y {{ 7 * 7 }} Zoë" in text


def test_an_export_without_mappings_is_an_empty_list_and_keeps_the_file_that_was_there(play, shipped):
    write(play.folder, [present(RUNNER, LI)])
    assert shipped("export", file="mappings.yml").status == 0
    assert yaml.safe_load((play.folder / "mappings.yml").read_text()) == []
    (kept,) = play.folder.glob("mappings.yml.*~")
    assert yaml.safe_load(kept.read_text()) == [present(RUNNER, LI)]


def test_an_export_without_the_permission_to_read_users_has_no_names(play, sandbox, shipped):
    sandbox.create_mapping(RUNNER, CI)
    keys = {**sandbox.env, "DD_APP_KEY": samples.NO_USERS_APP_KEY}
    assert shipped("export", file="mappings.yml", environment=keys).status == 0
    assert yaml.safe_load((play.folder / "mappings.yml").read_text()) == [present(RUNNER, CI_UUID)]


def test_drift_fails_if_something_differs_and_changes_nothing(play, sandbox, shipped):
    existing(sandbox)
    before = state_of(sandbox)
    write(play.folder, [present(RUNNER, LI), present(USER, LI)])
    run = shipped("drift", file="mappings.yml", **OWN_ALL)
    assert (run.status, writes(sandbox), state_of(sandbox)) == (2, [], before)
    assert (
        "1 of its mappings are missing, 1 lead to another account, and 1 of Datadog's are not in the list" in run.output
    )
    assert "(item=would replace)" in run.output
    assert not (play.folder / "cloud_auth_records").exists()


def test_drift_says_which_limit_stopped_it(sandbox, shipped):
    existing(sandbox)
    run = shipped("drift", mappings=WRONG, purge=True, max_removals=0)
    assert run.status == 2
    assert "but max_removals is 0" in run.output
    assert "differs from the list" not in run.output


def listed(*mappings: dict[str, Any]) -> dict[str, Any]:
    """A list of persona mappings, which need not be as they should."""
    known = {"account_uuid": CI_UUID, "account_identifier": CI_UUID}
    entries = [
        {"id": f"6f2e0a4e-3f7c-4f6b-9a53-0c5f0f3a7a{number:02}", "type": "any", "attributes": {**known, **mapping}}
        for number, mapping in enumerate(mappings)
    ]
    return {"data": entries}


EVIL = "arn:aws:sts::123456789012:assumed-role/evil/*"
HALF_SHOWN = listed({"arn_pattern": RUNNER}, {"arn_pattern": EVIL, "account_identifier": None, "account_uuid": None})


def test_drift_fails_if_a_mapping_that_is_not_in_the_list_can_not_be_read_whole(sandbox, shipped):
    sandbox.add_fault(method="GET", path="/persona_mapping$", status=200, body=HALF_SHOWN, times=None)
    run = shipped("drift", mappings=[present(RUNNER, CI)], **OWN_ALL)
    assert run.status == 2
    assert "Datadog has mappings that can't be compared with the list. Not purged, because" in run.output
    assert f"the persona mapping of {EVIL}" in run.output.partition("fatal:")[2]
    assert shipped("drift", mappings=[present(RUNNER, CI)]).status == 0
    differs = shipped("drift", mappings=[present(RUNNER, LI)], **OWN_ALL).output.partition("fatal:")[2]
    assert "1 lead to another account" in differs
    assert f"the persona mapping of {EVIL}" in differs


# ---- report


def everything(sandbox: Sandbox) -> None:
    """Mappings of all kinds; the sandbox has none of those that can only be read."""
    sandbox.create_mapping(RUNNER, CI)
    sandbox.create_mapping("arn:aws:iam::123456789012:user/peter", "peter.gone@corp.example")
    sandbox.create_mapping(OPS, kind="intake")
    matchers = {"sub": "repo:corp/app:ref:refs/heads/main"}
    sandbox.create_mapping(kind="github_persona", claim_matchers=matchers, account_identifier=CI)
    sandbox.create_mapping(kind="github_intake", claim_matchers=matchers)
    answers = {
        "terraform/persona_mapping": {"sub_pattern": "organization:*:project:*:workspace:*:run_phase:*"},
        "oidc/persona_mapping": {"provider_id": "p", "identity_pattern": "project_path:corp/infra:*"},
        "oidc/provider": {"provider_name": "gitlab", "issuer_url": "https://gitlab.example"},
    }
    for place, attributes in answers.items():
        known = {"account_uuid": CI_UUID, "account_identifier": CI_UUID} if "mapping" in place else {}
        entry = {"id": "p", "type": "any", "attributes": {**known, **attributes}}
        sandbox.add_fault(path=f"/wif/{place}$", status=200, body={"data": [entry]}, times=None)


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_the_report_shows_all_ways_in(play, sandbox, shipped, name):
    everything(sandbox)
    run = shipped("report", report=name)
    assert run.status == 0, run.output
    text = unescape((play.folder / name).read_text())
    assert text.startswith("<!DOCTYPE html>" if name.endswith("html") else "# Who may act")
    for words in (
        RUNNER,
        f"{CI}",
        "peter.gone@corp.example",
        OPS,
        "sub: repo:corp/app:ref:refs/heads/main",
        "It matches the workspaces of every organization of HCP Terraform",
        "project_path:corp/infra:*",
        "OIDC provider gitlab",
        samples.ORG_UUID,
    ):
        assert words in text
    assert "What could not be read" not in text


def test_the_report_says_what_could_not_be_read(play, sandbox, shipped):
    sandbox.create_mapping(RUNNER, CI)
    keys = {**sandbox.env, "DD_APP_KEY": samples.NO_USERS_APP_KEY}
    assert shipped("report", report="report.md", environment=keys).status == 0
    text = unescape((play.folder / "report.md").read_text())
    unread = text.partition("## What could not be read")[2].partition("\n## ")[0]
    assert "- Names, states and roles of accounts: " in unread
    assert "user_access_read" in unread
    assert "State: not known" in text


def test_the_report_says_what_could_not_be_read_whole(play, sandbox, shipped):
    sandbox.add_fault(method="GET", path="/aws/persona_mapping$", status=200, body=HALF_SHOWN, times=None)
    entries = {"data": [{"type": "any", "attributes": {}}]}
    sandbox.add_fault(method="GET", path="/wif/terraform/persona_mapping$", status=200, body=entries, times=None)
    run = shipped("report", report="report.md")
    assert run.status == 0, run.output
    text = unescape((play.folder / "report.md").read_text())
    unread = text.partition("## What could not be read")[2].partition("\n## ")[0]
    assert "- Mappings of AWS identities to accounts: Datadog does not show all of the persona mapping of" in unread
    assert "- Mappings of HCP Terraform workspaces to accounts: 1 entries of Datadog's list of" in unread


def test_there_is_no_report_if_nothing_could_be_read(play, sandbox, shipped):
    keys = {**sandbox.env, "DD_APP_KEY": samples.NO_PERMISSIONS_APP_KEY}
    run = shipped("report", report="report.md", environment=keys)
    assert (run.status, (play.folder / "report.md").exists()) == (2, False)
    assert "answered 403" in run.output


# ---- variables

# By playbook: what is wrong with the variables of a host, and what the playbook says.
PROBLEMS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "apply": [
        ({}, "Give the list in cloud_auth_file"),
        ({"file": "mappings.yml", "mappings": []}, "not in both"),
        ({"file": "nowhere.yml"}, "there is no file"),
        ({"file": "broken.yml"}, "can't be read as YAML or JSON"),
        ({"file": "dictionary.yml"}, "It holds a dictionary"),
        ({"file": "empty.yml"}, "a list without mappings is []"),
        ({"file": "."}, "there is no file"),
        ({"mappings": "[{"}, "cloud_auth_mappings can't be read as YAML or JSON: while parsing"),
        ({"mappings": [], "record_dir": "mappings.yml"}, "mappings.yml is not a folder. Nothing was changed"),
        ({"mappings": [], "kind": "personas"}, "must be one of persona, intake"),
        ({"mappings": [], "max_removal": 5}, "There is no variable cloud_auth_max_removal"),
        ({"mappings": [], "purge": True}, "so it needs cloud_auth_max_removals"),
        ({"mappings": [], "purge": True, "max_removals": ""}, "cloud_auth_max_removals must be a whole number"),
        ({"mappings": [], "purge": "perhaps"}, "must be true or false, not perhaps"),
        ({"mappings": [], "purge_aws_accounts": ["123456789012"]}, "which is not true"),
        (
            {"mappings": [], "kind": "github_intake", "purge_aws_accounts": ["123456789012"], **OWN_ALL},
            "belong to no AWS account",
        ),
    ],
    "export": [
        ({}, "for example mappings.yml"),
        ({"file": "nowhere/mappings.yml"}, "there is no folder"),
        ({"file": "."}, "is a folder"),
        ({"file": "same.yml"}, "several hosts would write the same file"),
        ({"file": "same.yml"}, "several hosts would write the same file"),
    ],
    "report": [
        ({}, "for example report.html or report.md"),
        (
            {"report": "report.pdf"},
            "the report is Markdown, or HTML if the name ends in .html; report.pdf would be neither",
        ),
    ],
    "undo": [
        ({}, "there is no folder"),
        ({"record": "nowhere.json"}, "there is no file"),
        ({"record": "broken.yml"}, "is not a record that apply has written"),
        ({"record": "."}, "there is no file"),
        ({"record_dir": "mappings.yml"}, "there is no folder"),
    ],
}


@pytest.mark.parametrize("playbook", PROBLEMS)
def test_variables_that_are_missing_or_wrong_are_told(play, sandbox, shipped, playbook):
    """Each problem is that of a host, so that all of them are told in one run."""
    write(play.folder, [])
    write(play.folder, {"persona_mappings": []}, "dictionary.yml")
    (play.folder / "broken.yml").write_text("- a: b: c\n")
    (play.folder / "empty.yml").write_text("---\n")
    hosts = {
        f"host{number}": {f"cloud_auth_{name}": value for name, value in variables.items()}
        for number, (variables, _words) in enumerate(PROBLEMS[playbook])
    }
    local = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "datadog_api_key": sandbox.env["DD_API_KEY"],
        "datadog_app_key": sandbox.env["DD_APP_KEY"],
    }
    (play.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": local}}))
    run = shipped(playbook, "-i", "hosts.json", *CHECK, hosts="all")
    assert run.status == 2
    told = dict(re.findall(r"^fatal: \[(host\d+)\].*?\"msg\": (.*)$", run.output, re.MULTILINE))
    assert told.keys() == hosts.keys()
    for number, (_variables, words) in enumerate(PROBLEMS[playbook]):
        assert words in told[f"host{number}"]
    assert writes(sandbox) == []


def test_a_host_that_does_not_exist_is_no_success(shipped):
    run = shipped("drift", mappings=[], hosts="nobody")
    assert run.status == 2
    assert "no host of the inventory is called nobody" in run.output
