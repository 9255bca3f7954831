# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox fails on demand, in every way that a network and a server do."""

from __future__ import annotations

import contextlib

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    DEPLOY,
    LI,
    MAPPINGS,
    RUNNER,
    is_json,
    mapping_path,
    wait_until,
)


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

    @pytest.mark.parametrize(("fault", "status"), [({"status": 503}, 503), ({"lose": "reset"}, None)], ids=str)
    @pytest.mark.parametrize("execute", [False, True], ids=["before the commit", "after the commit"])
    def test_an_outage(self, client, sandbox, clock, fault, status, execute):
        sandbox.add_fault(skip=1, times=None, lasts=30, execute=execute, **fault)
        assert client.get(MAPPINGS).status_code == 200
        clock.now += 1000
        for pattern in (RUNNER, DEPLOY):
            with contextlib.suppress(requests.ConnectionError):
                client.create(pattern)
            clock.now += 15
        assert [request.status for request in sandbox.requests] == [200, status, status]
        assert client.patterns() == ([RUNNER, DEPLOY] if execute else [])

    def test_an_answer_that_drips(self, client, sandbox):
        sandbox.create_mapping(DEPLOY, LI)
        sandbox.add_fault(method="GET", drip=0.0001)
        assert client.patterns() == [DEPLOY]
        sandbox.add_fault(method="GET", drip=0.2)
        with client.get(MAPPINGS, stream=True) as answer:  # no read takes as long as a time-out
            assert answer.status_code == 200
            assert 0 < len(answer.raw.read1(1000)) < int(answer.headers["Content-Length"])

    def test_headers_that_drip(self, client, sandbox):
        sandbox.add_fault(method="GET", drip=0.0001, drip_head=True)
        assert client.patterns() == []
        sandbox.add_fault(method="GET", drip=5, drip_head=True)
        with pytest.raises(requests.ReadTimeout):
            client.get(MAPPINGS, timeout=0.2)

    @pytest.mark.parametrize("execute", [False, True])
    def test_a_flood_of_blanks(self, client, sandbox, execute):
        sandbox.add_fault(method="POST", flood=3_000_000, execute=execute)
        answer = client.create()
        assert answer.content == b" " * 3_000_000
        assert len(sandbox.mappings()) == execute
        assert client.get(MAPPINGS).status_code == 200

    def test_a_client_that_has_had_enough_of_it(self, client, sandbox):
        sandbox.add_fault(flood=10**12)
        with client.get(MAPPINGS, stream=True) as answer:
            assert next(answer.iter_content(1000)) == b" " * 1000
        assert client.get(MAPPINGS).status_code == 200

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
            {"lasts": -1},
            {"drip": "slowly"},
            {"drip_head": 1},
            {"flood": 0.5},
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
