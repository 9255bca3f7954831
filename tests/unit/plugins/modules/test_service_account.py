# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account: which account is meant, what is created, changed and disabled, and never a second one."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import run
from ansible_collections.datadog_community.cloud_auth.tests.unit.service_accounts import (
    EMAIL,
    IDS,
    OTHER,
    PERSON,
    READ_ONLY,
    STANDARD,
    UUID,
    account,
    accounts_of,
    held,
    keep,
    organization,
)
from datadog_sandbox import samples

NO_USERS = "decade02" * 5


def of_person(api):
    """The account of the person."""
    return next(found for found in accounts_of(api) if found["name"] == PERSON["name"])


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


@pytest.mark.parametrize("state", ["present", "absent"])
def test_enabled_goes_before_disabled(state):
    api = organization(account(disabled=True), account(OTHER))

    ended = keep(api, state=state)

    assert ended["service_account"]["uuid"] == OTHER
    assert ended["changed"] is (state == "absent")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("state", "disabled"), [("present", False), ("present", True), ("absent", False)])
def test_several_are_refused_with_their_uuids(state, disabled, check):
    api = organization(account(disabled=disabled), account(OTHER, disabled=disabled))

    ended = keep(api, check, state=state, name="New")

    assert ended.failed
    assert ended["changed"] is False
    assert UUID in ended["msg"]
    assert OTHER in ended["msg"]
    assert api.writes == []
    assert run("service_account", api, {"id": OTHER, "name": "New"})["service_account"]["uuid"] == OTHER


@pytest.mark.parametrize("check", [False, True])
def test_absent_has_nothing_to_do_once_all_of_the_email_are_disabled(check):
    api = organization(account(), account(OTHER, disabled=True))
    assert keep(api, state="absent")["service_account"]["uuid"] == UUID
    written = list(api.writes)

    ended = keep(api, check, state="absent")

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert "service_account" not in ended.result
    assert api.writes == written


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
