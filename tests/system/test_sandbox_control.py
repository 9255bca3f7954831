# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox records what it was asked, is told what to be, and starts as it should."""

from __future__ import annotations

import time

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    DEPLOY,
    LI,
    MAPPINGS,
    OMAR,
    RUNNER,
    Client,
    wait_until,
)
from datadog_sandbox import Sandbox, samples


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
            ("PUT", "/state", {"accounts": [{"name": "no email"}]}),
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
        with pytest.raises(TypeError, match="unknown setting: color"):
            Sandbox(color="blue")

    def test_log(self):
        seen = []
        with Sandbox(log=seen.append) as sandbox, Client(sandbox) as client:
            client.get(MAPPINGS)
            wait_until(lambda: seen)
        assert [(record.method, record.status) for record in seen] == [("GET", 200)]
