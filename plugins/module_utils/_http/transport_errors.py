# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the exceptions of requests and urllib3 mean: in words, whether the request went out, whether it may pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .._errors import CloudAuthError
from .wire import LONGEST_ANSWER, MOST_TIMEOUTS, AnswerTooLong, AnswerTooSlow, InterimAnswer

# Answers of a proxy to CONNECT that may be others the next time.
PASSING_TUNNEL = ("502", "503", "504")


class TransportError(NamedTuple):
    """Why a request got no answer.

    :ivar words: the reason, as the end of a sentence, free of URLs (a proxy's holds a password).
    :ivar sent: whether the request may have reached Datadog.
    :ivar may_pass: whether sending it again can help.
    """

    words: str
    sent: bool
    may_pass: bool


def explain(exception: BaseException, host: str, timeout: int) -> TransportError:
    """What ``exception``, raised by requests while asking ``host``, means. ``timeout`` is in seconds."""
    chain = list(_chain(exception))
    types = {type(link) for link in chain}
    # Those of others go by their names, for older releases of requests and urllib3 lack some of them.
    names = {exception_type.__name__ for exception_type in types}
    text = " ".join(str(link) for link in chain)
    lasting = _lasting(names, text, host)
    if lasting:
        return TransportError(lasting, sent=False, may_pass=False)
    if AnswerTooLong in types:
        most = LONGEST_ANSWER // 1024**2
        words = f"the answer from {host} is longer than {most} MiB, more than any answer of the API"
        return TransportError(words, sent=True, may_pass=False)
    if AnswerTooSlow in types:
        seconds = MOST_TIMEOUTS * timeout
        words = f"the answer from {host} was not complete within {seconds} s ({MOST_TIMEOUTS} x timeout)"
        return TransportError(words, sent=True, may_pass=True)
    if InterimAnswer in types:
        words = f"{host} sent an interim answer (1xx), and the final one can't be read"
        return TransportError(words, sent=True, may_pass=True)
    if names & {"ContentDecodingError", "DecodeError"}:
        return TransportError(f"the answer from {host} can't be decompressed", sent=True, may_pass=True)
    if "Tunnel connection failed" in text:
        answer = _tunnel_answer(text)
        words = f"the proxy refused a connection to {host} ({answer})"
        return TransportError(words, sent=False, may_pass=answer[:3] in PASSING_TUNNEL)
    never_connected = not names.isdisjoint({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})
    via = "the proxy on the way to " if "ProxyError" in names else ""
    if names & {"NameResolutionError", "gaierror"}:
        return TransportError(f"the name of {via}{host} can't be resolved", sent=not never_connected, may_pass=True)
    if names & {"ConnectTimeout", "ConnectTimeoutError"} or (never_connected and "TimeoutError" in names):
        return TransportError(f"no connection to {via}{host} within {timeout} s", sent=False, may_pass=True)
    if names & {"ReadTimeout", "ReadTimeoutError", "TimeoutError", "timeout"}:
        return TransportError(f"no answer from {host} within {timeout} s", sent=True, may_pass=True)
    if "ConnectionRefusedError" in names:
        return TransportError(f"nothing is listening at {via}{host} (connection refused)", sent=False, may_pass=True)
    if "SSLError" in names:
        return TransportError(f"TLS with {via}{host} failed ({_openssl_reason(text)})", sent=True, may_pass=True)
    words = f"the connection to {via}{host} was lost ({type(chain[-1]).__name__})"
    return TransportError(words, sent=not never_connected, may_pass=True)


def _lasting(names: set[str], text: str, host: str) -> str:
    """The words for an error that comes before anything is sent, and stays; or an empty string."""
    if "SSLCertVerificationError" in names or "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"the TLS certificate of {host} is not trusted ({_openssl_reason(text)}); if it is signed by an authority "
            "of your own, give that authority's certificate in ca_path"
        )
    if "NO_CERTIFICATE_OR_CRL_FOUND" in text or "PEM lib" in text:
        return "the file of trusted authorities (ca_path, or REQUESTS_CA_BUNDLE) contains no certificate in PEM format"
    if "Could not find a suitable TLS CA certificate bundle" in text:
        place = text.rpartition("invalid path: ")[2].split("'")[0][:200]
        return f"there is no file of trusted authorities at {place} (ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE)"
    if "CertificateError" in names:
        return f"the TLS certificate of {host} is for another host"
    if names & {"InvalidProxyURL", "ProxySchemeUnknown", "InvalidSchema"}:
        return (
            "the proxy in the environment (HTTPS_PROXY) is not a valid URL, or of a type that needs more software "
            "(SOCKS needs PySocks)"
        )
    if names & {"InvalidURL", "LocationParseError"}:
        return f"{host}, or the proxy in the environment, is not a valid host name"
    return ""


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
