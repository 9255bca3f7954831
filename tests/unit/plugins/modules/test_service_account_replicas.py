# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account: answers of replicas, each as old as it says."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import USERS, FakeClock, run
from ansible_collections.datadog_community.cloud_auth.tests.unit.service_accounts import (
    CHANGES,
    CREATE,
    EMAIL,
    IDS,
    LAG,
    OTHER,
    READ_ONLY,
    ROLES,
    STANDARD,
    UUID,
    account,
    accounts_of,
    every_change,
    held,
    keep,
    organization,
    shown_user,
    without_roles,
)


class Stale:
    """A transport to which, after a write, reads show one account otherwise, for so many seconds."""

    def __init__(self, api, seconds, uuid=UUID, **shown):
        self._api = api
        self._uuid = uuid
        self._shown = shown
        self._seconds = seconds
        self._written = None

    def __call__(self, prepared, settings):
        if prepared.method != "GET":
            self._written = FakeClock.time
        elif self._written is not None and FakeClock.time < self._written + self._seconds:
            return self._read(prepared, settings)
        return self._api(prepared, settings)

    def _read(self, prepared, settings):
        now = accounts_of(self._api)
        shown = [{**found, **self._shown} if found["id"] == self._uuid else found for found in now]
        self._api.sandbox.set_state(accounts=shown)
        try:
            return self._api(prepared, settings)
        finally:
            self._api.sandbox.set_state(accounts=now)


BEFORE = {
    "give": {"roles": [IDS[STANDARD], IDS[READ_ONLY]]},
    "take": {"roles": []},
    "rename": {"name": "New"},
    "disable": {"disabled": True},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seconds", [1, LAG - 1, LAG + 5])
def test_what_is_read_soon_after_a_lost_answer_proves_nothing(change, seconds):
    """As long as a read may be as old as from before another change, it says nothing about this one."""
    options, method = CHANGES[change]
    api = organization(account()).fault(method=method, lose="close", times=None)
    before = held(api)

    ended = keep(Stale(api, seconds, **BEFORE[change]), retries=0, **options)

    assert held(api) == before
    assert ended["changed"] is True
    if seconds < LAG:
        assert ended.failed
        assert "It is not known whether this was executed: look in Datadog" in ended["msg"]
    else:  # So late, it is proof: somebody else has done it.
        assert not ended.failed


@every_change
def test_a_change_that_is_shown_late_is_done(options, method):
    """What is read before shows the state of before, and is not the last word."""
    api = organization(account()).fault(method=method, execute=True, lose="close", times=None)

    ended = keep(Stale(api, LAG - 1, name="Deploy", disabled=False, roles=[IDS[STANDARD]]), retries=0, **options)

    assert not ended.failed, ended.result
    assert ended["changed"] is True


def test_why_it_could_not_be_proved_is_told():
    api = organization(account()).fault(method="DELETE", lose="close", times=None)
    api.fault(method="GET", path=f"{USERS}/{UUID}", status=403, times=None)

    ended = keep(api, retries=0, state="absent")

    assert "Checking whether it was executed failed too: Could not look up " in ended["msg"]


class Hiding:
    """A transport whose reads lack another account until the first write."""

    def __init__(self, api, hidden):
        self._api = api
        self._hidden = hidden

    def __call__(self, prepared, settings):
        if prepared.method != "GET" or self._api.writes:
            return self._api(prepared, settings)
        now = accounts_of(self._api)
        self._api.sandbox.set_state(accounts=[found for found in now if found["id"] != self._hidden])
        try:
            return self._api(prepared, settings)
        finally:
            self._api.sandbox.set_state(accounts=now)


def test_absent_fails_if_another_one_of_the_email_turns_out_to_be_enabled():
    api = organization(account(), account(OTHER))

    ended = keep(Hiding(api, OTHER), state="absent")

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"] == (
        f"The task has disabled the service account {EMAIL} ({UUID}), but other service accounts with its email are "
        f"enabled: {OTHER}. Disable each of them by its id."
    )
    again = keep(api, state="absent")
    assert again["service_account"]["uuid"] == OTHER
    assert {disabled for _name, disabled, _roles in held(api)} == {True}


def test_by_its_id_others_are_not_meant():
    api = organization(account(), account(OTHER))

    ended = run("service_account", Hiding(api, OTHER), {"id": UUID, "state": "absent"})

    assert not ended.failed
    assert ended.warnings == []


def test_an_old_list_that_shows_another_one_as_enabled_is_not_believed():
    """As when the task before has disabled it."""
    api = organization(account(), account(OTHER, disabled=True))

    ended = keep(Stale(api, 20, OTHER, disabled=False), state="absent")

    assert not ended.failed, ended.result
    assert [disabled for _name, disabled, _roles in held(api)] == [True, True]


def test_present_by_email_tells_another_one_too():
    api = organization(account(), account(OTHER))

    ended = keep(Hiding(api, OTHER), name="New")

    assert not ended.failed
    [warning] = ended.warnings
    assert warning.startswith(f"2 enabled service accounts have the email {EMAIL}: {UUID}, {OTHER}.")


def test_another_account_beside_a_creation_of_which_nothing_is_known():
    api = organization().fault(method="POST", path=CREATE, execute=True, lose="close")
    posted = []

    def transport(prepared, settings):
        try:
            return api(prepared, settings)
        finally:
            if prepared.method == "POST" and not posted:
                posted.append(prepared)
                api.sandbox.set_state(accounts=[*accounts_of(api), account(OTHER)])

    ended = keep(transport, name="Deploy", roles=[STANDARD])

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"].startswith(f"2 enabled service accounts have the email {EMAIL}. Name the one you mean")
    assert ended["msg"].endswith(
        "The task has tried to create this account, and got no answer. It is not known whether this was executed: look "
        "in Datadog before you run the task again."
    )
    assert "Nothing has been changed" not in ended["msg"]


def test_what_was_created_before_a_refusal_is_told_with_its_uuid(script):
    page = {"page": {"total_filtered_count": 0}}
    script.expect("GET", USERS, body={"data": [], "meta": page})
    script.expect("GET", ROLES, body={"data": [{"id": IDS[STANDARD], "attributes": {"name": STANDARD}}]})
    script.expect("POST", CREATE, 201, body={"data": without_roles(shown_user())})
    script.expect("POST", f"{ROLES}/{IDS[STANDARD]}/users", 403)

    ended = run("service_account", script, {"email": EMAIL, "roles": [STANDARD]})

    assert ended.failed
    assert ended["changed"] is True
    assert f"Before that, the task has created the service account {EMAIL} ({UUID})." in ended["msg"]
    assert ended["service_account"]["uuid"] == UUID
