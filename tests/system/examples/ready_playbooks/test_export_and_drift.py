# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""export writes what apply takes; drift fails if anything differs."""

from __future__ import annotations

import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.ready_playbooks.lists import (
    EVIL,
    HALF_SHOWN,
    OWN_ALL,
    USER,
    WRONG,
    existing,
    records,
    write,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import every_kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    RUNNER,
    present,
    state_of,
    writes,
)
from datadog_sandbox import samples


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
    assert "Missing: 1. Mapped to another account: 1. Not in the list: 1." in run.output
    assert "(item=would replace)" in run.output
    assert not (play.folder / "cloud_auth_records").exists()


def test_drift_says_which_limit_stopped_it(sandbox, shipped):
    existing(sandbox)
    run = shipped("drift", mappings=WRONG, purge=True, max_removals=0)
    assert run.status == 2
    assert "but max_removals is 0" in run.output
    assert "differs from the list" not in run.output


def test_drift_fails_if_a_mapping_that_is_not_in_the_list_can_not_be_read_whole(sandbox, shipped):
    sandbox.add_fault(method="GET", path="/persona_mapping$", status=200, body=HALF_SHOWN, times=None)
    run = shipped("drift", mappings=[present(RUNNER, CI)], **OWN_ALL)
    assert run.status == 2
    assert "Datadog has mappings that can't be compared with the list. Not purged, because" in run.output
    assert f"the persona mapping of {EVIL}" in run.output.partition("fatal:")[2]
    assert shipped("drift", mappings=[present(RUNNER, CI)]).status == 0
    differs = shipped("drift", mappings=[present(RUNNER, LI)], **OWN_ALL).output.partition("fatal:")[2]
    assert "Mapped to another account: 1." in differs
    assert f"the persona mapping of {EVIL}" in differs
