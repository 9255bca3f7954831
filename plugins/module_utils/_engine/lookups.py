# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Users API says about the accounts of a plan. Loaded only if the spelling alone is not enough."""

from __future__ import annotations

from collections.abc import Iterable

from .._errors import CloudAuthError, Forbidden, Refused
from .._http.client import Client
from .._parallel import in_parallel
from .._resources.accounts import Account, Accounts, no_account
from .._resources.identifiers import as_uuid, is_identifier_of, names_account, tells_accounts_apart
from .._resources.kind import AuthMapping


class Lookups:
    """Looks accounts up, each once.

    :param concurrency: how many at once.
    :param warnings: collects sentences for the user, which are shown even if the task fails.
    """

    def __init__(self, client: Client, concurrency: int, warnings: list[str]) -> None:
        self._accounts = Accounts(client)
        self._concurrency = concurrency
        self._warnings = warnings
        self._labels: dict[str, str] = {}

    def find(self, identifier: str) -> Account | None:
        """The account that ``identifier`` names, or None; from now on messages and diffs name it as people know it.

        :raises CloudAuthError: Datadog can't tell.
        """
        self._find_all(identifier)
        return self._accounts.find(identifier)

    def label(self, identifier: str) -> str:
        """``identifier`` as people know the account, if it has been looked up; as it stands otherwise."""
        return self._labels.get(identifier.lower(), identifier)

    def look_up(self, pairs: Iterable[tuple[str, AuthMapping]]) -> None:
        """Look up all accounts that ``pairs`` of an identifier and a mapping need, before anything is written.

        :raises CloudAuthError: an account can't be looked up, so it can't be told what is in sync.
        """
        mapping_of = dict(pairs)

        def find(identifier: str) -> None:
            for account in self._found(identifier, mapping_of[identifier], " Nothing has been changed."):
                if account.disabled:
                    self._warnings.append(
                        f"The Datadog account {identifier} is disabled: nobody can act as it at present. Enable it, or "
                        "map to another account."
                    )

        in_parallel(find, list(mapping_of), self._concurrency)

    def same(self, identifier: str, mapping: AuthMapping) -> bool:
        """Whether ``identifier`` names the account of ``mapping``.

        :raises CloudAuthError: Datadog can't tell.
        """
        if tells_accounts_apart(identifier, mapping):
            return names_account(identifier, mapping)
        if not mapping.account_identifier and not mapping.account_uuid:
            return False
        return self._is_among(identifier, self._found(identifier, mapping), mapping)

    def is_account_of(self, identifier: str, mapping: AuthMapping) -> bool | None:
        """The same; None if Datadog can't tell, or shows nobody whom ``identifier`` names."""
        if tells_accounts_apart(identifier, mapping):
            return names_account(identifier, mapping)
        if not mapping.account_identifier and not mapping.account_uuid:
            return False  # Datadog tells of no account.
        try:
            accounts = self._find_all(identifier)
        except CloudAuthError:
            return None
        return self._is_among(identifier, accounts, mapping) if accounts else None

    def why_unusable(self, identifier: str) -> CloudAuthError | None:
        """Why Datadog would refuse a mapping to the account that ``identifier`` names (seen: 400), or None."""
        try:
            reason = refusal_for(identifier, self.find(identifier))
        except CloudAuthError:
            return None  # Datadog itself will say.
        return Refused(reason) if reason else None

    def foretold(self, identifier: str) -> Account | None:
        """The account that a creation will lead to, looked up as the real run does if the answer has another name."""
        account = self._accounts.find(identifier)
        is_same = account and is_identifier_of(identifier, account.handle, account.uuid)
        return account if is_same else self.find(identifier)

    def _is_among(self, identifier: str, accounts: list[Account], mapping: AuthMapping) -> bool:
        is_among = any(account.is_of(mapping) for account in accounts)
        warning = (
            f"{len(accounts)} Datadog accounts have the email {identifier}, with the UUIDs "
            f"{', '.join(sorted(account.uuid for account in accounts))}. The mapping leads to {mapping.account_uuid}. "
            "Write the handle of the one you mean."
        )
        if is_among and len(accounts) > 1 and warning not in self._warnings:
            self._warnings.append(warning)
        return is_among

    def _find_all(self, identifier: str) -> list[Account]:
        accounts = self._accounts.find_all(identifier)
        for account in accounts:
            spellings = (identifier, account.handle, account.uuid) if len(accounts) == 1 else (account.handle,)
            self._labels.update({spelling.lower(): str(account) for spelling in spellings})
        return accounts

    def _found(self, identifier: str, mapping: AuthMapping, addition: str = "") -> list[Account]:
        try:
            return self._find_all(identifier)
        except Forbidden as error:
            raise Refused(
                f"Could not tell whether {identifier} is the account that {mapping.key} is mapped to, "
                f"{mapping.account_identifier}, because the credentials may not read users (user_access_read). If it "
                f"is, write account_identifier as Datadog has it, {mapping.account_identifier}. If it is a service "
                f"account, write its UUID.{addition}",
                error.http_status,
                error.errors,
            ) from None


def refusal_for(identifier: str, account: Account | None) -> str:
    """Why Datadog would refuse a mapping to ``account`` (seen: 400), or an empty string."""
    if account is None:
        return (
            f"account_identifier: {no_account(identifier)}. Check the spelling, and create the account first if it is "
            "new."
        )
    if as_uuid(identifier) and not as_uuid(account.handle):
        return (
            f"account_identifier: {identifier} is the UUID of a person, which Datadog does not accept. Write the "
            f"handle instead: {account.handle}."
        )
    if account.disabled:
        return (
            f"account_identifier: the Datadog account {account} is disabled. Enable it first, or map to another "
            "account."
        )
    return ""
