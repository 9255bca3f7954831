# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of "make demo" does what it says, and would notice if it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

import with_sandbox
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import OMAR, present, state_of, writes
from datadog_sandbox import Sandbox
from datadog_sandbox.cli import introduction

PLAYBOOK = Path(__file__).resolve().parents[3] / "docs/examples/demo.yml"


def environment(sandbox: Sandbox) -> dict[str, str]:
    """That of "make demo": keys, and the credentials of an AWS identity, but nothing that says to use these."""
    found = with_sandbox.environment(introduction(sandbox))
    return {name: value for name, value in found.items() if name.startswith(("AWS_", "DATADOG_", "DD_"))}


def test_it_gets_no_credentials_of_the_user(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "DD_API_KEY", "DATADOG_APP_KEY", "DD_CLOUD_PROVIDER_TYPE"):
        monkeypatch.setenv(name, "the user's")
    with Sandbox() as sandbox:
        aws = {name: value for name, value in sandbox.keyless_env.items() if name.startswith("AWS_")}
        assert environment(sandbox) == {**sandbox.env, **aws}


def test_the_demo(play):
    with Sandbox() as sandbox:
        run = play.start_file(PLAYBOOK, (), environment(sandbox)).end()
        assert run.status == 0, run.output
        assert "WARNING" not in run.output
        assert len(state_of(sandbox)) == 2
        keyless = [request for request in sandbox.requests if "dd-api-key" not in request.headers]
        assert [request.method for request in keyless if request.method != "GET"] == ["POST", "POST", "DELETE"]


@pytest.mark.parametrize("method", ["GET", "POST"], ids=["before it starts", "while it runs"])
def test_it_fails_where_the_mappings_are_not_as_it_says(play, method):
    """Above all, it writes nothing in an organization that has mappings."""
    foreign = {"create": present("arn:aws:iam::210987654321:user/foreign", OMAR)}
    with Sandbox() as sandbox:
        sandbox.add_fault(method=method, change=[foreign])
        run = play.start_file(PLAYBOOK, (), environment(sandbox)).end()
        assert run.status == 2
        assert run.results[-1]["failed"]
        assert bool(writes(sandbox)) == (method == "POST")
