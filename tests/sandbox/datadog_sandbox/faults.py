# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: which request they strike, and what they do to it and to its answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .kinds import kind_named
from .messages import JSON, Answer, Request, encode

CONNECTIONS = ("new", "reused")
LOSSES = ("close", "reset", "partial")
_CHANGES = ("create", "delete")
_UNSET = object()

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SOME_JSON = b'{"data":{"id":"c5c758c6-18c2-4484-ae3f-46b84128404a","type":"aws_cloud_auth_config"}}'
_TEN_MEGABYTES = 10 * 1024 * 1024

# Each takes the true body (or some JSON, if the request was not executed) and gives body, content type and headers.
JUNK: dict[str, Callable[[bytes], tuple[bytes, str, dict[str, str]]]] = {
    "html": lambda body: (_HTML, "text/html", {}),
    "empty": lambda body: (b"", JSON, {}),
    "cut": lambda body: (body[: len(body) // 2], JSON, {}),
    "null": lambda body: (b"null", JSON, {}),
    "list": lambda body: (b"[]", JSON, {}),
    "deep": lambda body: (b"[" * 100_000 + b"]" * 100_000, JSON, {}),
    "encoding": lambda body: (b'{"errors":["caf\xe9 \xff\xfe"]}', JSON + "; charset=utf-8", {}),
    "charset": lambda body: (body, JSON + "; charset=no-such-charset", {}),
    "gzip": lambda body: (b"this is not gzip", JSON, {"Content-Encoding": "gzip"}),
    "huge": lambda body: (b'{"errors":["' + b"x" * _TEN_MEGABYTES + b'"]}', JSON, {}),
    "content_type": lambda body: (body, "text/plain", {}),
}


@dataclass
class Fault:
    """One fault. Raises ValueError or TypeError for a description that makes no sense.

    Which requests: ``method``; ``path``, a regular expression searched in the path; ``contains``, a text in the
    body; ``connection``, ``new`` or ``reused``. Of those, the first ``skip`` are spared and the next ``times`` struck
    (None: all), until ``lasts`` seconds after the first (None: no end).

    What happens, in this order: ``delay_before`` (s); ``lag`` (s), how old the state is that a list, a GET of one
    mapping or the check for conflicts sees, whatever the settings say; ``change``, what someone else does just before
    the request is executed, a list of ``{"create": {"arn_pattern", "account_identifier"}}`` and
    ``{"delete": {"arn_pattern"}}`` (or ``{"id"}``), with ``kind`` and ``claim_matchers`` for other kinds of mapping,
    in-process also a callable that is given the sandbox; the request is executed or not (``execute``; if not given:
    only if the fault leaves the answer alone); ``delay_after`` (s); the answer is changed by ``status``, ``headers``,
    ``body`` (text, bytes or anything for JSON), ``content_type``, ``junk`` (a name from ``JUNK``), ``redirect`` (a URL,
    with 307 if no status is given); or there is none, for the connection is lost (``lose``: ``close``, ``reset``, or
    ``partial`` for a half answer). ``drip``: the body comes byte by byte, with so
    many seconds in between, with ``drip_head`` the headers, too. ``flood``: a body of so many blanks. ``interim``:
    statuses of answers that come before the real one. (These need the server; in-process there are none.)
    """

    method: str | None = None
    path: str | None = None
    contains: str | None = None
    connection: str | None = None
    skip: int = 0
    times: int | None = 1
    lasts: float | None = None
    delay_before: float = 0.0
    lag: float | None = None
    change: Any = ()
    execute: bool | None = None
    delay_after: float = 0.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = _UNSET
    content_type: str | None = None
    junk: str | None = None
    redirect: str | None = None
    lose: str | None = None
    drip: float = 0.0
    drip_head: bool = False
    flood: int = 0
    interim: Any = ()

    def __post_init__(self) -> None:
        _check_one_of("connection", self.connection, CONNECTIONS)
        _check_one_of("lose", self.lose, LOSSES)
        _check_one_of("junk", self.junk, tuple(JUNK))
        for name in ("method", "path", "contains", "content_type", "redirect"):
            _check(name, getattr(self, name), isinstance(getattr(self, name), (str, type(None))), "a string")
        for name in ("delay_before", "delay_after", "drip"):
            _check(name, getattr(self, name), _is_amount(getattr(self, name), (int, float)), "a number, 0 or more")
        for name in ("skip", "flood"):
            _check(name, getattr(self, name), _is_amount(getattr(self, name), int), "a whole number, 0 or more")
        for name in ("lasts", "lag"):
            value = getattr(self, name)
            _check(name, value, value is None or _is_amount(value, (int, float)), "null or a number, 0 or more")
        _check("drip_head", self.drip_head, isinstance(self.drip_head, bool), "true or false")
        _check("times", self.times, self.times is None or _is_amount(self.times, int), "null or a whole number")
        _check("execute", self.execute, self.execute in (None, True, False), "true or false")
        _check("headers", self.headers, _is_headers(self.headers), "an object of strings")
        is_status = self.status is None or (isinstance(self.status, int) and 200 <= self.status <= 599)
        _check("status", self.status, is_status, "from 200 to 599")
        _check("interim", self.interim, _is_interim(self.interim), "a list of statuses from 100 to 199")
        _check_changes(self.change)
        try:
            self._path = re.compile(self.path or "")
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from None
        self.struck = 0
        self._ends = float("inf")

    @property
    def executes(self) -> bool:
        """Whether the API gets to work on the request."""
        return not self._replaces if self.execute is None else self.execute

    @property
    def _replaces(self) -> bool:
        replaced = (self.status, self.content_type, self.junk, self.redirect, self.lose)
        return self.body is not _UNSET or self.flood > 0 or any(value is not None for value in replaced)

    def strikes(self, request: Request, now: float = 0.0) -> bool:
        """Whether this request, which comes at ``now``, is struck; counts it if it matches."""
        if self.times == 0 or now >= self._ends or not self._matches(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        if self.lasts is not None and not self.struck:
            self._ends = now + self.lasts
        self.struck += 1
        return True

    def _matches(self, request: Request) -> bool:
        return (
            self.method in (None, request.method)
            and self._path.search(request.path) is not None
            and (self.contains or "") in request.body.decode("utf-8", "replace")
            and self.connection in (None, "reused" if request.reused else "new")
        )

    def distort(self, answer: Answer | None) -> Answer:
        """The answer to send instead of the API's, which is None if the request was not executed."""
        told = answer or Answer(200, _SOME_JSON)
        if self.redirect:
            told = Answer(307, headers={"Location": self.redirect})
        if self.status is not None:
            # An answer of the fault's own has no body unless it is given one.
            told = replace(told, status=self.status, body=told.body if answer else b"")
        if self.junk:
            body, content_type, headers = JUNK[self.junk](told.body or _SOME_JSON)
            told = replace(told, body=body, content_type=content_type, headers={**told.headers, **headers})
        if self.body is not _UNSET:
            told = replace(told, body=_to_bytes(self.body))
        if self.content_type is not None:
            told = replace(told, content_type=self.content_type)
        if self.flood:
            told = replace(told, body=b"", headers={**told.headers, "Content-Length": str(self.flood)})
        headers = {**told.headers, **self.headers}
        dripping = {"drip": self.drip, "drip_head": self.drip_head, "flood": self.flood}
        return replace(told, headers=headers, interim=tuple(self.interim), **dripping)

    def as_dict(self) -> dict[str, Any]:
        """The fault as it stands (``skip`` and ``times`` count down), for JSON; what can't be JSON is described."""
        values = {name: value for name, value in vars(self).items() if not name.startswith("_") and value is not _UNSET}
        return {
            name: repr(value) if callable(value) or isinstance(value, bytes) else value
            for name, value in values.items()
        }


class Faults:
    """The faults in force, by number. A request is struck by the oldest that fits, and by no other."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._number = 0

    def add(self, fault: Fault) -> int:
        self._number += 1
        self._faults[self._number] = fault
        return self._number

    def remove(self, number: int) -> bool:
        """False if there is no such fault."""
        return self._faults.pop(number, None) is not None

    def items(self) -> list[tuple[int, Fault]]:
        return list(self._faults.items())

    def strike(self, request: Request) -> tuple[int | None, Fault]:
        """The fault for this request with its number; a fault that does nothing if there is none."""
        for number, fault in self._faults.items():
            if fault.strikes(request, self._clock()):
                return number, fault
        return None, NO_FAULT


def _check(name: str, value: Any, is_good: bool, wanted: str) -> None:
    if not is_good:
        raise ValueError(f"{name} must be {wanted}, not {value!r}")


def _check_one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    _check(name, value, value is None or value in allowed, "one of " + ", ".join(allowed))


def _is_amount(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and bool(0 <= value < float("inf"))


def _is_interim(value: Any) -> bool:
    is_list = isinstance(value, (list, tuple))
    return is_list and all(_is_amount(status, int) and 100 <= status <= 199 for status in value)


def _is_headers(value: Any) -> bool:
    """Numbers are fine, since YAML makes them of what looks like one."""
    return isinstance(value, dict) and all(isinstance(text, (str, int, float)) for text in value.values())


def _check_changes(changes: Any) -> None:
    if callable(changes):
        return
    if not isinstance(changes, (list, tuple)):
        raise ValueError("change must be a list")
    for change in changes:
        if not isinstance(change, dict) or len(change) != 1 or set(change) - set(_CHANGES):
            raise ValueError("a change must be one create or one delete")
        [(verb, values)] = change.items()
        _check_change(verb, values)


def _check_change(verb: str, values: Any) -> None:
    if not isinstance(values, dict):
        raise ValueError(f"a change to {verb} must be an object")
    kind = kind_named(values.get("kind", "persona"))
    allowed = [kind.needed] if verb == "create" else [[kind.matcher], ["id"]]
    if sorted(values.keys() - {"kind"}) not in [sorted(names) for names in allowed]:
        raise ValueError(f"a change to {verb} needs " + " or ".join(" and ".join(names) for names in allowed))
    for name, value in values.items():
        wanted = dict if name == "claim_matchers" else str
        _check(name, value, isinstance(value, wanted), f"a {wanted.__name__}")


def _to_bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8") if isinstance(body, str) else encode(body)


NO_FAULT = Fault(times=None)
