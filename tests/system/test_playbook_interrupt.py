# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real signals to the real process of a module: what it has begun is brought to an end, and it tells what it did."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

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
# While the new mapping is created, once the old one is removed: between two tries; or the answer takes its time. The
# first creation, which comes before the removal, is left to the sandbox, which says that the pattern is taken.
WAITS = {
    "between tries": {"method": "POST", "contains": LI, "skip": 1, "times": None, "status": 503},
    "for an answer": {
        "method": "POST",
        "contains": LI,
        "skip": 1,
        "delay_before": 3,
        "status": 403,
        "body": {"errors": ["No"]},
    },
}
every_signal = pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])


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


def sent(sandbox, method, times=1):
    """A condition: so many requests of this method have come."""
    return lambda: [request.method for request in sandbox.requests].count(method) >= times


@pytest.mark.parametrize("wait", WAITS)
@every_signal
def test_the_module_is_told_to_stop(play, wait, signal_number):
    with Sandbox(mappings=[present()]) as sandbox:
        sandbox.add_fault(**WAITS[wait])
        running = play.start(REPLACEMENT, sandbox=sandbox)
        wait_until(sent(sandbox, "POST", 2))
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
        wait_until(sent(sandbox, "POST", 2))
        module = process_of_the_module(running.process.pid)
        os.killpg(running.process.pid, signal.SIGINT)
        wait_until(lambda: not _is_running(module))
        assert state_of(sandbox) == {RUNNER: OMAR}
        assert running.end().status != 0


@pytest.mark.waits
@pytest.mark.parametrize("seconds", [0, 2], ids=["in the back-off", "at the gate"])
@every_signal
def test_a_removal_executed_without_an_answer_and_a_signal(play, seconds, signal_number):
    with Sandbox(mappings=[present()]) as sandbox:
        limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "8"}
        sandbox.add_fault(method="DELETE", status=503, execute=True, headers=limit)
        running = play.start(REPLACEMENT, sandbox=sandbox)
        wait_until(sent(sandbox, "DELETE"))
        time.sleep(seconds)  # The back-off is over, and what is left of the limit has to be waited for.
        os.kill(process_of_the_module(running.process.pid), signal_number)
        result = running.end().result
        assert result["changed"]
        assert "lost_mapping" not in result
        if result["failed"]:
            assert_clear(result, f"Interrupted by {signal_number.name}")
            assert "Nothing was done" not in result["msg"]
            assert state_of(sandbox) in ({RUNNER: OMAR}, {RUNNER: LI})
        else:  # The creation goes first, and is done.
            assert state_of(sandbox) == {RUNNER: LI}


@every_signal
def test_a_creation_executed_without_an_answer_and_a_signal(play, signal_number):
    with Sandbox(list_lag=20) as sandbox:
        sandbox.add_fault(method="POST", lose="close", execute=True)
        running = play.start(REPLACEMENT, sandbox=sandbox)
        wait_until(sent(sandbox, "GET", 2))  # It looks for what was created.
        os.kill(process_of_the_module(running.process.pid), signal_number)
        result = running.end().result
        assert_clear(result)
        assert result["changed"]
        assert "Nothing was done" not in result["msg"]
        assert state_of(sandbox) == {RUNNER: LI}


@pytest.mark.parametrize("pause", [0.0005, 0.005, 0.05])
def test_ctrl_c_again_and_again_after_all_was_written(play, pause):
    with Sandbox(list_lag=2) as sandbox:
        running = play.start(task(present()), sandbox=sandbox)
        wait_until(sent(sandbox, "POST"))
        module = process_of_the_module(running.process.pid)
        wait_until(lambda: state_of(sandbox) == {RUNNER: OMAR})
        while _interrupt(module):
            time.sleep(pause)
        result = running.end().result
        assert result["changed"], result
        assert "before anything was written" not in result.get("msg", "")
        assert "Traceback" not in str(result)


def test_sighup_under_nohup(play):
    with Sandbox(mappings=[present()]) as sandbox:
        sandbox.add_fault(method="DELETE", delay_after=3)
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # Inherited, as from nohup.
        try:
            running = play.start(REPLACEMENT, sandbox=sandbox)
        finally:
            signal.signal(signal.SIGHUP, before)
        wait_until(sent(sandbox, "DELETE"))
        os.kill(process_of_the_module(running.process.pid), signal.SIGHUP)
        result = running.end().result
        assert not result.get("failed"), result
        assert state_of(sandbox) == {RUNNER: LI}


def _interrupt(process):
    """Send SIGINT; returns whether there was somebody to send it to."""
    if not _is_running(process):
        return False
    try:
        os.kill(process, signal.SIGINT)
    except ProcessLookupError:
        return False
    return True


def _is_running(process):
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
