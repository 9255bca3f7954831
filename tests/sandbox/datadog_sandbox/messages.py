# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What travels through the sandbox: one request in, one answer out. No sockets here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
JSON_API = "application/vnd.api+json"  # seen on every answer of the persona mapping endpoints

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    ``target`` is the request line's as sent, ``path`` its path (still percent-encoded), ``query`` its decoded
    parameters, ``headers`` has lower-case names, ``reused`` tells whether the connection carried a request before.
    ``lag``: how old the state is that it sees, if a fault says so.
    """

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    reused: bool = False
    lag: float | None = None

    def json(self) -> Any:
        """The body as JSON; raises ValueError if it is not JSON in UTF-8."""
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class Answer:
    """One HTTP answer.

    ``executed`` is false if the API refused to work on the request at all (a 429). ``reason``: why it was refused.
    ``about``: what it is about, if only the API knows. ``lag``: how many seconds old what it shows is.
    ``drip``: seconds between two bytes of the body, with ``drip_head`` of the headers, too. ``flood``: so many blanks
    are sent as the body. ``interim``: statuses that are sent before, each as an answer of its own.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    executed: bool = True
    reason: str | None = None
    about: str | None = None
    lag: float = 0.0
    drip: float = 0.0
    drip_head: bool = False
    flood: int = 0
    interim: tuple[int, ...] = ()


def encode(value: Any) -> bytes:
    """JSON as Datadog sends it: compact, UTF-8 (with ? for the halves of characters that clients may have sent)."""
    return _ENCODER.encode(value).encode("utf-8", "replace")
