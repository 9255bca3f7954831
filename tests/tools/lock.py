# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin the newest versions of all tools, with hashes: requirements/*.in, and every ansible-core of tests/cores.toml."""

from __future__ import annotations

import subprocess

from cores import ROOT, cores

FOLDER = ROOT / "requirements"
COMPILE = ["uv", "pip", "compile", "--quiet", "--upgrade", "--generate-hashes", "--no-annotate", "--no-emit-index-url"]
COMPILE += ["--custom-compile-command", "make requirements", "--output-file"]

if __name__ == "__main__":
    for source in sorted(FOLDER.glob("*.in")):
        output = source.with_suffix(".txt").name
        subprocess.run(
            [*COMPILE, output, "--universal", "--python-version", "3.11", source.name], cwd=FOLDER, check=True
        )
    for core in cores():
        wanted = f"ansible-core=={core.version}.*\nshellcheck-py\n"
        command = [*COMPILE, f"core-{core.version}.txt", "--python-version", core.python, "-"]
        subprocess.run(command, cwd=FOLDER, check=True, input=wanted, text=True)
