# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that fails and has written something, or may have, says what it takes to undo it."""

from __future__ import annotations

from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import (
    KEY,
    OddDatadog,
    datadog,
    held,
    past,
    present,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import BOB, JANE, OMAR, World

PURGE = {"mappings": [], "purge": True, "max_removals": 5}
BY_OMAR = {"arn_pattern": KEY, "account_identifier": OMAR.handle}


def only_failed(ended):
    """The change that failed."""
    assert ended.failed
    assert ended["changed"]
    (failed,) = ended["failed_mappings"]
    return failed


def account_before(ended):
    """The account of the mapping that was there before."""
    before = only_failed(ended)["before"]
    assert before["arn_pattern"] == KEY
    assert before["id"]
    return before["account_identifier"]


def lost(method, number, first="DELETE"):
    """The answers to all of the first kind are lost, and then no list can be read."""
    if method == first:
        return "lost, executed"
    return "503, not executed" if method == "GET" and number else None


def test_a_removal_whose_answer_is_lost():
    api = datadog(trouble=lost)
    past(api, KEY, JANE, age=1000)

    ended = run(api, {**PURGE, "retries": 0})

    assert "It is not known whether the mapping was removed" in ended["msg"]
    assert account_before(ended) == JANE.handle
    assert "created" not in only_failed(ended)
    assert not held(api)


def test_a_creation_whose_answer_is_lost():
    api = datadog(trouble=lambda method, number: lost(method, number, "POST"))

    ended = run(api, {"mappings": [present(OMAR)], "retries": 0})

    assert only_failed(ended)["created"] == BY_OMAR
    assert "before" not in only_failed(ended)
    assert held(api) == [OMAR.handle]


def test_what_somebody_always_maps_again():
    api = datadog()
    past(api, KEY, JANE, age=1000)

    def map_again():
        for mapping in [mapping for mapping in api.now.values() if mapping.key == KEY]:
            api.unmap(mapping.id)
        api.map(KEY, OMAR)

    for number in range(3):
        api.after["DELETE", number] = map_again
    assert account_before(run(api, PURGE)) == JANE.handle


def test_a_replacement_whose_pattern_a_stranger_has_got():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.after["DELETE", 0] = lambda: api.map(KEY, BOB)

    ended = run(api, {"mappings": [present(OMAR)]})

    assert account_before(ended) == JANE.handle
    assert "lost_mappings" not in ended.result
    assert held(api) == [BOB.handle]


def test_a_replacement_that_has_left_the_old_one():
    """Both are there, so the new one has to be told by its ID."""

    def trouble(method, _number):
        return "503, not executed" if method == "DELETE" else None

    api = OddDatadog(World(), trouble=trouble, takes_twice=True)
    past(api, KEY, JANE, age=1000)

    ended = run(api, {"mappings": [present(OMAR)], "retries": 0})

    assert account_before(ended) == JANE.handle
    created = only_failed(ended)["created"]
    assert (created["id"] in api.now, created["account_identifier"]) == (True, OMAR.handle)
    assert held(api) == [JANE.handle, OMAR.handle]


def test_what_has_written_nothing_has_nothing_to_undo():
    api = datadog(trouble=lambda method, _number: "503, not executed" if method == "POST" else None)

    ended = run(api, {"mappings": [present(OMAR)], "retries": 0})

    (failed,) = ended["failed_mappings"]
    assert failed.keys() == {"arn_pattern", "account_identifier", "operation", "msg"}
    assert not ended["changed"]
