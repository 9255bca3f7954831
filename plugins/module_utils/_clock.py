# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time, and how a signal ends a wait."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ._errors import Interrupted

# A sleeper looks this often whether it has been told to stop, in seconds. An event would wake it at once, but setting
# one takes a lock, and a signal handler that waits for a lock can wait forever.
TICK = 0.1

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Clock:
    """Tells the time and sleeps. Once told to stop, a sleep ends soon in :class:`Interrupted`.

    Work that must not stop halfway (putting a removed mapping back) is shielded, in its thread and context.
    """

    def __init__(self) -> None:
        self._stopped_by = ""
        self._shield = ContextVar("shield", default=False)

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass.

        :raises Interrupted: told to stop before or meanwhile.
        """
        end = self.now() + seconds
        self.check()
        while self.now() < end:
            time.sleep(min(TICK, max(0.0, end - self.now())))
            self.check()

    def stop(self, reason: str) -> None:
        """Tell all work to stop where it safely can; ``reason`` is what the error will name."""
        self._stopped_by = reason

    def check(self) -> None:
        """:raises Interrupted: work was told to stop and is not shielded."""
        if self._stopped_by and not self._shielded:
            raise Interrupted(f"Interrupted by {self._stopped_by}.")

    def handle_signals(self) -> None:
        """From now on a signal tells work to stop, between requests and in waits, instead of ending the process.

        A signal that is ignored (SIGHUP under nohup) stays ignored. Nothing restores the handlers: the process ends
        with the task, and a second signal must not break into its last words.
        """
        if threading.current_thread() is not threading.main_thread():
            return  # Only the main thread can be told by signals.
        for number in SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                signal.signal(number, lambda got, _frame: self.stop(signal.Signals(got).name))

    @property
    def _shielded(self) -> bool:
        return self._shield.get()

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Don't stop this thread within the block."""
        before = self._shield.set(True)
        try:
            yield
        finally:
            self._shield.reset(before)


def back_off(tries: int, first: float, longest: float) -> float:
    """Seconds to wait after so many tries, from 0 on: twice as long each time."""
    return min(longest, first * 2.0 ** min(tries, 10))  # 10: far beyond the longest wait, and nothing overflows


def poll_intervals(clock: Clock, timeout: float, first: float = 0.5, longest: float = 5.0) -> Iterator[float]:
    """Sleep ever longer between looks at something, until ``timeout`` seconds have passed in all.

    Yields the seconds slept after each sleep, so the caller looks. However long looks take, the last one begins when
    all of the time has passed.
    """
    deadline = clock.now() + timeout
    tries, slept, is_last = 0, 0.0, timeout <= 0
    while not is_last:
        left = max(0.0, min(timeout - slept, deadline - clock.now()))
        pause = min(back_off(tries, first, longest), left)
        is_last = left <= pause
        clock.sleep(pause)
        yield pause
        tries, slept = tries + 1, slept + pause
