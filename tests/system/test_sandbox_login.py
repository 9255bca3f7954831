# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox knows who sends a request: by keys or by a token, never by both."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI_UUID,
    CURRENT_USER,
    LI,
    MAPPINGS,
    OMAR,
    USERS,
    Client,
)
from datadog_sandbox import samples

TOKEN = "ddpat_0123456789abcdef0123456789"


@pytest.fixture
def bearer(sandbox):
    """A client with a token instead of keys, which is nobody's until a test says so."""
    with Client(sandbox, None, None) as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        yield session


def handle(answer):
    return answer.json()["data"]["attributes"]["handle"]


class TestCurrentUser:
    def test_the_owner_of_the_application_key(self, client, sandbox):
        answer = client.get(CURRENT_USER)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        data = answer.json()["data"]
        assert (data["type"], data["id"]) == ("users", "11111111-a0ae-11ed-88af-be56a8628f01")
        attributes = {name: data["attributes"][name] for name in ("handle", "email", "name", "service_account")}
        assert attributes == {
            "handle": "jane.doe@corp.example",
            "email": "Jane.Smith@corp.example",
            "name": "Jane Smith",
            "service_account": False,
        }
        assert data["relationships"]["org"] == {"data": {"type": "orgs", "id": samples.ORG_UUID}}
        sandbox.set_state(app_keys={samples.APP_KEY: {"permissions": [], "account": "CI@corp.example"}})
        assert handle(client.get(CURRENT_USER)) == CI_UUID

    def test_the_organization(self, client, sandbox):
        sandbox.set_state(org_uuid="12345678-90ab-cdef-1234-567890abcdef")
        answer = client.get(CURRENT_USER).json()
        assert answer["data"]["relationships"]["org"]["data"]["id"] == "12345678-90ab-cdef-1234-567890abcdef"
        kinds = {(included["type"], included["id"]) for included in answer["included"]}
        assert ("orgs", "12345678-90ab-cdef-1234-567890abcdef") in kinds
        assert {("roles", role["id"]) for role in answer["data"]["relationships"]["roles"]["data"]} < kinds

    def test_no_permission_is_needed_but_keys_are(self, sandbox, client):
        with Client(sandbox, samples.NO_PERMISSIONS_APP_KEY) as nobody:
            assert nobody.get(CURRENT_USER).status_code == 200
        assert client.get(CURRENT_USER, headers={"DD-API-KEY": "x"}).status_code == 403
        assert client.post(CURRENT_USER).status_code == 405

    def test_nobody(self, client, sandbox):
        sandbox.set_state(accounts=[])
        assert client.get(CURRENT_USER).status_code == 403


class TestTokens:
    def test_of_an_account(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": "terraform@corp.example"}})
        assert bearer.get(CURRENT_USER).json()["data"]["attributes"]["email"] == "terraform@corp.example"
        assert bearer.create().status_code == 201
        assert [bearer.get(path).status_code for path in (MAPPINGS, USERS)] == [200, 200]

    def test_it_may_do_what_its_account_may_do(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR}})
        assert [bearer.get(path).status_code for path in (CURRENT_USER, MAPPINGS, USERS)] == [200, 403, 403]

    def test_it_may_do_less_or_more(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR, "permissions": [samples.READ]}})
        assert [bearer.get(path).status_code for path in (MAPPINGS, USERS)] == [200, 403]
        assert bearer.create().status_code == 403

    @pytest.mark.parametrize("authorization", ["Bearer other", "Bearer", "", TOKEN, f"Basic {TOKEN}", f"Token {TOKEN}"])
    def test_unknown(self, bearer, sandbox, authorization):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR}})
        answer = bearer.get(CURRENT_USER, headers={"Authorization": authorization})
        assert (answer.status_code, answer.json()) == (401, {"errors": ["Unauthorized"]})

    def test_it_ends(self, bearer, sandbox, clock):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR, "expires": 60}})
        clock.now += 59
        assert bearer.get(CURRENT_USER).status_code == 200
        assert sandbox.state()["tokens"][TOKEN]["expires"] == 1
        clock.now += 1
        assert bearer.get(CURRENT_USER).status_code == 401

    def test_it_is_revoked(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR}})
        assert bearer.get(CURRENT_USER).status_code == 200
        sandbox.set_state(tokens={})
        assert bearer.get(CURRENT_USER).status_code == 401

    def test_of_an_account_that_is_gone_or_disabled(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": "peter.gone@corp.example"}})
        assert bearer.get(CURRENT_USER).status_code == 401
        sandbox.set_state(tokens={TOKEN: {"account": "nobody@corp.example"}})
        assert bearer.get(CURRENT_USER).status_code == 401

    @pytest.mark.parametrize("keys", [{"DD-API-KEY": "x"}, {"DD-APPLICATION-KEY": "x"}], ids=str)
    def test_never_together_with_keys(self, bearer, sandbox, keys):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR}})
        answer = bearer.get(CURRENT_USER, headers=keys)
        assert (answer.status_code, "never both" in answer.json()["errors"][0]) == (400, True)
        assert "never both" in sandbox.requests[-1].reason

    def test_it_is_shown_nowhere(self, bearer, sandbox):
        sandbox.set_state(tokens={TOKEN: {"account": OMAR}})
        bearer.get(CURRENT_USER)
        for path in ("/sandbox/state", "/sandbox/requests"):
            assert TOKEN not in bearer.get(path).text

    @pytest.mark.parametrize(
        "state",
        [
            {"tokens": {TOKEN: OMAR}},
            {"tokens": {TOKEN: {}}},
            {"tokens": {TOKEN: {"account": OMAR, "expires": "soon"}}},
            {"tokens": {TOKEN: {"account": OMAR, "permissions": "all"}}},
            {"tokens": {TOKEN: {"account": OMAR, "scopes": []}}},
            {"app_keys": {"x": "*"}},
            {"app_keys": {"x": {"account": OMAR}}},
            {"app_keys": {"x": {"permissions": [], "account": None}}},
            {"org_uuid": None},
        ],
        ids=str,
    )
    def test_nonsense_is_refused_and_changes_nothing(self, client, sandbox, state):
        sandbox.set_state(tokens={TOKEN: {"account": LI}})
        before = sandbox.state()
        assert client.put("/sandbox/state", json=state).status_code == 400
        assert sandbox.state() == before
