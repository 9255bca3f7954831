# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API under ``/sandbox``: the in-process API again, as plain JSON for playbooks and other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .messages import Answer, Request, encode
from .state import SECRET_SECTIONS
from .version import __version__

if TYPE_CHECKING:
    from .sandbox import Sandbox

PREFIX = "/sandbox"

# A status, and the JSON value to send with it (none with a 204).
Result = tuple[int, Any]


class Control:
    """Routes requests for ``/sandbox/…`` to a sandbox. Needs no keys."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._routes: dict[str, dict[str, Callable[[Request], Result]]] = {
            "": {"GET": self._health},
            "/requests": {"GET": self._requests, "DELETE": self._clear_requests},
            "/state": {"GET": self._state, "PUT": self._replace_state, "PATCH": self._merge_state},
            "/faults": {"GET": self._faults, "POST": self._add_fault, "DELETE": self._clear_faults},
            "/settings": {"GET": self._settings, "PATCH": self._change_settings},
            "/oidc_tokens": {"POST": self._oidc_token},
            "/reset": {"POST": self._reset},
        }

    @staticmethod
    def owns(path: str) -> bool:
        return path == PREFIX or path.startswith(PREFIX + "/")

    def answer(self, request: Request) -> Answer:
        """Execute one request; what is wrong with it is said in a 400."""
        methods = self._routes.get(request.path[len(PREFIX) :].rstrip("/"))
        if methods is None:
            return _error(404, f"no such path: {request.path}")
        if request.method not in methods:
            return _error(405, "allowed: " + ", ".join(methods))
        try:
            status, value = methods[request.method](request)
        except (TypeError, ValueError) as error:
            return _error(400, str(error))
        return Answer(status, b"" if status == 204 else encode(value))

    def _health(self, request: Request) -> Result:
        return 200, {"name": "datadog_sandbox", "version": __version__, "url": self._sandbox.url}

    def _requests(self, request: Request) -> Result:
        records = [record.as_dict() for record in self._sandbox.requests]
        return 200, {"count": self._sandbox.request_count, "requests": records}

    def _clear_requests(self, request: Request) -> Result:
        self._sandbox.clear_requests()
        return 204, None

    def _state(self, request: Request) -> Result:
        return 200, {name: value for name, value in self._sandbox.state().items() if name not in SECRET_SECTIONS}

    def _replace_state(self, request: Request) -> Result:
        self._sandbox.set_state(**_object(request))
        return 204, None

    def _merge_state(self, request: Request) -> Result:
        self._sandbox.merge_state(**_object(request))
        return 204, None

    def _faults(self, request: Request) -> Result:
        return 200, {"faults": [{"id": number, **fault.as_dict()} for number, fault in self._sandbox.faults()]}

    def _add_fault(self, request: Request) -> Result:
        return 201, {"id": self._sandbox.add_fault(**_object(request))}

    def _clear_faults(self, request: Request) -> Result:
        self._sandbox.clear_faults()
        return 204, None

    def _settings(self, request: Request) -> Result:
        return 200, self._sandbox.settings.as_dict()

    def _change_settings(self, request: Request) -> Result:
        self._sandbox.settings.update(**_object(request))
        return self._settings(request)

    def _oidc_token(self, request: Request) -> Result:
        return 201, {"token": self._sandbox.oidc_token(**_object(request))}

    def _reset(self, request: Request) -> Result:
        self._sandbox.reset()
        return 204, None


def _object(request: Request) -> dict[str, Any]:
    value = request.json()
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")
    return value


def _error(status: int, text: str) -> Answer:
    return Answer(status, encode({"error": text}))
