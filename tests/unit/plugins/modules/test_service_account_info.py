# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service_account_info, and what both modules refuse."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import USERS, run
from ansible_collections.datadog_community.cloud_auth.tests.unit.service_accounts import (
    EMAIL,
    IDS,
    OTHER,
    PERSON,
    ROLES,
    STANDARD,
    UUID,
    account,
    organization,
    shown_user,
)


@pytest.mark.parametrize("email", ["deploy", "@corp.example", "deploy@", "a b@corp.example"])
@pytest.mark.parametrize("module", ["service_account", "service_account_info"])
def test_what_is_no_email(script, module, email):
    assert "is not an email" in run(module, script, {"email": email})["msg"]


def test_one_of_both_is_needed(script):
    assert "one of the following is required: email, id" in run("service_account", script, {})["msg"]


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
