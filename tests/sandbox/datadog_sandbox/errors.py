# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's refusals, in both of the shapes that Datadog uses for errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .messages import JSON, JSON_API, Answer, encode


class Refused(Exception):
    """A request that the API answers with an error.

    ``error`` is the object shape, every key optional (API reference); ``plain`` marks errors that always come as
    strings (429 by the reference, unknown keys and unknown paths as the gateway in front of the API says them).
    """

    def __init__(
        self,
        status: int,
        error: dict[str, Any],
        *,
        plain: bool = False,
        headers: dict[str, str] | None = None,
        executed: bool = True,
    ) -> None:
        super().__init__(error.get("detail") or error.get("title"))
        self.status = status
        self.error = error
        self.plain = plain
        self.headers = headers or {}
        self.executed = executed

    def answer(self, shape: str) -> Answer:
        """The answer in ``shape``: ``objects`` or ``strings``."""
        strings = self.plain or shape == "strings"
        error = str(self) if strings else self.error
        content_type = JSON if self.plain else JSON_API
        body = encode({"errors": [error]})
        return Answer(self.status, body, content_type, self.headers, self.executed, reason=str(self))


def refuse(status: int, detail: str, **source: str) -> Refused:
    """An error object with a detail; ``source`` is ``pointer`` or ``parameter`` (API reference)."""
    error: dict[str, Any] = {"status": str(status), "title": HTTPStatus(status).phrase, "detail": detail}
    if source:
        error["source"] = source
    return Refused(status, error)


def gateway(status: int, text: str, **headers: str) -> Refused:
    """An error in plain strings."""
    return Refused(status, {"title": text}, plain=True, headers=headers, executed=status != 429)


def not_found() -> Refused:
    """Seen verbatim."""
    return Refused(404, {"status": "404", "title": "Not Found"})


def not_integrated() -> Refused:
    """Seen verbatim: without a status, and with a title that says nothing."""
    detail = "AWS Account Id is not integrated with this Datadog account"
    return Refused(400, {"title": "Generic Error", "detail": detail})
