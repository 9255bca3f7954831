# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog's endpoints: a request in, an answer out. Knows credentials, paths and JSON; no sockets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from . import paging
from .credentials import NOBODY, Caller
from .errors import Refused, gateway, not_found, refuse
from .federation import PREFIX, RESOURCES, Resource
from .fields import READ, WRITE, data_of, member, need
from .kinds import BY_PATH, PREFIXES, Kind
from .limits import RateLimits
from .login import Login
from .mappings import Mapping
from .messages import JSON_API, Answer, Request
from .organization import Organization
from .people import Handler, People
from .settings import Settings

DELEGATED_TOKEN_PATH = "/api/v2/delegated-token"


class _Place(NamedTuple):
    """What a path leads to: a kind's collection, or one mapping by its ID."""

    kind: Kind
    mapping_id: str | None


class Api:
    """The API of one organization."""

    def __init__(self, organization: Organization, settings: Settings, limits: RateLimits, login: Login) -> None:
        self._organization = organization
        self._people = People(organization)
        self._login = login
        self._settings = settings
        self._limits = limits

    def answer(self, request: Request) -> Answer:
        """Execute one request."""
        headers: dict[str, str] = {}
        try:
            limit, handler = self._handler(request)
            caller = self._caller(request)
            headers = self._take(limit)
            answer = handler(request, caller)
        except Refused as refused:
            answer = refused.answer(self._settings.error_shape)
        return replace(answer, headers={**answer.headers, **headers})

    def about(self, request: Request) -> str | None:
        """Which mapping a request is about, for people; None if it is about none, or can't be read."""
        place = self._place(request.path)
        if place is None:
            return None
        if place.mapping_id is not None:
            mapping = self._organization.mappings(place.kind).by_id(place.mapping_id)
            return mapping and _told(mapping.matcher, mapping.account_identifier)
        try:
            matcher, identifier = _create_attributes(place.kind, request)
        except Refused:
            return None
        return _told(matcher, identifier)

    # --- the way to an endpoint ---

    def _handler(self, request: Request) -> tuple[str, Handler]:
        """The name of the limit and what executes the request."""
        limit, methods = self._methods(request.path)
        if not methods:
            raise gateway(404, "Not found")
        if request.method not in methods:
            raise gateway(405, "Method Not Allowed", Allow=", ".join(methods))
        return limit, methods[request.method]

    def _methods(self, path: str) -> tuple[str, dict[str, Handler]]:
        place = self._place(path)
        if place and place.mapping_id is None:
            kind = place.kind
            return kind.limit, {"GET": partial(self._list, kind), "POST": partial(self._create, kind)}
        if place:
            return place.kind.limit, {"GET": partial(self._get, *place), "DELETE": partial(self._delete, *place)}
        resource, entry_id = _resource(path)
        if resource and entry_id is None:
            return resource.limit, {"GET": partial(self._entries, resource)}
        if resource:
            return resource.limit, {"GET": partial(self._entry, resource, entry_id)}
        if path == DELEGATED_TOKEN_PATH:
            return "delegated_token", {"POST": self._delegated_token}
        return self._people.methods(path)

    def _place(self, path: str) -> _Place | None:
        for name, prefix in PREFIXES.items():
            if path.startswith(prefix) and self._settings.paths in (name, "both"):
                return _place(path[len(prefix) :])
        return None

    def _caller(self, request: Request) -> Caller:
        api_key, app_key = (request.headers.get(name, "") for name in ("dd-api-key", "dd-application-key"))
        authorization = request.headers.get("authorization")
        if authorization is None and request.path != DELEGATED_TOKEN_PATH:
            return self._organization.caller_with_keys(api_key, app_key)
        if api_key or app_key:
            raise gateway(400, "A request carries keys or a token, never both")
        if authorization is None or request.path == DELEGATED_TOKEN_PATH:
            return NOBODY
        scheme, _space, token = authorization.partition(" ")
        return self._organization.caller_with_token(token if scheme.lower() == "bearer" else "")

    def _take(self, name: str) -> dict[str, str]:
        """Count the request; returns the headers that tell of the limit. Raises Refused beyond it."""
        limit = self._settings.rate_limits.get(name, self._settings.rate_limit)
        allowed, headers = self._limits.take(name, limit)
        if not allowed:
            raise gateway(429, "Too many requests", **headers)
        return headers

    # --- endpoints ---

    def _list(self, kind: Kind, request: Request, caller: Caller) -> Answer:
        need(caller, READ)
        lag = self._organization.lag("list", kind, request.lag)
        mappings, json_type = self._organization.mappings(kind), self._settings.answer_types.get(kind.name)
        if self._settings.list_page is None:
            return Answer(200, mappings.list_json(lag, json_type), JSON_API, lag=lag)
        items = [mapping.json(json_type) for mapping in mappings.at(lag)]
        return Answer(200, paging.body(items, request, self._settings), JSON_API, lag=lag)

    def _get(self, kind: Kind, mapping_id: str, request: Request, caller: Caller) -> Answer:
        need(caller, READ)
        lag = self._organization.lag("get", kind, request.lag)
        mapping = self._organization.read(kind, mapping_id, lag)
        return Answer(200, self._one(mapping), JSON_API, lag=lag)

    def _create(self, kind: Kind, request: Request, caller: Caller) -> Answer:
        need(caller, WRITE)
        matcher, identifier = _create_attributes(kind, request)
        lag = self._organization.lag("conflict_check", kind, request.lag)
        mapping = self._organization.create(kind, matcher, identifier, caller.permissions, lag)
        return Answer(201, self._one(mapping), JSON_API)

    def _one(self, mapping: Mapping) -> bytes:
        return b'{"data":' + mapping.json(self._settings.answer_types.get(mapping.kind.name)) + b"}"

    def _delete(self, kind: Kind, mapping_id: str, request: Request, caller: Caller) -> Answer:
        need(caller, WRITE)
        self._organization.delete(kind, mapping_id)
        return Answer(204, content_type=JSON_API)

    def _entries(self, resource: Resource, request: Request, caller: Caller) -> Answer:
        self._check_enabled(caller)
        entries = [entry.json for entry in self._organization.entries[resource.section]]
        return Answer(200, paging.body(entries, request, self._settings), JSON_API)

    def _entry(self, resource: Resource, entry_id: str, request: Request, caller: Caller) -> Answer:
        self._check_enabled(caller)
        for entry in self._organization.entries[resource.section]:
            if entry.id == entry_id:
                return Answer(200, b'{"data":' + entry.json + b"}", JSON_API)
        raise not_found()

    def _check_enabled(self, caller: Caller) -> None:
        """Raise Refused unless the organization has what can only be read, and the caller may read it."""
        need(caller, READ)
        if self._settings.custom_oidc == "not_found":
            raise not_found()
        if self._settings.custom_oidc == "forbidden":
            raise refuse(403, "This feature is not enabled for the organization")

    def _delegated_token(self, request: Request, caller: Caller) -> Answer:
        return self._login.answer(request)


def _place(path: str) -> _Place | None:
    """A path without its prefix."""
    if path in BY_PATH:
        return _Place(BY_PATH[path], None)
    parent, _slash, last = path.rpartition("/")
    return _Place(BY_PATH[parent], unquote(last)) if parent in BY_PATH and last else None


def _resource(path: str) -> tuple[Resource | None, str | None]:
    """What can only be read: all of it, or one by its ID."""
    for resource in RESOURCES.values():
        whole = PREFIX + resource.path
        if path == whole:
            return resource, None
        if path.startswith(whole + "/"):
            return resource, unquote(path[len(whole) + 1 :])
    return None, None


def _told(matcher: Any, identifier: str | None) -> str:
    who = matcher if isinstance(matcher, str) else ", ".join(f"{name}={text}" for name, text in matcher.items())
    return f"{who} as {identifier}" if identifier else who


def _create_attributes(kind: Kind, request: Request) -> tuple[Any, str | None]:
    """The matcher and the account of a create body (API reference); any other form is a 400."""
    data = data_of(request, kind.type)
    attributes = member(data, "attributes", dict, "/data")
    matcher = member(attributes, kind.matcher, str if kind.matcher == "arn_pattern" else dict, "/data/attributes")
    if not kind.has_account:
        return matcher, None
    return matcher, member(attributes, "account_identifier", str, "/data/attributes")
