# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that are kept alive, and whose answers end: at so many bytes, and after so much time."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from http.client import HTTPResponse, parse_headers
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

# The longest answer, in bytes: a list of 200,000 mappings, or something that is no list of mappings.
LONGEST_ANSWER = 64 * 1024 * 1024
# An answer has to be complete within so many times the time-out, which itself limits the wait for each piece.
MOST_TIMEOUTS = 10

PIECE = 64 * 1024


class AnswerTooLong(OSError):
    """An answer is longer than any that makes sense."""


class AnswerTooSlow(OSError):
    """An answer drips, and is not complete in time."""


class AnswerCutShort(OSError):
    """An answer ends in the middle of what is compressed."""


class InterimAnswer(OSError):
    """An interim answer (1xx) was taken for the final one, which may still come."""


def body_of(response: requests.Response) -> bytes:
    """The whole body of ``response``, decompressed.

    :raises AnswerTooLong: it does not end.
    :raises AnswerCutShort: it ends too early.
    :raises InterimAnswer: it is not the final answer. The connection is closed, so that the next request can't take the
        final answer for its own.
    """
    if response.status_code < 200:  # Only connections that are not bounded (see there) let these through.
        response.close()
        raise InterimAnswer
    response.raw.enforce_content_length = True  # urllib3 1.26 takes a body that is shorter than announced.
    body = b"".join(_bounded(response))
    if not _is_whole(response.raw):
        response.close()
        raise AnswerCutShort
    return body


def _bounded(response: requests.Response) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > LONGEST_ANSWER:
            response.close()
            raise AnswerTooLong
        yield piece


def _is_whole(raw: Any) -> bool:
    """Whether the decompression of an answer has come to its end. urllib3 has no public word for it."""
    decompressor = getattr(getattr(raw, "_decoder", None), "_obj", None)
    return getattr(decompressor, "eof", True) or not raw.tell()


class _Stream(io.RawIOBase):
    """The bytes of one answer as they arrive, headers included, until a deadline on ``time.monotonic``."""

    def __init__(self, arriving: io.RawIOBase, deadline: float) -> None:
        self._arriving = arriving
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has arrived; wait for it no longer than the socket's time-out."""
        if time.monotonic() > self._deadline:
            raise AnswerTooSlow
        return self._arriving.readinto(buffer)

    def close(self) -> None:
        """Close the answer; a kept-alive connection stays open."""
        self._arriving.close()
        super().close()


class _Response(HTTPResponse):
    """A final answer, whose bytes are read against a deadline.

    http.client itself skips only one kind of interim answer, 100, and reads until enough bytes have come.
    """

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        if timeout:
            self.fp = io.BufferedReader(_Stream(self.fp.detach(), time.monotonic() + MOST_TIMEOUTS * timeout))

    def _read_status(self) -> tuple[str, int, str]:
        """The status line of the final answer. After a 101, which nobody has asked for, none can be read."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed knows only what is public
            if status >= 200:
                return version, status, reason
            parse_headers(self.fp)


def bounded(adapter: HTTPAdapter) -> HTTPAdapter:
    """``adapter``, all of whose connections read final answers against a deadline, with or without a proxy."""
    proxy_manager_for = adapter.proxy_manager_for

    def bounded_proxy_manager_for(*args: Any, **kwargs: Any) -> Any:
        manager = proxy_manager_for(*args, **kwargs)
        _bound(manager)
        return manager

    _bound(adapter.poolmanager)
    adapter.proxy_manager_for = bounded_proxy_manager_for  # type: ignore[method-assign]  # requests has no other way in
    return adapter


def _bound(manager: Any) -> None:
    """Let ``manager`` make bounded connections. All releases of urllib3 so far have this way in; one without it works,
    but limits the wait for each piece only."""
    pools = getattr(manager, "pool_classes_by_scheme", {})
    if pools:
        manager.pool_classes_by_scheme = {scheme: _bounded_pool(pool) for scheme, pool in pools.items()}


def _bounded_pool(pool: Any) -> Any:
    if pool.ConnectionCls.response_class is _Response:
        return pool
    connection = type("Connection", (pool.ConnectionCls,), {"response_class": _Response})
    return type("Pool", (pool,), {"ConnectionCls": connection})
