# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing the same to many things, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """``work`` done to all ``items``, by up to ``workers`` threads; the results in the order of the items.

    After an error of ``work`` no more are begun, and it is raised once those under way have ended.
    """
    workers = min(workers, len(items))
    if workers <= 1:
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))
