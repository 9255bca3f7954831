# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox as a whole: the API, its faults and its record behind one server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import jwt, samples
from .api import Api
from .control import Control
from .faults import Fault, Faults
from .kinds import Matcher, kind_named
from .limits import RateLimits
from .login import Login
from .messages import Answer, Request
from .organization import Organization
from .recorder import Record, Recorder
from .server import Server
from .settings import Settings
from .state import SECTIONS


class Sandbox:
    """A local stand-in for Datadog's API; a context manager that serves between enter and exit.

    ``accounts``, ``mappings``, ``intake_mappings``, ``tokens`` and all other sections of the state may be given to
    start with, as ``Organization.load`` takes them; what is not given is as in ``samples``. ``tls``: the paths of a
    certificate and its key. ``seed`` makes ids repeatable. ``clock`` returns seconds for lags, limits, tokens and the
    integration of AWS accounts (waiting is always real), ``wall`` those since 1970, for proofs and for the end of
    tokens as clients are told it. ``log`` is called with each Record when it is answered.
    Everything else is a setting (see ``Settings``). All methods may be called from any thread.
    Raises ValueError, TypeError or OSError for what can't be served.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: tuple[str, str] | None = None,
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        log: Callable[[Record], None] | None = None,
        **sections_and_settings: Any,
    ) -> None:
        given = {
            name: value for name, value in sections_and_settings.items() if name not in SECTIONS or value is not None
        }
        self._initial_state = {name: value for name, value in given.items() if name in SECTIONS}
        self._lock = threading.RLock()
        self._wall = wall
        self._log = log or (lambda record: None)
        self.settings = Settings()
        self.settings.update(**{name: value for name, value in given.items() if name not in SECTIONS})
        self._initial_settings = self.settings.as_dict()
        self._organization = Organization(self.settings, clock, seed)
        self._limits = RateLimits(clock)
        login = Login(self._organization, self.settings, wall)
        self._api = Api(self._organization, self.settings, self._limits, login)
        self._faults = Faults(clock)
        self._recorder = Recorder()
        self._control = Control(self)
        self._server = Server(self._handle, host, port, tls)
        self.reset()

    # --- serving ---

    def start(self) -> Sandbox:
        """Listen; returns when requests are answered. Raises OSError if the port is taken."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop listening and close all connections."""
        self._server.stop()

    __enter__ = start

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL, such as ``http://127.0.0.1:41234``."""
        return self._server.url

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point a client here, with the first keys of the state."""
        with self._lock:
            api_key = next(iter(self._organization.api_keys), samples.API_KEY)
            app_key = next(iter(self._organization.app_keys), samples.APP_KEY)
        return {"DATADOG_HOST": self.url, "DD_API_KEY": api_key, "DD_APP_KEY": app_key}

    @property
    def keyless_env(self) -> dict[str, str]:
        """Instead of keys, the variables for logging in as the first AWS identity of the state, if there is one."""
        with self._lock:
            org_uuid = self._organization.org_uuid
            identities = list(self._organization.aws_access_keys.items())
        cloud = {"DATADOG_HOST": self.url, "DD_CLOUD_PROVIDER_TYPE": "aws", "DD_ORG_UUID": org_uuid}
        for key_id, key in identities[:1]:
            cloud.update(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=key.secret)
            if key.session_token:
                cloud["AWS_SESSION_TOKEN"] = key.session_token
        return cloud

    def oidc_token(self, **claims: Any) -> str:
        """An OIDC token with these claims, which is not signed. A claim that is None is left out.

        Unless they say otherwise, it is for this organization, and for ten minutes.
        """
        with self._lock:
            org_uuid = self._organization.org_uuid
        now = int(self._wall())
        times = {"iat": now, "nbf": now, "exp": now + jwt.LIFETIME}
        given = {"aud": jwt.AUDIENCE + org_uuid, **times, **claims}
        return jwt.make({name: value for name, value in given.items() if value is not None})

    # --- the state ---

    # A kind is ``persona``, ``intake``, ``github_persona`` or ``github_intake``.

    def mappings(self, kind: str = "persona") -> list[dict[str, Any]]:
        """The truth, whatever lagging reads see.

        Each has ``id``, then ``arn_pattern`` or ``claim_matchers``, and ``account_identifier`` and ``account_uuid`` if
        the kind has accounts.
        """
        with self._lock:
            return [mapping.as_dict() for mapping in self._organization.mappings(kind_named(kind))]

    def create_mapping(
        self,
        arn_pattern: str | None = None,
        account_identifier: str | None = None,
        *,
        kind: str = "persona",
        claim_matchers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Someone else creates a mapping, subject to lag but to no rule. Raises ValueError if it is impossible."""
        matcher = _matcher(kind, arn_pattern, claim_matchers)
        if not matcher:
            raise ValueError(f"a mapping needs {kind_named(kind).matcher}")
        with self._lock:
            return self._organization.create_by_other(kind_named(kind), matcher, account_identifier).as_dict()

    def delete_mapping(
        self,
        arn_pattern: str | None = None,
        mapping_id: str | None = None,
        *,
        kind: str = "persona",
        claim_matchers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Someone else deletes a mapping. Raises ValueError if there is none."""
        matcher = _matcher(kind, arn_pattern, claim_matchers)
        with self._lock:
            return self._organization.delete_by_other(kind_named(kind), matcher, mapping_id).as_dict()

    def state(self) -> dict[str, Any]:
        """All sections, as ``set_state`` takes them."""
        with self._lock:
            return self._organization.dump()

    def set_state(self, **sections: Any) -> None:
        """Replace the given sections of the state, known to all reads at once. Raises ValueError, TypeError."""
        with self._lock:
            self._organization.load(sections)

    def merge_state(self, **sections: Any) -> None:
        """Add to the given sections. Raises ValueError, TypeError."""
        with self._lock:
            self._organization.load(sections, merge=True)

    def reset(self) -> None:
        """Everything as at the start: state and settings; no faults, no requests recorded."""
        with self._lock:
            self.settings.update(**self._initial_settings)
            self._organization.clear()
            self._organization.load(self._initial_state)
            self._limits.restart()
            self._faults.clear()
            self._recorder.clear()

    # --- faults ---

    def add_fault(self, **description: Any) -> int:
        """Add a fault (see ``Fault`` for its parts); returns its number. Raises ValueError, TypeError."""
        fault = Fault(**description)
        with self._lock:
            return self._faults.add(fault)

    def remove_fault(self, number: int) -> bool:
        """End one fault; false if there is none of this number."""
        with self._lock:
            return self._faults.remove(number)

    def clear_faults(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def faults(self) -> list[tuple[int, Fault]]:
        """All faults with their numbers; ``fault.struck`` counts the requests struck."""
        with self._lock:
            return self._faults.items()

    # --- the record ---

    @property
    def requests(self) -> list[Record]:
        """Every request to the API so far, oldest first; those to the control API are left out."""
        with self._lock:
            return self._recorder.all()

    @property
    def request_count(self) -> int:
        """How many requests there were, also those too old to be kept."""
        return self._recorder.count

    def clear_requests(self) -> None:
        with self._lock:
            self._recorder.clear()

    # --- one request ---

    async def _handle(self, request: Request) -> tuple[Answer, str | None]:
        if Control.owns(request.path):
            with self._lock:
                return self._control.answer(request), None
        with self._lock:
            record = self._recorder.add(request, self._api.about(request))
            record.fault, fault = self._faults.strike(request)
        await _wait(self.settings.latency + fault.delay_before)
        answer = self._execute(request, fault, record)
        await _wait(fault.delay_after)
        record.status = None if fault.lose else answer.status
        record.reason = answer.reason
        record.about = answer.about or record.about
        record.lag = answer.lag
        self._log(record)
        return answer, fault.lose

    def _execute(self, request: Request, fault: Fault, record: Record) -> Answer:
        with self._lock:
            self._change(fault.change)
            seen = replace(request, lag=fault.lag)
            answer = self._api.answer(seen) if fault.executes else None
        record.executed = answer is not None and answer.executed
        return fault.distort(answer)

    def _change(self, changes: Any) -> None:
        """What someone else does; what has become impossible is left undone, as it would be for them."""
        if callable(changes):
            changes(self)
            return
        for change in changes:
            try:
                if "create" in change:
                    self.create_mapping(**change["create"])
                else:
                    known = dict(change["delete"])
                    self.delete_mapping(mapping_id=known.pop("id", None), **known)
            except ValueError:
                continue


def _matcher(kind: str, arn_pattern: str | None, claim_matchers: dict[str, str] | None) -> Matcher | None:
    return arn_pattern if kind_named(kind).matcher == "arn_pattern" else claim_matchers


async def _wait(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)
