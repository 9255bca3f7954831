# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of the collection itself: the task fails with the place, the stack, and what is known of the writes."""

from __future__ import annotations

from base64 import b64encode
from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine import engine, steps
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import connection, managing, reading
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    PERSONA,
    every_kind,
    organization,
    run,
)

NAME = "runner"
VERBOSE = {"_ansible_verbosity": 3}  # -vvv
# The key in a spelling that Ansible does not look for.
ENCODED = b64encode(API_KEY.encode()).decode()


def bug(*_args, **_kwargs):
    raise KeyError(f"nothing at {API_KEY}, {ENCODED}")


def assert_told(ended, place):
    """The last frame of ours is in the message, the whole stack in the result, and a secret in neither."""
    assert ended.failed
    assert "Unexpected error: KeyError('nothing at ********, ********') in plugins/module_utils/" in ended["msg"]
    assert f"/{place}.py, line " in ended["msg"]
    assert ". Please report it, with what the task prints with -vvv" in ended["msg"]
    assert ended["exception"].startswith("Traceback (most recent call last):\n")
    assert f"{place}.py" in ended["exception"]
    assert "test_unexpected_errors.py" in ended["exception"]
    assert ended["exception"].endswith("KeyError: 'nothing at ********, ********'\n")
    assert API_KEY not in ended.output
    assert ENCODED not in ended.output


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_before_anything_is_written(kind, check):
    api = organization(kind)

    with mock.patch.object(engine, "plan_present", bug):
        ended = run(kind.one, api, {**kind.wanted(NAME), **VERBOSE}, check)

    assert_told(ended, "_engine/engine")
    assert ended["msg"].endswith(" Nothing has been changed.")
    assert ended["changed"] is False


def test_while_reading():
    with mock.patch.object(reading, "query_of", bug):
        ended = run("persona_mapping_info", organization(PERSONA), VERBOSE)

    assert_told(ended, "_module/reading")
    assert ended["changed"] is False


def test_before_there_is_a_way_to_datadog():
    with mock.patch.object(connection, "base_url_of_site", bug):
        ended = run("current_user_info", organization(PERSONA), {"site": "datadoghq.eu", **VERBOSE})

    assert_told(ended, "_module/connection")
    assert ended["changed"] is False


@every_kind
def test_after_something_was_written(kind):
    api = organization(kind)

    with mock.patch.object(managing.Results, "of_one", bug):
        ended = run(kind.one, api, {**kind.wanted(NAME), **VERBOSE})

    assert_told(ended, "_module/managing")
    assert ended["msg"].endswith(" It is not known what was changed: check mode shows what is left to do.")
    assert ended["changed"] is True
    assert len(api.held(kind)) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_in_one_of_the_writes_of_a_set(concurrency):
    api = organization(PERSONA)
    plain = steps.create

    def create(context, want, policy):
        return bug() if want.key == PERSONA.text(f"{NAME}-1") else plain(context, want, policy)

    mappings = [PERSONA.wanted(f"{NAME}-{number}") for number in range(3)]
    with mock.patch.object(steps, "create", create):
        ended = run("persona_mappings", api, {"mappings": mappings, "concurrency": concurrency, **VERBOSE})

    assert_told(ended, "_engine/steps")
    assert ended["summary"]["created"] == 2
    [failed] = ended["failed_mappings"]
    assert "KeyError('nothing at ********, ********')" in failed["msg"]
