# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog accounts: people and service accounts, how they are found, and what they may do."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

EVERYTHING = "*"
MOMENT = "2026-01-05T09:00:00.000000+00:00"  # when everything was created
_NAMESPACE = uuid.UUID("5f0c3a52-7a0b-4b39-9d0e-2f6c1f0b7a11")


@dataclass(frozen=True)
class Account:
    """One account.

    A person's ``handle`` is the lower-cased email of the time the account was made, whatever ``email`` is now; a
    service account's handle is its ``id`` (seen). ``permissions``: names of Datadog permissions.
    """

    id: str
    name: str
    handle: str
    email: str
    service_account: bool = False
    disabled: bool = False
    permissions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, spec: dict[str, Any]) -> Account:
        """An account from its description; only ``email`` is needed. Raises TypeError, ValueError."""
        if not isinstance(spec, dict) or not isinstance(spec.get("email"), str):
            raise ValueError("an account needs an email")
        if not all(isinstance(spec.get(name, ""), str) for name in ("id", "name", "handle")):
            raise ValueError("id, name and handle of an account must be strings")
        email = spec["email"]
        account_id = spec.get("id") or str(uuid.uuid5(_NAMESPACE, email))
        handle = account_id if spec.get("service_account") else email.lower()
        defaults = {"id": account_id, "name": email.split("@")[0], "handle": handle}
        return cls(**{**defaults, **spec, "permissions": tuple(spec.get("permissions", ()))})

    @property
    def status(self) -> str:
        """As the Users API says it (API reference)."""
        return "Disabled" if self.disabled else "Active"

    def matches(self, text: str) -> bool:
        """Whether ``text`` occurs in the name, email or handle, in any case."""
        return any(text.lower() in value.lower() for value in (self.name, self.email, self.handle))

    def as_dict(self) -> dict[str, Any]:
        """The description that ``parse`` takes."""
        return asdict(self)

    def as_user(self) -> dict[str, Any]:
        """The account as the Users API shows it (API reference)."""
        attributes = {
            "name": self.name,
            "handle": self.handle,
            "created_at": MOMENT,
            "modified_at": MOMENT,
            "email": self.email,
            "title": None,
            "verified": True,
            "service_account": self.service_account,
            "disabled": self.disabled,
            "status": self.status,
        }
        roles = {"data": [{"type": "roles", "id": role["id"]} for role in self.roles]}
        return {"type": "users", "id": self.id, "attributes": attributes, "relationships": {"roles": roles}}

    @property
    def roles(self) -> list[dict[str, Any]]:
        """As the API shows them: one that holds all permissions of the account, or none."""
        if not self.permissions:
            return []
        attributes = {"name": f"Role of {self.name}", "user_count": 1}
        return [{"type": "roles", "id": str(uuid.uuid5(_NAMESPACE, f"role of {self.id}")), "attributes": attributes}]


class Directory:
    """All accounts of the organization."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts = list(accounts)
        self._by_handle: dict[str, Account] = {}
        self._by_email: dict[str, Account] = {}
        for account in self._accounts:
            self._by_handle.setdefault(account.handle.lower(), account)
            self._by_email.setdefault(account.email.lower(), account)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)

    def resolve(self, identifier: str) -> Account | None:
        """The account with this handle or email, in any case. A person's UUID is neither (seen)."""
        text = identifier.lower()
        return self._by_handle.get(text) or self._by_email.get(text)

    def by_id(self, account_id: str) -> Account | None:
        return next((account for account in self._accounts if account.id == account_id), None)

    def search(self, text: str, statuses: Iterable[str] = ()) -> list[Account]:
        """Accounts with ``text`` in them, in the order they were made, of any status or of ``statuses`` only."""
        wanted = [status.lower() for status in statuses]
        found = [account for account in self._accounts if account.matches(text)]
        return [account for account in found if not wanted or account.status.lower() in wanted]


def holds(held: frozenset[str], needed: Iterable[str]) -> bool:
    """Whether all of ``needed`` permissions are among those held."""
    return EVERYTHING in held or held.issuperset(needed)
