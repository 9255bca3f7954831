# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback of ansible-playbook that writes what each task returns to the file $CLOUD_AUTH_TEST_RESULTS."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: notification
short_description: Write the results of tasks to a file, one JSON object a line
description: For the tests.
"""


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result):
        """A task has succeeded."""
        self._write(result, False)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task has failed, maybe one whose errors are ignored."""
        self._write(result, True)

    def _write(self, result, failed):
        with Path(os.environ["CLOUD_AUTH_TEST_RESULTS"]).open("a", encoding="utf-8") as file:
            returned = {"host": result._host.get_name(), "result": {**result._result, "failed": failed}}
            file.write(json.dumps(returned, default=str) + "\n")
