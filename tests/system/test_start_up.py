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

PACKAGES = {"_engine", "_http", "_module", "_patterns", "_resources"}
# What each module loads at least, and what each module that writes loads to find that there is nothing to do.
MODULES_OF_ALL = {
    "_clock",
    "_errors",
    "_version",
    "_http.answers",
    "_http.call",
    "_http.client",
    "_http.credentials",
    "_http.limits",
    "_http.rate_gate",
    "_http.retries",
    "_http.wire",
    "_secrets",
    "_module.connection",
    "_module.login",
    "_module.settings",
    "_module.sites",
    "_module.task",
    "_module.values",
}
MODULES_OF_A_KIND = {
    "_module.options",
    "_engine.plan",
    "_patterns.arn",
    "_patterns.claims",
    "_patterns.invisible",
    "_resources.kind",
    "_resources.mappings",
    "_resources.pages",
    "_resources.identifiers",
    "_resources.kinds",
}
MODULES_OF_A_PLAN = (
    MODULES_OF_ALL
    | MODULES_OF_A_KIND
    | {"_engine.engine", "_engine.step_result", "_module.managing", "_module.results"}
)
# What looks for the mapping that was probably meant, if there is none to remove.
MODULES_OF_A_REMARK = {"_engine.remarks", "_patterns.likeness"}
MODULES_OF_A_QUESTION = (
    MODULES_OF_ALL
    | MODULES_OF_A_KIND
    | {
        "_parallel",
        "_engine.query",
        "_module.reading",
        "_patterns.callers",
        "_resources.accounts",
        "_resources.current_user",
        "_resources.searches",
    }
)


def in_sync_of(kind):
    """A mapping that is there."""
    matcher = RUNNER if kind.matcher == "arn_pattern" else {"sub": "repo:corp/app:ref:refs/heads/main"}
    return {kind.matcher: matcher, **({"account_identifier": LI} if kind.has_account else {})}


@pytest.fixture
def modules_loaded_by(play, tmp_path):
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
        return set(IMPORTED.findall(notes.read_text())) - PACKAGES

    return run


@pytest.mark.parametrize("name", KINDS)
def test_a_task_that_changes_nothing_loads_nothing_that_looks_up_guards_or_writes(modules_loaded_by, name):
    kind = KINDS[name]
    in_sync = in_sync_of(kind)
    other = {kind.matcher: {"sub": "repo:corp/none"} if kind.matcher == "claim_matchers" else f"{RUNNER[:-2]}-2/*"}
    tasks = {
        f"{name}_mapping": [in_sync, {**other, "state": "absent"}],
        f"{name}_mappings": [{"mappings": [in_sync]}, {"mappings": [other], "state": "absent"}],
    }
    for module, arguments in tasks.items():
        for given in arguments:
            explains = MODULES_OF_A_REMARK if given.get("state") == "absent" else set()
            assert modules_loaded_by(given, module) == MODULES_OF_A_PLAN | explains


def test_a_task_that_writes_has_loaded_all_that_a_failure_needs(modules_loaded_by):
    loaded = modules_loaded_by(present("arn:aws:iam::123456789012:user/new", LI), changes=True)

    assert loaded >= {
        "_engine.apply",
        "_engine.guards",
        "_engine.lookups",
        "_engine.replacement",
        "_engine.creation",
        "_http.redaction",
        "_http.request_errors",
        "_http.transport_errors",
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_question_loads_nothing_that_writes(modules_loaded_by, name):
    assert modules_loaded_by({}, f"{name}_mapping_info") == MODULES_OF_A_QUESTION


def test_the_ways_to_log_in_that_a_task_does_not_use_are_not_loaded(modules_loaded_by):
    loaded = modules_loaded_by({}, "current_user_info")

    assert not {module for module in loaded if module.startswith(("_http.aws_", "_http.oidc_", "_http.token_"))}
