# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as proof, case by case: old, odd and incomplete answers, in a simulation that remembers its past."""

from __future__ import annotations

import random

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import (
    KEY,
    SET,
    datadog,
    held,
    map_now,
    on,
    past,
    present,
    run,
    then,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import (
    BOB,
    JANE,
    OMAR,
    SERVICE,
    START,
    Datadog,
    World,
)

LAG = 30.0
both_aws_kinds = pytest.mark.parametrize("kind", [AWS_PERSONA, AWS_INTAKE], ids=lambda kind: kind.name)


# --- lost without a word


@pytest.mark.parametrize(
    "more",
    [
        {"trouble": on("POST", 1)},
        {"conflict_lag": lambda _number: 3.0},
        {"trouble": on("POST", 1), "conflict_lag": lambda _number: 3.0},
    ],
    ids=["the creation gets a 503", "the check for conflicts lags", "both"],
)
def test_a_removed_mapping_that_a_stale_list_shows_is_not_taken_for_the_new_one(more):
    api = datadog(lags=then(0, 25, 25, 25, 25), **more)
    past(api, KEY, OMAR, JANE)

    ended = run(api, present(OMAR))

    assert not ended.failed
    assert ended["changed"] is True
    assert ended["persona_mapping"]["id"] in api.now
    assert held(api) == [OMAR.handle]


@both_aws_kinds
def test_absent_and_then_present_of_the_same(kind):
    account = OMAR if kind.has_account else None
    api = datadog(kind=kind, lags=then(0, 25, 25), trouble=on("POST", 0))
    api.map(KEY, account, START - 1000)
    api.unmap(next(iter(api.now)), START - 5)

    ended = run(api, present(account))

    assert ended["changed"] is True
    assert len(held(api)) == 1


def test_a_set_is_set_back_while_lists_are_stale():
    api = datadog(lags=then(0, rest=25), conflict_lag=lambda _number: 3.0)
    for key in SET:
        past(api, key, OMAR, JANE)
    chance = random.Random(1)
    api.lags = lambda number: 0 if number == 0 else chance.choice([0, 25])

    ended = run(api, {"mappings": [present(OMAR, key) for key in SET], "concurrency": 8})

    assert not ended.failed
    assert ended["summary"]["replaced"] == 30
    assert all(held(api, key) == [OMAR.handle] for key in SET)


def test_the_ghost_of_a_third_account_is_not_somebody_else():
    api = datadog(lags=then(0, rest=20), conflict_lag=lambda _number: 3.0, trouble=on("POST", 1, 2))
    past(api, KEY, BOB, JANE)

    ended = run(api, present(OMAR))

    assert not ended.failed
    assert held(api) == [OMAR.handle]
    assert "somebody else" not in ended.text


def test_two_writers_and_lag_alone_do_not_make_a_creation_fail():
    api = datadog(lags=then(0, 0, rest=20), conflict_lag=lambda _number: 6.0)
    past(api, KEY, BOB, None, age=2.0)

    ended = run(api, present(OMAR))

    assert not ended.failed
    assert held(api) == [OMAR.handle]


def test_a_handle_that_changes_between_plan_and_apply_is_no_other_mapping():
    api = datadog(trouble=on("DELETE", *range(20), trouble="503, not executed"))
    past(api, KEY, JANE, age=100)
    api.before["DELETE", 0] = lambda: api.rename(JANE, "jane.new@corp.example")

    ended = run(api, present(OMAR))

    assert ended.failed
    assert "is still there" in ended["msg"]
    assert ended["changed"] is False


class Limited(Datadog):
    """A Datadog with one limit for all requests to mappings."""

    def limit(self, requests, period):
        self.most, self.period, self.used = requests, period, {}
        return self

    def headers(self):
        period = int((self.world.time - START) // self.period)
        left = self.most - self.used.get(period, 0)
        reset = START + (period + 1) * self.period - self.world.time
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Period": str(self.period),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": str(int(reset) + 1),
            "X-RateLimit-Name": "wif",
        }

    def _execute(self, prepared, path):
        period = int((self.world.time - START) // self.period)
        if self.used.get(period, 0) >= self.most:
            return 429, {"errors": ["rate limit"]}
        self.used[period] = self.used.get(period, 0) + 1
        return super()._execute(prepared, path)


@pytest.mark.parametrize(("how_many", "requests", "period"), [(30, 40, 30), (1, 4, 300), (9, 7, 60)])
def test_no_pattern_is_unmapped_while_a_limit_is_waited_for(how_many, requests, period):
    api = Limited(World()).limit(requests, period)
    for key in SET[:how_many]:
        past(api, key, JANE, age=1000)

    ended = run(api, {"mappings": [present(OMAR, key) for key in SET[:how_many]], "concurrency": 4})

    assert not ended.failed
    assert longest_gap(api) < 2


def test_a_limit_that_resets_too_late_begins_no_replacement():
    api = Limited(World()).limit(3, 3600)
    past(api, KEY, JANE, age=10000)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert ended["changed"] is False
    assert held(api) == [JANE.handle]


def longest_gap(api):
    """The longest time that a key that was mapped at first was mapped to nobody, in seconds."""
    longest = 0.0
    for key in {mapping.key for mapping in api.at(START).values()}:
        gone = None
        for time, state in api.states:
            is_held = any(mapping.key == key for mapping in state.values())
            if time >= START and not is_held and gone is None:
                gone = time
            elif is_held and gone is not None:
                longest, gone = max(longest, time - gone), None
        assert gone is None, f"{key} is lost"
    return longest


def test_what_an_old_list_shows_does_not_decide_of_a_later_creation():
    """Somebody had the key for some seconds after the task began; a list from that time is read after the creation."""
    api = datadog(lags=then(0, 24), trouble=on("POST", 0, trouble="lost, executed"))

    def somebody_has_it_for_a_while():
        api.unmap(api.map(KEY, BOB, START + 5).id, START + 10)
        api.world.sleep(31)

    api.before["POST", 0] = somebody_has_it_for_a_while

    ended = run(api, present(OMAR))

    assert not ended.failed, ended.text
    assert held(api) == [OMAR.handle]


@pytest.mark.parametrize("times", [1, 6])
def test_after_a_removal_without_an_answer_nobody_waits_for_it_to_be_sent_again(times):
    api = datadog(trouble=on("DELETE", *range(times), trouble="503, executed"))
    api.headers = lambda: {"Retry-After": "120"}
    past(api, KEY, JANE, age=1000)

    run(api, present(OMAR))

    assert longest_gap(api) < 1
    assert held(api) == [OMAR.handle]


def test_accounts_that_are_not_integrated_are_waited_for_together():
    api = datadog()
    refusal = {"errors": [{"detail": "AWS Account Id is not integrated with this Datadog account"}]}
    api._create = lambda _attributes: (400, refusal)
    keys = [f"arn:aws:sts::{100000000000 + number}:assumed-role/web/*" for number in range(40)]

    ended = run(api, {"mappings": [present(OMAR, key) for key in keys], "concurrency": 1})

    assert ended["summary"]["failed"] == 40
    assert ended.seconds < 70


def test_a_list_that_can_not_be_read_holds_no_rescue_back():
    """Somebody has taken the pattern, so each creation is a conflict; and the list, which would tell, is down."""
    api = datadog(trouble=lambda method, number: "503, not executed" if method == "GET" and number else None)
    past(api, KEY, JANE, age=1000)
    api.after["DELETE", 0] = lambda: map_now(api, KEY, BOB)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert "So it is not known whether callers" in ended["msg"]
    assert ended.seconds < 300 + 3 * LAG
    times = [request.time for request in api.requests if request.method == "POST"]
    assert max(after - before for before, after in zip(times, times[1:])) < 10


@pytest.mark.parametrize("reason", ["disabled", "a person's UUID"])
def test_what_check_mode_refuses_removes_nothing_either(reason):
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.disabled = {OMAR.uuid}
    wanted = OMAR.handle if reason == "disabled" else BOB.uuid

    ended = run(api, {**present(), "account_identifier": wanted})

    assert ended.failed
    assert ended["changed"] is False
    assert held(api) == [JANE.handle]
    assert "DELETE" not in {request.method for request in api.requests}


def test_the_path_moves_between_the_conflict_and_the_removal():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.before["DELETE", 0] = lambda: setattr(api, "base", "/api/v2/wif/")

    ended = run(api, present(OMAR))

    assert ended["changed"] is True
    assert held(api) == [OMAR.handle]


def test_the_other_kind_has_another_pattern():
    """It is read to tell who has the pattern, and doesn't tell."""
    api = datadog(conflict_lag=lambda _number: 2.0)
    past(api, KEY, JANE, None, age=1)
    api.of_siblings = [{"id": "x", "type": "x", "attributes": {"arn_pattern": SET[0]}}]

    assert run(api, present(OMAR))["changed"] is True


# --- an end


def test_waits_for_a_frozen_list_are_shared():
    api = datadog()
    for key in SET:
        past(api, key, JANE, age=1000)
    api.frozen_at = START - 1
    for mapping_id in list(api.now):
        api.unmap(mapping_id)

    ended = run(api, {"mappings": [{"arn_pattern": key} for key in SET], "state": "absent", "wait_timeout": 300})

    assert ended.failed
    assert ended["changed"] is False
    assert ended.seconds < 45


def test_a_list_that_shows_nothing_although_all_is_there():
    api = datadog()
    keys = [f"{KEY[:-2]}-{number}/*" for number in range(200)]
    for key in keys:
        past(api, key, JANE, age=1000)
    api._listed = dict

    ended = run(api, {"mappings": [present(JANE, key) for key in keys], "concurrency": 8})

    assert ended.failed
    assert ended["changed"] is False
    assert ended.seconds < 60
    assert len(api.requests) < 200 * 10


def test_what_is_removed_at_once_is_not_waited_for_forever():
    api = datadog()
    api.after["POST", 0] = lambda: api.unmap(next(iter(api.now)))

    ended = run(api, present(JANE, wait_timeout=3600))

    assert ended["changed"] is True
    assert ended.seconds < 32
    assert any("does not show all of it" in warning for warning in ended.warnings)
    assert [request.method for request in api.requests].count("POST") == 1


def test_removals_in_doubt_do_not_share_their_words():
    def lost(method, number):
        if method == "DELETE" and number % 2 == 0:
            return "lost, executed"
        return "503, not executed" if method == "GET" and number > 1 else None

    api = datadog(trouble=lost)
    for key in SET[:3]:
        past(api, key, JANE, age=1000)

    ended = run(api, {"mappings": [{"arn_pattern": key} for key in SET[:3]], "state": "absent", "retries": 1})

    assert [failed["msg"].count("So it is not known whether") for failed in ended["failed_mappings"]] == [1, 1, 1]


# --- time and words


def test_a_conflict_is_no_certain_loss():
    """Somebody else has the pattern, which no list can be read to tell."""
    api = datadog(trouble=lambda method, number: "503, not executed" if method == "GET" and number else None)
    past(api, KEY, JANE, age=1000)
    api.after["DELETE", 0] = lambda: api.map(KEY, BOB)

    ended = run(api, present(OMAR, retries=0))

    assert ended.failed
    assert "So it is not known whether callers" in ended["msg"]
    assert held(api) == [BOB.handle]


def test_who_has_it_is_said_before_a_loss():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.after["DELETE", 0] = lambda: api.map(KEY, BOB)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert f"somebody else has mapped the pattern to {BOB.handle} since" in ended["msg"]
    assert "lost_mapping" not in ended.result


# --- how long it takes, in virtual time


@pytest.mark.parametrize(("is_new", "most"), [(True, 35), (False, 45)], ids=["creations", "replacements"])
def test_a_thousand_with_answers_lost_take_little_longer(is_new, most):
    keys = [f"{KEY[:-2]}-{number}/*" for number in range(1000)]
    seconds = []
    for rate in (0.0, 0.05):
        chance = random.Random(7)
        api = datadog(
            trouble=lambda method, _number, chance=chance, rate=rate: (
                "lost, executed" if method != "GET" and chance.random() < rate else None
            )
        )
        for key in () if is_new else keys:
            past(api, key, JANE, age=1000)
        ended = run(api, {"mappings": [present(OMAR, key) for key in keys], "concurrency": 32})
        assert not ended.failed, ended["msg"][:2000]
        assert all(mapping.account == OMAR for mapping in api.now.values())
        assert len(api.now) == 1000
        seconds.append(ended.seconds)

    assert seconds[1] - seconds[0] < most


@pytest.mark.parametrize(
    ("arguments", "methods"), [(present(JANE), ["GET"]), (present(SERVICE, KEY[:-5] + "x/*"), ["GET", "POST", "GET"])]
)
def test_what_is_plain_takes_few_requests(arguments, methods):
    api = datadog()
    past(api, KEY, JANE, age=1000)

    run(api, arguments)

    assert [request.method for request in api.requests] == methods
