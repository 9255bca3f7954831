# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service accounts: how they are found, and the requests that create, change and disable one.

They are users to the API, which has people's accounts in the same lists. Datadog deletes none: they are disabled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._errors import Forbidden, NotFound, RequestFailed
from .._http.answers import BadShape, field
from .._http.call import Call
from .._http.client import Client
from .identifiers import canonical_id
from .kind import text_in
from .searches import search

# Paths, parameters and permissions: API reference.
USERS = "/api/v2/users"
SERVICE_ACCOUNTS = "/api/v2/service_accounts"
# All that there are: without it, an answer may leave some out.
STATUSES = "Active,Disabled,Pending"
READ = "user_access_read"

# A request that changes an account. All but the creation may be executed twice.
AccountWrite = Call


class User(NamedTuple):
    """A service account, or the account of a person, which is never changed here.

    :ivar name: the name that people read; None if there is none.
    :ivar disabled: whether the account can't be used at present.
    :ivar role_ids: in the order in which Datadog shows them; None if it does not.
    """

    uuid: str
    handle: str
    email: str
    name: str | None
    disabled: bool
    is_service_account: bool
    role_ids: tuple[str, ...] | None = ()

    def __str__(self) -> str:
        return f"{self.email} ({self.uuid})" if self.email and self.uuid else self.email or self.uuid


def find_users(client: Client, email: str = "") -> list[User]:
    """The users with this email, in any case, and those that the search for it finds, but that show none; or all users.

    :raises CloudAuthError: Datadog can't be read, or does not show all.
    """
    action = f"look up {email}" if email else "list the users"
    params: dict[str, str | int] = {"filter[status]": STATUSES, **({"filter": email.lower()} if email else {})}
    found = search(client, Call("GET", USERS, action, _advise_on_reading, params=params), _users)
    by_uuid = {user.uuid: user for user in found if not email or user.email.lower() in ("", email.lower())}
    return list(by_uuid.values())


def get_user(client: Client, uuid: str) -> User | None:
    """The user with this UUID, in any spelling, or None.

    :raises CloudAuthError: Datadog can't be read.
    """
    if uuid in (".", ".."):  # HTTP clients take these for folders, however they are encoded.
        return None
    call = Call("GET", USERS, f"look up {uuid}", _advise_on_reading, item=canonical_id(uuid))
    try:
        return client.ask(call, decode_user)
    except NotFound:
        return None


def create(email: str, name: str | None, role_ids: tuple[str, ...]) -> Call:
    """The request that creates a service account."""
    attributes = {"email": email, "service_account": True, **({"name": name} if name else {})}
    roles = {"roles": {"data": [{"type": "roles", "id": role_id} for role_id in role_ids]}}
    body = {"data": {"type": "users", "attributes": attributes, "relationships": roles}}
    action = f"create the service account {email}"
    return Call("POST", SERVICE_ACCOUNTS, action, _advise_on_creating, body=body, done_by=201)


def update(user: User, attributes: dict[str, Any]) -> Call:
    """The request that changes ``attributes`` of a service account."""
    body = {"data": {"type": "users", "id": user.uuid, "attributes": attributes}}
    action = f"change the service account {user}"
    return Call("PATCH", USERS, action, _advise_on_writing, item=user.uuid, body=body, done_by=200)


def disable(user: User) -> Call:
    """The request that disables a service account."""
    action = f"disable the service account {user}"
    return Call("DELETE", USERS, action, _advise_on_writing, item=user.uuid, done_by=204)


def decode_user(answer: object) -> User:
    """The user that an answer shows.

    :raises BadShape: it shows none.
    """
    user = _user(field(answer, "data", dict, "the answer"))
    if user is None:
        raise BadShape("the user in the answer has no ID")
    return user


def _users(items: list[Any]) -> list[User]:
    return [user for user in map(_user, items) if user]


def _user(item: Any) -> User | None:
    """A user as far as it can be read; None for one without an ID. What is not said to be a service account is none."""
    uuid = canonical_id(text_in(item, "id", "")[0])
    attributes = item.get("attributes") if isinstance(item, dict) else None
    handle, email, name = (text_in(attributes, key, "")[0] for key in ("handle", "email", "name"))
    disabled, is_service_account = (
        isinstance(attributes, dict) and attributes.get(key) is True for key in ("disabled", "service_account")
    )
    if not uuid:
        return None
    return User(uuid, handle, email, name or None, disabled, is_service_account, _role_ids(item))


def _role_ids(item: dict[str, Any]) -> tuple[str, ...] | None:
    roles: Any = item
    for key in ("relationships", "roles", "data"):
        if not isinstance(roles, dict) or key not in roles:
            return None
        roles = roles[key]
    if roles is None:  # A null is an empty list.
        return ()
    if not isinstance(roles, list):
        return None
    return tuple(dict.fromkeys(filter(None, (canonical_id(text_in(role, "id", "")[0]) for role in roles))))


def _advise_on_reading(error: RequestFailed) -> str:
    # What Datadog says itself need not be said again.
    is_news = isinstance(error, Forbidden) and READ not in error.sentence
    return f"Reading users needs the permission {READ}." if is_news else ""


def _advise_on_writing(error: RequestFailed) -> str:
    if isinstance(error, NotFound):
        return "Datadog no longer knows the account. Run the task again."
    return "This needs the permission service_account_write." if isinstance(error, Forbidden) else ""


def _advise_on_creating(error: RequestFailed) -> str:
    if isinstance(error, Forbidden):
        return "This needs the permission service_account_write, and every permission of the roles that are given."
    return "Check email." if error.http_status == 400 else ""
