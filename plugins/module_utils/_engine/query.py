# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the mappings that exist fit a question."""

from __future__ import annotations

from typing import NamedTuple

from .._errors import Forbidden, InvalidOption, Refused
from .._http.client import Client
from .._patterns.arn import ImpossibleArn
from .._patterns.callers import check_caller, matches
from .._resources.persona_mapping import Mapping, PersonaMappings
from .._resources.spelling import same_spelling


class Query(NamedTuple):
    """What a mapping has to fit, all of it; None for whatever.

    :ivar account_identifier: any spelling of the account.
    :ivar caller_arn: an ARN that the pattern has to match.
    """

    id: str | None
    arn_pattern: str | None
    account_identifier: str | None
    caller_arn: str | None


def find(query: Query, client: Client) -> list[Mapping]:
    """The mappings that fit ``query``, sorted by pattern.

    :raises CloudAuthError: Datadog can't be read, or can't tell which account is meant.
    """
    if query.caller_arn:
        _check_caller(query.caller_arn)
    fitting = [
        mapping
        for mapping in _candidates(query, client)
        if query.arn_pattern in (None, mapping.arn_pattern)
        and (query.caller_arn is None or matches(mapping.arn_pattern, query.caller_arn))
    ]
    if query.account_identifier and fitting:
        fitting = _of_account(query.account_identifier, fitting, client)
    return sorted(fitting, key=lambda mapping: mapping.arn_pattern)


def _check_caller(caller_arn: str) -> None:
    try:
        check_caller(caller_arn)
    except ImpossibleArn as bad:
        raise InvalidOption("caller_arn", f"{caller_arn} is not the ARN of an AWS caller: {bad}") from None


def _candidates(query: Query, client: Client) -> list[Mapping]:
    mappings = PersonaMappings(client)
    if query.id is None:
        return mappings.list()
    mapping = mappings.get(query.id)
    if mapping:
        return [mapping]
    # Reading one mapping can answer 404 for a while after it was made (seen): absent is what is not listed either.
    return [listed for listed in mappings.list() if listed.id == query.id]


def _of_account(identifier: str, mappings: list[Mapping], client: Client) -> list[Mapping]:
    """Those of ``mappings`` that belong to the account. A handle or id is told without a look-up, as is an account that
    some mapping has by that name."""

    def named(name: str) -> list[Mapping]:
        return [
            mapping for mapping in mappings if same_spelling(name, mapping.account_identifier, mapping.account_uuid)
        ]

    found = named(identifier)
    if found:
        return found
    from .._resources.accounts import Accounts

    try:
        account = Accounts(client).find(identifier)
    except Forbidden as error:
        raise Refused(
            f"Could not tell which mappings belong to {identifier}. {error} Or write account_identifier as Datadog has "
            "it in its mappings.",
            error.http_status,
            error.errors,
        ) from None
    return named(account.uuid) if account else []
