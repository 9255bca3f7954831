# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of this checkout in which tests can run make without getting in the way of others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import stage

ROOT = stage.ROOT
PATIENCE = 300  # seconds that any command may take, on a machine that is very busy
ENVIRONMENTS = ("demo", "lint", "test")


class Checkout:
    """A folder with some of this checkout's files.

    :ivar place: the folder.
    """

    def __init__(self, place: Path, files: Iterable[Path]) -> None:
        self.place = place
        stage.copy(files, place)

    def use_environments(self) -> None:
        """Give it the virtual environments of this checkout, and let make think that they are up to date."""
        (self.place / ".venv").mkdir()
        for name in ENVIRONMENTS:
            (self.place / ".venv" / name).symlink_to(ROOT / ".venv" / name)
        for lock in self.place.glob("requirements/*.txt"):
            os.utime(lock, (0, 0))

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the shell, as after logging in: nothing of make or pytest is in its environment."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.place,
            env={"PATH": os.environ["PATH"], "HOME": str(self.place), "PYTHON": sys.executable, **environment},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
