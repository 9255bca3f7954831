# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creation: one mapping in the end, whatever becomes of the answer, and whatever others do at the same time."""

from __future__ import annotations

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    OMAR,
    PERSONA,
    USERS,
    InProcess,
    every_kind,
    every_persona_kind,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    Outage,
    Troubled,
    every_lag,
    every_loss,
    executed_or_not,
    refused_connection,
    run_in_trouble,
    someone_creates,
)
from datadog_sandbox.samples import NO_USERS_APP_KEY

NAME = "runner"
PATTERN = PERSONA.text(NAME)
WANTED = PERSONA.wanted(NAME)


# --- the answer is lost


@every_loss
@executed_or_not
@every_lag
@every_kind
def test_an_answer_is_lost(kind, loss, execute, lag):
    api = InProcess(list_lag=lag).fault(method="POST", execute=execute, **loss)

    ended = run(kind.one, api, kind.wanted(NAME))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert ended["diff"] == {"before": {}, "after": kind.wanted(NAME)}
    assert [ended[kind.one]["id"]] == [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    if execute and lag == 0:
        assert api.writes == ["POST"]  # It was read that it was made.


@pytest.mark.parametrize("junk", [{"junk": "cut"}, {"junk": "gzip"}, {"status": 200, "body": {"data": []}}])
def test_an_answer_can_not_be_read(junk):
    api = InProcess().fault(method="POST", execute=True, **junk)

    ended = run("persona_mapping", api, WANTED)

    assert ended["changed"] is True
    assert [ended["persona_mapping"]] == api.sandbox.mappings()


@executed_or_not
def test_every_first_answer_of_a_set_is_lost(execute):
    api = InProcess(list_lag=3)
    for number in range(12):
        api.fault(method="POST", contains=f"runner-{number}/", execute=execute, lose="close")
    wants = [PERSONA.wanted(f"runner-{number}") for number in range(12)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 4})

    assert ended["summary"]["created"] == len(api.mappings) == 12


def test_before_it_is_sent_again_it_is_read_whether_it_was_executed(script):
    script.expect("GET", PERSONA.path, body={"data": []})
    script.expect("POST", PERSONA.path, 503)
    for _look in range(10):  # after 0, 0.5, 1.5, 3.5, 7.5, 12.5, ... and 30 s
        script.expect("GET", PERSONA.path, body={"data": []})
    script.expect("POST", PERSONA.path, 201, {"data": PERSONA.listed(1, NAME)})
    script.expect("GET", PERSONA.path, body={"data": [PERSONA.listed(1, NAME)]})

    assert run("persona_mapping", script, WANTED)["changed"] is True
    assert script.sent[1].body == script.sent[12].body


def test_while_that_can_not_be_read_it_is_not_sent_again():
    api = InProcess().fault(method="GET", skip=1, times=None, status=403).fault(method="POST", execute=True, status=503)

    ended = run("persona_mapping", api, WANTED)

    assert ended.failed
    assert ended["changed"] is True
    assert api.writes == ["POST"]
    assert "Checking whether it was executed failed too: " in ended["msg"]


@every_loss
def test_what_is_given_up_is_told_as_a_possible_change(loss):
    api = InProcess().fault(method="POST", times=None, execute=True, **loss)
    api.fault(method="GET", skip=1, times=None, status=500)

    ended = run("persona_mapping", api, {**WANTED, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"].endswith("It is not known whether the mapping was created.")
    assert api.mappings == {PATTERN: JANE}


def test_executed_long_after_its_client_gave_up_it_doubles_nothing():
    api = InProcess().fault(method="POST", delay_before=40)  # The time-out is 30 s.

    ended = run("persona_mapping", api, WANTED)

    assert ended["changed"] is True
    assert run("persona_mapping", api, WANTED)["changed"] is False
    assert [ended["persona_mapping"]] == api.sandbox.mappings()


def test_a_connection_that_can_not_be_made_has_changed_nothing():
    ended = run("persona_mapping", Troubled(outage=Outage("GET", 0, 1000, "refused")), WANTED)

    assert ended.failed
    assert ended["changed"] is False
    assert "not known" not in ended["msg"]


def test_a_proxy_that_answers_503_at_connect_may_do_better_the_next_time():
    api = Troubled(outage=Outage("GET", 0, 5, "proxy"))

    assert run("persona_mapping", api, WANTED)["changed"] is True


class FirstLateThenDown(Troubled):
    """The creation gets no answer in time, and after that nobody is listening."""

    down = False

    def __call__(self, prepared, settings):
        if self.down:
            raise refused_connection(prepared)
        if prepared.method == "POST":
            self.down = True
            raise requests.ReadTimeout("read timed out")
        return super().__call__(prepared, settings)


def test_each_reason_is_that_of_its_own_request():
    ended = run("persona_mapping", FirstLateThenDown(), {**WANTED, "retries": 0})

    assert ended.failed
    creating, _list, reading = ended["msg"].partition("list the persona mappings")
    assert "within 30 s" in creating
    assert "refused" in reading
    assert "within 30 s" not in reading


@every_persona_kind
def test_of_two_mappings_that_are_there_then_the_wanted_one_counts(script, kind):
    both = [kind.listed(1, NAME, OMAR, "x"), kind.listed(2, NAME, JANE)]
    script.expect("GET", kind.path, body={"data": []})
    script.expect("POST", kind.path, 503)
    for _look in range(10):  # What the list shows is proof after 30 s.
        script.expect("GET", kind.path, body={"data": both})
    script.expect("GET", USERS, body={"data": [{"id": JANE_UUID, "attributes": {"handle": JANE}}]})

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended["changed"] is True
    assert ended[kind.one] == kind.returned(2, NAME)


# --- somebody else is there first


@every_kind
@pytest.mark.parametrize("account", [JANE, JANE_EMAIL.upper()])
@every_lag
def test_someone_creates_the_same_mapping(kind, account, lag):
    api = InProcess(list_lag=lag).fault(method="POST", change=[someone_creates(kind, NAME)])

    ended = run(kind.one, api, kind.wanted(NAME, account))

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert ended[kind.one]["id"] == api.sandbox.mappings(kind.sandbox)[0]["id"]
    assert ended["diff"]["before"] == ended["diff"]["after"] == kind.wanted(NAME)
    assert set(api.writes) == {"POST"}


def test_in_a_set_that_counts_as_unchanged():
    api = InProcess().fault(method="POST", contains="runner/", change=[someone_creates(PERSONA, NAME)])

    ended = run("persona_mappings", api, {"mappings": [WANTED, PERSONA.wanted("other")]})

    assert ended["summary"] == {"created": 1, "replaced": 0, "removed": 0, "unchanged": 1, "failed": 0}
    assert ended["diff"] == {"before": {}, "after": {PERSONA.text("other"): JANE}}


@every_lag
@pytest.mark.parametrize("account", [OMAR, CI_EMAIL])
def test_someone_maps_the_pattern_to_another_account(lag, account):
    api = InProcess(list_lag=lag).fault(method="POST", change=[someone_creates(PERSONA, NAME, account)])

    ended = run("persona_mapping", api, WANTED)

    assert ended.failed
    assert ended["changed"] is False
    assert f"somebody else has mapped the pattern to {api.mappings[PATTERN]}" in ended["msg"]
    assert set(api.writes) == {"POST"}


def test_the_answer_is_lost_and_somebody_else_has_the_pattern():
    api = Troubled().fault(method="POST", lose="close", change=[someone_creates(PERSONA, NAME, CI_EMAIL)])

    ended = run("persona_mapping", api, WANTED)

    assert ended.failed
    assert ended["changed"] is True  # It may have been this task, if Datadog took Jane for that account.
    assert f"now the pattern is mapped to {CI_UUID}" in ended["msg"]
    assert "Somebody else may have done that" in ended["msg"]


@pytest.mark.parametrize("lost", [True, False])
def test_whose_mapping_it_is_can_not_be_told_without_users(lost):
    mine, theirs = {"lose": "close", "execute": True}, {"change": [someone_creates(PERSONA, NAME, CI_EMAIL)]}
    api = InProcess().fault(method="POST", **(mine if lost else theirs))

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, CI_EMAIL), "app_key": NO_USERS_APP_KEY})

    assert ended.failed
    assert ended["changed"] is lost  # After a lost answer it may be ours.
    assert "user_access_read" in ended["msg"]
    assert api.mappings == {PATTERN: CI_UUID}


# --- conflicts, and a path that moves


def test_a_conflict_that_the_list_never_explains():
    api = InProcess(intake_patterns=[PATTERN])

    ended = run("persona_mapping", api, WANTED)

    assert ended.failed
    assert ended["http_status"] == 409
    assert ended["changed"] is False
    assert "intake mapping" in ended["msg"]


def test_a_lost_answer_is_told_as_a_possible_change_when_the_list_can_not_be_read_any_more():
    api = Troubled().fault(method="POST", lose="close", execute=True)
    api.fault(method="GET", skip=1, times=None, status=403)

    ended = run_in_trouble("persona_mapping", api, WANTED)

    assert api.mappings == {PATTERN: JANE}
    assert ended.failed
    assert ended["changed"] is True
    assert "Nothing was done" not in ended["msg"]


@every_kind
def test_the_path_moves_and_is_gone(script, kind):
    moved = kind.path.replace("/cloud_auth/", "/wif/")
    script.expect("GET", kind.path, body={"data": []})
    script.expect("POST", kind.path, 404)
    script.expect("GET", kind.path, 404)
    script.expect("GET", moved, body={"data": []})
    script.expect("POST", moved, 404)

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended.failed
    assert ended["http_status"] == 404
    assert ended["changed"] is False
