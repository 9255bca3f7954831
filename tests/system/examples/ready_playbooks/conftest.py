# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a sandbox in real time, and the playbooks that the collection ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import Run
from datadog_sandbox import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def shipped(play, sandbox):
    """Runs a shipped playbook, in a folder of its own, with these variables."""

    def run(name: str, *options: str, environment: dict[str, str] | None = None, **variables: Any) -> Run:
        given = {f"cloud_auth_{variable}": value for variable, value in variables.items()}
        arguments = (*options, "-e", json.dumps(given))
        playbook = Path(f"datadog_community.cloud_auth.{name}")
        return play.start_file(playbook, arguments, sandbox.env if environment is None else environment).end()

    return run
