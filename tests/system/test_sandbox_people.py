# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox has service accounts and roles: created, read, changed, disabled, given and taken."""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI,
    CI_UUID,
    MAPPINGS,
    NOT_FOUND,
    OMAR,
    USERS,
    Client,
    detail,
)
from datadog_sandbox import Sandbox, samples

SERVICE_ACCOUNTS = "/api/v2/service_accounts"
ROLES = "/api/v2/roles"
OMAR_UUID = "11111111-a0ae-11ed-88af-be56a8628f02"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
ROLE = {role["name"]: role["id"] for role in samples.ROLES}
STANDARD, ADMIN = ROLE[samples.STANDARD_ROLE], ROLE[samples.ADMIN_ROLE]


def to_create(email="bot@corp.example", *roles, **attributes):
    """The body for a new service account."""
    held = [{"type": "roles", "id": role_id} for role_id in roles]
    attributes = {"email": email, "name": "Bot", "service_account": True, **attributes}
    return {"data": {"type": "users", "attributes": attributes, "relationships": {"roles": {"data": held}}}}


def to_change(account_id, **attributes):
    return {"data": {"type": "users", "id": account_id, "attributes": attributes}}


def to_user(account_id):
    return {"data": {"type": "users", "id": account_id}}


def roles_of(user):
    return [role["id"] for role in user["relationships"]["roles"]["data"]]


@pytest.fixture
def bot(client):
    """The UUID of a service account that was just created, with one role."""
    return client.post(SERVICE_ACCOUNTS, json=to_create("bot@corp.example", STANDARD)).json()["data"]["id"]


class TestCreate:
    def test_it_is_a_user(self, client, sandbox):
        answer = client.post(SERVICE_ACCOUNTS, json=to_create("Bot@corp.example", STANDARD, STANDARD))
        assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
        user = answer.json()["data"]
        assert (user["type"], uuid.UUID(user["id"]).version) == ("users", 4)
        shown = {name: user["attributes"][name] for name in ("email", "name", "service_account", "disabled", "status")}
        assert shown == {
            "email": "Bot@corp.example",
            "name": "Bot",
            "service_account": True,
            "disabled": False,
            "status": "Active",
        }
        assert user["attributes"]["handle"] == user["id"]
        assert roles_of(user) == [STANDARD]
        assert client.get(f"{USERS}/{user['id']}").json() == {"data": user}
        assert client.users(filter="bot@").json()["data"] == [user]
        assert sandbox.requests[0].about == "Bot@corp.example"

    def test_it_can_be_mapped_to(self, client, bot):
        answer = client.create(identifier=bot)
        assert (answer.status_code, answer.json()["data"]["attributes"]["account_uuid"]) == (201, bot)

    def test_without_roles_it_can_not(self, client):
        body = to_create()
        del body["data"]["relationships"], body["data"]["attributes"]["name"]
        user = client.post(SERVICE_ACCOUNTS, json=body).json()["data"]
        assert (roles_of(user), user["attributes"]["name"]) == ([], None)
        assert "has no roles" in detail(client.create(identifier=user["id"]))

    def test_emails_need_not_be_unique(self, client):
        ids = [client.post(SERVICE_ACCOUNTS, json=to_create(CI)).json()["data"]["id"] for _time in range(2)]
        found = [user["id"] for user in client.users(filter=CI).json()["data"]]
        assert set(found) >= {*ids, CI_UUID}
        assert len(set(ids)) == 2

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (to_create("bot"), "email"),
            (to_create("bot@corp"), "email"),
            (to_create("a bot@corp.example"), "email"),
            (to_create(""), "email"),
            (to_create(5), "email"),
            (to_create(name=5), "name"),
            (to_create(name="x" * 56), "name"),
            (to_create(name="<bot>"), "name"),
            (to_create(service_account=False), "service_account"),
            (to_create("bot@corp.example", UNKNOWN), UNKNOWN),
            (to_create("bot@corp.example", 5), "roles must be"),
            ({"data": {**to_create()["data"], "type": "user"}}, "type must be users"),
            ({"data": {"type": "users"}}, "attributes"),
        ],
        ids=str,
    )
    def test_bad_requests(self, client, sandbox, body, words):
        before = sandbox.state()
        answer = client.post(SERVICE_ACCOUNTS, json=body)
        assert (answer.status_code, words in detail(answer)) == (400, True)
        assert sandbox.state() == before

    def test_a_role_with_more_permissions_than_the_caller(self, client, sandbox):
        assert client.post(SERVICE_ACCOUNTS, json=to_create("bot@corp.example", ADMIN)).status_code == 403
        with Client(sandbox, samples.ADMIN_APP_KEY) as admin:
            assert admin.post(SERVICE_ACCOUNTS, json=to_create("bot@corp.example", ADMIN)).status_code == 201


class TestChange:
    def test_rename(self, client, bot):
        answer = client.patch(f"{USERS}/{bot}", json=to_change(bot, name="Runner", email="runner@corp.example"))
        assert answer.status_code == 200
        attributes = answer.json()["data"]["attributes"]
        assert (attributes["name"], attributes["email"], attributes["handle"]) == ("Runner", "runner@corp.example", bot)
        assert client.get(f"{USERS}/{bot}").json() == answer.json()

    def test_disable_and_enable(self, client, bot):
        answer = client.delete(f"{USERS}/{bot}")
        assert (answer.status_code, answer.content) == (204, b"")
        attributes = client.get(f"{USERS}/{bot}").json()["data"]["attributes"]
        assert (attributes["disabled"], attributes["status"]) == (True, "Disabled")
        assert "is disabled" in detail(client.create(identifier=bot))
        for status, found in (("Disabled", 1), ("Active", 0), ("Active,Disabled,Pending", 1)):
            listed = client.users(**{"filter": "bot@corp", "filter[status]": status}).json()
            assert (len(listed["data"]), listed["meta"]["page"]["total_filtered_count"]) == (found, found)
        assert client.patch(f"{USERS}/{bot}", json=to_change(bot, disabled=False)).status_code == 200
        assert client.create(identifier=bot).status_code == 201

    @pytest.mark.parametrize(
        ("attributes", "words"),
        [({"disabled": "no"}, "disabled"), ({"email": "bot"}, "email"), ({"name": None}, "name"), ({}, "attributes")],
    )
    def test_bad_requests(self, client, bot, attributes, words):
        answer = client.patch(f"{USERS}/{bot}", json=to_change(bot, **attributes))
        assert (answer.status_code, words in detail(answer)) == (400, True)

    def test_the_id_of_another(self, client, bot):
        assert client.patch(f"{USERS}/{bot}", json=to_change(CI_UUID, name="x")).status_code == 422

    def test_nobody(self, client):
        for answer in (
            client.get(f"{USERS}/{UNKNOWN}"),
            client.patch(f"{USERS}/{UNKNOWN}", json=to_change(UNKNOWN, name="x")),
            client.delete(f"{USERS}/{UNKNOWN}"),
        ):
            assert (answer.status_code, answer.content) == (404, NOT_FOUND)


class TestRoles:
    def test_search(self, client):
        answer = client.get(ROLES, params={"filter": "datadog s"}).json()
        assert answer["meta"]["page"] == {"total_count": 4, "total_filtered_count": 1}
        [role] = answer["data"]
        assert (role["type"], role["id"], role["attributes"]["name"]) == ("roles", STANDARD, samples.STANDARD_ROLE)
        assert role["attributes"]["user_count"] == 8
        names = [role["attributes"]["name"] for role in client.get(ROLES, params={"filter": "ROLE"}).json()["data"]]
        assert names == [samples.READ_ONLY_ROLE, samples.STANDARD_ROLE, samples.ADMIN_ROLE]

    def test_pages(self, client):
        pages = [client.get(ROLES, params={"page[size]": 3, "page[number]": number}).json() for number in range(3)]
        assert [len(page["data"]) for page in pages] == [3, 1, 0]
        assert client.get(ROLES, params={"page[size]": 101}).status_code == 400

    def test_give_and_take(self, client, sandbox, bot):
        path = f"{ROLES}/{ROLE[samples.READ_ONLY_ROLE]}/users"
        for _time in range(2):
            answer = client.post(path, json=to_user(bot))
            assert (answer.status_code, [user["id"] for user in answer.json()["data"]]) == (200, [bot])
            assert roles_of(client.get(f"{USERS}/{bot}").json()["data"]) == [STANDARD, ROLE[samples.READ_ONLY_ROLE]]
        assert sandbox.requests[1].about == f"bot@corp.example: {samples.READ_ONLY_ROLE}"
        for _time in range(2):
            answer = client.delete(path, json=to_user(bot))
            assert (answer.status_code, answer.json()["data"]) == (200, [])
            assert roles_of(client.get(f"{USERS}/{bot}").json()["data"]) == [STANDARD]

    def test_without_its_last_role_an_account_can_not_be_mapped_to(self, client):
        client.delete(f"{ROLES}/{STANDARD}/users", json=to_user(CI_UUID))
        assert "has no roles" in detail(client.create(identifier=CI))

    def test_a_token_may_do_what_its_account_may_do_now(self, client, sandbox):
        sandbox.set_state(tokens={"t" * 16: {"account": CI}})
        with Client(sandbox, None, None) as bearer:
            bearer.headers["Authorization"] = "Bearer " + "t" * 16
            assert bearer.get(MAPPINGS).status_code == 403
            client.post(f"{ROLES}/{ROLE[samples.CLOUD_AUTH_ROLE]}/users", json=to_user(CI_UUID))
            assert bearer.get(MAPPINGS).status_code == 200

    def test_nobody_gives_what_they_lack(self, client, sandbox):
        path = f"{ROLES}/{ADMIN}/users"
        answer = client.post(path, json=to_user(CI_UUID))
        assert (answer.status_code, "every permission of the role" in detail(answer)) == (403, True)
        with Client(sandbox, samples.ADMIN_APP_KEY) as admin:
            assert admin.post(path, json=to_user(CI_UUID)).status_code == 200
        assert client.delete(path, json=to_user(CI_UUID)).status_code == 200

    def test_what_there_is_not(self, client):
        for method in ("POST", "DELETE"):
            assert client.request(method, f"{ROLES}/{UNKNOWN}/users", json=to_user(CI_UUID)).status_code == 404
            assert client.request(method, f"{ROLES}/{STANDARD}/users", json=to_user(UNKNOWN)).status_code == 404
            assert (
                client.request(method, f"{ROLES}/{STANDARD}/users", json={"data": {"type": "users"}}).status_code == 400
            )
        assert client.get(f"{ROLES}/{STANDARD}").status_code == 404
        assert client.get(f"{ROLES}/{STANDARD}/users").status_code == 405


class TestPermissions:
    """By permission: reading users and roles; a new service account; changing one; changing a person; giving a role."""

    @pytest.mark.parametrize(
        ("permissions", "statuses"),
        [
            ([], (403, 403, 403, 403, 403, 403)),
            (["user_access_read"], (200, 200, 403, 403, 403, 403)),
            (["service_account_write"], (403, 403, 201, 200, 403, 403)),
            (["user_access_manage", "dashboards_read", "monitors_read"], (403, 403, 403, 200, 200, 200)),
        ],
        ids=str,
    )
    def test_what_each_allows(self, sandbox, permissions, statuses):
        sandbox.set_state(app_keys={"a" * 40: permissions})
        with Client(sandbox, "a" * 40) as client:
            answers = (
                client.get(f"{USERS}/{CI_UUID}"),
                client.get(ROLES),
                client.post(SERVICE_ACCOUNTS, json=to_create()),
                client.patch(f"{USERS}/{CI_UUID}", json=to_change(CI_UUID, name="x")),
                client.patch(f"{USERS}/{OMAR_UUID}", json=to_change(OMAR_UUID, name="x")),
                client.post(f"{ROLES}/{STANDARD}/users", json=to_user(CI_UUID)),
            )
        assert tuple(answer.status_code for answer in answers) == statuses

    @pytest.mark.parametrize(
        ("app_key", "status"),
        [(samples.APP_KEY, 201), (samples.NO_ACCOUNTS_APP_KEY, 403), (samples.READ_ONLY_APP_KEY, 403)],
    )
    def test_what_each_key_may_do(self, sandbox, app_key, status):
        with Client(sandbox, app_key) as client:
            assert client.post(SERVICE_ACCOUNTS, json=to_create("bot@corp.example", STANDARD)).status_code == status

    def test_limits_have_names(self, client, sandbox):
        sandbox.settings.rate_limit = (1, 60)
        names = [client.get(path).headers["X-RateLimit-Name"] for path in (USERS, ROLES)]
        names.append(client.post(SERVICE_ACCOUNTS).headers["X-RateLimit-Name"])
        assert names == ["users", "roles", "service_accounts"]
        assert client.get(f"{USERS}/{CI_UUID}").status_code == 429


class TestState:
    def test_roles_and_accounts(self, client, sandbox):
        state = {
            "roles": [{"name": "Reader", "permissions": ["dashboards_read"]}],
            "accounts": [{"email": "zoe@corp.example", "roles": ["Reader"], "permissions": ["monitors_read"]}],
        }
        sandbox.set_state(**state)
        roles = {role["id"]: role["attributes"] for role in client.get(ROLES).json()["data"]}
        assert [(role["name"], role["user_count"]) for role in roles.values()] == [("Reader", 1), ("Role of zoe", 1)]
        [zoe] = client.users().json()["data"]
        assert roles_of(zoe) == list(roles)
        saved = sandbox.state()
        with Sandbox(**saved) as other:
            assert other.state() == saved

    def test_merged(self, client, sandbox):
        sandbox.merge_state(roles=[{"name": "Reader"}, {"id": STANDARD, "name": "Default", "permissions": []}])
        names = [role["attributes"]["name"] for role in client.get(ROLES).json()["data"]]
        assert names == [samples.READ_ONLY_ROLE, "Default", samples.ADMIN_ROLE, samples.CLOUD_AUTH_ROLE, "Reader"]
        assert "has no roles" in detail(client.create(identifier=CI))
        assert client.create(identifier=OMAR).status_code == 201

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ({"roles": []}, "has a role that does not exist: 6c1d"),
            ({"roles": [{"id": "x"}]}, "a role needs a name"),
            ({"roles": [{"id": 5, "name": "x"}]}, "id of a role must be a string"),
            ({"roles": [{"name": "x", "users": 5}]}, "a role has no users"),
            ({"roles": [{"name": "x", "permissions": "all"}]}, "permissions must be a list of names"),
            ({"accounts": [{"email": "a@b.example", "roles": "x"}]}, "roles of an account must be a list of names"),
            ({"accounts": [{"email": "a@b.example", "roles": ["x"]}]}, "a@b.example has a role that does not exist: x"),
            ({"accounts": [{"email": "a@b.example", "permissions": [5]}]}, "permissions of an account must be"),
            ({"accounts": [{"email": "a@b.example"}] * 2}, "an account is given twice"),
        ],
        ids=str,
    )
    def test_nonsense_is_refused_and_changes_nothing(self, client, sandbox, state, words):
        before = sandbox.state()
        answer = client.put("/sandbox/state", json=state)
        assert (answer.status_code, words in answer.json()["error"]) == (400, True)
        assert sandbox.state() == before
