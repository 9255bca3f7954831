# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time, and being told to stop while it passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ._errors import Interrupted


class Clock:
    """Tells the time and sleeps. Once told to stop, a sleep ends at once in :class:`Interrupted`.

    Work that must be brought to its end all the same (putting a removed mapping back) is shielded, in its thread.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._reason = ""
        self._shield = threading.local()

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass.

        :raises Interrupted: told to stop before or meanwhile.
        """
        if getattr(self._shield, "on", False):
            time.sleep(seconds)
        else:
            self._stop.wait(seconds)
            self.check()

    def stop(self, reason: str) -> None:
        """Tell all work to stop where it safely can; ``reason`` is what the error will name."""
        self._reason = reason
        self._stop.set()

    def check(self) -> None:
        """:raises Interrupted: work was told to stop and is not shielded."""
        if self._stop.is_set() and not getattr(self._shield, "on", False):
            raise Interrupted(f"Interrupted by {self._reason}.")

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Don't stop this thread within the block."""
        before = getattr(self._shield, "on", False)
        self._shield.on = True
        try:
            yield
        finally:
            self._shield.on = before


def pauses(clock: Clock, timeout: float, first: float = 0.5, longest: float = 5.0) -> Iterator[float]:
    """Sleep ever longer between looks at something, until ``timeout`` seconds have passed in all.

    Yields the seconds slept after each sleep, so the caller looks, and looks again after every round.
    """
    deadline = clock.now() + timeout
    pause = first
    left = timeout
    while left > 0:
        pause = min(pause, left)
        clock.sleep(pause)
        yield pause
        left = min(left - pause, deadline - clock.now())
        pause = min(pause * 2, longest)
