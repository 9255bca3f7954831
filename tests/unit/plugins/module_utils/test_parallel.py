# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing the same to many things: all of them, in order, and never more at once than allowed."""

from __future__ import annotations

import threading
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._parallel import in_parallel


@settings(max_examples=30)
@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_results_are_in_the_order_of_the_items(items, workers):
    assert in_parallel(lambda item: item * 2, items, workers) == [item * 2 for item in items]


def test_several_work_at_once():
    barrier = threading.Barrier(3, timeout=30)

    in_parallel(lambda _item: barrier.wait(), range(6), 3)


@pytest.mark.parametrize(("items", "workers"), [(10, 1), (10, 3), (2, 8)])
def test_never_more_work_at_once_than_allowed(items, workers):
    lock = threading.Lock()
    working = []
    most = []

    def work(item):
        with lock:
            working.append(item)
            most.append(len(working))
        threading.Event().wait(0.005)
        with lock:
            working.remove(item)

    in_parallel(work, range(items), workers)

    assert max(most) <= min(workers, items)


def test_the_caller_is_one_of_the_workers():
    barrier = threading.Barrier(3, timeout=30)

    def work(_item):
        barrier.wait()
        return threading.current_thread()

    assert threading.current_thread() in in_parallel(work, range(3), 3)


@pytest.mark.parametrize("startable", [0, 2])
def test_if_no_more_threads_can_be_had_fewer_do_all_of_it(startable):
    plain, started = threading.Thread.start, []

    def start(thread):
        if len(started) == startable:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        plain(thread)

    with mock.patch.object(threading.Thread, "start", start):
        assert in_parallel(lambda item: item * 2, range(50), 32) == [item * 2 for item in range(50)]

    assert len(started) == startable
    assert not any(thread.is_alive() for thread in started)


def test_one_worker_is_the_caller_itself():
    assert in_parallel(lambda _item: threading.current_thread(), [1, 2], 1) == [threading.current_thread()] * 2
    assert in_parallel(lambda _item: threading.current_thread(), [1], 8) == [threading.current_thread()]


@pytest.mark.parametrize("workers", [1, 4])
def test_an_error_is_raised_when_those_under_way_have_ended(workers):
    begun, ended = [], []

    def work(item):
        begun.append(item)
        if item == 0:
            raise KeyError(item)
        threading.Event().wait(0.01)
        ended.append(item)

    with pytest.raises(KeyError):
        in_parallel(work, range(100), workers)

    assert sorted(begun) == sorted([0, *ended])
    assert len(begun) < 100
