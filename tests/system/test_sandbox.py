# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox has every trap of the API, fails on demand, and records what it was asked."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import trustme

from datadog_sandbox import Sandbox, samples

MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"
USERS = "/api/v2/users"
RUNNER = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
DEPLOY = "arn:aws:iam::123456789012:user/deploy"
OMAR = "omar.haddad@corp.example"
LI = "li.wei@corp.example"
CI = "ci@corp.example"
CI_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
NOT_INTEGRATED = (
    b'{"errors":[{"title":"Generic Error","detail":"AWS Account Id is not integrated with this Datadog account"}]}'
)
NOT_FOUND = b'{"errors":[{"status":"404","title":"Not Found"}]}'


class Clock:
    """A clock that only tests move, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Client(requests.Session):
    """A bare client of one sandbox; no retries, no redirects."""

    def __init__(self, sandbox: Sandbox, app_key: str = samples.APP_KEY, api_key: str = samples.API_KEY) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.trust_env = False
        self.headers.update({"DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key})

    def request(self, method, url, **options):
        options = {"timeout": 10, **options, "allow_redirects": False}
        return super().request(method, self.sandbox.url + url, **options)

    def create(self, pattern: str = RUNNER, identifier: str = OMAR, **options) -> requests.Response:
        attributes = {"account_identifier": identifier, "arn_pattern": pattern}
        return self.post(
            MAPPINGS, json={"data": {"type": "aws_cloud_auth_config", "attributes": attributes}}, **options
        )

    def patterns(self) -> list[str]:
        return [mapping["attributes"]["arn_pattern"] for mapping in self.get(MAPPINGS).json()["data"]]

    def users(self, **query: object) -> requests.Response:
        return self.get(USERS, params=query)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def client(sandbox):
    with Client(sandbox) as session:
        yield session


def mapping_path(answer: requests.Response) -> str:
    return f"{MAPPINGS}/{answer.json()['data']['id']}"


def detail(answer: requests.Response) -> str:
    return answer.json()["errors"][0]["detail"]


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
            "e-mail of today",
            "handle, an older e-mail",
            "service account's e-mail",
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


class TestFaults:
    def test_matching(self, client, sandbox):
        sandbox.add_fault(method="POST", path=r"persona_mapping$", contains=DEPLOY, status=503)
        assert client.get(MAPPINGS).status_code == 200
        assert client.create(RUNNER).status_code == 201
        assert client.create(DEPLOY).status_code == 503
        assert client.create(DEPLOY).status_code == 201

    def test_skip_and_times(self, client, sandbox):
        sandbox.add_fault(skip=1, times=2, status=500)
        assert [client.get(MAPPINGS).status_code for _time in range(4)] == [200, 500, 500, 200]

    def test_for_ever_until_removed(self, client, sandbox):
        number = sandbox.add_fault(times=None, status=500)
        assert {client.get(MAPPINGS).status_code for _time in range(5)} == {500}
        assert sandbox.faults()[0][1].struck == 5
        assert sandbox.remove_fault(number)
        assert not sandbox.remove_fault(number)
        assert client.get(MAPPINGS).status_code == 200

    def test_the_oldest_that_fits_strikes_alone(self, client, sandbox):
        sandbox.add_fault(method="GET", status=500)
        sandbox.add_fault(status=502)
        assert [client.get(MAPPINGS).status_code for _time in range(3)] == [500, 502, 200]

    def test_a_given_answer(self, client, sandbox):
        sandbox.add_fault(status=418, body={"errors": ["tea"]}, headers={"Retry-After": 7}, content_type="text/tea")
        answer = client.create()
        assert (answer.status_code, answer.json()) == (418, {"errors": ["tea"]})
        assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("7", "text/tea")
        assert sandbox.mappings() == []

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_executed_but_answered_otherwise(self, client, sandbox, status):
        sandbox.add_fault(status=status, execute=True)
        assert client.create().status_code == status
        assert len(sandbox.mappings()) == 1

    @pytest.mark.parametrize("execute", [False, True], ids=["before the commit", "after the commit"])
    @pytest.mark.parametrize("loss", ["close", "reset", "partial"])
    @pytest.mark.parametrize("reused", [False, True], ids=["fresh", "kept alive"])
    def test_lost_connections(self, client, sandbox, reused, loss, execute):
        if reused:
            client.get(MAPPINGS)
        sandbox.add_fault(method="POST", lose=loss, execute=execute, connection="reused" if reused else "new")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            client.create()
        assert len(sandbox.mappings()) == execute
        record = sandbox.requests[-1]
        assert (record.status, record.executed, record.reused) == (None, execute, reused)
        assert client.get(MAPPINGS).status_code == 200

    def test_the_connection_has_to_match(self, client, sandbox):
        sandbox.add_fault(connection="reused", status=500)
        assert [client.get(MAPPINGS).status_code for _time in range(2)] == [200, 500]

    @pytest.mark.parametrize(
        ("fault", "executed"),
        [
            ({"delay_after": 60}, True),
            ({"delay_before": 60}, False),
            ({"delay_before": 60, "lose": "close"}, False),
        ],
        ids=["after the commit", "before the commit", "never to be executed"],
    )
    def test_delays_cause_time_outs(self, client, sandbox, fault, executed):
        sandbox.add_fault(method="POST", **fault)
        with pytest.raises(requests.ReadTimeout):
            client.create(timeout=0.3)
        assert len(sandbox.mappings()) == executed

    def test_a_late_commit(self, client, sandbox):
        """The client has given up, but the request is on its way."""
        sandbox.add_fault(method="POST", delay_before=1.5)
        with pytest.raises(requests.ReadTimeout):
            client.create(timeout=0.2)
        assert client.patterns() == []
        wait_until(sandbox.mappings)

    @pytest.mark.parametrize("execute", [False, True])
    @pytest.mark.parametrize(
        ("junk", "check"),
        [
            ("html", lambda answer: answer.text.startswith("<html>") and answer.headers["Content-Type"] == "text/html"),
            ("empty", lambda answer: answer.content == b""),
            ("cut", lambda answer: answer.text.startswith('{"data"') and not is_json(answer)),
            ("null", lambda answer: answer.json() is None),
            ("list", lambda answer: answer.json() == []),
            ("deep", lambda answer: answer.text.startswith("[[[[")),
            ("encoding", lambda answer: b"\xff" in answer.content),
            ("charset", lambda answer: "no-such-charset" in answer.headers["Content-Type"]),
            ("huge", lambda answer: len(answer.content) > 10_000_000),
            ("content_type", lambda answer: is_json(answer) and answer.headers["Content-Type"] == "text/plain"),
        ],
    )
    def test_junk(self, client, sandbox, junk, check, execute):
        sandbox.add_fault(method="POST", junk=junk, execute=execute)
        answer = client.create()
        assert answer.status_code == (201 if execute else 200)
        assert check(answer)
        assert len(sandbox.mappings()) == execute

    def test_junk_that_says_it_is_gzip(self, client, sandbox):
        sandbox.add_fault(junk="gzip")
        with pytest.raises(requests.exceptions.ContentDecodingError):
            client.get(MAPPINGS)

    def test_junk_with_a_status(self, client, sandbox):
        sandbox.add_fault(status=404, junk="html")
        answer = client.get(MAPPINGS)
        assert (answer.status_code, answer.text[:6]) == (404, "<html>")

    def test_redirects(self, client, sandbox):
        sandbox.add_fault(redirect="http://other.example/", times=2)
        sandbox.add_fault(redirect="http://other.example/", status=301)
        answers = [client.get(MAPPINGS) for _time in range(3)]
        assert [answer.status_code for answer in answers] == [307, 307, 301]
        assert {answer.headers["Location"] for answer in answers} == {"http://other.example/"}

    def test_someone_else_is_faster(self, client, sandbox):
        sandbox.add_fault(method="POST", change=[{"create": {"arn_pattern": RUNNER, "account_identifier": LI}}])
        assert client.create().status_code == 409
        assert [mapping["account_identifier"] for mapping in sandbox.mappings()] == [LI]

    def test_someone_else_deletes(self, client, sandbox):
        path = mapping_path(client.create())
        sandbox.add_fault(method="DELETE", change=[{"delete": {"arn_pattern": RUNNER}}])
        assert client.delete(path).status_code == 404

    def test_someone_else_deletes_by_id_and_creates(self, client, sandbox):
        answer = client.create()
        replace = [
            {"delete": {"id": answer.json()["data"]["id"]}},
            {"create": {"arn_pattern": RUNNER, "account_identifier": LI}},
        ]
        sandbox.add_fault(method="GET", change=replace)
        [seen] = client.get(MAPPINGS).json()["data"]
        assert seen["attributes"]["account_identifier"] == LI

    def test_what_others_can_not_do_is_left_undone(self, client, sandbox):
        client.create()
        sandbox.add_fault(
            change=[
                {"create": {"arn_pattern": RUNNER, "account_identifier": LI}},
                {"delete": {"arn_pattern": DEPLOY}},
            ]
        )
        assert client.patterns() == [RUNNER]

    def test_a_function_as_a_change(self, client, sandbox):
        sandbox.add_fault(method="POST", change=lambda given: given.create_mapping(RUNNER, LI))
        assert client.create().status_code == 409

    @pytest.mark.parametrize(
        "description",
        [
            {"lose": "everything"},
            {"junk": "mail"},
            {"connection": "old"},
            {"status": 99},
            {"status": "500"},
            {"times": -1},
            {"skip": "x"},
            {"delay_before": -1},
            {"path": "("},
            {"change": {"create": {}}},
            {"change": [{"create": {"arn_pattern": RUNNER}}]},
            {"change": [{"update": {}}]},
            {"change": [{"delete": {"id": 5}}]},
            {"times": 1.5},
            {"contains": 5},
            {"headers": ["Retry-After"]},
            {"headers": {"Retry-After": []}},
            {"execute": "no"},
            {"unknown": 1},
        ],
        ids=str,
    )
    def test_nonsense_is_refused(self, sandbox, description):
        with pytest.raises((TypeError, ValueError)):
            sandbox.add_fault(**description)
        assert sandbox.faults() == []


class TestRecord:
    def test_everything_is_recorded(self, client, sandbox):
        before = time.time()
        client.create()
        client.users(filter="a b")
        created, read = sandbox.requests
        assert (created.method, created.path, created.status, created.executed) == ("POST", MAPPINGS, 201, True)
        assert created.json["data"]["attributes"] == {"account_identifier": OMAR, "arn_pattern": RUNNER}
        assert created.headers["dd-api-key"] == samples.API_KEY
        assert before <= created.time <= read.time <= time.time()
        assert (read.query, read.json, read.fault) == ({"filter": "a b"}, None, None)
        assert (created.reused, read.reused) == (False, True)

    def test_refused_requests_too(self, client, sandbox):
        client.get("/nowhere")
        client.post(MAPPINGS, data="no json")
        assert [(record.status, record.json) for record in sandbox.requests] == [(404, None), (400, "no json")]

    def test_count_and_clear(self, client, sandbox):
        client.get(MAPPINGS)
        assert (sandbox.request_count, len(sandbox.requests)) == (1, 1)
        sandbox.clear_requests()
        assert (sandbox.request_count, sandbox.requests) == (0, [])

    def test_a_fault_leaves_its_number(self, client, sandbox):
        number = sandbox.add_fault(status=500)
        client.get(MAPPINGS)
        assert (sandbox.requests[0].fault, sandbox.requests[0].executed) == (number, False)


class TestControl:
    """The same as in-process, as plain JSON and without keys."""

    @pytest.fixture
    def control(self, sandbox):
        with Client(sandbox, "", "") as session:
            yield session

    def test_health(self, control, sandbox):
        answer = control.get("/sandbox")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.json()["url"] == sandbox.url

    def test_requests_without_keys(self, control, client, sandbox):
        client.create()
        answer = control.get("/sandbox/requests")
        assert samples.API_KEY not in answer.text
        assert samples.APP_KEY not in answer.text
        assert answer.json()["count"] == 1
        [record] = answer.json()["requests"]
        assert record["headers"]["dd-api-key"] == "REDACTED"
        assert record["body"]["data"]["attributes"]["arn_pattern"] == RUNNER
        assert control.delete("/sandbox/requests").status_code == 204
        assert sandbox.requests == []

    def test_state(self, control, client, sandbox):
        sandbox.settings.list_lag = 5
        zoe = {"email": "zoe@corp.example", "handle": "zoe@old.example"}
        mapping = {"arn_pattern": DEPLOY, "account_identifier": "zoe@corp.example"}
        assert control.put("/sandbox/state", json={"accounts": [zoe], "mappings": [mapping]}).status_code == 204
        assert client.patterns() == [DEPLOY]
        assert client.create(RUNNER, LI).status_code == 400
        state = control.get("/sandbox/state").json()
        assert [account["email"] for account in state["accounts"]] == ["zoe@corp.example"]
        assert state["mappings"][0]["account_identifier"] == "zoe@old.example"
        assert state["aws_accounts"] == samples.AWS_ACCOUNTS
        assert "app_keys" not in state

    def test_merged_state(self, control, client, sandbox):
        client.create(RUNNER)
        more = {
            "accounts": [{"email": "zoe@corp.example"}],
            "mappings": [
                {"arn_pattern": RUNNER, "account_identifier": LI},
                {"arn_pattern": DEPLOY, "account_identifier": "zoe@corp.example"},
            ],
            "intake_patterns": ["arn:aws:iam::123456789012:user/agent"],
            "aws_accounts": {"111111111111": True},
        }
        assert control.patch("/sandbox/state", json=more).status_code == 204
        assert [(each["arn_pattern"], each["account_identifier"]) for each in sandbox.mappings()] == [
            (RUNNER, LI),
            (DEPLOY, "zoe@corp.example"),
        ]
        assert len(sandbox.state()["accounts"]) == len(samples.ACCOUNTS) + 1
        assert sandbox.state()["aws_accounts"] == {**samples.AWS_ACCOUNTS, "111111111111": True}

    def test_what_is_read_can_be_written(self, control, client):
        client.create()
        state = control.get("/sandbox/state").json()
        assert control.put("/sandbox/state", json=state).status_code == 204
        assert control.get("/sandbox/state").json() == state

    def test_faults(self, control, client, sandbox):
        answer = control.post("/sandbox/faults", json={"method": "GET", "status": 503, "times": 2, "body": None})
        assert (answer.status_code, answer.json()) == (201, {"id": 1})
        assert (client.get(MAPPINGS).status_code, client.get(MAPPINGS).text) == (503, "null")
        [fault] = control.get("/sandbox/faults").json()["faults"]
        assert (fault["id"], fault["struck"], fault["times"]) == (1, 2, 0)
        assert control.delete("/sandbox/faults").status_code == 204
        assert sandbox.faults() == []

    def test_faults_that_are_no_json_are_described(self, control, sandbox):
        sandbox.add_fault(change=print, body=b"\xff")
        [fault] = control.get("/sandbox/faults").json()["faults"]
        assert (fault["change"], fault["body"]) == (repr(print), repr(b"\xff"))

    def test_settings(self, control, sandbox):
        answer = control.patch("/sandbox/settings", json={"latency": 0.01, "rate_limit": [100, 10]})
        assert answer.status_code == 200
        assert (answer.json()["latency"], answer.json()["rate_limit"]) == (0.01, [100, 10])
        assert sandbox.settings.latency == 0.01
        assert control.get("/sandbox/settings").json() == answer.json()

    def test_reset(self, client, control, sandbox):
        client.create()
        sandbox.add_fault(status=500)
        control.patch("/sandbox/settings", json={"error_shape": "strings"})
        control.put("/sandbox/state", json={"accounts": [], "api_keys": []})
        assert control.post("/sandbox/reset").status_code == 204
        assert (sandbox.mappings(), sandbox.requests, sandbox.faults()) == ([], [], [])
        assert sandbox.settings.error_shape == "objects"
        assert client.create().status_code == 201

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "/state", {"accounts": {}}),
            ("PUT", "/state", {"accounts": [{"name": "no e-mail"}]}),
            ("PUT", "/state", {"mappings": [{"arn_pattern": RUNNER, "account_identifier": "nobody@corp.example"}]}),
            ("PUT", "/state", {"mappings": [{"arn_pattern": RUNNER, "account_identifier": OMAR}] * 2}),
            ("PUT", "/state", {"accounts": [{"email": "zoe@corp.example", "handle": 5}]}),
            ("PUT", "/state", {"mappings": ["x"]}),
            ("PUT", "/state", {"mappings": [{"arn_pattern": 5, "account_identifier": OMAR}]}),
            ("PUT", "/state", {"aws_accounts": {"123456789012": "soon"}}),
            ("PUT", "/state", {"unknown": []}),
            ("PUT", "/state", []),
            ("PATCH", "/settings", {"latency": -1}),
            ("PATCH", "/settings", {"latency": 1, "list_lag": "long"}),
            ("PATCH", "/settings", {"get_flaps": 0.5}),
            ("PATCH", "/settings", {"rate_limit": [0, 10]}),
            ("PATCH", "/settings", {"rate_limit": 5}),
            ("PATCH", "/settings", {"error_shape": "round"}),
            ("PATCH", "/settings", {"partitions": "aws"}),
            ("PATCH", "/settings", {"strict_aws_accounts": 1}),
            ("PATCH", "/settings", {"unknown": 1}),
            ("POST", "/faults", {"junk": "mail"}),
            ("POST", "/faults", {"unknown": 1}),
        ],
    )
    def test_nonsense_is_refused_and_changes_nothing(self, control, sandbox, method, path, body):
        before = (sandbox.state(), sandbox.settings.as_dict(), sandbox.faults())
        answer = control.request(method, f"/sandbox{path}", json=body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
        assert (sandbox.state(), sandbox.settings.as_dict(), sandbox.faults()) == before

    def test_bad_json_unknown_paths_other_methods(self, control):
        assert control.put("/sandbox/state", data="{").status_code == 400
        assert control.get("/sandbox/nowhere").status_code == 404
        assert control.delete("/sandbox/state").status_code == 405

    def test_is_not_recorded_delayed_or_struck(self, control, sandbox):
        sandbox.settings.latency = 30
        sandbox.add_fault(times=None, status=500)
        assert control.get("/sandbox").status_code == 200
        assert sandbox.requests == []


class TestStart:
    def test_state_and_settings(self, clock):
        account = {"email": "zoe@corp.example", "id": "22222222-a0ae-11ed-88af-be56a8628f01"}
        mapping = {"id": "x-1", "arn_pattern": DEPLOY, "account_identifier": "ZOE@corp.example"}
        with Sandbox(accounts=[account], mappings=[mapping], latency=0.001, clock=clock) as sandbox:
            assert sandbox.mappings() == [
                {
                    "id": "x-1",
                    "arn_pattern": DEPLOY,
                    "account_identifier": "zoe@corp.example",
                    "account_uuid": "22222222-a0ae-11ed-88af-be56a8628f01",
                }
            ]
            assert sandbox.settings.latency == 0.001
            sandbox.delete_mapping(mapping_id="x-1")
            sandbox.reset()
            assert len(sandbox.mappings()) == 1
            assert sandbox.settings.latency == 0.001

    def test_environment(self):
        with Sandbox(app_keys={"b" * 40: ["*"]}) as sandbox:
            assert sandbox.env == {"DATADOG_HOST": sandbox.url, "DD_API_KEY": samples.API_KEY, "DD_APP_KEY": "b" * 40}
            assert requests.get(sandbox.url + "/sandbox", timeout=10).ok

    def test_ids_are_random_unless_seeded(self):
        def ids(seed):
            sandbox = Sandbox(seed=seed)
            return [sandbox.create_mapping(f"{DEPLOY}{number}", OMAR)["id"] for number in range(20)]

        assert ids(1) == ids(1) != ids(2)
        assert len({*ids(None), *ids(None)}) == 40

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "corp.example", ""])
    def test_hosts_beyond_loopback_are_refused(self, host):
        with pytest.raises(ValueError, match="loopback"):
            Sandbox(host=host)

    def test_localhost(self):
        with Sandbox(host="localhost") as sandbox:
            assert sandbox.url.startswith("http://127.0.0.1:")

    def test_a_port_that_is_taken(self, sandbox):
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=sandbox.port).start()

    def test_unknown_settings(self):
        with pytest.raises(TypeError, match="unknown setting: colour"):
            Sandbox(colour="blue")

    def test_log(self):
        seen = []
        with Sandbox(log=seen.append) as sandbox, Client(sandbox) as client:
            client.get(MAPPINGS)
            wait_until(lambda: seen)
        assert [(record.method, record.status) for record in seen] == [("GET", 200)]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Paths of a CA's certificate, a server's certificate, and its key."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    paths = [str(tmp_path_factory.mktemp("tls") / name) for name in ("ca.pem", "cert.pem", "key.pem")]
    authority.cert_pem.write_to_path(paths[0])
    server.cert_chain_pems[0].write_to_path(paths[1])
    server.private_key_pem.write_to_path(paths[2])
    return paths


class TestWire:
    def test_tls(self, tls):
        with Sandbox(tls=(tls[1], tls[2])) as sandbox, Client(sandbox) as client:
            assert sandbox.url.startswith("https://")
            client.verify = tls[0]
            assert client.create().status_code == 201
            sandbox.add_fault(lose="close")
            with pytest.raises(requests.ConnectionError):
                client.get(MAPPINGS)

    def test_tls_that_is_not_trusted(self, tls, caplog):
        with Sandbox(tls=(tls[1], tls[2])) as sandbox, Client(sandbox) as client:
            with pytest.raises(requests.exceptions.SSLError):
                client.get(MAPPINGS)
            assert sandbox.requests == []
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []

    def test_tls_without_a_certificate(self, tmp_path):
        with pytest.raises(OSError, match="No such file"):
            Sandbox(tls=(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")))

    def test_connections_are_kept(self, client, sandbox):
        for _time in range(3):
            client.get(MAPPINGS)
        assert [record.reused for record in sandbox.requests] == [False, True, True]

    def test_connections_are_closed_on_request(self, client, sandbox):
        for _time in range(2):
            assert client.get(MAPPINGS, headers={"Connection": "close"}).headers["Connection"] == "close"
        assert [record.reused for record in sandbox.requests] == [False, False]

    @pytest.mark.parametrize(
        "sent",
        [
            b"nonsense\r\n\r\n",
            b"GET / HTTP/2\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        ],
        ids=["no HTTP", "HTTP/2", "header", "length", "chunked", "too long"],
    )
    def test_what_is_not_understood(self, sandbox, sent):
        assert exchange(sandbox, sent).startswith(b"HTTP/1.1 400 ")

    def test_expect_continue(self, sandbox):
        head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
        answer = exchange(sandbox, head + b"{}")
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 ")

    def test_as_a_proxy_it_sees_the_whole_target(self, sandbox):
        exchange(sandbox, b"GET http://api.example/api/v2/users HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert (sandbox.requests[0].target, sandbox.requests[0].path) == ("http://api.example/api/v2/users", USERS)

    def test_an_answer_without_a_body_says_nothing_of_its_length(self, client):
        headers = client.delete(mapping_path(client.create())).headers
        assert not {"Content-Length", "Content-Type"} & set(headers)

    def test_many_at_once(self, sandbox):
        """32 connections: each pattern is made once, and waiting is done side by side."""
        sandbox.settings.latency = 0.06
        local = threading.local()

        def create(number):
            if not hasattr(local, "client"):
                local.client = Client(sandbox)
                sessions.append(local.client)
            return local.client.create(f"{DEPLOY}{number % 128}").status_code

        sessions = []
        started = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(create, range(256)))
        took = time.monotonic() - started
        for session in sessions:
            session.close()
        assert sorted(statuses) == [201] * 128 + [409] * 128
        assert len(sandbox.mappings()) == 128
        assert took < 256 * 0.06 / 2

    def test_a_long_list(self, client, sandbox):
        sandbox.set_state(
            mappings=[{"arn_pattern": f"{DEPLOY}{number}", "account_identifier": OMAR} for number in range(20_000)]
        )
        assert len(client.patterns()) == 20_000
        sandbox.create_mapping(RUNNER, LI)
        assert client.patterns()[-1] == RUNNER


def is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def wait_until(condition, seconds: float = 10) -> None:
    """Until the condition holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def exchange(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the connection is closed."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received
