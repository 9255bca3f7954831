# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: what an account may do is what its roles may do."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .shown import Shown, as_spec, shown_of

EVERYTHING = "*"
NAMESPACE = uuid.UUID("5f0c3a52-7a0b-4b39-9d0e-2f6c1f0b7a11")  # of all ids that are made of names


@dataclass(frozen=True)
class Role:
    """A role. ``permissions``: names of Datadog permissions. ``shown``: an odd record that the API shows."""

    id: str
    name: str
    permissions: tuple[str, ...] = ()
    shown: Shown = ()

    @classmethod
    def parse(cls, spec: Any) -> Role:
        """A role from its description; only ``name`` is needed. Raises ValueError."""
        if not isinstance(spec, dict) or not isinstance(spec.get("name"), str) or not spec["name"]:
            raise ValueError("a role needs a name")
        unknown = set(spec) - {"id", "name", "permissions", "shown"}
        if unknown:
            raise ValueError(f"a role has no {', '.join(sorted(unknown))}")
        role_id = spec.get("id") or str(uuid.uuid5(NAMESPACE, f"role {spec['name']}"))
        if not isinstance(role_id, str):
            raise ValueError("id of a role must be a string")
        return cls(role_id, spec["name"], names("permissions", spec.get("permissions", ())), shown_of(spec))

    @classmethod
    def of(cls, account_id: str, account_name: str, permissions: tuple[str, ...]) -> Role:
        """The role that one account has to itself, since its description says what it may do."""
        return cls(str(uuid.uuid5(NAMESPACE, f"role of {account_id}")), f"Role of {account_name}", permissions)

    def as_dict(self) -> dict[str, Any]:
        """The description that ``parse`` takes."""
        described = {"id": self.id, "name": self.name, "permissions": list(self.permissions)}
        return {**described, **as_spec(self.shown)}


def names(what: str, value: Any) -> tuple[str, ...]:
    """A list of names. Raises ValueError."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{what} must be a list of names")
    return tuple(value)


def holds(held: frozenset[str], needed: Iterable[str]) -> bool:
    """Whether all of ``needed`` permissions are among those held."""
    return EVERYTHING in held or held.issuperset(needed)
