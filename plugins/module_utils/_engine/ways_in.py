# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the ways in that can only be read and that fit a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .._errors import Forbidden, Refused
from .._http.client import Client
from .._parallel import in_parallel
from .._resources.accounts import Account, Accounts, no_account
from .._resources.identifiers import as_uuid, is_identifier_of
from .._resources.ways_in import WayIn, WayInKind, WaysIn

# How many accounts are looked up at once.
CONCURRENCY = 8


class Question(NamedTuple):
    """What a way in has to fit, all of it; None fits anything.

    :ivar account_identifier: any spelling of the account.
    """

    id: str | None = None
    account_identifier: str | None = None
    provider_id: str | None = None


class AccountShown(NamedTuple):
    """What a way in says about its account: the UUID or, for lack of that, the identifier; both may be empty."""

    uuid: str = ""
    identifier: str = ""


NOT_SHOWN = AccountShown()


class WayInFinder:
    """Answers questions about one kind.

    :param warnings: collects sentences for the user.
    """

    def __init__(self, client: Client, kind: WayInKind, warnings: list[str]) -> None:
        self._kind = kind
        self._ways_in = WaysIn(client, kind, warnings)
        self._accounts = Accounts(client)
        self._warnings = warnings

    def find(self, question: Question) -> list[WayIn]:
        """Those that fit.

        :raises CloudAuthError: Datadog can't be read, or can't tell which account is meant.
        """
        if question.id is None:
            found = self._ways_in.list_all()
        else:
            one = self._ways_in.get(question.id)
            found = [one] if one else []
        if question.provider_id is not None:
            provider = question.provider_id.lower()
            found = [way_in for way_in in found if way_in.text("provider_id").lower() == provider]
        if question.account_identifier is not None:
            found = self._of_account(question.account_identifier, found)
        return found

    def accounts_of(self, ways_in: Iterable[WayIn]) -> list[Account | None]:
        """The account of each, looked up once; None for one that Datadog doesn't show.

        :raises CloudAuthError: Datadog can't be read.
        """
        names = [_account_of(way_in) for way_in in ways_in]
        known = sorted(set(names) - {NOT_SHOWN})
        try:
            found = dict(zip(known, in_parallel(self._look_up, known, CONCURRENCY)))
        except Forbidden as error:
            raise error.noted("Or leave resolve_accounts out.") from None
        return [found.get(name) for name in names]

    def _look_up(self, shown: AccountShown) -> Account | None:
        """By an identifier only if it is the handle, which never changes: an email may be somebody else's by now."""
        identifier = shown.identifier
        if shown.uuid or as_uuid(identifier):
            return self._accounts.get(shown.uuid or identifier)
        found = self._accounts.find_all(identifier)
        return next((account for account in found if is_identifier_of(identifier, account.handle, account.uuid)), None)

    def _of_account(self, identifier: str, ways_in: list[WayIn]) -> list[WayIn]:
        """Those that lead to the account. The identifier in one is that of its creation, so it alone proves little: of
        two that lead to one account, one may hold its email and the other its UUID, or its handle alone."""
        hidden = [way_in for way_in in ways_in if not _is_shown(way_in)]
        if hidden:
            from .remarks import account_not_shown

            self._warnings.append(account_not_shown(self._kind.title, identifier, self._named(hidden)))
        spelled = [way_in for way_in in ways_in if _names(identifier, way_in)]
        is_uuid = as_uuid(identifier) is not None
        others = [way_in for way_in in ways_in if way_in not in spelled]
        undecided = [way_in for way_in in others if _is_shown(way_in) and not way_in.text("account_uuid")]
        if (is_uuid and spelled and not undecided) or not ways_in:
            return spelled
        try:
            account = self._accounts.find(identifier)
        except Forbidden as error:
            if is_uuid:
                return self._without_users(identifier, spelled, undecided)
            raise Refused(
                f"Could not tell which mappings belong to {identifier}. {error} Or write account_identifier as the "
                "UUID of the account.",
                error.http_status,
                error.errors,
            ) from None
        if account is None:
            self._warnings.append(f"{no_account(identifier)}. Check the spelling of account_identifier.")
            return spelled
        return [way_in for way_in in ways_in if way_in in spelled or _leads_to(account, way_in)]

    def _without_users(self, identifier: str, spelled: list[WayIn], undecided: list[WayIn]) -> list[WayIn]:
        """A UUID tells all apart that show one."""
        if undecided:
            from .remarks import other_name_shown

            self._warnings.append(other_name_shown(self._kind.title, identifier, self._named(undecided)))
        return spelled

    def _named(self, ways_in: list[WayIn]) -> list[str]:
        return [f"the {self._kind.title} with the ID {way_in.id}" for way_in in ways_in]


def _account_of(way_in: WayIn) -> AccountShown:
    uuid = way_in.text("account_uuid")
    return AccountShown(uuid, "" if uuid else way_in.text("account_identifier"))


def _is_shown(way_in: WayIn) -> bool:
    return _account_of(way_in) != NOT_SHOWN


def _names(identifier: str, way_in: WayIn) -> bool:
    return is_identifier_of(identifier, way_in.text("account_identifier"), way_in.text("account_uuid"))


def _leads_to(account: Account, way_in: WayIn) -> bool:
    """By the UUID; by any name of the account where none is shown."""
    if way_in.text("account_uuid"):
        return _names(account.uuid, way_in)
    return any(_names(name, way_in) for name in (account.uuid, account.handle, account.email) if name)
