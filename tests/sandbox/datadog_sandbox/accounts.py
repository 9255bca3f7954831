# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog accounts: people and service accounts, how they are found, and which roles they have."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .roles import NAMESPACE, Role, names
from .shown import Shown, as_spec, shown_of

MOMENT = "2026-01-05T09:00:00.000000+00:00"  # when everything was created


@dataclass(frozen=True)
class Account:
    """One account.

    A person's ``handle`` is the lower-cased email of the time the account was made, whatever ``email`` is now; a
    service account's handle is its ``id`` (seen). ``roles``: their ids. ``shown``: an odd record that the API shows.
    """

    id: str
    name: str
    handle: str
    email: str
    service_account: bool = False
    disabled: bool = False
    roles: tuple[str, ...] = ()
    shown: Shown = ()

    @classmethod
    def parse(cls, spec: Any) -> Account:
        """An account from its description; only ``email`` is needed. Raises TypeError, ValueError.

        ``roles`` are names or ids as given; ``permissions`` are left to the Directory.
        """
        if not isinstance(spec, dict) or not isinstance(spec.get("email"), str):
            raise ValueError("an account needs an email")
        unknown = set(spec) - {field.name for field in fields(cls)} - {"permissions"}
        if unknown:
            raise ValueError(f"an account has no {', '.join(sorted(unknown))}")
        if not all(isinstance(spec.get(name, False), bool) for name in ("service_account", "disabled")):
            raise ValueError("service_account and disabled of an account must be true or false")
        if not all(isinstance(spec.get(name, ""), str) for name in ("id", "name", "handle")):
            raise ValueError("id, name and handle of an account must be strings")
        email = spec["email"]
        account_id = spec.get("id") or str(uuid.uuid5(NAMESPACE, email))
        handle = account_id if spec.get("service_account") else email.lower()
        defaults = {"id": account_id, "name": email.split("@")[0], "handle": handle}
        given = {name: value for name, value in spec.items() if name != "permissions"}
        held = names("roles of an account", spec.get("roles", ()))
        return cls(**{**defaults, **given, "roles": held, "shown": shown_of(spec)})

    @property
    def status(self) -> str:
        """As the Users API says it (API reference)."""
        return "Disabled" if self.disabled else "Active"

    def matches(self, text: str) -> bool:
        """Whether ``text`` occurs in the name, email or handle, in any case."""
        return any(text.lower() in value.lower() for value in (self.name, self.email, self.handle))

    def as_dict(self) -> dict[str, Any]:
        """The description that ``parse`` takes."""
        described = {**asdict(self), "roles": list(self.roles)}
        del described["shown"]
        return {**described, **as_spec(self.shown)}

    def as_user(self) -> Any:
        """The account as the Users API shows it (API reference)."""
        if self.shown:
            return self.shown[0]
        attributes = {
            "name": self.name or None,
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
        roles = {"data": [{"type": "roles", "id": role_id} for role_id in self.roles]}
        return {"type": "users", "id": self.id, "attributes": attributes, "relationships": {"roles": roles}}


class Directory:
    """All accounts and roles of the organization."""

    def __init__(self, roles: Iterable[Role] = ()) -> None:
        self._roles = {role.id: role for role in roles}
        self._accounts: dict[str, Account] = {}
        self._index()

    @classmethod
    def parse(cls, accounts: list[Any], roles: list[Any]) -> Directory:
        """From descriptions. Roles of an account may be names; its ``permissions`` become a role of its own.

        Raises TypeError, ValueError.
        """
        directory = cls(map(Role.parse, roles))
        for spec in accounts:
            account = Account.parse(spec)
            if account.id in directory._accounts:
                raise ValueError(f"an account is given twice: {account.id}")
            held = [directory._role(name, account) for name in account.roles]
            permissions = names("permissions of an account", spec.get("permissions", ()))
            if permissions:
                own = Role.of(account.id, account.name, permissions)
                directory._roles[own.id] = own
                held.append(own)
            directory._accounts[account.id] = replace(account, roles=tuple(dict.fromkeys(role.id for role in held)))
        directory._index()
        return directory

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __len__(self) -> int:
        return len(self._accounts)

    def put(self, account: Account) -> None:
        """Add an account, or change the one of the same id."""
        self._accounts[account.id] = account
        self._index()

    def resolve(self, identifier: str) -> Account | None:
        """The account with this handle or email, in any case. A person's UUID is neither (seen)."""
        text = identifier.lower()
        return self._by_handle.get(text) or self._by_email.get(text)

    def by_id(self, account_id: str) -> Account | None:
        return self._accounts.get(account_id)

    def search(self, text: str, statuses: Iterable[str] = ()) -> list[Account]:
        """Accounts with ``text`` in them, in the order they were made, of any status or of ``statuses`` only."""
        wanted = [status.lower() for status in statuses]
        found = [account for account in self if account.matches(text)]
        return [account for account in found if not wanted or account.status.lower() in wanted]

    @property
    def roles(self) -> list[Role]:
        return list(self._roles.values())

    def role(self, role_id: str) -> Role | None:
        return self._roles.get(role_id)

    def roles_of(self, account: Account) -> list[Role]:
        return [self._roles[role_id] for role_id in account.roles]

    def permissions_of(self, account: Account) -> frozenset[str]:
        """All that its roles may do."""
        return frozenset(name for role in self.roles_of(account) for name in role.permissions)

    def with_role(self, role: Role) -> list[Account]:
        """The accounts that have it."""
        return [account for account in self if role.id in account.roles]

    def search_roles(self, text: str) -> list[Role]:
        """Roles with ``text`` in their name, in any case."""
        return [role for role in self.roles if text.lower() in role.name.lower()]

    def show_roles(self, roles: Iterable[Role]) -> list[Any]:
        """Roles as the API shows them (API reference)."""
        used = Counter(role_id for account in self for role_id in account.roles)
        shown = {"created_at": MOMENT, "modified_at": MOMENT}
        return [
            role.shown[0]
            if role.shown
            else {
                "type": "roles",
                "id": role.id,
                "attributes": {"name": role.name, "user_count": used[role.id], **shown},
            }
            for role in roles
        ]

    def _role(self, name: str, account: Account) -> Role:
        """The role of this id or name. Raises ValueError."""
        found = self._roles.get(name) or next((role for role in self.roles if role.name == name), None)
        if found is None:
            raise ValueError(f"{account.email} has a role that does not exist: {name}")
        return found

    def _index(self) -> None:
        self._by_handle: dict[str, Account] = {}
        self._by_email: dict[str, Account] = {}
        for account in self:
            self._by_handle.setdefault(account.handle.lower(), account)
            self._by_email.setdefault(account.email.lower(), account)
