# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on the way to Datadog: provoked for real on loopback, so that they are what the installed requests raises."""

from __future__ import annotations

import errno
import gc
import os
import socket
import ssl
import struct
import threading
from contextlib import closing, contextmanager

import pytest
import requests
import trustme
from urllib3 import exceptions as urllib3

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import NoAnswer
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.transport_errors import (
    Route,
    explain,
    proxy_of,
)

# urllib3 1.26 leaves it to the garbage collector to close connections that failed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

HOST = "api.datadoghq.example"
ROUTE = Route(HOST, 7)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module", autouse=True)
def garbage():
    """Leave no such connection to the tests of other files."""
    yield
    gc.collect()


@contextmanager
def listening(talk, context=None):
    """A server on loopback that does ``talk`` with its first caller; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve():
            try:
                with server.accept()[0] as plain:
                    plain.settimeout(30)
                    talk(context.wrap_socket(plain, server_side=True) if context else plain, ended)
            except OSError:
                pass  # the caller has had enough

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            server.close()
            thread.join(30)


def answering(data):
    """Read the request, and send ``data``."""

    def talk(connection, _ended):
        connection.recv(65536)
        connection.sendall(data)

    return talk


def hanging_after(data):
    """Read the request, send ``data``, and then nothing more."""

    def talk(connection, ended):
        connection.recv(65536)
        connection.sendall(data)
        ended.wait(30)

    return talk


def resetting(connection, _ended):
    """Read the request, and reset the connection."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture
def closed_port():
    """A port that nothing listens at."""
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@pytest.fixture
def no_names(monkeypatch):
    """No name server answers."""

    def fail(*_arguments, **_settings):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


def fault_of(url, **settings):
    """What ``explain`` makes of the failure of a request."""
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises((OSError, ValueError, urllib3.HTTPError)) as error:
            session.get(url, **{"timeout": 30, **settings})
    return explain(error.value, ROUTE)


def told(transport_error):
    """The fault without its words."""
    return {"sent": transport_error.sent, "may_pass": transport_error.may_pass}


def test_nothing_is_listening(closed_port):
    transport_error = fault_of(f"http://127.0.0.1:{closed_port}/")

    assert transport_error == (f"nothing is listening at {HOST} (connection refused)", False, True)


def test_the_name_is_not_known(no_names):
    assert fault_of("https://nosuch.invalid/") == (f"the name of {HOST} can't be resolved", False, True)


def test_the_connection_takes_too_long(monkeypatch):
    def hang(*_arguments):
        raise socket.timeout("timed out")

    monkeypatch.setattr(socket.socket, "connect", hang)

    assert fault_of("http://127.0.0.1:1/") == (f"no connection to {HOST} within 7 s", False, True)


def test_the_system_gives_up_connecting(monkeypatch):
    def hang(*_arguments):
        raise TimeoutError(110, "Connection timed out")

    monkeypatch.setattr(socket.socket, "connect", hang)

    assert fault_of("http://127.0.0.1:1/") == (f"no connection to {HOST} within 7 s", False, True)


def test_the_network_can_not_be_reached(monkeypatch):
    def fail(*_arguments):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", fail)

    assert fault_of("http://127.0.0.1:1/") == (f"this host can't send to {HOST} (Network is unreachable)", False, True)


@pytest.mark.parametrize(
    ("number", "may_pass"),
    [
        (errno.EHOSTUNREACH, True),
        (errno.EMFILE, True),
        (errno.EADDRNOTAVAIL, True),
        (errno.EPERM, False),
        (errno.EACCES, False),
    ],
)
def test_the_system_does_not_let_it_out(monkeypatch, number, may_pass):
    def fail(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", fail)

    words = f"this host can't send to {HOST} ({os.strerror(number)})"
    assert fault_of("http://127.0.0.1:1/") == (words, False, may_pass)


def test_too_many_open_files(monkeypatch):
    def fail(*_arguments, **_settings):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", fail)

    words = f"this host can't send to {HOST} (Too many open files)"
    assert fault_of("http://127.0.0.1:1/") == (words, False, True)


@pytest.mark.parametrize("data", [b"", HEAD, HEAD + b"Content-Length: 10\r\n\r\n{"])
def test_the_answer_takes_too_long(data):
    with listening(hanging_after(data)) as port:
        assert fault_of(f"http://127.0.0.1:{port}/", timeout=0.2) == (f"no answer from {HOST} within 7 s", True, True)


@pytest.mark.parametrize(
    "talk",
    [
        resetting,
        answering(b""),
        answering(b"HTTP/1.1 2"),
        answering(b"SSH-2.0-OpenSSH\r\n\r\n"),
        answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\r\n"),
        answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\nx\r\n"),
        answering(HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n"),
    ],
    ids=["reset", "nothing", "cut status", "no HTTP", "cut chunk", "bad chunk", "long header"],
)
def test_the_connection_is_lost_after_the_request_went_out(talk):
    with listening(talk) as port:
        transport_error = fault_of(f"http://127.0.0.1:{port}/")

    assert transport_error.words.startswith(f"the connection to {HOST} was lost (")
    assert told(transport_error) == {"sent": True, "may_pass": True}


def test_the_answer_is_no_gzip():
    with listening(answering(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk")) as port:
        assert fault_of(f"http://127.0.0.1:{port}/") == (f"the answer from {HOST} can't be decompressed", True, True)


def tls_fault(name, tmp_path, trusted):
    """What comes of asking a server whose certificate is for ``name``."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with listening(answering(b""), context) as port:
        return fault_of(f"https://127.0.0.1:{port}/", verify=str(tmp_path / "ca.pem") if trusted else True)


def test_the_certificate_is_not_trusted(tmp_path):
    transport_error = tls_fault("127.0.0.1", tmp_path, trusted=False)

    assert transport_error.words.startswith(
        f"the TLS certificate of {HOST} is not trusted (certificate verify failed: "
    )
    assert "ca_path" in transport_error.words
    assert told(transport_error) == {"sent": False, "may_pass": False}


def test_the_certificate_is_for_another_host(tmp_path):
    transport_error = tls_fault("other.example", tmp_path, trusted=True)

    # OpenSSL finds that; with urllib3 1.26, urllib3.
    assert transport_error.words.startswith(f"the TLS certificate of {HOST} is ")
    assert "mismatch" in transport_error.words or "for another host" in transport_error.words
    assert told(transport_error) == {"sent": False, "may_pass": False}


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nnonsense\n"])
def test_the_file_of_authorities_holds_none(content, tmp_path):
    authorities = tmp_path / "ca.pem"
    authorities.write_text(content)
    with listening(answering(b"")) as port:
        transport_error = fault_of(f"https://127.0.0.1:{port}/", verify=str(authorities))

    assert "ca_path" in transport_error.words
    assert "contains no certificate in PEM format" in transport_error.words
    assert told(transport_error) == {"sent": False, "may_pass": False}


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_the_server_does_not_speak_tls(data):
    with listening(answering(data)) as port:
        transport_error = fault_of(f"https://127.0.0.1:{port}/")

    assert transport_error.words.startswith((f"TLS with {HOST} failed (", f"the connection to {HOST} was lost ("))
    assert told(transport_error) == {"sent": True, "may_pass": True}


@pytest.mark.parametrize(
    ("answer", "status", "may_pass"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication Required", False),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden", False),
        (b"HTTP/1.1 500 Oops\r\n\r\n", "500 Oops", False),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502 Bad Gateway", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503 Service Unavailable", True),
        (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "504 Gateway Timeout", True),
    ],
)
def test_a_proxy_refuses_to_let_through(answer, status, may_pass):
    with listening(answering(answer)) as port:
        transport_error = fault_of(f"https://{HOST}/", proxies={"https": f"http://jane:geheim1234@127.0.0.1:{port}"})

    assert transport_error == (f"the proxy refused a connection to {HOST} ({status})", False, may_pass)


def test_no_proxy_is_listening(closed_port):
    transport_error = fault_of(f"https://{HOST}/", proxies={"https": f"http://jane:geheim1234@127.0.0.1:{closed_port}"})

    assert transport_error == (
        f"nothing is listening at the proxy on the way to {HOST} (connection refused)",
        False,
        True,
    )


def test_the_name_of_the_proxy_is_not_known(no_names):
    transport_error = fault_of(f"https://{HOST}/", proxies={"https": "http://jane:geheim1234@proxy.invalid:3128"})

    assert transport_error == (f"the name of the proxy on the way to {HOST} can't be resolved", False, True)


def test_a_proxy_resets_the_connection():
    with listening(resetting) as port:
        transport_error = fault_of(f"https://{HOST}/", proxies={"https": f"http://127.0.0.1:{port}"})

    assert transport_error.words.startswith("the connection to ")
    assert transport_error.words.endswith(f"{HOST} was lost (ConnectionResetError)")
    assert told(transport_error) == {"sent": True, "may_pass": True}


@pytest.mark.parametrize("proxy", ["http://", "foo://127.0.0.1:1", "socks5://jane:geheim1234@127.0.0.1:1"])
def test_the_proxy_is_none_that_can_be_used(proxy):
    transport_error = fault_of(f"https://{HOST}/", proxies={"https": proxy})

    assert "HTTPS_PROXY" in transport_error.words
    assert "geheim" not in transport_error.words
    assert told(transport_error) == {"sent": False, "may_pass": False}


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example"])
def test_the_host_is_none_that_can_be_asked(host):
    assert told(fault_of(f"https://{host}/")) == {"sent": False, "may_pass": False}


class CertificateError(ValueError):
    """urllib3 1.26 has such a class; urllib3 2 needs none."""


def caused(exception, cause):
    """``exception``, raised while ``cause`` was handled."""
    exception.__context__ = cause
    return exception


def retried(reason):
    return urllib3.MaxRetryError(None, "https://jane:geheim1234@proxy.corp.example/", reason)


HINT = "if it is signed by an authority of your own, give that authority's certificate in ca_path"
RESET = ConnectionResetError(104, "Connection reset by peer")
REFUSED = caused(
    urllib3.NewConnectionError(None, "Failed to establish a new connection"), ConnectionRefusedError(111, "refused")
)
VERIFY = ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed (_ssl.c:1129)")


@pytest.mark.parametrize(
    ("exception", "words", "sent", "may_pass"),
    [
        # As urllib3 1.26 has them: any loss of a connection through a proxy is called a proxy's.
        (
            requests.exceptions.ProxyError(retried(urllib3.ProxyError("Cannot connect to proxy.", RESET))),
            f"the connection to the proxy on the way to {HOST} was lost (ConnectionResetError)",
            True,
            True,
        ),
        (
            requests.exceptions.ProxyError(retried(urllib3.ProxyError("Cannot connect to proxy.", REFUSED))),
            f"nothing is listening at the proxy on the way to {HOST} (connection refused)",
            False,
            True,
        ),
        (
            requests.exceptions.ProxyError(
                retried(urllib3.ProxyError("Cannot connect to proxy.", OSError("Tunnel connection failed: 407 Who?")))
            ),
            f"the proxy refused a connection to {HOST} (407 Who)",
            False,
            False,
        ),
        (
            requests.exceptions.ProxyError(OSError("Tunnel connection failed: strange")),
            f"the proxy refused a connection to {HOST} (no tunnel)",
            False,
            False,
        ),
        (
            requests.exceptions.ProxyError(
                retried(
                    urllib3.ProxyError("Cannot connect to proxy.", socket.gaierror(-2, "Name or service not known"))
                )
            ),
            f"the name of the proxy on the way to {HOST} can't be resolved",
            True,
            True,
        ),
        (
            requests.exceptions.SSLError(retried(urllib3.SSLError(VERIFY))),
            f"the TLS certificate of {HOST} is not trusted (certificate verify failed: self signed); {HINT}",
            False,
            False,
        ),
        (
            requests.exceptions.SSLError(retried(urllib3.SSLError(CertificateError("hostname 'x' doesn't match 'y'")))),
            f"the TLS certificate of {HOST} is for another host",
            False,
            False,
        ),
        (
            requests.exceptions.SSLError(retried(urllib3.SSLError(ssl.SSLEOFError(8, "EOF occurred")))),
            f"TLS with {HOST} failed (the handshake broke off)",
            True,
            True,
        ),
        (
            requests.exceptions.ConnectionError(urllib3.ProtocolError("Connection aborted.", RESET)),
            f"the connection to {HOST} was lost (ConnectionResetError)",
            True,
            True,
        ),
        (requests.exceptions.ConnectTimeout(), f"no connection to {HOST} within 7 s", False, True),
        (requests.exceptions.ReadTimeout(), f"no answer from {HOST} within 7 s", True, True),
        (
            requests.exceptions.ConnectionError(urllib3.ReadTimeoutError(None, "", "Read timed out.")),
            f"no answer from {HOST} within 7 s",
            True,
            True,
        ),
        (socket.timeout("timed out"), f"no answer from {HOST} within 7 s", True, True),
        (OSError(), f"the connection to {HOST} was lost (OSError)", True, True),
        (ValueError("whatever"), f"the connection to {HOST} was lost (ValueError)", True, True),
    ],
)
def test_exceptions_of_other_versions_mean_the_same(exception, words, sent, may_pass):
    assert explain(exception, ROUTE) == (words, sent, may_pass)


def test_there_is_no_file_of_authorities(tmp_path):
    transport_error = fault_of("https://127.0.0.1:1/", verify=str(tmp_path / "none.pem"))

    assert transport_error.words.startswith(
        f"there is no file of trusted authorities at {tmp_path}/none.pem (ca_path, "
    )
    assert told(transport_error) == {"sent": False, "may_pass": False}


def test_the_file_of_authorities_can_not_be_read(monkeypatch):
    def refuse(*_arguments, **_settings):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refuse)
    with listening(answering(b"")) as port, pytest.raises(requests.exceptions.SSLError) as error:
        requests.get(f"https://127.0.0.1:{port}/", timeout=30)

    words = "/etc/corp.pem (ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE) can't be read (Permission denied)"
    assert explain(error.value, ROUTE._replace(authorities="/etc/corp.pem")) == (
        f"the file of trusted authorities {words}",
        False,
        False,
    )


def test_the_file_for_the_keys_of_tls_can_not_be_written(monkeypatch, tmp_path):
    path = str(tmp_path / "none" / "keys.log")
    monkeypatch.setenv("SSLKEYLOGFILE", path)
    with listening(answering(b"")) as port:
        transport_error = fault_of(f"https://127.0.0.1:{port}/")

    assert transport_error == (
        f"the file {path}, which SSLKEYLOGFILE names, can't be written (No such file or directory)",
        False,
        False,
    )


def test_another_file_that_tls_needs_is_named():
    error = caused(requests.exceptions.ConnectionError(), FileNotFoundError(errno.ENOENT, "No such file", "/etc/x"))

    assert explain(error, ROUTE) == ("the file /etc/x can't be used (No such file)", False, False)


@pytest.mark.parametrize(
    ("proxies", "environment", "words"),
    [
        ({}, {}, "the proxy"),
        ({"http": "http://p:1"}, {}, "the proxy"),
        ({"https": "http://u:p@proxy:1/"}, {"HTTPS_PROXY": "http://u:p@proxy:1/"}, "the proxy proxy:1 (HTTPS_PROXY)"),
        ({"https": "http://proxy:1"}, {"https_proxy": "http://proxy:1"}, "the proxy proxy:1 (https_proxy)"),
        ({"all": "proxy:1"}, {"ALL_PROXY": "proxy:1"}, "the proxy proxy:1 (ALL_PROXY)"),
        ({"https": "http://proxy:1"}, {}, "the proxy proxy:1 (HTTPS_PROXY)"),  # a setting of the system
    ],
)
def test_the_proxy_is_named_with_its_variable(proxies, environment, words, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxy_of("https://api.datadoghq.example", proxies) == words


def test_the_failure_of_an_earlier_request_is_not_about_this_one():
    """It was being dealt with when this one was sent, so Python chains the two."""
    earlier = NoAnswer("nothing is listening")
    earlier.__context__ = ConnectionRefusedError(111, "refused")

    assert explain(caused(requests.exceptions.ReadTimeout(), earlier), ROUTE) == (
        f"no answer from {HOST} within 7 s",
        True,
        True,
    )


def test_exceptions_that_wrap_each_other_have_an_end():
    one, two = OSError("one"), OSError("two")
    one.__context__, two.__cause__ = two, one

    assert explain(one, ROUTE).sent is True
