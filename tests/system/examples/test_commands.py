# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that README and CONTRIBUTING name do what these say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

import stage
from ansible_collections.datadog_community.cloud_auth.tests.system.checkout import ROOT, Checkout

PAGES = ("README.md", "CONTRIBUTING.md")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
# These take minutes, or fail while the code is being worked on: here, it is enough that make knows their steps.
ELSEWHERE = re.compile(r"make (test|test-all|examples|oldest|sandbox|lint unit|format|docs|browser|pictures)$")


def blocks(language: str) -> list[str]:
    """The lines of all blocks of that language."""
    text = "".join((ROOT / page).read_text() for page in PAGES)
    return [line for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def in_blocks() -> list[str]:
    """The commands to type which run in a checkout, without what is said about them."""
    commands = [line.partition(" #")[0].strip() for line in blocks("shell")]
    return [command for command in commands if command.startswith("make")]


def in_words() -> list[str]:
    """The calls of make in running text."""
    text = "".join((ROOT / page).read_text() for page in PAGES)
    return re.findall(r"`(make [^`<]+)`", text)


def numbered(commands: Iterable[str]) -> list[Any]:
    """The commands as parameters, called by their number: the words of a command may choose tests, and not this one."""
    return [pytest.param(command, id=str(number)) for number, command in enumerate(sorted(set(commands)))]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A whole copy of this checkout, with its environments."""
    copy = Checkout(tmp_path_factory.mktemp("commands") / "checkout", stage.sources())
    copy.use_environments()
    return copy


@pytest.mark.parametrize("command", numbered(command.partition(" &&")[0] for command in [*in_blocks(), *in_words()]))
def test_make_knows_every_target(checkout, command):
    run = checkout.run(command.replace("make", "make --dry-run", 1))
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("command", numbered(command for command in in_blocks() if not ELSEWHERE.match(command)))
def test_short_commands_work(checkout, command):
    run = checkout.run(command)
    assert run.returncode == 0, run.stdout
    if "pytest" in command or "T=" in command:
        assert re.search(r"\b[1-9]\d* passed", run.stdout), run.stdout


def test_only_chosen_files_run(checkout):
    file = "tests/unit/plugins/module_utils/_module/test_sites.py"
    run = checkout.run(f'make unit T="{file} -k loopback -n 0 -v"')
    assert {*re.findall(r"^(\S+?)::", run.stdout, re.MULTILINE)} == {file}


def test_the_steps_of_make_test_and_how_long_they_take(checkout):
    run = checkout.run("make --dry-run test")
    minutes = re.search(r"about (\d+) minutes on two idle cores", run.stdout)[1]
    for page in PAGES:
        assert f"about {minutes} minutes on two idle cores" in (ROOT / page).read_text()
    assert re.findall(r"^  (\w+) +passed  \d+ s$", run.stdout, re.MULTILINE) == [
        "environments",
        "lint",
        "unit",
        "system",
    ]
    assert re.search(r"^make test passed in \d+ s$", run.stdout, re.MULTILINE)


def test_a_step_that_fails_is_the_last(tmp_path):
    (tmp_path / "Makefile").write_text("good:\n\t@echo step 1\nbad:\n\t@false\nnever:\n\t@echo step 3\n")
    command = [sys.executable, ROOT / "tests/tools/steps.py", "--minutes", "5", "good", "bad", "never"]
    run = subprocess.run(command, cwd=tmp_path, check=False, stdout=subprocess.PIPE, text=True)
    assert run.returncode == 2
    assert run.stdout.startswith("Running good, bad, never: about 5 minutes on two idle cores,")
    assert "step 1" in run.stdout
    assert "step 3" not in run.stdout
    assert re.findall(r"^  (\w+) +(passed|FAILED|not run)", run.stdout, re.MULTILINE) == [
        ("good", "passed"),
        ("bad", "FAILED"),
        ("never", "not run"),
    ]


def test_a_new_option_without_a_test_fails_the_run(tmp_path):
    copy = Checkout(tmp_path, stage.sources())
    copy.use_environments()
    module = copy.place / "plugins/modules/persona_mapping.py"
    module.write_text(module.read_text().replace("\noptions:\n", "\noptions:\n  brand_new:\n    type: str\n", 1))
    tests = "tests/unit/plugins/modules/test_persona_mapping.py"
    run = copy.run(f".venv/test/bin/python -m pytest -n 2 --every-option {tests}")
    assert run.returncode == 1
    (missing,) = re.findall("^No unit test gives a value to: (.+)$", run.stdout, re.MULTILINE)
    assert "persona_mapping.brand_new" in missing.split(", ")
    assert "persona_mapping.arn_pattern" not in missing.split(", ")  # a test in another process gives it one


def test_the_worked_example_names_files_and_a_test_that_are_there():
    example = CONTRIBUTING.partition("## A worked example: one option of one module")[2].partition("\n## ")[0]
    files = re.findall(r"^\| `([\w/.]+)`", example, re.MULTILINE)
    assert len(files) > 5
    for path in files:
        assert (ROOT / path).is_file(), path
    (test,) = re.findall(r"```python\n(.*?)```", example, re.DOTALL)
    assert test in (ROOT / "tests/unit/plugins/modules/test_persona_mapping.py").read_text()
