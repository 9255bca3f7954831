# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 over asyncio streams: bytes to requests, answers to bytes, and connections lost on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from .messages import Answer, Request, encode

# The answer, and how to lose it: None, "close", "reset" or "partial".
Handle = Callable[[Request], Awaitable["tuple[Answer, str | None]"]]

WORTH_COMPRESSING = 1024  # bytes
_END_OF_HEAD = b"\r\n\r\n"
_BLANKS = b" " * 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Malformed(Exception):
    """What arrived is not a request that can be answered; says why."""


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle) -> None:
    """Answer the requests of one connection until either side has had enough."""
    # Without this, Nagle's algorithm and delayed acknowledgments cost 40 ms on answers of several segments.
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        await _serve(reader, writer, handle)
    except Malformed as reason:
        writer.write(to_bytes(Answer(400, encode({"errors": [str(reason)]})), keep=False))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the client went away: nobody is left to tell
    finally:
        writer.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle) -> None:
    reused = False
    while True:
        request, keep = await _read(reader, writer, reused)
        reused = True
        answer, loss = await handle(request)
        answer = _compressed(answer, request)
        for status in answer.interim:
            writer.write(_status_line(status) + _END_OF_HEAD)
        if loss:
            _lose(writer, to_bytes(answer, keep), loss)
            return
        await _send(writer, answer, keep)
        if not keep:
            return


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reused: bool) -> tuple[Request, bool]:
    """The next request, and whether the connection is kept after it."""
    try:
        head = await reader.readuntil(_END_OF_HEAD)
    except asyncio.LimitOverrunError:
        raise Malformed("The request's headers are too long") from None
    first, *lines = head.decode("latin-1")[:-4].split("\r\n")
    method, target, version = _request_line(first)
    headers = dict(map(_header, lines))
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(_length(headers))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return Request(method, target, url.path, query, headers, body, reused), keep


def _request_line(line: str) -> tuple[str, str, str]:
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed("The request line is not HTTP/1.1")
    return words[0], words[1], words[2]


def _header(line: str) -> tuple[str, str]:
    name, colon, text = line.partition(":")
    if not colon:
        raise Malformed("A header has no colon")
    return name.lower(), text.strip()


def _length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Malformed("Transfer-Encoding is not supported: send Content-Length")
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise Malformed("Content-Length is not a number")
    return int(text)


def _compressed(answer: Answer, request: Request) -> Answer:
    """The answer as a client gets it that takes gzip; a short one is not worth it."""
    if len(answer.body) < WORTH_COMPRESSING or "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    if any(name.lower() in ("content-encoding", "content-length") for name in answer.headers):
        return answer  # a fault says what it is
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(answer, body=_gzip(answer.body), headers=headers)


@lru_cache(maxsize=2)  # A long list is read more often than it changes.
def _gzip(body: bytes) -> bytes:
    compressor = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


async def _send(writer: asyncio.StreamWriter, answer: Answer, keep: bool) -> None:
    """The whole answer; in one piece unless it drips or is a flood."""
    whole = to_bytes(answer, keep)
    at_once = len(whole)
    if answer.drip:
        at_once = 0 if answer.drip_head else whole.index(_END_OF_HEAD) + len(_END_OF_HEAD)
    writer.write(whole[:at_once])
    for position in range(at_once, len(whole)):
        await asyncio.sleep(answer.drip)
        writer.write(whole[position : position + 1])
        await writer.drain()
    for left in range(answer.flood, 0, -len(_BLANKS)):
        writer.write(_BLANKS[:left])
        await writer.drain()
    await writer.drain()


def to_bytes(answer: Answer, keep: bool) -> bytes:
    """The whole answer, to be sent in one piece."""
    headers = dict(answer.headers)
    has_body = answer.status not in (204, 304)
    if has_body:
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **headers}
    if not keep:
        headers["Connection"] = "close"
    lines = "".join(f"\r\n{name}: {text}" for name, text in headers.items())
    head = _status_line(answer.status) + lines.encode("latin-1", "replace") + _END_OF_HEAD
    return head + answer.body if has_body else head


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}".encode()


def _lose(writer: asyncio.StreamWriter, answer: bytes, loss: str) -> None:
    """End the connection: with a FIN, with an RST, or halfway through the answer."""
    if loss == "partial":
        writer.write(answer[: (answer.index(_END_OF_HEAD) + len(_END_OF_HEAD) + len(answer)) // 2])
        writer.close()
        return
    if loss == "reset":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
