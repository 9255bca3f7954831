# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts and keys that the sandbox starts with. The keys are made up and open nothing."""

from __future__ import annotations

from typing import Any

from .federation import RESOURCES
from .kinds import KINDS
from .roles import EVERYTHING

READ = "workload_identity_federation_config_read"
WRITE = "workload_identity_federation_config_write"
USERS_READ = "user_access_read"
USERS_MANAGE = "user_access_manage"
SERVICE_ACCOUNTS_WRITE = "service_account_write"
STANDARD = ["dashboards_read", "monitors_read"]
PRIVILEGED = [*STANDARD, "org_management"]

READ_ONLY_ROLE = "Datadog Read Only Role"
STANDARD_ROLE = "Datadog Standard Role"
ADMIN_ROLE = "Datadog Admin Role"
CLOUD_AUTH_ROLE = "Cloud Authentication"

ORG_UUID = "5c1d3a7e-a0ae-11ed-88af-be56a8628f00"

API_KEY = "facade00" * 4
APP_KEY = "decade00" * 5
ADMIN_APP_KEY = "decade01" * 5
NO_USERS_APP_KEY = "decade02" * 5
READ_ONLY_APP_KEY = "decade03" * 5
NO_PERMISSIONS_APP_KEY = "decade04" * 5
NO_ACCOUNTS_APP_KEY = "decade05" * 5

# An AWS identity for logging in without keys: nothing is mapped to its pattern yet.
AWS_ACCESS_KEY_ID = "ASIAIOSFODNN7EXAMPLE"
AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AWS_SESSION_TOKEN = "FQoGZXIvYXdzEXAMPLETOKEN=="
AWS_ARN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/sandbox"
AWS_PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
AWS_ACCESS_KEYS = {
    AWS_ACCESS_KEY_ID: {"secret": AWS_SECRET_ACCESS_KEY, "session_token": AWS_SESSION_TOKEN, "arn": AWS_ARN}
}

APP_KEYS = {
    APP_KEY: [READ, WRITE, USERS_READ, USERS_MANAGE, SERVICE_ACCOUNTS_WRITE, *STANDARD],
    ADMIN_APP_KEY: [EVERYTHING],
    NO_USERS_APP_KEY: [READ, WRITE, *STANDARD],
    READ_ONLY_APP_KEY: [READ, USERS_READ, *STANDARD],
    NO_PERMISSIONS_APP_KEY: list(STANDARD),
    NO_ACCOUNTS_APP_KEY: [READ, WRITE, USERS_READ, *STANDARD],
}

APP_KEY_NOTES = {
    APP_KEY: "reads and writes mappings, reads and manages users",
    ADMIN_APP_KEY: "holds every permission",
    NO_USERS_APP_KEY: "reads and writes mappings, can't read users",
    READ_ONLY_APP_KEY: "reads mappings and users, can't write",
    NO_PERMISSIONS_APP_KEY: "may do nothing here",
    NO_ACCOUNTS_APP_KEY: "reads and writes mappings, reads users, can't manage them",
}


# The first three are those of every organization.
ROLES = [
    {"id": "6c1d3a7e-a0ae-11ed-88af-be56a8628f01", "name": READ_ONLY_ROLE, "permissions": ["dashboards_read"]},
    {"id": "6c1d3a7e-a0ae-11ed-88af-be56a8628f02", "name": STANDARD_ROLE, "permissions": STANDARD},
    {"id": "6c1d3a7e-a0ae-11ed-88af-be56a8628f03", "name": ADMIN_ROLE, "permissions": PRIVILEGED},
    {
        "id": "6c1d3a7e-a0ae-11ed-88af-be56a8628f04",
        "name": CLOUD_AUTH_ROLE,
        "permissions": [READ, WRITE, USERS_READ, *STANDARD],
    },
]


def _account(account_id: str, name: str, email: str, **others: Any) -> dict[str, Any]:
    return {"id": account_id, "name": name, "email": email, "roles": [STANDARD_ROLE], **others}


ACCOUNTS = [
    # The email changed after the account was made; the handle did not.
    _account(
        "11111111-a0ae-11ed-88af-be56a8628f01", "Jane Smith", "Jane.Smith@corp.example", handle="jane.doe@corp.example"
    ),
    _account("11111111-a0ae-11ed-88af-be56a8628f02", "Omar Haddad", "omar.haddad@corp.example"),
    _account("11111111-a0ae-11ed-88af-be56a8628f03", "Li Wei", "li.wei@corp.example"),
    # Substring hits: a search for jane.doe@corp.example or ci@corp.example finds these as well.
    _account("11111111-a0ae-11ed-88af-be56a8628f04", "Mary-Jane Doe", "mary-jane.doe@corp.example"),
    _account("11111111-a0ae-11ed-88af-be56a8628f05", "Jane Doe", "jane.doe@corp.example.org"),
    _account("11111111-a0ae-11ed-88af-be56a8628f06", "Luci Rossi", "luci@corp.example"),
    _account("11111111-a0ae-11ed-88af-be56a8628f07", "Peter Gone", "peter.gone@corp.example", disabled=True),
    _account("11111111-a0ae-11ed-88af-be56a8628f08", "Ada Admin", "ada.admin@corp.example", roles=[ADMIN_ROLE]),
    _account("9d9c0565-a0ae-11ed-88af-be56a8628f3f", "CI", "ci@corp.example", service_account=True),
    # It may do what the collection does, for whoever logs in by a mapping to it.
    _account(
        "9d9c0565-a0ae-11ed-88af-be56a8628f40",
        "Terraform",
        "terraform@corp.example",
        service_account=True,
        roles=[CLOUD_AUTH_ROLE],
    ),
]

# 111111111111 will never be integrated with Datadog; an AWS account that is not listed is, unless told otherwise.
AWS_ACCOUNTS = {"123456789012": True, "210987654321": True, "111111111111": False}


def state() -> dict[str, Any]:
    """All sections of the sandbox's state, for a start without arguments."""
    return {
        "roles": ROLES,
        "accounts": ACCOUNTS,
        **{kind.section: [] for kind in KINDS.values()},
        **{section: [] for section in RESOURCES},
        "aws_accounts": AWS_ACCOUNTS,
        "org_uuid": ORG_UUID,
        "api_keys": [API_KEY],
        "app_keys": APP_KEYS,
        "tokens": {},
        "aws_access_keys": AWS_ACCESS_KEYS,
    }
