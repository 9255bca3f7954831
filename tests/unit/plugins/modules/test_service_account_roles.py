# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account: roles are exact, and those that are not shown are not known."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import USERS, run
from ansible_collections.datadog_community.cloud_auth.tests.unit.service_accounts import (
    EMAIL,
    IDS,
    OTHER,
    READ_ONLY,
    ROLES,
    STANDARD,
    UUID,
    account,
    keep,
    organization,
    shown_user,
    without_roles,
)
from datadog_sandbox import samples


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (
            ["datadog standard role"],
            "Datadog has no role 'datadog standard role'. Did you mean 'Datadog Standard Role'?",
        ),
        (["Standard"], "Datadog has no role 'Standard'. Did you mean 'Datadog Standard Role'?"),
        (["Nothing like it"], "Datadog has no role 'Nothing like it'. A new one can take half a minute"),
        ([OTHER[:-1] + "9"], f"Datadog has no role '{OTHER[:-1]}9'. A new one can take half a minute"),
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


@pytest.mark.parametrize("upper", ["roles", "user", "neither"])
def test_the_case_of_ids_means_nothing(script, upper):
    """The list of roles may spell them otherwise than the account does."""
    role = {"id": IDS[STANDARD], "attributes": {"name": STANDARD}}
    user = shown_user()
    for shown in {"roles": [role], "user": [user, user["relationships"]["roles"]["data"][0]], "neither": []}[upper]:
        shown["id"] = shown["id"].upper()
    script.expect("GET", USERS, body={"data": [user], "meta": {"page": {"total_filtered_count": 1}}})
    script.expect("GET", ROLES, body={"data": [role]})

    ended = run("service_account", script, {"email": EMAIL, "roles": [IDS[STANDARD].upper()]})

    assert ended["changed"] is False
    assert ended["service_account"]["roles"] == [{"id": IDS[STANDARD], "name": STANDARD}]


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
    assert f"Before that, the task has given the role {READ_ONLY}." in ended["msg"]


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
