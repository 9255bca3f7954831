# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback of ansible-playbook that writes how long each task took to the file $BENCHMARK_DURATIONS."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: durations
type: aggregate
short_description: Write the durations of tasks to a file
description: For the benchmark. A line is a JSON list of seconds, one for each task in its order.
"""


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "durations"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._started = 0.0
        self._durations = []

    def v2_playbook_on_task_start(self, task, is_conditional):
        """A task begins."""
        self._started = time.perf_counter()

    def v2_runner_on_ok(self, result):
        """A task has ended well; one that fails ends the playbook, and the benchmark with it."""
        self._durations.append(time.perf_counter() - self._started)

    def v2_playbook_on_stats(self, stats):
        """The playbook has ended."""
        Path(os.environ["BENCHMARK_DURATIONS"]).write_text(json.dumps(self._durations), encoding="utf-8")
