# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the exceptions of requests and urllib3 mean: in words, whether the request went out, whether it may pass."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import NamedTuple

from .._errors import CloudAuthError

# Answers of a proxy to CONNECT that may be others the next time.
PASSING_TUNNEL = ("502", "503", "504")
# What the system of this host says if it has not even tried to reach the other one; some of it stays.
NOT_PERMITTED = frozenset({errno.EPERM, errno.EACCES})
LOCAL = frozenset(
    {
        *NOT_PERMITTED,
        errno.EADDRNOTAVAIL,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EMFILE,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
    }
)


class TransportError(NamedTuple):
    """Why a request got no answer.

    :ivar words: the reason, as the end of a sentence, free of URLs (a proxy's holds a password).
    :ivar sent: whether the request may have reached Datadog.
    :ivar may_pass: whether sending it again can help.
    """

    words: str
    sent: bool
    may_pass: bool


class Route(NamedTuple):
    """What a request passes, for messages.

    :ivar timeout: in seconds.
    :ivar proxy: the proxy and the variable that names it, if there is one.
    :ivar authorities: the file of trusted authorities, if it is not the usual one.
    """

    host: str
    timeout: int
    proxy: str = "the proxy"
    authorities: str = ""


def explain(exception: BaseException, route: Route) -> TransportError:
    """What ``exception``, raised by requests while sending a request on this route, means."""
    return _Explanation(list(_chain(exception)), route).found()


class _Explanation:
    """What a chain of exceptions means. They go by their names, for other releases of urllib3 have others."""

    def __init__(self, chain: list[BaseException], route: Route) -> None:
        self._chain = chain
        self._route = route
        self._host = route.host
        self._names = {type(link).__name__ for link in chain}
        self._text = " ".join(str(link) for link in chain)
        self._never_connected = self._has("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
        self._target = f"{route.proxy} on the way to {route.host}" if self._has("ProxyError") else route.host

    def _has(self, *names: str) -> bool:
        return not self._names.isdisjoint(names)

    def found(self) -> TransportError:
        """The first meaning that fits."""
        lasting = self._lasting() or self._file_error()
        if lasting:
            return TransportError(lasting, sent=False, may_pass=False)
        return self._bad_answer() or self._not_connected() or self._local_error() or self._lost()

    def _lasting(self) -> str:
        """The words for what comes before anything is sent, and stays; or an empty string."""
        host, text = self._host, self._text
        if self._has("SSLCertVerificationError") or "CERTIFICATE_VERIFY_FAILED" in text:
            return (
                f"the TLS certificate of {host} is not trusted ({_openssl_reason(text)}); if it is signed by an "
                "authority of your own, give that authority's certificate in ca_path"
            )
        if "NO_CERTIFICATE_OR_CRL_FOUND" in text or "PEM lib" in text:
            return (
                "the file of trusted authorities (ca_path, or REQUESTS_CA_BUNDLE) contains no certificate in PEM format"
            )
        if "Could not find a suitable TLS CA certificate bundle" in text:
            place = text.rpartition("invalid path: ")[2].split("'")[0][:200]
            return f"there is no file of trusted authorities at {place} (ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE)"
        if self._has("CertificateError"):
            return f"the TLS certificate of {host} is for another host"
        if self._has("InvalidProxyURL", "ProxySchemeUnknown", "InvalidSchema"):
            return (
                "the proxy in the environment (HTTPS_PROXY) is not a valid URL, or of a type that needs more software "
                "(SOCKS needs PySocks)"
            )
        if self._has("InvalidURL", "LocationParseError"):
            return f"{host}, or the proxy in the environment, is not a valid host name"
        return ""

    def _file_error(self) -> str:
        """The words for a file of this host that TLS needs and can't use; or an empty string."""
        error = self._system_error()
        if error is None or self._never_connected:
            return ""
        reason = error.strerror or type(error).__name__
        if error.filename and str(error.filename) == os.environ.get("SSLKEYLOGFILE"):
            return f"the file {error.filename}, which SSLKEYLOGFILE names, can't be written ({reason})"
        if error.filename:
            return f"the file {error.filename} can't be used ({reason})"
        if self._has("SSLError"):
            return (
                f"the file of trusted authorities {self._route.authorities} "
                f"(ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE) can't be read ({reason})"
            )
        return ""

    def _bad_answer(self) -> TransportError | None:
        """An answer came, and can't be read."""
        host, timeout = self._host, self._route.timeout
        if self._has("AnswerTooLong"):
            words = f"the answer from {host} is longer than 64 MiB, more than any answer of the API"
            return TransportError(words, sent=True, may_pass=False)
        if self._has("AnswerTooSlow"):
            words = f"the answer from {host} was not complete within {10 * timeout} s (10 x timeout)"
        elif self._has("InterimAnswer"):
            words = f"{host} sent an interim answer (1xx), and the final one can't be read"
        elif self._has("ContentDecodingError", "DecodeError"):
            words = f"the answer from {host} can't be decompressed"
        else:
            return None
        return TransportError(words, sent=True, may_pass=True)

    def _not_connected(self) -> TransportError | None:
        """There was no connection."""
        if "Tunnel connection failed" in self._text:
            answer = _tunnel_answer(self._text)
            words = f"{self._route.proxy} refused a connection to {self._host} ({answer})"
            return TransportError(words, sent=False, may_pass=answer[:3] in PASSING_TUNNEL)
        if self._has("NameResolutionError", "gaierror"):
            words = f"the name of {self._target} can't be resolved"
            return TransportError(words, sent=not self._never_connected, may_pass=True)
        if self._has("ConnectTimeout", "ConnectTimeoutError") or (self._never_connected and self._has("TimeoutError")):
            words = f"no connection to {self._target} within {self._route.timeout} s"
            return TransportError(words, sent=False, may_pass=True)
        if self._has("ConnectionRefusedError"):
            words = f"nothing is listening at {self._target} (connection refused)"
            return TransportError(words, sent=False, may_pass=True)
        return None

    def _local_error(self) -> TransportError | None:
        """The system of this host does not let the request out."""
        error = self._system_error()
        if error is None or error.errno not in LOCAL:
            return None
        words = f"this host can't send to {self._target} ({error.strerror})"
        return TransportError(words, sent=not self._never_connected, may_pass=error.errno not in NOT_PERMITTED)

    def _lost(self) -> TransportError:
        """Anything else: there was a connection, and the request may have been read."""
        if self._has("ReadTimeout", "ReadTimeoutError", "TimeoutError", "timeout"):
            words = f"no answer from {self._host} within {self._route.timeout} s"
            return TransportError(words, sent=True, may_pass=True)
        if self._has("SSLError"):
            words = f"TLS with {self._target} failed ({_openssl_reason(self._text)})"
            return TransportError(words, sent=True, may_pass=True)
        # urllib3 1.26 comes by a TypeError on the way to each answer, which remains in the chain.
        links = [link for link in self._chain if isinstance(link, (OSError, HTTPException))] or self._chain
        reason = "AnswerCutShort" if self._has("AnswerCutShort", "IncompleteRead") else type(links[-1]).__name__
        words = f"the connection to {self._target} was lost ({reason})"
        return TransportError(words, sent=not self._never_connected, may_pass=True)

    def _system_error(self) -> OSError | None:
        """What the system of this host says: the innermost error that has its words."""
        errors = [link for link in self._chain if isinstance(link, OSError) and link.errno and link.strerror]
        # OpenSSL's errors are among these classes, with numbers of its own.
        errors = [error for error in errors if not type(error).__name__.startswith("SSL")]
        return errors[-1] if errors else None


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, outermost first: urllib3 hides causes in arguments and in ``reason``.

    An error of ours is where another request ends, while whose failure was dealt with this one was sent.
    """
    seen: set[int] = set()
    waiting: list[object] = [exception]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and not isinstance(link, CloudAuthError) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting.extend(link.args)
            waiting.extend((getattr(link, "reason", None), link.__cause__, link.__context__))


def _openssl_reason(text: str) -> str:
    """OpenSSL's own words, for example "certificate verify failed: self-signed certificate"."""
    import re

    match = re.search(r"\[(?:SSL|X509)[^\]]*\] ([^(\[\]]*)", text)
    return match.group(1).strip(" :.") if match else "the handshake broke off"


def _tunnel_answer(text: str) -> str:
    """The status that a proxy answered with, for example "407 Proxy Authentication Required"."""
    import re

    match = re.search(r"Tunnel connection failed: ([0-9]{3}[ A-Za-z-]{0,60})", text)
    return match.group(1).strip() if match else "no tunnel"


def proxy_of(url: str, proxies: Mapping[str, str]) -> str:
    """The proxy for ``url`` in words, with the variable that names it; without user and password."""
    scheme = url.partition(":")[0]
    for key, variables in (
        (scheme, (f"{scheme}_proxy", f"{scheme}_proxy".upper())),
        ("all", ("all_proxy", "ALL_PROXY")),
    ):
        if proxies.get(key):
            variable = next((name for name in variables if os.environ.get(name) == proxies[key]), variables[1].upper())
            return f"the proxy {proxies[key].rpartition('@')[2].rpartition('//')[2].rstrip('/')} ({variable})"
    return "the proxy"
