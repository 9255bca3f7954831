# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads are answered by replicas, each so many seconds behind the writes; which of them answers is luck, or in turn."""

from __future__ import annotations

import random
from collections import Counter

from .settings import Lag, Settings


class Replicas:
    """Chooses the replica for each read. ``seed`` makes what is chosen at random repeatable."""

    def __init__(self, settings: Settings, seed: int | None) -> None:
        self._settings = settings
        self._random = random.Random(seed)
        self._turns: Counter[str] = Counter()

    def lag(self, read: str, lag: Lag, forced: float | None = None) -> float:
        """How old what this read sees is: one of ``lag``, unless it is ``forced``. Each ``read`` has its own turns."""
        if forced is not None:
            return forced
        if not isinstance(lag, tuple):
            return lag
        if self._settings.replica_choice == "random":
            return self._random.choice(lag)
        self._turns[read] += 1
        return lag[(self._turns[read] - 1) % len(lag)]
