# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/awx ships to set AWX up: by AWX's rules, and with a stand-in for the modules of the collection awx.awx."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.awx import (
    API_KEY,
    APP_KEY,
    AWX,
    HOST_VARIABLES,
    credential_type,
    holds,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import INHERITED, PATIENCE

OPTIONS = yaml.safe_load(Path(__file__).with_name("awx_options.yml").read_text())

# A module that takes the documented options, and notes what it was given.
STAND_IN = """
import json, os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec=json.loads({spec!r}))
given = {{name: value for name, value in module.params.items() if value is not None}}
with open(os.environ["NOTES"], "a") as notes:
    notes.write(json.dumps([{name!r}, given]) + "\\n")
module.exit_json(changed=True)
"""


@pytest.fixture
def collections(tmp_path):
    """A folder of collections with the stand-in."""
    modules = tmp_path / "ansible_collections/awx/awx/plugins/modules"
    modules.mkdir(parents=True)
    for name, spec in OPTIONS.items():
        secrets = {"inputs": {"type": "dict", "no_log": True}} if name == "credential" else {}
        (modules / f"{name}.py").write_text(STAND_IN.format(name=name, spec=json.dumps({**spec, **secrets})))
    return tmp_path


class Ended:
    """A run of setup.yml that has ended; ``given`` are the arguments of each task by the module's name."""

    def __init__(self, process: subprocess.CompletedProcess[str], notes: Path) -> None:
        self.status = process.returncode
        self.output = process.stdout
        self._notes = [json.loads(line) for line in notes.read_text().splitlines()]

    def given(self, module: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self._notes if name == module]


@pytest.fixture
def set_up(collections, tmp_path):
    """Runs setup.yml with extra variables."""

    def run(*options: str, **extra_vars: Any) -> Ended:
        settings, notes = tmp_path / "settings.json", tmp_path / "notes"
        settings.write_text(json.dumps({"datadog_api_key": API_KEY, "datadog_app_key": APP_KEY, **extra_vars}))
        notes.write_text("")
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(AWX / "setup.yml"),
            "-e",
            f"@{settings}",
        ]
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "NOTES": str(notes),
            "ANSIBLE_HOME": str(tmp_path / "home"),
        }
        process = subprocess.run(
            [*command, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ended(process, notes)

    return run


def test_awx_accepts_the_credential_type():
    kind = credential_type()
    assert kind["kind"] in ("cloud", "net")
    assert kind["inputs"].keys() <= {"fields", "required"}
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    for field in fields.values():
        assert {"id", "label", "type"} <= field.keys() <= {"id", "label", "type", "secret", "help_text"}
        assert field["type"] == "string"
    assert {name for name, field in fields.items() if field.get("secret")} == {"api_key", "app_key"}
    assert set(kind["inputs"]["required"]) == {"api_key", "app_key"}
    # Extra variables and files would show the keys, or leave them lying about.
    assert kind["injectors"].keys() == {"env"}
    used = re.findall(r"{{ (\w+) }}", " ".join(kind["injectors"]["env"].values()))
    assert sorted(used) == sorted(fields)
    assert kind["natural_key"] == {"name": kind["name"], "kind": kind["kind"], "type": "credential_type"}


def test_everything_is_set_up_with_documented_options(set_up):
    ended = set_up("-vvvv", datadog_site="datadoghq.eu", awx_execution_environment="Datadog")
    assert ended.status == 0, ended.output
    assert not holds(ended.output.encode(), API_KEY, APP_KEY)

    (kind,) = ended.given("credential_type")
    shipped = credential_type()
    del shipped["natural_key"]
    assert kind == {**shipped, **kind, "injectors": shipped["injectors"], "inputs": shipped["inputs"]}

    (credential,) = ended.given("credential")
    assert credential["credential_type"] == kind["name"]
    assert credential["inputs"] == {"api_key": API_KEY, "app_key": APP_KEY, "site": "datadoghq.eu"}
    assert credential["update_secrets"] is False

    (host,) = ended.given("host")
    assert host["variables"] == HOST_VARIABLES
    (inventory,), (project,), (schedule,) = (ended.given(name) for name in ("inventory", "project", "schedule"))
    assert host["inventory"] == inventory["name"]
    assert "credential" not in project
    assert schedule["rrule"].startswith("DTSTART:")

    templates = {
        template["playbook"]: template for template in ended.given("job_template") if template["job_type"] == "run"
    }
    checks = {
        template["playbook"]: template for template in ended.given("job_template") if template["job_type"] == "check"
    }
    assert templates.keys() == {"apply.yml", "one_mapping.yml"}
    assert checks.keys() == {"apply.yml", "drift.yml"}
    assert schedule["unified_job_template"] == checks["drift.yml"]["name"]
    for template in (*templates.values(), *checks.values()):
        assert (AWX / "project" / template["playbook"]).is_file()
        assert template["inventory"] == inventory["name"]
        assert template["project"] == project["name"]
        assert template["credentials"] == [credential["name"]]
        assert template["execution_environment"] == "Datadog"
        assert (template["diff_mode"], template["use_fact_cache"]) == (True, False)
    check_survey(templates["one_mapping.yml"])


def check_survey(template: dict[str, Any]) -> None:
    """It asks for what its playbook takes, by AWX's rules."""
    assert template["survey_enabled"]
    assert template["survey_spec"].keys() == {"name", "description", "spec"}
    questions = template["survey_spec"]["spec"]
    playbook = (AWX / "project" / template["playbook"]).read_text()
    assert {question["variable"] for question in questions} == set(re.findall(r"{{ (cloud_auth_\w+)", playbook))
    for question in questions:
        assert {"question_name", "question_description", "variable", "type", "required", "default"} <= question.keys()
        assert isinstance(question["default"], str)
        assert question["default"] in question.get("choices", [""])


def test_without_keys_the_credential_is_left_as_it_is(set_up):
    ended = set_up(datadog_api_key="", datadog_app_key="")
    assert ended.status == 0
    assert ended.given("credential") == []
    assert all("execution_environment" not in template for template in ended.given("job_template"))


def test_one_key_without_the_other_is_refused(set_up):
    ended = set_up(datadog_app_key="")
    assert ended.status == 2
    assert "Give both keys" in ended.output
    assert ended.given("credential_type") == []


def test_new_keys_replace_those_of_the_credential(set_up):
    ended = set_up(
        datadog_keys_are_new="true", awx_drift_schedule="DTSTART:20300101T000000Z RRULE:FREQ=HOURLY;INTERVAL=6"
    )
    assert ended.given("credential")[0]["update_secrets"] is True
    assert ended.given("schedule")[0]["rrule"].endswith("INTERVAL=6")
