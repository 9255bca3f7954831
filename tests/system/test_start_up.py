# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task loads: Ansible has every file compiled in each task, so a run that changes nothing loads few."""

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, RUNNER, present, task
from datadog_sandbox import Sandbox
from datadog_sandbox.kinds import KINDS

SCRIPT = """\
#!/bin/sh
exec '{python}' -X importtime "$@" 2>>'{notes}'
"""
IMPORTED = re.compile(r"\.cloud_auth\.plugins\.module_utils\.([\w.]+)$", re.MULTILINE)

WINGS = {"_engine", "_http", "_module", "_patterns", "_resources"}
# What each module loads at least, and what each module that writes loads to find that there is nothing to do.
ROOMS_OF_ALL = {
    "_clock",
    "_errors",
    "_http.answers",
    "_http.call",
    "_http.client",
    "_http.credentials",
    "_http.limits",
    "_http.wire",
    "_module.connection",
    "_module.sites",
    "_module.task",
}
ROOMS_OF_A_KIND = {
    "_module.options",
    "_engine.plan",
    "_patterns.arn",
    "_patterns.claims",
    "_resources.kind",
    "_resources.mappings",
    "_resources.spelling",
}
ROOMS_OF_A_PLAN = (
    ROOMS_OF_ALL | ROOMS_OF_A_KIND | {"_engine.engine", "_engine.outcome", "_module.managing", "_module.results"}
)
ROOMS_OF_A_QUESTION = (
    ROOMS_OF_ALL
    | ROOMS_OF_A_KIND
    | {
        "_engine.parallel",
        "_engine.query",
        "_module.reading",
        "_patterns.callers",
        "_resources.accounts",
        "_resources.current_user",
    }
)


def in_sync_of(kind):
    """A mapping that is there."""
    matcher = RUNNER if kind.matcher == "arn_pattern" else {"sub": "^repo:corp/app:ref:refs/heads/main$"}
    return {kind.matcher: matcher, **({"account_identifier": LI} if kind.has_account else {})}


def resource_of(name):
    """The file that says what a kind is."""
    return f"_resources.{name}" if name.startswith("github") else f"_resources.aws_{name}"


@pytest.fixture
def rooms_loaded_by(play, tmp_path):
    """Runs a task on a sandbox that has one mapping. Returns the files of module_utils that the module has loaded."""
    notes = tmp_path / "imported"
    python = tmp_path / "noting-python"
    python.write_text(SCRIPT.format(python=sys.executable, notes=notes))
    python.chmod(0o755)

    def run(arguments, module="persona_mapping", changes=False):
        notes.write_text("")
        kind = KINDS.get(module.partition("_mapping")[0], KINDS["persona"])
        with Sandbox(**{kind.section: [in_sync_of(kind)]}) as sandbox:
            tried = task(arguments, module, vars={"ansible_python_interpreter": str(python)})
            assert play(tried, sandbox=sandbox).result["changed"] is changes
        return set(IMPORTED.findall(notes.read_text())) - WINGS

    return run


@pytest.mark.parametrize("name", KINDS)
def test_a_task_that_changes_nothing_loads_nothing_that_looks_up_guards_writes_or_explains(rooms_loaded_by, name):
    kind = KINDS[name]
    in_sync = in_sync_of(kind)
    other = {kind.matcher: {"sub": "^repo:corp/none$"} if kind.matcher == "claim_matchers" else f"{RUNNER[:-2]}-2/*"}
    tasks = {
        f"{name}_mapping": [in_sync, {**other, "state": "absent"}],
        f"{name}_mappings": [{"mappings": [in_sync]}, {"mappings": [other], "state": "absent"}],
    }
    for module, arguments in tasks.items():
        for given in arguments:
            assert rooms_loaded_by(given, module) == ROOMS_OF_A_PLAN | {resource_of(name)}


def test_a_task_that_writes_has_loaded_all_that_a_failure_needs(rooms_loaded_by):
    loaded = rooms_loaded_by(present("arn:aws:iam::123456789012:user/new", LI), changes=True)

    assert loaded >= {
        "_engine.apply",
        "_engine.guards",
        "_engine.lookups",
        "_engine.replacement",
        "_engine.creation",
        "_http.error_texts",
        "_http.failures",
        "_http.faults",
        "_http.retries",
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_question_loads_nothing_that_writes(rooms_loaded_by, name):
    assert rooms_loaded_by({}, f"{name}_mapping_info") == ROOMS_OF_A_QUESTION | {resource_of(name)}


def test_the_ways_to_log_in_that_a_task_does_not_use_are_not_loaded(rooms_loaded_by):
    loaded = rooms_loaded_by({}, "current_user_info")

    assert not {room for room in loaded if room.startswith("_http.aws_")}
