# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client of Datadog's API: one request after the other, by any number of threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._clock import Clock
from .._errors import Interrupted, RateLimited, RequestFailed
from .._version import VERSION
from .answers import BadShape, parse_json
from .call import Answer, Call, Connection
from .limits import Limits, NotHeld, Reservation
from .retries import RetryPolicy
from .wire import body_of, bounded

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
except Exception as error:  # noqa: BLE001 - a damaged or unreadable library raises anything
    REQUESTS_IMPORT_ERROR: Exception | None = error
else:
    REQUESTS_IMPORT_ERROR = None

if TYPE_CHECKING:
    from .request_errors import RequestErrors

T = TypeVar("T")


class Client:
    """Sends requests over kept-alive connections. Any number of threads may share it.

    :param connection: where and how.
    :param clock: passes the time of back-off and limits.
    :param concurrency: how many requests are sent at once, at most.
    :ivar has_written: whether a request was sent that changes something in Datadog if it is executed.
    """

    def __init__(self, connection: Connection, clock: Clock, concurrency: int = 1) -> None:
        self._connection = connection
        self._clock = clock
        self._limits = Limits(clock)
        self.has_written = False
        # An adapter alone keeps connections, but follows no redirect (the keys would go there) and keeps no cookie.
        self._adapter = bounded(HTTPAdapter(pool_connections=1, pool_maxsize=concurrency))
        if connection.verify is False:
            # Once is enough: the documentation of validate_certs says what it means.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._settings = _settings(connection)
        self._headers = {
            "User-Agent": f"datadog_community.cloud_auth/{VERSION} python-requests/{requests.__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }

    def secrets(self) -> list[str]:
        """All texts used so far that no message may show."""
        return self._connection.credentials.secrets()

    @property
    def is_keyless(self) -> bool:
        """Whether requests log in by a mapping, which the task may take away from itself."""
        return self._connection.credentials.renews

    @property
    def seconds_limited(self) -> float:
        """How long requests have waited for Datadog's rate limits, in seconds."""
        return self._limits.waited

    def retry_policy(self, seconds: float | None = None) -> RetryPolicy:
        """How long to try one request again: as often as ``retries`` says, or for ``seconds`` whatever it says."""
        return RetryPolicy(self._clock, self._connection.retries if seconds is None else None, seconds)

    def ask(self, call: Call, decode: Callable[[object], T], retry_policy: RetryPolicy | None = None) -> T:
        """What ``decode`` makes of the JSON that answers ``call``, a request that may be executed twice.

        :raises CloudAuthError: no answer, a refusal, or an answer that ``decode`` can't read.
        """
        while True:
            try:
                return self.send(call, decode)
            except RequestFailed as error:
                retry_policy = retry_policy or self.retry_policy()
                self.prepare_retry(call, error, retry_policy)

    def prepare_retry(self, call: Call, error: RequestFailed, retry_policy: RetryPolicy) -> None:
        """Wait until ``call`` may be sent again after ``error``.

        :raises RequestFailed: ``error`` is final, or the retry policy is used up.
        :raises Interrupted: told to stop meanwhile.
        """
        pause = retry_policy.pause_after(error)
        if isinstance(error, RateLimited):
            self._limits.close(call.endpoint, error.wait or pause or 0.0)
        if pause is None:
            raise retry_policy.with_count(error)
        if isinstance(error, RateLimited):
            return  # The gate holds this request back, and all others under the same limit.
        try:
            self._clock.sleep(pause)
        except Interrupted as stop:
            raise Interrupted(f"{stop} {error}") from None

    @contextmanager
    def reserve(self, *calls: Call) -> Iterator[Reservation]:
        """Hold back of Datadog's rate limits what ``calls`` need, as soon as there is enough for all of them.

        The last of them must follow soon after the others. Of limits that are not known yet, nothing is held back.

        :raises LimitReached: a limit resets too late to be waited for. None of them was sent.
        """
        endpoints = [call.endpoint for call in calls]
        with ExitStack() as stack:
            try:
                reservation = stack.enter_context(self._limits.reserve(*endpoints))
            except NotHeld as error:
                raise self._request_errors.limit_reached(calls[-1], error.seconds) from None
            yield reservation

    def send(self, call: Call, decode: Callable[[object], T], reservation: Reservation | None = None) -> T:
        """Send ``call`` once, or once more after a login that had ended; ``decode`` as for :meth:`ask`.

        :param reservation: may hold back what the call needs of a rate limit.
        :raises RequestFailed: no answer, a refusal, or an unreadable answer; ``may_be_executed`` tells what that means.
        :raises CloudAuthError: the login failed, or the task was told to stop, before the request was sent.
        """
        credentials = self._connection.credentials
        headers = self._headers_of(call)
        answer = self._exchange(call, headers, reservation)
        if answer.status == 401 and not call.is_login and credentials.rejected(headers):
            answer = self._exchange(call, self._headers_of(call))
        return self._decoded(call, answer, decode)

    def _headers_of(self, call: Call) -> dict[str, str]:
        """The headers that log in."""
        if call.headers is not None:
            return call.headers
        try:
            return self._connection.credentials.headers(self.log_in)
        except RequestFailed as error:
            # It is about the login: the request at hand was not sent.
            error.may_be_executed, error.at_login = False, True
            raise

    def log_in(self, path: str, headers: dict[str, str], action: str) -> object:
        """Send a request that logs in, once: what credentials need for theirs."""
        self._clock.check()  # Workers wait for a login one after the other.
        # Sent once: the request that needs the login tries again, by its own retry policy.
        return self.send(Call("POST", path, action, headers=headers), lambda answer: answer)

    def _decoded(self, call: Call, answer: Answer, decode: Callable[[object], T]) -> T:
        if not 200 <= answer.status < 300:
            raise self._request_errors.refusal(call, answer)
        if call.done_by not in (None, answer.status):
            expected = BadShape(f"an answer to this that means success has the status {call.done_by}")
            raise self._request_errors.unreadable(call, answer, expected)
        try:
            # The success of a DELETE is an empty answer (API reference).
            empty = call.method == "DELETE" and not answer.body
            return decode(None if empty else parse_json(answer.body))
        except BadShape as error:
            raise self._request_errors.unreadable(call, answer, error) from None

    @property
    def _request_errors(self) -> RequestErrors:
        from .request_errors import RequestErrors

        return RequestErrors(self._connection, self._settings)

    def _exchange(self, call: Call, headers: dict[str, str], reservation: Reservation | None = None) -> Answer:
        """The answer to ``call``, whatever its status.

        :raises NoAnswer: there was none.
        """
        passage = self._limits.enter(call.endpoint, reservation)
        self.has_written = self.has_written or call.writes
        answer = None
        try:
            response = self._adapter.send(self._prepare(call, headers), **self._settings)
            answer = Answer(response.status_code, response.headers, body_of(response))
        except _transport_exceptions() as exception:
            raise self._request_errors.no_answer(call, exception) from None
        finally:
            told, rejected = (answer.headers, answer.status == 429) if answer else (None, False)
            self._limits.leave(passage, told, reservation, rejected=rejected)
        return answer

    def _prepare(self, call: Call, login: dict[str, str]) -> requests.PreparedRequest:
        headers, data = {**self._headers, **login}, None
        if call.method == "GET":
            headers["Cache-Control"] = "no-cache"  # What something on the way has kept may be older than a write.
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(call.body).encode()
        url = self._connection.base_url + call.full_path
        return requests.Request(call.method, url, headers=headers, params=call.params, data=data).prepare()


def _settings(connection: Connection) -> dict[str, Any]:
    """How requests are sent, read from the environment once: proxies and authorities."""
    session = requests.Session()
    # Plain http goes to a loopback address only: a proxy would carry the keys over the network unencrypted.
    session.trust_env = connection.base_url.startswith("https:")
    settings = session.merge_environment_settings(connection.base_url, {}, True, connection.verify, None)
    return {**settings, "timeout": connection.timeout}


def _transport_exceptions() -> tuple[type[Exception], ...]:
    """All that can come instead of an answer.

    The errors of requests are OSErrors; malformed hosts, ports and encodings raise ValueErrors; some errors of urllib3
    reach the surface as they are.
    """
    return (OSError, ValueError, urllib3.exceptions.HTTPError)
