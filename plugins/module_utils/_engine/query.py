# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the existing mappings that fit a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .._errors import Forbidden, InvalidOption, Refused
from .._http.client import Client
from .._parallel import in_parallel
from .._patterns.arn import ImpossibleArn
from .._patterns.callers import check_caller, matches
from .._patterns.claims import ClaimMatchers
from .._resources.accounts import Account, Accounts, no_account
from .._resources.identifiers import names_account, tells_accounts_apart
from .._resources.kind import AuthMapping, Key, Kind
from .._resources.mappings import AuthMappings

# How many accounts are looked up at once.
CONCURRENCY = 8


class Query(NamedTuple):
    """What a mapping has to fit, all of it; None fits anything.

    :ivar account_identifier: any spelling of the account.
    :ivar caller_arn: an ARN that the pattern has to match.
    :ivar claims: the claims of a job that the expressions have to match.
    """

    id: str | None = None
    key: Key | None = None
    account_identifier: str | None = None
    caller_arn: str | None = None
    claims: Mapping[str, str] | None = None


class MappingFinder:
    """Answers questions about the mappings of one kind.

    :param warnings: collects sentences for the user.
    """

    def __init__(self, client: Client, kind: Kind, warnings: list[str]) -> None:
        self._mappings = AuthMappings(client, kind)
        self._accounts = Accounts(client)
        self._warnings = warnings

    def find(self, query: Query) -> list[AuthMapping]:
        """The mappings that fit ``query``, sorted by key.

        :raises CloudAuthError: Datadog can't be read, or can't tell which account is meant.
        """
        if query.caller_arn:
            _check_caller(query.caller_arn)
        candidates = self._candidates(query)
        fitting = [
            mapping
            for mapping in candidates
            if query.key in (None, mapping.key) and (query.caller_arn is None or _lets_in(mapping, query.caller_arn))
        ]
        if query.key is not None and not any(mapping.key == query.key for mapping in candidates):
            self._warn_of_what_was_meant(query.key, candidates)
        if query.claims is not None:
            fitting = self._of_job(query.claims, fitting)
        if query.account_identifier:
            fitting = self._of_account(query.account_identifier, fitting)
        if any(mapping.unread for mapping in fitting):
            from .remarks import not_shown

            self._warnings.extend(not_shown(self._mappings.kind, fitting))
        return sorted(fitting, key=lambda mapping: str(mapping.key))

    def accounts_of(self, mappings: Iterable[AuthMapping]) -> dict[str, Account | None]:
        """The accounts of ``mappings`` by identifier, each looked up once; None for one that Datadog doesn't show.

        :raises CloudAuthError: Datadog can't be read.
        """
        identifiers = sorted({mapping.account_identifier for mapping in mappings if mapping.account_identifier})
        try:
            return dict(zip(identifiers, in_parallel(self._accounts.find, identifiers, CONCURRENCY)))
        except Forbidden as error:
            raise error.noted("Or leave resolve_accounts out.") from None

    def _candidates(self, query: Query) -> list[AuthMapping]:
        if query.id is None:
            return self._mappings.list_all()
        mapping = self._mappings.get(query.id)
        if mapping:
            return [mapping]
        # Reading one mapping can answer 404 for a while after it was created (seen), and so does a path that has moved:
        # absent is what is not listed either.
        listed, wanted = self._mappings.list_all(), query.id.lower()
        found = [mapping for mapping in listed if mapping.id.lower() == wanted]
        if not found and query.key is not None:
            from .remarks import other_id, probably_meant

            kind = self._mappings.kind
            self._warnings.extend(
                other_id(kind, query.id, query.key, listed) or probably_meant(kind, [query.key], listed)
            )
        return found

    def _warn_of_what_was_meant(self, key: Key, candidates: list[AuthMapping]) -> None:
        from .remarks import probably_meant

        self._warnings.extend(probably_meant(self._mappings.kind, [key], candidates))

    def _of_job(self, claims: Mapping[str, str], mappings: list[AuthMapping]) -> list[AuthMapping]:
        """Those of ``mappings`` that may let a job with these claims in."""
        from .._patterns.jobs import is_unreadable, lets_in, missing_for

        found, undecided, missing = [], [], set()
        for mapping in mappings:
            if not isinstance(mapping.key, ClaimMatchers) or mapping.unread or lets_in(mapping.key, claims):
                found.append(mapping)
                if isinstance(mapping.key, ClaimMatchers) and is_unreadable(mapping.key):
                    undecided.append(mapping)
            else:
                missing.update(missing_for(mapping.key, claims))
        if undecided:
            from .remarks import not_decided

            self._warnings.append(not_decided(self._mappings.kind, undecided))
        if missing:
            self._warnings.append(
                f"Other mappings may let the job in, too, if its token holds more claims than were given: they match "
                f"{', '.join(sorted(missing))}."
            )
        return found

    def _of_account(self, identifier: str, mappings: list[AuthMapping]) -> list[AuthMapping]:
        """Those of ``mappings`` that belong to the account, and a warning about those that may."""
        hidden = [mapping for mapping in mappings if not mapping.account_identifier and not mapping.account_uuid]
        if hidden:
            from .remarks import account_not_shown, with_id

            kind = self._mappings.kind
            named = [with_id(kind, mapping) for mapping in hidden]
            self._warnings.append(account_not_shown(kind.title, identifier, named))
        return self._of_this_account(identifier, [mapping for mapping in mappings if mapping not in hidden])

    def _of_this_account(self, identifier: str, mappings: list[AuthMapping]) -> list[AuthMapping]:
        """Those of ``mappings`` that belong to the account. A handle or UUID that one of them has needs no look-up."""
        found = [mapping for mapping in mappings if names_account(identifier, mapping)]
        # One that shows only the other half of the account's names belongs to it all the same.
        names = {name for mapping in found for name in (mapping.account_identifier, mapping.account_uuid) if name}
        found = [m for m in mappings if names.intersection((m.account_identifier, m.account_uuid))]
        others = [mapping for mapping in mappings if mapping not in found]
        undecided = [mapping for mapping in others if not (mapping.account_identifier and mapping.account_uuid)]
        if found and (not undecided or any(m.account_identifier and m.account_uuid for m in found)):
            return found
        try:
            account = self._accounts.find(identifier)
        except Forbidden as error:
            if found:
                self._warn_of_other_names(identifier, undecided)
                return found
            if all(tells_accounts_apart(identifier, mapping) for mapping in mappings):
                return []  # Whoever it is, there is nothing that could belong to it.
            raise Refused(
                f"Could not tell which mappings belong to {identifier}, because the credentials may not read users "
                "(user_access_read). Write account_identifier as Datadog has it in its mappings, or as a UUID.",
                error.http_status,
                error.errors,
            ) from None
        if account is None and found:
            return found
        if account is None:
            self._warnings.append(
                f"{no_account(identifier)}, so no mapping can belong to it. Check the spelling of account_identifier."
            )
            return []
        return [mapping for mapping in mappings if mapping in found or account.is_of(mapping)]

    def _warn_of_other_names(self, identifier: str, undecided: list[AuthMapping]) -> None:
        from .remarks import other_name_shown, with_id

        kind = self._mappings.kind
        named = [with_id(kind, mapping) for mapping in undecided]
        self._warnings.append(other_name_shown(kind.title, identifier, named))


def _lets_in(mapping: AuthMapping, caller_arn: str) -> bool:
    """Whether ``mapping`` lets the caller in. One whose pattern can't be read may: nobody must be overlooked."""
    return (not mapping.key and mapping.unread != "") or matches(str(mapping.key), caller_arn)


def _check_caller(caller_arn: str) -> None:
    """:raises InvalidOption: it is not the ARN of a caller."""
    try:
        check_caller(caller_arn)
    except ImpossibleArn as error:
        raise InvalidOption("caller_arn", f"{caller_arn} is not the ARN of an AWS caller: {error}") from None
