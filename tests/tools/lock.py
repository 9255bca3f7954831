# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin the newest versions of all tools, with hashes, and record what each of them requires; see locks.py."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from cores import ROOT
from locks import FOLDER, PYTHONS, REQUIRES, key, lines, locks, version_of

COMPILE = ["uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--no-annotate", "--no-emit-index-url"]
COMPILE += ["--custom-compile-command", "make requirements"]
# What ansible-test installs on every Python that modules run on. It adds requirements of its own, which have no hashes;
# so these can't have any.
FOR_ANSIBLE_TEST = {"units": "tests/unit/requirements.txt", "integration": "tests/integration/requirements.txt"}
OLDEST = "3.9"
REPORT = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed"]
REPORT += ["--ignore-requires-python", "--report", "-"]
# Some releases are not for the oldest Python; pip wants a target for those of another one, and writes nothing to it.
REPORT += ["--python-version", PYTHONS[-1], "--target", "unused"]


def requirements_of(releases: list[str]) -> dict[str, list[str]]:
    """Ask pip what these releases require; no two may be of the same package."""
    answer = subprocess.run([*REPORT, *releases], check=True, stdout=subprocess.PIPE).stdout
    found = [each["metadata"] for each in json.loads(answer)["install"]]
    return {key(each["name"], each["version"]): each.get("requires_dist", []) for each in found}


def record() -> None:
    """Write what all pinned releases require."""
    versions: dict[str, set[str]] = defaultdict(set)
    for pin in (pin for lock in locks() for pin in lock.pins()):
        versions[pin.name].add(f"{pin.name}=={version_of(pin)}")
    requires = {}
    for releases in itertools.zip_longest(*map(sorted, versions.values())):
        requires |= requirements_of([release for release in releases if release])
    REQUIRES.write_text(json.dumps(requires, indent=1, sort_keys=True) + "\n")


def write(output: Path, python: str, wanted: Iterable[str], *options: str) -> None:
    """Pin these requirements and all that they require, for that Python and newer ones."""
    command = [*COMPILE, *options, "--python-version", python, "--output-file", str(output), "-"]
    subprocess.run(command, check=True, input="\n".join(wanted), text=True)


def main() -> None:
    """Write all locks."""
    for lock in locks():
        write(lock.path, lock.pythons[0], lock.wanted, "--generate-hashes")
    for kind, output in FOR_ANSIBLE_TEST.items():
        write(ROOT / output, OLDEST, lines(FOLDER / f"ansible_test/{kind}.in"))
    record()


if __name__ == "__main__":
    main()
