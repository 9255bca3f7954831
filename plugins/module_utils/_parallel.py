# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the same work on many items, several at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Callable, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """``work`` done to all ``items``, by up to ``workers`` threads; the results in the order of the items.

    The calling thread is one of the workers, so if no other can be started, it does all the work. After an error in
    ``work``, no further item begins, and the error is raised once those under way have ended.
    """
    results: dict[int, Result] = {}
    errors: list[BaseException] = []
    waiting = iter(enumerate(items))
    lock = threading.Lock()

    def take_turns() -> None:
        while not errors:
            with lock:
                turn = next(waiting, None)
            if turn is None:
                return
            try:
                results[turn[0]] = work(turn[1])
            except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that asked for the work
                errors.append(error)

    threads = _started(take_turns, min(workers, len(items)) - 1)
    take_turns()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(items))]


def _started(target: Callable[[], None], most: int) -> list[threading.Thread]:
    """Up to ``most`` threads: as many as can be had."""
    threads: list[threading.Thread] = []
    for _number in range(most):
        thread = threading.Thread(target=target, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # "can't start new thread": the limit of a container or a user
            break
        threads.append(thread)
    return threads
