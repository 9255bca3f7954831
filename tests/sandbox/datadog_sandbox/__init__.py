# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in for Datadog's cloud authentication API, with its traps and with faults on demand.

Standard library only. In a test::

    from datadog_sandbox import Sandbox

    with Sandbox(list_lag=2) as sandbox:
        run_the_client(env=sandbox.env)
        assert len(sandbox.mappings()) == 1
"""

from __future__ import annotations

from .faults import Fault
from .recorder import Record
from .sandbox import Sandbox
from .settings import Settings
from .version import __version__

__all__ = ["Fault", "Record", "Sandbox", "Settings", "__version__"]
