# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others do between our reading and our writing: the desired state or a clear error, never a second mapping."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    OMAR,
    InProcess,
    every_kind,
    organization,
    role,
    run,
    wanted,
)

PATTERN = role("runner")

every_lag = pytest.mark.parametrize("lag", [0, 3, 20])


def someone_creates(account):
    return {"create": wanted(PATTERN, account)}


SOMEONE_DELETES = {"delete": {"arn_pattern": PATTERN}}


@every_kind
@pytest.mark.parametrize("account", [JANE, JANE_EMAIL, JANE_EMAIL.upper()])
@every_lag
def test_someone_creates_the_same_mapping(kind, account, lag):
    theirs = {"create": {"kind": kind.sandbox, **kind.wanted("runner")}}
    api = InProcess(list_lag=lag).fault(method="POST", change=[theirs])

    ended = run(kind.one, api, kind.wanted("runner", account))

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert ended[kind.one]["id"] == api.sandbox.mappings(kind.sandbox)[0]["id"]
    assert ended["diff"]["before"] == ended["diff"]["after"] == kind.wanted("runner")
    assert api.writes == ["POST"]


@every_lag
@pytest.mark.parametrize("theirs", [OMAR, CI_EMAIL])
def test_someone_maps_the_pattern_to_another_account(lag, theirs):
    api = InProcess(list_lag=lag).fault(method="POST", change=[someone_creates(theirs)])

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended.failed
    assert ended["changed"] is False
    assert f"somebody else has mapped the pattern to {api.mappings[PATTERN]}" in ended["msg"]
    assert api.writes == ["POST"]


def test_a_conflict_that_the_list_never_explains():
    api = InProcess(intake_patterns=[PATTERN])

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended.failed
    assert ended["http_status"] == 409
    assert ended["changed"] is False
    assert "intake mapping" in ended["msg"]


def test_a_conflict_after_a_lost_answer_is_told_as_a_possible_change():
    api = InProcess(list_lag=100)
    api.fault(method="POST", lose="close", execute=True)

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended.failed
    assert ended["http_status"] == 409
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}


@pytest.mark.parametrize("lost", [True, False])
def test_whose_mapping_it_is_can_not_be_told_without_users(lost):
    api = InProcess()
    if lost:
        api.fault(method="POST", lose="close", execute=True)
    else:
        api.fault(method="POST", change=[someone_creates(CI_EMAIL)])

    ended = run("persona_mapping", api, {**wanted(PATTERN, CI_EMAIL), "app_key": "decade02" * 5})

    assert ended.failed
    assert ended["changed"] is lost  # Only after a lost answer it may be ours.
    assert "user_access_read" in ended["msg"]
    assert api.mappings == {PATTERN: CI_UUID}


@every_kind
@every_lag
@pytest.mark.parametrize("how_many", ["one", "many"])
def test_someone_deletes_what_is_to_be_removed(kind, lag, how_many):
    api = organization(kind, kind.wanted("runner"), list_lag=lag)
    api.fault(method="DELETE", change=[{"delete": {"kind": kind.sandbox, **kind.unwanted("runner")}}])
    entry = kind.unwanted("runner")

    ended = run(
        getattr(kind, how_many), api, {"state": "absent", **(entry if how_many == "one" else {"mappings": [entry]})}
    )

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert ended["diff"] == {"before": {}, "after": {}}
    assert not api.held(kind)


@every_lag
def test_someone_deletes_what_is_to_be_replaced(lag):
    api = InProcess(mappings=[wanted(PATTERN, OMAR)], list_lag=lag)
    api.fault(method="DELETE", change=[SOMEONE_DELETES])

    ended = run("persona_mapping", api, wanted(PATTERN, CI_EMAIL))

    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


@every_lag
@pytest.mark.parametrize("account", [JANE, JANE_EMAIL])
def test_someone_replaces_what_is_to_be_replaced_as_desired(lag, account):
    api = InProcess(mappings=[wanted(PATTERN, OMAR)], list_lag=lag)
    api.fault(method="DELETE", change=[SOMEONE_DELETES, someone_creates(JANE)])

    ended = run("persona_mapping", api, wanted(PATTERN, account))

    assert not ended.failed, ended.result
    assert [ended["persona_mapping"]] == api.sandbox.mappings()
    assert api.mappings == {PATTERN: JANE}


@every_lag
@pytest.mark.parametrize("moment", ["at first", "before the removal", "after the removal"])
def test_someone_replaces_what_is_to_be_replaced_by_another_account(lag, moment):
    changes = [SOMEONE_DELETES, someone_creates(CI_EMAIL)]
    api = InProcess(mappings=[wanted(PATTERN, OMAR)], list_lag=lag)
    if moment == "after the removal":
        api.fault(method="POST", skip=1, change=changes[1:])
    else:
        api.fault(method="POST" if moment == "at first" else "DELETE", change=changes)

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended.failed
    assert api.mappings == {PATTERN: CI_UUID}
    assert f"somebody else has mapped the pattern to {CI_UUID}" in ended["msg"]
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is (moment == "after the removal")  # Then it was this task that removed the old mapping.


@every_lag
def test_someone_creates_the_desired_mapping_in_the_middle_of_a_replacement(lag):
    api = InProcess(mappings=[wanted(PATTERN, OMAR)], list_lag=lag)
    api.fault(method="POST", skip=1, change=[someone_creates(JANE)])

    ended = run("persona_mapping", api, wanted(PATTERN, JANE_EMAIL))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}


@every_lag
def test_someone_restores_the_old_mapping_in_the_middle_of_a_replacement(lag):
    api = InProcess(mappings=[wanted(PATTERN, OMAR)], list_lag=lag)
    api.fault(method="POST", skip=1, change=[someone_creates(OMAR)])

    ended = run("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: OMAR}


@every_lag
def test_someone_deletes_what_was_just_made(lag):
    api = InProcess(list_lag=lag).fault(method="GET", skip=1, change=[SOMEONE_DELETES])

    ended = run("persona_mapping", api, {**wanted(PATTERN, JANE), "wait_timeout": 5})

    assert ended["changed"] is True
    assert [warning for warning in ended.warnings if "does not show it after 5 s" in warning]


def test_a_race_within_a_set_counts_as_unchanged():
    api = InProcess().fault(method="POST", contains="runner/", change=[someone_creates(JANE)])

    ended = run("persona_mappings", api, {"mappings": [wanted(PATTERN, JANE), wanted(role("other"), JANE)]})

    assert ended["summary"] == {"created": 1, "replaced": 0, "removed": 0, "unchanged": 1, "failed": 0}
    assert ended["diff"] == {"before": {}, "after": {role("other"): JANE}}
