# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time: sleeps end when work is told to stop, unless it is shielded; pauses keep to their time-out."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import SIGNALS, Clock, poll_intervals
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import Interrupted


class SteppedClock(Clock):
    """A clock whose time passes only by sleeping."""

    def __init__(self):
        super().__init__()
        self.time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


def test_time_passes_by_sleeping():
    clock = Clock()
    before = clock.now()

    clock.sleep(0.02)

    assert clock.now() - before >= 0.02
    clock.check()


def test_stopping_ends_a_sleep_at_once():
    clock = Clock()
    threading.Timer(0.02, clock.stop, ["SIGTERM"]).start()
    before = time.monotonic()

    with pytest.raises(Interrupted, match=r"^Interrupted by SIGTERM\.$"):
        clock.sleep(60)

    assert time.monotonic() - before < 30


def test_once_stopped_nothing_sleeps_or_goes_on():
    clock = Clock()
    clock.stop("SIGINT")

    with pytest.raises(Interrupted):
        clock.check()
    with pytest.raises(Interrupted):
        clock.sleep(0)


def test_shielded_work_goes_on():
    clock = Clock()
    clock.stop("SIGINT")
    before = time.monotonic()

    with clock.shielded():
        with clock.shielded():
            clock.check()
        clock.sleep(0.02)
        clock.check()

    assert time.monotonic() - before >= 0.02
    with pytest.raises(Interrupted):
        clock.check()


def test_the_shield_ends_with_an_error():
    clock = Clock()
    clock.stop("SIGINT")

    with pytest.raises(KeyError), clock.shielded():
        raise KeyError

    with pytest.raises(Interrupted):
        clock.check()


def test_a_shield_is_for_its_own_thread_only():
    clock = Clock()
    clock.stop("SIGINT")
    stopped = []

    def work():
        try:
            clock.check()
        except Interrupted:
            stopped.append(True)

    with clock.shielded():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert stopped


@pytest.fixture
def handlers():
    """Signal handlers may be set, and are as before afterward."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_tells_work_to_stop(handlers, number):
    clock = Clock()
    clock.handle_signals()

    os.kill(os.getpid(), number)

    with pytest.raises(Interrupted, match=rf"^Interrupted by {number.name}\.$"):
        clock.sleep(60)


def test_further_signals_do_not_end_the_work_either(handlers):
    clock = Clock()
    clock.handle_signals()

    with clock.shielded():
        for number in (*SIGNALS, *SIGNALS):
            os.kill(os.getpid(), number)
            clock.sleep(0)

    with pytest.raises(Interrupted):
        clock.check()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_is_ignored_stays_ignored(handlers, number):
    """SIGHUP is, under nohup; SIGINT, for what a shell runs in the background."""
    signal.signal(number, signal.SIG_IGN)
    clock = Clock()
    clock.handle_signals()

    os.kill(os.getpid(), number)

    clock.sleep(0)
    assert signal.getsignal(number) is signal.SIG_IGN


def test_a_handler_that_python_does_not_know_stays(handlers, monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda number: None)

    Clock().handle_signals()

    monkeypatch.undo()
    assert {number: signal.getsignal(number) for number in SIGNALS} == handlers


def test_only_the_main_thread_listens(handlers):
    thread = threading.Thread(target=Clock().handle_signals)
    thread.start()
    thread.join()

    assert {number: signal.getsignal(number) for number in SIGNALS} == handlers


def test_a_handler_takes_no_lock(handlers):
    """It runs between two steps of whatever holds one, in the same thread: it would wait forever."""
    clock = Clock()
    clock.handle_signals()
    locks = [value for value in vars(clock).values() if hasattr(value, "acquire") or isinstance(value, threading.Event)]

    os.kill(os.getpid(), signal.SIGTERM)

    assert locks == []
    with pytest.raises(Interrupted):
        clock.check()


@given(st.floats(0, 60), st.floats(0.5, 10), st.floats(0.5, 10))
def test_pauses_grow_and_last_as_long_as_the_timeout(timeout, first, longest):
    clock = SteppedClock()
    slept = list(poll_intervals(clock, timeout, min(first, longest), longest))

    assert clock.now() == pytest.approx(timeout, abs=1e-6)
    assert sum(slept) == pytest.approx(timeout, abs=1e-6)
    assert all(pause <= longest for pause in slept)
    assert slept[:-1] == sorted(slept[:-1])


@given(st.floats(0.1, 60), st.floats(0, 20))
@example(timeout=1.0, look=1.0)
def test_however_long_looks_take_the_last_one_begins_when_the_time_is_over(timeout, look):
    clock = SteppedClock()
    begun = []

    for pause in poll_intervals(clock, timeout):
        assert 0 <= pause <= 5
        begun.append(clock.now())
        clock.time += look

    *others, last = begun
    assert timeout - 1e-6 <= last <= timeout + look + 1e-6
    assert all(moment < timeout for moment in others)


@pytest.mark.parametrize("timeout", [0, -1])
def test_without_time_there_is_no_pause(timeout):
    assert list(poll_intervals(SteppedClock(), timeout)) == []
