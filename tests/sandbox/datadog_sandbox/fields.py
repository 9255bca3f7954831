# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What endpoints read from a request: members of its JSON, numbers, pages; and what its sender needs to be allowed."""

from __future__ import annotations

from typing import Any, NamedTuple

from .credentials import Caller
from .errors import refuse
from .messages import Request
from .roles import holds

# Either name of a permission is enough: the second is the former one (seen).
READ = ("workload_identity_federation_config_read", "cloud_auth_config_read")
WRITE = ("workload_identity_federation_config_write", "cloud_auth_config_write")

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100


class Page(NamedTuple):
    """Which part of a list is asked for."""

    size: int
    number: int

    @classmethod
    def of(cls, request: Request) -> Page:
        """Raises Refused."""
        size = number(request, "page[size]", DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE)
        return cls(size, number(request, "page[number]", 0, 0))

    def cut(self, found: list[Any]) -> list[Any]:
        first = self.size * self.number
        return found[first : first + self.size]


def need(caller: Caller, either: tuple[str, ...]) -> None:
    """Raise Refused unless the caller holds one of these permissions."""
    if not any(holds(caller.permissions, [name]) for name in either):
        raise refuse(403, f"This action needs the permission {either[0]}")


def data_of(request: Request, json_type: str) -> dict[str, Any]:
    """The ``data`` of a body, which must be of this type. Raises Refused."""
    try:
        body = request.json()
    except ValueError:
        raise refuse(400, "The body is not valid JSON") from None
    data: dict[str, Any] = member(body, "data", dict, "")
    if data.get("type") != json_type:
        raise refuse(400, f"type must be {json_type}", pointer="/data/type")
    return data


def member(parent: Any, name: str, kind: type, pointer: str) -> Any:
    """A member that is needed: of this type, and not empty. Raises Refused."""
    value = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(value, kind) or not value:
        raise refuse(400, f"{name} is missing or has the wrong type", pointer=f"{pointer}/{name}")
    return value


def number(request: Request, name: str, default: int, least: int, most: int | None = None) -> int:
    """A whole number of the query. Raises Refused."""
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least or (most is not None and int(text) > most):
        raise refuse(400, f"{name} is out of range", parameter=name)
    return int(text)
