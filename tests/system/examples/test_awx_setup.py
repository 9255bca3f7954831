# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/examples/awx ships to set AWX up: by AWX's rules, with a stand-in for the modules of awx.awx."""

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

from ansible_collections.datadog_community.cloud_auth.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.datadog_community.cloud_auth.tests.system.examples.awx import (
    API_KEY,
    APP_KEY,
    AWX,
    HOST_VARIABLES,
    Playbook,
    credential_type,
    holds,
    injected,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import INHERITED, NAMESPACE, PATIENCE

KEYS = {"datadog_api_key": API_KEY, "datadog_app_key": APP_KEY}
READ_ONLY_KEY = "acceded0acceded0acceded0acceded0"
ORGANIZATION = "12345678-90ab-cdef-1234-567890abcdef"
OPTIONS = yaml.safe_load(Path(__file__).with_name("awx_options.yml").read_text())

# A module that takes the documented options. It notes what it was given, and keeps it as AWX does: a name must exist
# before it is referred to, must be that of one thing only, and a task that gives what is kept changes nothing.
STAND_IN = """
import json, os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec=json.loads({spec!r}), supports_check_mode=True)
given = {{name: value for name, value in module.params.items() if value is not None}}
with open(os.environ["NOTES"], "a") as notes:
    notes.write(json.dumps([{name!r}, given]) + "\\n")
with open(os.environ["KEPT"]) as file:
    kept = json.load(file)

REFERENCES = {{
    "credential_type": "credential_type", "credentials": "credential", "inventory": "inventory", "project": "project",
    "workflow_job_template": "workflow_job_template", "unified_job_template": "job_template",
    "success_nodes": "workflow_job_template_node", "failure_nodes": "workflow_job_template_node",
}}
# What awx.awx looks for in all organizations that the user sees, unless it is a named URL.
EVERYWHERE = ("credential_type", "credentials", "inventory")
for option in sorted(REFERENCES.keys() & given.keys()):
    names = given[option] if isinstance(given[option], list) else [given[option]]
    for full_name in names:
        name, _plus, organization = full_name.partition("++")
        if option not in EVERYWHERE:
            organization = given.get("organization")
        found = [
            item for key, item in kept.items()
            if key.partition(" ")[0] == REFERENCES[option] and item.get("identifier", item.get("name")) == name
            and (not organization or item.get("organization") == organization)
        ]
        if len(found) != 1:
            module.fail_json(msg=f"could not find {{REFERENCES[option]}} {{name}}: returned {{len(found)}} items")
if "approval_node" in given and "success_nodes" in given:
    module.fail_json(msg="could not be found at /create_approval_template/success_nodes/")  # as awx.awx 24.6.1

secrets_are_new = given.pop("update_secrets", {name!r} == "credential")
place = given.get("organization") or given.get("inventory") or ""
key = {name!r} + " " + (given.get("identifier") or given["name"]) + "@" + place
before = kept.get(key, {{}})
kept[key] = {{**before, **given}}
if not module.check_mode:
    with open(os.environ["KEPT"], "w") as file:
        json.dump(kept, file)
module.exit_json(changed=secrets_are_new or kept[key] != before)
"""

# The lookup plugin that reads AWX, of which setup.yml asks for projects and credentials of an organization.
LOOKUP = """
import json, os
from ansible.plugins.lookup import LookupBase

class LookupModule(LookupBase):
    def run(self, terms, variables=None, query_params=None, **options):
        with open(os.environ["KEPT"]) as file:
            kept = json.load(file)
        key = terms[0].rstrip("s") + " " + query_params["name"] + "@" + query_params["organization__name"]
        return [{"status": "successful", **kept[key]}] if key in kept else []
"""


@pytest.fixture
def collections(tmp_path):
    """A folder of collections with the stand-in."""
    modules = tmp_path / "ansible_collections/awx/awx/plugins/modules"
    modules.mkdir(parents=True)
    for name, spec in OPTIONS.items():
        secrets = {"inputs": {"type": "dict", "no_log": True}} if name == "credential" else {}
        (modules / f"{name}.py").write_text(STAND_IN.format(name=name, spec=json.dumps({**spec, **secrets})))
    lookups = modules.with_name("lookup")
    lookups.mkdir()
    (lookups / "controller_api.py").write_text(LOOKUP)
    return tmp_path


class Ended:
    """A run of setup.yml that has ended; ``given`` are the arguments of each task by the module's name."""

    def __init__(self, process: subprocess.CompletedProcess[str], notes: Path) -> None:
        self.status = process.returncode
        self.output = process.stdout
        self._notes = [json.loads(line) for line in notes.read_text().splitlines()]

    def given(self, module: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self._notes if name == module]

    def template(self, name: str) -> dict[str, Any]:
        """The first arguments for the job template with that name."""
        return next(
            given for given in self.given("job_template") if given["name"].removeprefix("Datadog mappings: ") == name
        )

    def changed(self) -> int:
        (count,) = re.findall(r"changed=(\d+)", self.output)
        return int(count)


@pytest.fixture
def set_up(collections, tmp_path):
    """Runs setup.yml with extra variables, where nobody can type."""
    kept = tmp_path / "kept"
    kept.write_text("{}")

    def run(*options: str, **extra_vars: Any) -> Ended:
        settings, notes = tmp_path / "settings.json", tmp_path / "notes"
        settings.write_text(json.dumps(extra_vars))
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
            "KEPT": str(kept),
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


@pytest.fixture
def exists(tmp_path):
    """Puts what exists in AWX already, such as "credential AWS", into the stand-in."""

    def put(*names: str, **facts: Any) -> None:
        kept = json.loads((tmp_path / "kept").read_text())
        for name in names:
            kept[f"{name}@Default"] = {"name": name.partition(" ")[2], "organization": "Default", **facts}
        (tmp_path / "kept").write_text(json.dumps(kept))

    return put


@pytest.mark.parametrize(
    ("file", "secrets", "required"),
    [
        ("credential_type.yml", {"api_key", "app_key"}, {"api_key", "app_key"}),
        ("credential_type_aws.yml", set(), {"org_uuid"}),
    ],
)
def test_awx_accepts_the_credential_types(file, secrets, required):
    kind = credential_type(file)
    assert kind["kind"] in ("cloud", "net")
    assert kind["inputs"].keys() <= {"fields", "required"}
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    for field in fields.values():
        assert {"id", "label", "type"} <= field.keys() <= {"id", "label", "type", "secret", "help_text"}
        assert field["type"] == "string"
    assert {name for name, field in fields.items() if field.get("secret")} == secrets
    assert set(kind["inputs"]["required"]) == required
    # Extra variables and files would show the keys, or leave them lying about.
    assert kind["injectors"].keys() == {"env"}
    used = re.findall(r"{{ (\w+) }}", " ".join(kind["injectors"]["env"].values()))
    assert sorted(used) == sorted(fields)
    assert kind["natural_key"] == {"name": kind["name"], "kind": kind["kind"], "type": "credential_type"}


def test_a_job_without_keys_knows_how_and_where_to_log_in():
    assert injected({"org_uuid": ORGANIZATION}, "credential_type_aws.yml") == {
        "DD_CLOUD_PROVIDER_TYPE": "aws",
        "DD_ORG_UUID": ORGANIZATION,
        "DD_SITE": "",
    }


def test_ansible_navigator_hands_on_every_variable_of_the_connection():
    settings = yaml.safe_load((AWX / "project/ansible-navigator.yml").read_text())["ansible-navigator"]
    handed_on = settings["execution-environment"]["environment-variables"]["pass"]
    assert set(re.findall(r"E\((\w+)\)", ModuleDocFragment.DOCUMENTATION)) <= set(handed_on)
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} <= set(handed_on)


def test_everything_is_set_up_with_documented_options(set_up):
    ended = set_up("-vvvv", **KEYS, datadog_site="datadoghq.eu", awx_execution_environment="Datadog")
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
    assert host["inventory"] == f"{inventory['name']}++{inventory['organization']}"
    assert "credential" not in project
    assert schedule["rrule"].startswith("DTSTART:")

    templates = {
        template["playbook"]: template for template in ended.given("job_template") if template["job_type"] == "run"
    }
    checks = {
        template["playbook"]: template for template in ended.given("job_template") if template["job_type"] == "check"
    }
    assert templates.keys() == {"apply.yml", "one_mapping.yml", "review.yml"}
    assert checks.keys() == {"dry_run.yml", "drift.yml"}
    assert schedule["unified_job_template"] == checks["drift.yml"]["name"]
    for template in (*templates.values(), *checks.values()):
        assert (AWX / "project" / template["playbook"]).is_file()
        assert template["inventory"] == host["inventory"]
        assert template["project"] == project["name"]
        # What only decides whether to ask needs no keys.
        assert template["credentials"] == ([] if template["playbook"] == "review.yml" else [credential["name"]])
        assert template["execution_environment"] == "Datadog"
        # A diff would be one event, which AWX's page cuts.
        assert template["diff_mode"] is (template["playbook"] == "one_mapping.yml")
        assert template["use_fact_cache"] is False
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


def test_a_system_administrator_can_create_the_credential_type_alone(set_up):
    ended = set_up("--tags", "credential_type")
    assert ended.status == 0, ended.output
    assert [given["name"] for given in ended.given("credential_type")] == ["Datadog API"]
    assert ended.given("inventory") == ended.given("job_template") == []


def test_the_second_run_changes_nothing(set_up):
    settings = {**KEYS, "awx_review_workflow": True, "awx_notifications": {"one mapping": {"error": ["Chat"]}}}
    assert set_up(**settings).changed() > 10
    again = set_up(**settings)
    assert (again.status, again.changed()) == (0, 0)


def test_without_keys_the_credential_is_left_as_it_is(set_up, exists):
    """Also where nobody can answer the questions for them."""
    exists("credential Datadog")
    for given in ({}, {"datadog_api_key": "", "datadog_app_key": ""}):
        ended = set_up(**given)
        assert ended.status == 0
        assert ended.given("credential") == []
        assert all("execution_environment" not in template for template in ended.given("job_template"))


def test_a_preview_can_not_write_whatever_the_type_of_its_job(set_up):
    """Whoever may launch a job may launch it again as a job of another type, in an AWX that takes one."""
    ended = set_up(**KEYS)
    playbook = yaml.load((AWX / "project" / ended.template("dry run")["playbook"]).read_text(), Loader=Playbook)
    assert [play.get("ansible.builtin.import_playbook") for play in playbook] == [None, f"{NAMESPACE}.drift"]
    drift = yaml.safe_load((AWX.parents[2] / "playbooks/drift.yml").read_text())
    assert [play["check_mode"] for play in drift if "check_mode" in play] == [True]
    assert all("check_mode" in play or "assert" in str(play["tasks"]) for play in drift)


def test_whoever_sees_two_organizations_can_set_up_both(set_up):
    for organization in ("Default", "Other", "Default"):
        ended = set_up(**KEYS, awx_organization=organization, awx_credential=f"Datadog {organization}")
        assert ended.status == 0, ended.output
    assert ended.changed() == 0


def test_a_project_whose_update_has_failed_is_updated_again(set_up, exists):
    exists("project Datadog mappings", status="failed")
    assert [given["name"] for given in set_up(**KEYS).given("project_update")] == ["Datadog mappings"]


def test_a_project_that_is_up_to_date_is_left_alone(set_up, exists):
    exists("project Datadog mappings")
    assert set_up(**KEYS).given("project_update") == []


@pytest.mark.parametrize(
    ("settings", "status"),
    [({}, 2), (KEYS, 2), ({**KEYS, "datadog_keys_are_new": True}, 0), ({"datadog_site": "datadoghq.eu"}, 0)],
)
def test_a_new_site_needs_the_keys_and_a_word_that_they_replace_the_old_ones(set_up, exists, settings, status):
    exists("credential Datadog", inputs={"api_key": "$encrypted$", "site": "datadoghq.eu"})
    ended = set_up(**{"datadog_site": "us5.datadoghq.com", **settings})
    assert ended.status == status, ended.output
    assert ("has the site datadoghq.eu" in ended.output) is bool(status)


def test_check_mode_says_that_there_is_nothing_to_compare_with(set_up):
    ended = set_up("--check", **KEYS)
    assert ended.status == 2
    assert "Default is not set up yet" in ended.output
    set_up(**KEYS)
    assert set_up("--check", **KEYS).status == 0


def test_without_keys_no_credential_is_created(set_up):
    ended = set_up()
    assert ended.status == 2
    assert "could not find credential Datadog" in ended.output
    assert ended.given("credential") == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"datadog_api_key": "", "datadog_app_key": APP_KEY}, "Give both keys"),
        ({"datadog_read_only_api_key": API_KEY, "awx_read_only_credential": "Reader"}, "Give both keys"),
        ({"datadog_read_only_api_key": API_KEY, "datadog_read_only_app_key": APP_KEY}, "Set awx_read_only_credential"),
        ({"datadog_api_key": API_KEY, "datadog_app_key": APP_KEY, "datadog_org_uuid": "1"}, "but not both"),
        ({"awx_notifications": {"apply.yml": {"error": ["Chat"]}}}, "The names in awx_notifications must be"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(set_up, settings, words):
    ended = set_up(**settings)
    assert ended.status == 2
    assert words in ended.output
    assert ended.given("credential_type") == []


def test_new_keys_replace_those_of_the_credential(set_up):
    ended = set_up(
        **KEYS, datadog_keys_are_new="true", awx_drift_schedule="DTSTART:20300101T000000Z RRULE:FREQ=HOURLY;INTERVAL=6"
    )
    assert ended.given("credential")[0]["update_secrets"] is True
    assert ended.given("schedule")[0]["rrule"].endswith("INTERVAL=6")


def credentials_of_templates(ended: Ended) -> dict[str, list[str]]:
    return {name: ended.template(name)["credentials"] for name in ("apply", "one mapping", "dry run", "drift")}


def test_jobs_that_only_read_have_a_credential_of_their_own(set_up):
    ended = set_up(
        "-vvvv",
        **KEYS,
        awx_read_only_credential="Datadog, reading",
        datadog_read_only_api_key=READ_ONLY_KEY,
        datadog_read_only_app_key=READ_ONLY_KEY,
    )
    assert ended.status == 0, ended.output
    assert not holds(ended.output.encode(), API_KEY, APP_KEY, READ_ONLY_KEY)
    writing, reading = ended.given("credential")
    assert reading["name"] == "Datadog, reading"
    assert reading["inputs"] == {"api_key": READ_ONLY_KEY, "app_key": READ_ONLY_KEY, "site": "datadoghq.com"}
    assert reading["update_secrets"] is False
    assert credentials_of_templates(ended) == {
        "apply": [writing["name"]],
        "one mapping": [writing["name"]],
        "dry run": [reading["name"]],
        "drift": [reading["name"]],
    }
    # Keys are given once, or not at all if somebody has created the credential by hand.
    later = set_up(awx_read_only_credential="Datadog, reading")
    assert (later.status, later.changed(), later.given("credential")) == (0, 0, [])


def test_no_datadog_key_is_stored_if_jobs_log_in_by_aws_identity(set_up, exists):
    exists("credential AWS", "credential AWS, reading")
    settings = {"datadog_org_uuid": ORGANIZATION, "datadog_site": "datadoghq.eu"}
    ended = set_up(**settings)
    assert ended.status == 0, ended.output
    (kind,), (credential,) = ended.given("credential_type"), ended.given("credential")
    assert kind["name"] == credential_type("credential_type_aws.yml")["name"]
    assert credential["credential_type"] == kind["name"]
    assert credential["inputs"] == {"org_uuid": ORGANIZATION, "site": "datadoghq.eu"}
    name = credential["name"]
    assert set(map(tuple, credentials_of_templates(ended).values())) == {(name,)}

    with_aws = {**settings, "awx_aws_credential": "AWS", "awx_read_only_credential": "AWS, reading"}
    assert credentials_of_templates(set_up(**with_aws)) == {
        "apply": [name, "AWS"],
        "one mapping": [name, "AWS"],
        "dry run": [name, "AWS, reading"],
        "drift": [name, "AWS, reading"],
    }
    assert set_up(**with_aws).changed() == 0


def test_the_workflow_asks_between_drift_and_apply(set_up):
    ended = set_up(**KEYS, awx_review_workflow="true")
    assert ended.status == 0, ended.output
    (workflow,) = ended.given("workflow_job_template")
    assert workflow["extra_vars"] == {"cloud_auth_review": True}
    # Built of nodes: with workflow_nodes that hold an approval, each run would change the workflow.
    assert "workflow_nodes" not in workflow
    nodes: dict[str, dict[str, Any]] = {}
    for given in ended.given("workflow_job_template_node"):
        assert given["workflow_job_template"] == workflow["name"]
        nodes.setdefault(given["identifier"], {}).update(given)
    links = ("always_nodes", "success_nodes", "failure_nodes")
    assert {name: {link: node[link] for link in links if link in node} for name, node in nodes.items()} == {
        # AWX doesn't ask for approval if the drift job could not compare, or if a limit forbids what it found.
        "drift": {"failure_nodes": ["something to approve"]},
        "something to approve": {"success_nodes": ["approval"]},
        "approval": {"success_nodes": ["apply"]},
        "apply": {},
    }
    assert nodes["drift"]["unified_job_template"] == ended.template("drift")["name"]
    assert nodes["apply"]["unified_job_template"] == ended.template("apply")["name"]
    assert "unified_job_template" not in nodes["approval"]
    assert nodes["approval"]["approval_node"]["name"]


def test_there_is_no_workflow_unless_it_is_wanted(set_up):
    ended = set_up(**KEYS)
    assert ended.given("workflow_job_template") == ended.given("workflow_job_template_node") == []


def test_notifications_are_those_that_are_wanted(set_up):
    ended = set_up(
        **KEYS,
        awx_review_workflow=True,
        awx_notifications={
            "apply": {"started": ["Log"], "success": ["Chat", "Log"]},
            "drift": {"error": ["Chat"]},
            "review": {"approvals": ["Chat"], "error": []},
        },
    )
    assert ended.status == 0, ended.output
    told = [notifications_of(given) for given in ended.given("job_template")]
    assert [given for given in told if given] == [
        {"started": ["Log"], "success": ["Chat", "Log"]},
        {"error": ["Chat"]},
    ]
    assert [given["name"] for given in ended.given("job_template")][-2:] == [
        "Datadog mappings: apply",
        "Datadog mappings: drift",
    ]
    (workflow,) = ended.given("workflow_job_template")
    assert notifications_of(workflow) == {"approvals": ["Chat"], "error": []}


def notifications_of(given: dict[str, Any]) -> dict[str, list[str]]:
    prefix = "notification_templates_"
    return {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
