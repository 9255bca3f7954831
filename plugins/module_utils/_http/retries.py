# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that failed: whether one is sent again, and when. Loaded when something has gone wrong."""

from __future__ import annotations

import random
from typing import Callable, Generic, TypeVar

from .._clock import Clock
from .._errors import Interrupted, RateLimited, RequestFailed
from .limits import RateGate

# Exponential back-off, in seconds.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

T = TypeVar("T")


class Retries(Generic[T]):
    """The tries of one request.

    :param most: how often it is sent again after a fault that may pass.
    :param find: reads what the request has made, if it has; None for a request that makes nothing.
    """

    def __init__(self, most: int, gate: RateGate, clock: Clock, find: Callable[[], T | None] | None) -> None:
        self._most = most
        self._gate = gate
        self._clock = clock
        self._find = find
        self._tries = 0
        self._uncertain = False

    def after(self, problem: RequestFailed) -> T | None:
        """Wait until the request may be sent again after ``problem``.

        :returns: None, or what the request turns out to have made: then it is not to be sent again.
        :raises RequestFailed: ``problem`` is for good, or all tries are spent.
        :raises Interrupted: told to stop meanwhile.
        """
        self._tries += 1
        if isinstance(problem, RateLimited):
            self._gate.close(problem.wait or _back_off(self._tries + 1))
        problem.repeated = self._uncertain
        self._uncertain = self._uncertain or problem.fate_unknown
        made = self._made_in_spite_of(problem)
        if made is not None:
            return made
        if not problem.may_pass or self._tries > self._most:
            problem.fate_unknown = self._uncertain
            raise problem.like(f"{problem} (Sent {self._tries} times.)" if self._tries > 1 else str(problem)) from None
        self._pause(problem)
        return None

    def _made_in_spite_of(self, problem: RequestFailed) -> T | None:
        if self._find is None or not problem.fate_unknown:
            return None
        try:
            return self._find()
        except RequestFailed as second:
            failed = problem.like(f"{problem} Reading whether it was executed did not work either: {second}")
            failed.may_pass = False
            raise failed from None

    def _pause(self, problem: RequestFailed) -> None:
        if isinstance(problem, RateLimited):
            return  # The gate holds this request back, and all others.
        try:
            self._clock.sleep(_back_off(self._tries))
        except Interrupted as stop:
            stopped = Interrupted(f"{stop} {problem}")
            stopped.fate_unknown = self._uncertain
            raise stopped from None


def _back_off(tries: int) -> float:
    """Seconds to wait after this many tries: exponential, with jitter so that clients don't march in step."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (tries - 1)) * random.uniform(0.5, 1.0)
