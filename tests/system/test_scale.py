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


def mappings(count: int, account: str = LI) -> list[dict[str, str]]:
    """So many mappings, with long patterns (76 characters)."""
    role = "arn:aws:sts::123456789012:assumed-role/platform-team-terraform-runner-{:04}/*"
    return [{"arn_pattern": role.format(number), "account_identifier": account} for number in range(count)]


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


def bulk(**arguments: Any) -> dict[str, Any]:
    """A task for a whole set."""
    keywords = {name: arguments.pop(name) for name in ("check_mode", "diff") if name in arguments}
    return task(arguments, "persona_mappings", **keywords)


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


def test_many_in_sync_are_one_request(play, from_file, metered_python):
    wanted = from_file(mappings(MANY))
    checked = {"mappings": wanted, "check_mode": True, "diff": True}
    tasks = [
        bulk(mappings=wanted),
        bulk(mappings=wanted, purge=True, diff=True),
        bulk(**checked),
        bulk(**checked, purge=True),
    ]
    with Sandbox(mappings=mappings(MANY)) as sandbox:
        run = play(*tasks, sandbox=sandbox, vars={"ansible_python_interpreter": str(metered_python.path)})
    assert methods(sandbox) == ["GET"] * len(tasks)
    # A list of 3 MB, which the sandbox sends compressed to those who ask for that.
    assert {request.headers["accept-encoding"] for request in sandbox.requests} == {"gzip"}
    for result in run.results:
        assert not result["changed"]
        assert result["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": MANY, "failed": 0}
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


@pytest.mark.parametrize("before", [[], mappings(1000, CI)], ids=["created", "replaced"])
def test_thousand_changes_fit_in_an_event(play, from_file, before):
    wanted = mappings(1000)
    with Sandbox(mappings=before) as sandbox:
        run = play(bulk(mappings=from_file(wanted), concurrency=32), sandbox=sandbox, options=("--diff",))
    result = run.result
    assert len(result["replaced" if before else "created"]) == 1000
    assert len(result["diff"]["after"]) == 1000
    if before:
        assert set(result["diff"]["before"].values()) == {CI_UUID}
    # Some versions of ansible-core return the arguments as well, some don't.
    event = {**result, "invocation": {"module_args": {"mappings": wanted}}}
    assert len(json.dumps(event)) < LONGEST_EVENT


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
    assert rejected < concurrency * waits
    assert requests[-1].time - requests[0].time <= 1.15 * waits * period
