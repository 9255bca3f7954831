# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one service account what it should be: reads, decides, and carries out one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from .._clock import Clock, poll_intervals
from .._errors import CloudAuthError, Forbidden, Refused
from .._http.client import Client
from .._resources.identifiers import as_uuid
from .._resources.roles import Role, list_roles
from .._resources.service_accounts import User, find_users, get_user
from .account_plan import WantedAccount, after, changes_of, choose, is_as, participle, roles_named
from .account_writes import AccountWrites, find
from .book import LAG
from .plan import NOTHING_CHANGED


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

    def plan(self, wanted: WantedAccount, roles: Sequence[str] | None) -> AccountPlan:
        """What has to be done. Nothing is written.

        :param roles: the names or UUIDs of all that the account should have; None for any.
        :raises CloudAuthError: Datadog can't be read, or can't tell what is meant.
        """
        user = self._chosen(wanted)
        if not user and not wanted.present:
            return AccountPlan(wanted, None, None, changes_something=False)
        if not user and wanted.uuid:
            raise Refused(
                f"There is no service account with the id {wanted.uuid}. Datadog chooses the IDs of new accounts: to "
                f"create one, give email, and leave out id. {NOTHING_CHANGED}"
            )
        if wanted.present and roles is not None:
            user = user and self._with_roles(user)
            self._read_roles(needed=not all(map(as_uuid, roles)))
            wanted = wanted._replace(roles=roles_named(roles, self._roles))
        elif user and user.role_ids:
            self._read_roles(needed=False)
        changes_something = not user or bool(changes_of(user, wanted, ()))
        return AccountPlan(wanted, user, after(user, wanted), changes_something=changes_something)

    def apply(self, plan: AccountPlan) -> AccountResult:
        """Carry out ``plan``, and wait until Datadog shows what was written, which the next task relies on."""
        self._clock.handle_signals()
        writes = AccountWrites(self._client, self._clock)
        done: list[str] = []
        user = plan.before
        try:
            if not user:
                user = writes.create(plan.wanted)
                done.append(f"created the service account {user}")
            # What was created lacks nothing, unless somebody else has created it at the same time.
            for change in changes_of(user, plan.wanted, self._roles or ()):
                self._clock.check()
                writes.carry_out(change, user)
                done.append(participle(change))
        except CloudAuthError as error:
            if done:
                error.noted(f"Before that, the task has {' and '.join(done)}.")
            if writes.in_doubt:
                error.noted("It is not known whether this was executed: look in Datadog before you run the task again.")
            return AccountResult(user, writes.changed, error)
        settled, others = self._settled(user, plan.after or user, plan.wanted)
        return AccountResult(settled, writes.changed, self._about_others(settled, others, plan.wanted))

    def role(self, role_id: str) -> Role:
        """A role with its name, if that is known."""
        return next((role for role in self._roles or () if role.id == role_id), Role(role_id, None))

    def _chosen(self, wanted: WantedAccount) -> User | None:
        found = find(self._client, wanted)
        try:
            user = choose(found, wanted)
        except Refused as error:
            raise error.noted(NOTHING_CHANGED) from None
        if not user and wanted.present:
            self._warn_of_hidden(found, wanted.email)
        return user

    def _warn_of_hidden(self, found: Sequence[User], email: str | None) -> None:
        """One that does not show its email may be the one that is going to be created once more."""
        hidden = sorted(user.uuid for user in found if not user.email)
        if hidden:
            self._warnings.append(
                f"The search for {email} finds accounts whose email Datadog does not show: {', '.join(hidden)}. If one "
                "of them is meant, name it by its id."
            )

    def _with_roles(self, user: User) -> User:
        """``user`` with its roles, which a list may not show.

        :raises Refused: reading the account alone does not show them either.
        """
        if user.role_ids is not None:
            return user
        alone = get_user(self._client, user.uuid)
        if not alone or alone.role_ids is None:
            raise Refused(
                f"Datadog does not show the roles of {user}, so whether they are as wanted is not known. "
                f"{NOTHING_CHANGED}"
            )
        return user._replace(role_ids=alone.role_ids)

    def _read_roles(self, *, needed: bool) -> None:
        """Read all roles; if they are not ``needed``, it is no error that this is forbidden."""
        try:
            self._roles = list_roles(self._client)
        except Forbidden:
            if needed:
                raise

    def _settled(self, user: User, planned: User, wanted: WantedAccount) -> tuple[User, list[str]]:
        """The account as Datadog's list shows it, as soon as that is as planned; and the UUIDs of enabled ones that it
        should not show.

        After disabling, a list that shows some is not believed before it is too new to be wrong about them.
        """
        others: list[str] = []
        words = f"does not show it after {LAG:.0f} s. A task that reads the list now may still see the old state."
        now: User | None = None
        shown: User | None = None
        try:
            for _slept in chain((0.0,), poll_intervals(self._clock, LAG)):
                found = find_users(self._client, user.email)
                shown = next((each for each in found if each.uuid == user.uuid), None)
                now = shown if shown and is_as(shown, planned) else None
                others = [] if wanted.uuid else _other_enabled(user, found)
                if now and (wanted.present or not others):
                    break
        except CloudAuthError as error:
            shown, words = None, f"can't be read: {error}"
        if now:
            return now._replace(role_ids=planned.role_ids if now.role_ids is None else now.role_ids), others
        if shown and not shown.disabled and not wanted.present:
            return shown, [shown.uuid, *others]
        self._warnings.append(f"The change was made, but Datadog's list of users {words}")
        return planned._replace(uuid=user.uuid, handle=user.handle), others

    def _about_others(self, user: User, others: list[str], wanted: WantedAccount) -> Refused | None:
        """Emails need not be unique, and the list by which an account was missing may have been old: a warning, or an
        error if nothing of this email was to be enabled any more."""
        if user.uuid in others:
            return Refused(
                f"The task has disabled the service account {user}, but {LAG:.0f} s later Datadog shows it as enabled. "
                "Somebody else may have enabled it. Find out who, and run the task again."
            )
        if others and not wanted.present:
            return Refused(
                f"The task has disabled the service account {user}, but other service accounts with its email are "
                f"enabled: {', '.join(others)}. Disable each of them by its id."
            )
        if others:
            several = sorted((user.uuid, *others))
            self._warnings.append(
                f"{len(several)} enabled service accounts have the email {user.email}: {', '.join(several)}. "
                "Another one was created at about the same time. Disable all but one, by its id."
            )
        return None


def _other_enabled(user: User, found: Sequence[User]) -> list[str]:
    """The UUIDs of all other service accounts that ``found`` shows as enabled, with this email."""
    return sorted(
        other.uuid
        for other in found
        if other.uuid != user.uuid and other.email and other.is_service_account and not other.disabled
    )
