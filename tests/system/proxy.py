# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP proxy that makes tunnels (CONNECT), and may want a password."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Proxy(ThreadingHTTPServer):
    """The proxy, a context manager that serves between enter and exit.

    :param credentials: what clients must send, as "user:password"; None for nothing.
    :ivar seen: the method and target of each request, and the status it was answered with.
    """

    daemon_threads = True

    def __init__(self, credentials: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wanted = f"Basic {b64encode(credentials.encode()).decode()}" if credentials else None
        self.seen: list[tuple[str, str, int]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()

    def url(self, credentials: str = "") -> str:
        """The address, with credentials as they stand in a URL."""
        return f"http://{credentials}{'@' if credentials else ''}127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_CONNECT(self) -> None:
        if self.server.wanted not in (None, self.headers.get("Proxy-Authorization")):
            self._answer(407)
            return
        host, port = self.path.split(":")
        with socket.create_connection((host, int(port))) as upstream:
            self._answer(200)
            back = threading.Thread(target=_copy, args=(upstream, self.connection), daemon=True)
            back.start()
            _copy(self.connection, upstream)
            back.join()

    def do_GET(self) -> None:
        """Record a request that should not have come here."""
        self._answer(501)

    def _answer(self, status: int) -> None:
        self.server.seen.append((self.command, self.path, status))
        self.close_connection = True
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes, until the end."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # One side has gone away, so will the other.
