# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulation: whole tasks at once against a Datadog that remembers its past, in virtual time, without a socket.

One thread runs at a time, and gives way only where it waits: for time to pass, for an answer, for a lock. So a schedule
is the same each time, and takes some milliseconds.
"""

from __future__ import annotations

import heapq
import json
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import requests

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import _clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import CloudAuthError
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import managing
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import task as task_module
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import Kind
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import LOSSES, response

START = 1000.0
ROUND_TRIP = 0.06


class World:
    """Virtual time, and the threads that live in it.

    :ivar time: seconds.
    """

    def __init__(self) -> None:
        self.time = START
        self._waking: list[tuple[float, int, _Thread]] = []
        self._count = 0
        self._back = threading.Semaphore(0)
        self.current: _Thread | None = None
        self.threading = SimpleNamespace(
            Lock=lambda: _Lock(self),
            Thread=self.thread,
            current_thread=threading.current_thread,
            main_thread=threading.main_thread,
        )

    def thread(self, target: Callable[[], None], daemon: bool = True) -> _Thread:
        """A thread of this world, for the product's own."""
        return _Thread(self, target)

    def run(self, *targets: Callable[[], None]) -> None:
        """Do the work of ``targets`` at once, till all is done."""
        threads = [self.thread(target) for target in targets]
        for thread in threads:
            thread.start()
        while self._waking:
            self.time, _number, self.current = heapq.heappop(self._waking)
            self.current.baton.release()
            self._back.acquire()
        assert all(thread.ended for thread in threads), "a deadlock"

    def wake(self, thread: _Thread, at: float) -> None:
        """Let ``thread`` go on at this time."""
        self._count += 1
        heapq.heappush(self._waking, (at, self._count, thread))

    def give_way(self) -> None:
        """Let others run until somebody wakes this thread."""
        me = self.current
        self._back.release()
        me.baton.acquire()

    def end_of_thread(self) -> None:
        """The running thread is over."""
        self._back.release()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.wake(self.current, self.time + max(0.0, seconds))
        self.give_way()


class _Thread:
    def __init__(self, world: World, target: Callable[[], None]) -> None:
        self._world = world
        self._target = target
        self._waiting: list[_Thread] = []
        self.baton = threading.Semaphore(0)
        self.ended = False

    def start(self) -> None:
        self._real = threading.Thread(target=self._run, daemon=True)
        self._real.start()
        self._world.wake(self, self._world.time)

    def join(self) -> None:
        if not self.ended:
            self._waiting.append(self._world.current)
            self._world.give_way()

    def _run(self) -> None:
        self.baton.acquire()
        try:
            self._target()
        finally:
            self.ended = True
            for thread in self._waiting:
                self._world.wake(thread, self._world.time)
            self._world.end_of_thread()


class _Lock:
    def __init__(self, world: World) -> None:
        self._world = world
        self._held = False
        self._waiting: list[_Thread] = []

    def __enter__(self) -> None:
        while self._held:
            self._waiting.append(self._world.current)
            self._world.give_way()
        self._held = True

    def __exit__(self, *_exception: object) -> None:
        self._held = False
        if self._waiting:
            self._world.wake(self._waiting.pop(0), self._world.time)


class Account(NamedTuple):
    """A Datadog account; the handle of a person is the first email."""

    handle: str
    uuid: str
    email: str


OMAR, JANE, BOB = (
    Account(f"{name}@corp.example", str(uuid.UUID(int=number)), f"{name}@corp.example")
    for number, name in enumerate(("omar", "jane", "bob"), 1)
)
SERVICE = Account(str(uuid.UUID(int=9)), str(uuid.UUID(int=9)), "ci@corp.example")
ACCOUNTS = (OMAR, JANE, BOB, SERVICE)


class Held(NamedTuple):
    """A mapping that Datadog holds."""

    id: str
    key: str
    account: Account | None


def matched_by(kind: Kind, key: str) -> dict[str, Any]:
    """What a key is in JSON and in options: a pattern of ARNs, or the claim ``sub``."""
    option = kind.matcher.option
    return {option: key if option == "arn_pattern" else {"sub": key}}


def key_of(attributes: dict[str, Any]) -> str:
    """The key in JSON or in options."""
    return attributes.get("arn_pattern") or attributes["claim_matchers"]["sub"]


class Request(NamedTuple):
    """A request of a task, and what has become of it.

    :ivar task: the number of the task.
    :ivar executed: whether it has changed something.
    """

    task: int
    time: float
    method: str
    key: str
    status: int | str
    executed: bool


class Datadog:
    """Datadog as far as mappings of one kind go. It remembers each state that it was in, and answers from any.

    :param lags: how old each list is, in seconds, in turn; a function of the number of the list.
    :param conflict_lag: how old the state is by which conflicts are found; a key that is taken now conflicts, too.
    :param trouble: what happens to a request: None, or the name of a trouble; a function of the method and its number.
    """

    def __init__(
        self,
        world: World,
        kind: Kind = AWS_PERSONA,
        lags: Callable[[int], float] = lambda _number: 0.0,
        conflict_lag: Callable[[int], float] = lambda _number: 0.0,
        trouble: Callable[[str, int], str | None] = lambda _method, _number: None,
        accounts: Sequence[Account] = ACCOUNTS,
        delay: Callable[[], float] = lambda: ROUND_TRIP,
    ) -> None:
        self.world = world
        self.kind = kind
        self.lags = lags
        self.conflict_lag = conflict_lag
        self.trouble = trouble
        self.accounts = list(accounts)
        self.delay = delay
        self.requests: list[Request] = []
        self.states: list[tuple[float, dict[str, Held]]] = [(float("-inf"), {})]
        self.frozen_at: float | None = None
        self.disabled: set[str] = set()
        self.base = "/api/v2/cloud_auth/"
        self.of_siblings: list[dict[str, Any]] = []
        #: What happens before and after a request of a method with a number is executed.
        self.before: dict[tuple[str, int], Callable[[], None]] = {}
        self.after: dict[tuple[str, int], Callable[[], None]] = {}
        self._counts: dict[str, int] = {}
        self._ids = 0

    # ---- what it holds

    @property
    def now(self) -> dict[str, Held]:
        """The present state, by ID."""
        return self.states[-1][1]

    def at(self, time: float) -> dict[str, Held]:
        """The state at a time."""
        for since, state in reversed(self.states):
            if since <= time:
                return state
        return {}

    def holders(self, key: str, since: float, until: float) -> list[frozenset[str]]:
        """Whose accounts the key was mapped to in each state of a time, one after the other; "" where it has none."""
        states = [self.at(since), *(state for time, state in self.states if since < time <= until)]
        return [
            frozenset(held.account.uuid if held.account else "" for held in state.values() if held.key == key)
            for state in states
        ]

    def map(self, key: str, account: Account | None, at: float | None = None) -> Held:
        """Map a key, whoever does so."""
        self._ids += 1
        held = Held(str(uuid.UUID(int=self._ids << 64)), key, account)
        self._change({**self.now, held.id: held}, at)
        return held

    def unmap(self, mapping_id: str, at: float | None = None) -> None:
        """Remove a mapping, whoever does so."""
        self._change({key: held for key, held in self.now.items() if key != mapping_id}, at)

    def rename(self, account: Account, handle: str) -> None:
        """Give an account another handle, in all mappings that lead to it."""
        renamed = account._replace(handle=handle)
        held = {
            key: mapping._replace(account=renamed) for key, mapping in self.now.items() if mapping.account == account
        }
        self._change({**self.now, **held}, None)

    def _change(self, state: dict[str, Held], at: float | None) -> None:
        self.states.append((self.world.time if at is None else at, state))

    # ---- what it answers

    def answer(self, task: int, prepared: requests.PreparedRequest) -> requests.Response:
        """The answer to a request, which takes time to come and to go."""
        method = prepared.method
        parts = urlsplit(prepared.url)
        number = self._counts[method] = self._counts.get(method, -1) + 1
        self.world.sleep(self.delay() / 2)
        if parts.path == "/api/v2/users":
            return self._users(prepared, parse_qs(parts.query)["filter"][0])
        self.before.get((method, number), lambda: None)()
        trouble = self.trouble(method, number)
        before = len(self.states)
        status, body = self._trouble(trouble) if trouble in TROUBLES_BEFORE else self._execute(prepared, parts.path)
        executed = len(self.states) > before
        self.after.get((method, number), lambda: None)()
        if trouble in TROUBLES_AFTER:
            status, body = self._trouble(trouble)
        key = key_of(json.loads(prepared.body)["data"]["attributes"]) if prepared.body else ""
        self.requests.append(Request(task, self.world.time, method, key, status, executed))
        self.world.sleep(self.delay() / 2)
        if status == "lost":
            make = LOSSES["close"]
            raise make()
        return response(prepared, status, json.dumps(body).encode() if body is not None else b"", self.headers())

    def headers(self) -> dict[str, str]:
        """More headers of each answer."""
        return {}

    def _trouble(self, name: str) -> tuple[int | str, Any]:
        return TROUBLES[name], {"errors": ["trouble"]}

    def _execute(self, prepared: requests.PreparedRequest, path: str) -> tuple[int, Any]:
        if not path.startswith(self.base):
            return 404, {"errors": ["Not Found"]}
        if prepared.method == "GET":
            ours = [self._shown(held) for held in self._listed().values()]
            return 200, {"data": ours if self._is_ours(path) else self.of_siblings}
        if prepared.method == "DELETE":
            return self._delete(path.rpartition("/")[2])
        return self._create(json.loads(prepared.body)["data"]["attributes"])

    def _is_ours(self, path: str) -> bool:
        return path.endswith(self.kind.path)

    def _listed(self) -> dict[str, Held]:
        number = self._counts["GET"]
        return self.at((self.world.time if self.frozen_at is None else self.frozen_at) - self.lags(number))

    def _delete(self, mapping_id: str) -> tuple[int, Any]:
        if mapping_id not in self.now:
            return 404, {"errors": [{"status": "404", "title": "Not Found"}]}
        self.unmap(mapping_id)
        return 204, None

    def _create(self, attributes: dict[str, Any]) -> tuple[int, Any]:
        key = key_of(attributes)
        account = self._account(attributes.get("account_identifier"))
        past = self.at(self.world.time - self.conflict_lag(self._counts["POST"]))
        if self._conflicts(key, [*self.now.values(), *past.values()]):
            return 409, {"errors": ["Conflict"]}
        if self.kind.has_account and account is None:
            return 400, {"errors": ["no such account"]}
        return 201, {"data": self._shown(self.map(key, account))}

    def _conflicts(self, key: str, held: Sequence[Held]) -> bool:
        return any(mapping.key == key for mapping in held)

    def _account(self, identifier: str | None) -> Account | None:
        for account in self.accounts:
            if identifier in (account.handle, account.email):
                return account
        return None

    def _shown(self, held: Held) -> dict[str, Any]:
        account = held.account
        shown = {"account_identifier": account.handle, "account_uuid": account.uuid} if account else {}
        return {"id": held.id, "type": self.kind.type, "attributes": {**matched_by(self.kind, held.key), **shown}}

    def _users(self, prepared: requests.PreparedRequest, text: str) -> requests.Response:
        found = [account for account in self.accounts if any(text in part for part in account)]
        data = [{"type": "users", "id": account.uuid, "attributes": self._user(account)} for account in found]
        return response(prepared, 200, json.dumps({"data": data}).encode())

    def _user(self, account: Account) -> dict[str, Any]:
        return {"handle": account.handle, "email": account.email, "disabled": account.uuid in self.disabled}


TROUBLES: dict[str, int | str] = {
    "503, not executed": 503,
    "503, executed": 503,
    "lost, not executed": "lost",
    "lost, executed": "lost",
    "429": 429,
}
TROUBLES_BEFORE = frozenset({"503, not executed", "lost, not executed", "429"})
TROUBLES_AFTER = frozenset({"503, executed", "lost, executed"})


class Ended(NamedTuple):
    """How a task ended.

    :ivar started: when it began, and :ivar ended: when it ended.
    """

    arguments: dict[str, Any]
    result: dict[str, Any]
    warnings: list[str]
    started: float
    ended: float

    def __getitem__(self, key: str) -> Any:
        return self.result[key]

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def text(self) -> str:
        """All that it says."""
        return json.dumps([self.result, self.warnings])

    @property
    def seconds(self) -> float:
        return self.ended - self.started


class Task(NamedTuple):
    """A task: a set of mappings, or one, to be present or absent."""

    arguments: dict[str, Any]
    check: bool = False
    after: float = 0.0


def run_tasks(datadog: Datadog, *tasks: Task) -> list[Ended]:
    """Run tasks at once, each begun after some seconds."""
    world = datadog.world
    ended: dict[int, Ended] = {}

    def work(number: int, task: Task) -> None:
        world.sleep(task.after)
        started = world.time
        module = _Module(number, task)
        result, warnings = _run(datadog.kind, module)
        ended[number] = Ended(task.arguments, result, warnings, started, world.time)

    class Clock(_clock.Clock):
        """The clock of a task."""

        def now(self) -> float:
            return world.time

        def sleep(self, seconds: float) -> None:
            self.check()
            world.sleep(seconds)
            self.check()

    def send(_adapter: object, prepared: requests.PreparedRequest, **_settings: Any) -> requests.Response:
        number = int(prepared.headers["DD-API-KEY"][-1])
        return datadog.answer(number, prepared)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(requests.adapters.HTTPAdapter, "send", send))
        stack.enter_context(mock.patch.object(task_module, "Clock", Clock))
        for module in _with_threads():
            stack.enter_context(mock.patch.object(module, "threading", world.threading))
        world.run(*(lambda number=number, task=task: work(number, task) for number, task in enumerate(tasks)))
    return [ended[number] for number in range(len(tasks))]


def _with_threads() -> list[Any]:
    """The modules of the product that use locks or threads."""
    product = _clock.__name__.rpartition(".")[0]
    return [module for name, module in sys.modules.items() if name.startswith(product) and hasattr(module, "threading")]


class _Module:
    """What a task needs of AnsibleModule, with options as it has converted them."""

    def __init__(self, number: int, task: Task) -> None:
        given = task.arguments
        options = {"state": "present", "replace": True, "wait_timeout": 60, "id": None}
        if "mappings" in given:
            options.update(purge=False, purge_aws_accounts=None, max_removals=None, concurrency=8)
        connection = {
            "api_key": "k" * 31 + str(number),
            "app_key": "a" * 40,
            "api_url": "http://127.0.0.1:1",
            "retries": 5,
        }
        self.params = {**_EMPTY, **connection, **options, **given}
        self.given = frozenset({"api_key", "app_key", "api_url", *given})
        self.blank: frozenset[str] = frozenset()
        self.check_mode = task.check
        self.no_log_values: set[str] = set()
        self.misfits: dict[str, str] = {}


_EMPTY = {name: option.get("default") for name, option in task_module.CONNECTION_OPTIONS.items()}


def _run(kind: Kind, module: _Module) -> tuple[dict[str, Any], list[str]]:
    """What the module's main() would do between reading the options and printing the result."""
    bodies: list[Callable[[Any], dict[str, Any]]] = []
    manage = managing.manage_set if "mappings" in module.params else managing.manage_one
    with mock.patch.object(managing, "run", lambda _options, work, **_rules: bodies.append(work)):
        manage(kind)
    task = task_module.Task(module)
    try:
        result = bodies[0](task)
    except CloudAuthError as error:
        result = {"failed": True, "msg": str(error), "changed": False, **error.facts}
    return result, task.all_warnings()
