# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that is stopped after it removed the old mapping, before it made the new one, puts the old one back."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    LI,
    OMAR,
    PATIENCE,
    RUNNER,
    assert_clear,
    present,
    state_of,
    task,
)
from datadog_sandbox import Sandbox

REPLACEMENT = task(present(account=LI))
NOT_INTEGRATED = {
    "status": 400,
    "body": {"errors": [{"title": "Generic Error", "detail": "AWS Account Id is not integrated with this account"}]},
}
# While the new mapping is being waited for: Datadog doesn't know the AWS account; or the answer takes its time.
WAITS = {
    "between tries": {"method": "POST", "contains": LI, "times": None, **NOT_INTEGRATED},
    "for an answer": {"method": "POST", "contains": LI, "delay_before": 3, "status": 403, "body": {"errors": ["No"]}},
}


def wait_until(condition):
    """Look until it is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def process_of_the_module(ancestor):
    """The id of the process that runs the module, which descends from ansible-playbook's."""
    listing = subprocess.run(["ps", "-ewwo", "pid=,ppid=,args="], check=True, capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    family = {str(ancestor)}
    for _generation in range(6):
        family |= {pid for pid, parent, _command in rows if parent in family}
    # The shells that started it have the same words in their commands.
    found = [
        pid for pid, _parent, command in rows if pid in family and "AnsiballZ" in command and "/sh " not in command
    ]
    assert len(found) == 1, rows
    return int(found[0])


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_module_is_told_to_stop(play, wait, signal_number):
    with Sandbox(mappings=[present()]) as sandbox:
        sandbox.add_fault(**WAITS[wait])
        running = play.start(REPLACEMENT, sandbox=sandbox)
        wait_until(lambda: any(request.method == "POST" for request in sandbox.requests))
        assert state_of(sandbox) == {}
        os.kill(process_of_the_module(running.process.pid), signal_number)
        result = running.end().result
        assert state_of(sandbox) == {RUNNER: OMAR}
        assert_clear(result, "has been put back", OMAR)
        assert result["changed"]
        if wait == "between tries":
            assert f"Interrupted by {signal_number.name}" in result["msg"]


def test_ctrl_c(play):
    """A terminal sends SIGINT to the process group. Whether Ansible passes it on or not, all comes right."""
    with Sandbox(mappings=[present()]) as sandbox:
        sandbox.add_fault(**WAITS["between tries"])
        running = play.start(task(present(account=LI, wait_timeout=5)), sandbox=sandbox)
        wait_until(lambda: any(request.method == "POST" for request in sandbox.requests))
        module = process_of_the_module(running.process.pid)
        os.killpg(running.process.pid, signal.SIGINT)
        wait_until(lambda: not _is_running(module))
        assert state_of(sandbox) == {RUNNER: OMAR}
        assert running.end().status != 0


def _is_running(process):
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], check=False, capture_output=True, text=True
    ).stdout
    return state.strip()[:1] not in ("", "Z")
