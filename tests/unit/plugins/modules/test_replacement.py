# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacement: it never begins with a loss, and the old mapping comes back when the new one can't be created."""

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
    MAPPINGS,
    OMAR,
    PERSONA,
    FakeClock,
    InProcess,
    every_persona_kind,
    organization,
    role,
    run,
    wanted,
)

NAME = "runner"
PATTERN = role(NAME)
TO_CI = wanted(PATTERN, CI_EMAIL)
# What strikes the creation of the new mapping, and the status that is told.
REFUSALS = {
    "400": ({"status": 400, "body": {"errors": ["Bad"]}}, 400),
    "403": ({"status": 403, "body": {"errors": [{"title": "Forbidden", "detail": "Not you"}]}}, 403),
    "404": ({"status": 404}, 404),
    "429": ({"status": 429, "headers": {"Retry-After": "1"}}, 429),
    "500": ({"status": 500}, 500),
    "503": ({"status": 503}, 503),
    "lost": ({"lose": "close"}, None),
    "time-out": ({"delay_before": 100, "lose": "close"}, None),
    "html": ({"junk": "html"}, 200),
    "not integrated": ({"status": 400, "body": {"errors": ["AWS Account Id is not integrated"]}}, 400),
    "redirect": ({"redirect": "https://elsewhere.example/"}, 307),
}
# Those after which it is not known whether the request was executed.
UNCERTAIN = {"500", "503", "lost", "time-out", "html"}
CONFLICT = {"409": ({"status": 409, "body": {"errors": ["Conflict"]}}, 409)}
# After these, trying again can help.
PASSING = ("429", "503", "lost")

every_refusal = pytest.mark.parametrize("name", REFUSALS)
every_lag = pytest.mark.parametrize("lag", [0, 3, 20])


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return of_jane(PERSONA)


def of_jane(kind, **settings):
    """A sandbox in which the mapping is Jane's."""
    return organization(kind, kind.wanted(NAME), **settings)


class Interrupting:
    """A transport that calls ``action`` instead of, or after, the first request of this method."""

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


# --- refused at once


@every_persona_kind
@every_lag
@every_refusal
def test_when_the_creation_is_refused_nothing_is_removed(kind, name, lag):
    refusal, status = REFUSALS[name]
    api = of_jane(kind, list_lag=lag).fault(method="POST", contains=CI_EMAIL, times=None, **refusal)
    before = api.sandbox.mappings(kind.sandbox)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is (name in UNCERTAIN)
    assert api.sandbox.mappings(kind.sandbox) == before
    assert "DELETE" not in api.methods
    assert ended["msg"].endswith(f"This task has not removed the {kind.title} of {kind.text(NAME)} to {JANE}.")
    assert ("It is not known whether the new mapping was created." in ended["msg"]) is (name in UNCERTAIN)
    assert ended.result.get("http_status") == status
    assert ended.result.get("errors", []) == refusal.get("body", {}).get("errors", [])
    assert "lost_mapping" not in ended.result


@every_persona_kind
def test_an_aws_account_that_is_no_longer_integrated_is_not_waited_for(kind):
    api = of_jane(kind).fault(method="POST", times=None, **REFUSALS["not integrated"][0])
    begun = FakeClock.time

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert ended.failed
    assert FakeClock.since(begun) == 0
    assert api.held(kind) == {kind.text(NAME): JANE}


def test_after_that_the_next_run_does_it(api):
    api.fault(method="POST", contains=CI_EMAIL, status=403)
    run("persona_mapping", api, TO_CI)

    assert run("persona_mapping", api, TO_CI)["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


# --- refused once the old mapping is gone


@every_persona_kind
@every_lag
@pytest.mark.parametrize("name", [*REFUSALS, *CONFLICT])
def test_when_the_creation_is_refused_after_the_removal_the_old_mapping_is_put_back(kind, name, lag):
    refusal, status = {**REFUSALS, **CONFLICT}[name]
    api = of_jane(kind, list_lag=lag).fault(method="POST", contains=CI_EMAIL, skip=1, times=None, **refusal)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is True
    assert api.held(kind) == {kind.text(NAME): JANE}
    [now] = api.sandbox.mappings(kind.sandbox)
    assert (
        f"The old mapping of {kind.text(NAME)} to {JANE} had been removed and has been put back, with the ID "
        f"{now['id']}." in ended["msg"]
    )
    assert ended.result.get("http_status") == status
    assert ended.result.get("errors", []) == refusal.get("body", {}).get("errors", [])
    assert "lost_mapping" not in ended.result


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("options", [{"retries": 0, "wait_timeout": 0}, {"retries": 0}, {"wait_timeout": 0}])
def test_putting_back_has_a_patience_of_its_own(api, name, options):
    """Eight failures in a row, whatever the options say."""
    refusal, _status = REFUSALS[name]
    api.fault(method="POST", skip=1, times=8, **refusal)

    ended = run("persona_mapping", api, {**TO_CI, **options})

    if ended.failed:
        assert api.mappings == {PATTERN: JANE}
        assert "had been removed and has been put back" in ended["msg"]
    else:  # With retries, the new mapping itself has come through.
        assert "retries" not in options
        assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize("name", PASSING)
def test_that_patience_lasts_five_minutes(api, name):
    refusal, _status = REFUSALS[name]
    api.fault(method="POST", skip=1, times=None, **refusal)
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0, "wait_timeout": 0})

    assert ended["lost_mapping"]["account_identifier"] == JANE
    assert 300 <= FakeClock.since(begun) <= 400


@every_persona_kind
@pytest.mark.parametrize("name", [*REFUSALS, *CONFLICT])
def test_when_that_is_refused_too_all_is_told_that_restores_it(kind, name):
    refusal, status = {**REFUSALS, **CONFLICT}[name]
    api = of_jane(kind)
    [old] = api.sandbox.mappings(kind.sandbox)
    api.fault(method="POST", skip=1, times=None, **refusal)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"] == {key: old[key] for key in ("id", *kind.returned(1, NAME))}
    assert ended.result.get("http_status") == status
    for words in (kind.text(NAME), JANE, JANE_UUID, "putting it back failed too", "restore the old mapping"):
        assert words in ended["msg"]
    assert not api.held(kind)


@every_persona_kind
def test_what_is_told_restores_it(kind):
    api = of_jane(kind).fault(method="POST", skip=1, times=2, status=403)
    lost = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))["lost_mapping"]

    ended = run(kind.many, api, {"mappings": [lost]})

    assert ended["changed"] is True
    assert api.held(kind) == {kind.text(NAME): JANE}


# --- the removal


@pytest.mark.parametrize("status", [400, 403, 429])
def test_when_the_removal_is_refused_nothing_is_changed(api, status):
    api.fault(method="DELETE", status=status, times=None, headers={"Retry-After": "1"})
    before = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert api.sandbox.mappings() == before
    assert ended["msg"].endswith(f"This task has not removed the persona mapping of {PATTERN} to {JANE}.")
    assert api.writes == ["POST", *["DELETE"] * (6 if status == 429 else 1)]


def test_when_it_is_not_known_whether_the_old_mapping_was_removed_it_is_made_sure_that_it_is_there(api):
    api.fault(method="DELETE", status=500, times=None)
    before = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert api.sandbox.mappings() == before
    assert f"The old mapping of {PATTERN} to {JANE} is still there." in ended["msg"]
    assert api.writes[:7] == ["POST", *["DELETE"] * 6]


def test_when_the_removal_is_lost_for_good_but_seen_the_replacement_goes_on(api):
    api.fault(method="DELETE", lose="close", execute=True, times=None)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


def test_when_the_removal_is_lost_for_good_and_can_not_be_seen_the_old_mapping_is_put_back():
    api = of_jane(PERSONA, list_lag=25).fault(method="DELETE", lose="close", execute=True, times=None)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert "may have been removed and has been put back" in ended["msg"]


def test_when_someone_else_removed_it_nothing_is_put_back(api):
    api.fault(method="DELETE", change=[{"delete": {"arn_pattern": PATTERN}}])
    api.fault(method="POST", skip=1, status=403)

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert not api.mappings


# --- what others do, and what the server does otherwise


def test_when_someone_made_the_new_mapping_meanwhile_that_is_success(api):
    made = {"create": TO_CI}
    api.fault(method="POST", contains=CI_EMAIL, skip=1, status=403)
    api.fault(method="POST", contains=JANE, change=[made])

    ended = run("persona_mapping", api, TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@every_persona_kind
@pytest.mark.parametrize("on_taken", ["conflict", "both", "update"])
@pytest.mark.parametrize("conflict_lag", [0, 10])
@every_lag
def test_whatever_datadog_does_with_a_pattern_that_is_taken(kind, on_taken, conflict_lag, lag):
    api = of_jane(kind, on_taken=on_taken, conflict_lag=conflict_lag, list_lag=lag)

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    [now] = api.sandbox.mappings(kind.sandbox)
    assert now["account_identifier"] == CI_UUID
    assert ended[kind.one]["id"] == now["id"]
    assert ("DELETE" in api.methods) is (on_taken != "update")


@pytest.mark.parametrize(("fault", "words"), [({"status": 403}, "is there, too"), ({"status": 500}, "may still be")])
def test_where_datadog_takes_both_and_the_old_one_stays_both_are_named(fault, words):
    api = of_jane(PERSONA, on_taken="both").fault(method="DELETE", times=None, **fault)
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert f"The new mapping of {PATTERN} to {CI_EMAIL} is there, with the ID" in ended["msg"]
    assert words in ended["msg"]
    assert ended["msg"].endswith(f"Remove it by its ID, {old['id']}.")


# --- whatever else


@pytest.mark.parametrize("fault", [MemoryError("none left"), KeyboardInterrupt(), RuntimeError("odd")])
@pytest.mark.parametrize("number", [0, 1])
def test_whatever_goes_wrong_the_mapping_is_there_in_the_end(api, fault, number):
    """In the first creation, or in the one after the removal."""
    posts = []

    def transport(prepared, settings):
        if prepared.method == "POST":
            posts.append(prepared)
            if len(posts) == number + 1:
                raise fault
        return api(prepared, settings)

    ended = run("persona_mapping", transport, TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert f"Unexpected error: {fault!r} in plugins/module_utils/_http/client.py, line " in ended["msg"]
    assert ("DELETE" in api.methods) is (number == 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@every_lag
def test_a_signal_between_removal_and_creation_lets_the_creation_end(number, lag):
    api = of_jane(PERSONA, list_lag=lag)
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    ended = run("persona_mapping", Interrupting(api, "DELETE", lambda: os.kill(os.getpid(), number)), TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}
    assert not lag or [warning for warning in ended.warnings if f"Interrupted by {number.name}." in warning]
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
@pytest.mark.parametrize("skip", [0, 1])
def test_a_signal_while_a_creation_waits_loses_nothing(api, refusal, skip):
    api.fault(method="POST", contains=CI_EMAIL, skip=skip, times=None, **refusal)

    ended = run("persona_mapping", Interrupting(api, "POST", lambda: FakeClock.latest.stop("SIGTERM"), True), TO_CI)

    assert ended.failed
    assert api.mappings == {PATTERN: JANE}
    if skip:
        assert "had been removed and has been put back" in ended["msg"]
        assert ended["changed"] is True


@pytest.mark.parametrize("execute", [True, False])
def test_a_signal_while_the_removal_waits(api, execute):
    api.fault(method="DELETE", lose="close", execute=execute, times=None)

    ended = run("persona_mapping", Interrupting(api, "DELETE", lambda: FakeClock.latest.stop("SIGINT"), True), TO_CI)

    assert ended.failed
    assert "Interrupted by SIGINT." in ended["msg"]
    assert api.mappings == {PATTERN: JANE}
    assert ended["changed"] is execute


@every_persona_kind
def test_a_signal_while_a_mere_removal_waits(kind):
    api = of_jane(kind).fault(method="DELETE", status=503, times=None)
    stop = Interrupting(api, "DELETE", lambda: FakeClock.latest.stop("SIGINT"))

    ended = run(kind.one, stop, {"state": "absent", **kind.unwanted(NAME)})

    assert ended.failed
    assert ended["msg"].startswith(f"Interrupted by SIGINT. Could not remove the {kind.title}")
    assert ended["msg"].count(kind.text(NAME)) == 1
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
    assert "Interrupted by SIGTERM. Nothing was done about" in ended["msg"]


def test_ctrl_c_before_the_first_write(script):
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
    assert ended["msg"] == f"Interrupted by SIGTERM. Nothing was done about {PATTERN}."
    assert api.mappings == {PATTERN: JANE}


def test_a_replacement_by_another_spelling_is_none(api):
    assert run("persona_mapping", api, wanted(PATTERN, JANE_EMAIL))["changed"] is False
    assert not api.writes
