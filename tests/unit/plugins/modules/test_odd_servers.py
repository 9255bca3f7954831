# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as proof where Datadog differs from its reference: overlaps, spellings, doubles, updates in place."""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import (
    KEY,
    OTHER_SAM,
    SAM,
    SET,
    OddDatadog,
    datadog,
    held,
    on,
    past,
    present,
    run,
    then,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import (
    ACCOUNTS,
    BOB,
    JANE,
    OMAR,
    START,
    Datadog,
    Held,
    Task,
    World,
    run_tasks,
)


class Overlapping(Datadog):
    """A Datadog that refuses patterns that overlap others, and may name them; older ones are there all the same."""

    names = True

    def _create(self, attributes):
        key = attributes["arn_pattern"]
        others = [held.key for held in self.now.values() if held.key.startswith(key.rstrip("*")) or held.key == key]
        if others:
            named = max(others, key=len) if self.names else ""
            return 409, {"errors": [f"The pattern conflicts with {named}" if named else "Conflict"]}
        return super()._create(attributes)


def test_a_conflict_that_names_another_pattern_removes_nothing():
    api = Overlapping(World())
    past(api, KEY, JANE, age=1000)
    past(api, f"{KEY[:-1]}one-session", BOB, age=900)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert ended["changed"] is False
    assert f"{KEY[:-1]}one-session" in ended["msg"]
    assert held(api) == [JANE.handle]


def test_a_loss_names_the_patterns_that_overlap():
    api = Overlapping(World())
    api.names = False
    past(api, KEY, JANE, age=1000)
    past(api, f"{KEY[:-1]}one-session", BOB, age=900)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert "not known whether" in ended["msg"]
    assert f"may be in the way: {KEY[:-1]}one-session." in ended["msg"]
    assert ended["lost_mapping"]["arn_pattern"] == KEY


@pytest.mark.parametrize("status", [200, 202])
def test_a_removal_that_is_answered_by_another_status_is_a_doubt(status):
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api._delete = lambda _mapping_id: (status, {})

    ended = run(api, present(state="absent"))

    assert ended.failed
    assert ended["changed"] is False
    assert "But Datadog still lists the mapping." in ended["msg"]


@pytest.mark.parametrize("takes_twice", [False, True])
@pytest.mark.parametrize("purge", [False, True])
def test_a_server_that_normalizes(takes_twice, purge):
    api = OddDatadog(World(), normalizes=True, takes_twice=takes_twice)
    past(api, SET[0], BOB, age=1000)
    wanted = present(JANE, KEY.replace("web", "Web"))
    arguments = {"mappings": [wanted], "purge": purge}

    first = run(api, arguments)
    again = run(api, arguments)

    assert not first.failed
    assert not again.failed
    assert held(api) == [JANE.handle]
    assert again["changed"] is takes_twice
    assert [
        warning for warning in first.warnings if f"has stored arn_pattern {wanted['arn_pattern']} as {KEY}" in warning
    ]
    assert [warning for warning in again.warnings if KEY in warning]
    assert [request.status for request in api.requests].count(201) == (2 if takes_twice else 1)


@pytest.mark.parametrize("takes_twice", [False, True])
def test_a_creation_that_is_found_by_its_other_spelling_was_executed(takes_twice):
    api = OddDatadog(World(), trouble=on("POST", 0, trouble="lost, executed"), normalizes=True, takes_twice=takes_twice)

    ended = run(api, present(JANE, KEY.replace("web", "Web"), wait_timeout=300))

    assert not ended.failed
    assert ended["changed"] is True
    assert held(api) == [JANE.handle] * (2 if takes_twice else 1)
    assert ended["persona_mapping"]["id"] in api.now
    assert any("Beside the mapping" in warning for warning in ended.warnings) is takes_twice


def test_until_then_it_is_not_known():
    """wait_timeout leaves no time for a proof."""
    api = OddDatadog(World(), normalizes=True, trouble=on("POST", 0, trouble="lost, executed"))

    ended = run(api, present(JANE, KEY.replace("web", "Web"), wait_timeout=40))

    assert ended.failed
    assert ended["changed"] is True
    assert f"may take it for the same as the persona mapping of {KEY} to {JANE.handle}" in ended["msg"]
    assert "It is not known whether the mapping was created." in ended["msg"]


OTHER_CASE = KEY.replace("web", "Web")


@pytest.mark.parametrize("unread", [True, False])
def test_a_conflict_about_something_else_makes_no_other_spelling_the_same(unread):
    """An intake mapping has the pattern in a third spelling; or its list can't be read."""
    api = datadog()
    intake = AWS_INTAKE.type
    third = [{"id": "third", "type": intake, "attributes": {"arn_pattern": KEY.replace("web", "WEB")}}]
    past(api, KEY, JANE, age=1000)
    api._create = lambda _attributes: (409, {"errors": ["Conflict"]})
    plain = api.answer

    def no_siblings(task, prepared):
        api.of_siblings = "unreadable" if unread else third
        return plain(task, prepared)

    api.answer = no_siblings

    ended = run(api, present(JANE, OTHER_CASE))

    assert ended.failed
    assert "may take it for the same" in ended["msg"]


def test_an_overlapping_pattern_may_be_the_conflict():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    api.map(f"{OTHER_CASE[:-1]}one-session", BOB, START - 900)
    api._create = lambda _attributes: (409, {"errors": ["Conflict"]})

    ended = run(api, present(JANE, OTHER_CASE))

    assert ended.failed
    assert ended["changed"] is False


def test_what_somebody_has_just_created_is_no_other_spelling():
    """The list that is read after the conflict is too old to show it."""
    api = datadog(lags=then(0, rest=20))
    past(api, KEY, JANE, age=1000)
    plain = api._create

    def create(attributes):
        if api.world.time < START + 35:
            return 400, {"errors": [{"detail": "AWS Account Id is not integrated with this Datadog account"}]}
        if not held(api, OTHER_CASE):
            api.map(OTHER_CASE, BOB)
        return plain(attributes)

    api._create = create

    ended = run(api, present(JANE, OTHER_CASE))

    assert ended.failed
    assert held(api, OTHER_CASE) == [BOB.handle]


def test_an_existing_mapping_in_answer_to_a_creation_is_judged():
    api = datadog()
    past(api, KEY, BOB, age=1000)
    [old] = list(api.now.values())
    api._create = lambda _attributes: (201, {"data": api._shown(old)})

    wrong = run(api, present(OMAR, OTHER_CASE))
    right = run(api, present(BOB, OTHER_CASE))

    assert wrong.failed
    assert not right.failed
    assert (wrong["changed"], right["changed"]) == (False, False)
    assert held(api) == [BOB.handle]


class IdsOfKeys(Datadog):
    """A Datadog whose IDs are made of keys, so that a mapping that is put back has its old one."""

    def map(self, key, account, at=None):
        held = Held(str(uuid.uuid5(uuid.NAMESPACE_URL, key)), key, account)
        self._change({**self.now, held.id: held}, at)
        return held


@pytest.mark.parametrize("leads_to", [OMAR, SAM, None])
def test_ids_that_are_made_of_keys(leads_to):
    """The new mapping leads to the account, or to another one, or is refused."""
    api = IdsOfKeys(World(), accounts=[SAM, OTHER_SAM, *ACCOUNTS])
    past(api, KEY, JANE, age=1000)
    api._account = lambda identifier: JANE if identifier == JANE.handle else leads_to
    wanted = OTHER_SAM if leads_to == SAM else OMAR

    ended = run(api, present(wanted))

    assert ended.failed is (leads_to != OMAR)
    assert held(api) == [OMAR.handle if leads_to == OMAR else JANE.handle]
    assert "is still there" not in ended.text
    assert leads_to == OMAR or "had been removed and has been put back" in ended["msg"]


def test_a_mapping_without_its_accounts_uuid_is_put_back():
    api = datadog()
    past(api, KEY, JANE, age=1000)
    [old] = list(api.now.values())
    plain = api._shown

    def shown(mapping):
        of_json = plain(mapping)
        if mapping.id == old.id:
            del of_json["attributes"]["account_uuid"]
        return of_json

    api._shown = shown
    api._account = lambda identifier: JANE if identifier == JANE.handle else None

    ended = run(api, present(OMAR))

    assert held(api) == [JANE.handle]
    assert "had been removed and has been put back" in ended["msg"]


def test_two_tasks_do_not_take_each_others_mapping_for_a_double():
    api = OddDatadog(World(), takes_twice=True, trouble=on("POST", 0, 1))
    past(api, KEY, JANE, age=1000)

    run_tasks(api, Task(present(OMAR)), Task(present(OMAR), after=0.02))

    assert OMAR.handle in held(api)


def test_purge_leaves_another_spelling_of_what_could_not_be_created():
    """Datadog may take both for the same: then nobody would be mapped."""
    api = OddDatadog(World(), normalizes=True, trouble=on("POST", *range(100), trouble="503, not executed"))
    past(api, KEY, BOB, age=1000)

    not_created = [present(JANE, KEY.replace("web", "other")), present(JANE, KEY.replace("web", "Web"))]
    ended = run(api, {"mappings": not_created, "purge": True, "retries": 0})

    assert ended.failed
    assert ended["changed"] is False
    assert held(api) == [BOB.handle]
    assert "which may be the same, was not created" in ended["msg"]


def test_a_lost_creation_in_another_spelling_is_not_known():
    api = OddDatadog(World(), normalizes=True, trouble=on("POST", 0, trouble="lost, executed"))

    ended = run(api, present(JANE, OTHER_CASE, retries=0))

    assert ended.failed
    assert ended["changed"] is True


@pytest.mark.parametrize("trouble", [None, "lost, executed"])
@pytest.mark.parametrize("kind", [AWS_PERSONA, AWS_INTAKE], ids=lambda kind: kind.name)
def test_purge_spares_what_the_task_has_just_created(kind, trouble):
    """Somebody removes the other spelling at the same time, so that its removal finds nothing."""
    api = OddDatadog(World(), kind, normalizes=True, trouble=on("POST", 0, trouble=trouble))
    api.map(KEY, BOB if kind.has_account else None, START - 1000)
    api.before["POST", 0] = lambda: api.unmap(next(iter(api.now)))

    ended = run(api, {"mappings": [present(JANE if kind.has_account else None, OTHER_CASE)], "purge": True})

    assert len(held(api)) == 1
    assert "was removed, too" not in ended.text
    assert trouble or not ended.failed


def test_another_spelling_that_leads_elsewhere_is_not_somebody_elses():
    api = OddDatadog(World(), normalizes=True)
    past(api, KEY, BOB, age=1000)

    ended = run(api, present(JANE, OTHER_CASE))

    assert ended.failed
    assert f"takes the pattern for the same as {KEY}, which is mapped to {BOB.handle}" in ended["msg"]
    assert "somebody else" not in ended["msg"]
    assert held(api) == [BOB.handle]


def test_purge_spares_the_successor_that_is_the_wanted_one():
    """The list that the task was planned by shows one that was replaced meanwhile by somebody else."""
    api = OddDatadog(World(), normalizes=True, lags=then(20))
    past(api, KEY, JANE, JANE, age=5)

    ended = run(api, {"mappings": [present(JANE, OTHER_CASE)], "purge": True})

    assert held(api) == [JANE.handle], ended


@pytest.mark.parametrize("check", [False, True])
def test_it_leaves_it_in_check_mode_too(check):
    api = datadog()
    past(api, KEY, BOB, age=1000)
    wanted = {**present(key=OTHER_CASE), "account_identifier": "nobody@corp.example"}

    [ended] = run_tasks(api, Task({"mappings": [wanted], "purge": True}, check=check))

    assert ended["changed"] is False
    assert ended["summary"]["failed"] == 2
    assert held(api) == [BOB.handle]


def test_a_removed_mapping_of_another_spelling_is_no_double():
    """Only the list that the task was planned by shows it, and that is old."""
    api = OddDatadog(World(), normalizes=True, lags=then(20))
    past(api, KEY, BOB, None)

    ended = run(api, present(JANE, KEY.replace("web", "Web")))

    assert not ended.failed
    assert held(api) == [JANE.handle]


def test_what_stands_beside_a_new_mapping_is_told():
    """The list that the task was planned by is too old to show it."""
    api = OddDatadog(World(), takes_twice=True, lags=then(20))
    other = api.map(KEY, BOB, START - 5)

    ended = run(api, present(JANE))

    assert sorted(held(api)) == [BOB.handle, JANE.handle]
    assert any(f"of {KEY} to {BOB.handle}, with the ID {other.id}" in warning for warning in ended.warnings)


def test_the_task_after_a_replacement_does_not_find_both_mappings():
    """For three seconds there are both, and lists are ten seconds old."""
    api = OddDatadog(World(), takes_twice=True, lags=then(0, rest=10))
    past(api, KEY, BOB, age=1000)
    api.before["DELETE", 0] = lambda: api.world.sleep(3)

    ended = [run(api, present(JANE)) for _run in range(2)]

    assert [task.failed for task in ended] == [False, False]
    assert [task["changed"] for task in ended] == [True, False]


def test_a_replacement_that_was_executed_twice_is_told():
    """Which of the two is somebody else's can't be known, so neither is removed."""
    api = OddDatadog(World(), takes_twice=True, lags=then(0, rest=10), trouble=on("POST", 0, trouble="lost, executed"))
    past(api, KEY, BOB, age=1000)

    ended = run(api, present(JANE))

    assert not ended.failed
    assert held(api) == [JANE.handle, JANE.handle]
    assert any("Beside the mapping" in warning for warning in ended.warnings)


def test_an_answer_that_changes_nothing_is_no_replacement():
    api = datadog()
    past(api, KEY, BOB, age=1000)
    [old] = list(api.now.values())
    api._create = lambda _attributes: (201, {"data": api._shown(old)})

    ended = run(api, present(JANE))

    assert ended.failed
    assert "unchanged" in ended["msg"]
    assert ended["changed"] is False


def test_a_double_that_can_not_be_removed_is_told():
    api = OddDatadog(World(), trouble=on("DELETE", *range(100), trouble="429"), normalizes=True, takes_twice=True)
    past(api, KEY, JANE, age=1000)

    ended = run(api, present(JANE, KEY.replace("web", "Web"), retries=0))

    assert not ended.failed
    assert len(held(api)) == 2
    assert any("could not be removed: " in warning for warning in ended.warnings)


def test_another_case_of_a_mapping_of_somebody_else_is_never_removed():
    api = OddDatadog(World(), normalizes=True, takes_twice=True)
    past(api, KEY, JANE, age=1000)

    ended = run(api, present(OMAR, KEY.replace("web", "Web")))

    assert ended.failed
    assert held(api) == [JANE.handle]


def test_a_pattern_in_another_case_is_another_pattern_while_the_check_for_conflicts_lags():
    api = datadog(conflict_lag=lambda _number: 6.0)
    other = KEY.replace("web", "Web")
    api.map(KEY, JANE, START - 1000)
    gone = api.map(other, JANE, START - 500)
    api.unmap(gone.id, START - 2)

    ended = run(api, present(JANE, other))

    assert ended["changed"] is True
    assert held(api, other) == [JANE.handle]


def test_an_update_to_another_account_is_taken_back():
    api = datadog(accounts=[SAM, OTHER_SAM, *ACCOUNTS])
    past(api, KEY, JANE, age=1000)
    [old] = list(api.now.values())
    api._account = lambda identifier: SAM if identifier == "sam@corp.example" else JANE
    plain = api._create

    def update(attributes):
        if old.id not in api.now:
            return plain(attributes)
        updated = old._replace(account=SAM)
        api._change({old.id: updated}, None)
        return 201, {"data": api._shown(updated)}

    api._create = update

    ended = run(api, present(OTHER_SAM))

    assert ended.failed
    assert SAM.handle not in held(api)
