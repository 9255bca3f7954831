# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog's rate limits: so many requests a period each, told in headers."""

from __future__ import annotations

import math
from collections.abc import Callable


class RateLimit:
    """Counts requests in periods of fixed length; a period starts with its first request."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._ends = float("-inf")
        self._used = 0
        self._limit: tuple[int, int] | None = None

    def take(self, limit: tuple[int, int]) -> tuple[bool, dict[str, str]]:
        """Whether one more request is within ``limit`` (requests, seconds), and the headers to send with it."""
        now = self._clock()
        if limit != self._limit or now >= self._ends:
            self._limit, self._ends, self._used = limit, now + limit[1], 0
        allowed = self._used < limit[0]
        self._used += allowed
        return allowed, self._headers(limit, now)

    def _headers(self, limit: tuple[int, int], now: float) -> dict[str, str]:
        """Names as in the API reference; whole seconds, rounded up so that waiting them is always enough."""
        return {
            "X-RateLimit-Limit": str(limit[0]),
            "X-RateLimit-Period": str(limit[1]),
            "X-RateLimit-Remaining": str(limit[0] - self._used),
            "X-RateLimit-Reset": str(math.ceil(self._ends - now)),
            "X-RateLimit-Name": self._name,
        }


class RateLimits:
    """A limit of its own for each part of the API, by name."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        self._by_name: dict[str, RateLimit] = {}

    def take(self, name: str, limit: tuple[int, int] | None) -> tuple[bool, dict[str, str]]:
        """As ``RateLimit.take``; None: there is no limit."""
        if limit is None:
            return True, {}
        return self._by_name.setdefault(name, RateLimit(name, self._clock)).take(limit)
