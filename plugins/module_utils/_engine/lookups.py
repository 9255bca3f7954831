# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling by the Users API whether an account identifier names the account of a mapping. Loaded when the spelling alone
does not tell."""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import Forbidden, Refused
from .._http.client import Client
from .._resources.accounts import Account, Accounts
from .._resources.persona_mapping import Mapping, alike
from .parallel import each


class Lookups:
    """Looks accounts up, each once.

    :param concurrency: how many at once.
    :param warnings: takes sentences that the user should read, whatever becomes of the task.
    """

    def __init__(self, client: Client, concurrency: int, warnings: list[str]) -> None:
        self._accounts = Accounts(client)
        self._concurrency = concurrency
        self._warnings = warnings

    def look_up(self, pairs: Sequence[tuple[str, Mapping]]) -> None:
        """Look up the accounts that ``pairs`` of identifier and mapping name, each once, several at once."""
        mapping_of = dict(reversed(pairs))
        identifiers = list(mapping_of)

        def find(identifier: str) -> None:
            account = self._find(identifier, mapping_of[identifier], " Nothing has been changed.")
            if account and account.disabled:
                self._warnings.append(f"The Datadog account {identifier} is disabled: nobody can act as it at present.")

        each(find, identifiers, self._concurrency)

    def _find(self, identifier: str, mapping: Mapping, addition: str = "") -> Account | None:
        try:
            return self._accounts.find(identifier)
        except Forbidden as error:
            raise Refused(
                f"Could not tell whether {identifier} is the account that {mapping.arn_pattern} is mapped to, "
                f"{mapping.account_identifier}. {error} If it is that account, write account_identifier as Datadog "
                f"has it, {mapping.account_identifier}; else the keys must be able to read users.{addition}",
                error.http_status,
                error.errors,
            ) from None

    def same(self, identifier: str, mapping: Mapping) -> bool:
        """Whether ``identifier`` names the account of ``mapping``.

        :raises CloudAuthError: Datadog can't tell.
        """
        if alike(identifier, mapping):
            return True
        account = self._find(identifier, mapping)
        return account is not None and alike(account.uuid, mapping)

    def find(self, identifier: str) -> Account | None:
        """The account that ``identifier`` names, or None.

        :raises CloudAuthError: Datadog can't tell.
        """
        return self._accounts.find(identifier)
