# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record of every request to the API, for tests to assert on."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .messages import Request

KEPT = 100_000  # the newest; the count goes on
_SECRET_HEADERS = {"dd-api-key", "dd-application-key", "authorization", "proxy-authorization", "cookie"}


@dataclass
class Record:
    """One request and what became of it.

    ``headers`` has lower-case names and the keys in clear; ``status`` is what was answered, None as long as nothing
    was or if the connection was lost; ``executed`` tells whether the API worked on the request (not if it was lost
    before, limited by a 429 or answered by a fault in the API's place); ``time`` is in seconds since 1970. ``about``
    is the mapping that the request creates, reads or deletes, in words; ``reason`` is why it was refused; ``lag`` is
    how many seconds old the state was that a good answer shows.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    target: str
    reused: bool
    status: int | None = None
    executed: bool = False
    fault: int | None = None
    time: float = field(default_factory=time.time)
    about: str | None = None
    reason: str | None = None
    lag: float = 0.0

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is empty, the text itself if it is something else."""
        if not self.body:
            return None
        text = self.body.decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError:
            return text

    def as_dict(self) -> dict[str, Any]:
        """The record for JSON, with keys redacted and the body parsed."""
        headers = {name: "REDACTED" if name in _SECRET_HEADERS else text for name, text in self.headers.items()}
        return {**self.__dict__, "headers": headers, "body": self.json}


class Recorder:
    """The newest requests, in the order they came, and how many there were."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.count = 0
        self._records: deque[Record] = deque(maxlen=KEPT)

    def add(self, request: Request, about: str | None) -> Record:
        """Record a request on arrival; what becomes of it is filled in later."""
        record = Record(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            request.target,
            request.reused,
            about=about,
        )
        self.count += 1
        self._records.append(record)
        return record

    def all(self) -> list[Record]:
        return list(self._records)
