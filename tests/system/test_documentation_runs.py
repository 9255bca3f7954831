# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows as real is real: the README's output, the picture, the examples, the comparison."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest
import yaml
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.cloud_authentication_api import CloudAuthenticationApi
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_request import (
    AWSCloudAuthPersonaMappingCreateRequest,
)

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    present,
    state_of,
)
from datadog_sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
README = (ROOT / "README.md").read_text()
DIFF = ("--diff",)
OPS = "arn:aws:iam::210987654321:user/ops/*"
JANE = "arn:aws:iam::123456789012:user/jane.doe"


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def run_example(play, sandbox, name, *options):
    return play.start_file(EXAMPLES / name, options, {**sandbox.env, "COLUMNS": "80"}).end()


def shown(run):
    """What a run printed, without warnings and the recap."""
    assert run.status == 0, run.output
    return re.search(r"^PLAY \[.*?(?=\n+PLAY RECAP)", run.output, re.MULTILINE | re.DOTALL)[0].strip()


def body(text):
    """An example without its comments in front."""
    return text[text.index("- name:") :].strip()


# ---- The README and the picture


def test_the_readme_shows_what_its_example_prints(play, sandbox):
    (printed,) = re.findall(r"^```diff\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert shown(run_example(play, sandbox, "mappings.yml", *DIFF)) == printed.strip()
    assert "ok: [localhost]" in shown(run_example(play, sandbox, "mappings.yml", *DIFF))


def test_the_picture_shows_three_real_runs(play, sandbox):
    options = [("--check", "--diff"), DIFF, DIFF]
    runs = [shown(run_example(play, sandbox, "mappings.yml", *option)) for option in options]
    prompts = [" ".join(["$ ansible-playbook mappings.yml", *option]) for option in options]
    printed = [text for prompt, run in zip(prompts, runs, strict=True) for text in (prompt, run)]
    assert words("\n".join(text_of_picture())) == words("\n".join(printed))


def words(text):
    """What a text says, however wide the terminal is: without line breaks and the asterisks that fill a line."""
    return re.sub(r"\*{4,}", "", text).split()


def text_of_picture():
    """The lines of text in the picture of the terminal, from top to bottom."""
    svg = "{http://www.w3.org/2000/svg}"
    rows = {}
    matrix = ET.parse(ROOT / "docs/images/terminal.svg").find(f".//{svg}g[@class='terminal-matrix']")
    for text in matrix.iter(f"{svg}text"):
        rows.setdefault(float(text.get("y")), []).append((float(text.get("x")), text.text))
    joined = ("".join(text for _x, text in sorted(row)) for _y, row in sorted(rows.items()))
    return [line.replace("\xa0", " ").rstrip() for line in joined if line.strip("\xa0 \n")]


# ---- The examples


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("mappings.yml", "README.md"),
        ("export.yml", "docs/docsite/rst/adopting.rst"),
        ("adopt.yml", "docs/docsite/rst/adopting.rst"),
        ("apply.yml", "docs/docsite/rst/whole_set.rst"),
        ("undo.yml", "docs/docsite/rst/whole_set.rst"),
        ("keyless.yml", "docs/docsite/rst/without_keys.rst"),
    ],
)
def test_pages_show_the_examples_as_they_are(name, page):
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks += [
        dedent(block) for block in re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", text, re.MULTILINE)
    ]
    assert body((EXAMPLES / name).read_text()) in [body(block) for block in blocks if "- name:" in block]


def test_adopting_what_exists_changes_nothing(play, sandbox, tmp_path):
    patterns = {
        RUNNER: CI,
        "arn:aws:iam::123456789012:user/on.call@corp": OMAR,
        "arn:aws:iam::123456789012:user/yes": LI,
    }
    for pattern, account in patterns.items():
        sandbox.create_mapping(pattern, account)
    before, exported = sandbox.mappings(), tmp_path / "exported.yml"
    run = run_example(play, sandbox, "export.yml", "-e", f"export_to={exported}")
    assert run.status == 0, run.output
    listed = yaml.safe_load(exported.read_text())["persona_mappings"]
    assert {entry["arn_pattern"] for entry in listed} == set(patterns)
    sandbox.clear_requests()
    run = run_example(play, sandbox, "adopt.yml", "-e", f"mappings_from={exported}")
    assert run.result["changed"] is False, run.output
    assert run.result["summary"]["unchanged"] == len(patterns)
    assert [request.method for request in sandbox.requests] == ["GET"]
    assert sandbox.mappings() == before


def test_adopting_refuses_to_lose_a_mapping_that_was_added_since(play, sandbox, tmp_path):
    exported = tmp_path / "exported.yml"
    assert run_example(play, sandbox, "export.yml", "-e", f"export_to={exported}").status == 0
    assert yaml.safe_load(exported.read_text()) == {"persona_mappings": []}
    sandbox.create_mapping(RUNNER, CI)
    run = run_example(play, sandbox, "adopt.yml", "-e", f"mappings_from={exported}")
    assert run.status != 0
    assert "but max_removals is 0" in run.result["msg"]
    assert len(sandbox.mappings()) == 1


def test_what_apply_has_done_can_be_undone(play, sandbox, tmp_path):
    """Creations, replacements and removals, by the record of the run."""
    sandbox.create_mapping(RUNNER, CI)
    sandbox.create_mapping(OPS, OMAR)
    before, wanted, record = state_of(sandbox), tmp_path / "wanted.yml", tmp_path / "record.json"
    wanted.write_text(yaml.safe_dump({"persona_mappings": [present(RUNNER, LI), present(JANE, LI)]}))
    options = ("-e", f"record={record}", "-e", f"mappings_from={wanted}")
    assert run_example(play, sandbox, "apply.yml", *options).status == 0
    assert state_of(sandbox) == {RUNNER: LI, JANE: LI}
    for changed in (True, False):
        run = run_example(play, sandbox, "undo.yml", *options)
        assert run.status == 0, run.output
        assert any(result["changed"] for result in run.results) == changed
        assert state_of(sandbox) == before


def test_a_run_that_fails_is_reported_and_recorded(play, sandbox, tmp_path):
    for number in range(6):
        sandbox.create_mapping(f"arn:aws:iam::123456789012:user/{number}", CI)
    before, wanted, record = state_of(sandbox), tmp_path / "wanted.yml", tmp_path / "record.json"
    wanted.write_text(yaml.safe_dump({"persona_mappings": [present(RUNNER, LI)]}))
    run = run_example(play, sandbox, "apply.yml", "-e", f"record={record}", "-e", f"mappings_from={wanted}")
    assert run.status == 2
    assert "but max_removals is 5" in json.loads(record.read_text())["msg"]
    assert state_of(sandbox) == before


def test_undoing_restores_what_was_lost(play, sandbox, tmp_path):
    """As a result has it, with the id and the UUID of what is no longer there."""
    lost = {**present(RUNNER, LI), "id": "6f2e0a4e-3f7c-4f6b-9a53-0c5f0f3a7a11", "account_uuid": CI_UUID}
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"lost_mappings": [lost]}))
    run = run_example(play, sandbox, "undo.yml", "-e", f"record={record}")
    assert run.status == 0, run.output
    assert state_of(sandbox) == {RUNNER: LI}


# ---- The comparison


def test_datadogs_client_creates_again_after_a_5xx_if_told_to_retry(sandbox):
    sandbox.add_fault(method="POST", status=502, execute=True)
    configuration = Configuration(host=sandbox.url)
    assert configuration.enable_retry is False
    configuration.api_key = {"apiKeyAuth": sandbox.env["DD_API_KEY"], "appKeyAuth": sandbox.env["DD_APP_KEY"]}
    configuration.enable_retry = True
    configuration.unstable_operations["create_aws_cloud_auth_persona_mapping"] = True
    attributes = {"account_identifier": CI, "arn_pattern": RUNNER}
    body = AWSCloudAuthPersonaMappingCreateRequest(data={"type": "aws_cloud_auth_config", "attributes": attributes})
    with ApiClient(configuration) as client, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns of each unstable operation.
        with pytest.raises(ApiException) as refused:
            CloudAuthenticationApi(client).create_aws_cloud_auth_persona_mapping(body=body)
    assert refused.value.status == 409
    assert [(request.method, request.status) for request in sandbox.requests] == [("POST", 502), ("POST", 409)]
