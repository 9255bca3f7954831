# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for Datadog to know an AWS account, and to show what was written."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    JANE,
    OMAR,
    FakeClock,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    role,
    run,
    wanted,
)

NEW = "222222222222"
NEVER = "111111111111"
PATTERN = role("runner", NEW)
KNOWN = role("runner")


@pytest.mark.parametrize("seconds", [0.5, 5, 59])
def test_an_aws_account_that_is_integrated_only_just(seconds):
    api = InProcess(aws_accounts={NEW: seconds})
    begun = FakeClock.time

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended["changed"] is True, ended.result
    assert seconds <= FakeClock.since(begun) <= seconds + 5


@pytest.mark.parametrize("wait", [0, 1, 10, 60])
def test_an_aws_account_that_is_never_integrated(wait):
    api = InProcess()
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**wanted(role("runner", NEVER), JANE), "wait_timeout": wait})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["http_status"] == 400
    for words in ("AWS Account Id is not integrated with this Datadog account", f"Integrate the AWS account {NEVER}"):
        assert words in ended["msg"]
    assert FakeClock.since(begun) == wait
    assert wait or api.methods == ["GET", "POST"]


def test_the_mappings_of_an_aws_account_wait_together():
    api = InProcess()
    wants = [wanted(role(f"runner-{number}", NEVER), JANE) for number in range(20)]
    begun = FakeClock.time

    ended = run("persona_mappings", api, {"mappings": [*wants, wanted(KNOWN, JANE)], "concurrency": 1})

    assert ended["summary"]["failed"] == 20
    assert api.mappings == {KNOWN: JANE}
    assert FakeClock.since(begun) == 60


def test_each_aws_account_is_waited_for():
    api = InProcess(aws_accounts={NEW: 90})
    wants = [wanted(role("runner", NEVER), JANE), wanted(PATTERN, JANE)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 1})

    assert ended["summary"]["created"] == ended["summary"]["failed"] == 1


def test_a_replacement_in_an_aws_account_that_is_no_longer_integrated_removes_nothing():
    api = InProcess(mappings=[wanted(PATTERN, JANE)], aws_accounts={NEW: 70})
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**wanted(PATTERN, OMAR), "wait_timeout": 30})

    assert ended.failed
    assert ended["changed"] is False
    assert api.mappings == {PATTERN: JANE}
    assert FakeClock.since(begun) == 0  # It has not just been integrated: its pattern was mapped.


@every_kind
@pytest.mark.parametrize("lag", [0.3, 3, 20, 59])
def test_what_was_written_is_shown_before_the_task_ends(kind, lag):
    api = organization(kind, kind.wanted("runner"), list_lag=lag)
    replacement = [kind.wanted("runner", OMAR)] if kind.has_account else []

    for arguments in (*replacement, kind.wanted("new", OMAR), {"state": "absent", **kind.unwanted("runner")}):
        ended = run(kind.one, api, arguments)
        assert ended["changed"] is True
        assert not ended.warnings
        assert run(kind.one, api, arguments)["changed"] is False


@every_persona_kind
@pytest.mark.parametrize("lag", [0, 20])
def test_an_update_counts_as_shown_when_the_new_account_is(kind, lag):
    """It keeps its ID."""
    api = organization(kind, kind.wanted("runner"), list_lag=lag, on_taken="update")

    assert run(kind.one, api, kind.wanted("runner", OMAR))["changed"] is True
    assert run(kind.one, api, kind.wanted("runner", OMAR))["changed"] is False


@pytest.mark.parametrize("lag", [61, 1000])
def test_a_list_that_lags_on_is_warned_of(lag):
    api = InProcess(list_lag=lag)
    begun = FakeClock.time

    ended = run("persona_mapping", api, wanted(KNOWN, JANE))

    assert ended["changed"] is True
    assert FakeClock.since(begun) == 60
    [warning] = ended.warnings
    assert "does not show it after 60 s (wait_timeout)" in warning


@pytest.mark.parametrize("lag", [0, 20])
def test_wait_timeout_0_waits_not_at_all(lag):
    api = InProcess(list_lag=lag)
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**wanted(KNOWN, JANE), "wait_timeout": 0})

    assert ended["changed"] is True
    assert not ended.warnings
    assert api.methods == ["GET", "POST"]
    assert FakeClock.since(begun) == 0


def test_of_a_set_it_is_said_how_many_changes_can_not_be_seen():
    wants = [wanted(role(f"runner-{number}"), JANE) for number in range(3)]
    api = InProcess(list_lag=1000).fault(method="POST", status=400)

    [warning] = run("persona_mappings", api, {"mappings": wants, "concurrency": 1}).warnings

    assert warning.startswith("2 of 3 changes were made, but Datadog's list of persona mappings does not show it ")


def test_a_set_is_looked_for_as_one():
    api = InProcess(list_lag=3, mappings=[wanted(role(f"old-{number}"), JANE) for number in range(50)])
    wants = [wanted(role(f"runner-{number}"), JANE) for number in range(50)]

    ended = run("persona_mappings", api, {"mappings": wants, "purge": True, "concurrency": 1})

    assert ended["summary"]["created"] == ended["summary"]["removed"] == 50
    assert len([method for method in api.methods if method == "GET"]) < 8


@every_kind
@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 500}, {"lose": "close"}, {"junk": "html"}])
def test_a_list_that_can_not_be_read_any_more_is_only_warned_of(kind, fault):
    api = InProcess().fault(method="GET", skip=1, times=None, **fault)

    ended = run(kind.one, api, kind.wanted("runner"))

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert warning.startswith(f"The change was made, but could not be seen in Datadog's list of {kind.title}s: ")


def test_a_signal_while_waiting_for_the_list_is_only_warned_of():
    class Interrupting(InProcess):
        def __call__(self, prepared, settings):
            if self.mappings:
                FakeClock.latest.stop("SIGTERM")
            return super().__call__(prepared, settings)

    ended = run("persona_mapping", Interrupting(list_lag=30), wanted(KNOWN, JANE))

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert "Interrupted by SIGTERM." in warning
