# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one service account should be, and the steps that make it so: a pure function, as for mappings.

An account can be changed in place, which a mapping can't: so this needs no replacement and no rescue.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import NamedTuple, Union

from .._errors import InvalidOption, Refused
from .._resources.identifiers import as_uuid
from .._resources.roles import Role
from .._resources.service_accounts import User


class WantedAccount(NamedTuple):
    """What a task wants of one service account.

    :ivar uuid: which one, or None to go by the email.
    :ivar name: None for any.
    :ivar roles: exactly these; None for any.
    """

    uuid: str | None
    email: str | None
    name: str | None
    roles: tuple[Role, ...] | None
    present: bool


class Give(NamedTuple):
    """Give it a role."""

    role: Role


class Take(NamedTuple):
    """Take a role from it."""

    role: Role


class Update(NamedTuple):
    """Change its name, enable it, or both."""

    name: str | None
    enable: bool


class Disable(NamedTuple):
    """Disable it: Datadog deletes no account."""


Change = Union[Give, Take, Update, Disable]


def participle(change: Change) -> str:
    """What the change has done, to complete "has"."""
    if isinstance(change, Give):
        return f"given the role {change.role}"
    if isinstance(change, Take):
        return f"taken the role {change.role}"
    return "changed the account" if isinstance(change, Update) else "disabled the account"


def choose(users: Sequence[User], wanted: WantedAccount) -> User | None:
    """The one of ``users`` that is meant, or None if nothing has to be done about any. By an email, none that does not
    show it.

    :raises Refused: it is a person's, it has another email, or there are several.
    """
    title = wanted.email or wanted.uuid
    users = [user for user in users if user.email or wanted.uuid]
    accounts = [user for user in users if user.is_service_account]
    if users and not accounts:
        raise Refused(f"{title} is the account of a person, {users[0]}, which this module never changes.")
    if wanted.uuid and accounts and wanted.email and accounts[0].email.lower() != wanted.email.lower():
        raise Refused(
            f"The service account {wanted.uuid} has the email {accounts[0].email}, not {wanted.email}. Leave out email "
            "or id."
        )
    meant = [account for account in accounts if not account.disabled] or accounts
    if len(meant) > 1 and meant[0].disabled and not wanted.present:
        return None  # Whichever is meant, it is disabled.
    if len(meant) > 1:
        state = "disabled" if meant[0].disabled else "enabled"
        raise Refused(
            f"{len(meant)} {state} service accounts have the email {wanted.email}. Name the one you mean by its id: "
            f"{', '.join(sorted(account.uuid for account in meant))}."
        )
    return meant[0] if meant else None


def changes_of(user: User, wanted: WantedAccount, known: Collection[Role]) -> list[Change]:
    """What has to be done about an account that is there, in this order.

    It gets roles before it loses others, and one that was disabled is enabled last, when its roles are right.

    :param known: the roles by which messages name those that it has.
    """
    if not wanted.present:
        return [] if user.disabled else [Disable()]
    changes: list[Change] = []
    if wanted.roles is not None:
        held = user.role_ids or ()  # Those that are not known: what was just created has none that are not wanted.
        names = {role.id: role for role in known}
        ids = {role.id for role in wanted.roles}
        changes += [Give(role) for role in wanted.roles if role.id not in held]
        changes += [Take(names.get(role_id, Role(role_id, None))) for role_id in held if role_id not in ids]
    name = wanted.name if wanted.name is not None and wanted.name != user.name else None
    if name is not None or user.disabled:
        changes.append(Update(name, enable=user.disabled))
    return changes


def after(user: User | None, wanted: WantedAccount) -> User | None:
    """The account as it should be then; without a UUID if it has to be created first."""
    if not wanted.present:
        return user and user._replace(disabled=True)
    base = user or User("", "", wanted.email or "", None, disabled=False, is_service_account=True)
    role_ids = base.role_ids if wanted.roles is None else tuple(role.id for role in wanted.roles)
    return base._replace(name=wanted.name or base.name, disabled=False, role_ids=role_ids)


def is_as(user: User, wanted: User) -> bool:
    """Whether an account is what it should be. The order of roles means nothing, and roles that are not known are no
    contradiction."""
    same = (user.name, user.disabled) == (wanted.name, wanted.disabled)
    if user.role_ids is None or wanted.role_ids is None:
        return same
    return same and set(user.role_ids) == set(wanted.role_ids)


def roles_named(texts: Sequence[str], known: Sequence[Role] | None) -> tuple[Role, ...]:
    """The roles that ``texts`` name, each by its UUID or exactly by its name.

    :param known: all roles of the organization; None if they can't be read, which is enough for UUIDs.
    :raises InvalidOption: there is no such role, or there are several.
    """
    roles = (_role_named(text, known) for text in texts)
    return tuple({role.id: role for role in roles}.values())


def _role_named(text: str, known: Sequence[Role] | None) -> Role:
    uuid = as_uuid(text)
    if uuid and known is None:
        return Role(uuid, None)
    roles = known or ()
    found = [role for role in roles if (role.id == uuid if uuid else role.name == text)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(role.id for role in found))
        raise InvalidOption(
            "roles", f"{len(found)} roles have the name {text}. Write the UUID of the one you mean: {ids}"
        )
    by_lower = {str(role.name).lower(): str(role.name) for role in roles}
    nearest = [] if uuid else _nearest(text.lower(), by_lower)
    hint = f". Did you mean '{by_lower[nearest[0]]}'?" if nearest else ". A new one can take half a minute to be listed"
    raise InvalidOption("roles", f"Datadog has no role '{text}'{hint}")


def _nearest(text: str, names: Collection[str]) -> list[str]:
    """The names of roles that ``text`` is a part of, or else looks like; the nearest first."""
    return sorted((name for name in names if text in name), key=len) or get_close_matches(text, names, n=1)
