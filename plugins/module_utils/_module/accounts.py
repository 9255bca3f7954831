# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of the modules for accounts: one keeps a service account, one reads them, and one reads any account."""

from __future__ import annotations

from typing import Any, Callable

from .._engine.account_keeper import AccountKeeper, AccountPlan, AccountResult
from .._engine.account_plan import WantedAccount
from .._errors import Forbidden, InvalidOption
from .._parallel import in_parallel
from .._resources.roles import Role, list_roles
from .._resources.service_accounts import User, find_users, get_user
from .options import STATE, text_of
from .task import Task, run

# How many accounts are looked up at once.
CONCURRENCY = 8

Spec = dict[str, dict[str, Any]]
Result = dict[str, Any]

NAMES: Spec = {"id": {"type": "str", "aliases": ["uuid"]}, "email": {"type": "str"}}
OPTIONS: Spec = {**STATE, **NAMES, "name": {"type": "str"}, "roles": {"type": "list", "elements": "str"}}


def manage_service_account() -> None:
    """The body of the module that keeps one service account."""

    def work(task: Task) -> Result:
        params = task.params
        present = params["state"] == "present"
        wanted = WantedAccount(text_of(params, "id"), _email_of(task), text_of(params, "name"), None, present)
        keeper = AccountKeeper(task.client, task.clock, task.warnings)
        plan = keeper.plan(wanted, _roles_of(task))
        if plan.after and present and plan.after.role_ids == ():
            task.warnings.append(
                f"The service account {plan.after} has no role, so nothing can be mapped to it. Give roles."
            )
        if task.check_mode or not plan.changes_something:
            result = AccountResult(plan.after, plan.changes_something)
        else:
            result = keeper.apply(plan)
        _warn_of_hidden_roles(task, [result.user] if result.user else [])
        return _result(plan, result, keeper.role)

    run(OPTIONS, work, required_one_of=[("email", "id")])


def read_service_accounts() -> None:
    """The body of the module that reads service accounts."""

    def work(task: Task) -> Result:
        uuid, email = text_of(task.params, "id"), _email_of(task)
        found = find_users(task.client, email or "") if uuid is None else [get_user(task.client, uuid)]
        users = [
            user
            for user in found
            if user and user.is_service_account and (not email or user.email.lower() == email.lower())
        ]
        names = _names(task, users)
        shown = [_shown(user, lambda role_id: Role(role_id, names.get(role_id))) for user in users]
        return {
            "changed": False,
            "service_accounts": sorted(shown, key=lambda fields: (fields["email"], fields["uuid"])),
        }

    run(NAMES, work)


def read_accounts() -> None:
    """The body of the module that reads accounts of people and service accounts."""

    def work(task: Task) -> Result:
        uuids = list(dict.fromkeys(task.params["uuids"]))
        found = in_parallel(lambda uuid: get_user(task.client, uuid), uuids, CONCURRENCY)
        users = [user for user in found if user]
        missing = [uuid for uuid, user in zip(uuids, found) if not user]
        if missing:
            task.warnings.append(f"Datadog shows no account with the ID {', '.join(missing)}.")
        names = _names(task, users)
        shown = [
            {
                **_shown(user, lambda role_id: Role(role_id, names.get(role_id))),
                "service_account": user.is_service_account,
            }
            for user in users
        ]
        return {"changed": False, "accounts": shown}

    run({"uuids": {"type": "list", "elements": "str", "required": True}}, work)


def _names(task: Task, users: list[User]) -> dict[str, str | None]:
    """The names of all roles, if any of ``users`` has one and they may be read."""
    _warn_of_hidden_roles(task, users)
    if not any(user.role_ids for user in users):
        return {}
    try:
        return {role.id: role.name for role in list_roles(task.client)}
    except Forbidden as error:
        task.warnings.append(f"The names of roles are not known: {error}")
        return {}


def _warn_of_hidden_roles(task: Task, users: list[User]) -> None:
    hidden = [str(user) for user in users if user.role_ids is None]
    if hidden:
        task.warnings.append(f"Datadog does not show the roles of {', '.join(hidden)}.")


def _email_of(task: Task) -> str | None:
    """:raises InvalidOption: it can't be an email."""
    email = text_of(task.params, "email")
    if email and (email.split() != [email] or "@" not in email.strip("@")):
        raise InvalidOption("email", f"{email!r} is not an email")
    return email


def _roles_of(task: Task) -> list[str] | None:
    """:raises InvalidOption: one is blank."""
    roles: list[str] | None = task.params.get("roles")
    for role in roles or ():
        if not text_of({"roles": role}, "roles"):
            raise InvalidOption("roles", "one of them is blank")
    return roles


def _result(plan: AccountPlan, result: AccountResult, role_of: Callable[[str], Role]) -> Result:
    if result.error:
        created = {"service_account": _shown(result.user, role_of)} if result.user and not plan.before else {}
        facts = {**created, **result.error.facts}
        return {"failed": True, "msg": str(result.error), "changed": result.changed, **facts}
    now = {"service_account": _shown(result.user, role_of)} if result.user else {}
    diff = {"before": _in_diff(plan.before, role_of), "after": _in_diff(plan.after, role_of)}
    return {"changed": result.changed, **now, "diff": diff}


def _shown(user: User, role_of: Callable[[str], Role]) -> Result:
    """An account as a task returns it; in check mode, one that does not exist yet has no UUID."""
    ids = {"uuid": user.uuid, "handle": user.handle} if user.uuid else {}
    roles = [role_of(role_id)._asdict() for role_id in user.role_ids or ()]
    return {**ids, "email": user.email, "name": user.name, "disabled": user.disabled, "roles": roles}


def _in_diff(user: User | None, role_of: Callable[[str], Role]) -> Result:
    if user is None:
        return {}
    roles = sorted(str(role_of(role_id)) for role_id in user.role_ids or ())
    return {"email": user.email, "name": user.name, "disabled": user.disabled, "roles": roles}
