# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that failed: from the answer, or the lack of one, to the error that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._errors import (
    ApiError,
    Conflict,
    Forbidden,
    NoAnswer,
    NotFound,
    NotIntegrated,
    RateLimited,
    RequestFailed,
    UnreadableAnswer,
)
from .answers import BadShape, NotJson
from .client import Call, Connection
from .error_texts import ErrorTexts
from .faults import explain
from .limits import LONGEST_WAIT, seconds_of

if TYPE_CHECKING:
    import requests

# Answers to a GET or a DELETE after which it may be sent again, and to a POST after reading whether it was executed.
PASSING = frozenset({429, 500, 502, 503, 504})

CLASSES = {403: Forbidden, 404: NotFound, 409: Conflict, 429: RateLimited}


class Failures:
    """Makes the errors of the requests over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._texts = ErrorTexts((connection.api_key, connection.app_key))

    def no_answer(self, call: Call, exception: Exception) -> NoAnswer:
        """The error for ``exception``, which came in place of an answer."""
        fault = explain(exception, self._connection.base_url.split("/")[2], self._connection.timeout)
        problem = NoAnswer(f"Could not {call.doing}: {fault.words}.")
        problem.may_pass = fault.may_pass
        if call.method != "GET" and fault.sent:
            problem = problem.like(f"{problem} It is not known whether Datadog has executed the request.")
            problem.fate_unknown = True
        return problem

    def unreadable(self, call: Call, response: requests.Response, bad: BadShape) -> UnreadableAnswer:
        """The error for a good status whose body is not what the API documents."""
        words = self._texts.scrub(str(bad))
        if isinstance(bad, NotJson):
            words = f"the answer is {self._texts.kind_of_body(response.content, _content_type(response))}, not JSON"
        problem = UnreadableAnswer(
            f"Could not {call.doing}: Datadog answered {response.status_code}, but {words}. "
            f"Something between here and {self._connection.base_url} may have answered in its place.",
            response.status_code,
        )
        # Before a POST is repeated, it is read whether that is needed; a DELETE that was executed is a 404 the next
        # time. A GET would only be answered so again.
        problem.may_pass = problem.fate_unknown = call.method != "GET"
        return problem

    def refusal(self, call: Call, response: requests.Response) -> RequestFailed:
        """The error for a status other than 2xx."""
        status = response.status_code
        errors, words = self._texts.read(response.content, _content_type(response))
        if 300 <= status < 400:
            words = f"a redirect{_target(response)}, which is not followed, since the keys would go there"
        message = f"Could not {call.doing}: Datadog answered {status}: {words}."
        problem = class_of(status, words)(message, status, errors)
        problem.may_pass = status in PASSING
        problem.fate_unknown = status >= 500 and call.method != "GET"
        if isinstance(problem, RateLimited):
            problem.wait = _wait_of(response)
        advice = call.advise(call, problem) or _advice(status)
        return problem.like(f"{message} {advice}") if advice else problem


def class_of(status: int, words: str) -> type[ApiError]:
    """The class of the error that ``status`` and Datadog's ``words`` stand for.

    The words for an unknown AWS account are "AWS Account Id is not integrated with this Datadog account" (seen).
    """
    if status == 400 and "not integrated" in words.lower():
        return NotIntegrated
    return CLASSES.get(status, ApiError)


def _content_type(response: requests.Response) -> str:
    return str(response.headers.get("Content-Type", ""))


def _wait_of(response: requests.Response) -> float | None:
    """Seconds to wait after a 429: what the headers say, within reason, or None where they don't say."""
    seconds = seconds_of(response.headers, "X-RateLimit-Reset", "Retry-After")
    return min(LONGEST_WAIT, seconds) if seconds else None


def _advice(status: int) -> str:
    """What to do about a status, whatever was being done."""
    if status == 401:
        return "Check api_key and app_key, and that they belong to the organization at this site (site, api_url)."
    if status == 404:
        return "Check site and api_url: the API is not where the request went."
    if status == 429:
        return "That is Datadog's rate limit: run the task again later, or raise retries."
    if status >= 500:
        return "That is a fault at Datadog, or on the way to it: run the task again later."
    return ""


def _target(response: requests.Response) -> str:
    """The host that a redirect leads to, for a sentence."""
    try:
        host = urlsplit(response.headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return f" to {host[:100]}" if host else ""
