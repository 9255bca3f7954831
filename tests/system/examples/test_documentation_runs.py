# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows as real is real: the README's output, the picture, the examples, the comparison."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.cloud_authentication_api import CloudAuthenticationApi
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_request import (
    AWSCloudAuthPersonaMappingCreateRequest,
)

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    RUNNER,
)
from datadog_sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs/examples"
README = (ROOT / "README.md").read_text()
DIFF = ("--diff",)


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
    ("name", "page"), [("mappings.yml", "README.md"), ("keyless.yml", "docs/docsite/rst/without_keys.rst")]
)
def test_pages_show_the_examples_as_they_are(name, page):
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks += [
        dedent(block) for block in re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", text, re.MULTILINE)
    ]
    assert body((EXAMPLES / name).read_text()) in [body(block) for block in blocks if "- name:" in block]


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
