# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate of one limit: what headers say, and that it lets through as much as they allow, and no more."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.limits import Limits
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.rate_gate import seconds_of
from ansible_collections.datadog_community.cloud_auth.tests.unit.rate_limits import SharedClock, told

JUNK = ["", " ", "soon", "-1", "-0.5", "+5", "1e3", "1_000", "0x10", "nan", "inf", "1.2.3", ".", "٣", "²", "5s", "5, 6"]
ABSURD = ["3600.1", "86400", "99999999999", "9" * 5000]
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


class Gate:
    """The gate of one limit."""

    def __init__(self, clock):
        self._limits = Limits(clock)

    def enter(self):
        return self._limits.enter("GET /x")

    def leave(self, passage, headers=None):
        self._limits.leave(passage, headers)

    def close(self, seconds):
        self._limits.close("GET /x", seconds)

    @property
    def waited(self):
        return self._limits.waited


class Limited(NamedTuple):
    """A limit, and how a run of requests under it went."""

    rejected: int
    most_in_a_period: int
    seconds: float
    waited: float


class Server:
    """Counts requests in periods. They start with a request, or one after the other as clocks strike."""

    def __init__(self, clock, limit, period, striking, told=True):
        self._clock, self._limit, self._period, self._striking, self._told = clock, limit, period, striking, told
        self._ends = period * 0.4 if striking else 0.0
        self._used = 0
        self._lock = threading.Lock()
        self.rejected = 0
        self.most = 0

    def answer(self):
        with self._lock:
            now = self._clock.now()
            if now >= self._ends:
                periods = math.floor((now - self._ends) / self._period) + 1
                self._ends = self._ends + periods * self._period if self._striking else now + self._period
                self._used = 0
            self._used += 1
            self.most = max(self.most, self._used)
            allowed = self._used <= self._limit
            self.rejected += not allowed
            headers = {
                "X-RateLimit-Limit": str(self._limit),
                "X-RateLimit-Period": str(self._period),
                "X-RateLimit-Remaining": str(max(0, self._limit - self._used)),
                "X-RateLimit-Reset": str(math.ceil(self._ends - now)),
            }
            return allowed, headers if self._told or not allowed else {}


def send_all(requests, workers, limit, period, striking=False, told=True, latency=0.125):
    """Send ``requests`` requests through one gate, several at once, each until it is let through."""
    clock = SharedClock(workers)
    gate = Gate(clock)
    server = Server(clock, limit, period, striking, told)
    waiting = list(range(requests))

    def work(_worker):
        while waiting:
            try:
                waiting.pop()
            except IndexError:
                break
            allowed = False
            while not allowed:
                passage = gate.enter()
                clock.sleep(latency / 2)
                allowed, headers = server.answer()
                clock.sleep(latency / 2)
                gate.leave(passage, headers)
                if not allowed:
                    gate.close(float(headers["X-RateLimit-Reset"]))
        clock.leave()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    return Limited(server.rejected, server.most, clock.now(), gate.waited)


@settings(max_examples=40)
@given(st.integers(1, 8), st.integers(0, 20), st.integers(1, 80), st.integers(5, 60), st.booleans())
@example(workers=8, spare=2, requests=50, period=10, striking=False)
@example(workers=8, spare=0, requests=40, period=10, striking=True)
@example(workers=1, spare=0, requests=5, period=5, striking=False)
def test_what_headers_tell_is_kept_to_and_made_use_of(workers, spare, requests, period, striking):
    limit = workers + spare

    went = send_all(requests, workers, limit, period, striking)

    assert went.rejected == 0
    assert went.most_in_a_period <= limit
    # Resets are told in whole seconds: each period may cost one more, besides the time of the requests themselves.
    periods = math.ceil(requests / limit) - 1
    assert went.seconds <= periods * (period + 1.25) + 0.125 * (requests / workers + 1) + 0.01


@settings(max_examples=20)
@given(st.integers(1, 7), st.integers(1, 40), st.booleans())
@example(limit=2, requests=20, striking=False)
def test_with_more_workers_than_the_limit_only_the_first_requests_can_be_rejected(limit, requests, striking):
    workers = 8

    went = send_all(requests, workers, limit, 10, striking)

    assert went.rejected <= workers - limit
    assert went.seconds <= math.ceil(requests / limit) * 11.5 + 1


def test_a_limit_that_is_told_by_rejections_only_is_waited_for_by_all():
    went = send_all(requests=100, workers=4, limit=20, period=10, told=False)

    # In each of the five periods at most the requests under way are rejected.
    assert went.rejected <= 4 * 4
    assert went.seconds <= 4 * 11.5 + 5


def test_waits_at_the_same_time_count_once():
    went = send_all(requests=12, workers=4, limit=4, period=10)

    assert went.waited == pytest.approx(went.seconds, abs=1)


def passed(gate, clock, count):
    """When each of ``count`` requests is let through, with nothing heard of them."""
    times = []
    for _request in range(count):
        passage = gate.enter()
        times.append(clock.now())
        gate.leave(passage)
    return times


def gate_after(*answers):
    clock = SharedClock()
    gate = Gate(clock)
    for headers in answers:
        gate.leave(gate.enter(), headers)
    return gate, clock


@pytest.mark.parametrize("headers", [{}, *[told(remaining="0", reset=text) for text in [*JUNK, *ABSURD, DATE, "301"]]])
def test_a_gate_that_knows_no_limit_is_open(headers):
    gate, clock = gate_after(headers)

    assert passed(gate, clock, 20) == [0.0] * 20
    assert gate.waited == 0


@pytest.mark.parametrize("text", [*JUNK, "9" * 5000])
def test_junk_for_what_is_left_tells_nothing(text):
    gate, clock = gate_after(told(remaining=text))

    assert passed(gate, clock, 20) == [0.0] * 20


def test_what_is_left_is_counted_down_and_anew_in_the_next_period():
    gate, clock = gate_after(told(remaining="2", reset="7", **{"X-RateLimit-Period": "10"}))

    assert passed(gate, clock, 13) == [0.0] * 2 + [7.0] * 5 + [17.0] * 5 + [27.0]
    assert gate.waited == 27


def test_without_a_period_the_last_reset_is_taken_for_one():
    gate, clock = gate_after(told(remaining="0", reset="7", limit="2"))

    assert passed(gate, clock, 5) == [7.0, 7.0, 14.0, 14.0, 21.0]


@pytest.mark.parametrize("limit", ["", "many", "0"])
def test_without_a_limit_the_gate_is_open_after_the_reset(limit):
    gate, clock = gate_after(told(remaining="1", reset="7", limit=limit))

    assert passed(gate, clock, 20) == [0.0] + [7.0] * 19


def test_what_others_use_is_not_left():
    gate, clock = gate_after(told(remaining="9", reset="10", limit="10"), told(remaining="3", reset="10", limit="10"))

    assert passed(gate, clock, 4) == [0.0] * 3 + [10.0]


def test_an_answer_that_was_overtaken_does_not_raise_what_is_left():
    gate, clock = gate_after(told(remaining="1"), told(remaining="4"))

    assert passed(gate, clock, 1) == [10.0]


def test_an_answer_of_a_new_period_tells_its_end():
    gate, clock = gate_after(told(remaining="0", reset="10", **{"X-RateLimit-Period": "60"}))
    gate.leave(gate.enter(), told(remaining="4", reset="20"))

    assert passed(gate, clock, 5) == [10.0] * 4 + [30.0]


def test_a_request_under_way_when_a_period_begins_counts_to_it():
    gate, clock = gate_after(told(remaining="3", reset="10", limit="3"))
    gate.enter()
    clock.sleep(10)

    assert passed(gate, clock, 3) == [10.0, 10.0, 20.0]


def test_a_rejection_closes_the_gate_for_all():
    gate, clock = gate_after({})
    gate.close(30)
    gate.close(5)

    assert passed(gate, clock, 3) == [30.0] * 3
    assert gate.waited == 30


def test_after_a_rejection_the_limit_is_kept_to():
    gate, clock = gate_after(told(remaining="5", reset="10", limit="2", **{"X-RateLimit-Period": "10"}))
    gate.close(9)

    assert passed(gate, clock, 3) == [9.0, 9.0, 19.0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("7", 7.0), (" 7 ", 7.0), ("2.5", 2.5), (".5", 0.5), ("3600", 3600.0), ("007", 7.0)],
)
def test_credible_seconds(text, seconds):
    assert seconds_of({"Retry-After": text}, "Retry-After") == seconds


@pytest.mark.parametrize("text", [*JUNK, *ABSURD, DATE])
def test_what_is_not_credible_counts_as_missing(text):
    assert seconds_of({"Retry-After": text}, "Retry-After") is None
    assert seconds_of({"X-RateLimit-Reset": text, "Retry-After": "3"}, "X-RateLimit-Reset", "Retry-After") == 3


def test_the_first_credible_header_counts():
    headers = {"X-RateLimit-Reset": "2", "Retry-After": "3"}

    assert seconds_of(headers, "X-RateLimit-Reset", "Retry-After") == 2
    assert seconds_of(headers, "Retry-After", "X-RateLimit-Reset") == 3
    assert seconds_of({}, "Retry-After") is None
    assert seconds_of(headers) is None


@given(st.text())
def test_any_header_is_read_without_a_fault(text):
    seconds = seconds_of({"Retry-After": text}, "Retry-After")

    assert seconds is None or 0 <= seconds <= 3600
    gate, _clock = gate_after(
        told(remaining=text), told(reset=text), told(limit=text), told(**{"X-RateLimit-Period": text})
    )
    assert gate.waited >= 0
