# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report: all ways in, and what could not be read."""

from __future__ import annotations

from html import unescape

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.ready_playbooks.lists import HALF_SHOWN, OPS
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import CI, CI_UUID, RUNNER
from datadog_sandbox import Sandbox, samples


def everything(sandbox: Sandbox) -> None:
    """Mappings of all kinds; the sandbox has none of those that can only be read."""
    sandbox.create_mapping(RUNNER, CI)
    sandbox.create_mapping("arn:aws:iam::123456789012:user/peter", "peter.gone@corp.example")
    sandbox.create_mapping(OPS, kind="intake")
    matchers = {"sub": "repo:corp/app:ref:refs/heads/main"}
    sandbox.create_mapping(kind="github_persona", claim_matchers=matchers, account_identifier=CI)
    sandbox.create_mapping(kind="github_intake", claim_matchers=matchers)
    answers = {
        "terraform/persona_mapping": {"sub_pattern": "organization:*:project:*:workspace:*:run_phase:*"},
        "oidc/persona_mapping": {"provider_id": "p", "identity_pattern": "project_path:corp/infra:*"},
        "oidc/provider": {"provider_name": "gitlab", "issuer_url": "https://gitlab.example"},
    }
    for place, attributes in answers.items():
        known = {"account_uuid": CI_UUID, "account_identifier": CI_UUID} if "mapping" in place else {}
        entry = {"id": "p", "type": "any", "attributes": {**known, **attributes}}
        sandbox.add_fault(path=f"/wif/{place}$", status=200, body={"data": [entry]}, times=None)


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_the_report_shows_all_ways_in(play, sandbox, shipped, name):
    everything(sandbox)
    run = shipped("report", report=name)
    assert run.status == 0, run.output
    text = unescape((play.folder / name).read_text())
    assert text.startswith("<!DOCTYPE html>" if name.endswith("html") else "# Who may act")
    for words in (
        RUNNER,
        f"{CI}",
        "peter.gone@corp.example",
        OPS,
        "sub: repo:corp/app:ref:refs/heads/main",
        "It matches the workspaces of every organization of HCP Terraform",
        "project_path:corp/infra:*",
        "OIDC provider gitlab",
        samples.ORG_UUID,
    ):
        assert words in text
    assert "What could not be read" not in text


def test_the_report_says_what_could_not_be_read(play, sandbox, shipped):
    sandbox.create_mapping(RUNNER, CI)
    keys = {**sandbox.env, "DD_APP_KEY": samples.NO_USERS_APP_KEY}
    assert shipped("report", report="report.md", environment=keys).status == 0
    text = unescape((play.folder / "report.md").read_text())
    unread = text.partition("## What could not be read")[2].partition("\n## ")[0]
    assert "- Names, states and roles of accounts: " in unread
    assert "user_access_read" in unread
    assert "State: not known" in text


def test_the_report_says_what_could_not_be_read_whole(play, sandbox, shipped):
    sandbox.add_fault(method="GET", path="/aws/persona_mapping$", status=200, body=HALF_SHOWN, times=None)
    entries = {"data": [{"type": "any", "attributes": {}}]}
    sandbox.add_fault(method="GET", path="/wif/terraform/persona_mapping$", status=200, body=entries, times=None)
    run = shipped("report", report="report.md")
    assert run.status == 0, run.output
    text = unescape((play.folder / "report.md").read_text())
    unread = text.partition("## What could not be read")[2].partition("\n## ")[0]
    assert "- Mappings of AWS identities to accounts: Datadog does not show all of the persona mapping of" in unread
    assert "- Mappings of HCP Terraform workspaces to accounts: 1 entries of Datadog's list of" in unread


def test_there_is_no_report_if_nothing_could_be_read(play, sandbox, shipped):
    keys = {**sandbox.env, "DD_APP_KEY": samples.NO_PERMISSIONS_APP_KEY}
    run = shipped("report", report="report.md", environment=keys)
    assert (run.status, (play.folder / "report.md").exists()) == (2, False)
    assert "answered 403" in run.output
