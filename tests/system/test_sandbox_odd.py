# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox answers in ways that nobody documents, if told to: other forms and types, pages, odd records, 1xx."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI,
    DEPLOY,
    GITHUB,
    GITHUB_INTAKE,
    INTAKE,
    KINDS,
    LI,
    MAPPINGS,
    OMAR,
    RUNNER,
    USERS,
    exchange,
    mapping_path,
)
from datadog_sandbox import Sandbox, samples

UPPER = RUNNER.replace("terraform", "Terraform")
NAMES = {MAPPINGS: "persona", INTAKE: "intake", GITHUB: "github_persona", GITHUB_INTAKE: "github_intake"}
PROVIDERS = "/api/v2/wif/oidc/provider"
TURNED = {"sub": "repo:Corp/app:.*", "actor": "^Omar$", "ref": "main$"}


class TestStoredForms:
    @pytest.mark.parametrize("path", [MAPPINGS, INTAKE])
    def test_patterns(self, client, sandbox, path):
        sandbox.settings.stored_as = ["lower", "anchored", "sorted"]
        created = client.create_in(path, arn_pattern=UPPER)
        assert (created.status_code, created.json()["data"]["attributes"]["arn_pattern"]) == (201, RUNNER)
        assert client.get(path).json()["data"] == [created.json()["data"]]
        for pattern in (UPPER, RUNNER):
            assert client.create_in(path, arn_pattern=pattern).status_code == 409

    @pytest.mark.parametrize("path", [GITHUB, GITHUB_INTAKE])
    @pytest.mark.parametrize(
        ("forms", "stored"),
        [
            ([], {"sub": "repo:Corp/app:.*", "actor": "^Omar$", "ref": "main$"}),
            (["lower"], {"sub": "repo:corp/app:.*", "actor": "^omar$", "ref": "main$"}),
            (["anchored"], {"sub": "^repo:Corp/app:.*$", "actor": "^Omar$", "ref": "^main$"}),
            (["bare"], {"sub": "repo:Corp/app:.*", "actor": "Omar", "ref": "main"}),
            (["sorted", "bare"], {"actor": "Omar", "ref": "main", "sub": "repo:Corp/app:.*"}),
        ],
        ids=str,
    )
    def test_claims(self, client, sandbox, path, forms, stored):
        sandbox.settings.stored_as = forms
        created = client.create_in(path, claim_matchers=TURNED).json()["data"]
        assert list(created["attributes"]["claim_matchers"].items()) == list(stored.items())
        assert client.create_in(path, claim_matchers=TURNED).status_code == 409

    def test_what_others_create(self, sandbox):
        sandbox.settings.stored_as = ["lower"]
        assert sandbox.create_mapping(UPPER, OMAR)["arn_pattern"] == RUNNER


@pytest.mark.parametrize("path", KINDS, ids=NAMES.get)
class TestTypes:
    def test_of_answers_alone(self, client, sandbox, path):
        created = client.create_in(path).json()["data"]
        sandbox.settings.answer_types = {NAMES[path]: "aws_wif_config"}
        other = {**created, "type": "aws_wif_config"}
        assert client.get(path).json()["data"] == [other]
        assert client.get(f"{path}/{created['id']}").json()["data"] == other
        matcher = KINDS[path][2]
        assert client.create_in(path, LI, **matcher).json()["data"]["type"] == "aws_wif_config"
        sandbox.settings.answer_types = {}
        assert [mapping["type"] for mapping in client.get(path).json()["data"]] == [KINDS[path][0]] * 2

    def test_of_other_kinds_stay(self, client, sandbox, path):
        sandbox.settings.answer_types = {name: "x" for name in NAMES.values() if name != NAMES[path]}
        assert client.create_in(path).json()["data"]["type"] == KINDS[path][0]


class TestPages:
    @pytest.fixture
    def patterns(self, sandbox):
        """Five patterns that are mapped."""
        names = [f"{DEPLOY}{number}" for number in range(5)]
        for name in names:
            sandbox.create_mapping(name, OMAR)
        return names

    @pytest.mark.parametrize(("paging", "members"), [("links", {"data", "links"}), ("both", {"data", "links", "meta"})])
    def test_links(self, client, sandbox, patterns, paging, members):
        sandbox.settings.update(list_page=2, list_paging=paging)
        found, path = [], MAPPINGS
        for _page in range(3):
            answer = client.get(path).json()
            found += [mapping["attributes"]["arn_pattern"] for mapping in answer["data"]]
            assert answer.get("meta", {"page": {"total_count": 5}}) == {"page": {"total_count": 5}}
            if "links" in answer:
                assert set(answer) == members
                path = answer["links"]["next"]
        assert found == patterns
        assert "links" not in answer

    def test_a_total_alone(self, client, sandbox, patterns):
        sandbox.settings.update(list_page=2, list_paging="total")
        answer = client.get(MAPPINGS).json()
        assert (set(answer), len(answer["data"])) == ({"data", "meta"}, 2)
        assert answer["meta"] == {"page": {"total_count": 5}}
        last = client.get(MAPPINGS, params={"page[size]": 1, "page[number]": 4}).json()["data"]
        assert [mapping["attributes"]["arn_pattern"] for mapping in last] == patterns[4:]
        assert client.get(MAPPINGS, params={"page[number]": 3}).json()["data"] == []

    def test_without_pages_parameters_mean_nothing(self, client, patterns):
        assert len(client.get(MAPPINGS, params={"page[size]": 1}).json()["data"]) == 5
        assert client.get(MAPPINGS, params={"page[size]": "x"}).status_code == 200

    def test_pages_lag_too(self, client, sandbox, clock, patterns):
        sandbox.settings.update(list_page=2, list_lag=5)
        assert client.get(MAPPINGS).json()["data"] == []

    def test_what_can_only_be_read(self, client, sandbox):
        providers = [{"provider_name": f"p{number}", "issuer_url": f"https://{number}.example"} for number in range(3)]
        sandbox.set_state(oidc_providers=providers)
        sandbox.settings.list_page = 2
        first = client.get(PROVIDERS).json()
        assert (len(first["data"]), first["meta"]["page"]["total_count"]) == (2, 3)
        assert len(client.get(first["links"]["next"]).json()["data"]) == 1


ODD = [None, {"id": None}, {"id": "x-1", "type": "unknown", "attributes": {"account_identifier": None}}, "text", [], 5]


class TestOddRecords:
    @pytest.mark.parametrize("odd", ODD, ids=str)
    def test_mappings(self, client, sandbox, odd):
        given = {"id": "x-1", "arn_pattern": RUNNER, "account_identifier": OMAR, "shown": odd}
        sandbox.set_state(mappings=[given], intake_mappings=[{"id": "x-2", "arn_pattern": DEPLOY, "shown": odd}])
        for path, mapping_id in ((MAPPINGS, "x-1"), (INTAKE, "x-2")):
            assert client.get(path).json() == {"data": [odd]}
            assert client.get(f"{path}/{mapping_id}").json() == {"data": odd}
        assert client.create(RUNNER).status_code == 409
        assert client.delete(f"{MAPPINGS}/x-1").status_code == 204
        assert client.get(MAPPINGS).json() == {"data": []}

    def test_the_account_of_a_mapping_may_be_known(self, client, sandbox):
        uuid = samples.ACCOUNTS[1]["id"]
        given = {"arn_pattern": RUNNER, "account_identifier": OMAR, "account_uuid": uuid, "shown": None}
        sandbox.set_state(mappings=[given])
        assert client.get(MAPPINGS).json() == {"data": [None]}

    @pytest.mark.parametrize("odd", ODD, ids=str)
    def test_the_rest(self, client, sandbox, odd):
        sandbox.set_state(
            roles=[{"name": "Reader", "permissions": ["dashboards_read"], "shown": odd}],
            accounts=[{"id": "a-1", "email": CI, "roles": ["Reader"], "shown": odd}],
            oidc_providers=[{"provider_name": "x", "issuer_url": "https://x.example", "shown": odd}],
        )
        for path in (USERS, "/api/v2/roles", PROVIDERS):
            assert client.get(path).json()["data"] == [odd]
        assert client.get(f"{USERS}/a-1").json() == {"data": odd}
        assert client.create(identifier=CI).status_code == 201
        state = sandbox.state()
        with Sandbox(**state) as other:
            assert other.state() == state

    def test_who_one_is_is_never_odd(self, client, sandbox):
        sandbox.set_state(accounts=[{"email": OMAR, "shown": None}])
        assert client.get("/api/v2/current_user").json()["data"]["attributes"]["email"] == OMAR


class TestInterimAnswers:
    def test_they_come_first(self, sandbox):
        sandbox.add_fault(method="GET", interim=[103, 102, 199])
        received = exchange(sandbox, b"GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n")
        before = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Unknown\r\n\r\n"
        assert received.startswith(before + b"HTTP/1.1 404 Not Found\r\n")
        assert [(request.status, request.executed) for request in sandbox.requests] == [(404, True)]

    def test_with_a_body_that_drips(self, sandbox):
        sandbox.add_fault(interim=[103], drip=0.0001)
        received = exchange(sandbox, b"GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n")
        assert received.endswith(b"]}")

    @pytest.mark.parametrize("status", [103, [99], [200], ["103"], [True]], ids=str)
    def test_nonsense_is_refused(self, sandbox, status):
        with pytest.raises(ValueError, match="interim must be a list of statuses from 100 to 199"):
            sandbox.add_fault(interim=status)


class TestAnswersThatProveNothing:
    @pytest.mark.parametrize("status", [200, 202])
    def test_delete(self, client, sandbox, status):
        path = mapping_path(client.create())
        sandbox.add_fault(method="DELETE", status=status)
        answer = client.delete(path)
        assert (answer.status_code, answer.content) == (status, b"")
        assert [(request.status, request.executed) for request in sandbox.requests[1:]] == [(status, False)]
        assert len(sandbox.mappings()) == 1

    @pytest.mark.parametrize("execute", [True, False])
    def test_no_data(self, client, sandbox, execute):
        sandbox.add_fault(body={"data": None}, times=2, execute=execute)
        assert client.get(MAPPINGS).json() == {"data": None}
        created = client.create()
        assert (created.status_code, created.json()) == (201 if execute else 200, {"data": None})
        assert len(sandbox.mappings()) == execute


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stored_as", "lower"),
        ("stored_as", ["upper"]),
        ("answer_types", []),
        ("answer_types", {"persona": 5}),
        ("answer_types", {"gitlab": "x"}),
        ("list_page", 0),
        ("list_page", "2"),
        ("list_paging", "none"),
    ],
)
def test_nonsense_is_refused(sandbox, name, value):
    before = sandbox.settings.as_dict()
    with pytest.raises(ValueError, match=f"{name} "):
        sandbox.settings.update(**{name: value})
    assert sandbox.settings.as_dict() == before
