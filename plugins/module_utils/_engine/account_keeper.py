# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one service account what it should be: reads, decides, and carries out one step after the other.

All steps but the creation may be executed twice. The creation may not, for emails of service accounts need not be
unique: after a lost answer, the list decides whether it is sent again. A list may be half a minute old (seen for
mappings), so only one that was asked for later than that proves that the account is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from .._clock import Clock, poll_intervals
from .._errors import CloudAuthError, Forbidden, Refused, RequestFailed
from .._http.client import Client
from .._resources import roles as role_requests
from .._resources import service_accounts as account_requests
from .._resources.identifiers import as_uuid
from .._resources.roles import Role, list_roles
from .._resources.service_accounts import AccountWrite, User, decode_user, find_users, get_user
from .account_plan import (
    PARTICIPLES,
    Change,
    Disable,
    Give,
    Take,
    Update,
    WantedAccount,
    after,
    changes_of,
    choose,
    is_as,
    roles_named,
)
from .book import LAG
from .step_result import WriteState


class AccountPlan(NamedTuple):
    """What a task has found and what it is going to do.

    :ivar before: the account as it is; None if there is none.
    :ivar after: as it should be; None if there is none and none is wanted.
    :ivar changes_something: whether there is anything to do.
    """

    wanted: WantedAccount
    before: User | None
    after: User | None
    changes_something: bool


class AccountResult(NamedTuple):
    """What became of a plan.

    :ivar user: the account as it is now, as far as that is known.
    :ivar changed: whether anything was, or may have been, written.
    :ivar error: why the account is not what it should be, or None if it is.
    """

    user: User | None
    changed: bool
    error: CloudAuthError | None = None


class AccountKeeper:
    """Keeps one service account.

    :param warnings: collects sentences for the user, which are shown even if the task fails.
    """

    def __init__(self, client: Client, clock: Clock, warnings: list[str]) -> None:
        self._client = client
        self._clock = clock
        self._warnings = warnings
        self._roles: list[Role] | None = None
        self._states: list[WriteState] = []

    def plan(self, wanted: WantedAccount, roles: Sequence[str] | None) -> AccountPlan:
        """What has to be done. Nothing is written.

        :param roles: the names or UUIDs of all that the account should have; None for any.
        :raises CloudAuthError: Datadog can't be read, or can't tell what is meant.
        """
        found = self._found(wanted)
        user = choose(found, wanted)
        if not user and wanted.present:
            self._warn_of_hidden(found, wanted.email)
        if not user and not wanted.present:
            return AccountPlan(wanted, None, None, changes_something=False)
        if not user and not wanted.email:
            raise Refused(
                f"There is no service account with the id {wanted.uuid}. Datadog chooses the IDs of new accounts: give "
                "email to create one. Nothing has been changed."
            )
        if wanted.present and roles is not None:
            self._read_roles(needed=not all(map(as_uuid, roles)))
            wanted = wanted._replace(roles=roles_named(roles, self._roles))
        elif user and user.role_ids:
            self._read_roles(needed=False)
        changes_something = not user or bool(changes_of(user, wanted, ()))
        return AccountPlan(wanted, user, after(user, wanted), changes_something=changes_something)

    def apply(self, plan: AccountPlan) -> AccountResult:
        """Carry out ``plan``, and wait until Datadog shows what was written, which the next task relies on."""
        self._clock.handle_signals()
        done: list[Change] = []
        user = plan.before
        try:
            user = user or self._created(plan.wanted)
            # What was created lacks nothing, unless somebody else has created it at the same time.
            for change in changes_of(user, plan.wanted, self._roles or ()):
                self._clock.check()
                self._carry_out(change, user)
                done.append(change)
        except CloudAuthError as error:
            if done:
                error.noted(f"Before that, the task has {' and '.join(PARTICIPLES[type(change)] for change in done)}.")
            if self._states[-1:] == [WriteState.NOT_KNOWN]:
                error.noted("It is not known whether this was executed: look in Datadog before you run the task again.")
            return AccountResult(user, self._changed, error)
        return AccountResult(self._settled(user, plan.after or user, is_new=not plan.before), self._changed)

    def role(self, role_id: str) -> Role:
        """A role with its name, if that is known."""
        return next((role for role in self._roles or () if role.id == role_id), Role(role_id, None))

    @property
    def _changed(self) -> bool:
        return any(state is not WriteState.NOT_DONE for state in self._states)

    def _found(self, wanted: WantedAccount) -> list[User]:
        if not wanted.uuid:
            return find_users(self._client, wanted.email or "")
        user = get_user(self._client, wanted.uuid)
        return [user] if user else []

    def _warn_of_hidden(self, found: Sequence[User], email: str | None) -> None:
        """One that does not show its email may be the one that is going to be created once more."""
        hidden = sorted(user.uuid for user in found if not user.email)
        if hidden:
            self._warnings.append(
                f"The search for {email} finds accounts whose email Datadog does not show: {', '.join(hidden)}. If one "
                "of them is meant, name it by its id."
            )

    def _read_roles(self, *, needed: bool) -> None:
        """Read all roles; if they are not ``needed``, it is no error that this is forbidden."""
        try:
            self._roles = list_roles(self._client)
        except Forbidden:
            if needed:
                raise

    def _created(self, wanted: WantedAccount) -> User:
        """The account, created once."""
        role_ids = tuple(role.id for role in wanted.roles or ())
        call = account_requests.create(wanted.email or "", wanted.name, role_ids)
        retry_policy = self._client.retry_policy()
        self._states.append(WriteState.NOT_DONE)
        while True:
            try:
                user: User | None = self._client.send(call, decode_user)
            except RequestFailed as error:
                user = self._after_doubt(error, wanted) if error.may_be_executed else None
                if not user:
                    self._client.prepare_retry(call, error, retry_policy)
            if user:
                self._states[-1] = WriteState.DONE
                return user

    def _after_doubt(self, error: RequestFailed, wanted: WantedAccount) -> User | None:
        """The account, if the creation was executed despite ``error``; None if a list proves that it was not."""
        self._states[-1] = WriteState.NOT_KNOWN
        found = self._found_after(error, wanted)
        if not found:
            self._states[-1] = WriteState.NOT_DONE  # A list that was asked for so late is proof.
        return found

    def _found_after(self, error: RequestFailed, wanted: WantedAccount) -> User | None:
        """The account, if the creation was executed despite ``error``; None if it certainly was not."""
        pauses = poll_intervals(self._clock, LAG)
        while True:
            unread: RequestFailed | None = None
            try:
                found = choose(self._found(wanted), wanted)
                if found:
                    return found
            except RequestFailed as second:
                unread = second
            if next(pauses, None) is None:
                if unread:
                    raise error.noted(f"Checking whether it was executed failed too: {unread}")
                return None

    def _carry_out(self, change: Change, user: User) -> None:
        """One change, sent until it has a final answer: it may be executed twice."""
        call = _call_of(change, user)
        retry_policy = self._client.retry_policy()
        self._states.append(WriteState.NOT_DONE)
        while True:
            try:
                self._client.send(call, lambda _answer: None)
                self._states[-1] = WriteState.DONE
                return
            except RequestFailed as error:
                if error.may_be_executed:
                    self._states[-1] = WriteState.NOT_KNOWN
                try:
                    self._client.prepare_retry(call, error, retry_policy)
                except RequestFailed:
                    if self._states[-1] is WriteState.NOT_KNOWN and self._shows(change, user):
                        self._states[-1] = WriteState.DONE
                        return
                    raise

    def _shows(self, change: Change, user: User) -> bool:
        """Whether Datadog shows that ``change`` was executed, despite the lack of an answer."""
        try:
            now = get_user(self._client, user.uuid)
        except CloudAuthError:
            return False
        return now is not None and _is_done(change, now)

    def _settled(self, user: User, wanted: User, *, is_new: bool) -> User:
        """The account as Datadog's list shows it, as soon as that is as it should be."""
        words = f"does not show it after {LAG:.0f} s. A task that reads the list now may still see the old state."
        try:
            for _slept in chain((0.0,), poll_intervals(self._clock, LAG)):
                found = find_users(self._client, user.email)
                for shown in found:
                    if shown.uuid == user.uuid and is_as(shown, wanted):
                        if is_new:
                            self._warn_of_others(shown, [other for other in found if other.email])
                        return shown
        except CloudAuthError as error:
            words = f"can't be read: {error}"
        self._warnings.append(f"The change was made, but Datadog's list of users {words}")
        return wanted._replace(uuid=user.uuid, handle=user.handle)

    def _warn_of_others(self, user: User, found: Sequence[User]) -> None:
        """Emails need not be unique, and the list by which an account was missing may have been old."""
        others = [other.uuid for other in found if other.is_service_account and not other.disabled]
        if len(others) > 1:
            self._warnings.append(
                f"{len(others)} enabled service accounts have the email {user.email}: {', '.join(sorted(others))}. "
                "Another one was created at about the same time. Disable all but one, by its id."
            )


def _call_of(change: Change, user: User) -> AccountWrite:
    if isinstance(change, Give):
        return role_requests.give(change.role, user.uuid, str(user))
    if isinstance(change, Take):
        return role_requests.take(change.role, user.uuid, str(user))
    if isinstance(change, Disable):
        return account_requests.disable(user)
    name = {} if change.name is None else {"name": change.name}
    return account_requests.update(user, {**name, **({"disabled": False} if change.enable else {})})


def _is_done(change: Change, user: User) -> bool:
    if isinstance(change, Give):
        return change.role.id in user.role_ids
    if isinstance(change, Take):
        return change.role.id not in user.role_ids
    if isinstance(change, Update):
        return change.name in (None, user.name) and not (change.enable and user.disabled)
    return user.disabled
