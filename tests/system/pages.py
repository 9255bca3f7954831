# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the plugins as ansible-doc shows them: with all fragments joined, from the installed collection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import NAMESPACE, collections_path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
ANSIBLE_DOC = Path(sys.executable).with_name("ansible-doc")


def plugins_of(folder: str) -> list[str]:
    """The names of the plugins in a folder."""
    return sorted(path.stem for path in (PLUGINS / folder).glob("*.py"))


MODULES = plugins_of("modules")


@cache
def pages(kind: str = "module") -> dict[str, dict[str, Any]]:
    """The pages of all plugins of a kind by name: ``doc``, ``examples`` and ``return``."""
    names = plugins_of("modules" if kind == "module" else kind)
    run = subprocess.run(
        [ANSIBLE_DOC, "--json", "--type", kind, *(f"{NAMESPACE}.{name}" for name in names)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections_path()},
        check=True,
        capture_output=True,
        text=True,
    )
    return {name.rpartition(".")[2]: page for name, page in json.loads(run.stdout).items()}


def documented_options(module: str) -> dict[str, Any]:
    """The options of a module."""
    return pages()[module]["doc"]["options"]


def documented_returns(module: str) -> dict[str, Any]:
    """The return values of a module."""
    return pages()[module]["return"]
