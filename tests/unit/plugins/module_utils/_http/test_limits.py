# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits: what headers say, and a gate that lets through as much as they allow, and no more."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import Clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.limits import (
    LONGEST_NAME,
    Limits,
    NotHeld,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.rate_gate import seconds_of

JUNK = ["", " ", "soon", "-1", "-0.5", "+5", "1e3", "1_000", "0x10", "nan", "inf", "1.2.3", ".", "٣", "²", "5s", "5, 6"]
ABSURD = ["3600.1", "86400", "99999999999", "9" * 5000]
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


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


def told(remaining="5", reset="10", limit="5", **more):
    return {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset, "X-RateLimit-Limit": limit, **more}


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


LIST, CREATE, REMOVE, USERS = "GET /mappings", "POST /mappings", "DELETE /mappings", "GET /users"


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


def test_a_limit_that_is_used_up_holds_back_only_what_falls_under_it():
    all_limits, clock = limits()
    send(all_limits, clock, USERS, **named("users", remaining="9"))
    send(all_limits, clock, LIST, **named("mappings", remaining="0", reset="30"))

    assert send(all_limits, clock, USERS) == 0
    assert send(all_limits, clock, LIST) == 30
    assert all_limits.waited == 30


def test_endpoints_of_one_limit_wait_together():
    all_limits, clock = limits()
    for endpoint in (LIST, CREATE, REMOVE):
        send(all_limits, clock, endpoint, **named("mappings", remaining="3"))
    all_limits.close(CREATE, 20)

    assert send(all_limits, clock, LIST) == 20
    assert send(all_limits, clock, REMOVE) == 20


def test_what_is_not_named_passes_one_gate():
    all_limits, clock = limits()
    send(all_limits, clock, LIST)
    all_limits.close(LIST, 5)

    assert send(all_limits, clock, USERS) == 5  # Nothing is known of it yet.


def test_an_answer_without_a_name_is_about_the_limit_that_is_known():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("mappings", reset="8"))
    send(all_limits, clock, LIST, X_RateLimit_Remaining="0", X_RateLimit_Reset="8")

    assert send(all_limits, clock, USERS) == 0
    assert send(all_limits, clock, LIST) == 8


def test_an_endpoint_may_come_under_another_limit():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("old", remaining="4"))
    send(all_limits, clock, LIST, **named("new", remaining="4"))
    all_limits.close(LIST, 5)

    send(all_limits, clock, USERS, **named("old", remaining="4"))

    assert send(all_limits, clock, USERS) == 0


def test_a_name_of_any_length_is_a_name():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("x" * 100_000))

    assert len(all_limits._names[LIST]) == LONGEST_NAME


def test_waits_in_several_gates_are_added():
    all_limits, clock = limits()
    for endpoint, name in ((LIST, "mappings"), (USERS, "users")):
        send(all_limits, clock, endpoint, **named(name, remaining="0", reset="10"))
        send(all_limits, clock, endpoint)

    assert all_limits.waited == 20


def test_a_limit_is_counted_from_its_first_request_on():
    """Two requests went out before the first answer told of the limit; both count."""
    all_limits, clock = limits()
    first, second = all_limits.enter(LIST), all_limits.enter(LIST)
    all_limits.leave(first, told(remaining="4", limit="5"))
    all_limits.leave(second)

    assert [send(all_limits, clock, LIST) for _request in range(4)] == [0, 0, 0, 10]


class Windows:
    """A server's limits: so many requests in each period, whose resets are told in whole seconds."""

    def __init__(self, clock, sizes, period, names, tells_more):
        self._clock, self._sizes, self._period, self._names = clock, sizes, period, names
        self._round = math.ceil if tells_more else math.floor
        self._ends = dict.fromkeys(sizes, period * 0.4)
        self._used = dict.fromkeys(sizes, 0)

    def answer(self, endpoint):
        """Whether a request is let through, and the headers of its answer."""
        name, now = self._names[endpoint], self._clock.now()
        while now >= self._ends[name]:
            self._ends[name] += self._period
            self._used[name] = 0
        allowed = self._used[name] < self._sizes[name]
        self._used[name] += allowed
        return allowed, {
            "X-RateLimit-Name": name,
            "X-RateLimit-Limit": str(self._sizes[name]),
            "X-RateLimit-Period": str(self._period),
            "X-RateLimit-Remaining": str(self._sizes[name] - self._used[name]),
            "X-RateLimit-Reset": str(self._round(self._ends[name] - now)),
        }


class Pairs:
    """Workers that send pairs, removals and questions.

    Before a pair there is a creation that is refused, as in a replacement, so that its limit is known. ``waits`` are
    those of creations for which a slot was held back, unless something was rejected meanwhile: that closes the gate.
    """

    def __init__(self, sizes, names, period, tells_more, latencies, workers):
        self.clock = OneAtATime(workers)
        self.limits = Limits(self.clock)
        self._server = Windows(self.clock, sizes, period, names, tells_more)
        self._latencies = itertools.cycle(latencies)
        self.waits, self._rejections = [], 0

    def send(self, endpoint, reservation=None):
        """Send a request until it is let through; returns how long it was held back."""
        begun = self.clock.now()
        while True:
            passage = self.limits.enter(endpoint, reservation)
            held_back = self.clock.now() - begun
            latency = next(self._latencies)
            self.clock.sleep(latency / 2)
            allowed, headers = self._server.answer(endpoint)
            self.clock.sleep(latency / 2)
            self.limits.leave(passage, headers, reservation, rejected=not allowed)
            if allowed:
                return held_back
            self._rejections += not (reservation and endpoint == CREATE)
            self.limits.close(endpoint, float(headers["X-RateLimit-Reset"]) or 0.5)

    def work(self, worker, tasks):
        self.clock.start(worker)
        for task in tasks:
            if task != "pair":
                self.send(task)
                continue
            self.send(CREATE)
            with self.limits.reserve(REMOVE, CREATE) as reservation:
                rejections = self._rejections
                self.send(REMOVE, reservation)
                held_back = self.send(CREATE, reservation)
                if rejections == self._rejections:
                    self.waits.append(held_back)
        self.clock.leave()


ONE_LIMIT = {LIST: "all", CREATE: "all", REMOVE: "all"}
TASKS = st.lists(st.sampled_from(["pair", "pair", LIST, REMOVE, CREATE]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([ONE_LIMIT, {**ONE_LIMIT, REMOVE: "other"}, {**ONE_LIMIT, LIST: "other"}]),
    st.integers(2, 12),
    st.integers(1, 12),
    st.integers(6, 60),
    st.booleans(),
    st.lists(st.sampled_from([0.0, 0.05, 0.2, 0.9]), min_size=1, max_size=5),
    st.lists(TASKS, min_size=1, max_size=32),
)
@example(ONE_LIMIT, 2, 1, 10, True, [0.05], [["pair"] * 3] * 32)
@example({**ONE_LIMIT, REMOVE: "other"}, 2, 1, 10, False, [0.9, 0.05], [["pair", LIST] * 2] * 32)
def test_after_a_reservation_nothing_waits(names, size, other, period, tells_more, latencies, tasks):
    pairs = Pairs({"all": size, "other": other}, names, period, tells_more, latencies, len(tasks))

    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(pairs.work, range(len(tasks)), tasks))

    assert set(pairs.waits) <= {0.0}


def known(remaining="5", name="mappings", endpoints=(CREATE, REMOVE), **more):
    """Limits of which answers have told."""
    all_limits, clock = limits()
    for before, endpoint in enumerate(reversed(endpoints)):
        left = int(remaining) + len(endpoints) - 1 - before
        send(all_limits, clock, endpoint, **named(name, remaining=str(left), **more))
    return all_limits, clock


def test_what_is_held_back_is_for_nobody_else():
    all_limits, clock = known("3")

    with all_limits.reserve(REMOVE, CREATE) as reservation:
        assert [send(all_limits, clock, CREATE) for _request in range(2)] == [0, 11]  # Resets are told rounded.
        for endpoint in (REMOVE, CREATE):
            begun = clock.now()
            all_limits.leave(all_limits.enter(endpoint, reservation))
            assert clock.now() == begun


def test_what_was_held_back_in_vain_is_free_again():
    all_limits, clock = known("2")
    with all_limits.reserve(REMOVE, CREATE):
        pass

    assert [send(all_limits, clock, CREATE) for _request in range(3)] == [0, 0, 10]


def test_too_little_is_waited_for_before():
    all_limits, clock = known("1")

    with all_limits.reserve(REMOVE, CREATE):
        assert clock.now() == 11
    assert all_limits.waited == 11


def test_a_request_that_may_count_is_waited_for_before():
    """Its answer tells whether two slots are free, long before the limit's reset."""
    clock = SharedClock(workers=2)
    all_limits = Limits(clock)
    send(all_limits, clock, CREATE, **named("mappings", remaining="2"))
    passage = all_limits.enter(USERS)

    def answer():
        clock.sleep(1)
        all_limits.leave(passage, told(**{"X-RateLimit-Name": "users"}))
        clock.leave()

    with ThreadPoolExecutor() as pool:
        pool.submit(answer)
        with all_limits.reserve(REMOVE, CREATE):
            assert 1 <= clock.now() < 1.2


def test_limits_of_their_own_need_one_each():
    all_limits, clock = known("1", endpoints=[CREATE])
    send(all_limits, clock, REMOVE, **named("removals", remaining="1"))

    with all_limits.reserve(REMOVE, CREATE):
        assert clock.now() == 0
        assert send(all_limits, clock, CREATE) == 11


@pytest.mark.parametrize(("reset", "waits"), [("299", True), ("302", False), ("3599", False), ("86400", False)])
def test_a_reset_that_is_far_is_not_waited_for(reset, waits):
    all_limits, clock = known("1", reset=reset)

    if waits:
        with all_limits.reserve(REMOVE, CREATE):
            assert clock.now() == 300
        return
    with pytest.raises(NotHeld) as error, all_limits.reserve(REMOVE, CREATE):
        raise AssertionError("something is held back")
    assert error.value.seconds == float(reset)
    assert clock.now() == 0


def test_a_far_reset_is_known_after_a_rejection():
    """Requests wait 300 s at most, and are sent again; a reservation keeps to what the headers say."""
    all_limits, clock = known("1", reset="3000")
    all_limits.close(CREATE, 300)

    assert send(all_limits, clock, CREATE) == 300
    with pytest.raises(NotHeld) as error, all_limits.reserve(REMOVE, CREATE):
        raise AssertionError("something is held back")
    assert error.value.seconds == 2700


def test_a_rejection_until_a_far_reset_leaves_that():
    all_limits, clock = known("1", reset="3000")
    all_limits.close(CREATE, 3000)

    with pytest.raises(NotHeld) as error, all_limits.reserve(REMOVE, CREATE):
        raise AssertionError("something is held back")
    assert error.value.seconds == 3000
    assert clock.now() == 0


def test_a_limit_that_never_has_enough_is_not_waited_for():
    all_limits, clock = known("1", limit="1")

    with pytest.raises(NotHeld) as error, all_limits.reserve(REMOVE, CREATE):
        raise AssertionError("something is held back")
    assert error.value.seconds == math.inf
    assert clock.now() == 0


def test_of_limits_that_are_not_known_nothing_is_held_back():
    all_limits, clock = limits()

    with all_limits.reserve(REMOVE, CREATE) as reservation:
        for endpoint in (REMOVE, LIST, CREATE):
            all_limits.leave(all_limits.enter(endpoint, reservation))
    assert clock.now() == 0


@pytest.mark.parametrize("told_of", [CREATE, REMOVE])
def test_a_limit_that_is_not_known_may_be_that_of_the_other_one(told_of):
    all_limits, clock = known("1", endpoints=[told_of])

    with all_limits.reserve(REMOVE, CREATE):
        assert clock.now() == 11


def test_what_turns_out_to_fall_under_another_limit_is_held_back_there():
    all_limits, clock = known("3", endpoints=[CREATE])
    with all_limits.reserve(REMOVE, CREATE) as reservation:
        send(all_limits, clock, REMOVE, **named("removals", remaining="2", limit="2"))

        assert [send(all_limits, clock, CREATE) for _request in range(3)] == [0, 0, 11]
        assert [send(all_limits, clock, REMOVE) for _request in range(2)] == [12, 22]
        all_limits.leave(all_limits.enter(REMOVE, reservation))
        assert clock.now() == 22


def test_a_request_whose_limit_is_not_known_takes_nothing_that_is_held_back():
    all_limits, clock = known("2")

    with all_limits.reserve(REMOVE, CREATE):
        assert send(all_limits, clock, USERS) == 11


def test_an_answer_without_a_name_tells_that_there_is_none():
    all_limits, clock = known("2")
    send(all_limits, clock, USERS)

    with all_limits.reserve(REMOVE, CREATE):
        assert send(all_limits, clock, USERS) == 0


def test_after_a_rejection_the_slot_is_held_back_again():
    all_limits, clock = known("2")
    with all_limits.reserve(REMOVE, CREATE) as reservation:
        all_limits.leave(all_limits.enter(REMOVE, reservation), {}, reservation, rejected=True)
        all_limits.close(REMOVE, 4)

        assert list(reservation.gates) == [CREATE, REMOVE]
        begun = clock.now()
        all_limits.leave(all_limits.enter(REMOVE, reservation))
        assert clock.now() - begun == 4


def test_after_the_end_of_a_reservation_a_rejection_holds_nothing_back():
    all_limits, clock = known("2")
    with all_limits.reserve(REMOVE, CREATE) as reservation:
        passage = all_limits.enter(CREATE, reservation)
    all_limits.leave(passage, {}, reservation, rejected=True)

    assert [send(all_limits, clock, CREATE) for _request in range(2)] == [0, 10]


def test_who_holds_all_of_a_limit_back_can_still_ask():
    """After a whole period in which nobody could pass, one request a period does."""
    all_limits, clock = known("1", limit="1", endpoints=[CREATE])
    send(all_limits, clock, REMOVE, **named("removals"))

    with all_limits.reserve(REMOVE, CREATE):
        assert [send(all_limits, clock, CREATE) for _request in range(2)] == [21, 31]


def test_a_request_that_may_count_or_not_counts_if_its_answer_is_lost():
    all_limits, clock = known("5", endpoints=[CREATE])
    passage = all_limits.enter(USERS)
    all_limits.leave(passage)

    assert [send(all_limits, clock, CREATE) for _request in range(5)] == [0, 0, 0, 0, 10]


def test_an_answer_of_an_earlier_period_tells_nothing():
    all_limits, clock = known("1")
    late = all_limits.enter(CREATE)
    clock.sleep(10)
    send(all_limits, clock, CREATE, **named("mappings", remaining="4"))
    all_limits.leave(late, told(remaining="0", reset="1"))

    assert [send(all_limits, clock, CREATE) for _request in range(4)] == [10, 10, 10, 20]


def test_a_rejection_in_an_earlier_period_leaves_the_count_of_this_one():
    """It comes when an answer of the new period has told of it already."""
    all_limits, clock = known("0")
    late = all_limits.enter(CREATE)
    clock.sleep(10)
    send(all_limits, clock, CREATE, **named("mappings", remaining="2"))
    all_limits.leave(late, told(remaining="0", reset="0"), rejected=True)
    all_limits.close(CREATE, 0.5)

    assert [send(all_limits, clock, CREATE) for _request in range(3)] == [20.5, 20.5, 30]


def test_an_answer_of_a_later_period_tells_of_it():
    """Its end was told later than it was."""
    all_limits, clock = known("1", reset="30")
    clock.sleep(10)
    send(all_limits, clock, CREATE, **named("mappings", remaining="3", reset="40"))

    assert [send(all_limits, clock, CREATE) for _request in range(4)] == [10, 10, 10, 50]
