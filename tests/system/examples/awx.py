# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner on a private data directory that is laid out as AWX lays it out."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import INHERITED, PATIENCE, collections_path

MODULE = "datadog_community.cloud_auth.persona_mappings"
AWX = Path(__file__).resolve().parents[3] / "docs/examples/awx"

# AWX's setting MAX_EVENT_RES_DATA: a result that is longer, written as Python writes it, is dropped from its event.
MOST_OF_AN_EVENT = 700_000
# AWX's setting EVENT_STDOUT_MAX_BYTES_DISPLAY: of an event that printed more, colors included, AWX shows the start.
MOST_OF_A_PAGE = 1024

COLOR = re.compile(r"\x1b\[[\d;]*m")

# The only host of the inventory, with the variables that setup.yml gives it.
HOST_VARIABLES = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}

# Keys whose spellings in URLs and in base64 differ from the keys.
API_KEY = "facade00/facade00+facade00=facade00"
APP_KEY = "decade00/decade00+decade00=decade00&decade00"


class Playbook(yaml.SafeLoader):
    """Reads playbooks: text that is no template is text."""


Playbook.add_constructor("!unsafe", yaml.SafeLoader.construct_scalar)


class ExtraVars(yaml.SafeDumper):
    """Writes extra variables as AWX does: no text in them is a template."""


ExtraVars.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


def credential_type(file: str = "credential_type.yml") -> dict[str, Any]:
    """A credential type that is shipped: the one with keys, or that of ``file``."""
    (shipped,) = yaml.safe_load((AWX / file).read_text())["credential_types"]
    return shipped


def injected(inputs: dict[str, str], file: str = "credential_type.yml") -> dict[str, str]:
    """The environment that AWX makes of a credential of a shipped type: a field left empty is an empty string."""
    templates = SandboxedEnvironment(undefined=StrictUndefined)
    fields = {field["id"]: inputs.get(field["id"], "") for field in credential_type(file)["inputs"]["fields"]}
    injectors = credential_type(file)["injectors"]["env"]
    return {name: templates.from_string(template).render(fields) for name, template in injectors.items()}


class Job:
    """A job that has ended.

    :ivar status: of the process: 0 if the job succeeded.
    :ivar output: all that it printed.
    :ivar events: the job's events, in their order.
    """

    def __init__(self, status: int, output: str, artifacts: Path) -> None:
        self.status = status
        self.output = output
        self.artifacts = artifacts
        files = (artifacts / "job_events").glob("*.json")
        events = [json.loads(file.read_text()) for file in files]
        self.events = sorted(events, key=lambda event: event["counter"])

    def result(self, task_action: str = MODULE) -> dict[str, Any]:
        """What the last task of that action returned, as the event has it."""
        results = [
            event["event_data"]["res"]
            for event in self.events
            if event["event"] in ("runner_on_ok", "runner_on_failed")
            and event["event_data"]["task_action"] == task_action
        ]
        assert results, self.output
        return results[-1]

    def changed(self) -> int:
        """How many changed tasks the job's last event counts, which AWX shows."""
        (stats,) = (event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return stats["changed"].get("localhost", 0)

    def cut(self) -> list[str]:
        """What the events printed that AWX's page cuts."""
        return [event["stdout"] for event in self.events if len(event["stdout"]) >= MOST_OF_A_PAGE]

    def shown(self) -> list[str]:
        """What the loops and the messages of ``debug`` tasks printed, without colors: an entry for each event."""
        told = ("runner_on_ok", "runner_item_on_ok")
        return [COLOR.sub("", event["stdout"]) for event in self.events if event["event"] in told and event["stdout"]]

    def artifacts_of_stats(self) -> dict[str, Any]:
        """What the job hands on to later ones of a workflow, by the action ``set_stats``."""
        (stats,) = (event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return stats["artifact_data"]

    def leaks(self, *secrets: str) -> list[str]:
        """Where secrets are found, in any spelling, among all that AWX keeps or shows of the job.

        The file "command" is not: it always holds the whole environment, and AWX keeps it to itself.
        """
        kept = {str(file): file.read_bytes() for file in self.artifacts.rglob("*") if file.is_file()}
        del kept[str(self.artifacts / "command")]
        kept["output"] = self.output.encode()
        return [name for name, content in kept.items() if holds(content, *secrets)]


def holds(content: bytes, *secrets: str) -> bool:
    """Whether one of the secrets is in ``content``: as it stands, as JSON, percent-encoded or in base64."""
    for secret in secrets:
        raw = secret.encode()
        spellings = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
        spellings |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
        if any(spelling.encode() in content for spelling in spellings):
            return True
    return False


class Controller:
    """AWX in small: it launches jobs with a copy of the shipped project, in a folder of its own.

    :ivar revision: of the project.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jobs = 0
        self._collections = collections_path()
        self.revision = "c0ffee" + "1" * 34
        self.project = folder / "project"
        shutil.copytree(AWX / "project", self.project)

    def write_mappings(self, mappings: list[dict[str, str]], purge: list[str] | None = None, most: Any = 0) -> None:
        """Commit another mappings.yml, and the settings that go with it, to the project."""
        (self.project / "mappings.yml").write_text(json.dumps(mappings))
        settings = self.project / "settings.yml"
        kept = yaml.safe_load(settings.read_text())
        by_account = {"cloud_auth_purge_aws_accounts": purge} if purge else {}
        file = {"cloud_auth_file": kept["cloud_auth_file"], "cloud_auth_max_removals": most}
        settings.write_text(json.dumps({**file, "cloud_auth_purge": bool(purge), **by_account}))

    def set_options(self, **options: Any) -> None:
        """From now on, jobs have a collection whose playbooks give further options to the module."""
        name = Path("ansible_collections/datadog_community/cloud_auth")
        place = self._folder / "collections"
        if not place.exists():
            for part in ("meta", "playbooks", "plugins", "MANIFEST.json", "FILES.json"):
                source, target = Path(self._collections) / name / part, place / name / part
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
            self._collections = str(place)
        file = place / name / "playbooks/tasks/manage_persona.yml"
        (task,) = yaml.safe_load(file.read_text())
        task[MODULE].update(options)
        file.write_text(json.dumps([task]))

    def launch(
        self,
        playbook: str,
        credential: dict[str, str],
        environment: dict[str, str],
        *options: str,
        extra_vars: dict[str, Any] | None = None,
        file: str = "credential_type.yml",
    ) -> Job:
        """Run a job to its end.

        :param credential: the inputs of its credential of a shipped type.
        :param environment: what else AWX sets for the job, from other credentials or by configuration.
        :param options: such as --check, for job_type check, and --diff, for diff_mode.
        :param file: that of the credential's type.
        """
        self._jobs += 1
        ident = str(self._jobs)
        private = self._folder / f"awx_{ident}"
        shutil.copytree(self.project, private / "project")
        inventory = {"all": {"hosts": ["localhost"]}, "_meta": {"hostvars": {"localhost": HOST_VARIABLES}}}
        files = {
            "inventory/hosts": f"#! /usr/bin/env python3\nprint({json.dumps(inventory)!r})\n",
            "env/cmdline": " ".join(["-u", "root", *options]),
            "env/envvars": yaml.safe_dump(
                {**_of_every_job(ident, self._collections), **environment, **injected(credential, file)}
            ),
            "env/extravars": yaml.dump({**self._of_every_job(), **(extra_vars or {})}, Dumper=ExtraVars),
        }
        for name, content in files.items():
            (private / name).parent.mkdir(exist_ok=True)
            (private / name).write_text(content)
        (private / "inventory/hosts").chmod(0o700)
        command = [sys.executable, "-m", "ansible_runner", "run", str(private), "-p", playbook, "-i", ident]
        ended = subprocess.run(
            command,
            env=_environment(private),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Job(ended.returncode, ended.stdout, private / "artifacts" / ident)

    def _of_every_job(self) -> dict[str, Any]:
        """The extra variables that AWX gives to every job; there are more of them."""
        return {"awx_job_id": self._jobs, "awx_project_revision": self.revision}


def _of_every_job(ident: str, collections: str) -> dict[str, str]:
    """The variables that AWX sets for every job."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_FORCE_COLOR": "True",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "JOB_ID": ident,
        "MAX_EVENT_RES": str(MOST_OF_AN_EVENT),
    }


def _environment(private: Path) -> dict[str, str]:
    """That of the runner: the least that it needs, and no key."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**inherited, "PATH": path, "HOME": str(private), "ANSIBLE_HOME": str(private / "ansible")}
