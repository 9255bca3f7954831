# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox has every trap of the API."""

from __future__ import annotations

import json

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI,
    CI_UUID,
    DEPLOY,
    LI,
    MAPPINGS,
    NOT_FOUND,
    NOT_INTEGRATED,
    OMAR,
    RUNNER,
    USERS,
    Client,
    detail,
    mapping_path,
)
from datadog_sandbox import samples


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("sent", "handle"),
        [
            ("Omar.Haddad@Corp.example", OMAR),
            ("jane.smith@corp.example", "jane.doe@corp.example"),
            ("JANE.DOE@corp.example", "jane.doe@corp.example"),
            ("CI@corp.example", CI_UUID),
            (CI_UUID.upper(), CI_UUID),
        ],
        ids=[
            "case",
            "email of today",
            "handle, an older email",
            "service account's email",
            "service account's UUID",
        ],
    )
    def test_the_answer_holds_the_handle(self, client, sent, handle):
        answer = client.create(identifier=sent)
        assert answer.status_code == 201
        assert answer.json()["data"]["attributes"]["account_identifier"] == handle

    def test_the_uuid_is_told_as_well(self, client):
        assert client.create(identifier="jane.doe@corp.example").json()["data"]["attributes"]["account_uuid"] == (
            "11111111-a0ae-11ed-88af-be56a8628f01"
        )

    @pytest.mark.parametrize(
        "identifier",
        ["11111111-a0ae-11ed-88af-be56a8628f02", "nobody@corp.example", "omar", "peter.gone@corp.example"],
        ids=["UUID of a person", "unknown", "part of a handle", "disabled"],
    )
    def test_refused(self, client, sandbox, identifier):
        assert client.create(identifier=identifier).status_code == 400
        assert sandbox.mappings() == []


class TestPatterns:
    @pytest.mark.parametrize(
        "resource",
        [
            "sts::123456789012:assumed-role/runner/*",
            "sts::123456789012:assumed-role/runner/jane@corp.example",
            "sts::123456789012:assumed-role/runner",
            "sts::123456789012:federated-user/jane",
            "iam::123456789012:user/jane_doe.x@y-z",
            "iam::123456789012:user/team/a:b/jane",
            "iam::123456789012:user/team/*",
        ],
    )
    def test_accepted(self, client, resource):
        assert client.create(f"arn:aws:{resource}").status_code == 201

    @pytest.mark.parametrize(
        "pattern",
        [
            "jane",
            "arn:aws:iam::123456789012:role/my-role",
            "arn:aws:iam::123456789012:role/team/my-role",
            "arn:aws:sts::123456789012:assumed-role/*",
            "arn:aws:sts::123456789012:assumed-role/run*/x",
            "arn:aws:sts::123456789012:assumed-role/runner/x*",
            "arn:aws:sts::123456789012:assumed-role/*/x",
            "arn:aws:sts::123456789012:assumed-role/team/runner/x",
            "arn:aws:sts::123456789012:federated-user/*",
            "arn:aws:iam::123456789012:user/*",
            "arn:aws:iam::123456789012:user/",
            "arn:aws:iam::123456789012:user/a+b",
            "arn:aws:iam::12345678901:user/jane",
            "arn:aws:iam::*:user/jane",
            "arn:aws:iam:us-east-1:123456789012:user/jane",
            "arn:aws:sts::123456789012:user/jane",
            "arn:aws:s3:::123456789012:user/jane",
            "arn:aws:iam::123456789012:root",
        ],
    )
    def test_refused(self, client, sandbox, pattern):
        answer = client.create(pattern)
        assert (answer.status_code, answer.json()["errors"][0]["source"]) == (
            400,
            {"pointer": "/data/attributes/arn_pattern"},
        )
        assert sandbox.mappings() == []

    def test_other_partitions_are_refused_until_they_are_not(self, client, sandbox):
        pattern = "arn:aws-us-gov:iam::123456789012:user/jane"
        assert "partition" in detail(client.create(pattern))
        sandbox.settings.partitions = ["aws", "aws-us-gov"]
        assert client.create(pattern).status_code == 201


class TestConflicts:
    def test_a_mapped_pattern(self, client, sandbox):
        client.create()
        assert client.create(identifier=LI).status_code == 409
        assert [mapping["account_identifier"] for mapping in sandbox.mappings()] == [OMAR]

    def test_an_intake_mapping_that_no_list_shows(self, client, sandbox):
        sandbox.set_state(intake_patterns=[RUNNER])
        assert client.create().status_code == 409
        assert client.patterns() == []

    def test_free_again_once_deleted(self, client):
        answer = client.create()
        assert client.delete(mapping_path(answer)).status_code == 204
        assert client.create(identifier=LI).status_code == 201


class TestBadRequests:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"null",
            b"[]",
            b'{"data": []}',
            b'{"data": {"type": "other", "attributes": {}}}',
            b'{"data": {"type": "aws_cloud_auth_config"}}',
            b'{"data": {"type": "aws_cloud_auth_config", "attributes": {"arn_pattern": 1}}}',
            json.dumps(
                {
                    "data": {
                        "type": "aws_cloud_auth_config",
                        "attributes": {"arn_pattern": RUNNER, "account_identifier": "\ud800"},
                    }
                }
            ).encode(),
        ],
    )
    def test_bodies(self, client, body):
        answer = client.post(MAPPINGS, data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["errors"]

    def test_unknown_ids(self, client):
        for answer in (client.get(f"{MAPPINGS}/x"), client.delete(f"{MAPPINGS}/x")):
            assert (answer.status_code, answer.content) == (404, NOT_FOUND)

    @pytest.mark.parametrize("path", ["/", "/api/v2/cloud_auth", f"{MAPPINGS}/", f"{MAPPINGS}/a/b", "/sandboxes"])
    def test_unknown_paths(self, client, path):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (404, {"errors": ["Not found"]})

    def test_other_methods(self, client):
        answer = client.put(MAPPINGS)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
        assert client.patch(f"{MAPPINGS}/x").status_code == 405
        assert client.post(USERS).status_code == 405


class TestPermissions:
    @pytest.mark.parametrize("header", ["DD-API-KEY", "DD-APPLICATION-KEY"])
    @pytest.mark.parametrize("value", [None, "", "0" * 40], ids=["missing", "empty", "wrong"])
    def test_keys(self, client, header, value):
        answer = client.get(MAPPINGS, headers={header: value})
        assert (answer.status_code, answer.json()) == (403, {"errors": ["Forbidden"]})

    @pytest.mark.parametrize(
        ("app_key", "statuses"),
        [
            (samples.APP_KEY, (200, 201, 200, 204, 200)),
            (samples.NO_USERS_APP_KEY, (200, 201, 200, 204, 403)),
            (samples.READ_ONLY_APP_KEY, (200, 403, 200, 403, 200)),
            (samples.NO_PERMISSIONS_APP_KEY, (403, 403, 403, 403, 403)),
        ],
        ids=["all", "no users", "read only", "none"],
    )
    def test_what_each_key_may_do(self, sandbox, app_key, statuses):
        path = f"{MAPPINGS}/{sandbox.create_mapping(DEPLOY, LI)['id']}"
        with Client(sandbox, app_key) as client:
            answers = (client.get(MAPPINGS), client.create(), client.get(path), client.delete(path), client.users())
        assert tuple(answer.status_code for answer in answers) == statuses

    def test_former_names_of_permissions(self, sandbox):
        sandbox.set_state(app_keys={"a" * 40: ["cloud_auth_config_read", "cloud_auth_config_write", *samples.STANDARD]})
        with Client(sandbox, "a" * 40) as client:
            assert client.create().status_code == 201
            assert client.patterns() == [RUNNER]

    def test_the_caller_must_hold_what_the_account_holds(self, sandbox, client):
        answer = client.create(identifier="ada.admin@corp.example")
        assert (answer.status_code, sandbox.mappings()) == (403, [])
        with Client(sandbox, samples.ADMIN_APP_KEY) as admin:
            assert admin.create(identifier="ada.admin@corp.example").status_code == 201


class TestErrorShapes:
    def test_objects_or_strings(self, client, sandbox):
        assert isinstance(client.get(f"{MAPPINGS}/x").json()["errors"][0], dict)
        sandbox.settings.error_shape = "strings"
        assert client.get(f"{MAPPINGS}/x").json() == {"errors": ["Not Found"]}
        assert "not integrated" in client.create("arn:aws:iam::111111111111:user/x").json()["errors"][0]


class TestIntegration:
    def test_never(self, client):
        answer = client.create("arn:aws:iam::111111111111:user/x")
        assert (answer.status_code, answer.content) == (400, NOT_INTEGRATED)

    def test_later(self, client, sandbox, clock):
        sandbox.merge_state(aws_accounts={"333333333333": 90})
        pattern = "arn:aws:iam::333333333333:user/x"
        assert client.create(pattern).content == NOT_INTEGRATED
        clock.now += 89
        assert client.create(pattern).content == NOT_INTEGRATED
        clock.now += 1
        assert client.create(pattern).status_code == 201

    def test_unlisted_accounts(self, client, sandbox):
        assert client.create("arn:aws:iam::444444444444:user/x").status_code == 201
        sandbox.settings.strict_aws_accounts = True
        assert client.create("arn:aws:iam::444444444444:user/y").content == NOT_INTEGRATED
        assert client.create().status_code == 201


class TestLag:
    def test_the_list_lags(self, client, sandbox, clock):
        sandbox.settings.list_lag = 5
        first = client.create(RUNNER)
        clock.now += 3
        client.create(DEPLOY)
        assert client.patterns() == []
        clock.now += 2
        assert client.patterns() == [RUNNER]
        client.delete(mapping_path(first))
        clock.now += 3
        assert sorted(client.patterns()) == sorted([RUNNER, DEPLOY])
        clock.now += 2
        assert client.patterns() == [DEPLOY]

    def test_get_lags(self, client, sandbox, clock):
        sandbox.settings.get_lag = 5
        path = mapping_path(client.create())
        assert client.get(path).status_code == 404
        clock.now += 5
        assert client.get(path).status_code == 200
        client.delete(path)
        assert client.get(path).status_code == 200
        clock.now += 5
        assert client.get(path).status_code == 404

    def test_each_has_its_own(self, client, sandbox):
        sandbox.settings.list_lag = 5
        assert client.get(mapping_path(client.create())).status_code == 200
        sandbox.settings.update(list_lag=0, get_lag=5)
        assert client.patterns() == [RUNNER]

    def test_writes_see_the_truth(self, client, sandbox):
        sandbox.settings.update(list_lag=5, get_lag=5)
        path = mapping_path(client.create())
        assert client.create(identifier=LI).status_code == 409
        assert client.delete(path).status_code == 204
        assert client.delete(path).status_code == 404

    def test_what_others_do_lags_too_but_a_given_state_does_not(self, client, sandbox):
        sandbox.settings.list_lag = 5
        sandbox.create_mapping(RUNNER, OMAR)
        assert client.patterns() == []
        sandbox.set_state(mappings=[{"arn_pattern": DEPLOY, "account_identifier": LI}])
        assert client.patterns() == [DEPLOY]

    def test_get_flaps(self, client, sandbox):
        sandbox.settings.get_flaps = 2
        path = mapping_path(client.create())
        assert [client.get(path).status_code for _time in range(5)] == [200, 404, 404, 200, 200]


class TestUsers:
    @pytest.mark.parametrize(
        ("text", "emails"),
        [
            (
                "JANE.DOE@corp.example",
                ["Jane.Smith@corp.example", "mary-jane.doe@corp.example", "jane.doe@corp.example.org"],
            ),
            ("jane smith", ["Jane.Smith@corp.example"]),
            ("ci@corp.example", ["luci@corp.example", CI]),
            (CI_UUID, [CI]),
            ("11111111-a0ae-11ed-88af-be56a8628f02", []),
            ("peter.gone", ["peter.gone@corp.example"]),
        ],
        ids=["handle", "name", "look-alikes", "handle of a service account", "UUID of a person", "disabled"],
    )
    def test_the_filter_finds_substrings(self, client, text, emails):
        answer = client.users(filter=text).json()
        assert [user["attributes"]["email"] for user in answer["data"]] == emails
        assert answer["meta"]["page"] == {"total_count": 10, "total_filtered_count": len(emails)}

    def test_pages(self, client, sandbox):
        sandbox.set_state(accounts=[{"email": f"user{number:03}@corp.example"} for number in range(130)])
        sizes = [len(client.users(**{"page[size]": 100, "page[number]": page}).json()["data"]) for page in range(3)]
        assert sizes == [100, 30, 0]
        assert len(client.users().json()["data"]) == 10

    @pytest.mark.parametrize(
        "query", [{"page[size]": 101}, {"page[size]": 0}, {"page[number]": -1}, {"page[size]": "x"}]
    )
    def test_pages_out_of_range(self, client, query):
        assert client.users(**query).status_code == 400

    def test_a_disabled_account_says_so(self, client):
        [user] = client.users(**{"filter[status]": "Disabled"}).json()["data"]
        assert (user["attributes"]["disabled"], user["attributes"]["status"]) == (True, "Disabled")


class TestRateLimit:
    def test_headers_and_429(self, client, sandbox, clock):
        sandbox.settings.rate_limit = (2, 10)
        first = client.create()
        assert {name: text for name, text in first.headers.items() if name.startswith("X-RateLimit")} == {
            "X-RateLimit-Limit": "2",
            "X-RateLimit-Period": "10",
            "X-RateLimit-Remaining": "1",
            "X-RateLimit-Reset": "10",
            "X-RateLimit-Name": "cloud_auth_persona_mapping",
        }
        clock.now += 3.5
        assert client.get(f"{MAPPINGS}/x").headers["X-RateLimit-Remaining"] == "0"
        refused = client.create(DEPLOY)
        assert (refused.status_code, refused.json()) == (429, {"errors": ["Too many requests"]})
        assert (refused.headers["X-RateLimit-Remaining"], refused.headers["X-RateLimit-Reset"]) == ("0", "7")
        assert len(sandbox.mappings()) == 1
        assert sandbox.requests[-1].executed is False
        clock.now += 6.5
        assert client.create(DEPLOY).status_code == 201

    def test_no_limit_no_headers(self, client):
        assert not [name for name in client.get(MAPPINGS).headers if name.startswith("X-RateLimit")]
