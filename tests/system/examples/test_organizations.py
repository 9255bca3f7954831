# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example for many organizations: each is a host, all are served at once, and none suffers if another fails."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import CI_UUID, RUNNER, state_of
from datadog_sandbox import Sandbox, samples

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "organizations"
NAMES = ("corp_eu", "corp_gov", "corp_us")
TERRAFORM_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f40"
COMMON = {RUNNER: TERRAFORM_UUID}
OWN = {"arn:aws:sts::210987654321:assumed-role/deploy/*": CI_UUID}
EXPECTED = {"corp_eu": {**COMMON, **OWN}, "corp_gov": COMMON, "corp_us": COMMON}


def keys_of(name: str) -> tuple[str, str]:
    """The API key and the application key of an organization."""
    return f"api-key-of-{name}", f"app-key-of-{name}"


@pytest.fixture
def organizations():
    """A sandbox for each organization, which takes no other's keys."""
    with ExitStack() as stack:
        sandboxes = {}
        for name in NAMES:
            api_key, app_key = keys_of(name)
            sandboxes[name] = stack.enter_context(Sandbox(api_keys=[api_key], app_keys={app_key: ["*"]}))
        yield sandboxes


@pytest.fixture
def run(play, organizations):
    """Runs the example with the sandboxes instead of Datadog's sites."""

    def start(host_variables=(), **environment):
        urls = {name: {"datadog_api_url": sandbox.url} for name, sandbox in organizations.items()}
        addresses = play.folder / "addresses.yml"
        for name, variables in dict(host_variables).items():
            urls[name] |= variables
        addresses.write_text(json.dumps({"all": {"hosts": urls}}))
        keys = {}
        for name in NAMES:
            keys[f"{name.upper()}_API_KEY"], keys[f"{name.upper()}_APP_KEY"] = keys_of(name)
        environment = {name: value for name, value in {**keys, **environment}.items() if value is not None}
        options = ("-i", str(EXAMPLE / "inventory.yml"), "-i", str(addresses), "--forks", str(len(NAMES)))
        return play.start_file(EXAMPLE / "playbook.yml", options, environment).end()

    return start


def failed_hosts(output: str) -> set[str]:
    """The hosts that the recap counts a failure of."""
    return {name for name, count in re.findall(r"^(\w+) +: .*\bfailed=(\d+)", output, re.MULTILINE) if int(count)}


def test_all_are_served_at_once(run, organizations):
    all_at_once = Barrier(len(NAMES), timeout=60)
    for sandbox in organizations.values():
        # No organization is answered before all have been asked.
        sandbox.add_fault(method="GET", change=lambda _sandbox: all_at_once.wait())
    ended = run()
    assert ended.status == 0, ended.output
    assert not all_at_once.broken
    assert {name: state_of(sandbox) for name, sandbox in organizations.items()} == EXPECTED
    assert "WARNING" not in ended.output

    again = run()
    assert all(not result["changed"] for result in again.results)


def test_each_gets_its_own_keys(run, organizations):
    run()
    for name, sandbox in organizations.items():
        used = {(r.headers["dd-api-key"], r.headers["dd-application-key"]) for r in sandbox.requests}
        assert used == {keys_of(name)}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403, "body": {"errors": ["Forbidden"]}, "times": None},
        {"method": "POST", "status": 400, "body": {"errors": ["Invalid"]}, "times": None},
        {"lose": "reset", "times": None},
    ],
    ids=["keys are refused", "a creation fails", "no answer"],
)
def test_failure_of_one_leaves_the_others_alone(run, organizations, fault):
    organizations["corp_gov"].add_fault(**fault)
    ended = run()
    assert ended.status == 2
    assert failed_hosts(ended.output) == {"corp_gov"}
    assert {name: state_of(sandbox) for name, sandbox in organizations.items()} == {**EXPECTED, "corp_gov": {}}

    organizations["corp_gov"].clear_faults()
    assert run().status == 0
    assert {name: state_of(sandbox) for name, sandbox in organizations.items()} == EXPECTED


@pytest.mark.parametrize("key", [None, ""], ids=["unset", "empty"])
def test_an_organization_without_a_key_of_its_own_uses_no_others(run, organizations, key):
    api_key, app_key = keys_of("corp_us")
    organizations["corp_gov"].set_state(api_keys=[api_key], app_keys={app_key: ["*"]})  # so that these would be let in
    ended = run(CORP_GOV_API_KEY=key, DD_API_KEY=api_key, DD_APP_KEY=app_key)
    assert ended.status == 2
    assert failed_hosts(ended.output) == {"corp_gov"}
    assert organizations["corp_gov"].requests == []


def test_keys_of_another_organization_are_noticed(run, organizations):
    uuid = organizations["corp_gov"].state()["org_uuid"]
    ended = run({"corp_gov": {"datadog_org_uuid": uuid}, "corp_us": {"datadog_org_uuid": "of-another-one"}})
    assert failed_hosts(ended.output) == {"corp_us"}
    assert f"are of the organization {uuid}." in ended.output
    assert {name: state_of(sandbox) for name, sandbox in organizations.items()} == {**EXPECTED, "corp_us": {}}


# ---- Without keys


@pytest.mark.parametrize("missing", [None, "corp_gov"])
def test_without_keys_an_organization_needs_its_uuid_and_nothing_else(play, organizations, missing):
    hosts = {}
    for number, (name, sandbox) in enumerate(organizations.items()):
        uuid = f"12345678-90ab-cdef-1234-{number:012}"
        login = {"arn_pattern": samples.AWS_PATTERN, "account_identifier": "terraform@corp.example"}
        sandbox.set_state(org_uuid=uuid, mappings=[login])
        hosts[name] = {"datadog_api_url": sandbox.url, **({} if name == missing else {"datadog_org_uuid": uuid})}
    addresses = play.folder / "addresses.yml"
    addresses.write_text(json.dumps({"all": {"hosts": hosts}}))
    aws = {name: value for name, value in organizations["corp_us"].keyless_env.items() if name != "DATADOG_HOST"}
    options = ("-i", str(EXAMPLE / "inventory.yml"), "-i", str(addresses), "--forks", str(len(NAMES)))

    ended = play.start_file(EXAMPLE / "keyless.yml", options, aws).end()

    assert failed_hosts(ended.output) == ({missing} if missing else set()), ended.output
    served = {name: sandbox for name, sandbox in organizations.items() if name != missing}
    assert {name: state_of(sandbox) for name, sandbox in served.items()} == {name: EXPECTED[name] for name in served}
    assert not missing or organizations[missing].requests == []
    used = {name for sandbox in served.values() for request in sandbox.requests for name in request.headers}
    assert not used & {"dd-api-key", "dd-application-key"}
