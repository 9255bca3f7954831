# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox on the wire: TLS, connections, and what is no HTTP."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import trustme

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    DEPLOY,
    LI,
    MAPPINGS,
    OMAR,
    RUNNER,
    USERS,
    Client,
    exchange,
    mapping_path,
)
from datadog_sandbox import Sandbox


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

    @pytest.mark.parametrize(
        ("accepted", "encoding"), [("gzip, deflate", "gzip"), ("identity", None), (None, None)], ids=str
    )
    def test_long_answers_are_compressed_on_request(self, client, sandbox, accepted, encoding):
        sandbox.set_state(
            mappings=[{"arn_pattern": f"{DEPLOY}{number}", "account_identifier": OMAR} for number in range(100)]
        )
        for path in (MAPPINGS, USERS, MAPPINGS):
            answer = client.get(path, headers={"Accept-Encoding": accepted})
            assert answer.headers.get("Content-Encoding") == encoding
            assert len(answer.json()["data"]) in (10, 100)
        assert (int(answer.headers["Content-Length"]) < len(answer.content) / 4) is (encoding is not None)

    def test_short_answers_and_those_of_faults_are_not(self, client, sandbox):
        assert "Content-Encoding" not in client.create().headers
        sandbox.add_fault(junk="huge")
        sandbox.add_fault(body="x" * 2000, headers={"Content-Encoding": "identity"})
        assert client.get(MAPPINGS).headers["Content-Encoding"] == "gzip"
        assert client.get(MAPPINGS).headers["Content-Encoding"] == "identity"

    def test_many_at_once(self, sandbox):
        """32 connections: each pattern is made once, and waiting is done side by side."""
        waiting = []

        def count(running):
            waiting.append(sum(request.status is None for request in running.requests))

        sandbox.add_fault(method="POST", times=32, delay_before=1, change=count)
        local = threading.local()

        def create(number):
            if not hasattr(local, "client"):
                local.client = Client(sandbox)
                sessions.append(local.client)
            return local.client.create(f"{DEPLOY}{number % 128}").status_code

        sessions = []
        with ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(create, range(256)))
        for session in sessions:
            session.close()
        assert sorted(statuses) == [201] * 128 + [409] * 128
        assert len(sandbox.mappings()) == 128
        assert max(waiting) > 1

    def test_a_long_list(self, client, sandbox):
        sandbox.set_state(
            mappings=[{"arn_pattern": f"{DEPLOY}{number}", "account_identifier": OMAR} for number in range(20_000)]
        )
        assert len(client.patterns()) == 20_000
        sandbox.create_mapping(RUNNER, LI)
        assert client.patterns()[-1] == RUNNER
