# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the artifact holds what belongs in it, all of it and nothing else, and that its README has no dead link.

python tests/tools/release_check.py <artifact>
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import readme

ROOT = Path(__file__).resolve().parents[2]
# The sandbox ships with the collection, so that users can try their playbooks without an account.
WANTED = re.compile(
    r"""
    (README | CHANGELOG | CONTRIBUTING | CODE_OF_CONDUCT | SECURITY) \.(md|rst)
    | LICENSE | LICENSES/.+\.txt | requirements\.txt | \.ansible-lint
    | changelogs/(changelog|config)\.yaml
    | docs/(?!sphinx/).+ | meta/.+\.yml | playbooks/.+ | plugins/.+\.py | tests/config\.yml | tests/sandbox/.+
    """,
    re.VERBOSE,
)
WRITTEN_BY_THE_BUILD = {"MANIFEST.json", "FILES.json"}
NEVER = re.compile(r"(^|/)(\.(?!ansible-lint$)|__pycache__/)|\.(pyc|retry|log|pem|key)$")
SECRET = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def main(artifact: Path) -> int:
    """Say what is wrong; return 0 if nothing is."""
    with tarfile.open(artifact) as archive:
        members = {member.name: archive.extractfile(member) for member in archive.getmembers() if not member.isdir()}
        content = {name: file.read() if file else b"" for name, file in members.items()}
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = {name for name in listed if WANTED.fullmatch(name) and (ROOT / name).is_file()}
    found = content.keys() - WRITTEN_BY_THE_BUILD
    faults = [
        *(f"{name} is missing" for name in sorted(expected - found)),
        *(f"{name} does not belong into it" for name in sorted(found - expected)),
        *(f"{name} must never be in it" for name in sorted(found) if NEVER.search(name)),
        *(f"{name} holds a private key" for name in sorted(found) if SECRET.search(content[name])),
        *(f"README links to {target}" for target in readme.dead(readme.links(content["README.md"].decode()), listed)),
    ]
    print(*(f"{artifact.name}: {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
    if not faults:
        print(f"{artifact.name} holds {len(found)} files, all that belong into it and nothing else")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
