# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that are kept alive, and whose answers end: at so many bytes, and after so much time."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from http.client import HTTPResponse
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


def body_of(response: requests.Response) -> bytes:
    """The whole body of ``response``, decompressed.

    :raises AnswerTooLong: it does not end.
    """
    return b"".join(_bounded(response))


def _bounded(response: requests.Response) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > LONGEST_ANSWER:
            response.close()
            raise AnswerTooLong
        yield piece


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
    """An answer whose bytes are read against a deadline, since http.client itself reads until enough have come."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        if timeout:
            self.fp = io.BufferedReader(_Stream(self.fp.detach(), time.monotonic() + MOST_TIMEOUTS * timeout))


def bounded(adapter: HTTPAdapter) -> HTTPAdapter:
    """``adapter``, all of whose connections read their answers against a deadline, with or without a proxy."""
    usual = adapter.poolmanager.pool_classes_by_scheme
    pools = {scheme: _bounded_pool(pool) for scheme, pool in usual.items()}
    proxy_manager_for = adapter.proxy_manager_for

    def bounded_proxy_manager_for(*args: Any, **kwargs: Any) -> Any:
        manager = proxy_manager_for(*args, **kwargs)
        if manager.pool_classes_by_scheme is usual:  # A SOCKS proxy has classes of its own.
            manager.pool_classes_by_scheme = pools
        return manager

    adapter.poolmanager.pool_classes_by_scheme = pools
    adapter.proxy_manager_for = bounded_proxy_manager_for  # type: ignore[method-assign]  # requests has no other way in
    return adapter


def _bounded_pool(pool: Any) -> Any:
    connection = type("Connection", (pool.ConnectionCls,), {"response_class": _Response})
    return type("Pool", (pool,), {"ConnectionCls": connection})
