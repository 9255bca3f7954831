# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: modules run by their real main(), on scripted exchanges or on the sandbox in-process.

No socket is opened and no time passes: requests ends at its adapter, and the clock is set forward by sleeping.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from ansible.module_utils import basic
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import clock as clock_module
from ansible_collections.datadog_community.cloud_auth.plugins.modules import (
    persona_mapping,
    persona_mapping_info,
    persona_mappings,
)
from datadog_sandbox import Sandbox, sandbox as sandbox_module
from datadog_sandbox.messages import Request

MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"
USERS = "/api/v2/users"
API_KEY = "facade00facade00facade00facade00"
APP_KEY = "decade00decade00decade00decade00decade00"
MODULES = {
    "persona_mapping": persona_mapping,
    "persona_mapping_info": persona_mapping_info,
    "persona_mappings": persona_mappings,
}


class FakeClock(clock_module.Clock):
    """A clock whose time passes only by sleeping; ``slept`` lists all sleeps, in seconds."""

    time = 1000.0
    slept: list[float] = []

    def now(self) -> float:
        return FakeClock.time

    def sleep(self, seconds: float) -> None:
        self.check()
        FakeClock.pass_time(seconds)
        FakeClock.slept.append(seconds)
        self.check()

    @classmethod
    def pass_time(cls, seconds: float) -> None:
        cls.time += seconds


class Sent(NamedTuple):
    """A request that a module has sent; ``body`` is its JSON, or None."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


Transport = Callable[[requests.PreparedRequest, float], requests.Response]


def sent(prepared: requests.PreparedRequest) -> Sent:
    """What ``prepared`` would put on the wire."""
    parts = urlsplit(prepared.url)
    body = json.loads(prepared.body) if prepared.body else None
    return Sent(prepared.method, parts.path, dict(parse_qsl(parts.query)), dict(prepared.headers), body)


def response(
    prepared: requests.PreparedRequest, status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> requests.Response:
    """An answer as requests gives it to a client."""
    answer = requests.Response()
    answer.request, answer.url = prepared, prepared.url
    answer.status_code = status
    answer.headers.update({"Content-Type": "application/vnd.api+json", **(headers or {})})
    answer.raw = urllib3.HTTPResponse(body=io.BytesIO(body), headers=answer.headers, preload_content=False)
    answer.content  # noqa: B018
    return answer


class Script:
    """Exchanges that a test expects, in their order. At the end, all must have taken place."""

    def __init__(self) -> None:
        self._expected: list[tuple[str, str, Any]] = []
        self.sent: list[Sent] = []

    def expect(self, method: str, path: str, status: int = 200, body: Any = b"", **headers: str) -> Script:
        """The next request, and its answer. A ``body`` that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._expected.append((method, path, (status, content, {k.replace("_", "-"): v for k, v in headers.items()})))
        return self

    def lose(self, method: str, path: str, exception: Exception) -> Script:
        """The next request, which gets no answer."""
        self._expected.append((method, path, exception))
        return self

    def __call__(self, prepared: requests.PreparedRequest, timeout: float) -> requests.Response:
        request = sent(prepared)
        self.sent.append(request)
        assert self._expected, f"unexpected {request.method} {request.path}"
        method, path, what = self._expected.pop(0)
        assert (request.method, request.path) == (method, path)
        if isinstance(what, Exception):
            raise what
        status, body, headers = what
        return response(prepared, status, body, headers)

    def check(self) -> None:
        """All that was expected has been sent."""
        assert not self._expected, f"not sent: {self._expected}"


class InProcess:
    """The sandbox without a socket; its delays set the clock forward."""

    def __init__(self, **settings: Any) -> None:
        self.sandbox = Sandbox(clock=lambda: FakeClock.time, **settings)

    def __call__(self, prepared: requests.PreparedRequest, timeout: float) -> requests.Response:
        parts = urlsplit(prepared.url)
        request = Request(
            prepared.method,
            prepared.url,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in prepared.headers.items()},
            prepared.body or b"",
        )
        begun = FakeClock.time
        answer, lost = _run(self.sandbox._handle(request))
        if FakeClock.time - begun > timeout:
            FakeClock.time = begun + timeout
            raise requests.ReadTimeout("read timed out")
        if lost:
            raise requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError()))
        return response(prepared, answer.status, answer.body, {**answer.headers, "Content-Type": answer.content_type})


def _run(coroutine: Any) -> Any:
    """The result of a coroutine that never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the sandbox waits for real")


async def _wait(seconds: float) -> None:
    FakeClock.pass_time(seconds)


class Ended(NamedTuple):
    """How a module ended; ``output`` is all that it printed."""

    failed: bool
    result: dict[str, Any]
    output: str

    def __getitem__(self, key: Any) -> Any:
        return self.result[key]


def run(
    module: str,
    transport: Transport,
    arguments: dict[str, Any],
    check: bool = False,
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run a module by its main(). Keys are given unless ``arguments`` or ``environment`` say otherwise."""
    keys = {} if environment is not None else {"api_key": API_KEY, "app_key": APP_KEY}
    given = {**keys, "_ansible_check_mode": check, "_ansible_diff": True, **arguments}

    def send(adapter: object, prepared: requests.PreparedRequest, **settings: Any) -> requests.Response:
        return transport(prepared, settings["timeout"])

    FakeClock.slept = []
    output = io.StringIO()
    with ExitStack() as stack:
        for target, name, stand_in in (
            (basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()),
            (basic, "_ANSIBLE_PROFILE", "legacy"),
            (requests.adapters.HTTPAdapter, "send", send),
            (sandbox_module, "_wait", _wait),
            (module_of_task(), "Clock", FakeClock),
        ):
            stack.enter_context(mock.patch.object(target, name, stand_in, create=True))
        stack.enter_context(mock.patch.dict(os.environ, _environment(environment or {}), clear=True))
        stack.enter_context(redirect_stdout(output))
        try:
            MODULES[module].main()
        except SystemExit as end:
            result = json.loads(output.getvalue())
            assert bool(end.code) == bool(result.get("failed"))
            return Ended(bool(end.code), result, output.getvalue())
    raise AssertionError("main() returned without a result")


def module_of_task() -> Any:
    """The module that makes the clock."""
    from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import module

    return module


def _environment(given: dict[str, str]) -> dict[str, str]:
    """The environment of this process without what the modules read."""
    read = ("DD_", "DATADOG_", "HTTP", "http", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "REQUESTS_", "CURL_")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(read)}, **given}


def mapping(number: int, pattern: str, account: str = "jane.doe@corp.example", uuid: str | None = None) -> dict[str, Any]:
    """A mapping as the API lists it."""
    return {
        "id": f"c5c758c6-18c2-4484-ae3f-{number:012}",
        "type": "aws_cloud_auth_config",
        "attributes": {
            "account_identifier": account,
            "account_uuid": uuid or "11111111-a0ae-11ed-88af-be56a8628f01",
            "arn_pattern": pattern,
        },
    }
