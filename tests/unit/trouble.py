# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trouble for a task in-process: outages, and real signals at any moment.

Both can come together with the faults and the settings of the sandbox. No time passes: see harness.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

import pytest
import requests
import urllib3

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    LOSSES,
    Ended,
    FakeClock,
    InProcess,
    Kind,
    response,
    run,
)

# A write that is struck by one of these was executed or not, and the next one of its kind is answered.
UNANSWERED: dict[str, dict[str, Any]] = {
    "lost": {"lose": "close"},
    "time-out": {"delay_after": 60},
    "503": {"status": 503},
    "html": {"junk": "html"},
}
# Answers that refuse a write for good.
FORBIDDEN = {"status": 403, "body": {"errors": ["Forbidden"]}}
NOT_INTEGRATED = {"status": 400, "body": {"errors": ["AWS Account Id is not integrated with this account"]}}

every_loss = pytest.mark.parametrize("loss", UNANSWERED.values(), ids=UNANSWERED)
executed_or_not = pytest.mark.parametrize("execute", [True, False], ids=["executed", "not executed"])
# Lists are up to date, or as old as they may be.
every_lag = pytest.mark.parametrize("lag", [0, 20])


def path_moves(sandbox: Any) -> None:
    """A change: the old spelling of the path is a 404 from now on."""
    sandbox.settings.update(paths="wif")


def someone_deletes(kind: Kind, name: str) -> dict[str, Any]:
    """A change by somebody else."""
    return {"delete": {"kind": kind.sandbox, **kind.unwanted(name)}}


def someone_creates(kind: Kind, name: str, account: str = "") -> dict[str, Any]:
    """A change by somebody else; without an account, the mapping is Jane's."""
    return {"create": {"kind": kind.sandbox, **kind.wanted(name, account)}}


def refused_connection(prepared: requests.PreparedRequest) -> requests.ConnectionError:
    """Nobody listens: known not to have been executed."""
    refused = urllib3.exceptions.NewConnectionError(None, "Connection refused")
    refused.__cause__ = ConnectionRefusedError(111, "Connection refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, prepared.url, refused))


def refused_tunnel(prepared: requests.PreparedRequest) -> requests.exceptions.ProxyError:
    """A proxy can't reach Datadog at the moment: known not to have been executed."""
    tunnel = OSError("Tunnel connection failed: 503 Service Unavailable")
    proxy = urllib3.exceptions.ProxyError("Unable to connect to proxy", tunnel)
    return requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(None, prepared.url, proxy))


class Outage(NamedTuple):
    """Nothing is executed for some time, straight after a request was.

    :ivar method: of that request.
    :ivar skip: how many requests of the method are answered before that one.
    :ivar seconds: how long it lasts.
    :ivar way: what comes instead of an answer: ``503``, ``refused``, ``proxy``, ``lost`` or ``time-out``.
    """

    method: str
    skip: int
    seconds: float
    way: str


class Signal(NamedTuple):
    """A signal that this process sends to itself.

    :ivar moment: ``before`` or ``after`` a request, or as a ``sleep`` begins.
    :ivar count: which one, from 0 on. Requests and sleeps are counted each for themselves.
    """

    number: signal.Signals
    moment: str
    count: int


def troubled(kind: Kind, *mappings: dict[str, Any], **settings: Any) -> Troubled:
    """A sandbox for trouble that holds these mappings of a kind, each as ``Kind.wanted`` makes them."""
    return Troubled(**{kind.section: list(mappings)}, **settings)


class Killed(BaseException):
    """The process would have ended: a signal came that nothing had asked for."""


class Troubled(InProcess):
    """The sandbox without a socket, with an outage and signals.

    :ivar sent_writes: the methods of the requests so far that may have changed something, as far as a client can know.
    :ivar unmapped_since: when the time began in which a pattern that was mapped at first has no mapping, by pattern.
    :ivar unmapped: the longest such time that has ended, in seconds, by pattern.
    """

    def __init__(self, outage: Outage | None = None, signals: Sequence[Signal] = (), **settings: Any) -> None:
        super().__init__(**settings)
        self.signals = list(signals)
        self.sent_writes: list[str] = []
        self._counts = {"before": 0, "after": 0, "sleep": 0}
        self._outage = outage
        self._outage_ends = 0.0
        self._patterns = set(self.mappings)
        self.unmapped_since: dict[str, float] = {}
        self.unmapped: dict[str, float] = {}

    def __call__(self, prepared: requests.PreparedRequest, settings: dict[str, Any]) -> requests.Response:
        self.moment("before")
        try:
            out_of_service = FakeClock.time < self._outage_ends
            if prepared.method != "GET" and not (out_of_service and self._way in ("refused", "proxy")):
                self.sent_writes.append(prepared.method)
            if out_of_service:
                return self._out_of_service(prepared, settings)
            return super().__call__(prepared, settings)
        finally:
            self._begin_outage(prepared.method)
            self._watch()
            self.moment("after")

    def moment(self, name: str) -> None:
        """One more moment of this name has come: send the signals that are due."""
        count = self._counts[name]
        self._counts[name] += 1
        for due in [due for due in self.signals if due[1:] == (name, count)]:
            if due in self.signals:  # The task may have ended meanwhile.
                os.kill(os.getpid(), due.number)
                self._until_noticed()

    def _until_noticed(self) -> None:
        """Signals are handled in the main thread, which may come to it only when the task is over."""
        deadline = time.monotonic() + 10
        while threading.current_thread() is not threading.main_thread() and time.monotonic() < deadline:
            if FakeClock.latest._stopped_by:
                return
            time.sleep(0.001)

    def end_trouble(self) -> None:
        """From now on all goes well, and all reads are up to date."""
        self.sandbox.clear_faults()
        self.signals, self._outage, self._outage_ends = [], None, 0.0
        FakeClock.pass_time(100)

    def _begin_outage(self, method: str) -> None:
        if self._outage and method == self._outage.method:
            self._outage = self._outage._replace(skip=self._outage.skip - 1)
            if self._outage.skip < 0:
                self._way, self._outage_ends = self._outage.way, FakeClock.time + self._outage.seconds
                self._outage = None

    def _out_of_service(self, prepared: requests.PreparedRequest, settings: dict[str, Any]) -> requests.Response:
        if self._way == "refused":
            raise refused_connection(prepared)
        if self._way == "proxy":
            raise refused_tunnel(prepared)
        if self._way == "lost":
            make = LOSSES["close"]
            raise make()
        if self._way == "time-out":
            FakeClock.pass_time(settings["timeout"])
            raise requests.ReadTimeout("read timed out")
        return response(prepared, 503)

    def _watch(self) -> None:
        mapped = set(self.mappings)
        for pattern in self._patterns:
            if pattern not in mapped:
                self.unmapped_since.setdefault(pattern, FakeClock.time)
            elif pattern in self.unmapped_since:
                lasted = FakeClock.time - self.unmapped_since.pop(pattern)
                self.unmapped[pattern] = max(lasted, self.unmapped.get(pattern, 0.0))


def run_in_trouble(module: str, api: Troubled, arguments: dict[str, Any], check: bool = False) -> Ended | None:
    """Run a module as ``run`` does, under real signals. None if a signal that nothing handled has ended it.

    Handlers that the module leaves behind are gone afterward.

    :raises AssertionError: it has ended without a result for another reason.
    """
    plain_sleep = FakeClock.sleep

    def sleep(clock: FakeClock, seconds: float) -> None:
        api.moment("sleep")
        plain_sleep(clock, seconds)

    with deadly(signal.SIGTERM, signal.SIGHUP) as killed, mock.patch.object(FakeClock, "sleep", sleep):
        try:
            return run(module, api, arguments, check)
        except BaseException as problem:
            if killed:  # Where in Python that strikes, other exceptions may come out.
                return None
            if isinstance(problem, KeyboardInterrupt):
                raise AssertionError("SIGINT has ended the module in a traceback") from None
            raise
        finally:
            api.signals = []  # A thread that goes on must not end the tests.
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def deadly(*numbers: signal.Signals) -> Generator[list[int], None, None]:
    """These signals raise Killed, unless the module handles them: by default they would end the process.

    Yields a list of those that did.
    """
    killed: list[int] = []

    def die(number: int, frame: object) -> None:
        killed.append(number)
        raise Killed

    before = {number: signal.signal(number, die) for number in numbers}
    try:
        yield killed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
