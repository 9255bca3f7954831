# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions in tests/cores.toml, and the Python interpreters of this computer.

Run as a script it prints the versions as JSON, for the matrix of continuous integration; with the argument "ends", it
prints the oldest and the newest ansible-core that is released; with "interpreter 3.9", the place of that Python, or
nothing.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A Python answers this with its version and its real place, and only if it can make virtual environments.
ASK = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', ''))"


@dataclass(frozen=True)
class Core:
    """One ansible-core, the Python that runs it, and those that the modules are tested on.

    :ivar candidate: the release candidate that stands in for it until it is released; else "".
    """

    version: str
    python: str
    modules: tuple[str, ...]
    candidate: str = ""

    @property
    def requirement(self) -> str:
        """What pip installs."""
        return f"ansible-core=={self.candidate or f'{self.version}.*'}"


def cores() -> list[Core]:
    """Return every ansible-core of tests/cores.toml."""
    table = tomllib.loads((ROOT / "tests/cores.toml").read_text())
    return [Core(**entry | {"modules": tuple(entry["modules"])}) for entry in table["core"]]


def ends() -> str:
    """Return the oldest and the newest ansible-core that is released."""
    released = [core.version for core in cores() if not core.candidate]
    return f"{released[0]} {released[-1]}"


def candidates(version: str) -> Iterator[Path]:
    """Yield the files that may be that Python: those on the path, then pyenv's, the newest first."""
    for folder in os.get_exec_path():
        yield Path(folder) / f"python{version}"
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], check=True, capture_output=True, text=True).stdout.strip()
        yield from sorted(Path(root).glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


@functools.cache
def interpreter(version: str) -> Path | None:
    """Return a Python of that version which works and can make virtual environments."""
    for candidate in candidates(version):
        if os.access(candidate, os.X_OK):
            answer = subprocess.run([candidate, "-c", ASK], check=False, capture_output=True, text=True)
            if match := re.fullmatch(re.escape(version) + " (.+)\n", answer.stdout):
                return Path(match[1])
    return None


if __name__ == "__main__":
    asked, *versions = sys.argv[1:] or ["all"]
    if asked == "ends":
        print(ends())
    elif asked == "interpreter":
        print(interpreter(versions[0]) or "")
    else:
        print(json.dumps([vars(core) for core in cores()]))
