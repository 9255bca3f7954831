# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datadog's rate limits: a gate for each, at which its requests wait together."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from .._clock import Clock

# A limit that resets later than this is none that a task can wait for; such a header counts as missing.
LONGEST_PERIOD = 3600.0
# How much of a limit's name counts, in characters.
LONGEST_NAME = 100
# The longest wait between two tries, in seconds.
LONGEST_WAIT = 300.0


def seconds_of(headers: Mapping[str, str], *names: str) -> float | None:
    """The first of the headers ``names`` that holds a credible number of seconds.

    A date (which ``Retry-After`` may hold), junk, a negative or an absurd number counts as missing.
    """
    for name in names:
        seconds = _number(headers.get(name))
        if seconds is not None and seconds <= LONGEST_PERIOD:
            return seconds
    return None


def _number(text: str | None) -> float | None:
    """``text`` as a number from 0 on, or None."""
    digits = (text or "").strip()
    if not digits.isascii() or not digits.replace(".", "", 1).isdigit() or len(digits) > 12:
        return None
    return float(digits)


class RateGate:
    """Lets requests through as the limits that Datadog states allow (``X-RateLimit-*``, API reference).

    What is left of the limit is counted down by each request, and further if the headers of an answer say that others
    use it, too. At nothing left, or after a 429, the gate closes until the limit's reset; then it counts anew.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way = 0
        self._sent_uncounted = 0
        self._limit: int | None = None
        self._period = 0.0
        self._left: int | None = None
        self._reset_at = 0.0
        self._reset_is_told = False
        self._opens_at = 0.0
        self._counted_until = 0.0
        #: Seconds that requests have been held back so far; simultaneous waits count once.
        self.waited = 0.0

    def enter(self) -> None:
        """Wait until a request may be sent, and count it."""
        while True:
            with self._lock:
                pause = self._pause()
                if pause <= 0:
                    self._under_way += 1
                    if self._left is None:
                        self._sent_uncounted += 1
                    else:
                        self._left -= 1
                    return
                self._count_wait(pause)
            self._clock.sleep(pause)

    def leave(self) -> None:
        """A request that entered has ended, with or without an answer."""
        with self._lock:
            self._under_way -= 1

    def update(self, headers: Mapping[str, str]) -> None:
        """Learn what the headers of an answer say about this limit."""
        with self._lock:
            self._update(headers)

    def close(self, seconds: float) -> None:
        """Let nothing through for ``seconds``: a request has been rejected."""
        with self._lock:
            self._opens_at = max(self._opens_at, self._clock.now() + seconds)
            self._reset_at = self._opens_at
            self._left = 0

    def _pause(self) -> float:
        now = self._clock.now()
        self._renew(now)
        if self._left is not None and self._left <= 0:
            return self._reset_at - now
        return self._opens_at - now

    def _update(self, headers: Mapping[str, str]) -> None:
        left = _number(headers.get("X-RateLimit-Remaining"))
        limit = _number(headers.get("X-RateLimit-Limit"))
        reset = seconds_of(headers, "X-RateLimit-Reset")
        if left is None or reset is None or reset > LONGEST_WAIT:
            return
        now = self._clock.now()
        self._renew(now)
        if not self._reset_is_told:
            self._reset_at, self._reset_is_told = now + reset, True
        self._limit = int(limit) if limit else None
        self._period = min(LONGEST_WAIT, seconds_of(headers, "X-RateLimit-Period") or reset)
        if self._left is None:
            # Requests under way may be among those that are not left, or not.
            self._left = max(int(left) - self._under_way, (self._limit or 0) - self._sent_uncounted)
        # Answers overtake each other: within a period what is left only shrinks.
        self._left = min(self._left, int(left))

    def _renew(self, now: float) -> None:
        """Begin a new period, if the old one has passed. Its first answer tells when it ends; till then it is assumed
        to last as long as the one before."""
        if self._left is None or now < self._reset_at:
            return
        self._left = None if self._limit is None else self._limit - self._under_way
        self._sent_uncounted = 0
        self._reset_at, self._reset_is_told = now + self._period, False

    def _count_wait(self, pause: float) -> None:
        until = self._clock.now() + pause
        self.waited += max(0.0, until - max(self._counted_until, self._clock.now()))
        self._counted_until = max(self._counted_until, until)


class Limits:
    """A gate for each of Datadog's limits, which answers name (``X-RateLimit-Name``, API reference).

    Which limit an endpoint falls under is known from its first answer; until then, and where no answer has a name, its
    requests pass one gate that they all share.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._gates: dict[str, RateGate] = {}
        self._names: dict[str, str] = {}

    @property
    def waited(self) -> float:
        """Seconds that requests have been held back so far, in all gates."""
        return sum(gate.waited for gate in list(self._gates.values()))

    def enter(self, endpoint: str) -> RateGate:
        """Wait until a request to ``endpoint`` may be sent. Returns the gate, which it has to leave."""
        gate = self.gate_of(endpoint)
        gate.enter()
        return gate

    def update(self, endpoint: str, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer of ``endpoint``."""
        name = headers.get("X-RateLimit-Name")
        if name:
            self._names[endpoint] = name[:LONGEST_NAME]
        self.gate_of(endpoint).update(headers)

    def gate_of(self, endpoint: str) -> RateGate:
        """The gate of the limit that ``endpoint`` falls under, as far as that is known."""
        name = self._names.get(endpoint, "")
        with self._lock:
            return self._gates.setdefault(name, RateGate(self._clock))
