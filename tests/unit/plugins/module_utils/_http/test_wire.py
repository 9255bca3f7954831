# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers end, whatever comes over the wire: at 64 MiB, and after ten times the time-out. Over real sockets."""

from __future__ import annotations

import gzip
import os
import socket
import threading
from contextlib import contextmanager
from typing import ClassVar
from unittest import mock

import pytest
import requests
from requests.adapters import HTTPAdapter

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import Clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import NoAnswer, UnreadableAnswer
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import client as client_module
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import wire
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Call, Connection
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import Client
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken

# urllib3 1.26 leaves it to the garbage collector to close connections that failed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CALL = Call("GET", "/x", "read it")


class Time:
    """``time.monotonic`` for the deadlines of answers: each look at it takes ``step`` seconds."""

    def __init__(self, step=0.0):
        self.now, self.step = 0.0, step

    def monotonic(self):
        self.now += self.step
        return self.now


@contextmanager
def server(*pieces, connections=1, answers=1):
    """A server that answers each request by ``pieces``; gives its URL and the number of connections so far."""
    accepted = []

    def serve():
        for _connection in range(connections):
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            accepted.append(connection)
            with connection:
                try:
                    for _answer in range(answers):
                        if not connection.recv(65536):
                            break
                        for piece in pieces:
                            connection.sendall(piece)
                except OSError:
                    pass  # the caller has had enough

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", accepted
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def client_of(url, **settings):
    return Client(Connection(url, BearerToken("token"), **settings), Clock())


def ask(url, call=CALL, **settings):
    return client_of(url, retries=0, **settings).ask(call, lambda answer: answer)


def failure_of(*pieces, call=CALL, **settings):
    """The error that comes of an answer in ``pieces``."""
    with server(*pieces) as (url, _accepted), pytest.raises(NoAnswer) as error:
        client_of(url, retries=0, **settings).send(call, lambda answer: answer)
    return error.value


def with_length(body, *headers):
    return HEAD + b"".join(headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_an_answer_in_time_is_read_whole():
    body = b'["' + b"x" * 1_000_000 + b'"]'

    with server(with_length(body)) as (url, _accepted):
        assert ask(url) == ["x" * 1_000_000]


def test_connections_are_kept():
    with server(with_length(b"[]"), connections=2, answers=3) as (url, accepted):
        client = client_of(url)
        for _request in range(3):
            assert client.ask(CALL, lambda answer: answer) == []

        assert len(accepted) == 1


# What drips, and where the piece that is one too many lies.
DRIPS = {
    "status line": [b"HTTP/1.1 ", b"200", b" OK\r\n"],
    "headers": [HEAD, *[b"X-Filler: %d\r\n" % number for number in range(50)]],
    "one header": [HEAD, b"X-Filler: ", *[b"x"] * 50],
    "body": [HEAD + b"Content-Length: 50\r\n\r\n", *[b"x"] * 49],
    "chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 50],
    "interim answers": [b"HTTP/1.1 102 Processing\r\n\r\n" * 1000],
    "body without a length": [HEAD + b"\r\n", *[b"x"] * 50],
}


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_ends_after_ten_times_the_timeout(pieces):
    """Time is set forward at each look, so nothing has to be waited for."""
    with mock.patch.object(wire, "time", Time(step=11 * 10)):
        error = failure_of(*pieces, timeout=11)

    assert "was not complete within 110 s (10 x timeout)" in str(error)
    assert error.may_pass is True
    assert error.may_be_executed is False  # It was a GET.


def test_a_dripping_answer_to_a_write_leaves_its_fate_open():
    with mock.patch.object(wire, "time", Time(step=100)):
        error = failure_of(HEAD, call=Call("POST", "/x", "create it", body={}), timeout=5)

    assert "was not complete" in str(error)
    assert error.may_be_executed is True


def test_an_answer_that_takes_just_as_long_is_read():
    with server(with_length(b"[1]")) as (url, _accepted), mock.patch.object(wire, "time", Time()) as clock:
        clock.step = 1.0  # A few looks suffice for this answer.

        assert ask(url, timeout=5) == [1]


def test_each_answer_over_one_connection_has_its_own_time():
    clock = Time()
    with server(with_length(b"[]"), answers=3) as (url, accepted), mock.patch.object(wire, "time", clock):
        client = client_of(url, timeout=5)
        for _request in range(3):
            assert client.ask(CALL, lambda answer: answer) == []
            clock.now += 1000

        assert len(accepted) == 1


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_an_answer_has_a_longest_size(monkeypatch, size, fits):
    monkeypatch.setattr(wire, "LONGEST_ANSWER", 1000)
    body = b'"' + b"x" * (size - 2) + b'"'

    with server(with_length(body)) as (url, _accepted):
        if fits:
            assert len(ask(url)) == size - 2
            return
        with pytest.raises(NoAnswer, match="longer than 64 MiB, more than any answer of the API") as error:
            ask(url)

    assert error.value.may_pass is False


def test_the_longest_answer_is_64_mib():
    assert wire.LONGEST_ANSWER == 64 * 1024 * 1024


def test_what_a_few_bytes_decompress_to_counts():
    """200 MB of zeros, in 200 kB."""
    body = gzip.compress(b"0" * 200_000_000, 9)

    assert "longer than 64 MiB" in str(failure_of(with_length(body, b"Content-Encoding: gzip\r\n")))


def test_gzip_is_asked_for_and_read():
    with server(with_length(gzip.compress(b'{"a": 1}'), b"Content-Encoding: gzip\r\n")) as (url, _accepted):
        assert ask(url) == {"a": 1}


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_answers_by_a_proxy_end_too(proxy):
    adapter = wire.bounded(HTTPAdapter())
    pools = adapter.proxy_manager_for(proxy).pool_classes_by_scheme

    assert {pool.ConnectionCls.response_class for pool in pools.values()} == {wire._Response}
    assert adapter.proxy_manager_for(proxy).pool_classes_by_scheme == pools  # The manager is kept, and so are these.


def test_answers_by_a_socks_proxy_end_too(monkeypatch):
    """It has classes of its own, which need PySocks: this stands for them."""
    pool = HTTPAdapter().poolmanager.pool_classes_by_scheme["https"]

    class Manager:
        pool_classes_by_scheme: ClassVar[dict[str, type]] = {"https": pool}

    monkeypatch.setattr(HTTPAdapter, "proxy_manager_for", lambda *_arguments: Manager())
    bounded = wire.bounded(HTTPAdapter()).proxy_manager_for("socks5://127.0.0.1:1").pool_classes_by_scheme["https"]

    assert bounded.ConnectionCls.response_class is wire._Response
    assert issubclass(bounded, pool)


INTERIM = {
    "processing": b"HTTP/1.1 102 Processing\r\n\r\n",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "unknown": b"HTTP/1.1 199 X\r\nContent-Length: 5\r\n\r\n",
    "without a reason": b"HTTP/1.1 110\r\n\r\n",
    "several": b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 100 X\r\n\r\nHTTP/1.1 102 X\r\n\r\n",
    "unasked switch": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
}
CREATE = Call("POST", "/x", "create it")


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
@pytest.mark.parametrize("call", [CALL, CREATE], ids=["GET", "POST"])
def test_interim_answers_are_skipped(interim, call):
    with server(interim, with_length(b"[1]"), answers=3) as (url, accepted):
        client = client_of(url)

        assert [client.send(call, lambda answer: answer) for _request in range(3)] == [[1]] * 3
        assert len(accepted) == 1


def test_an_interim_answer_and_no_final_one_is_a_lost_connection():
    error = failure_of(INTERIM["early hints"], call=CREATE)

    assert "the connection to 127.0.0.1" in str(error)
    assert error.may_be_executed is True


def test_an_urllib3_with_no_way_in_sends_requests_too(monkeypatch):
    """Then an interim answer can't be skipped: what became of the write is not known, and its connection is closed."""
    monkeypatch.setattr(wire, "getattr", lambda _object, _name, default: default, raising=False)

    with server(INTERIM["early hints"], with_length(b"[1]"), connections=2) as (url, accepted):
        client = client_of(url)
        for call in (CREATE, CALL):
            with pytest.raises(NoAnswer, match="interim answer \\(1xx\\), and the final one can't be read") as error:
                client.send(call, lambda answer: answer)
            assert error.value.may_be_executed is (call is CREATE)
            assert error.value.may_pass is True

        assert len(accepted) == 2


PACKED = gzip.compress(b'{"a": "' + b"x" * 3000 + b'"}', mtime=0)
CUT = {
    "body": HEAD + b"Content-Length: 10\r\n\r\n[1]",
    "body at a boundary": HEAD + b"Content-Length: 10\r\n\r\n",
    "gzip": with_length(PACKED[:-12], b"Content-Encoding: gzip\r\n"),
    "check sum of gzip": with_length(PACKED[:-1], b"Content-Encoding: gzip\r\n"),
    "gzip without a length": HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + PACKED[:20],
    "chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n",
    "inside a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1",
    "before the first chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "size of a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1",
    "chunk of gzip": HEAD
    + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
    + PACKED[:20]
    + b"\r\n",
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
@pytest.mark.parametrize("call", [CALL, CREATE], ids=["GET", "POST"])
def test_an_answer_that_is_cut_short_is_a_lost_connection(answer, call):
    error = failure_of(answer, call=call)

    assert "was lost (" in str(error)
    assert "TypeError" not in str(error)
    assert error.may_pass is True
    assert error.may_be_executed is (call is CREATE)


CLOSED = HEAD + b"Connection: close\r\n\r\n"


@pytest.mark.parametrize("body", [b'{"data": [', b' [1, "x', b'{"data": "\\u00'])
@pytest.mark.parametrize("call", [CALL, CREATE], ids=["GET", "POST"])
def test_an_answer_of_no_told_length_may_have_been_cut_short(body, call):
    """It ends where the connection does, so JSON without an end is the only sign. Then it is read again."""
    with (
        server(CLOSED + body) as (url, _accepted),
        pytest.raises(UnreadableAnswer, match="cut short or not JSON") as error,
    ):
        client_of(url).send(call, lambda answer: answer)

    assert error.value.may_pass is True
    assert error.value.may_be_executed is (call is CREATE)


@pytest.mark.parametrize(
    "answer", [CLOSED + b"<html>", CLOSED, with_length(b'{"data": [')], ids=["HTML", "empty", "told"]
)
def test_what_is_no_json_from_the_beginning_or_whole_was_not_cut_short(answer):
    with server(answer) as (url, _accepted), pytest.raises(UnreadableAnswer) as error:
        client_of(url).send(CALL, lambda answer: answer)

    assert "cut short" not in str(error.value)
    assert ", not JSON" in str(error.value)
    assert error.value.may_pass is False


def test_an_answer_to_a_login_that_may_have_been_cut_short_is_not_shown():
    login = Call("POST", "/x", "log in", headers={})

    with server(CLOSED + b'{"data": "Sentinel') as (url, _accepted), pytest.raises(UnreadableAnswer) as error:
        client_of(url).send(login, lambda answer: answer)

    assert "but the answer is cut short or not JSON." in str(error.value)
    assert "Sentinel" not in str(error.value)


def test_an_answer_of_no_told_length_is_read_to_its_end():
    with server(CLOSED + b"[1]") as (url, _accepted):
        assert ask(url) == [1]


def test_an_empty_answer_of_a_compressed_type_is_empty():
    with server(HEAD.replace(b"200 OK", b"204 No Content") + b"Content-Encoding: gzip\r\n\r\n") as (url, _accepted):
        assert ask(url, Call("DELETE", "/x", "remove it", done_by=204)) is None


def test_compressed_answers_of_several_parts_are_whole():
    body = gzip.compress(b"[1,") + gzip.compress(b"2]")

    with server(with_length(body, b"Content-Encoding: gzip\r\n")) as (url, _accepted):
        assert ask(url) == [1, 2]


def test_redirects_are_not_followed_and_cookies_not_kept():
    answer = HEAD.replace(b"200 OK", b"307 Temporary") + (
        b"Location: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    )
    with server(answer) as (url, accepted), pytest.raises(Exception, match=r"a redirect to 127\.0\.0\.1"):
        ask(url)

    assert len(accepted) == 1


def test_without_a_timeout_an_answer_is_read_as_it_comes():
    with server(with_length(b"[1]")) as (url, _accepted), requests.Session() as session:
        session.mount("http://", wire.bounded(HTTPAdapter()))
        session.trust_env = False

        assert session.get(url, timeout=None).json() == [1]


@pytest.mark.parametrize("verify", [True, False])
def test_a_missing_check_of_certificates_is_not_warned_of_at_each_request(verify, monkeypatch):
    disabled = []
    monkeypatch.setattr(client_module.urllib3, "disable_warnings", disabled.append)

    client_of("https://api.datadoghq.example", verify=verify)

    assert disabled == ([] if verify else [client_module.urllib3.exceptions.InsecureRequestWarning])


def test_proxies_of_the_environment_are_for_https_only():
    with mock.patch.dict(os.environ, {"HTTPS_PROXY": "http://proxy.example", "HTTP_PROXY": "http://proxy.example"}):
        assert "https" in client_of("https://api.datadoghq.example")._settings["proxies"]
        assert not client_of("http://127.0.0.1:1")._settings["proxies"]
