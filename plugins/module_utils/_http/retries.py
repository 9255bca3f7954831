# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often and how long one request is tried again."""

from __future__ import annotations

import random

from .._clock import Clock, back_off
from .._errors import RequestFailed

# Exponential back-off, in seconds.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class RetryPolicy:
    """How long one request is tried again after faults that may pass: so many times, or for so many seconds.

    :param most: how often the request is sent again; None for as often as the time allows.
    :param seconds: how long after the first failure it may still be sent again; None for any time.
    """

    def __init__(self, clock: Clock, most: int | None = None, seconds: float | None = None) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._deadline: float | None = None
        self.tries = 0

    def pause_after(self, error: RequestFailed) -> float | None:
        """Seconds to wait before the next try, or None if there is none."""
        self.tries += 1
        now = self._clock.now()
        if self._deadline is None and self._seconds is not None:
            self._deadline = now + self._seconds
        if not error.may_pass or (self._most is not None and self.tries > self._most):
            return None
        if self._deadline is not None and now >= self._deadline:
            return None
        if error.wait is None:
            # With jitter, so that clients don't march in step.
            return back_off(self.tries - 1, FIRST_PAUSE, LONGEST_PAUSE) * random.uniform(0.5, 1.0)
        return error.wait if self._deadline is None else min(error.wait, self._deadline - now)

    def with_count(self, error: RequestFailed) -> RequestFailed:
        """``error``, saying how often the request was sent."""
        return error.noted(f"(Sent {self.tries} times.)") if self.tries > 1 else error
