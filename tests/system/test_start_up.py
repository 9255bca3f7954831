# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task loads: Ansible has every file compiled in each task, so a run that changes nothing loads few."""

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, RUNNER, absent, present, task
from datadog_sandbox import Sandbox

SCRIPT = """\
#!/bin/sh
exec '{python}' -X importtime "$@" 2>>'{notes}'
"""
IMPORTED = re.compile(r"\.cloud_auth\.plugins\.module_utils\.(?:\w+\.)?(\w+)$", re.MULTILINE)

WINGS = {"_engine", "_http", "_module", "_patterns", "_resources"}
ROOMS_OF_ALL = {"answers", "api_url", "client", "_clock", "_errors", "limits", "module", "persona_mapping", "spelling"}
ROOMS_OF_A_PLAN = ROOMS_OF_ALL | {"arn", "options", "plan", "reconcile", "results"}
IN_SYNC = {"arn_pattern": RUNNER, "account_identifier": LI}


@pytest.fixture
def rooms_loaded_by(play, tmp_path):
    """Runs a task on a sandbox that has one mapping. Returns the files of module_utils that the module has loaded."""
    notes = tmp_path / "imported"
    python = tmp_path / "noting-python"
    python.write_text(SCRIPT.format(python=sys.executable, notes=notes))
    python.chmod(0o755)

    def run(arguments, module="persona_mapping", changes=False):
        with Sandbox(mappings=[IN_SYNC]) as sandbox:
            tried = task(arguments, module, vars={"ansible_python_interpreter": str(python)})
            assert play(tried, sandbox=sandbox).result["changed"] is changes
        return set(IMPORTED.findall(notes.read_text())) - WINGS

    return run


def test_a_mapping_in_sync_loads_nothing_that_looks_up_guards_writes_or_explains(rooms_loaded_by):
    assert rooms_loaded_by(present(RUNNER, LI)) == ROOMS_OF_A_PLAN


def test_nor_does_a_mapping_that_is_absent_as_it_should_be(rooms_loaded_by):
    assert rooms_loaded_by(absent("arn:aws:iam::123456789012:user/nobody")) == ROOMS_OF_A_PLAN


def test_nor_does_a_set_in_sync(rooms_loaded_by):
    loaded = rooms_loaded_by({"mappings": [IN_SYNC]}, "persona_mappings")

    assert loaded == ROOMS_OF_A_PLAN | {"options_of_set", "purge", "results_of_set"}


def test_a_task_that_writes_has_loaded_all_that_a_failure_needs(rooms_loaded_by):
    loaded = rooms_loaded_by(present("arn:aws:iam::123456789012:user/new", LI), changes=True)

    assert loaded >= {"advice", "apply", "error_texts", "failures", "faults", "guards", "lookups", "retries"}


def test_a_question_loads_no_plan(rooms_loaded_by):
    loaded = rooms_loaded_by({}, "persona_mapping_info")

    assert loaded == ROOMS_OF_ALL | {"arn", "callers", "query"}
