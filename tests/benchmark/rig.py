# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are measured: a sandbox, and a folder to run playbooks and scripts in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from metered_python import MeteredPython

from datadog_sandbox import Sandbox

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ACCOUNT = "jane.doe@corp.example"

Mappings = list[dict[str, str]]


class Played(NamedTuple):
    """A playbook that has run.

    :ivar durations: of its tasks, in seconds.
    :ivar whole: of the whole command, in seconds.
    """

    durations: list[float]
    whole: float


def mappings(count: int) -> Mappings:
    """So many mappings, with patterns of a usual length."""
    role = "arn:aws:sts::123456789012:assumed-role/terraform-runner-production-{:06}/*"
    return [{"arn_pattern": role.format(number), "account_identifier": ACCOUNT} for number in range(count)]


class Rig:
    """Runs what is measured, against one sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self.sandbox = sandbox
        self._durations = folder / "durations"
        self._metered_python = MeteredPython(folder)

    def file(self, count: int) -> Path:
        """A file with so many mappings, in JSON."""
        path = self._folder / f"mappings-{count}.json"
        if not path.exists():
            path.write_text(json.dumps(mappings(count)))
        return path

    def play(self, *tasks: dict[str, Any], metered: bool = False) -> Played:
        """Run a playbook of these tasks; all must succeed."""
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
        if metered:
            play["vars"] = {"ansible_python_interpreter": str(self._metered_python.path)}
        playbook = self._folder / "playbook.yml"
        playbook.write_text(json.dumps([play]))
        whole, _output = self._run(str(Path(sys.executable).with_name("ansible-playbook")), str(playbook))
        return Played(json.loads(self._durations.read_text()), whole)

    def script(self, name: str, *arguments: object) -> tuple[float, str]:
        """Run one of the scripts. Returns the seconds that its process took, and its output."""
        return self._run(sys.executable, str(HERE / "scripts" / name), *map(str, arguments))

    def memory(self) -> float:
        """The peak memory of the last module that ran metered, in MB."""
        return self._metered_python.megabytes()[-1]

    def _run(self, *command: str) -> tuple[float, str]:
        begun = time.perf_counter()
        ended = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        whole = time.perf_counter() - begun
        if ended.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{ended.stdout[-5000:]}{ended.stderr[-5000:]}")
        return whole, ended.stdout

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        installed = os.environ.get("CLOUD_AUTH_COLLECTIONS_PATH", str(ROOT / "build" / "installed"))
        return {
            **inherited,
            **self.sandbox.env,
            "ANSIBLE_CONFIG": str(ROOT / "tests" / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": installed,
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "durations",
            "BENCHMARK_DURATIONS": str(self._durations),
            "NO_PROXY": "127.0.0.1",
            "PYTHONWARNINGS": "ignore",
        }
