# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revoked means revoked: whoever replaces the mapping meanwhile, its key is free in the end, or that is told."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import (
    KEY,
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
    START,
)

LAG = 30.0


def test_a_list_from_before_the_mapping_was_there_does_not_prove_that_it_is_gone():
    api = datadog(lags=then(0, rest=20), trouble=on("DELETE", 0, trouble="lost, not executed"))
    past(api, KEY, JANE, age=10)

    ended = run(api, present(state="absent", retries=0))

    assert ended.failed
    assert held(api) == [JANE.handle]
    assert "But Datadog still lists the mapping." in ended["msg"]


@pytest.mark.parametrize("purge", [False, True])
def test_what_somebody_has_put_in_its_place_is_removed_too(purge):
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.before["DELETE", 0] = lambda: map_now(api, KEY, OMAR)
    arguments = {"mappings": [], "purge": True, "max_removals": 9} if purge else present(state="absent")

    ended = run(api, arguments)

    assert not ended.failed
    assert ended["changed"] is True
    assert not held(api)
    removed = f"the persona mapping of {KEY} to {OMAR.handle}, with the ID "
    assert any(removed in text and "was removed, too" in text for text in ended.warnings)
    [told] = ended["removed"] if purge else [ended["persona_mapping"]]
    assert told["account_identifier"] == OMAR.handle  # The other one was gone before.
    assert OMAR.handle in str(ended["diff"]["before"])


def test_who_can_not_remove_what_was_put_in_its_place_says_what_it_is():
    api = datadog(trouble=on("DELETE", *range(1, 99), trouble="429"))
    past(api, KEY, JANE, age=1000)
    api.before["DELETE", 0] = lambda: map_now(api, KEY, OMAR)

    ended = run(api, {"state": "absent", "mappings": [{"arn_pattern": KEY}], "retries": 1})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["failed_mappings"][0]["account_identifier"] == OMAR.handle
    assert "was removed, too" not in ended.text


def test_a_ghost_that_is_not_the_one_of_the_plan_is_not_told_as_somebody_elses():
    """The list of the plan shows bob's mapping, the next one the mapping before that; both were gone before."""
    api = datadog(lags=then(12, 20, 20))
    past(api, KEY, JANE, age=1000)
    api.unmap(next(iter(api.now)), START - 15)
    bobs = api.map(KEY, BOB, START - 14)
    api.unmap(bobs.id, START - 5)

    ended = run(api, present(state="absent"))

    assert not ended.failed
    assert ended.warnings == []


def test_what_was_put_in_its_place_before_the_task_is_removed_too():
    """The task is planned by an old list, and the next one is from the seconds in which nobody had the key."""
    api = datadog(lags=then(20, rest=5.5))
    past(api, KEY, JANE, age=1000)
    api.unmap(next(iter(api.now)), START - 8)
    api.map(KEY, OMAR, START - 3)

    ended = run(api, present(state="absent"))

    assert not ended.failed
    assert ended["changed"] is True
    assert not held(api)


def test_what_does_not_fit_is_left_and_told():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.before["DELETE", 0] = lambda: map_now(api, KEY, OMAR)

    ended = run(api, present(JANE, state="absent"))

    assert not ended.failed
    assert held(api) == [OMAR.handle]
    assert any("which this task does not name" in warning for warning in ended.warnings)


@pytest.mark.parametrize("when", ["before", "after"])
def test_somebody_who_always_maps_it_again_is_told(when):
    """Before each removal, so that it finds nothing; or after it."""
    api = datadog()
    past(api, KEY, JANE, age=1000)
    moments = api.before if when == "before" else api.after
    moments.update((("DELETE", number), lambda: map_now(api, KEY, OMAR)) for number in range(1000))

    ended = run(api, present(state="absent"))

    assert ended.failed
    assert ended["changed"] is (when == "after")
    assert "is listed again" in ended["msg"]
    assert ended.seconds < 3 * LAG


def test_what_is_named_by_its_id_is_only_that():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    old = next(iter(api.now))
    api.before["DELETE", 0] = lambda: map_now(api, KEY, OMAR)

    ended = run(api, {"id": old, "arn_pattern": None, "state": "absent"})

    assert not ended.failed
    assert held(api) == [OMAR.handle]


def test_of_a_pattern_that_is_listed_twice_both_are_removed_and_told():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.map(KEY, OMAR, START - 900)

    ended = run(api, present(state="absent"))

    assert not held(api)
    assert any("lists 2 persona mappings of " in warning for warning in ended.warnings)


def test_what_an_old_list_shows_again_was_not_put_there_meanwhile():
    """Somebody has removed both mappings of the pattern before the task does."""
    api = datadog(lags=then(20, 0, rest=10))
    past(api, KEY, JANE, age=1000)
    api.map(KEY, OMAR, START - 900)
    for mapping_id in list(api.now):
        api.unmap(mapping_id, START - 5)

    ended = run(api, present(state="absent"))

    assert not ended.failed
    assert "Somebody else" not in ended.text
    assert [request.method for request in api.requests].count("DELETE") == 2
