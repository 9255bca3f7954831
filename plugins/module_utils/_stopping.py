# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals that stop a task. Loaded when it writes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ._clock import Clock


@contextmanager
def stoppable(clock: Clock) -> Iterator[None]:
    """Let a signal to stop take effect between steps, and in waits, rather than in the middle of a replacement."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread can be told by signals.
        return
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda got, _frame: clock.stop(signal.Signals(got).name)) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before):
            signal.signal(number, handler)
