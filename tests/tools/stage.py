# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy what git sees of this checkout to where ansible-test accepts it.

ansible-test wants a collection in .../ansible_collections/<namespace>/<name>, not behind a symbolic link, and in no
folder that git ignores. So copies lie in the user's cache folder. What earlier runs left in them (tests/output, with
virtual environments) is kept. Run as a script this deletes all copies of this checkout.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def copies() -> Path:
    """Return the folder for all copies of this checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / f"cloud_auth-{hashlib.sha256(bytes(ROOT)).hexdigest()[:8]}"


def sources() -> set[Path]:
    """Return the files of this checkout that git sees, relative to it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return {Path(file) for file in names if file and (ROOT / file).is_file()}


def copy(files: Iterable[Path], place: Path) -> None:
    """Copy files of this checkout to the same places in another folder."""
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, place / file)


def stage(name: str) -> Path:
    """Make the copy of that name equal to the checkout, and return the collection in it."""
    place = copies() / name / "ansible_collections/datadog_community/cloud_auth"
    wanted = sources()
    output = place / "tests/output"
    for path in sorted(place.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        if path.is_relative_to(output) or output.is_relative_to(path):
            continue
        if not path.is_dir() or path.is_symlink():
            if path.relative_to(place) not in wanted:
                path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()
    copy(wanted, place)
    return place


if __name__ == "__main__":
    shutil.rmtree(copies(), ignore_errors=True)
