# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return in real runs is what their documentation says they return: all of it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.pages import documented_returns
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import CI, OMAR, task
from datadog_sandbox import Sandbox, samples
from datadog_sandbox.kinds import KINDS

pytestmark = pytest.mark.waits

# What Ansible documents for every module, or adds.
COMMON = {"_ansible_no_log", "changed", "diff", "exception", "failed", "invocation", "msg", "warnings"}
READ_ONLY = {"app_key": samples.READ_ONLY_APP_KEY}
NOBODY = {"app_key": samples.NO_PERMISSIONS_APP_KEY}


def mapping(kind: Any, name: str, account: str = CI) -> dict[str, Any]:
    """A mapping as the modules take it."""
    sub = f"repo:corp/{name}:ref:refs/heads/main"
    matcher = f"arn:aws:sts::123456789012:assumed-role/{name}/*" if kind.matcher == "arn_pattern" else {"sub": sub}
    return {kind.matcher: matcher, **({"account_identifier": account} if kind.has_account else {})}


def tasks_on_one(kind: Any, module: str) -> list[dict[str, Any]]:
    new = mapping(kind, "new")
    return [
        task(new, module, check_mode=True),
        task(new, module),
        task({**new, "state": "absent"}, module),
        task({**new, **READ_ONLY}, module),
        task(mapping(kind, "stuck", OMAR), module),
    ]


def tasks_on_many(kind: Any, module: str) -> list[dict[str, Any]]:
    stuck = mapping(kind, "stuck")
    at_once = {"retries": 0, "wait_timeout": 0}
    changed = [mapping(kind, "new"), mapping(kind, "other", OMAR), stuck]
    return [
        task({"mappings": [mapping(kind, "new")]}, module, check_mode=True),
        task({"mappings": changed, "purge": True}, module),
        task({"mappings": [mapping(kind, "newer")], **READ_ONLY}, module),
        task({"mappings": [mapping(kind, "stuck", OMAR)]}, module),
        task({"mappings": [mapping(kind, "doubtful")], **at_once}, module),
        *([] if kind.has_account else [task({"mappings": [stuck], "state": "absent", **at_once}, module)]),
    ]


def tasks_that_read(kind: Any, module: str) -> list[dict[str, Any]]:
    resolve = [task({"resolve_accounts": True}, module)] if kind.has_account else []
    return [task({}, module), task(NOBODY, module), *resolve]


TASKS_OF = {"": tasks_on_one, "s": tasks_on_many, "_info": tasks_that_read}
CASES = [
    pytest.param(kind, tasks_of, f"{name}_mapping{shape}", id=f"{name}_mapping{shape}")
    for name, kind in KINDS.items()
    for shape, tasks_of in TASKS_OF.items()
]


def shape(values: dict[str, Any]) -> dict[str, Any]:
    """The documented values with what each contains; None for what is not described further."""
    return {name: shape(value["contains"]) if "contains" in value else None for name, value in values.items()}


def returned(results: list[dict[str, Any]], documentation: dict[str, Any]) -> dict[str, Any]:
    """What the results hold, taken together, in as much depth as the documentation has."""
    found: dict[str, Any] = {}
    for name in sorted(set().union(*results)):
        values = [result[name] for result in results if name in result]
        inner = documentation.get(name)
        items = [item for value in values for item in (value if isinstance(value, list) else [value])]
        found[name] = returned(items, inner) if inner and items else None
    return found


def nothing_is_known_of_removals(sandbox: Sandbox) -> None:
    sandbox.add_fault(
        method="DELETE", lose="close", change=lambda it: it.add_fault(method="GET", status=503, times=None)
    )


def assert_as_documented(module: str, results: list[dict[str, Any]]) -> None:
    documentation = shape(documented_returns(module))
    own = [{name: value for name, value in result.items() if name not in COMMON} for result in results]
    assert returned(own, documentation) == documentation


@pytest.mark.parametrize(("kind", "tasks_of", "module"), CASES)
def test_all_that_is_documented_is_returned_and_nothing_else(play, kind, tasks_of, module):
    with Sandbox(**{kind.section: [mapping(kind, name) for name in ("kept", "stuck", "other")]}) as sandbox:
        # The first creation fails because of the old mapping, all others for another reason: the mapping is lost.
        sandbox.add_fault(method="POST", contains="stuck", status=403, skip=1, times=None)
        # No answer comes, and then no list: it is not known whether this is created, or what is last is removed.
        sandbox.add_fault(method="POST", contains="doubtful", lose="close", change=nothing_is_known_of_removals)
        results = play(*tasks_of(kind, module), sandbox=sandbox).results

    assert_as_documented(module, results)


def test_who_one_is_is_documented_as_it_is_returned(play):
    module = "current_user_info"
    with Sandbox() as sandbox:
        results = play(task({}, module), task({"api_key": "deadbeef" * 4}, module), sandbox=sandbox).results

    assert_as_documented(module, results)
