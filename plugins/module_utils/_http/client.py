# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client of Datadog's API: keys, connections, and one request after the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypeVar

from .._clock import Clock
from .._errors import RequestFailed
from .answers import BadShape, parse_json
from .limits import RateGate

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
except ImportError as error:
    REQUESTS_IMPORT_ERROR: ImportError | None = error
else:
    REQUESTS_IMPORT_ERROR = None

if TYPE_CHECKING:
    from .failures import Failures
    from .retries import Retries

VERSION = "1.0.0-dev"

T = TypeVar("T")


class Connection:
    """Where and how to reach Datadog.

    :param base_url: the API's base URL without a trailing slash.
    :param api_key: the API key.
    :param app_key: the application key.
    :param verify: whether to check TLS certificates, or the path of a file or folder of authorities.
    :param timeout: seconds to wait for a connection, and for each piece of an answer.
    :param retries: how often a request is sent again after a fault that may pass.
    """

    def __init__(
        self, base_url: str, api_key: str, app_key: str, verify: bool | str = True, timeout: int = 30, retries: int = 5
    ) -> None:
        self.base_url = base_url
        self.api_key = api_key
        self.app_key = app_key
        self.verify = verify
        self.timeout = timeout
        self.retries = retries

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r})"


class Call(NamedTuple):
    """A request to the API.

    :ivar doing: what it does, to complete "Could not ...": "list the persona mappings".
    :ivar advise: what to do when this call is refused: a sentence, or an empty string for nothing to say.
    """

    method: str
    path: str
    doing: str
    advise: Callable[[Call, RequestFailed], str]
    params: dict[str, str | int] | None = None
    body: dict[str, Any] | None = None


class Client:
    """Sends requests over kept-alive connections. Any number of threads may share it.

    :param connection: where and how.
    :param clock: passes the time of back-off and limits.
    :param concurrency: how many requests are sent at once at the most.
    """

    def __init__(self, connection: Connection, clock: Clock, concurrency: int = 1) -> None:
        self._connection = connection
        self._clock = clock
        self._gate = RateGate(clock)
        # An adapter alone keeps connections, but follows no redirect (the keys would go there) and keeps no cookie.
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=concurrency)
        if connection.verify is False:
            # Once is enough: the documentation of validate_certs says what it means.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._settings = _settings(connection)
        self._headers = {
            "User-Agent": f"datadog_community.cloud_auth/{VERSION} python-requests/{requests.__version__}",
            "Accept": "application/json",
            "DD-API-KEY": connection.api_key,
            "DD-APPLICATION-KEY": connection.app_key,
        }

    @property
    def seconds_limited(self) -> float:
        """How long requests have waited for Datadog's rate limit, in seconds."""
        return self._gate.waited

    def get(self, call: Call, decode: Callable[[object], T]) -> T:
        """What ``decode`` makes of the JSON that answers ``call``.

        :raises CloudAuthError: no answer, a refusal, or an answer that ``decode`` finds of a bad shape.
        """
        return self._send(call, decode)

    def delete(self, call: Call) -> None:
        """Delete what ``call`` names.

        :raises NotFound: it isn't there; ``repeated`` tells whether an earlier try may have deleted it.
        :raises CloudAuthError: no answer, or a refusal; ``fate_unknown`` where it may have been executed.
        """
        self._send(call, lambda _answer: None)

    def post(self, call: Call, decode: Callable[[object], T], find: Callable[[], T | None]) -> T:
        """Create what ``call`` describes, once.

        A request whose fate is unknown is never repeated blindly: ``find`` reads first whether it was executed.

        :param find: what was made, if it can be read.
        :raises Conflict: it is there already; ``repeated`` tells whether an earlier try may have made it.
        :raises CloudAuthError: no answer, a refusal; ``fate_unknown`` where it may have been executed.
        """
        return self._send(call, decode, find)

    def _send(self, call: Call, decode: Callable[[object], T], find: Callable[[], T | None] | None = None) -> T:
        """Send ``call`` until it succeeds, or is refused for good."""
        retries: Retries[T] | None = None
        while True:
            try:
                return self._try(call, decode)
            except RequestFailed as problem:
                retries = retries or self._retries(find)
                made = retries.after(problem)
                if made is not None:
                    return made

    def _retries(self, find: Callable[[], T | None] | None) -> Retries[T]:
        # Most runs see no failure, and shall not pay for loading what deals with one.
        from .retries import Retries

        return Retries(self._connection.retries, self._gate, self._clock, find)

    def _try(self, call: Call, decode: Callable[[object], T]) -> T:
        """Send ``call`` once."""
        response = self._exchange(call)
        if not 200 <= response.status_code < 300:
            raise self._failures.refusal(call, response)
        try:
            # The success of a DELETE is an empty answer (API reference).
            empty = call.method == "DELETE" and not response.content
            return decode(None if empty else parse_json(response.content))
        except BadShape as bad:
            raise self._failures.unreadable(call, response, bad) from None

    @property
    def _failures(self) -> Failures:
        from .failures import Failures

        return Failures(self._connection)

    def _exchange(self, call: Call) -> requests.Response:
        """The answer to ``call``, whatever its status.

        :raises NoAnswer: there was none.
        """
        response = None
        self._gate.enter()
        try:
            response = self._adapter.send(self._prepare(call), **self._settings)
            _body = response.content  # Read here, where a connection that is lost in the middle is a fault.
            return response
        except _wire_faults() as exception:
            raise self._failures.no_answer(call, exception) from None
        finally:
            self._gate.leave(response.headers if response is not None else None)

    def _prepare(self, call: Call) -> requests.PreparedRequest:
        headers, data = self._headers, None
        if call.body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            data = json.dumps(call.body).encode()
        url = self._connection.base_url + call.path
        return requests.Request(call.method, url, headers=headers, params=call.params, data=data).prepare()


def _settings(connection: Connection) -> dict[str, Any]:
    """How requests are sent, read from the environment once: proxies and authorities."""
    session = requests.Session()
    # Plain http goes to a loopback address only: a proxy would carry the keys over the network in clear.
    session.trust_env = connection.base_url.startswith("https:")
    settings = session.merge_environment_settings(connection.base_url, {}, False, connection.verify, None)
    return {**settings, "timeout": connection.timeout}


def _wire_faults() -> tuple[type[Exception], ...]:
    """All that can come in place of an answer.

    The errors of requests are OSErrors; malformed hosts, ports and encodings raise ValueErrors; some errors of urllib3
    reach the surface as they are.
    """
    return (OSError, ValueError, urllib3.exceptions.HTTPError)
