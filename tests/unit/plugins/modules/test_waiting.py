# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for Datadog to know an AWS account, and to show what was written."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    OMAR,
    PERSONA,
    FakeClock,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    role,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import NOT_INTEGRATED, someone_deletes

NAME = "runner"
WANTED = PERSONA.wanted(NAME)
# AWS accounts: one that is integrated after some time, and one that never is.
NEW = "222222222222"
NEVER = "111111111111"


def in_account(aws_account, name=NAME):
    """A wanted mapping in this AWS account."""
    return {**PERSONA.wanted(name), "arn_pattern": role(name, aws_account)}


# --- until Datadog knows the AWS account


@pytest.mark.parametrize("seconds", [0.5, 5, 59])
def test_an_aws_account_that_is_integrated_only_just(seconds):
    api = InProcess(aws_accounts={NEW: seconds})
    begun = FakeClock.time

    ended = run("persona_mapping", api, in_account(NEW))

    assert ended["changed"] is True, ended.result
    assert seconds <= FakeClock.since(begun) <= seconds + 5


@pytest.mark.parametrize("wait", [0, 10, 60])
def test_an_aws_account_that_is_never_integrated(wait):
    api = InProcess()
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**in_account(NEVER), "wait_timeout": wait})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["http_status"] == 400
    for words in ("AWS Account Id is not integrated with this Datadog account", f"Integrate the AWS account {NEVER}"):
        assert words in ended["msg"]
    assert FakeClock.since(begun) == wait
    assert wait or api.methods == ["GET", "POST"]


def test_more_than_a_thousand_tries_overflow_nothing():
    api = InProcess().fault(method="POST", times=None, **NOT_INTEGRATED)

    ended = run("persona_mapping", api, {**WANTED, "wait_timeout": 5200})

    assert ended["http_status"] == 400
    assert api.methods.count("POST") > 1024


def test_the_mappings_of_an_aws_account_wait_together():
    api = InProcess()
    wants = [in_account(NEVER, f"runner-{number}") for number in range(20)]
    begun = FakeClock.time

    ended = run("persona_mappings", api, {"mappings": [*wants, WANTED], "concurrency": 1})

    assert ended["summary"]["failed"] == 20
    assert len(api.mappings) == 1
    assert FakeClock.since(begun) == 60


def test_each_aws_account_is_waited_for():
    api = InProcess(aws_accounts={NEW: 90})

    ended = run("persona_mappings", api, {"mappings": [in_account(NEVER), in_account(NEW)], "concurrency": 1})

    assert ended["summary"]["created"] == ended["summary"]["failed"] == 1


# --- until the list shows it


@every_kind
@pytest.mark.parametrize("lag", [0.3, 20, 29])
def test_what_was_written_is_shown_before_the_task_ends(kind, lag):
    api = organization(kind, kind.wanted(NAME), list_lag=lag)
    replacement = [kind.wanted(NAME, OMAR)] if kind.has_account else []

    for arguments in (*replacement, kind.wanted("new", OMAR), kind.absent(NAME)):
        ended = run(kind.one, api, arguments)
        assert ended["changed"] is True
        assert not ended.warnings
        assert run(kind.one, api, arguments)["changed"] is False


@every_persona_kind
@pytest.mark.parametrize("lag", [0, 20])
def test_an_update_counts_as_shown_when_the_new_account_is(kind, lag):
    """It keeps its ID."""
    api = organization(kind, kind.wanted(NAME), list_lag=lag, on_taken="update")

    assert run(kind.one, api, kind.wanted(NAME, OMAR))["changed"] is True
    assert run(kind.one, api, kind.wanted(NAME, OMAR))["changed"] is False


@pytest.mark.parametrize("lag", [61, 1000])
def test_a_list_that_lags_on_is_warned_of(lag):
    begun = FakeClock.time

    ended = run("persona_mapping", InProcess(list_lag=lag), WANTED)

    assert ended["changed"] is True
    assert FakeClock.since(begun) == 30  # After that, no list is as old as usual.
    [warning] = ended.warnings
    assert f"does not show all of it after 30 s: {PERSONA.text(NAME)}." in warning


@pytest.mark.parametrize("lag", [0, 20])
def test_someone_deletes_what_was_just_created(lag):
    api = InProcess(list_lag=lag).fault(method="GET", skip=1, change=[someone_deletes(PERSONA, NAME)])

    ended = run("persona_mapping", api, {**WANTED, "wait_timeout": 5})

    assert ended["changed"] is True
    assert [warning for warning in ended.warnings if "does not show all of it after 5 s" in warning]


@pytest.mark.parametrize("lag", [0, 20])
def test_wait_timeout_0_waits_not_at_all(lag):
    api = InProcess(list_lag=lag)
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**WANTED, "wait_timeout": 0})

    assert ended["changed"] is True
    assert not ended.warnings
    assert api.methods == ["GET", "POST"]
    assert FakeClock.since(begun) == 0


def test_of_a_set_it_is_said_how_many_changes_can_not_be_seen():
    wants = [PERSONA.wanted(f"runner-{number}") for number in range(3)]
    api = InProcess(list_lag=1000).fault(method="POST", status=400)

    [warning] = run("persona_mappings", api, {"mappings": wants, "concurrency": 1}).warnings

    assert warning.startswith("2 of 3 changes were made, but Datadog's list of persona mappings does not show all ")


def test_a_set_is_looked_for_as_one():
    api = InProcess(list_lag=3, mappings=[PERSONA.wanted(f"old-{number}") for number in range(50)])
    wants = [PERSONA.wanted(f"runner-{number}") for number in range(50)]

    ended = run("persona_mappings", api, {"mappings": wants, "purge": True, "concurrency": 1})

    assert ended["summary"]["created"] == ended["summary"]["removed"] == 50
    assert api.methods.count("GET") < 8


@every_kind
@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 500}, {"lose": "close"}, {"junk": "html"}])
def test_a_list_that_can_not_be_read_any_more_is_only_warned_of(kind, fault):
    api = InProcess().fault(method="GET", skip=1, times=None, **fault)

    ended = run(kind.one, api, kind.wanted(NAME))

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert warning.startswith(f"The change was made, but could not be seen in Datadog's list of {kind.title}s: ")
