# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No fault loses, doubles or invents a mapping: lost answers, rate limits, and other people's changes."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    LI,
    OMAR,
    RUNNER,
    Scenario,
    absent,
    assert_clear,
    present,
    state_of,
    writes,
)

pytestmark = pytest.mark.waits

THERE = {"mappings": [present()]}

# Executed, but the client does not learn it. What is in doubt takes half a minute, so two stand for all: the unit tests
# have the others, in virtual time.
EXECUTED = {"cut": {"lose": "close", "execute": True}, "504": {"status": 504, "execute": True}}
NOT_EXECUTED = {"reset": {"lose": "reset"}, "503": {"status": 503}}


def executed(sandbox, method):
    """How many requests of this method the API has carried out."""
    return sum(request.executed and request.method == method for request in sandbox.requests)


def test_a_creation_that_was_executed_but_not_answered(play):
    """It is looked for, also where the list is late, and not sent again."""
    scenarios = [
        Scenario(name, present(timeout=1), [{"method": "POST", **fault}], {"list_lag": 1.5 if name == "cut" else 0})
        for name, fault in EXECUTED.items()
    ]
    for name, result, sandbox in play.scenarios(scenarios):
        assert result["changed"], name
        assert not result["failed"], name
        assert sandbox.mappings() == [result["persona_mapping"]], name
        assert writes(sandbox) == ["POST"], name


def test_a_creation_that_was_not_executed(play):
    scenarios = [
        Scenario(name, present(timeout=1), [{"method": "POST", **fault}]) for name, fault in NOT_EXECUTED.items()
    ]
    for name, result, sandbox in play.scenarios(scenarios):
        assert result["changed"], name
        assert sandbox.mappings() == [result["persona_mapping"]], name
        assert executed(sandbox, "POST") == 1, name


def test_a_removal_that_was_not_answered(play):
    scenarios = [
        Scenario(name, absent(timeout=1), [{"method": "DELETE", **fault}], {**THERE, "list_lag": 1 if lags else 0})
        for lags, faults in ((True, EXECUTED), (False, NOT_EXECUTED))
        for name, fault in list(faults.items())[lags:]
    ]
    for name, result, sandbox in play.scenarios(scenarios):
        assert result["changed"], name
        assert result["persona_mapping"]["arn_pattern"] == RUNNER, name
        assert sandbox.mappings() == [], name


def test_faults_that_do_not_pass(play):
    """The task fails in the end, and says what it does not know."""
    lasting = {"times": None}
    scenarios = [
        Scenario("list", present(retries=1), [{"method": "GET", "status": 503, **lasting}], THERE),
        Scenario("not made", present(retries=1, wait_timeout=1), [{"method": "POST", "status": 502, **lasting}]),
        Scenario(
            "not gone", absent(retries=1, wait_timeout=1), [{"method": "DELETE", "lose": "close", **lasting}], THERE
        ),
        Scenario("dead connections", absent(), [{"connection": "reused", "lose": "close", **lasting}], THERE),
    ]
    listed, made, gone, dead = play.scenarios(scenarios)
    assert_clear(listed.result, "Could not list", "503", "Sent 2 times")
    assert not listed.result["changed"]
    assert state_of(listed.sandbox) == {RUNNER: OMAR}
    assert_clear(made.result, RUNNER, OMAR, "502", "It is not known whether the mapping was created.")
    assert made.sandbox.mappings() == []
    assert_clear(gone.result, RUNNER, "was lost", "Sent 2 times", "But Datadog still lists the mapping.")
    assert not gone.result["changed"]
    assert state_of(gone.sandbox) == {RUNNER: OMAR}
    assert not dead.result["failed"]
    assert dead.sandbox.mappings() == []


def test_rate_limits(play):
    def limited(**headers):
        return {"status": 429, "body": {"errors": ["Too many requests"]}, "headers": headers}

    reset = limited(**{"X-RateLimit-Reset": "1"})
    scenarios = [
        Scenario("a real limit", present(), settings={"rate_limit": (2, 2)}),
        Scenario("list", present(), [{"method": "GET", "times": 2, **reset}]),
        Scenario("create", present(), [{"method": "POST", "times": 2, **reset}]),
        Scenario("retry-after", present(), [{"method": "POST", **limited(**{"Retry-After": "1"})}]),
        Scenario("junk", present(), [{"method": "POST", **limited(**{"X-RateLimit-Reset": "soon"})}]),
        Scenario("absurd", present(), [{"method": "POST", **limited(**{"X-RateLimit-Reset": "31536000"})}]),
        Scenario("none", present(), [{"method": "POST", **limited()}]),
    ]
    for name, result, sandbox in play.scenarios(scenarios):
        assert result["changed"], name
        assert sandbox.mappings() == [result["persona_mapping"]], name
        assert executed(sandbox, "POST") == 1, name
    for_ever = {"times": None, **limited(**{"X-RateLimit-Reset": "0"})}
    given_up = play.scenarios([Scenario("forever", present(retries=2), [{"method": "POST", **for_ever}])])[0]
    assert_clear(given_up.result, "429", "Too many requests", "Sent 3 times", "rate limit")
    assert not given_up.result["changed"]
    assert writes(given_up.sandbox) == ["POST"] * 3


def test_somebody_else_is_faster(play):
    """Between this task's reading and its writing."""

    def meanwhile(method, *changes, **which):
        return [{"method": method, "change": list(changes), **which}]

    # A replacement begins with a POST, which the old mapping is in the way of, and comes to the second by a DELETE.
    gone, same, other = {"delete": {"arn_pattern": RUNNER}}, {"create": present()}, {"create": present(account=LI)}
    scenarios = [
        Scenario("made", present(), meanwhile("POST", same), {"list_lag": 1}),
        Scenario("made for another", present(), meanwhile("POST", other)),
        Scenario("removed", absent(), meanwhile("DELETE", gone), THERE),
        Scenario("removed before the replacement", present(account=LI), meanwhile("POST", gone), THERE),
        Scenario("removed in the replacement", present(account=LI), meanwhile("DELETE", gone), THERE),
        Scenario("replaced alike first", present(account=LI), meanwhile("POST", gone, other), THERE),
        Scenario("replaced alike", present(account=LI), meanwhile("DELETE", gone, other), THERE),
        Scenario("mapped between", present(account=LI), meanwhile("POST", same, skip=1), THERE),
        Scenario("replaced alike between", present(account=LI), meanwhile("POST", other, skip=1), THERE),
    ]
    played = {each.name: each for each in play.scenarios(scenarios)}

    def ended(name, failed, state, changed=None):
        assert played[name].result["failed"] == failed, name
        assert state_of(played[name].sandbox) == state, name
        if changed is not None:
            assert played[name].result["changed"] == changed, name

    ended("made", False, {RUNNER: OMAR}, changed=False)
    ended("made for another", True, {RUNNER: LI}, changed=False)
    assert_clear(played["made for another"].result, RUNNER, LI, "somebody else")
    ended("removed", False, {}, changed=False)
    ended("removed before the replacement", False, {RUNNER: LI}, changed=True)
    ended("removed in the replacement", False, {RUNNER: LI}, changed=True)
    ended("replaced alike first", False, {RUNNER: LI})
    ended("replaced alike", False, {RUNNER: LI})
    ended("mapped between", True, {RUNNER: OMAR})
    assert_clear(played["mapped between"].result, RUNNER, OMAR)
    ended("replaced alike between", False, {RUNNER: LI})


REFUSALS = {
    "403": {"status": 403, "body": {"errors": ["Forbidden"]}},
    "400": {"status": 400, "body": {"errors": [{"title": "Bad Request"}]}},
    "502": {"status": 502},
    "cut": {"lose": "close"},
}
REPLACEMENT = present(account=LI, retries=1, wait_timeout=1, timeout=1)


def refused(**fault):
    """The new mapping is not let in."""
    return [{"method": "POST", "contains": LI, "times": None, **fault}]


def test_a_replacement_that_is_refused_at_once_loses_nothing(play):
    """The old mapping is not touched."""
    scenarios = [Scenario(name, REPLACEMENT, refused(**fault), THERE) for name, fault in REFUSALS.items()]
    for name, result, sandbox in play.scenarios(scenarios):
        assert state_of(sandbox) == {RUNNER: OMAR}, name
        assert set(writes(sandbox)) == {"POST"}, name
        assert_clear(result, RUNNER, LI, OMAR, "This task has not removed the persona mapping")
        is_known = name in ("400", "403")
        assert result["changed"] != is_known, name
        assert ("It is not known whether the new mapping was created" in result["msg"]) != is_known, name


def test_a_replacement_has_a_way_back(play):
    """The new mapping is refused once the old one is out of its way; the old one comes back."""
    scenarios = [Scenario(name, REPLACEMENT, refused(**fault, skip=1), THERE) for name, fault in REFUSALS.items()]
    unknown = Scenario("not known", REPLACEMENT, refused(lose="close", execute=True, skip=1), THERE)
    lagging = Scenario("its pattern is free later", REPLACEMENT, settings={**THERE, "conflict_lag": 2})
    *put_back, unknown, lagging = play.scenarios([*scenarios, unknown, lagging])
    for name, result, sandbox in put_back:
        assert state_of(sandbox) == {RUNNER: OMAR}, name
        assert_clear(result, "has been put back", sandbox.mappings()[0]["id"], RUNNER, LI, OMAR)
        assert result["changed"], name
        assert "lost_mapping" not in result, name
    for name, result, sandbox in (unknown, lagging):
        assert result["changed"], name
        assert state_of(sandbox) == {RUNNER: LI}, name
    assert not lagging.result["failed"]


def test_a_way_back_that_is_blocked(play):
    """The message and the result hold all that is needed to restore the old mapping."""
    blocked = [{"method": "POST", "skip": 1, "status": 403, "times": None, "body": {"errors": ["Forbidden"]}}]
    old = {"id": "c5c758c6-18c2-4484-ae3f-46b84128404a", **present()}
    replacement = present(account=LI, wait_timeout=1)
    one, many = play.scenarios(
        [
            Scenario("one", replacement, blocked, {"mappings": [old]}),
            Scenario("many", {"mappings": [present(account=LI)]}, blocked, {"mappings": [old]}, "persona_mappings"),
        ]
    )
    for played in (one, many):
        assert played.sandbox.mappings() == []
        assert_clear(played.result, "Forbidden", "putting it back failed", RUNNER, OMAR)
        assert played.result["changed"]
    lost = one.result["lost_mapping"]
    assert [lost] == many.result["lost_mappings"]
    assert lost == {**old, "account_uuid": "11111111-a0ae-11ed-88af-be56a8628f02"}
