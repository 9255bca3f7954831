# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apply: what it changes or loses is in its record, whatever becomes of the run."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.ready_playbooks.lists import (
    CHECK,
    NOT_INTEGRATED,
    OPS,
    OWN_ALL,
    USER,
    WRONG,
    existing,
    records,
    write,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    collections_path,
    present,
    state_of,
    writes,
)


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
