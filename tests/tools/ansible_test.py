# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test with the ansible-cores of tests/cores.toml.

    python tests/tools/ansible_test.py sanity|units|integration [--core 2.16]... [-- arguments for ansible-test]

A core whose Python is not installed is left out, and the output says so; the run fails if nothing could be run at all.
It also fails if ansible-test says that it succeeded without having tested anything.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cores import ROOT, Core, cores, interpreter
from stage import stage

VENV = ROOT / ".venv"
# What the output of a run holds if it really tested something.
EVIDENCE = {"sanity": r"^Running sanity test ", "units": r"\b[1-9]\d* passed\b", "integration": r"\bok=[1-9]"}
# ansible-test downloads a script to put pip into virtual environments. Where it can't, Python's own pip does as well.
GET_PIP = """\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade"] + wanted)
"""


def environment(core: Core, python: Path) -> Path:
    """Return a virtual environment with that ansible-core, made if it is missing or its requirements have changed."""
    place, requirements = VENV / f"core-{core.version}", ROOT / f"requirements/core-{core.version}.txt"
    done = place / "requirements.txt"
    if not done.is_file() or done.read_bytes() != requirements.read_bytes():
        subprocess.run([python, "-m", "venv", "--clear", place], check=True)
        pip = [place / "bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", requirements], check=True)
        subprocess.run([*pip, "check"], check=True)
        shutil.copy(requirements, done)
    return place


def link_interpreters() -> Path:
    """Return a folder of links to the real interpreters: ansible-test fails on pyenv's stand-ins of inactive ones."""
    place = VENV / "interpreters"
    place.mkdir(parents=True, exist_ok=True)
    for version in (f"3.{minor}" for minor in range(9, 16)):
        if (real := interpreter(version)) and not (place / f"python{version}").exists():
            (place / f"python{version}").unlink(missing_ok=True)
            (place / f"python{version}").symlink_to(real)
    return place


def provide_get_pip(place: Path) -> None:
    """Put the stand-in to where ansible-test keeps its download, if that is neither there nor to be had."""
    package = next(place.glob("lib/python*/site-packages/ansible_test"))
    version = search(r"pip='([\d.]+)'", package / "_internal/python_requirements.py")
    url = (
        search(r"url = '(https://.+get-pip-)%s\.py'", package / "_util/target/setup/requirements.py") + f"{version}.py"
    )
    cached = Path.home() / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py"
    if not cached.exists() and (reason := unreachable(url)):
        print(f"ansible-test can't download get-pip here ({reason}): using Python's own pip", flush=True)
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_text(GET_PIP)


def provide_releases(place: Path) -> None:
    """Let ansible-test install the release of a package that it wants from an address, if that can't be reached."""
    package = next(place.glob("lib/python*/site-packages/ansible_test"))
    for file in package.glob("_data/requirements/*.txt"):
        text = file.read_text()
        for requirement, name, url in re.findall(r"^((\S+) @ (https://\S+))", text, re.MULTILINE):
            if reason := unreachable(url):
                print(f"ansible-test can't download {name} here ({reason}): using its newest release", flush=True)
                text = text.replace(requirement, name)
        if text != file.read_text():
            file.write_text(text)


@functools.cache
def unreachable(url: str) -> str:
    """Return why nothing can be downloaded from there; "" if it can."""
    try:
        urllib.request.build_opener().open(urllib.request.Request(url, method="HEAD"), timeout=10).close()
    except (urllib.error.URLError, OSError) as error:
        return str(error)
    return ""


def search(pattern: str, file: Path) -> str:
    """Return what the group of the pattern matches in the file."""
    match = re.search(pattern, file.read_text())
    if not match:
        raise SystemExit(f"{file} does not hold {pattern}: this script has to learn of a new ansible-test")
    return match[1]


def run(command: list[str | Path], place: Path, path: list[Path]) -> tuple[int, str]:
    """Run the command in a folder, show its output while it runs, and return its exit status and output."""
    env = os.environ | {"PATH": os.pathsep.join([*map(str, path), os.environ["PATH"]]), "ANSIBLE_FORCE_COLOR": "false"}
    env.pop("PYTHONPATH", None)
    output = []
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=place, env=env, text=True, **streams) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            output.append(line)
    return process.returncode, "".join(output)


def test(kind: str, core: Core, extra: list[str]) -> Iterator[tuple[str, str]]:
    """Run one kind of test with one core; yield what was run and how it ended."""
    python = interpreter(core.python)
    title = f"{kind} with ansible-core {core.version} on Python {core.python}"
    if python is None:
        yield title, f"SKIPPED: there is no Python {core.python} here"
        return
    links = link_interpreters()
    place = environment(core, python)
    provide_get_pip(place)
    provide_releases(place)
    collection = stage(f"{kind}-{core.version}")
    for modules in (None,) if kind == "sanity" else core.modules:
        name = title if modules is None else f"{title}, modules on Python {modules}"
        if modules is not None and interpreter(modules) is None:
            yield name, f"SKIPPED: there is no Python {modules} here"
            continue
        print(f"\n=== {name}", flush=True)
        target = [] if modules is None else ["--python", modules, "--requirements"]
        command = [place / "bin/ansible-test", kind, "--venv", "--color", "no", *target, *extra]
        started = time.monotonic()
        status, output = run(command, collection, [links, place / "bin"])
        seconds = f"{time.monotonic() - started:.0f} s"
        if status:
            yield name, f"FAILED with exit status {status} ({seconds})"
        elif "All targets skipped" in output or not re.search(EVIDENCE[kind], output, re.MULTILINE):
            yield name, f"FAILED: nothing was tested ({seconds})"
        else:
            yield name, f"passed ({seconds})"


def main() -> int:
    """Run what the command line says, and end with a summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=list(EVIDENCE))
    parser.add_argument("--core", action="append", help="only this ansible-core; may be repeated")
    parser.add_argument("extra", nargs="*", help="arguments for ansible-test, after --")
    arguments = parser.parse_intermixed_args()  # what is for ansible-test may follow --core
    chosen = [core for core in cores() if not arguments.core or core.version in arguments.core]
    results = [result for core in chosen for result in test(arguments.kind, core, arguments.extra)]
    print()
    for name, result in results:
        print(f"{name}: {result}")
    passed = any(result.startswith("passed") for name, result in results)
    if not passed:
        print("nothing passed")
    return 0 if passed and not any(result.startswith("FAILED") for name, result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
