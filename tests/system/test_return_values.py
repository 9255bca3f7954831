# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return in real runs is what their documentation says they return: all of it, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import CI, OMAR, absent, present, task
from datadog_sandbox import Sandbox, samples

MODULES = Path(__file__).resolve().parents[2] / "plugins/modules"
# What Ansible documents for every module, or adds.
COMMON = {"_ansible_no_log", "changed", "diff", "exception", "failed", "invocation", "msg", "warnings"}

NEW = "arn:aws:sts::123456789012:assumed-role/new/*"
KEPT = "arn:aws:sts::123456789012:assumed-role/kept/*"
STUCK = "arn:aws:sts::123456789012:assumed-role/stuck/*"
OTHER = "arn:aws:sts::123456789012:assumed-role/other/*"
UNKNOWN = "arn:aws:sts::111111111111:assumed-role/x/*"

BULK = "persona_mappings"
TASKS = {
    "persona_mapping": [
        task(present(NEW, OMAR), check_mode=True),
        task(present(NEW, OMAR)),
        task(absent(NEW)),
        task(present(UNKNOWN, OMAR, wait_timeout=0)),
        task(present(STUCK, OMAR, wait_timeout=0)),
    ],
    BULK: [
        task({"mappings": [present(NEW, OMAR)]}, BULK, check_mode=True),
        task({"mappings": [present(NEW), present(OTHER), present(STUCK, CI)], "purge": True, "wait_timeout": 0}, BULK),
        task({"mappings": [present(UNKNOWN, OMAR)], "wait_timeout": 0}, BULK),
        task({"mappings": [present(STUCK, OMAR)], "wait_timeout": 0}, BULK),
    ],
    "persona_mapping_info": [
        task({}, "persona_mapping_info"),
        task({"app_key": samples.NO_PERMISSIONS_APP_KEY}, "persona_mapping_info"),
    ],
}


def documented(module: str) -> dict[str, Any]:
    """The documentation of the return values of a module."""
    for node in ast.parse((MODULES / f"{module}.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RETURN":
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} documents no return values")


def shape(values: dict[str, Any]) -> dict[str, Any]:
    """The documented values with what each contains; None for what is not described further."""
    return {name: shape(value["contains"]) if "contains" in value else None for name, value in values.items()}


def returned(results: list[dict[str, Any]], documentation: dict[str, Any]) -> dict[str, Any]:
    """What the results hold, taken together, in as much depth as the documentation has."""
    found: dict[str, Any] = {}
    for name in sorted(set().union(*results)):
        values = [result[name] for result in results if name in result]
        inner = documentation.get(name)
        items = [item for value in values for item in (value if isinstance(value, list) else [value])]
        found[name] = returned(items, inner) if inner and items else None
    return found


@pytest.mark.parametrize("module", TASKS)
def test_all_that_is_documented_is_returned_and_nothing_else(play, module):
    state = [present(KEPT, CI), present(STUCK, CI), present(OTHER, CI)]
    with Sandbox(mappings=state) as sandbox:
        sandbox.add_fault(method="POST", contains="/stuck/", status=403, times=None)
        results = play(*TASKS[module], sandbox=sandbox).results

    documentation = shape(documented(module))
    own = [{name: value for name, value in result.items() if name not in COMMON} for result in results]
    assert returned(own, documentation) == documentation
