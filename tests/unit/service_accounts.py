# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests of service accounts: an organization with some, and what it holds."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import InProcess, run
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


def keep(api, check=False, **options):
    return run("service_account", api, {"email": EMAIL, **options}, check)


def shown_user(**more):
    attributes = {"email": EMAIL, "handle": UUID, "name": "Deploy", "service_account": True, "disabled": False, **more}
    roles = {"roles": {"data": [{"type": "roles", "id": IDS[STANDARD]}]}}
    return {"type": "users", "id": UUID, "attributes": attributes, "relationships": roles}


CHANGES = {
    "give": ({"roles": [STANDARD, READ_ONLY]}, "POST"),
    "take": ({"roles": []}, "DELETE"),
    "rename": ({"name": "New"}, "PATCH"),
    "disable": ({"state": "absent"}, "DELETE"),
}
every_change = pytest.mark.parametrize(("options", "method"), CHANGES.values(), ids=CHANGES)


def without_roles(user, relationships=None):
    shown = {name: value for name, value in user.items() if name != "relationships"}
    return shown if relationships is None else {**shown, "relationships": relationships}
