# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests of rate limits: headers that tell of them, requests under them, and clocks on which nothing takes time."""

from __future__ import annotations

import heapq
import itertools
import threading

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import Clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.limits import Limits

LIST, CREATE, REMOVE, USERS = "GET /mappings", "POST /mappings", "DELETE /mappings", "GET /users"


class SharedClock(Clock):
    """A clock of several workers. Once all of them sleep, it is at once the time when the first of them wakes."""

    def __init__(self, workers=1):
        super().__init__()
        self._time = 0.0
        self._lock = threading.Lock()
        self._awake = workers
        self._sleeping = []

    def now(self):
        return self._time

    def sleep(self, seconds):
        wake = threading.Event()
        with self._lock:
            heapq.heappush(self._sleeping, (self._time + seconds, id(wake), wake))
            self._one_less()
        wake.wait()

    def leave(self):
        """A worker has nothing more to do."""
        with self._lock:
            self._one_less()

    def _one_less(self):
        self._awake -= 1
        while self._sleeping and (self._awake == 0 or self._sleeping[0][0] <= self._time):
            self._time, _id, wake = heapq.heappop(self._sleeping)
            self._awake += 1
            wake.set()


class OneAtATime(Clock):
    """A clock of several workers, of whom one runs while the others sleep; who, is the same each time."""

    def __init__(self, workers):
        super().__init__()
        self._time = 0.0
        self._count = itertools.count()
        self._starting = workers
        self._sleeping = []
        self._lock = threading.Lock()

    def now(self):
        return self._time

    def start(self, worker):
        """Begin when all have come."""
        wake = threading.Event()
        with self._lock:
            self._starting -= 1
            heapq.heappush(self._sleeping, (0.0, worker - 1000, wake))
            if not self._starting:
                self._next()
        wake.wait()

    def sleep(self, seconds):
        wake = threading.Event()
        heapq.heappush(self._sleeping, (self._time + seconds, next(self._count), wake))
        self._next()
        wake.wait()

    def leave(self):
        """A worker has nothing more to do."""
        if self._sleeping:
            self._next()

    def _next(self):
        self._time, _number, wake = heapq.heappop(self._sleeping)
        wake.set()


def told(remaining="5", reset="10", limit="5", **more):
    return {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset, "X-RateLimit-Limit": limit, **more}


def limits():
    clock = SharedClock()
    return Limits(clock), clock


def send(all_limits, clock, endpoint, **headers):
    """Send a request that is answered with ``headers``; when it was let through."""
    passage = all_limits.enter(endpoint)
    now = clock.now()
    all_limits.leave(passage, {name.replace("_", "-"): text for name, text in headers.items()})
    return now


def named(name, **more):
    return {"X_RateLimit_Name": name, **{key.replace("-", "_"): text for key, text in told(**more).items()}}


def known(remaining="5", name="mappings", endpoints=(CREATE, REMOVE), **more):
    """Limits of which answers have told."""
    all_limits, clock = limits()
    for before, endpoint in enumerate(reversed(endpoints)):
        left = int(remaining) + len(endpoints) - 1 - before
        send(all_limits, clock, endpoint, **named(name, remaining=str(left), **more))
    return all_limits, clock
