# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook with the installed collection, and what their tasks returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from datadog_sandbox import Sandbox

NAMESPACE = "datadog_community.cloud_auth"
HERE = Path(__file__).resolve().parent
PLAYBOOK_COMMAND = Path(sys.executable).with_name("ansible-playbook")
PATIENCE = 300  # seconds that any run may take, on a machine that is very busy

# The sandbox's accounts that tests name most.
OMAR = "omar.haddad@corp.example"
LI = "li.wei@corp.example"
CI = "ci@corp.example"
CI_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
RUNNER = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"

# What of the environment of the tests goes into that of a run; nothing else does, above all no keys and no proxies.
INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def task(arguments: dict[str, Any], module: str = "persona_mapping", **keywords: Any) -> dict[str, Any]:
    """A task of a playbook. The ones after it run even if it fails."""
    name = module if "." in module else f"{NAMESPACE}.{module}"
    return {"name": module, name: arguments, "ignore_errors": True, **keywords}


def present(pattern: str = RUNNER, account: str = OMAR, **arguments: Any) -> dict[str, Any]:
    """The arguments that map a pattern."""
    return {"arn_pattern": pattern, "account_identifier": account, **arguments}


def absent(pattern: str = RUNNER, **arguments: Any) -> dict[str, Any]:
    """The arguments that remove the mapping of a pattern."""
    return {"state": "absent", "arn_pattern": pattern, **arguments}


# How many scenarios are played at once.
AT_ONCE = 4
ON_THIS_HOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Scenario(NamedTuple):
    """A task on a sandbox of its own.

    :ivar arguments: of the task.
    :ivar faults: of the sandbox.
    :ivar settings: of the sandbox, and its state.
    """

    name: str
    arguments: dict[str, Any]
    faults: Sequence[dict[str, Any]] = ()
    settings: Mapping[str, Any] = MappingProxyType({})
    module: str = "persona_mapping"


class Played(NamedTuple):
    """What became of a scenario."""

    name: str
    result: dict[str, Any]
    sandbox: Sandbox


class Run:
    """A run that has ended.

    :ivar status: of the process.
    :ivar output: all that it printed.
    :ivar results: what each task returned, in their order, as callbacks get it.
    """

    def __init__(self, status: int, output: str, tasks: list[dict[str, Any]]) -> None:
        self.status = status
        self.output = output
        self.results = [each["result"] for each in tasks]
        self._tasks = tasks

    @property
    def by_host(self) -> dict[str, dict[str, Any]]:
        """What the only task returned on each host."""
        results = {each["host"]: each["result"] for each in self._tasks}
        assert len(results) == len(self._tasks), self.output
        return results

    @property
    def result(self) -> dict[str, Any]:
        """What the only task returned."""
        assert len(self.results) == 1, self.output
        return self.results[0]


class Running:
    """A run under way, in a process group of its own, as a shell starts it."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._results = folder / "results"
        self._results.write_text("")
        environment = {**environment, "CLOUD_AUTH_TEST_RESULTS": str(self._results)}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def end(self) -> Run:
        """Wait for the end."""
        output, _nothing = self.process.communicate(timeout=PATIENCE)
        tasks = [json.loads(line) for line in self._results.read_text().splitlines()]
        return Run(self.process.returncode, output, tasks)

    def stop(self) -> None:
        """End it by force, if it is still under way."""
        with self.process:
            self.process.kill()


class Player:
    """Runs playbooks in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[Running] = []

    def stop(self) -> None:
        """Leave nothing running."""
        for running in self._started:
            running.stop()

    def __call__(self, *tasks: dict[str, Any], **settings: Any) -> Run:
        """Run a playbook of these tasks, to its end; the settings are those of ``start``."""
        return self.start(*tasks, **settings).end()

    def scenarios(self, scenarios: Sequence[Scenario]) -> list[Played]:
        """Run all scenarios, several at once: a doubt takes half a minute. Those of a module share a playbook."""
        with ExitStack() as stack:
            sandboxes = [stack.enter_context(Sandbox(**scenario.settings)) for scenario in scenarios]
            for scenario, sandbox in zip(scenarios, sandboxes, strict=True):
                for fault in scenario.faults:
                    sandbox.add_fault(**fault)
            environments = [sandbox.env for sandbox in sandboxes]
            modules = dict.fromkeys(scenario.module for scenario in scenarios)
            started = [self._start_all_of(module, scenarios, environments) for module in modules]
            results = {host: result for running in started for host, result in running.end().by_host.items()}
        return [
            Played(scenario.name, results[str(number)], sandboxes[number]) for number, scenario in enumerate(scenarios)
        ]

    def _start_all_of(
        self, module: str, scenarios: Sequence[Scenario], environments: Sequence[Mapping[str, str]]
    ) -> Running:
        """Start a playbook of the scenarios of one module, each on a host that has its number for a name."""
        player = Player(Path(tempfile.mkdtemp(prefix=f"{module}-", dir=self.folder)))
        player._started = self._started
        hosts = {
            str(number): {**ON_THIS_HOST, "arguments": scenario.arguments, "environment_": environments[number]}
            for number, scenario in enumerate(scenarios)
            if scenario.module == module
        }
        (player.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        of_a_host = task({}, module, args="{{ arguments }}", environment="{{ environment_ }}")
        return player.start(of_a_host, hosts="all", options=("-i", "hosts.json", "--forks", str(AT_ONCE)))

    def start(
        self,
        *tasks: dict[str, Any],
        sandbox: Sandbox | None = None,
        environment: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
        **keywords: Any,
    ) -> Running:
        """Start a playbook of these tasks.

        :param sandbox: named, with its keys, in the environment.
        :param environment: what else is in the environment.
        :param options: of ansible-playbook.
        :param keywords: of the play.
        """
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
        playbook = self.folder / "playbook.yml"
        playbook.write_text(json.dumps([play]))
        given = {**(sandbox.env if sandbox else {}), **(environment or {})}
        return self.start_file(playbook, options, given)

    def start_file(self, playbook: Path, options: tuple[str, ...], environment: dict[str, str]) -> Running:
        """Start a playbook that lies in a file."""
        python = os.environ.get("CLOUD_AUTH_MODULES_PYTHON")
        on_python = ("--extra-vars", f"ansible_python_interpreter={python}") if python else ()
        command = [str(PLAYBOOK_COMMAND), str(playbook), *on_python, *options]
        running = Running(command, self.folder, {**self._environment(), **environment})
        self._started.append(running)
        return running

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {
            **inherited,
            "ANSIBLE_CONFIG": str(HERE.parent / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "modules"),
            "HOME": str(self.folder),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_NOCOLOR": "1",
        }


def collections_path() -> str:
    """Where the collection that is tested is installed: what users get, not the checkout."""
    path = os.environ.get("CLOUD_AUTH_COLLECTIONS_PATH") or str(HERE.parents[1] / "build/installed")
    assert Path(path, "ansible_collections", *NAMESPACE.split(".")).is_dir(), (
        f"The collection is not installed in {path}. Install it by: make install"
    )
    return path


def writes(sandbox: Sandbox) -> list[str]:
    """The methods of the requests that were not reading, in their order."""
    return [request.method for request in sandbox.requests if request.method != "GET"]


def state_of(sandbox: Sandbox) -> dict[str, str]:
    """The truth: the handle of the account by pattern. No pattern may have two mappings."""
    mappings = sandbox.mappings()
    by_pattern = {mapping["arn_pattern"]: mapping["account_identifier"] for mapping in mappings}
    assert len(by_pattern) == len(mappings)
    return by_pattern


def assert_clear(result: dict[str, Any], *words: str) -> None:
    """A task has failed with a message that a person can read, and which holds all of ``words``.

    It is one line, and one for each failure that it lists.
    """
    assert result["failed"]
    message = result["msg"]
    for word in words:
        assert word in message
    assert "Traceback" not in json.dumps(result)
    assert not {"module_stdout", "module_stderr"} & set(result)
    lines = message.split("\n- ")
    assert not any("\n" in line for line in lines)
    assert max(map(len, lines)) < 2000
