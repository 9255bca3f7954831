# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening socket and the thread that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
from typing import Any

from .wire import Handle, serve_connection

_BACKLOG = 512


def loopback_address(host: str) -> str:
    """The address to bind; ValueError unless it is this machine alone that can reach it."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(f"the sandbox listens on loopback addresses only (127.0.0.1, ::1, localhost), not on {host}")
    return address


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """A server's context from two PEM files. Raises OSError (ssl.SSLError is one)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Server:
    """Serves ``handle`` on a loopback address, in a thread of its own, between ``start`` and ``stop``."""

    def __init__(self, handle: Handle, host: str, port: int, tls: tuple[str, str] | None) -> None:
        self._handle = handle
        self._address = loopback_address(host)
        self._wanted_port = port
        self._tls = tls_context(*tls) if tls else None
        self._started = threading.Event()
        self.port = port

    @property
    def url(self) -> str:
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def start(self) -> None:
        """Returns when requests are answered. Raises OSError if the port is taken."""
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        listener = socket.create_server((self._address, self._wanted_port), family=family, backlog=_BACKLOG)
        self.port = listener.getsockname()[1]
        self._started.clear()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(listener),), daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Closes all connections; requests that are being waited for are not executed any more."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_ignore_lost_connections)
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._connection, sock=listener, ssl=self._tls, backlog=_BACKLOG)
        self._started.set()
        await self._stopped.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # On stopping, connections are canceled; the streams of Python 3.11 and before report that as an error.
        with contextlib.suppress(asyncio.CancelledError):
            await serve_connection(reader, writer, self._handle)


def _ignore_lost_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that goes away or refuses the certificate is none of the sandbox's errors."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)
