# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacement: the old mapping comes back when the new one can't be made, whatever the reason."""

from __future__ import annotations

import os
import signal

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    OMAR,
    FakeClock,
    InProcess,
    role,
    run,
    wanted,
)

PATTERN = role("runner")
TO_CI = wanted(PATTERN, CI_EMAIL)
# What strikes the creation of the new mapping, and the status that is told.
REFUSALS = {
    "400": ({"status": 400, "body": {"errors": ["Bad"]}}, 400),
    "403": ({"status": 403, "body": {"errors": [{"title": "Forbidden", "detail": "Not you"}]}}, 403),
    "404": ({"status": 404}, 404),
    "409": ({"status": 409, "body": {"errors": ["Conflict"]}}, 409),
    "429": ({"status": 429, "headers": {"Retry-After": "1"}}, 429),
    "500": ({"status": 500}, 500),
    "503": ({"status": 503}, 503),
    "lost": ({"lose": "close"}, None),
    "time-out": ({"delay_before": 100, "lose": "close"}, None),
    "html": ({"junk": "html"}, 200),
    "not integrated": ({"status": 400, "body": {"errors": ["AWS Account Id is not integrated"]}}, 400),
    "redirect": ({"redirect": "https://elsewhere.example/"}, 307),
}


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return InProcess(mappings=[wanted(PATTERN, JANE)])


class Interrupting:
    """A transport that calls ``action`` in place of, or after, the first request of this method."""

    def __init__(self, api, method, action, before=False):
        self.api, self.method, self.action, self.before = api, method, action, before

    def __call__(self, prepared, settings):
        due = prepared.method == self.method
        if due:
            self.method = None
        if due and self.before:
            self.action()
        answer = self.api(prepared, settings)
        if due and not self.before:
            self.action()
        return answer


@pytest.mark.parametrize("lag", [0, 3, 20])
@pytest.mark.parametrize(("refusal", "status"), REFUSALS.values(), ids=REFUSALS)
def test_when_the_creation_is_refused_the_old_mapping_is_put_back(refusal, status, lag):
    api = InProcess(mappings=[wanted(PATTERN, JANE)], list_lag=lag)
    api.fault(method="POST", contains=CI_EMAIL, times=None, **refusal)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    [now] = api.sandbox.mappings()
    assert (
        f"The old mapping of {PATTERN} to {JANE} had been removed and has been put back, with the id {now['id']}."
        in ended["msg"]
    )
    assert ended.result.get("http_status") == status
    assert ended.result.get("errors", []) == refusal.get("body", {}).get("errors", [])
    assert "lost_mapping" not in ended.result


def test_after_that_the_next_run_does_it(api):
    api.fault(method="POST", contains=CI_EMAIL, status=403)
    run("persona_mapping", api, TO_CI)

    assert run("persona_mapping", api, TO_CI)["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize(("refusal", "status"), REFUSALS.values(), ids=REFUSALS)
def test_when_that_is_refused_too_all_is_told_that_restores_it(api, refusal, status):
    [old] = api.sandbox.mappings()
    api.fault(method="POST", times=None, **refusal)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"] == old
    assert ended.result.get("http_status") == status
    for words in (PATTERN, JANE, JANE_UUID, "putting it back failed too", "To bring the old mapping back"):
        assert words in ended["msg"]
    assert not api.mappings


def test_what_is_told_restores_it(api):
    api.fault(method="POST", times=2, status=403)
    lost = run("persona_mapping", api, TO_CI)["lost_mapping"]

    ended = run("persona_mapping", api, wanted(lost["arn_pattern"], lost["account_identifier"]))

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}


@pytest.mark.parametrize("status", [400, 403, 500])
def test_when_the_removal_is_refused_nothing_is_changed(api, status):
    api.fault(method="DELETE", status=status, times=None)
    before = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert api.sandbox.mappings() == before
    if status == 500:  # It may have been executed, so that it was made sure.
        assert f"The old mapping of {PATTERN} to {JANE} is still there." in ended["msg"]
        assert api.writes == ["DELETE"] * 6 + ["POST"]
    else:
        assert api.writes == ["DELETE"]


def test_when_the_removal_is_lost_for_good_but_executed_the_old_mapping_is_put_back(api):
    api.fault(method="DELETE", lose="close", execute=True, times=None)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}


def test_when_someone_made_the_new_mapping_meanwhile_that_is_success(api):
    made = {"create": TO_CI}
    api.fault(method="POST", contains=CI_EMAIL, status=403)
    api.fault(method="POST", contains=JANE, change=[made])

    ended = run("persona_mapping", api, TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize("fault", [MemoryError("none left"), KeyboardInterrupt(), RuntimeError("odd")])
def test_whatever_goes_wrong_the_old_mapping_is_put_back(api, fault):
    def fail():
        raise fault

    ended = run("persona_mapping", Interrupting(api, "POST", fail, before=True), TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert f"Unexpected fault: {fault!r}." in ended["msg"]


def test_when_someone_else_removed_it_nothing_is_put_back(api):
    api.fault(method="DELETE", change=[{"delete": {"arn_pattern": PATTERN}}])
    api.fault(method="POST", status=403)

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert not api.mappings


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("lag", [0, 3, 20])
def test_a_signal_between_removal_and_creation(number, lag):
    api = InProcess(mappings=[wanted(PATTERN, JANE)], list_lag=lag)
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    ended = run("persona_mapping", Interrupting(api, "DELETE", lambda: os.kill(os.getpid(), number)), TO_CI)

    assert ended.failed
    assert ended["msg"].startswith(
        f"Interrupted by {number.name}. The old mapping of {PATTERN} to {JANE} had been removed and has"
    )
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 503},
        {"lose": "close"},
        {"status": 429, "headers": {"Retry-After": "20"}},
        {"status": 400, "body": {"errors": ["AWS Account Id is not integrated"]}},
        {"status": 409},
    ],
)
def test_a_signal_while_the_creation_waits(api, refusal):
    api.fault(method="POST", contains=CI_EMAIL, times=None, **refusal)

    ended = run("persona_mapping", Interrupting(api, "POST", lambda: FakeClock.latest.stop("SIGTERM"), True), TO_CI)

    assert ended.failed
    assert "Interrupted by SIGTERM." in ended["msg"]
    assert api.mappings == {PATTERN: JANE}
    assert ended["changed"] is True


@pytest.mark.parametrize("execute", [True, False])
def test_a_signal_while_the_removal_waits(api, execute):
    api.fault(method="DELETE", lose="close", execute=execute, times=None)

    ended = run("persona_mapping", Interrupting(api, "DELETE", lambda: FakeClock.latest.stop("SIGINT"), True), TO_CI)

    assert ended.failed
    assert "Interrupted by SIGINT." in ended["msg"]
    assert api.mappings == {PATTERN: JANE}
    assert ended["changed"] is execute


def test_a_signal_while_a_mere_removal_waits(api):
    api.fault(method="DELETE", status=503, times=None)
    stop = Interrupting(api, "DELETE", lambda: FakeClock.latest.stop("SIGINT"))

    ended = run("persona_mapping", stop, {"state": "absent", "arn_pattern": PATTERN})

    assert ended.failed
    assert ended["msg"].startswith("Interrupted by SIGINT. Could not remove the persona mapping")
    assert ended["msg"].count(PATTERN) == 1
    assert ended["changed"] is True  # It may have been executed.


def test_a_signal_during_the_creation_lets_it_end(api):
    ended = run("persona_mapping", Interrupting(api, "POST", lambda: os.kill(os.getpid(), signal.SIGTERM)), TO_CI)

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_signal_in_the_middle_of_a_set_leaves_nothing_half_replaced(concurrency):
    before = [wanted(role(f"runner-{number}"), JANE) for number in range(30)]
    api = InProcess(mappings=before)
    wants = [wanted(entry["arn_pattern"], OMAR) for entry in before]
    stop = Interrupting(api, "DELETE", lambda: FakeClock.latest.stop("SIGTERM"))

    ended = run("persona_mappings", stop, {"mappings": wants, "concurrency": concurrency})

    assert ended.failed
    assert len(api.mappings) == 30
    replaced = [pattern for pattern, account in api.mappings.items() if account == OMAR]
    assert sorted(replaced) == sorted(mapping["arn_pattern"] for mapping in ended["replaced"])
    assert ended["summary"]["failed"] == 30 - len(replaced) > 20
    assert len([method for method in api.methods if method == "DELETE"]) <= concurrency
    assert "Interrupted by SIGTERM." in ended["msg"]


def test_ctrl_c_before_the_first_write(script):
    from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import MAPPINGS

    script.lose("GET", MAPPINGS, KeyboardInterrupt())

    ended = run("persona_mapping", script, TO_CI)

    assert ended.failed
    assert ended["msg"] == "Interrupted before anything was written."


def test_a_removal_that_is_interrupted_before_it_begins(api):
    class Early(Interrupting):
        def __call__(self, prepared, settings):
            FakeClock.latest.stop("SIGTERM")
            return self.api(prepared, settings)

    ended = run("persona_mapping", Early(api, None, None), {"state": "absent", "arn_pattern": PATTERN})

    assert ended.failed
    assert ended["changed"] is False
    assert api.mappings == {PATTERN: JANE}


def test_a_replacement_by_another_spelling_is_none(api):
    assert run("persona_mapping", api, wanted(PATTERN, JANE_EMAIL))["changed"] is False
    assert not api.writes
