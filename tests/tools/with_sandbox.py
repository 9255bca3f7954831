# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command while the sandbox runs, with its address and keys in the environment; end as the command ends.

There are also the credentials of its AWS identity, which playbooks use if they say so.

python tests/tools/with_sandbox.py <folder of the sandbox> <command> <arguments>
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 30  # seconds for the sandbox to start


def started(sandbox: subprocess.Popen[bytes], port: Path) -> bool:
    """Wait until the sandbox answers, which the file with its port says; false if it won't."""
    end = time.monotonic() + PATIENCE
    while not port.exists() and sandbox.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return port.exists()


def environment(introduction: str) -> dict[str, str]:
    """Return the environment with the sandbox's variables instead of all of the user's that may hold real keys."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DD_", "DATADOG_"))}
    lines = [shlex.split(line) for line in introduction.splitlines() if re.match(r"export | +export AWS_", line)]
    given = dict(line[1].split("=", 1) for line in lines)
    return own | given | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def main(folder: str, command: list[str]) -> int:
    """Start the sandbox, run the command, and stop the sandbox in any case."""
    with tempfile.TemporaryDirectory() as temporary:
        port, log = Path(temporary, "port"), Path(temporary, "log")
        start = [sys.executable, folder, "--port", "0", "--port-file", str(port), "--quiet"]
        with log.open("wb") as output:
            sandbox = subprocess.Popen(start, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not started(sandbox, port):
                print(f"The sandbox did not start.\n{log.read_text()}", file=sys.stderr)
                return 1
            return subprocess.run(command, env=environment(log.read_text()), check=False).returncode
        except KeyboardInterrupt:
            return 130
        finally:
            sandbox.terminate()
            sandbox.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
