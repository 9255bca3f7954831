# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account: lists that do not show all, and writes whose answers are lost."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.pages import READINGS
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import LOSSES, USERS, FakeClock, run
from ansible_collections.datadog_community.cloud_auth.tests.unit.service_accounts import (
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
)
from datadog_sandbox import samples


class Lagging:
    """A transport whose lists of users are so many seconds old."""

    def __init__(self, api, seconds):
        self._api = api
        self._seconds = seconds
        self._history = [(float("-inf"), accounts_of(api))]

    def __call__(self, prepared, settings):
        if prepared.method == "GET" and f"{USERS}?" in prepared.url:
            return self._listed(prepared, settings)
        try:
            return self._api(prepared, settings)
        finally:
            self._history.append((FakeClock.time, accounts_of(self._api)))

    def _listed(self, prepared, settings):
        now = accounts_of(self._api)
        shown = [accounts for moment, accounts in self._history if moment <= FakeClock.time - self._seconds][-1]
        self._api.sandbox.set_state(accounts=shown)
        try:
            return self._api(prepared, settings)
        finally:
            self._api.sandbox.set_state(accounts=now)


def test_a_search_that_does_not_show_all_creates_nothing(script):
    """Its missing hit could be the account."""
    for _reading in range(READINGS):
        script.expect("GET", USERS, body={"data": [{"id": "1"}], "meta": {"page": {"total_filtered_count": 2}}})
        script.expect("GET", USERS, body={"data": [], "meta": {"page": {"total_filtered_count": 2}}})

    ended = run("service_account", script, {"email": EMAIL})

    assert ended.failed
    assert "Datadog counts 2, but shows only 1." in ended["msg"]


def test_without_a_count_a_short_page_is_the_last(script):
    script.expect("GET", USERS, body={"data": [shown_user(), None, {"id": ""}, {"id": "x", "attributes": None}]})
    script.expect("GET", ROLES, body={"data": [{"id": IDS[STANDARD]}, None]})

    ended = run("service_account", script, {"email": EMAIL})

    assert ended["changed"] is False


def test_a_search_that_never_ends(monkeypatch):
    from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources import searches

    monkeypatch.setattr(searches, "PAGE_SIZE", 1)
    monkeypatch.setattr(searches, "MOST_PAGES", 2)

    ended = run("service_account_info", organization(), {})

    assert ended["msg"] == "Could not list the users: Datadog keeps sending pages."


every_loss = pytest.mark.parametrize(
    "fault",
    [{"lose": loss} for loss in LOSSES] + [{"status": 503}, {"status": 500}, {"junk": "html"}],
    ids=[*LOSSES, "503", "500", "junk"],
)


@every_loss
@pytest.mark.parametrize("executed", [True, False])
def test_a_lost_answer_doubles_nothing(fault, executed):
    api = organization().fault(method="POST", path=CREATE, execute=executed, **fault)

    ended = keep(api, name="Deploy", roles=[STANDARD])

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert held(api) == [("Deploy", False, {STANDARD})]
    assert api.writes == (["POST"] if executed else ["POST", "POST"])


@pytest.mark.parametrize("seconds", [5, LAG - 1])
def test_a_list_that_lags_is_waited_for(seconds):
    """It is not sent again before the list is proof."""
    api = organization().fault(method="POST", path=CREATE, execute=True, lose="reset")

    ended = keep(Lagging(api, seconds), name="Deploy", roles=[STANDARD])

    assert not ended.failed, ended.result
    assert held(api) == [("Deploy", False, {STANDARD})]


@pytest.mark.parametrize("executed", [True, False])
def test_what_can_not_be_known_is_said(executed):
    api = organization().fault(method="POST", path=CREATE, execute=executed, lose="close")
    api.fault(method="GET", path=USERS, status=403, skip=1, times=None)

    ended = keep(api, name="Deploy", roles=[STANDARD])

    assert ended.failed
    assert ended["changed"] is True
    assert "Checking whether it was executed failed too: Could not look up " in ended["msg"]
    assert "It is not known whether this was executed: look in Datadog" in ended["msg"]
    assert "Run the task again. " not in ended["msg"]
    assert api.writes == ["POST"]


def test_a_refusal_is_final_and_nothing_has_changed():
    api = organization()

    ended = keep(api, roles=[samples.ADMIN_ROLE])

    assert ended.failed
    assert ended["changed"] is False
    assert "every permission of the roles that are given" in ended["msg"]
    assert held(api) == []


def test_an_email_that_datadog_refuses():
    ended = run("service_account", organization(), {"email": "a@b"})

    assert ended["http_status"] == 400
    assert "Check email." in ended["msg"]


def test_a_rate_limit_is_waited_for():
    api = organization().fault(method="POST", path=CREATE, status=429, headers={"X-RateLimit-Reset": "7"})

    assert keep(api, roles=[STANDARD])["changed"] is True
    assert len(held(api)) == 1


def test_what_somebody_else_has_created_meanwhile_is_made_right():
    api = organization().fault(method="POST", path=CREATE, lose="close")
    state = {"accounts": [*samples.ACCOUNTS, account(name="Theirs", roles=[READ_ONLY])]}
    posted = []

    def transport(prepared, settings):
        if prepared.method == "POST" and not posted:
            posted.append(prepared)
            try:
                return api(prepared, settings)
            finally:
                api.sandbox.set_state(**state)
        return api(prepared, settings)

    ended = keep(transport, name="Deploy", roles=[STANDARD])

    assert not ended.failed, ended.result
    assert held(api) == [("Deploy", False, {STANDARD})]


@every_change
@every_loss
@pytest.mark.parametrize("executed", [True, False])
def test_changes_are_sent_until_they_are_answered(options, method, fault, executed):
    api = organization(account()).fault(method=method, execute=executed, **fault)

    ended = keep(api, **options)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert keep(api, **options)["changed"] is False


@every_change
def test_a_change_that_was_executed_is_done_even_if_no_answer_ever_comes(options, method):
    api = organization(account()).fault(method=method, execute=True, lose="close", times=None)

    ended = keep(api, retries=0, **options)

    assert not ended.failed, ended.result
    assert ended["changed"] is True


@every_change
@pytest.mark.parametrize("readable", [True, False])
def test_a_change_of_which_nothing_is_known(options, method, readable):
    api = organization(account()).fault(method=method, lose="close", times=None)
    if not readable:
        api.fault(method="GET", path=f"{USERS}/{UUID}", status=403, times=None)

    ended = keep(api, retries=0, **options)

    assert ended.failed
    assert ended["changed"] is True
    assert "It is not known whether this was executed" in ended["msg"]


@every_change
@pytest.mark.parametrize("executed", [True, False])
def test_another_good_status_than_the_documented_one_is_a_doubt(options, method, executed):
    api = organization(account()).fault(method=method, status=202, execute=executed, times=None)

    ended = keep(api, **options, retries=0)

    assert ended.failed is not executed
    assert ended["changed"] is True
    assert executed or "Datadog answered 202" in ended["msg"]


def test_a_creation_that_is_only_accepted_is_looked_for():
    api = organization().fault(method="POST", path=CREATE, status=202, execute=True)

    ended = keep(api, roles=[STANDARD])

    assert not ended.failed, ended.result
    assert len(held(api)) == 1


@every_change
def test_what_is_gone_is_not_blamed_on_the_address(options, method):
    api = organization(account()).fault(method=method, status=404)

    ended = keep(api, **options)

    assert "Datadog no longer knows the " in ended["msg"]
    assert "api_url" not in ended["msg"]


@every_change
def test_a_change_that_is_refused(options, method):
    api = organization(account()).fault(method=method, status=403, times=None)

    ended = keep(api, **options)

    assert ended.failed
    assert ended["changed"] is False


def test_it_is_waited_until_the_list_shows_it():
    api = organization(account())
    begun = FakeClock.time

    ended = keep(Lagging(api, 20), name="New")

    assert ended["service_account"]["name"] == "New"
    assert 20 <= FakeClock.since(begun) < LAG
    assert ended.warnings == []


@pytest.mark.parametrize("fault", [{"status": 403}, {"junk": "null"}])
def test_what_can_not_be_seen_afterwards_is_a_warning(fault):
    api = organization(account()).fault(method="GET", path=USERS, skip=1, times=None, **fault)

    ended = keep(api, name="New")

    assert not ended.failed, ended.result
    assert ended["service_account"]["name"] == "New"
    assert len(ended.warnings) == 1
    assert ended.warnings[0].startswith("The change was made, but Datadog's list of users ")


def test_a_second_account_that_an_old_list_did_not_show_is_told():
    api = organization()
    lagging = Lagging(api, 20)
    api.sandbox.set_state(accounts=[*accounts_of(api), account(OTHER)])

    ended = keep(lagging, name="Deploy", roles=[STANDARD])

    assert len(held(api)) == 2
    [warning] = ended.warnings
    assert warning.startswith(f"2 enabled service accounts have the email {EMAIL}: ")
    assert OTHER in warning


def test_who_is_enabled_again_is_told():
    """The change was answered, so it is no doubt; but who is enabled half a minute later has access."""
    api = organization(account())

    def enabled_again(prepared, settings):
        answer = api(prepared, settings)
        if prepared.method == "DELETE":
            api.sandbox.set_state(accounts=[*samples.ACCOUNTS, account()])
        return answer

    ended = keep(enabled_again, state="absent")

    assert ended.failed
    assert ended["changed"] is True
    assert "30 s later Datadog shows it as enabled" in ended["msg"]


def test_what_is_not_shown_in_time_is_a_warning(script):
    page = {"page": {"total_filtered_count": 1}}
    script.expect("GET", USERS, body={"data": [shown_user()], "meta": page}).expect("GET", ROLES, body={"data": []})
    script.expect("PATCH", f"{USERS}/{UUID}", body={"data": shown_user(name="New")})
    for _look in range(10):
        script.expect("GET", USERS, body={"data": [shown_user()], "meta": page})
    begun = FakeClock.time

    ended = run("service_account", script, {"email": EMAIL, "name": "New"})

    assert FakeClock.since(begun) == LAG
    assert ended["service_account"]["name"] == "New"
    assert "does not show it after 30 s" in ended.warnings[0]
