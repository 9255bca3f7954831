# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run targets of the Makefile one after the other; say before how long that takes, and after it how long it took.

    python tests/tools/steps.py --minutes 5 lint unit system

The first target that fails is the last one that runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

WIDTH = 14


def spoken(seconds: float) -> str:
    """Return a duration for people: "42 s", "3 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def main() -> int:
    """Run what the command line says, and end as the last target that ran."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", required=True, help="how long it takes on two idle cores")
    parser.add_argument("targets", nargs="+")
    arguments = parser.parse_args()
    print(f"Running {', '.join(arguments.targets)}: about {arguments.minutes} minutes on two idle cores,")
    print("and a few more the first time, when .venv is set up", flush=True)
    begun, status, results = time.monotonic(), 0, []
    for target in arguments.targets:
        if status:
            results.append((target, "not run"))
            continue
        started = time.monotonic()
        # The descriptors are those of make's job server.
        command = [os.environ.get("MAKE", "make"), "--no-print-directory", target]
        status = subprocess.run(command, check=False, close_fds=False).returncode
        results.append((target, f"{'FAILED' if status else 'passed'}  {spoken(time.monotonic() - started)}"))
    print()
    for target, result in results:
        print(f"  {target:{WIDTH}}{result}")
    print(f"make test {'FAILED' if status else 'passed'} in {spoken(time.monotonic() - begun)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
