# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacement: the new mapping comes first, and nothing is removed for one that can't be created.

What happens when that turns out too late is in test_rescue.
"""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    OMAR,
    PERSONA,
    USERS,
    FakeClock,
    every_persona_kind,
    organization,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    FORBIDDEN,
    NOT_INTEGRATED,
    every_lag,
    every_loss,
    executed_or_not,
    path_moves,
    someone_creates,
    someone_deletes,
)

NAME = "runner"
PATTERN = PERSONA.text(NAME)
TO_CI = PERSONA.wanted(NAME, CI_EMAIL)
# What strikes the creation of the new mapping, and whether it may have been executed then.
REFUSALS = {
    "403": (FORBIDDEN, False),
    "404": ({"status": 404}, False),
    "429": ({"status": 429, "headers": {"Retry-After": "1"}}, False),
    "not integrated": (NOT_INTEGRATED, False),
    "redirect": ({"redirect": "https://elsewhere.example/"}, False),
    "503": ({"status": 503}, True),
    "lost": ({"lose": "close"}, True),
    "html": ({"junk": "html"}, True),
}


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return of_jane(PERSONA)


def of_jane(kind, **settings):
    """A sandbox in which the mapping is Jane's."""
    return organization(kind, kind.wanted(NAME), **settings)


# --- whatever Datadog does with a pattern that is taken


@every_persona_kind
@pytest.mark.parametrize("conflict_lag", [0, 10])
@every_lag
def test_datadog_refuses_it_so_the_old_one_goes_and_the_new_one_comes_again(kind, conflict_lag, lag):
    api = of_jane(kind, conflict_lag=conflict_lag, list_lag=lag)

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert ended["changed"] is True
    assert api.held(kind) == {kind.text(NAME): CI_UUID}
    assert [ended[kind.one]["id"]] == [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    assert api.writes[:3] == ["POST", "DELETE", "POST"]


@pytest.mark.parametrize("status", [400, 403])
def test_no_list_is_needed_to_tell_when_the_pattern_is_free(status):
    api = of_jane(PERSONA, conflict_lag=3).fault(
        method="GET", path=f"{PERSONA.path}$", skip=1, times=None, status=status
    )

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 0})

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@every_persona_kind
@every_lag
def test_datadog_takes_both_so_the_old_one_goes(kind, lag):
    api = of_jane(kind, on_taken="both", list_lag=lag)

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert ended["changed"] is True
    assert api.held(kind) == {kind.text(NAME): CI_UUID}
    assert api.writes == ["POST", "DELETE"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [(FORBIDDEN, "is there, too"), ({"status": 500}, "is there, too"), ({"status": 404}, "may still be there")],
)
def test_datadog_takes_both_and_the_old_one_stays(fault, words):
    api = of_jane(PERSONA, on_taken="both").fault(method="DELETE", times=None, **fault)
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert len(api.sandbox.mappings()) == 2
    assert f"The new mapping of {PATTERN} to {CI_EMAIL} is there, with the ID" in ended["msg"]
    assert words in ended["msg"]
    assert ended["msg"].endswith(f"Remove it by its ID, {old['id']}.")


@every_persona_kind
@every_lag
def test_datadog_updates_the_old_one(kind, lag):
    api = of_jane(kind, on_taken="update", list_lag=lag)
    [old] = api.sandbox.mappings(kind.sandbox)

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert ended["changed"] is True
    assert ended[kind.one]["id"] == old["id"]
    assert api.held(kind) == {kind.text(NAME): CI_UUID}
    assert api.writes == ["POST"]


def test_the_answer_of_an_update_is_lost_and_the_list_lags():
    api = of_jane(PERSONA, on_taken="update", list_lag=20).fault(method="POST", status=503, execute=True)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert api.mappings == {PATTERN: CI_UUID}
    assert ended["changed"] is True


def test_datadog_answers_by_what_is_there(script):
    """A server that takes a repeated creation for the same one: nothing has changed, and nothing is replaced."""
    user = {"type": "users", "id": CI_UUID, "attributes": {"handle": CI_UUID, "email": CI_EMAIL}}
    script.expect("GET", PERSONA.path, body={"data": [PERSONA.listed(1, NAME)]})
    script.expect("GET", USERS, body={"data": [user]})
    script.expect("POST", PERSONA.path, 201, {"data": PERSONA.listed(1, NAME)})

    ended = run("persona_mapping", script, {**TO_CI, "wait_timeout": 0})

    assert ended.failed
    assert ended["changed"] is False


def test_another_spelling_of_the_account_is_no_replacement(api):
    assert run("persona_mapping", api, PERSONA.wanted(NAME, JANE_EMAIL))["changed"] is False
    assert not api.writes


# --- the new mapping is refused at once


@every_persona_kind
@every_lag
@pytest.mark.parametrize(("refusal", "uncertain"), REFUSALS.values(), ids=REFUSALS)
def test_when_the_creation_is_refused_nothing_is_removed(kind, refusal, uncertain, lag):
    api = of_jane(kind, list_lag=lag).fault(method="POST", contains=CI_EMAIL, times=None, **refusal)
    before = api.sandbox.mappings(kind.sandbox)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "wait_timeout": 20})

    assert ended.failed
    assert ended["changed"] is uncertain
    assert api.sandbox.mappings(kind.sandbox) == before
    assert "DELETE" not in api.methods
    assert ended["msg"].endswith(f"This task has not removed the {kind.title} of {kind.text(NAME)} to {JANE}.")
    assert ("It is not known whether the new mapping was created." in ended["msg"]) is uncertain
    assert ended.result.get("http_status", 0) == refusal.get("status", ended.result.get("http_status", 0))
    assert ended.result.get("errors", []) == refusal.get("body", {}).get("errors", [])
    assert "lost_mapping" not in ended.result


def test_after_that_the_next_run_does_it(api):
    api.fault(method="POST", contains=CI_EMAIL, **FORBIDDEN)
    run("persona_mapping", api, TO_CI)

    assert run("persona_mapping", api, TO_CI)["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@every_persona_kind
def test_an_aws_account_that_is_no_longer_integrated_is_not_waited_for(kind):
    """It has not just been integrated: the pattern was mapped."""
    api = of_jane(kind).fault(method="POST", times=None, **NOT_INTEGRATED)
    begun = FakeClock.time

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert ended.failed
    assert ended["changed"] is False
    assert FakeClock.since(begun) == 0
    assert api.held(kind) == {kind.text(NAME): JANE}


# --- an answer is lost


@every_loss
@executed_or_not
@every_lag
@pytest.mark.parametrize(("method", "skip"), [("DELETE", 0), ("POST", 0), ("POST", 1)])
@every_persona_kind
def test_an_answer_is_lost(kind, loss, execute, lag, method, skip):
    api = organization(kind, kind.wanted(NAME, OMAR), list_lag=lag)
    api.fault(method=method, execute=execute, skip=skip, **loss)

    ended = run(kind.one, api, kind.wanted(NAME, CI_EMAIL))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert [ended[kind.one]["id"]] == [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    assert api.held(kind) == {kind.text(NAME): CI_UUID}


def test_a_removal_executed_long_after_its_client_gave_up_removes_nothing_newer(api):
    api.fault(method="DELETE", delay_before=31)

    assert run("persona_mapping", api, TO_CI)["changed"] is True
    assert run("persona_mapping", api, TO_CI)["changed"] is False


def test_a_removal_that_is_given_up_but_seen_goes_on(api):
    api.fault(method="DELETE", lose="close", execute=True, times=None)

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0})

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


# --- the removal is refused


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


def test_the_path_moves_between_removal_and_creation(api):
    api.fault(method="POST", skip=1, execute=True, change=path_moves)

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


# --- what others do at the same time


@every_lag
def test_someone_deletes_the_old_mapping(lag):
    api = of_jane(PERSONA, list_lag=lag).fault(method="DELETE", change=[someone_deletes(PERSONA, NAME)])

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize(("fault", "in_doubt"), [(FORBIDDEN, False), ({"lose": "close"}, True)])
def test_someone_deletes_the_old_mapping_so_this_task_puts_nothing_back(api, fault, in_doubt):
    api.fault(method="DELETE", execute=True, change=[someone_deletes(PERSONA, NAME)])
    api.fault(method="POST", contains=CI_EMAIL, skip=1, times=None, **fault)

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is in_doubt
    assert ended["msg"].endswith("Somebody else has removed the old mapping.")
    assert not api.mappings


@every_lag
def test_someone_replaces_it_as_desired(lag):
    api = of_jane(PERSONA, list_lag=lag)
    api.fault(method="DELETE", change=[someone_deletes(PERSONA, NAME), someone_creates(PERSONA, NAME, CI_EMAIL)])

    ended = run("persona_mapping", api, TO_CI)

    assert not ended.failed, ended.result
    assert [ended["persona_mapping"]] == api.sandbox.mappings()
    assert api.mappings == {PATTERN: CI_UUID}


@every_lag
@pytest.mark.parametrize("moment", ["at first", "before the removal", "after the removal"])
def test_someone_replaces_it_by_another_account(lag, moment):
    changes = [someone_deletes(PERSONA, NAME), someone_creates(PERSONA, NAME, CI_EMAIL)]
    api = of_jane(PERSONA, list_lag=lag)
    if moment == "after the removal":
        api.fault(method="POST", skip=1, change=changes[1:])
    else:
        api.fault(method="POST" if moment == "at first" else "DELETE", change=changes)

    ended = run("persona_mapping", api, PERSONA.wanted(NAME, OMAR))

    assert ended.failed
    assert api.mappings == {PATTERN: CI_UUID}
    assert f"somebody else has mapped the pattern to {CI_UUID}" in ended["msg"]
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is (moment == "after the removal")  # Then it was this task that removed the old mapping.


def test_someone_replaces_it_as_the_first_answer_is_lost(api):
    changes = [someone_deletes(PERSONA, NAME), someone_creates(PERSONA, NAME, CI_EMAIL)]
    api.fault(method="POST", status=503, change=changes)

    ended = run("persona_mapping", api, PERSONA.wanted(NAME, OMAR))

    assert ended.failed
    assert f"to {JANE} has not been removed" not in ended["msg"]


@every_lag
def test_someone_creates_the_desired_mapping_in_the_middle(lag):
    api = of_jane(PERSONA, list_lag=lag).fault(method="POST", skip=1, change=[someone_creates(PERSONA, NAME, CI_EMAIL)])

    ended = run("persona_mapping", api, TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@every_lag
def test_someone_restores_the_old_mapping_in_the_middle(lag):
    api = of_jane(PERSONA, list_lag=lag).fault(method="POST", skip=1, change=[someone_creates(PERSONA, NAME)])

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
