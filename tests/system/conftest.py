# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests that run real playbooks."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import Player


@pytest.fixture
def play(tmp_path):
    """Runs playbooks; see Player."""
    player = Player(tmp_path)
    yield player
    player.stop()
