# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rescue: the old mapping is gone and the new one can't be created, so the old one is put back, or named as lost."""

from __future__ import annotations

import pytest
import requests
import urllib3

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_UUID,
    PERSONA,
    FakeClock,
    every_persona_kind,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    FORBIDDEN,
    NOT_INTEGRATED,
    Outage,
    Troubled,
    every_lag,
    refused_connection,
    refused_tunnel,
    someone_creates,
    troubled,
)

NAME = "runner"
PATTERN = PERSONA.text(NAME)
TO_CI = PERSONA.wanted(NAME, CI_EMAIL)
IMPATIENT = {"retries": 0, "wait_timeout": 0}
# What strikes creations, and the status that is told.
REFUSALS = {
    "403": (FORBIDDEN, 403),
    "404": ({"status": 404}, 404),
    "409": ({"status": 409, "body": {"errors": ["Conflict"]}}, 409),
    "429": ({"status": 429, "headers": {"Retry-After": "1"}}, 429),
    "503": ({"status": 503}, 503),
    "lost": ({"lose": "close"}, None),
    "html": ({"junk": "html"}, 200),
    "not integrated": (NOT_INTEGRATED, 400),
}
every_refusal = pytest.mark.parametrize(("refusal", "status"), REFUSALS.values(), ids=REFUSALS)
every_passing_one = pytest.mark.parametrize("refusal", [REFUSALS[name][0] for name in ("429", "503", "lost")])


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return of_jane(PERSONA)


def of_jane(kind, **settings):
    """A sandbox in which the mapping is Jane's."""
    return troubled(kind, kind.wanted(NAME), **settings)


def assert_put_back(api, ended):
    """The task has failed, and the pattern is Jane's again."""
    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert "lost_mapping" not in ended.result


# --- it comes back


@every_persona_kind
@every_lag
@every_refusal
def test_when_the_creation_is_refused_after_the_removal_the_old_mapping_is_put_back(kind, refusal, status, lag):
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


@every_passing_one
def test_it_has_a_patience_of_its_own(api, refusal):
    """Eight failures in a row, whatever the options say."""
    api.fault(method="POST", skip=1, times=8, **refusal)

    assert_put_back(api, run("persona_mapping", api, {**TO_CI, **IMPATIENT}))


@every_passing_one
def test_that_patience_lasts_five_minutes(api, refusal):
    api.fault(method="POST", skip=1, times=None, **refusal)
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**TO_CI, **IMPATIENT})

    assert ended["lost_mapping"]["account_identifier"] == JANE
    assert 300 <= FakeClock.since(begun) <= 400


@pytest.mark.parametrize("way", ["503", "refused", "proxy", "lost", "time-out"])
@pytest.mark.parametrize("options", [{}, IMPATIENT], ids=["patient", "impatient"])
@every_lag
def test_an_outage_of_four_minutes_straight_after_the_removal(way, options, lag):
    api = of_jane(PERSONA, outage=Outage("DELETE", 0, 240, way), list_lag=lag)

    ended = run("persona_mapping", api, {**TO_CI, **options})

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is True
    assert api.unmapped[PATTERN] < 240 + 70  # A pause, and the time-out of a request.


def test_an_outage_that_does_not_end_is_told_after_five_minutes():
    api = of_jane(PERSONA, outage=Outage("DELETE", 0, 100_000, "refused"))
    [old] = api.sandbox.mappings()
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**TO_CI, **IMPATIENT})

    assert ended["lost_mapping"] == old
    assert 300 <= FakeClock.since(begun) < 1800


def test_a_read_is_answered_by_junk(api):
    api.fault(method="POST", skip=1, times=2, status=503).fault(method="GET", path=PERSONA.path, skip=2, junk="html")

    assert_put_back(api, run("persona_mapping", api, {**TO_CI, **IMPATIENT}))


def test_datadog_forgets_the_aws_account_for_a_moment(api):
    """Known to pass within minutes, and the account was integrated, or the old mapping would not have been there."""
    api.fault(method="POST", skip=1, times=2, **NOT_INTEGRATED)

    assert_put_back(api, run("persona_mapping", api, TO_CI))


def test_the_new_mapping_waits_for_no_aws_account_once_the_pattern_is_free(api):
    api.fault(method="POST", skip=1, contains=CI_EMAIL, times=None, **NOT_INTEGRATED)

    assert_put_back(api, run("persona_mapping", api, {**TO_CI, "wait_timeout": 900}))
    assert api.unmapped[PATTERN] < 5


def test_a_conflict_that_outlasts_all_lags():
    api = of_jane(PERSONA, conflict_lag=100)

    assert_put_back(api, run("persona_mapping", api, TO_CI))


# --- it was perhaps not removed


def test_a_removal_that_is_not_executed_leaves_it_where_it_is(api):
    api.fault(method="DELETE", status=500, times=None)
    before = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is False
    assert api.sandbox.mappings() == before
    assert f"The old mapping of {PATTERN} to {JANE} is still there." in ended["msg"]
    assert api.writes[:5] == ["POST", "DELETE", "POST", "DELETE", "POST"]


def test_after_a_removal_in_doubt_the_creation_goes_first():
    api = of_jane(PERSONA, list_lag=25).fault(method="DELETE", lose="close", execute=True, times=None)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


def test_a_removal_that_can_not_be_seen_is_made_good():
    api = of_jane(PERSONA, list_lag=25).fault(method="DELETE", lose="close", execute=True, times=None)
    api.fault(method="POST", status=409).fault(method="POST", **FORBIDDEN)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert_put_back(api, ended)
    assert "may have been removed and has been put back" in ended["msg"]


@every_persona_kind
def test_where_datadog_takes_both_it_is_named_with_the_one_that_was_put_back(kind):
    api = of_jane(kind, on_taken="both")
    api.fault(method="POST", status=409).fault(method="POST", **FORBIDDEN)
    api.fault(method="DELETE", status=500, times=None)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    old, new = (mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox))
    assert f"it was created again, with the ID {new}. But it is there, too, with the ID {old}." in ended["msg"]


# --- somebody else has the pattern by then


def test_someone_has_made_the_new_mapping(api):
    api.fault(method="POST", contains=CI_EMAIL, skip=1, **FORBIDDEN)
    api.fault(method="POST", contains=JANE, change=[someone_creates(PERSONA, NAME, CI_EMAIL)])

    ended = run("persona_mapping", api, TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


# --- it is lost


@every_persona_kind
@every_refusal
def test_when_putting_back_is_refused_too_all_is_told_that_restores_it(kind, refusal, status):
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
    api = of_jane(kind).fault(method="POST", skip=1, times=2, **FORBIDDEN)
    lost = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))["lost_mapping"]

    assert run(kind.many, api, {"mappings": [lost]})["changed"] is True
    assert api.held(kind) == {kind.text(NAME): JANE}


@pytest.mark.parametrize(("lag", "wait_timeout"), [(3, 0), (20, 0), (100, 60), (0, 60)])
def test_it_is_not_there_because_an_old_list_shows_it(lag, wait_timeout):
    api = of_jane(PERSONA, list_lag=lag).fault(method="POST", status=409, times=None)
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": wait_timeout})

    assert not api.mappings
    assert ended["changed"] is True
    assert ended["lost_mapping"] == old
    assert "is still there" not in ended["msg"]


# --- unexpected errors, and two at once


@pytest.mark.parametrize("error", [MemoryError("none left"), KeyboardInterrupt(), RuntimeError("odd")])
@pytest.mark.parametrize("number", [0, 1])
def test_whatever_goes_wrong_the_mapping_is_there_in_the_end(api, error, number):
    """In the first creation, or in the one after the removal."""
    posts = []

    def transport(prepared, settings):
        if prepared.method == "POST":
            posts.append(prepared)
            if len(posts) == number + 1:
                raise error
        return api(prepared, settings)

    ended = run("persona_mapping", transport, TO_CI)

    assert_put_back(api, ended)
    assert f"Unexpected error: {error!r} in plugins/module_utils/_http/client.py, line " in ended["msg"]
    assert ("DELETE" in api.methods) is (number == 1)


def slow_connection(prepared):
    """No connection in time: known not to have been executed."""
    slow = urllib3.exceptions.ConnectTimeoutError(None, "timed out")
    return requests.ConnectTimeout(urllib3.exceptions.MaxRetryError(None, prepared.url, slow))


class TwoFaults(Troubled):
    """The new account is never reached once the pattern is free; the first creation of the old one is unanswered."""

    def __init__(self, unreachable, **settings):
        super().__init__(**settings)
        self._unreachable = unreachable
        self._unanswered = False

    def __call__(self, prepared, settings):
        body = (prepared.body or b"").decode()
        if prepared.method == "POST" and CI_EMAIL in body and not self.mappings:
            raise self._unreachable(prepared)
        answer = super().__call__(prepared, settings)
        if prepared.method == "POST" and JANE in body and not self._unanswered:
            self._unanswered = True
            raise requests.ReadTimeout("read timed out")
        return answer


@pytest.mark.parametrize("unreachable", [refused_connection, refused_tunnel, slow_connection])
def test_that_one_request_was_not_sent_says_nothing_about_the_next(unreachable):
    api = TwoFaults(unreachable, mappings=[PERSONA.wanted(NAME)])

    assert_put_back(api, run("persona_mapping", api, {**TO_CI, "retries": 0}))


# --- Datadog's check for conflicts misses one


LOST = {"status": 503, "execute": True}


def of_two(*faults, **settings):
    """A sandbox that takes what it should refuse. Creations get a conflict, for the old mapping, and these faults."""
    api = of_jane(PERSONA, on_taken="both", **settings)
    for fault in ({"status": 409}, *faults):
        api.fault(method="POST", **{"times": 1, **fault})
    return api


def both_are_named(api, ended):
    """Whether a warning tells of each mapping beside the one that is told first."""
    _first, *others = [mapping["id"] for mapping in api.sandbox.mappings()]
    return bool(others) and all(any(each in warning for warning in ended.warnings) for each in others)


def test_a_creation_that_was_executed_all_the_same_is_told_beside_what_is_put_back():
    api = of_two(LOST, FORBIDDEN)

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert "has been put back" in ended["msg"]
    assert len(api.sandbox.mappings()) == 2
    assert both_are_named(api, ended)


def test_what_is_shown_beside_the_wanted_one_in_the_end_is_told():
    """It was put back without an answer."""
    api = of_two({**LOST, "times": None})

    ended = run("persona_mapping", api, TO_CI)

    assert CI_UUID in [mapping["account_identifier"] for mapping in api.sandbox.mappings()]
    assert both_are_named(api, ended)


def test_a_list_that_does_not_show_what_was_put_back_tells_nothing_beside_it():
    """It is older, so that what it shows may be gone."""
    api = of_two({**LOST, "headers": {"Retry-After": "5"}}, FORBIDDEN, list_lag=3)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 0})

    assert "has been put back" in ended["msg"]
    assert not any("Remove one" in warning for warning in ended.warnings)


def test_if_the_old_mapping_can_not_be_removed_that_is_the_reason(api):
    """Not that it is in the way of the new one."""
    api.fault(method="DELETE", status=503, times=None)

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["msg"].startswith("Could not remove the persona mapping")
    assert api.mappings == {PATTERN: JANE}
