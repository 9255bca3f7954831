# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests. The sandbox is one of their tools: its rules without its server."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandbox"))

# CI tries the same examples every time, so that a red run can be repeated; at home each run tries others.
hypothesis.settings.register_profile("default", deadline=None, max_examples=100)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("default"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser):
    """``make unit`` asks for this where it runs all tests."""
    parser.addoption(
        "--every-option", action="store_true", help="fail if no test gives a value to one of the modules' options"
    )


def pytest_configure(config):
    """Watch the options; see every_option.py.

    A shell lets its background jobs ignore Ctrl-C, and nohup SIGHUP; tests that send these signals need them.
    """
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    if config.getoption("every_option"):
        from ansible_collections.datadog_community.cloud_auth.tests.unit.every_option import Watch

        config.pluginmanager.register(Watch())


@pytest.fixture
def script():
    """Exchanges that the test expects; see harness.Script."""
    from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import Script

    script = Script()
    yield script
    script.check()
