# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the sandbox from a checkout: ``python tests/sandbox --help``."""

from __future__ import annotations

import sys

from datadog_sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
