# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that failed: from the answer, or the lack of one, to the error that says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from .._errors import (
    ApiError,
    Conflict,
    Forbidden,
    LimitReached,
    NoAnswer,
    NotFound,
    NotIntegrated,
    RateLimited,
    RequestFailed,
    UnreadableAnswer,
)
from .answers import BadShape, NotJson
from .call import Answer, Call, Connection
from .rate_gate import LONGEST_PERIOD, LONGEST_WAIT, seconds_of
from .redaction import Redaction
from .transport_errors import Route, TransportError, explain, proxy_of

# Answers to a GET or a DELETE after which it may be sent again, and to a POST after reading whether it was executed.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})

CLASSES = {403: Forbidden, 404: NotFound, 409: Conflict, 429: RateLimited}


class RequestErrors:
    """Makes the errors of the requests over one connection.

    :param settings: how they are sent, as requests has it.
    """

    def __init__(self, connection: Connection, settings: Mapping[str, Any]) -> None:
        self._connection = connection
        self._settings = settings
        self._texts = Redaction(connection.credentials.secrets())
        self._asked = f"Host: {connection.host}, from {connection.set_by}."

    def no_answer(self, call: Call, exception: Exception) -> NoAnswer:
        """The error for ``exception``, which came instead of an answer."""
        route = self._route
        transport_error = explain(exception, route)
        is_unknown = transport_error.words == f"the name of {route.host} can't be resolved"
        site_advice = self._connection.site_advice if is_unknown else ""
        error = NoAnswer(
            f"Could not {call.action}: {transport_error.words}.",
            may_pass=transport_error.may_pass and not site_advice,
            may_be_executed=call.writes and transport_error.sent,
        )
        # What to do about a write depends on whether it was executed, which the task finds out.
        advice = site_advice or ("" if error.may_be_executed else _advice_on(transport_error, route))
        return error.noted(advice).noted(self._asked)

    @property
    def _route(self) -> Route:
        connection, verify = self._connection, self._settings["verify"]
        proxy = proxy_of(connection.base_url, self._settings["proxies"])
        return Route(connection.host, connection.timeout, proxy, verify if isinstance(verify, str) else "")

    def limit_reached(self, call: Call, seconds: float) -> LimitReached:
        """The error for a rate limit that has too little left, and too much time until its reset."""
        if seconds == float("inf"):
            return LimitReached(
                f"Could not {call.action}: Datadog's rate limit does not allow the requests for it in one period."
            ).noted(self._asked)
        return LimitReached(
            f"Could not {call.action}: Datadog's rate limit has too little left for all requests that it takes, and "
            f"resets in {seconds / 60:.0f} minutes only. Run the task again then."
        ).noted(self._asked)

    def unreadable(self, call: Call, answer: Answer, error: BadShape) -> UnreadableAnswer:
        """The error for a good status whose body is not what the API documents."""
        is_no_json = isinstance(error, NotJson)
        words = self._no_json(call, answer) if is_no_json else self._texts.scrub(str(error))
        return UnreadableAnswer(
            f"Could not {call.action}: Datadog answered {answer.status}, but {words}. Something between here and "
            f"{self._connection.base_url} may have answered in its place.",
            answer.status,
            # Before a POST is repeated, it is read whether that is needed; a DELETE that was executed is a 404 the
            # next time. A GET would only be answered so again, unless its answer has lost its end.
            may_pass=call.writes or (is_no_json and answer.may_be_cut),
            may_be_executed=call.writes,
        ).noted(self._asked)

    def _no_json(self, call: Call, answer: Answer) -> str:
        """What an answer is that is no JSON, as a clause."""
        if call.is_login:  # It may hold a token, of which nothing knows yet.
            return "the answer is cut short or not JSON" if answer.may_be_cut else "the answer is not JSON"
        body = self._texts.describe_body(answer.body, answer.content_type)
        return (
            f"the answer is {body}, cut short or not JSON" if answer.may_be_cut else f"the answer is {body}, not JSON"
        )

    def refusal(self, call: Call, answer: Answer) -> RequestFailed:
        """The error for a status other than 2xx."""
        status = answer.status
        errors, words = self._texts.read(answer.body, answer.content_type)
        if 300 <= status < 400:
            target = self._texts.scrub(_target(answer))
            words = f"a redirect{target}, which is not followed because the credentials would go there"
        error = class_of(status, words)(
            f"Could not {call.action}: Datadog answered {status}: {words}.",
            status,
            errors,
            may_pass=self._may_pass(call, status),
            # 408 may come from a gateway that has waited for Datadog.
            may_be_executed=(status >= 500 or status == 408) and call.writes,
        )
        error.wait = _wait_of(answer)
        # Wrong keys and the wrong site are more frequent than a lack of permissions, and look the same.
        return error.noted(self._advice(call, error)).noted(call.advise(error)).noted(self._asked)

    def _may_pass(self, call: Call, status: int) -> bool:
        """Whether sending the request again can help; after a 401, if the token is so new that it may not be known."""
        return status in PASSING or (status == 401 and not call.is_login and self._connection.credentials.renews)

    def _advice(self, call: Call, error: RequestFailed) -> str:
        """What to do about an error, whatever was being done. A login knows better what to do about its own."""
        status = error.http_status or 0
        if status in (401, 403):
            return "" if call.is_login else self._connection.credentials.advice(status)
        if status == 404 and not call.advise(error):  # Otherwise the call knows what was not found.
            return "Check site and api_url: the API was not found there."
        if status == 429:
            return "This is Datadog's rate limit. Run the task again later, or raise retries."
        if status >= 500:
            return "This is a problem at Datadog, or on the way to it. Run the task again later."
        return ""


def _advice_on(error: TransportError, route: Route) -> str:
    """What to do about a request that got no answer; of what stays, the words say it."""
    if route.proxy in error.words:
        return "Check that variable and the proxy. NO_PROXY names hosts that are reached without a proxy."
    if not error.may_pass:
        return ""
    if error.sent:
        return "Run the task again."
    return "Check the network of the host where the module runs, and run the task again."


def class_of(status: int, words: str) -> type[ApiError]:
    """The class of the error that ``status`` and Datadog's ``words`` stand for.

    The words for an unknown AWS account are "AWS Account Id is not integrated with this Datadog account" (seen).
    """
    if status == 400 and "not integrated" in words.lower():
        return NotIntegrated
    return CLASSES.get(status, ApiError)


def _wait_of(answer: Answer) -> float | None:
    """Seconds to wait before the next try: what the headers say, within reason, or None where they don't say."""
    names = ("X-RateLimit-Reset", "Retry-After") if answer.status == 429 else ("Retry-After",)
    seconds = seconds_of(answer.headers, *names) or _until(answer)
    return min(LONGEST_WAIT, seconds) if seconds else None


def _until(answer: Answer) -> float | None:
    """Seconds until the date in ``Retry-After``: by the clock of who answered or, if that isn't told, of this host."""
    then, now = _date(answer, "Retry-After"), _date(answer, "Date") or datetime.now(timezone.utc)
    seconds = (then - now).total_seconds() if then else 0.0
    return seconds if 0 < seconds <= LONGEST_PERIOD else None


def _date(answer: Answer, name: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(answer.headers.get(name, ""))
    except (TypeError, ValueError, IndexError, OverflowError):  # Older releases of Python raise others than newer ones.
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _target(answer: Answer) -> str:
    """The host that a redirect leads to, for a sentence."""
    try:
        host = urlsplit(answer.headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return f" to {host[:100]}" if host else ""
