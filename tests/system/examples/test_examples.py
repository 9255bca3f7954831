# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example in the documentation works: plays and tasks are run; where they can't be, their options are checked.

An example is told by its shape: a list of plays or of tasks. Other YAML, such as requirements.yml, only has to be YAML.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.pages import documented_options, plugins_of
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, NAMESPACE, RUNNER, present
from datadog_sandbox import Sandbox, samples

ROOT = Path(__file__).resolve().parents[3]
MODULES = {f"{NAMESPACE}.{name}" for name in plugins_of("modules")}
PLUGIN_FOLDERS = ("modules", "filter", "lookup", "test")
LOGIN = f"{NAMESPACE}.delegated_token"
# What an example may use besides to be run: what touches nothing, or only what these words say it touches.
CONFINED = {
    "ansible.builtin.assert": "",
    "ansible.builtin.copy": "playbook_dir",
    "ansible.builtin.debug": "",
    "ansible.builtin.fail": "",
    "ansible.builtin.set_fact": "",
    "ansible.builtin.uri": "DATADOG_HOST",
}
BLOCKS = ("block", "rescue", "always")
# A folder of playbooks that have tests of their own, which give them what they need. Here only options are checked.
RUN_ELSEWHERE = {"examples"}
TASKS_OF_A_PLAY = ("pre_tasks", "tasks", "post_tasks", "handlers")
# Plays that need other files.
NEEDS_FILES = {"roles", "vars_files", "import_playbook", "ansible.builtin.import_playbook"}
FENCED = re.compile(r"^( *)```ya?ml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^( *)\.\. code-block:: ya?ml(?:\+jinja)?\n((?:\1 +.*\n|[ \t]*\n)+)", re.MULTILINE)
FULL_NAME = re.compile(r"\w+\.\w+\.\w+\Z")
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
KEY_VARIABLE = re.compile(r"\{\{\s*(\w*key\w*)")
LOOKUP = re.compile(r"(?:lookup|query|q)\(\s*['\"]([\w.]+)")


class Loader(yaml.SafeLoader):
    """Knows no tag, and takes all."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


def in_module(text: str) -> Iterator[str]:
    """The EXAMPLES of a module."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            yield ast.literal_eval(node.value)


def in_markdown(text: str) -> Iterator[str]:
    """The fenced blocks of YAML."""
    return (textwrap.dedent(found.group(2)) for found in FENCED.finditer(text))


def in_rst(text: str) -> Iterator[str]:
    """The code blocks of YAML, without the directive's own options."""
    for found in DIRECTIVE.finditer(text):
        block = textwrap.dedent(found.group(2))
        yield re.sub(r"\A(:\w+:.*\n)+", "", block)


FINDERS = {
    ".py": in_module,
    ".md": in_markdown,
    ".rst": in_rst,
    ".yml": lambda text: [text],
    ".yaml": lambda text: [text],
}


def documents() -> list[Path]:
    """Where examples are."""
    docs = [path for path in sorted((ROOT / "docs").rglob("*")) if path.suffix in FINDERS and path.suffix != ".py"]
    plugins = [path for folder in PLUGIN_FOLDERS for path in sorted((ROOT / "plugins" / folder).glob("*.py"))]
    found = [*plugins, ROOT / "README.md", *docs]
    return [path for path in found if path.is_file()]


def to_run() -> list[Path]:
    """The documents with examples that can be run."""
    return [path for path in documents() if not is_run_elsewhere(path) and any(map(can_run, examples(path)))]


def is_run_elsewhere(path: Path) -> bool:
    return bool(RUN_ELSEWHERE & set(path.relative_to(ROOT).parts))


def examples(path: Path) -> list[list[dict[str, Any]]]:
    """The examples in a document, each as a list of plays."""
    blocks = [yaml.load(block, Loader) for block in FINDERS[path.suffix](path.read_text(encoding="utf-8"))]
    return [plays for plays in map(as_plays, blocks) if plays]


def as_plays(block: Any) -> list[dict[str, Any]]:
    """The plays that a block of YAML is, or whose tasks it is; none if it is something else."""
    items = block if isinstance(block, list) else [block]
    if not all(isinstance(item, dict) for item in items):
        return []
    if any("hosts" in item or item.keys() & NEEDS_FILES for item in items):
        return items
    if all(set(item) & set(BLOCKS) or modules_of(item) for item in items):
        return [{"hosts": "localhost", "gather_facts": False, "tasks": items}]
    return []


def modules_of(item: dict[str, Any]) -> list[str]:
    """The names of modules among the keys of a task."""
    return [key for key in item if FULL_NAME.match(str(key))]


def tasks_in(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All tasks, those in blocks and in plays included."""
    for item in items:
        inner = [task for part in (*BLOCKS, *TASKS_OF_A_PLAY) for task in item.get(part) or []]
        if inner:
            yield from tasks_in(inner)
        elif "hosts" not in item:
            yield item


def can_run(plays: list[dict[str, Any]]) -> bool:
    """Whether an example needs nothing but this collection, and touches nothing but Datadog and its own folder."""
    text = yaml.safe_dump(plays)
    tasks = list(tasks_in(plays))
    return (
        not any(play.keys() & NEEDS_FILES for play in plays)
        and all(map(modules_of, tasks))
        and all(name in MODULES or CONFINED.get(name, "\0") in text for task in tasks for name in modules_of(task))
        and all(name.removeprefix("ansible.builtin.") == "env" or name == LOGIN for name in LOOKUP.findall(text))
    )


def without_site(value: Any) -> Any:
    """An example that leads to the sandbox: a site that a task names goes before the sandbox in the environment."""
    if isinstance(value, dict):
        return {key: without_site(item) for key, item in value.items() if key != "site"}
    return [without_site(item) for item in value] if isinstance(value, list) else value


def created_by(plays: list[dict[str, Any]]) -> set[str]:
    """The emails of the service accounts that an example creates."""
    module = f"{NAMESPACE}.service_account"
    return {task[module]["email"] for task in tasks_in(plays) if module in task}


def options_of(name: str) -> set[str]:
    """The documented options of a module, by all their names. Other tests hold documentation and code together."""
    options = documented_options(name.removeprefix(f"{NAMESPACE}."))
    return {alias for option, how in options.items() for alias in (option, *how.get("aliases", ()))}


def test_examples_are_found():
    """Of each kind of document."""
    found = {path: examples(path) for path in documents()}
    pages = {path for path, plays in found.items() if path.suffix == ".py" and plays}
    assert {path.stem for path in pages} == {name for folder in PLUGIN_FOLDERS for name in plugins_of(folder)}
    assert pages <= set(to_run())
    text = "Text::\n\n.. code-block:: yaml+jinja\n\n    - a.b.c:\n        x: 1\n\n    - block: []\n\nText\n"
    assert list(in_rst(text)) == ["\n- a.b.c:\n    x: 1\n\n- block: []\n\n"]
    assert list(in_markdown("1. x\n\n   ```yaml\n   - a.b.c:\n   ```\n")) == ["- a.b.c:\n"]
    assert as_plays({"collections": [{"name": NAMESPACE}]}) == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_options_of_examples_exist(path):
    for plays in examples(path):
        for task in tasks_in(plays):
            for name in set(modules_of(task)) & set(MODULES):
                assert set(task[name] or {}) <= options_of(name), task


@pytest.mark.parametrize("path", to_run(), ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_run(play, path):
    runnable = without_site([play for plays in examples(path) if can_run(plays) for play in plays])
    text = yaml.safe_dump(runnable, sort_keys=False)
    playbook = play.folder / "examples.yml"
    playbook.write_text(text, encoding="utf-8")
    # The files that some examples read.
    (play.folder / "mappings.json").write_text(json.dumps([present(RUNNER, LI)]), encoding="utf-8")
    # The accounts that they name, but those that they create.
    accounts = [{"email": email} for email in sorted(set(EMAIL.findall(text)) - created_by(runnable))]
    with Sandbox() as sandbox:
        known = {account["email"].lower() for account in sandbox.state()["accounts"]}
        sandbox.merge_state(accounts=[account for account in accounts if account["email"].lower() not in known])
        if LOGIN in text:
            sandbox.create_mapping(samples.AWS_PATTERN, "terraform@corp.example")
        keys = [
            f"{name}={sandbox.env['DD_APP_KEY' if 'app' in name else 'DD_API_KEY']}"
            for name in KEY_VARIABLE.findall(text)
        ]
        hosts = ",".join(["localhost", *(str(play["hosts"]) for play in runnable)])
        options = ("-i", f"{hosts},", "-c", "local", "-e", "ansible_python_interpreter={{ ansible_playbook_python }}")
        options += tuple(part for key in keys for part in ("-e", key))
        # An AWS identity is there, too, but only a task that says so logs in as it.
        aws = {name: value for name, value in sandbox.keyless_env.items() if name != "DD_CLOUD_PROVIDER_TYPE"}
        run = play.start_file(playbook, options, {**aws, **sandbox.env}).end()
    assert run.status == 0, run.output
    assert not any(result["failed"] for result in run.results)
