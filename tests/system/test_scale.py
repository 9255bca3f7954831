# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large sets in real runs: few requests, compact results, bounded memory, and rate limits kept."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.benchmark.metered_python import MeteredPython
from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import Kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    NAMESPACE,
    collections_path,
    task,
)
from datadog_sandbox import Sandbox

MANY = 10_000
STRAY = "arn:aws:iam::123456789012:user/stray"
# What Automation Controller shows of an event; it cuts off the rest.
LONGEST_EVENT = 700_000


PERSONA, GITHUB_PERSONA = Kind("persona"), Kind("github_persona")


def mappings(count: int, account: str = LI, kind: Kind = PERSONA) -> list[dict[str, Any]]:
    """So many mappings, with long names (patterns of 76 characters)."""
    return [kind.present(f"platform-team-terraform-runner-{number:04}", account) for number in range(count)]


@pytest.fixture
def from_file(tmp_path):
    """A template for mappings that lie in a file, as large sets do."""

    def write(wanted: list[dict[str, str]]) -> str:
        file = tmp_path / "mappings.json"
        file.write_text(json.dumps(wanted))
        return f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"

    return write


@pytest.fixture
def metered_python(tmp_path):
    return MeteredPython(tmp_path)


def bulk(kind: Kind = PERSONA, **arguments: Any) -> dict[str, Any]:
    """A task for a whole set."""
    keywords = {name: arguments.pop(name) for name in ("check_mode", "diff") if name in arguments}
    return task(arguments, kind.many, **keywords)


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


@pytest.mark.parametrize(("kind", "count"), [(PERSONA, MANY), (GITHUB_PERSONA, 2000)], ids=str)
def test_many_in_sync_are_one_request(play, from_file, metered_python, kind, count):
    there = mappings(count, kind=kind)
    wanted = from_file(there)
    checked = {"mappings": wanted, "check_mode": True, "diff": True}
    tasks = [
        bulk(kind, mappings=wanted),
        bulk(kind, mappings=wanted, purge=True, diff=True),
        bulk(kind, **checked),
        bulk(kind, **checked, purge=True),
    ]
    with Sandbox(**{kind.api.section: there}) as sandbox:
        run = play(*tasks, sandbox=sandbox, vars={"ansible_python_interpreter": str(metered_python.path)})
    assert methods(sandbox) == ["GET"] * len(tasks)
    # A list of up to 3 MB, which the sandbox sends compressed to those who ask for that.
    assert {request.headers["accept-encoding"] for request in sandbox.requests} == {"gzip"}
    for result in run.results:
        assert not result["changed"]
        assert result["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": count, "failed": 0}
        assert not any(result[name] for name in ("created", "replaced", "removed", "failed_mappings"))
        assert result["diff"] == {"before": {}, "after": {}}
    memory = metered_python.megabytes()
    assert len(memory) == len(tasks)
    assert 20 < min(memory) <= max(memory) < 150


def test_many_with_one_to_purge_tell_of_that_one_only(play, from_file):
    wanted = from_file(mappings(MANY))
    stray = {"arn_pattern": STRAY, "account_identifier": LI}
    tasks = [bulk(mappings=wanted, purge=True, diff=True, check_mode=check) for check in (True, False)]
    with Sandbox(mappings=[*mappings(MANY), stray]) as sandbox:
        run = play(*tasks, sandbox=sandbox)
        assert methods(sandbox) == ["GET", "GET", "DELETE", "GET"]  # the last one sees that it is gone
        assert len(sandbox.mappings()) == MANY
    for result in run.results:
        assert result["changed"]
        assert result["summary"] == {"created": 0, "replaced": 0, "removed": 1, "unchanged": MANY, "failed": 0}
        assert [mapping["arn_pattern"] for mapping in result["removed"]] == [STRAY]
        assert result["diff"] == {"before": {STRAY: LI}, "after": {}}


def test_hundred_thousand_fit_in_memory(metered_python):
    size = 100_000
    module = f"ansible_collections.{NAMESPACE}.plugins.modules.persona_mappings"
    with Sandbox(mappings=mappings(size)) as sandbox:
        arguments = {"mappings": mappings(size), "api_url": sandbox.url, "timeout": 120}
        arguments.update(api_key=sandbox.env["DD_API_KEY"], app_key=sandbox.env["DD_APP_KEY"])
        ended = subprocess.run(
            [str(metered_python.path), "-m", module],
            env={"PYTHONPATH": collections_path()},
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(ended.stdout)["summary"]["unchanged"] == size
    assert methods(sandbox) == ["GET"]
    assert 50 < metered_python.megabytes()[0] < 1000


@pytest.mark.parametrize("change", ["created", "replaced"])
# Claim matchers are longer than patterns. Mappings without accounts are shorter.
@pytest.mark.parametrize(("kind", "count"), [(PERSONA, 1000), (GITHUB_PERSONA, 850)], ids=str)
def test_so_many_changes_fit_in_an_event(play, from_file, change, kind, count):
    wanted = mappings(count, kind=kind)
    before = mappings(count, CI, kind) if change == "replaced" else []
    with Sandbox(**{kind.api.section: before}) as sandbox:
        task_on_all = bulk(kind, mappings=from_file(wanted), concurrency=32)
        result = play(task_on_all, sandbox=sandbox, options=("--diff",)).result
    assert len(result[change]) == count
    assert len(result["diff"]["after"]) == count
    if before:
        assert set(result["diff"]["before"].values()) == {CI_UUID}
    # Some versions of ansible-core return the arguments as well, some don't.
    event = {**result, "invocation": {"module_args": {"mappings": wanted}}}
    assert len(json.dumps(event)) < LONGEST_EVENT


@pytest.mark.waits
def test_rate_limit_is_kept_without_a_storm(play, from_file):
    limit, period, concurrency, count = 60, 10, 32, 150
    with Sandbox(rate_limit=(limit, period)) as sandbox:
        run = play(bulk(mappings=from_file(mappings(count)), concurrency=concurrency), sandbox=sandbox)
        assert run.result["summary"]["created"] == len(sandbox.mappings()) == count
    requests = sandbox.requests
    rejected = sum(request.status == 429 for request in requests)
    executed = len(requests) - rejected
    waits = (executed - 1) // limit
    assert waits == 2  # the limit is what holds this up
    assert rejected < concurrency * waits  # How long it takes is for the benchmark to say.
