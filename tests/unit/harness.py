# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: modules run by their real main(), on scripted exchanges or on the sandbox in-process.

No socket is opened and no time passes: requests ends at its adapter, and the clock is set forward by sleeping.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, redirect_stdout
from http.client import IncompleteRead, RemoteDisconnected
from typing import Any, ClassVar, NamedTuple
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import urllib3
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings

from ansible_collections.datadog_community.cloud_auth.plugins import modules
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import (
    _clock as clock_module,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import (
    task as task_module,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit import every_option
from datadog_sandbox import Sandbox
from datadog_sandbox import sandbox as sandbox_module
from datadog_sandbox.messages import Request

MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"
USERS = "/api/v2/users"
API_KEY = "facade00facade00facade00facade00"
APP_KEY = "decade00decade00decade00decade00decade00"
# Accounts of the sandbox: handles, emails and ids. Jane's email has changed since her account was made.
JANE = "jane.doe@corp.example"
JANE_EMAIL = "Jane.Smith@corp.example"
JANE_UUID = "11111111-a0ae-11ed-88af-be56a8628f01"
OMAR = "omar.haddad@corp.example"
CI_EMAIL = "ci@corp.example"
CI_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
MODULES = {
    found.name: importlib.import_module(f"{modules.__name__}.{found.name}")
    for found in pkgutil.iter_modules(modules.__path__)
}


class Kind(NamedTuple):
    """A kind of mapping as its users know it, for tests that hold for all kinds.

    :ivar sandbox: what the sandbox calls it.
    :ivar one: the module for one mapping, which is also what results call a mapping.
    :ivar many: the module for a set, which is also what the results of ``info`` call the mappings.
    :ivar title: what messages call a mapping.
    :ivar path: where its mappings are.
    :ivar type: its JSON type.
    :ivar option: what says who is mapped.
    :ivar has_account: whether its mappings lead to an account.
    """

    sandbox: str
    title: str
    path: str
    type: str
    option: str
    has_account: bool

    @property
    def one(self) -> str:
        return self.title.lower().replace(" ", "_")

    @property
    def many(self) -> str:
        return f"{self.one}s"

    @property
    def info(self) -> str:
        return f"{self.one}_info"

    @property
    def section(self) -> str:
        """What the sandbox's state calls its mappings."""
        return "mappings" if self.sandbox == "persona" else f"{self.sandbox}_mappings"

    def matcher(self, name: str) -> Any:
        """Who is mapped: sessions of a role, or jobs of a repository of this name."""
        return role(name) if self.option == "arn_pattern" else {"sub": f"repo:corp/{name}:ref:refs/heads/main"}

    def text(self, name: str) -> str:
        """The same as messages and the diffs of sets show it."""
        matcher = self.matcher(name)
        return matcher if isinstance(matcher, str) else f"sub: {matcher['sub']}"

    def unwanted(self, name: str) -> dict[str, Any]:
        """The options that name a mapping."""
        return {self.option: self.matcher(name)}

    def absent(self, name: str) -> dict[str, Any]:
        """The options that remove a mapping."""
        return {"state": "absent", **self.unwanted(name)}

    def wanted(self, name: str, account: str = "") -> dict[str, Any]:
        """A mapping as the options of the modules and the sandbox's state hold it; without an account, Jane's."""
        return {**self.unwanted(name), **({"account_identifier": account or JANE} if self.has_account else {})}

    def listed(self, number: int, name: str, account: str = "", uuid: str = "") -> dict[str, Any]:
        """A mapping as the API shows it."""
        ids = {"account_uuid": uuid or JANE_UUID} if self.has_account else {}
        attributes = {**self.wanted(name, account), **ids}
        return {"id": f"c5c758c6-18c2-4484-ae3f-{number:012}", "type": self.type, "attributes": attributes}

    def returned(self, number: int, name: str, account: str = "", uuid: str = "") -> dict[str, Any]:
        """The same mapping as the modules return it."""
        shown = self.listed(number, name, account, uuid)
        return {"id": shown["id"], **shown["attributes"]}


PERSONA = Kind("persona", "persona mapping", MAPPINGS, "aws_cloud_auth_config", "arn_pattern", True)
INTAKE = Kind(
    "intake",
    "intake mapping",
    "/api/v2/cloud_auth/aws/intake_mapping",
    "aws_cloud_auth_intake_mapping",
    "arn_pattern",
    False,
)
GITHUB_PERSONA = Kind(
    "github_persona",
    "GitHub persona mapping",
    "/api/v2/cloud_auth/github/persona_mapping",
    "github_oidc_auth_config",
    "claim_matchers",
    True,
)
GITHUB_INTAKE = Kind(
    "github_intake",
    "GitHub intake mapping",
    "/api/v2/cloud_auth/github/intake_mapping",
    "github_oidc_auth_intake_mapping",
    "claim_matchers",
    False,
)
KINDS = (PERSONA, INTAKE, GITHUB_PERSONA, GITHUB_INTAKE)
# Parametrize tests by these.
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.one for kind in KINDS])
every_persona_kind = pytest.mark.parametrize("kind", [PERSONA, GITHUB_PERSONA], ids=[PERSONA.one, GITHUB_PERSONA.one])


class FakeClock(clock_module.Clock):
    """A clock whose time passes only by sleeping; ``slept`` lists all sleeps, in seconds.

    It goes on over all runs of a test. ``latest`` is the clock of the latest run.
    """

    time = 1000.0
    slept: ClassVar[list[float]] = []
    latest: FakeClock
    _lock = threading.Lock()

    def __init__(self) -> None:
        super().__init__()
        FakeClock.latest = self

    def now(self) -> float:
        return FakeClock.time

    def sleep(self, seconds: float) -> None:
        self.check()
        FakeClock.pass_time(seconds)
        FakeClock.slept.append(seconds)
        self.check()

    @classmethod
    def since(cls, begun: float) -> float:
        """The seconds that have passed, without the noise of floating point."""
        return round(cls.time - begun, 6)

    @classmethod
    def pass_time(cls, seconds: float) -> None:
        with cls._lock:
            cls.time += seconds


class Sent(NamedTuple):
    """A request that a module has sent.

    ``body`` is its JSON, or None; ``settings`` are those of requests: ``timeout``, ``verify``, ``proxies`` and so on.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    url: str
    settings: dict[str, Any]


Transport = Callable[[requests.PreparedRequest, "dict[str, Any]"], requests.Response]


def sent(prepared: requests.PreparedRequest, settings: dict[str, Any]) -> Sent:
    """What ``prepared`` would put on the wire."""
    parts = urlsplit(prepared.url)
    body = json.loads(prepared.body) if prepared.body else None
    query = dict(parse_qsl(parts.query))
    return Sent(prepared.method, parts.path, query, dict(prepared.headers), body, prepared.url, settings)


def response(
    prepared: requests.PreparedRequest, status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> requests.Response:
    """An answer as requests gives it to a client."""
    answer = requests.Response()
    answer.request, answer.url = prepared, prepared.url
    answer.status_code = status
    usual = {"Content-Type": "application/vnd.api+json", "Content-Length": str(len(body))}
    answer.headers.update({**usual, **(headers or {})})
    answer.raw = urllib3.HTTPResponse(body=io.BytesIO(body), headers=answer.headers, preload_content=False)
    _read = answer.content
    return answer


class Script:
    """Exchanges that a test expects, in their order. At the end, these must have taken place, and no other."""

    def __init__(self) -> None:
        self._expected: list[tuple[str, str, Callable[[requests.PreparedRequest], requests.Response]]] = []
        self._unexpected: list[str] = []
        self.sent: list[Sent] = []

    def expect(self, method: str, path: str, status: int = 200, body: Any = b"", **headers: str) -> Script:
        """The next request, and its answer. A ``body`` that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._expected.append((method, path, lambda prepared: response(prepared, status, content, named)))
        return self

    def lose(self, method: str, path: str, exception: BaseException) -> Script:
        """The next request, which gets no answer."""

        def lost(prepared: requests.PreparedRequest) -> requests.Response:
            raise exception

        self._expected.append((method, path, lost))
        return self

    def __call__(self, prepared: requests.PreparedRequest, settings: dict[str, Any]) -> requests.Response:
        request = sent(prepared, settings)
        self.sent.append(request)
        expected = self._expected[:1]
        if [(request.method, request.path)] != [exchange[:2] for exchange in expected]:
            # A module may survive this, so it is told again at the end.
            self._unexpected.append(f"{request.method} {request.path} instead of {expected}")
            raise AssertionError(self._unexpected[-1])
        answer = self._expected.pop(0)[2]
        return answer(prepared)

    def check(self) -> None:
        """All that was expected has been sent, and nothing else."""
        assert not self._unexpected
        assert not self._expected, f"not sent: {self._expected}"


LOSSES: dict[str, Callable[[], Exception]] = {
    "close": lambda: requests.ConnectionError(
        urllib3.exceptions.ProtocolError("Connection aborted.", RemoteDisconnected("closed without response"))
    ),
    "reset": lambda: requests.ConnectionError(
        urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer"))
    ),
    "partial": lambda: requests.exceptions.ChunkedEncodingError(
        urllib3.exceptions.ProtocolError("Connection broken", IncompleteRead(b"{", 99))
    ),
}


class InProcess:
    """The sandbox without a socket; its delays set the clock forward.

    A request that outlasts the time-out is left to the sandbox, which may execute it when the client has long gone.
    """

    def __init__(self, **settings: Any) -> None:
        self.sandbox = Sandbox(clock=lambda: FakeClock.time, **settings)
        self._late: list[tuple[float, Generator[float, None, Any]]] = []
        self._one_at_a_time = threading.Lock()

    @property
    def mappings(self) -> dict[str, str]:
        """The truth: the handle of the account by pattern."""
        return {mapping["arn_pattern"]: mapping["account_identifier"] for mapping in self.sandbox.mappings()}

    @property
    def methods(self) -> list[str]:
        """The methods of all requests so far."""
        return [request.method for request in self.sandbox.requests]

    @property
    def writes(self) -> list[str]:
        """The methods of all requests so far that are there to change something."""
        return [method for method in self.methods if method != "GET"]

    def held(self, kind: Kind) -> dict[str, str | None]:
        """The truth about a kind: the handle of the account, or None, by matcher as messages show it."""
        return {
            ", ".join(f"{claim}: {text}" for claim, text in matcher.items())
            if isinstance(matcher, dict)
            else matcher: (mapping.get("account_identifier"))
            for mapping in self.sandbox.mappings(kind.sandbox)
            for matcher in [mapping[kind.option]]
        }

    def fault(self, **description: Any) -> InProcess:
        """Add a fault; returns this."""
        self.sandbox.add_fault(**description)
        return self

    def __call__(self, prepared: requests.PreparedRequest, settings: dict[str, Any]) -> requests.Response:
        parts = urlsplit(prepared.url)
        request = Request(
            prepared.method,
            prepared.url,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in prepared.headers.items()},
            prepared.body or b"",
        )
        with self._one_at_a_time:
            self._catch_up()
            handled = self._await(self.sandbox._handle(request).__await__(), FakeClock.time + settings["timeout"])
        answer, loss = handled[0], handled[1]
        if loss:
            make = LOSSES[loss]
            raise make()
        return response(prepared, answer.status, answer.body, {**answer.headers, "Content-Type": answer.content_type})

    def _await(self, work: Generator[float, None, Any], deadline: float) -> Any:
        """The result of ``work``, which yields how long it waits."""
        while True:
            try:
                pause = next(work)
            except StopIteration as end:
                return end.value
            if FakeClock.time + pause > deadline:
                self._late.append((FakeClock.time + pause, work))
                FakeClock.pass_time(max(0.0, deadline - FakeClock.time))
                raise requests.ReadTimeout("read timed out")
            FakeClock.pass_time(pause)

    def _catch_up(self) -> None:
        """Go on with the requests whose clients have given up, as far as it is time."""
        due = [late for late in self._late if late[0] <= FakeClock.time]
        self._late = [late for late in self._late if late not in due]
        for moment, work in due:
            for pause in work:
                self._late.append((moment + pause, work))
                break


def organization(kind: Kind, *mappings: dict[str, Any], **settings: Any) -> InProcess:
    """A sandbox that holds these mappings of a kind, each as ``Kind.wanted`` makes them."""
    return InProcess(**{kind.section: list(mappings)}, **settings)


class _Wait:
    """Awaited by the sandbox instead of time passing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __await__(self) -> Generator[float, None, None]:
        yield self._seconds


class Ended(NamedTuple):
    """How a module ended; ``output`` is all that it printed, ``warnings`` what it warned of."""

    failed: bool
    result: dict[str, Any]
    output: str
    warnings: list[str]

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
    keys = {"api_key": API_KEY, "app_key": APP_KEY} if environment is None else {}
    given = {**keys, "_ansible_check_mode": check, "_ansible_diff": True, **arguments}
    every_option.note(module, given)

    def send(adapter: object, prepared: requests.PreparedRequest, **settings: Any) -> requests.Response:
        return transport(prepared, settings)

    FakeClock.slept = []
    output = io.StringIO()
    warnings: list[str] = []
    with ExitStack() as stack:
        for target, name, stand_in in (
            (basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()),
            (basic, "_ANSIBLE_PROFILE", "legacy"),
            (requests.adapters.HTTPAdapter, "send", send),
            # Those of Ansible itself, which it keeps for the whole process: a list or, in newer cores, a dictionary.
            (ansible_warnings, "_global_warnings", type(ansible_warnings._global_warnings)()),
            (basic.AnsibleModule, "warn", lambda module, warning: warnings.append(warning)),
            (sandbox_module, "_wait", _Wait),
            (task_module, "Clock", FakeClock),
        ):
            stack.enter_context(mock.patch.object(target, name, stand_in, create=True))
        stack.enter_context(mock.patch.dict(os.environ, _environment(environment or {}), clear=True))
        stack.enter_context(redirect_stdout(output))
        stack.callback(gc.unfreeze)  # The process goes on here, also with its signals.
        stack.callback(_restore, {number: signal.getsignal(number) for number in clock_module.SIGNALS})
        with pytest.raises(SystemExit) as end:
            MODULES[module].main()
    result, printed = _as_the_controller_shows(output.getvalue())
    result.pop("invocation", None)  # newer cores return none
    assert bool(end.value.code) == bool(result.get("failed"))
    return Ended(bool(end.value.code), result, printed, warnings)


def _as_the_controller_shows(output: str) -> tuple[dict[str, Any], str]:
    """The result of a module as ansible-core's controller shows it, and as text.

    Since 2.22 it is the controller that hides secrets: a module hands them over beside its result.
    """
    result = json.loads(output)
    secrets = sorted(result.pop("_ansible_new_secrets", []), key=len, reverse=True)
    printed = json.dumps(result) if secrets else output
    for secret in secrets:
        printed = printed.replace(json.dumps(secret)[1:-1], "********")
    return json.loads(printed), printed


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    """A module's process would end with its task; see Clock.handle_signals."""
    for number, handler in handlers.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _environment(given: dict[str, str]) -> dict[str, str]:
    """The environment of this process without what the modules read."""
    read = (
        "DD_",
        "DATADOG_",
        "HTTP",
        "http",
        "NO_PROXY",
        "no_proxy",
        "ALL_PROXY",
        "all_proxy",
        "REQUESTS_",
        "CURL_",
        "AWS_",
    )
    return {**{name: value for name, value in os.environ.items() if not name.startswith(read)}, **given}


def role(name: str, aws_account: str = "123456789012") -> str:
    """The pattern for every session of a role."""
    return f"arn:aws:sts::{aws_account}:assumed-role/{name}/*"


def wanted(pattern: str, account: str) -> dict[str, str]:
    """A mapping as the options of the modules and the sandbox's state hold it."""
    return {"arn_pattern": pattern, "account_identifier": account}
