# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Python that notes how much memory it took: as an interpreter, it meters the modules it runs."""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPT = """\
#!{python}
import os, sys
child = os.spawnv(os.P_NOWAIT, {python!r}, [{python!r}, *sys.argv[1:]])
_pid, status, usage = os.wait4(child, 0)
with open({notes!r}, "a") as notes:
    notes.write(f"{{usage.ru_maxrss}}\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


class MeteredPython:
    """The stand-in, in a folder of its own.

    :ivar path: to be run instead of this Python.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metered-python"
        self._notes = folder / "metered-memory"
        self.path.write_text(SCRIPT.format(python=sys.executable, notes=str(self._notes)), encoding="utf-8")
        self.path.chmod(0o755)

    def megabytes(self) -> list[float]:
        """The peak memory of each run so far, in MB."""
        unit = 1 if sys.platform == "darwin" else 1024
        return [int(line) * unit / 1e6 for line in self._notes.read_text(encoding="utf-8").splitlines()]
