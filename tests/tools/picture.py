# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw what the README's example prints: run it in check mode, for real, and again, on the sandbox.

"make pictures" calls this.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = ROOT / "docs/examples/mappings.yml"
RUNS = (["--check", "--diff"], ["--diff"], ["--diff"])
COLUMNS = 62  # narrow enough to be read on a phone
ASTERISKS = re.compile(r" \*{4,}")
# The terminal's frame, with fonts that every computer has: pictures on GitHub can't load any.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>ansible-playbook mappings.yml in check mode, for real, and again</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  line-height: {line_height}px; font-variant-ligatures: none; }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(options: list[str]) -> str:
    """Return what a run prints, in colors."""
    command = [Path(sys.executable).with_name("ansible-playbook"), PLAYBOOK, *options]
    environment = {**os.environ, "ANSIBLE_FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    # The recap's counts of what this example can't have would only make the lines long, and so do Ansible's asterisks.
    return ASTERISKS.sub("", output.partition("PLAY RECAP")[0]).strip()


def main(file: Path) -> None:
    """Draw the picture."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        for number, options in enumerate(RUNS):
            prompt = "$ " + " ".join(["ansible-playbook", PLAYBOOK.name, *options])
            console.print(*([] if not number else [""]), Text(prompt, style="bold"), "", sep="\n")
            console.print(Text.from_ansi(run(options)))
    svg = console.export_svg(title="Map an AWS identity to a Datadog account", code_format=FORMAT, unique_id="terminal")
    file.write_text("\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
