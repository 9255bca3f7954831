# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account and service_account_info: one account, kept as it should be, and never a second one."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.pages import READINGS
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import LOSSES, USERS, FakeClock, InProcess, run
from datadog_sandbox import samples

CREATE = "/api/v2/service_accounts"
ROLES = "/api/v2/roles"
EMAIL = "deploy@corp.example"
UUID = "9d9c0565-a0ae-11ed-88af-000000000001"
OTHER = "9d9c0565-a0ae-11ed-88af-000000000002"
STANDARD, READ_ONLY = samples.STANDARD_ROLE, samples.READ_ONLY_ROLE
IDS = {role["name"]: role["id"] for role in samples.ROLES}
PERSON = {"email": "jane@corp.example", "name": "Jane"}
LAG = 30
NO_USERS = "decade02" * 5


def account(uuid=UUID, email=EMAIL, **more):
    """A service account as the sandbox's state has it."""
    return {"id": uuid, "email": email, "name": "Deploy", "service_account": True, "roles": [STANDARD], **more}


def organization(*accounts, **settings):
    return InProcess(accounts=[*samples.ACCOUNTS, PERSON, *accounts], **settings)


def accounts_of(api):
    """The truth: all accounts as the sandbox's state has them."""
    return api.sandbox.state()["accounts"]


def held(api):
    """The truth about those of this email."""
    names = {role["id"]: role["name"] for role in api.sandbox.state()["roles"]}
    return [
        (found["name"], found["disabled"], {names[role] for role in found["roles"]})
        for found in accounts_of(api)
        if found["email"].lower() == EMAIL
    ]


def of_person(api):
    """The account of the person."""
    return next(found for found in accounts_of(api) if found["name"] == PERSON["name"])


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


def keep(api, check=False, **options):
    return run("service_account", api, {"email": EMAIL, **options}, check)


# --- creation


@pytest.mark.parametrize("roles", [[STANDARD], [IDS[STANDARD]], [STANDARD, READ_ONLY, STANDARD], [], None])
def test_it_is_created_with_all_that_it_should_have(roles):
    api = organization()
    options = {"name": "Deploy", **({} if roles is None else {"roles": roles})}

    ended = keep(api, **options)

    names = {STANDARD if role == IDS[STANDARD] else role for role in roles or ()}
    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert held(api) == [("Deploy", False, names)]
    shown = ended["service_account"]
    assert shown["uuid"] == shown["handle"]
    assert {role["name"] for role in shown["roles"]} == names
    assert {role["id"] for role in shown["roles"]} == {IDS[name] for name in names}
    assert api.writes == ["POST"]
    again = keep(api, **options)
    assert again["changed"] is False
    assert again["service_account"] == shown


def test_without_a_role_it_is_told_that_nothing_can_be_mapped_to_it():
    assert keep(organization()).warnings == [
        f"The service account {EMAIL} has no role, so nothing can be mapped to it. Give roles."
    ]


@pytest.mark.parametrize(
    ("before", "options"),
    [
        ([], {"name": "New", "roles": [STANDARD]}),
        ([account()], {"name": "New", "roles": [READ_ONLY]}),
        ([account(disabled=True)], {}),
        ([account()], {"roles": []}),
        ([account()], {"state": "absent"}),
        ([], {"state": "absent"}),
        ([account(disabled=True)], {"state": "absent", "name": "ignored", "roles": [READ_ONLY]}),
        ([account()], {"name": "Deploy", "roles": [STANDARD]}),
        ([account(email=EMAIL.upper())], {}),
    ],
)
def test_check_mode_is_the_real_run_without_writing(before, options):
    api, checked = organization(*before), organization(*before)

    would, did = keep(checked, check=True, **options), keep(api, **options)

    assert checked.writes == []
    assert held(checked) == held(organization(*before))
    assert would["changed"] == did["changed"] == bool(api.writes)
    assert would["diff"] == did["diff"]
    assert would.warnings == did.warnings
    if before or options.get("state") != "absent":
        new = {} if before else {name: did["service_account"][name] for name in ("uuid", "handle")}
        assert {**would["service_account"], **new} == did["service_account"]
    else:
        assert "service_account" not in would.result
        assert "service_account" not in did.result


# --- what is there


def test_it_is_changed_in_place():
    api = organization(account())

    ended = keep(api, name="New", roles=[READ_ONLY, samples.CLOUD_AUTH_ROLE])

    assert ended["changed"] is True
    assert held(api) == [("New", False, {READ_ONLY, samples.CLOUD_AUTH_ROLE})]
    assert ended["service_account"]["uuid"] == UUID
    assert api.writes == ["POST", "POST", "DELETE", "PATCH"]
    assert ended["diff"] == {
        "before": {"email": EMAIL, "name": "Deploy", "disabled": False, "roles": [STANDARD]},
        "after": {
            "email": EMAIL,
            "name": "New",
            "disabled": False,
            "roles": sorted([READ_ONLY, samples.CLOUD_AUTH_ROLE]),
        },
    }


def test_what_is_not_given_is_left_as_it_is():
    api = organization(account())

    ended = keep(api)

    assert ended["changed"] is False
    assert api.writes == []
    assert ended["diff"]["before"] == ended["diff"]["after"]


def test_a_disabled_account_is_enabled_again_when_its_roles_are_right():
    api = organization(account(disabled=True))

    assert keep(api, roles=[READ_ONLY])["changed"] is True
    assert held(api) == [("Deploy", False, {READ_ONLY})]
    assert api.writes == ["POST", "DELETE", "PATCH"]


def test_absent_is_disabled():
    api = organization(account())

    ended = keep(api, state="absent")

    assert ended["changed"] is True
    assert ended["service_account"]["disabled"] is True
    assert held(api) == [("Deploy", True, {STANDARD})]
    assert keep(api, state="absent")["changed"] is False


@pytest.mark.parametrize(
    ("options", "most"),
    [({"roles": [IDS[STANDARD]]}, 2), ({"roles": [STANDARD]}, 3), ({}, 2), ({"name": "Deploy"}, 2)],
)
@pytest.mark.parametrize("by", ["email", "id"])
def test_in_sync_is_a_few_reads(options, most, by):
    api = organization(account())

    ended = run("service_account", api, {by: EMAIL if by == "email" else UUID, **options})

    assert ended["changed"] is False
    assert set(api.methods) == {"GET"}
    assert len(api.methods) <= most


@pytest.mark.parametrize("check", [False, True])
def test_one_that_shows_no_email_may_be_meant(check):
    odd = {"id": UUID, "type": "users", "attributes": {"handle": UUID, "email": None, "service_account": True}}
    api = organization(account(shown=odd))

    ended = keep(api, check, roles=[STANDARD])

    assert (ended.failed, ended["changed"]) == (False, True)
    [warning] = ended.warnings
    assert warning == (
        f"The search for {EMAIL} finds accounts whose email Datadog does not show: {UUID}. If one of them is meant, "
        "name it by its id."
    )
    assert run("service_account", api, {"id": UUID})["changed"] is False
    assert run("service_account", api, {"email": EMAIL, "state": "absent"}, check).warnings == []


@pytest.mark.parametrize("uuid", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_by_its_uuid_in_any_spelling(uuid):
    api = organization(account())

    ended = run("service_account", api, {"id": uuid, "email": EMAIL.upper(), "name": "New"})

    assert ended["service_account"]["name"] == "New"
    assert [found["name"] for found in run("service_account_info", api, {"id": uuid})["service_accounts"]] == ["New"]
    assert run("service_account", api, {"uuid": uuid, "state": "absent"})["changed"] is True


def test_a_permission_that_datadog_names_is_named_once():
    api = organization(account())

    for options in ({"email": EMAIL}, {"id": UUID}):
        ended = run("service_account", api, {**options, "app_key": NO_USERS})
        assert ended["msg"].count("user_access_read") == 1


# --- which one is meant


@pytest.mark.parametrize("state", ["present", "absent"])
def test_enabled_goes_before_disabled(state):
    api = organization(account(disabled=True), account(OTHER))

    ended = keep(api, state=state)

    assert ended["service_account"]["uuid"] == OTHER
    assert ended["changed"] is (state == "absent")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("disabled", [False, True])
def test_several_are_refused_with_their_uuids(disabled, state, check):
    api = organization(account(disabled=disabled), account(OTHER, disabled=disabled))

    ended = keep(api, check, state=state, name="New")

    assert ended.failed
    assert ended["changed"] is False
    assert UUID in ended["msg"]
    assert OTHER in ended["msg"]
    assert api.writes == []
    assert run("service_account", api, {"id": OTHER, "name": "New"})["service_account"]["uuid"] == OTHER


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("by", ["email", "id"])
def test_the_account_of_a_person_is_never_touched(by, state):
    api = organization()
    jane = of_person(api)

    ended = run("service_account", api, {by: jane[by], "state": state, "roles": [STANDARD]})

    assert ended.failed
    assert "is the account of a person" in ended["msg"]
    assert api.writes == []


def test_a_service_account_beside_a_person_of_the_same_email():
    api = organization(account(email=PERSON["email"]))

    ended = run("service_account", api, {"email": PERSON["email"], "state": "absent"})

    assert ended["service_account"]["uuid"] == UUID
    assert of_person(api)["disabled"] is False


def test_an_email_inside_another_one_is_another():
    api = organization(account(email=f"x{EMAIL}"), account(OTHER, email=f"{EMAIL}.org"))

    assert keep(api, check=True, roles=[STANDARD])["diff"]["before"] == {}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_id_and_email_of_two_accounts(state):
    api = organization(account())

    ended = run("service_account", api, {"id": UUID, "email": "other@corp.example", "state": state})

    assert ended.failed
    assert f"has the email {EMAIL}, not other@corp.example" in ended["msg"]
    assert api.writes == []


@pytest.mark.parametrize("email", [{}, {"email": EMAIL}])
@pytest.mark.parametrize("uuid", [UUID, ".."])
def test_an_id_that_nobody_has(uuid, email):
    api = organization()
    absent, present = (
        run("service_account", api, {"id": uuid, "state": state, **email}) for state in ("absent", "present")
    )

    assert absent["changed"] is False
    assert present.failed
    assert api.writes == []
    assert f"There is no service account with the id {uuid}." in present["msg"]


# --- roles


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["datadog standard role"], "Datadog has no role datadog standard role. Did you mean Datadog Standard Role?"),
        (["Standard"], "Datadog has no role Standard. Did you mean Datadog Standard Role?"),
        (["Nothing like it"], "Datadog has no role Nothing like it. A new one can take half a minute"),
        ([OTHER[:-1] + "9"], f"Datadog has no role {OTHER[:-1]}9. A new one can take half a minute"),
        (["Twice"], f"2 roles have the name Twice. Write the UUID of the one you mean: {UUID}, {OTHER}."),
        ([STANDARD, " "], "roles: one of them is blank."),
        (
            ["Cloud\u200b Authentication"],
            "roles: 'Cloud\\u200b Authentication' contains a character that can't be seen",
        ),
    ],
)
def test_roles_are_exact(roles, words, check):
    twice = [{"id": uuid, "name": "Twice"} for uuid in (UUID, OTHER)]
    api = organization(account(), roles=[*samples.ROLES, *twice])

    ended = keep(api, check, roles=roles)

    assert ended.failed
    assert words in ended["msg"]
    assert api.writes == []


def test_all_pages_of_roles_are_read():
    many = [{"name": f"Role {number}"} for number in range(250)]
    api = organization(roles=[*samples.ROLES, *many])

    assert [role["name"] for role in keep(api, roles=["Role 249"])["service_account"]["roles"]] == ["Role 249"]


def test_by_uuid_roles_need_not_be_readable(script):
    script.expect("GET", USERS, body={"data": [shown_user()], "meta": {"page": {"total_filtered_count": 1}}})
    script.expect("GET", ROLES, 403)

    ended = run("service_account", script, {"email": EMAIL, "roles": [IDS[STANDARD]]})

    assert ended["changed"] is False
    assert ended["service_account"]["roles"] == [{"id": IDS[STANDARD], "name": None}]


def test_by_name_they_have_to_be(script):
    script.expect("GET", USERS, body={"data": [], "meta": {"page": {"total_filtered_count": 0}}})
    script.expect("GET", ROLES, 403)

    ended = run("service_account", script, {"email": EMAIL, "roles": [STANDARD]})

    assert "Reading roles needs the permission user_access_read." in ended["msg"]


def test_a_role_that_the_caller_may_not_give():
    api = organization(account())

    ended = keep(api, name="New", roles=[samples.ADMIN_ROLE])

    assert ended.failed
    assert ended["changed"] is False
    assert ended["http_status"] == 403
    assert "Giving and taking roles needs the permission user_access_manage, and every permission" in ended["msg"]


def test_what_was_done_before_a_failure_is_told():
    api = organization(account()).fault(method="DELETE", status=403, times=None)

    ended = keep(api, roles=[READ_ONLY])

    assert ended.failed
    assert ended["changed"] is True
    assert "Before that, the task has given a role." in ended["msg"]


# --- lists that can't be believed


def shown_user(**more):
    attributes = {"email": EMAIL, "handle": UUID, "name": "Deploy", "service_account": True, "disabled": False, **more}
    roles = {"roles": {"data": [{"type": "roles", "id": IDS[STANDARD]}]}}
    return {"type": "users", "id": UUID, "attributes": attributes, "relationships": roles}


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


# --- lost answers


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


CHANGES = {
    "give": ({"roles": [STANDARD, READ_ONLY]}, "POST"),
    "take": ({"roles": []}, "DELETE"),
    "rename": ({"name": "New"}, "PATCH"),
    "disable": ({"state": "absent"}, "DELETE"),
}
every_change = pytest.mark.parametrize(("options", "method"), CHANGES.values(), ids=CHANGES)


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
def test_a_change_that_is_refused(options, method):
    api = organization(account()).fault(method=method, status=403, times=None)

    ended = keep(api, **options)

    assert ended.failed
    assert ended["changed"] is False


# --- the next task


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


# --- answers of replicas, each as old as it says


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


# As the account once was, so that it looks as if the change had been made.
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


# --- roles that are not shown


def without_roles(user, relationships=None):
    shown = {name: value for name, value in user.items() if name != "relationships"}
    return shown if relationships is None else {**shown, "relationships": relationships}


not_shown = pytest.mark.parametrize(
    "relationships", [None, {}, {"roles": None}, {"roles": {}}, {"roles": {"data": "x"}}], ids=str
)
ONE = {"page": {"total_filtered_count": 1}}


@not_shown
@pytest.mark.parametrize("status", [200, 404])
def test_roles_that_are_not_shown_are_not_known(script, relationships, status):
    user = without_roles(shown_user(), relationships)
    script.expect("GET", USERS, body={"data": [user], "meta": ONE})
    script.expect("GET", f"{USERS}/{UUID}", status, body={"data": user})

    ended = run("service_account", script, {"email": EMAIL, "roles": []})

    assert ended.failed
    assert ended["msg"] == (
        f"Datadog does not show the roles of {EMAIL} ({UUID}), so whether they are as wanted is not known. Nothing has "
        "been changed."
    )


def test_roles_that_the_list_does_not_show_are_read_with_the_account(script):
    hidden, page = without_roles(shown_user()), {"page": {"total_filtered_count": 1}}
    script.expect("GET", USERS, body={"data": [hidden], "meta": page})
    script.expect("GET", f"{USERS}/{UUID}", body={"data": shown_user()})
    script.expect("GET", ROLES, body={"data": [{"id": IDS[STANDARD], "attributes": {"name": STANDARD}}]})
    script.expect("DELETE", f"{ROLES}/{IDS[STANDARD]}/users")
    script.expect("GET", USERS, body={"data": [hidden], "meta": page})

    ended = run("service_account", script, {"email": EMAIL, "roles": []})

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert ended["service_account"]["roles"] == []
    assert ended.warnings == [
        f"The service account {EMAIL} ({UUID}) has no role, so nothing can be mapped to it. Give roles."
    ]


def test_a_lost_answer_about_roles_that_are_not_shown_proves_nothing(script):
    script.expect("GET", USERS, body={"data": [shown_user()], "meta": ONE})
    script.expect("GET", ROLES, body={"data": []})
    script.expect("DELETE", f"{ROLES}/{IDS[STANDARD]}/users", 500)
    script.expect("GET", f"{USERS}/{UUID}", body={"data": without_roles(shown_user())})

    ended = run("service_account", script, {"email": EMAIL, "roles": [], "retries": 0})

    assert "It is not known whether this was executed" in ended["msg"]


@pytest.mark.parametrize(
    ("module", "options", "path"),
    [
        ("service_account", {"email": EMAIL}, USERS),
        ("service_account_info", {"email": EMAIL}, USERS),
        ("account_info", {"uuids": [UUID]}, f"{USERS}/{UUID}"),
    ],
)
def test_who_does_not_ask_for_roles_is_told_that_they_are_not_shown(script, module, options, path):
    user = without_roles(shown_user())
    script.expect("GET", path, body={"data": [user] if path == USERS else user, "meta": ONE})

    ended = run(module, script, options)

    assert not ended.failed
    assert ended.warnings == [f"Datadog does not show the roles of {EMAIL} ({UUID})."]


def test_a_null_is_no_role(script):
    user = without_roles(shown_user(), {"roles": {"data": None}})
    script.expect("GET", USERS, body={"data": [user], "meta": ONE}).expect("GET", ROLES, body={"data": []})

    assert run("service_account", script, {"email": EMAIL, "roles": []})["changed"] is False


# --- values


@pytest.mark.parametrize("email", ["deploy", "@corp.example", "deploy@", "a b@corp.example"])
@pytest.mark.parametrize("module", ["service_account", "service_account_info"])
def test_what_is_no_email(script, module, email):
    assert "is not an email" in run(module, script, {"email": email})["msg"]


def test_one_of_both_is_needed(script):
    assert "one of the following is required: email, id" in run("service_account", script, {})["msg"]


# --- reading


def test_all_service_accounts_with_their_roles():
    api = organization(account())

    ended = run("service_account_info", api, {})

    assert ended["changed"] is False
    assert [found["email"] for found in ended["service_accounts"]] == [
        "ci@corp.example",
        EMAIL,
        "terraform@corp.example",
    ]
    assert ended["service_accounts"][1] == {
        "uuid": UUID,
        "handle": UUID,
        "email": EMAIL,
        "name": "Deploy",
        "disabled": False,
        "roles": [{"id": IDS[STANDARD], "name": STANDARD}],
    }


@pytest.mark.parametrize(
    ("options", "uuids"),
    [
        ({"email": EMAIL.upper()}, [UUID, OTHER]),
        ({"id": OTHER}, [OTHER]),
        ({"id": OTHER, "email": "other@corp.example"}, []),
        ({"email": PERSON["email"]}, []),
        ({"email": "none@corp.example"}, []),
        ({"id": ".."}, []),
    ],
)
def test_those_that_fit(options, uuids):
    api = organization(account(), account(OTHER, disabled=True, roles=[]))

    found = run("service_account_info", api, options)["service_accounts"]

    assert [user["uuid"] for user in found] == uuids


def test_roles_that_may_not_be_read_have_no_names(script):
    script.expect("GET", f"{USERS}/{UUID}", body={"data": shown_user()}).expect("GET", ROLES, 403)

    ended = run("service_account_info", script, {"id": UUID})

    assert ended["service_accounts"][0]["roles"] == [{"id": IDS[STANDARD], "name": None}]
    assert ended.warnings[0].startswith("The names of roles are not known: ")


def test_a_user_without_an_id_is_unreadable(script):
    script.expect("GET", f"{USERS}/{UUID}", body={"data": {"attributes": {}}})

    assert run("service_account_info", script, {"id": UUID}).failed
