# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of the ready playbooks that are missing or wrong are told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.ready_playbooks.lists import (
    CHECK,
    OWN_ALL,
    write,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import writes

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
