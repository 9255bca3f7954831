# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One account, however it is written: what is in sync, what is not, and what can't be told."""

from __future__ import annotations

from uuid import UUID

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    MAPPINGS,
    PERSONA,
    USERS,
    InProcess,
    run,
)

NAME = "runner"
NO_USERS = "decade02" * 5


def organization(account, *others):
    """A sandbox in which the pattern is mapped to the account."""
    api = InProcess()
    api.sandbox.merge_state(accounts=list(others))
    api.sandbox.set_state(mappings=[PERSONA.wanted(NAME, account)])
    return api


def user(number, handle, email=None, disabled=False, **others):
    """An account as the Users API shows it."""
    attributes = {"handle": handle, "email": email or handle, "disabled": disabled, **others}
    return {"type": "users", "id": f"22222222-a0ae-11ed-88af-{number:012}", "attributes": attributes}


SAME = [
    (CI_EMAIL, CI_EMAIL, 2),
    (CI_EMAIL, CI_EMAIL.upper(), 2),
    (CI_EMAIL, CI_UUID, 1),
    (CI_EMAIL, CI_UUID.upper(), 1),
    (CI_EMAIL, CI_UUID.replace("-", ""), 1),
    (CI_EMAIL, f"{{{CI_UUID}}}", 1),
    (JANE, JANE, 1),
    (JANE, JANE.upper(), 1),
    (JANE, JANE_EMAIL, 2),
    (JANE, JANE_EMAIL.upper(), 2),
    (JANE, JANE_EMAIL.lower(), 2),
    (JANE, JANE_UUID, 1),
]


@pytest.mark.parametrize(("mapped", "written", "requests"), SAME)
@pytest.mark.parametrize("module", ["persona_mapping", "persona_mappings"])
def test_the_same_account_is_in_sync(module, mapped, written, requests):
    api = organization(mapped)
    want = PERSONA.wanted(NAME, written)

    ended = run(module, api, want if module == "persona_mapping" else {"mappings": [want]})

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert api.methods == ["GET"] * requests


@pytest.mark.parametrize(("mapped", "written", "requests"), SAME)
def test_the_same_account_is_removed(mapped, written, requests):
    api = organization(mapped)

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, written), "state": "absent", "wait_timeout": 0})

    assert ended["changed"] is True
    assert api.methods == ["GET"] * requests + ["DELETE"]


@pytest.mark.parametrize(
    ("mapped", "wants"),
    [
        ("mary-jane.doe@corp.example", JANE),  # Substring hits are other accounts.
        ("jane.doe@corp.example.org", JANE),
        (JANE, "mary-jane.doe@corp.example"),
        ("luci@corp.example", CI_EMAIL),
        (CI_EMAIL, "luci@corp.example"),
        ("terraform@corp.example", CI_UUID),
    ],
)
def test_another_account_is_replaced(mapped, wants):
    api = organization(mapped)

    ended = run("persona_mapping", api, PERSONA.wanted(NAME, wants))

    assert ended["changed"] is True, ended.result
    assert api.mappings == {PERSONA.text(NAME): CI_UUID if wants == CI_EMAIL else wants}


def test_a_disabled_account_is_reported():
    api = organization("peter.gone@corp.example", {"email": "Peter@new.example", "handle": "peter.gone@corp.example"})
    api.sandbox.set_state(accounts=[{"email": "Peter@new.example", "handle": "peter@old.example", "disabled": True}])
    api.sandbox.set_state(mappings=[PERSONA.wanted(NAME, "peter@old.example")])

    ended = run("persona_mapping", api, PERSONA.wanted(NAME, "peter@new.example"))

    assert ended["changed"] is False
    [warning] = ended.warnings
    assert warning.startswith("The Datadog account peter@new.example is disabled: nobody can act as it at present. ")
    assert warning.endswith("Enable it, or map to another account.")


@pytest.mark.parametrize("options", [{}, {"state": "absent"}, {"replace": False}])
@pytest.mark.parametrize("check", [False, True])
def test_when_users_cannot_be_read_nothing_is_written(options, check):
    api = organization(CI_EMAIL)

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, CI_EMAIL), "app_key": NO_USERS, **options}, check)

    assert ended.failed
    assert not api.writes
    assert ended["http_status"] == 403
    for words in (CI_EMAIL, CI_UUID, "user_access_read", "Nothing has been changed.", "write account_identifier as"):
        assert words in ended["msg"]


def test_what_is_written_as_in_the_mapping_needs_no_permission_on_users():
    api = organization(CI_EMAIL)

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, CI_UUID.upper()), "app_key": NO_USERS})

    assert ended["changed"] is False


TERRAFORM = "7b8f9c2e-a0ae-11ed-88af-be56a8628f02"


def two_service_accounts():
    api = organization(CI_EMAIL)
    api.sandbox.set_state(
        accounts=[
            {"email": CI_EMAIL, "id": CI_UUID, "service_account": True, "roles": ["Datadog Read Only Role"]},
            {
                "email": "terraform@corp.example",
                "id": TERRAFORM,
                "service_account": True,
                "roles": ["Datadog Read Only Role"],
            },
        ],
        mappings=[PERSONA.wanted(NAME, CI_EMAIL)],
    )
    return api


@pytest.mark.parametrize("check", [False, True])
def test_two_uuids_are_two_accounts_whoever_may_read_users(check):
    api = two_service_accounts()

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, TERRAFORM), "app_key": NO_USERS}, check)

    assert (ended.failed, ended["changed"]) == (False, True), ended["msg"]
    assert api.mappings == {PERSONA.text(NAME): CI_UUID if check else TERRAFORM}
    [warning] = ended.warnings
    assert "could not be checked, because the credentials may not read users (user_access_read). If " in warning


def test_an_account_that_is_unknown_leaves_the_old_mapping_whoever_may_read_users():
    api = two_service_accounts()

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, str(UUID(int=7))), "app_key": NO_USERS})

    assert ended.failed
    assert api.mappings == {PERSONA.text(NAME): CI_UUID}


@pytest.mark.parametrize("module", ["persona_mapping", "persona_mapping_info"])
def test_two_uuids_need_no_user_for_absent_and_info(module):
    api = two_service_accounts()
    state = {"state": "absent"} if module == "persona_mapping" else {}

    ended = run(module, api, {**PERSONA.wanted(NAME, TERRAFORM), **state, "app_key": NO_USERS})

    assert (ended.failed, ended["changed"]) == (False, False)
    assert api.mappings == {PERSONA.text(NAME): CI_UUID}


def test_a_new_pattern_needs_no_permission_on_users():
    api = InProcess()

    ended = run("persona_mapping", api, {**PERSONA.wanted(NAME, CI_EMAIL), "app_key": NO_USERS})

    assert ended["changed"] is True
    assert ended["persona_mapping"]["account_identifier"] == CI_UUID
    checked = run("persona_mapping", InProcess(), {**PERSONA.wanted(NAME, CI_EMAIL), "app_key": NO_USERS}, check=True)
    [warning] = checked.warnings
    assert warning == (
        "Whether Datadog has the accounts of new mappings could not be checked, because the credentials may not read "
        "users (user_access_read). The real run does not need this check."
    )


def test_of_a_disabled_account_it_is_said_what_to_do():
    """Datadog says in its refusal that it is disabled, and nothing of spelling."""
    ended = run("persona_mapping", InProcess(), PERSONA.wanted(NAME, "peter.gone@corp.example"))

    assert ended.failed
    assert " is disabled" in ended["msg"]
    assert "Enable the account, or map to another one." in ended["msg"]
    assert "Check " not in ended["msg"]


def test_an_email_of_two_accounts_is_refused_where_it_would_replace(script):
    two = [user(1, "a@corp.example", "shared@corp.example"), user(2, "b@corp.example", "Shared@corp.example")]
    script.expect("GET", MAPPINGS, body={"data": [PERSONA.listed(1, NAME)]})
    script.expect("GET", USERS, body={"data": two})

    ended = run("persona_mapping", script, PERSONA.wanted(NAME, "shared@corp.example"))

    assert ended.failed
    assert "2 Datadog accounts have the email shared@corp.example" in ended["msg"]
    assert "a@corp.example, b@corp.example" in ended["msg"]


@pytest.mark.parametrize("is_there", [True, False])
def test_an_email_of_two_accounts_is_told_on_the_first_run_as_on_the_second(script, is_there):
    two = [user(1, CI_UUID, "shared@corp.example"), user(2, "b@corp.example", "Shared@corp.example")]
    there = PERSONA.listed(1, NAME, CI_UUID, two[0]["id"])
    script.expect("GET", MAPPINGS, body={"data": [there] if is_there else []})
    if not is_there:
        script.expect("POST", MAPPINGS, 201, {"data": there})
    script.expect("GET", USERS, body={"data": two})

    ended = run("persona_mapping", script, {**PERSONA.wanted(NAME, "shared@corp.example"), "wait_timeout": 0})

    assert ended["changed"] is not is_there
    [warning] = ended.warnings
    assert "2 Datadog accounts have the email shared@corp.example" in warning
    assert all(account["id"] in warning for account in two)
