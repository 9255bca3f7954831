# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the playbooks that the collection ships log in: as the environment says, or each organization by itself."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, RUNNER, Run, present, state_of
from datadog_sandbox import Sandbox, samples

PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"
NAMES = ("apply", "drift", "export", "report", "undo")
ORG_EU, ORG_US = "12345678-90ab-cdef-1234-000000000001", "12345678-90ab-cdef-1234-000000000002"
POD = {"iss": "https://kubernetes.corp.example", "sub": "system:serviceaccount:ci:ansible"}
TERRAFORM = "terraform@corp.example"


def keys_of(name: str) -> dict[str, str]:
    """The keys of an organization, as variables of its host."""
    return {"datadog_api_key": f"api-key-of-{name}", "datadog_app_key": f"app-key-of-{name}"}


def organization(name: str, org_uuid: str) -> Sandbox:
    """A sandbox that takes the keys of one organization, and those of the environment."""
    keys = keys_of(name)
    pod = {"claim_matchers": [{"claim": "sub", "values": [POD["sub"]], "mode": "exact"}]}
    return Sandbox(
        org_uuid=org_uuid,
        api_keys=[keys["datadog_api_key"], samples.API_KEY],
        app_keys={keys["datadog_app_key"]: ["*"], samples.APP_KEY: ["*"]},
        mappings=[{"arn_pattern": samples.AWS_PATTERN, "account_identifier": TERRAFORM}],
        oidc_providers=[{"id": "p", "provider_name": "cluster", "issuer_url": POD["iss"]}],
        oidc_persona_mappings=[{"id": "m", "provider_id": "p", "account_identifier": TERRAFORM, **pod}],
    )


@pytest.fixture
def corp_eu():
    with organization("corp_eu", ORG_EU) as sandbox:
        yield sandbox


@pytest.fixture
def corp_us():
    with organization("corp_us", ORG_US) as sandbox:
        yield sandbox


@pytest.fixture
def run(play, corp_eu, corp_us):
    """Runs a shipped playbook on both organizations, each of which has these variables besides its address."""

    def start(name: str, eu: dict[str, Any], us: dict[str, Any], *options: str, **environment: str) -> Run:
        output = {"export": "file", "report": "report"}
        hosts = {}
        for host, sandbox, given in (("corp_eu", corp_eu, eu), ("corp_us", corp_us, us)):
            hosts[host] = {"datadog_api_url": sandbox.url, "cloud_auth_record_dir": f"{host}_records", **given}
            if name in output:
                hosts[host][f"cloud_auth_{output[name]}"] = f"{host}.md"
            elif name != "undo":
                hosts[host]["cloud_auth_mappings"] = [present(f"{RUNNER[:-2]}-{host}/*", LI)]
        local = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (play.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": local}}))
        everywhere = ("-i", "hosts.json", "-e", "cloud_auth_hosts=all", *options)
        return play.start_file(Path(f"datadog_community.cloud_auth.{name}"), everywhere, environment).end()

    return start


def failures(run: Run) -> dict[str, str]:
    """By host: what its failure says."""
    return dict(re.findall(r"^fatal: \[(\w+)\].*?\"msg\": (.*)$", run.output, re.MULTILINE))


ENVIRONMENT = {"DD_API_KEY": samples.API_KEY, "DD_APP_KEY": samples.APP_KEY}
NOTHING = "corp_us has no credentials of its own, and cloud_auth_hosts names 2 hosts"


@pytest.mark.parametrize("name", NAMES)
def test_an_organization_without_credentials_of_its_own_uses_no_others(play, run, corp_eu, corp_us, name):
    """The keys of the environment would be let in to it."""
    for host in ("corp_eu", "corp_us"):
        (play.folder / f"{host}_records").mkdir()
    ended = run(name, keys_of("corp_eu"), {}, **ENVIRONMENT)
    assert ended.status == 2
    told = failures(ended)
    assert NOTHING in told["corp_us"]
    assert "corp_us.md" not in {path.name for path in play.folder.iterdir()}
    assert corp_us.requests == []
    assert {request.headers["dd-api-key"] for request in corp_eu.requests} == {keys_of("corp_eu")["datadog_api_key"]}
    assert told.keys() == ({"corp_eu", "corp_us"} if name == "drift" else {"corp_us"})  # drift finds a difference


UNSET = "{{ lookup('ansible.builtin.env', 'CORP_US_API_KEY', default=undef()) }}"
KEYS = keys_of("corp_us")


MISSING: list[tuple[dict[str, Any], str]] = [
    ({}, "has no credentials of its own, and cloud_auth_hosts names"),
    ({"datadog_site": "us5.datadoghq.com"}, "has no credentials of its own, and cloud_auth_hosts names"),
    ({**KEYS, "datadog_api_key": UNSET}, "datadog_api_key has no value"),
    ({**KEYS, "datadog_api_key": "", "datadog_app_key": " "}, "datadog_api_key and datadog_app_key have no value"),
    ({"datadog_bearer_token": None}, "datadog_bearer_token has no value"),
    ({"datadog_api_key": "x" * 32}, "datadog_app_key is missing: an API key and an application key go together"),
    ({"datadog_cloud_provider_type": "aws"}, "datadog_org_uuid is missing: datadog_cloud_provider_type alone"),
    ({"datadog_oidc_token_file": "token"}, "datadog_org_uuid is missing: datadog_oidc_token_file alone"),
    # The keys are of another organization than the host is meant to be.
    ({**KEYS, "datadog_org_uuid": ORG_EU}, f"of the organization {ORG_US}. Nothing was changed"),
    # The environment logs in by keys, which say nothing of an organization.
    ({"datadog_org_uuid": ORG_US}, "org_uuid: it is only for logging in with a cloud identity or an OIDC token"),
]


def test_what_is_missing_of_an_organization_is_told(play, corp_us):
    """Each is a host, so that all of them are told in one run; --limit, which leaves one only, makes no difference."""
    hosts = {f"host{number}": given for number, (given, _words) in enumerate(MISSING)}
    local = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "datadog_api_url": corp_us.url,
        "cloud_auth_mappings": [present(RUNNER, LI)],
    }
    (play.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": local}}))
    apply = Path("datadog_community.cloud_auth.apply")
    everywhere = ("-i", "hosts.json", "-e", "cloud_auth_hosts=all")
    around = {**ENVIRONMENT, "DD_ORG_UUID": ORG_EU}
    ended = play.start_file(apply, everywhere, around).end()
    told = failures(ended)
    assert told.keys() == hosts.keys(), ended.output
    for number, (_given, words) in enumerate(MISSING):
        assert words in told[f"host{number}"]
    alone = play.start_file(apply, (*everywhere, "--limit", "host0,localhost"), around).end()
    assert MISSING[0][1] in failures(alone)["host0"]
    assert [request.method for request in corp_us.requests if request.method != "GET"] == []


def test_each_organization_logs_in_in_its_own_way(play, run, corp_eu, corp_us):
    token = corp_us.oidc_token(**POD)
    (play.folder / "token").write_text(token)
    ended = run(
        "apply",
        {**keys_of("corp_eu"), "datadog_org_uuid": ORG_EU.upper()},
        {"datadog_oidc_token_file": str(play.folder / "token"), "datadog_org_uuid": ORG_US},
    )
    assert ended.status == 0, ended.output
    for host, sandbox in (("corp_eu", corp_eu), ("corp_us", corp_us)):
        assert set(state_of(sandbox)) == {samples.AWS_PATTERN, f"{RUNNER[:-2]}-{host}/*"}
    assert not any("dd-api-key" in request.headers for request in corp_us.requests)


def test_an_identity_of_the_environment_serves_all_organizations(run, corp_eu, corp_us):
    aws = {name: value for name, value in corp_us.keyless_env.items() if name not in {"DATADOG_HOST", "DD_ORG_UUID"}}
    ended = run("apply", {"datadog_org_uuid": ORG_EU}, {"datadog_org_uuid": ORG_US}, **aws)
    assert ended.status == 0, ended.output
    for host, sandbox in (("corp_eu", corp_eu), ("corp_us", corp_us)):
        assert f"{RUNNER[:-2]}-{host}/*" in state_of(sandbox)


def test_keys_may_be_encrypted_as_awx_takes_them(play, corp_eu, corp_us):
    """AWX hands an inventory over as a program that prints JSON; "__ansible_vault" in it stands for the tag."""
    (play.folder / "password").write_text("a password")
    vault = VaultLib([("default", VaultSecret(b"a password"))])
    hosts = {}
    for host, sandbox in (("corp_eu", corp_eu), ("corp_us", corp_us)):
        keys = {name: {"__ansible_vault": vault.encrypt(key).decode()} for name, key in keys_of(host).items()}
        wanted = [present(f"{RUNNER[:-2]}-{host}/*", LI)]
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        hosts[host] = {**local, **keys, "datadog_api_url": sandbox.url, "cloud_auth_mappings": wanted}
    printed = json.dumps({"all": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}})
    inventory = play.folder / "inventory.py"
    inventory.write_text(f"#!{sys.executable}\nprint({printed!r})\n")
    inventory.chmod(0o700)
    options = ("-i", str(inventory), "-e", "cloud_auth_hosts=all", "--vault-password-file", "password")
    ended = play.start_file(Path("datadog_community.cloud_auth.apply"), options, {}).end()
    assert ended.status == 0, ended.output
    for host, sandbox in (("corp_eu", corp_eu), ("corp_us", corp_us)):
        assert f"{RUNNER[:-2]}-{host}/*" in state_of(sandbox)
        assert keys_of(host)["datadog_api_key"] not in ended.output


TOKEN_OPTIONS = {
    "in a variable": lambda token, _file: {"datadog_oidc_token": token},
    "in a file": lambda _token, file: {"datadog_oidc_token_file": file},
    "of a custom provider": lambda token, _file: {"datadog_oidc_token": token, "datadog_oidc_custom_provider": True},
    "not of a custom provider": lambda token, _file: {
        "datadog_oidc_token": token,
        "datadog_oidc_custom_provider": False,
    },
}


@pytest.mark.parametrize("given", TOKEN_OPTIONS)
def test_an_oidc_token_is_passed_on(play, corp_us, given):
    token = corp_us.oidc_token(**POD)
    (play.folder / "token").write_text(token)
    options = TOKEN_OPTIONS[given](token, str(play.folder / "token"))
    variables = {"cloud_auth_file": "mappings.yml", "datadog_api_url": corp_us.url, **options}
    ended = play.start_file(
        Path("datadog_community.cloud_auth.export"), ("-e", json.dumps(variables)), {"DD_ORG_UUID": ORG_US}
    ).end()
    assert ended.status == (2 if given.startswith("not") else 0), ended.output
    assert token not in ended.output
    assert (corp_us.requests[0].headers["authorization"] == f"Delegated oidc-{token}") is not given.startswith("not")


def test_all_playbooks_log_in_alike():
    plays = {name: yaml.safe_load((PLAYBOOKS / f"{name}.yml").read_text())[-1] for name in NAMES}
    for name, play in plays.items():
        assert (play["module_defaults"], play["vars"]) == (
            plays["apply"]["module_defaults"],
            plays["apply"]["vars"],
        ), name
        checks = [task.get("ansible.builtin.import_tasks") for task in play["tasks"]]
        assert checks.count("tasks/check_login.yml") == 1
