# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reservations: between two requests of a replacement, nobody waits for a limit."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.limits import Limits, NotHeld
from ansible_collections.datadog_community.cloud_auth.tests.unit.rate_limits import (
    CREATE,
    LIST,
    REMOVE,
    USERS,
    OneAtATime,
    SharedClock,
    known,
    limits,
    named,
    send,
    told,
)


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
