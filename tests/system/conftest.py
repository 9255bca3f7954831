# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: playbooks, and a sandbox with a bare client."""

from __future__ import annotations

import os

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import Player
from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import Client, Clock
from datadog_sandbox import Sandbox


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Two for each core: many of these tests wait, as the modules do."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items):
    """Every other test is one that waits, as long as there are any, so that others run meanwhile."""
    waiting = [item for item in items if item.get_closest_marker("waits")]
    others = [item for item in items if not item.get_closest_marker("waits")]
    pairs = [test for pair in zip(waiting, others, strict=False) for test in pair]
    items[:] = [*pairs, *waiting[len(others) :], *others[len(waiting) :]]


@pytest.fixture
def play(tmp_path):
    """Runs playbooks; see Player."""
    player = Player(tmp_path)
    yield player
    player.stop()


@pytest.fixture
def clock():
    """The time of the sandbox."""
    return Clock()


@pytest.fixture
def sandbox(clock):
    """A sandbox whose time only the test moves."""
    with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def client(sandbox):
    """A bare client of the sandbox."""
    with Client(sandbox) as session:
        yield session
