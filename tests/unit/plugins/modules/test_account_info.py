# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""account_info: accounts of any kind, by their UUIDs."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import InProcess, run
from datadog_sandbox import samples

JANE = "11111111-a0ae-11ed-88af-be56a8628f01"
PETER = "11111111-a0ae-11ed-88af-be56a8628f07"
CI = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
GONE = "22222222-a0ae-11ed-88af-be56a8628f01"


@pytest.mark.parametrize("check", [False, True])
def test_accounts_are_read_with_their_states_and_roles(check):
    ended = run("account_info", InProcess(), {"uuids": [PETER, GONE, CI, CI]}, check)

    peter, ci = ended["accounts"]
    assert ended["changed"] is False
    assert (peter["uuid"], peter["service_account"], peter["disabled"]) == (PETER, False, True)
    assert (ci["uuid"], ci["handle"], ci["email"], ci["name"]) == (CI, CI, "ci@corp.example", "CI")
    assert (ci["service_account"], ci["disabled"]) == (True, False)
    assert ci["roles"]
    assert all(role["name"] for role in ci["roles"])
    assert ended.warnings == [f"Datadog shows no account with the ID {GONE}."]


def test_without_the_permission_it_fails_and_names_it():
    ended = run("account_info", InProcess(), {"uuids": [JANE], "app_key": samples.NO_USERS_APP_KEY})

    assert ended.failed
    assert "user_access_read" in ended["msg"]
