# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that change one service account, each brought to a known end.

All but the creation may be executed twice, so they are sent again as often as the task allows. The creation may not,
for emails of service accounts need not be unique: after a lost answer, a list decides whether it is sent again.

What Datadog shows may be half a minute old, and the next answer may be older (seen for mappings). So after a lost
answer, only what was asked for later than that is proof.
"""

from __future__ import annotations

from .._clock import Clock, poll_intervals
from .._errors import CloudAuthError, Refused, RequestFailed
from .._http.client import Client
from .._resources import roles as role_requests
from .._resources import service_accounts as account_requests
from .._resources.service_accounts import AccountWrite, User, decode_user, find_users, get_user
from .account_plan import Change, Disable, Give, Take, Update, WantedAccount, choose
from .book import LAG
from .step_result import WriteState


class AccountWrites:
    """All changes of one account by one task."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._states: list[WriteState] = []

    @property
    def changed(self) -> bool:
        """Whether anything was, or may have been, executed."""
        return any(state is not WriteState.NOT_DONE for state in self._states)

    @property
    def in_doubt(self) -> bool:
        """Whether it is not known if the last change was executed."""
        return self._states[-1:] == [WriteState.NOT_KNOWN]

    def create(self, wanted: WantedAccount) -> User:
        """The account, created once.

        :raises CloudAuthError: it was not created, or that is not known.
        """
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

    def carry_out(self, change: Change, user: User) -> None:
        """One change, sent until it has a final answer, or as often as the task allows.

        :raises CloudAuthError: it was not executed, or that is not known.
        """
        call = _call_of(change, user)
        retry_policy = self._client.retry_policy()
        self._states.append(WriteState.NOT_DONE)
        doubt = 0.0
        while True:
            try:
                self._client.send(call, lambda _answer: None)
                self._states[-1] = WriteState.DONE
                return
            except RequestFailed as error:
                if error.may_be_executed:
                    self._states[-1] = WriteState.NOT_KNOWN
                    doubt = self._clock.now()
                try:
                    self._client.prepare_retry(call, error, retry_policy)
                except RequestFailed as final:
                    if not self.in_doubt or not self._is_proved(change, user, doubt, final):
                        raise
                    self._states[-1] = WriteState.DONE
                    return

    def _after_doubt(self, error: RequestFailed, wanted: WantedAccount) -> User | None:
        """The account, if the creation was executed despite ``error``; None if a list proves that it was not."""
        self._states[-1] = WriteState.NOT_KNOWN
        try:
            found = self._found_after(error, wanted)
        except Refused as refused:
            raise refused.noted("The task has tried to create this account, and got no answer.") from None
        if not found:
            self._states[-1] = WriteState.NOT_DONE  # A list that was asked for so late is proof.
        return found

    def _found_after(self, error: RequestFailed, wanted: WantedAccount) -> User | None:
        """The account, if the creation was executed despite ``error``; None if it certainly was not."""
        pauses = poll_intervals(self._clock, LAG)
        while True:
            unread: RequestFailed | None = None
            try:
                found = choose(find(self._client, wanted), wanted)
                if found:
                    return found
            except RequestFailed as second:
                unread = second
            if next(pauses, None) is None:
                if unread:
                    raise error.noted(f"Checking whether it was executed failed too: {unread}")
                return None

    def _is_proved(self, change: Change, user: User, doubt: float, error: RequestFailed) -> bool:
        """Whether Datadog shows, late enough to be proof, that ``change`` was executed despite ``error``."""
        try:
            self._clock.sleep(max(0.0, doubt + LAG - self._clock.now()))
            now = get_user(self._client, user.uuid)
        except CloudAuthError as second:
            error.noted(f"Checking whether it was executed failed too: {second}")
            return False
        return now is not None and _is_done(change, now)


def find(client: Client, wanted: WantedAccount) -> list[User]:
    """All that may be the account: that of its UUID, or those of its email.

    :raises CloudAuthError: Datadog can't be read.
    """
    if not wanted.uuid:
        return find_users(client, wanted.email or "")
    user = get_user(client, wanted.uuid)
    return [user] if user else []


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
        return change.role.id in (user.role_ids or ())
    if isinstance(change, Take):
        return user.role_ids is not None and change.role.id not in user.role_ids
    if isinstance(change, Update):
        return change.name in (None, user.name) and not (change.enable and user.disabled)
    return user.disabled
