# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the locks pin is all that is installed, on any later day."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import locks
from ansible_collections.datadog_community.cloud_auth.tests.system.checkout import ENVIRONMENTS, ROOT, Checkout

NEWER = "9999"


@pytest.mark.parametrize("lock", locks.locks(), ids=lambda lock: lock.path.stem)
def test_locks_are_closed(lock):
    for environment in locks.environments(lock.pythons):
        assert locks.lacking(lock, environment, locks.recorded()) == []


def test_a_lock_that_is_not_closed_is_noticed(tmp_path):
    whole = next(lock for lock in locks.locks() if lock.path.stem == "test")
    path = tmp_path / "test.txt"
    path.write_text(whole.path.read_text().replace("\ncoverage==", "\nother=="))
    lock, environment = locks.Lock(path, whole.wanted, whole.pythons), next(locks.environments(whole.pythons))
    found = locks.lacking(lock, environment, locks.recorded())
    assert len(found) == 2
    assert "requires coverage[toml]" in found[0]
    assert found[1] == "nothing requires other"


def installed() -> Iterator[Distribution]:
    """What is installed in this checkout's virtual environments."""
    for name in ENVIRONMENTS:
        yield from distributions(path=[str(path) for path in (ROOT / ".venv" / name).glob("lib/python*/site-packages")])


def test_what_is_on_record_is_what_releases_say():
    recorded = locks.recorded()
    known = {locks.key(each.name, each.version): each.requires or [] for each in installed()}
    compared = recorded.keys() & known.keys()
    assert len(compared) > 30
    for release in compared:
        assert {*map(Requirement, recorded[release])} == {*map(Requirement, known[release])}, release


def wheel(folder: Path, name: str, version: str, requires: list[str]) -> str:
    """Write a wheel that holds nothing but what it requires; return its SHA-256."""
    stem = f"{name.replace('-', '_').replace('.', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in {extra for line in requires for extra in extras_in(line)}]
    lines += [f"Requires-Dist: {line}" for line in requires]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def extras_in(line: str) -> list[str]:
    """The extra that a requirement is for, if it is for one."""
    _before, found, after = line.partition("extra == ")
    return [after.strip("() ")[1:].partition(after.strip("() ")[0])[0]] if found else []


@pytest.fixture
def index(tmp_path):
    """A package index in which everything has got a newer release; it makes a lock fit its wheels."""
    folder, recorded = tmp_path / "index", locks.recorded()
    folder.mkdir()

    def fit(path: Path) -> list[Requirement]:
        pins = locks.Lock(path, (), ()).pins()
        for pin in pins:
            wheel(folder, pin.name, NEWER, recorded[locks.key(pin.name, locks.version_of(pin))])
        path.write_text("".join(f"{pin} \\\n    --hash=sha256:{locked(pin)}\n" for pin in pins))
        return pins

    def locked(pin: Requirement) -> str:
        version = locks.version_of(pin)
        return wheel(folder, pin.name, version, recorded[locks.key(pin.name, version)])

    fit.environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null"}
    return fit


@pytest.fixture
def checkout(tmp_path):
    """What make needs to set up an environment."""
    return Checkout(tmp_path / "checkout", map(Path, ("Makefile", "requirements/test.txt", "requirements/build.txt")))


def test_a_later_day(index, checkout):
    requirements = checkout.place / "requirements"
    pins = {pin for name in ("build.txt", "test.txt") for pin in index(requirements / name)}
    run = checkout.run("make .venv/test/done", **index.environment)
    assert run.returncode == 0, run.stdout
    site_packages = next(checkout.place.glob(".venv/test/lib/python*/site-packages"))
    found = {locks.key(each.name, each.version) for each in distributions(path=[str(site_packages)])}
    wanted = {locks.key(pin.name, locks.version_of(pin)) for pin in pins if not pin.marker or pin.marker.evaluate()}
    assert {release for release in found if not release.startswith(("pip==", "setuptools=="))} == wanted


def test_a_lock_with_a_hole_is_not_taken_for_whole(index, checkout):
    requirements = checkout.place / "requirements"
    for name in ("build.txt", "test.txt"):
        index(requirements / name)
    lock = requirements / "test.txt"
    lock.write_text(re.sub(r"^coverage==.+\n.+\n", "", lock.read_text(), flags=re.MULTILINE))
    run = checkout.run("make .venv/test/done", **index.environment)
    assert run.returncode
    assert "requires coverage, which is not installed" in run.stdout
    assert not (checkout.place / ".venv/test/done").exists()
