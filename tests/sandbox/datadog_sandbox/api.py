# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog's endpoints: a request in, an answer out. Knows keys, permissions, paths and JSON; no sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from .accounts import holds
from .errors import Refused, gateway, refuse
from .limits import RateLimit
from .mappings import TYPE
from .messages import JSON_API, Answer, Request, encode
from .organization import Organization
from .settings import Settings

MAPPINGS_PATH = "/api/v2/cloud_auth/aws/persona_mapping"
USERS_PATH = "/api/v2/users"

# Either name of a permission is enough: the second is the former one (seen).
READ = ("workload_identity_federation_config_read", "cloud_auth_config_read")
WRITE = ("workload_identity_federation_config_write", "cloud_auth_config_write")
USERS_READ = ("user_access_read",)

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100

Handler = Callable[[Request, "frozenset[str]"], Answer]


class Api:
    """The API of one organization."""

    def __init__(self, organization: Organization, settings: Settings, limit: RateLimit) -> None:
        self._organization = organization
        self._settings = settings
        self._limit = limit

    def answer(self, request: Request) -> Answer:
        """Execute one request."""
        headers: dict[str, str] = {}
        try:
            handler = self._handler(request)
            held = self._permissions(request)
            allowed, headers = self._limit.take(self._settings.rate_limit)
            if not allowed:
                raise gateway(429, "Too many requests")
            answer = handler(request, held)
        except Refused as refused:
            answer = refused.answer(self._settings.error_shape)
        return replace(answer, headers={**answer.headers, **headers})

    # --- the way to an endpoint ---

    def _handler(self, request: Request) -> Handler:
        methods = self._methods(request.path)
        if not methods:
            raise gateway(404, "Not found")
        if request.method not in methods:
            raise gateway(405, "Method Not Allowed", Allow=", ".join(methods))
        return methods[request.method]

    def _methods(self, path: str) -> dict[str, Handler]:
        parent, _slash, last = path.rpartition("/")
        if path == MAPPINGS_PATH:
            return {"GET": self._list, "POST": self._create}
        if parent == MAPPINGS_PATH and last:
            return {"GET": self._get, "DELETE": self._delete}
        if path == USERS_PATH:
            return {"GET": self._users}
        return {}

    def _permissions(self, request: Request) -> frozenset[str]:
        held = self._organization.app_keys.get(request.headers.get("dd-application-key", ""))
        if held is None or request.headers.get("dd-api-key") not in self._organization.api_keys:
            raise gateway(403, "Forbidden")
        return held

    # --- endpoints ---

    def _list(self, request: Request, held: frozenset[str]) -> Answer:
        _need(held, READ)
        return Answer(200, self._organization.list_json(), JSON_API)

    def _get(self, request: Request, held: frozenset[str]) -> Answer:
        _need(held, READ)
        return Answer(200, b'{"data":' + self._organization.read(_mapping_id(request)).json + b"}", JSON_API)

    def _create(self, request: Request, held: frozenset[str]) -> Answer:
        _need(held, WRITE)
        pattern, identifier = _create_attributes(request)
        mapping = self._organization.create(pattern, identifier, held)
        return Answer(201, b'{"data":' + mapping.json + b"}", JSON_API)

    def _delete(self, request: Request, held: frozenset[str]) -> Answer:
        _need(held, WRITE)
        self._organization.delete(_mapping_id(request))
        return Answer(204, content_type=JSON_API)

    def _users(self, request: Request, held: frozenset[str]) -> Answer:
        _need(held, USERS_READ)
        size = _number(request, "page[size]", DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE)
        first = size * _number(request, "page[number]", 0, 0)
        statuses = [status for status in request.query.get("filter[status]", "").split(",") if status]
        found = self._organization.accounts.search(request.query.get("filter", ""), statuses)
        page = {"total_count": len(self._organization.accounts), "total_filtered_count": len(found)}
        data = [account.as_user() for account in found[first : first + size]]
        return Answer(200, encode({"meta": {"page": page}, "data": data}))


def _need(held: frozenset[str], either: tuple[str, ...]) -> None:
    if not any(holds(held, [name]) for name in either):
        raise refuse(403, f"This action needs the permission {either[0]}")


def _mapping_id(request: Request) -> str:
    return unquote(request.path.rpartition("/")[2])


def _create_attributes(request: Request) -> tuple[str, str]:
    """The pattern and the account of a create body (API reference); any other form is a 400."""
    try:
        body = request.json()
    except ValueError:
        raise refuse(400, "The body is not valid JSON") from None
    data = _member(body, "data", dict, "")
    if data.get("type") != TYPE:
        raise refuse(400, f"type must be {TYPE}", pointer="/data/type")
    attributes = _member(data, "attributes", dict, "/data")
    return (
        _member(attributes, "arn_pattern", str, "/data/attributes"),
        _member(attributes, "account_identifier", str, "/data/attributes"),
    )


def _member(parent: Any, name: str, kind: type, pointer: str) -> Any:
    value = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(value, kind) or not value:
        raise refuse(400, f"{name} is missing or has the wrong type", pointer=f"{pointer}/{name}")
    return value


def _number(request: Request, name: str, default: int, least: int, most: int | None = None) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least or (most is not None and int(text) > most):
        raise refuse(400, f"{name} is out of range", parameter=name)
    return int(text)
