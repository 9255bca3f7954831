# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints for accounts: users, service accounts, roles, and who sends the request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from .accounts import MOMENT, Account
from .credentials import Caller
from .errors import gateway, not_found, refuse
from .fields import Page, data_of, member, need
from .messages import Answer, Request, encode
from .organization import Organization
from .roles import Role, holds

Handler = Callable[[Request, Caller], Answer]

USERS_PATH = "/api/v2/users"
CURRENT_USER_PATH = "/api/v2/current_user"
SERVICE_ACCOUNTS_PATH = "/api/v2/service_accounts"
ROLES_PATH = "/api/v2/roles"

USERS_READ = ("user_access_read",)
USERS_MANAGE = ("user_access_manage",)
SERVICE_ACCOUNTS_WRITE = ("service_account_write",)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NAME = re.compile(r"[^<>]{0,55}")
_USER = re.compile(rf"{USERS_PATH}/([^/]+)")
_USERS_OF_ROLE = re.compile(rf"{ROLES_PATH}/([^/]+)/users")


class People:
    """The accounts of one organization, as requests see and change them."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def methods(self, path: str) -> tuple[str, dict[str, Handler]]:
        """The name of the limit, and what executes a request to this path by its method; nothing for other paths."""
        if path == USERS_PATH:
            return "users", {"GET": self._users}
        if path == CURRENT_USER_PATH:
            return "current_user", {"GET": self._current_user}
        if path == SERVICE_ACCOUNTS_PATH:
            return "service_accounts", {"POST": self._create}
        if path == ROLES_PATH:
            return "roles", {"GET": self._roles}
        user = _USER.fullmatch(path)
        if user:
            account_id = unquote(user[1])
            verbs = {"GET": self._user, "PATCH": self._change, "DELETE": self._disable}
            return "users", {verb: partial(handler, account_id) for verb, handler in verbs.items()}
        role = _USERS_OF_ROLE.fullmatch(path)
        if role:
            role_id = unquote(role[1])
            return "roles", {"POST": partial(self._give, role_id), "DELETE": partial(self._take, role_id)}
        return "", {}

    # --- reading ---

    def _users(self, request: Request, caller: Caller) -> Answer:
        need(caller, USERS_READ)
        accounts, page = self._organization.accounts, Page.of(request)
        statuses = [status for status in request.query.get("filter[status]", "").split(",") if status]
        found = accounts.search(request.query.get("filter", ""), statuses)
        return _listed([account.as_user() for account in page.cut(found)], len(accounts), len(found))

    def _user(self, account_id: str, request: Request, caller: Caller) -> Answer:
        need(caller, USERS_READ)
        return _shown(200, self._account(account_id))

    def _current_user(self, request: Request, caller: Caller) -> Answer:
        if caller.account is None:
            raise gateway(403, "Forbidden")
        org = {"type": "orgs", "id": self._organization.org_uuid}
        user = replace(caller.account, shown=()).as_user()
        user["relationships"]["org"] = {"data": org}
        attributes = {"name": "Sandbox", "public_id": "sandbox", "created_at": MOMENT, "disabled": False}
        accounts = self._organization.accounts
        roles = accounts.show_roles(accounts.roles_of(caller.account))
        return Answer(200, encode({"data": user, "included": [{**org, "attributes": attributes}, *roles]}))

    def _roles(self, request: Request, caller: Caller) -> Answer:
        need(caller, USERS_READ)
        accounts, page = self._organization.accounts, Page.of(request)
        found = accounts.search_roles(request.query.get("filter", ""))
        return _listed(accounts.show_roles(page.cut(found)), len(accounts.roles), len(found))

    # --- writing ---

    def _create(self, request: Request, caller: Caller) -> Answer:
        need(caller, SERVICE_ACCOUNTS_WRITE)
        data = data_of(request, "users")
        attributes = member(data, "attributes", dict, "/data")
        if attributes.get("service_account") is not True:
            raise refuse(400, "service_account must be true", pointer="/data/attributes/service_account")
        given = _attributes({"email": "", **attributes}, "name", "email")
        roles = [self._role_to_give(role_id, caller) for role_id in _role_ids(data)]
        account_id = self._organization.new_id()
        held = tuple(dict.fromkeys(role.id for role in roles))
        account = Account(account_id, given.get("name", ""), account_id, given["email"], True, roles=held)
        self._organization.accounts.put(account)
        return _shown(201, account)

    def _change(self, account_id: str, request: Request, caller: Caller) -> Answer:
        account = self._account_to_change(account_id, caller)
        data = data_of(request, "users")
        if data.get("id") != account_id:
            raise refuse(422, "id must be that of the path", pointer="/data/id")
        given = _attributes(member(data, "attributes", dict, "/data"), "name", "email", "disabled")
        changed = replace(account, **given)
        self._organization.accounts.put(changed)
        return _shown(200, changed)

    def _disable(self, account_id: str, request: Request, caller: Caller) -> Answer:
        account = self._account_to_change(account_id, caller)
        self._organization.accounts.put(replace(account, disabled=True))
        return Answer(204, about=account.email)

    def _give(self, role_id: str, request: Request, caller: Caller) -> Answer:
        need(caller, USERS_MANAGE)
        role, account = self._role(role_id), self._account(_user_id(request))
        self._check_held(role, caller)
        roles = tuple(dict.fromkeys((*account.roles, role.id)))
        return self._with_roles(role, replace(account, roles=roles))

    def _take(self, role_id: str, request: Request, caller: Caller) -> Answer:
        need(caller, USERS_MANAGE)
        role, account = self._role(role_id), self._account(_user_id(request))
        roles = tuple(held for held in account.roles if held != role.id)
        return self._with_roles(role, replace(account, roles=roles))

    # --- parts ---

    def _account(self, account_id: str) -> Account:
        account = self._organization.accounts.by_id(account_id)
        if account is None:
            raise not_found()
        return account

    def _account_to_change(self, account_id: str, caller: Caller) -> Account:
        """A service account needs less than a person's."""
        need(caller, (*USERS_MANAGE, *SERVICE_ACCOUNTS_WRITE))
        account = self._account(account_id)
        if not account.service_account:
            need(caller, USERS_MANAGE)
        return account

    def _role(self, role_id: str) -> Role:
        role = self._organization.accounts.role(role_id)
        if role is None:
            raise not_found()
        return role

    def _role_to_give(self, role_id: str, caller: Caller) -> Role:
        role = self._organization.accounts.role(role_id)
        if role is None:
            raise refuse(400, f"There is no role {role_id}", pointer="/data/relationships/roles")
        self._check_held(role, caller)
        return role

    def _check_held(self, role: Role, caller: Caller) -> None:
        if not holds(caller.permissions, role.permissions):
            raise refuse(403, f"The caller must hold every permission of the role {role.name}")

    def _with_roles(self, role: Role, account: Account) -> Answer:
        accounts = self._organization.accounts
        accounts.put(account)
        holders = [other.as_user() for other in accounts.with_role(role)]
        return replace(_listed(holders, len(holders), len(holders)), about=f"{account.email}: {role.name}")


def _shown(status: int, account: Account) -> Answer:
    return Answer(status, encode({"data": account.as_user()}), about=account.email)


def _listed(data: list[Any], total: int, filtered: int) -> Answer:
    page = {"total_count": total, "total_filtered_count": filtered}
    return Answer(200, encode({"meta": {"page": page}, "data": data}))


def _attributes(given: dict[str, Any], *known: str) -> dict[str, Any]:
    """Those of the attributes that can be changed here. Raises Refused."""
    for name, value in given.items():
        wanted = bool if name == "disabled" else str
        if name in known and not isinstance(value, wanted):
            raise refuse(400, f"{name} has the wrong type", pointer=f"/data/attributes/{name}")
    if "email" in given and not _EMAIL.fullmatch(given["email"]):
        raise refuse(400, "email is not a valid email", pointer="/data/attributes/email")
    if "name" in given and not _NAME.fullmatch(given["name"]):
        raise refuse(400, "name has more than 55 characters, or < or >", pointer="/data/attributes/name")
    return {name: given[name] for name in known if name in given}


def _role_ids(data: dict[str, Any]) -> list[str]:
    """The roles of a new account; none if there is no such relationship. Raises Refused."""
    relationships = data.get("relationships", {})
    if not isinstance(relationships, dict) or "roles" not in relationships:
        return []
    roles = relationships["roles"].get("data") if isinstance(relationships["roles"], dict) else None
    good = isinstance(roles, list) and all(
        isinstance(role, dict) and role.get("type") == "roles" and isinstance(role.get("id"), str) for role in roles
    )
    if not good:
        raise refuse(400, "roles must be a list of ids", pointer="/data/relationships/roles")
    return [role["id"] for role in roles]


def _user_id(request: Request) -> str:
    return str(member(data_of(request, "users"), "id", str, "/data"))
