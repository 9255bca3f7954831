# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles of a Datadog organization, and the requests that give one to an account or take it."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from .._errors import Forbidden, NotFound, RequestFailed
from .._http.call import Call
from .._http.client import Client
from .identifiers import canonical_id
from .kind import text_in
from .searches import search

# Path, parameters and permissions: API reference.
PATH = "/api/v2/roles"
READ = "user_access_read"


class Role(NamedTuple):
    """A role.

    :ivar name: what people call it; None if that is not known.
    """

    id: str
    name: str | None

    def __str__(self) -> str:
        return self.name or self.id


def list_roles(client: Client) -> list[Role]:
    """All roles.

    :raises CloudAuthError: Datadog can't be read.
    """
    return search(client, Call("GET", PATH, "list the roles", _advise_on_reading), _roles)


def give(role: Role, account_uuid: str, account: str) -> Call:
    """The request that gives ``role`` to an account."""
    return _call("POST", role, account_uuid, f"give the role {role} to {account}")


def take(role: Role, account_uuid: str, account: str) -> Call:
    """The request that takes ``role`` from an account."""
    return _call("DELETE", role, account_uuid, f"take the role {role} from {account}")


def _call(method: str, role: Role, account_uuid: str, action: str) -> Call:
    body = {"data": {"type": "users", "id": account_uuid}}
    return Call(method, f"{PATH}/{quote(role.id, safe='')}/users", action, _advise_on_writing, body=body, done_by=200)


def _roles(items: list[Any]) -> list[Role]:
    return [role for role in map(_role, items) if role]


def _role(item: Any) -> Role | None:
    """A role as far as it can be read; None for one without an ID or a name."""
    role_id, name = (
        canonical_id(text_in(item, "id", "")[0]),
        text_in(item.get("attributes") if isinstance(item, dict) else None, "name", "")[0],
    )
    return Role(role_id, name) if role_id and name else None


def _advise_on_reading(error: RequestFailed) -> str:
    # What Datadog says itself need not be said again.
    is_news = isinstance(error, Forbidden) and READ not in error.sentence
    return f"Reading roles needs the permission {READ}." if is_news else ""


def _advise_on_writing(error: RequestFailed) -> str:
    if isinstance(error, NotFound):
        return "Datadog no longer knows the role or the account. Run the task again."
    if not isinstance(error, Forbidden):
        return ""
    return "Giving and taking roles needs the permission user_access_manage, and every permission of the role."
