# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox takes a pattern that is taken in every way that a client has to be ready for; limits go by name."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CURRENT_USER,
    DEPLOY,
    GITHUB,
    INTAKE,
    LI,
    MAPPINGS,
    OMAR,
    RUNNER,
    USERS,
    mapping_path,
)


def accounts(sandbox, kind="persona"):
    return [mapping["account_identifier"] for mapping in sandbox.mappings(kind=kind)]


@pytest.mark.parametrize(("path", "kind"), [(MAPPINGS, "persona"), (GITHUB, "github_persona")])
class TestOnTaken:
    def test_both(self, client, sandbox, path, kind):
        sandbox.settings.on_taken = "both"
        answers = [client.create_in(path, account) for account in (OMAR, LI)]
        assert [answer.status_code for answer in answers] == [201, 201]
        first, second = [answer.json()["data"] for answer in answers]
        assert first["id"] != second["id"]
        assert client.get(path).json()["data"] == [first, second]
        assert client.delete(f"{path}/{first['id']}").status_code == 204
        assert accounts(sandbox, kind) == [LI]
        sandbox.settings.on_taken = "conflict"
        assert client.create_in(path).status_code == 409
        client.delete(f"{path}/{second['id']}")
        assert client.create_in(path).status_code == 201

    def test_update(self, client, sandbox, clock, path, kind):
        sandbox.settings.update(on_taken="update", list_lag=5, get_lag=5)
        first = client.create_in(path, OMAR).json()["data"]
        clock.now += 5
        second = client.create_in(path, LI).json()["data"]
        assert first["id"] == second["id"]
        assert accounts(sandbox, kind) == [LI]
        assert client.get(path).json()["data"] == [first]
        assert client.get(f"{path}/{first['id']}").json()["data"] == first
        clock.now += 5
        assert client.get(path).json()["data"] == [second]
        assert client.get(f"{path}/{first['id']}").json()["data"] == second

    def test_both_can_be_saved_and_loaded(self, client, sandbox, path, kind):
        sandbox.settings.on_taken = "both"
        client.create_in(path, OMAR)
        client.create_in(path, LI)
        state = sandbox.state()
        sandbox.set_state(**state)
        assert sandbox.state() == state


class TestConflictLag:
    def test_a_deleted_pattern_conflicts_for_a_while(self, client, sandbox, clock):
        sandbox.settings.conflict_lag = 5
        client.delete(mapping_path(client.create()))
        assert [client.create().status_code, client.create_in(INTAKE).status_code] == [409, 409]
        assert client.create(DEPLOY).status_code == 201
        clock.now += 4.9
        assert client.create().status_code == 409
        clock.now += 0.1
        assert client.create().status_code == 201

    def test_what_others_delete_too(self, client, sandbox):
        sandbox.settings.conflict_lag = 5
        sandbox.create_mapping(RUNNER, OMAR)
        sandbox.delete_mapping(RUNNER)
        assert client.create().status_code == 409


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"identifier": "nobody@corp.example"}, 400),
        ({"identifier": "ada.admin@corp.example"}, 403),
    ],
    ids=["no such account", "an account with more permissions"],
)
def test_what_is_checked_first(client, sandbox, first, bad, status):
    sandbox.settings.conflict_first = first
    path = mapping_path(client.create())
    assert client.create(**bad).status_code == (409 if first else status)
    client.delete(path)
    assert client.create(**bad).status_code == status


LIMITS = {
    MAPPINGS: "cloud_auth_persona_mapping",
    INTAKE: "cloud_auth_intake_mapping",
    USERS: "users",
    CURRENT_USER: "current_user",
}


class TestRateLimits:
    def test_each_part_has_its_own(self, client, sandbox):
        sandbox.settings.rate_limit = (2, 10)
        for path, name in LIMITS.items():
            answers = [client.get(path) for _time in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
            assert {answer.headers["X-RateLimit-Name"] for answer in answers} == {name}

    def test_by_name(self, client, sandbox):
        sandbox.settings.update(rate_limit=(3, 10), rate_limits={"users": [1, 60], "current_user": None})
        statuses = {path: [client.get(path).status_code for _time in range(4)] for path in LIMITS}
        assert statuses == {
            MAPPINGS: [200, 200, 200, 429],
            INTAKE: [200, 200, 200, 429],
            USERS: [200, 429, 429, 429],
            CURRENT_USER: [200] * 4,
        }
        assert client.get(USERS).headers["X-RateLimit-Period"] == "60"

    @pytest.mark.parametrize("limits", [{"users": 5}, {"users": [0, 1]}, [], None], ids=str)
    def test_nonsense_is_refused(self, sandbox, limits):
        with pytest.raises(ValueError, match="rate_limits"):
            sandbox.settings.rate_limits = limits
