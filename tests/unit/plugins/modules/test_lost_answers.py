# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes whose answers are lost, executed or not: one mapping in the end, and told what was done."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    MAPPINGS,
    OMAR,
    InProcess,
    every_kind,
    every_persona_kind,
    mapping,
    organization,
    role,
    run,
    wanted,
)

PATTERN = role("runner")
WANTED = wanted(PATTERN, JANE)
ABSENT = {"state": "absent", "arn_pattern": PATTERN}
LOST = {
    "closed": {"lose": "close"},
    "reset": {"lose": "reset"},
    "halfway": {"lose": "partial"},
    "time-out": {"delay_after": 60},
    "500": {"status": 500},
    "502": {"status": 502, "junk": "html"},
    "503": {"status": 503},
    "504": {"status": 504, "junk": "empty"},
}
UNREADABLE = {
    "cut": {"junk": "cut"},
    "html": {"junk": "html"},
    "empty": {"junk": "empty"},
    "gzip": {"junk": "gzip"},
    "redirected": {"status": 200, "body": {"data": []}},
}

every_loss = pytest.mark.parametrize("loss", LOST.values(), ids=LOST)
executed_or_not = pytest.mark.parametrize("execute", [True, False], ids=["executed", "not executed"])
every_lag = pytest.mark.parametrize("lag", [0, 3, 20])


@pytest.mark.parametrize("loss", [*LOST.values(), *UNREADABLE.values()], ids=[*LOST, *UNREADABLE])
@executed_or_not
@every_lag
@every_kind
def test_creation(kind, loss, execute, lag):
    api = InProcess(list_lag=lag).fault(method="POST", execute=execute, **loss)

    ended = run(kind.one, api, kind.wanted("runner"))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert ended["diff"] == {"before": {}, "after": kind.wanted("runner")}
    assert [ended[kind.one]["id"]] == [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    if execute and lag == 0:
        assert api.writes == ["POST"]  # It was read that it was made.


@every_loss
@executed_or_not
@every_lag
@every_kind
def test_removal(kind, loss, execute, lag):
    api = organization(kind, kind.wanted("runner"), list_lag=lag).fault(method="DELETE", execute=execute, **loss)

    ended = run(kind.one, api, {"state": "absent", **kind.unwanted("runner")})

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert not api.held(kind)


@pytest.mark.parametrize("loss", UNREADABLE.values(), ids=UNREADABLE)
@every_lag
def test_removal_with_an_unreadable_answer(loss, lag):
    api = InProcess(mappings=[WANTED], list_lag=lag).fault(method="DELETE", execute=True, **loss)

    ended = run("persona_mapping", api, ABSENT)

    assert ended["changed"] is True
    assert not api.mappings


@every_loss
@executed_or_not
@every_lag
@pytest.mark.parametrize(("method", "skip"), [("DELETE", 0), ("POST", 0), ("POST", 1)])
@every_persona_kind
def test_replacement(kind, loss, execute, lag, method, skip):
    api = organization(kind, kind.wanted("runner", OMAR), list_lag=lag)
    api.fault(method=method, execute=execute, skip=skip, **loss)

    ended = run(kind.one, api, kind.wanted("runner", CI_EMAIL))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert [ended[kind.one]["id"]] == [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    assert api.held(kind) == {kind.text("runner"): CI_UUID}


@every_loss
def test_reading_is_repeated(loss):
    api = InProcess(mappings=[WANTED]).fault(method="GET", times=5, **loss)

    assert run("persona_mapping", api, WANTED)["changed"] is False
    assert api.methods == ["GET"] * 6


@every_loss
@pytest.mark.parametrize("retries", [0, 1, 5])
def test_retries_are_bounded(loss, retries):
    api = InProcess(mappings=[WANTED]).fault(method="GET", times=None, **loss)

    ended = run("persona_mapping_info", api, {"retries": retries})

    assert ended.failed
    assert len(api.methods) == retries + 1
    assert (f"(Sent {retries + 1} times.)" in ended["msg"]) == (retries > 0)


@every_loss
@executed_or_not
def test_a_set_with_every_first_answer_lost(loss, execute):
    api = InProcess(list_lag=3)
    for number in range(12):
        api.fault(method="POST", contains=f"runner-{number}/", execute=execute, **loss)
    wants = [wanted(role(f"runner-{number}"), JANE) for number in range(12)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 4})

    assert not ended.failed, ended.result
    assert ended["summary"]["created"] == 12
    assert len(api.mappings) == 12


@pytest.mark.parametrize("loss", [{"lose": "close"}, {"status": 502}])
def test_a_creation_that_is_given_up_is_told_as_a_possible_change(loss):
    api = InProcess(list_lag=100).fault(method="POST", times=None, execute=True, **loss)

    ended = run("persona_mapping", api, {**WANTED, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}


def test_a_removal_that_is_given_up_is_told_as_a_possible_change():
    api = InProcess(mappings=[WANTED], list_lag=100).fault(method="DELETE", times=None, execute=True, lose="reset")

    ended = run("persona_mapping", api, {**ABSENT, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"].endswith("It is not known whether the mapping was removed.")


def test_a_removal_whose_fate_can_not_be_read_is_told_as_a_possible_change():
    api = InProcess(mappings=[WANTED]).fault(method="DELETE", times=None, execute=True, lose="reset")
    api.fault(method="GET", skip=1, times=None, status=403)

    ended = run("persona_mapping", api, {**ABSENT, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert "remove the persona mapping" in ended["msg"]


def test_a_removal_that_is_given_up_but_seen_has_worked():
    api = InProcess(mappings=[WANTED]).fault(method="DELETE", times=None, execute=True, lose="reset")

    assert run("persona_mapping", api, {**ABSENT, "retries": 0})["changed"] is True


def test_a_creation_is_not_repeated_while_its_fate_can_not_be_read():
    api = InProcess().fault(method="GET", skip=1, times=None, status=403, body={"errors": ["Forbidden"]})
    api.fault(method="POST", execute=True, lose="close")

    ended = run("persona_mapping", api, WANTED)

    assert ended.failed
    assert ended["changed"] is True
    assert api.writes == ["POST"]
    assert "Checking whether it was executed failed too: " in ended["msg"]


def test_before_a_creation_is_repeated_it_is_read_whether_it_was_made(script):
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 503)
    for _look in range(5):  # after 0, 0.5, 1.5, 3.5 and 7 s
        script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 201, {"data": mapping(1, PATTERN)})
    script.expect("GET", MAPPINGS, body={"data": [mapping(1, PATTERN)]})

    assert run("persona_mapping", script, WANTED)["changed"] is True
    assert script.sent[1].body == script.sent[7].body


def test_a_creation_executed_long_after_its_client_gave_up_doubles_nothing():
    api = InProcess().fault(method="POST", delay_before=40)  # The time-out is 30 s.

    ended = run("persona_mapping", api, WANTED)
    again = run("persona_mapping", api, WANTED)

    assert ended["changed"] is True
    assert again["changed"] is False
    assert [ended["persona_mapping"]] == api.sandbox.mappings()


def test_a_removal_executed_long_after_its_client_gave_up_removes_nothing_newer():
    api = InProcess(mappings=[wanted(PATTERN, OMAR)]).fault(method="DELETE", delay_before=31)

    ended = run("persona_mapping", api, wanted(PATTERN, CI_EMAIL))

    assert ended["changed"] is True
    assert run("persona_mapping", api, wanted(PATTERN, CI_UUID))["changed"] is False


@executed_or_not
def test_a_connection_that_can_not_be_made_is_known_not_to_have_changed_anything(execute):
    class Unreachable(InProcess):
        def __call__(self, prepared, settings):
            if prepared.method == "POST":
                import requests
                import urllib3

                cause = urllib3.exceptions.NewConnectionError(None, "failed")
                raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, prepared.url, cause))
            return super().__call__(prepared, settings)

    ended = run("persona_mapping", Unreachable(), WANTED)

    assert ended.failed
    assert ended["changed"] is False
    assert "It is not known" not in ended["msg"]
