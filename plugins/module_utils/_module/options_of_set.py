# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a task on a set: checked, and turned into what is wanted. Nothing has been sent yet."""

from __future__ import annotations

from collections.abc import Sequence

from .._engine.plan import Unwanted, Wanted
from .._engine.purge import Purge
from .._errors import InvalidOption
from .._patterns.arn import is_account_id
from .options import Params, account_of


def wanted_many(entries: Sequence[Params]) -> list[Wanted]:
    """The mappings that a task wants to be present."""
    return [
        Wanted(_pattern_of(entry, number), _required_account_of(entry, number))
        for number, entry in enumerate(entries, 1)
    ]


def unwanted_many(entries: Sequence[Params]) -> list[Unwanted]:
    """The mappings that a task wants to be absent."""
    return [Unwanted(_pattern_of(entry, number), account_of(entry)) for number, entry in enumerate(entries, 1)]


def purge_of(params: Params) -> Purge | None:
    """What a task wants to be purged, or None for nothing.

    :raises InvalidOption: that may be more, or less, than is meant.
    """
    accounts = params["purge_aws_accounts"]
    for account in accounts or ():
        if not is_account_id(account):
            raise InvalidOption(
                "purge_aws_accounts",
                f"'{account}' is not the id of an AWS account, which has 12 digits; write it in quotes",
            )
    if not params["purge"]:
        return None
    if params["state"] == "absent":
        raise InvalidOption("purge", "it is for state: present only; with state: absent, mappings lists what to remove")
    if accounts is not None and not accounts:
        raise InvalidOption(
            "purge_aws_accounts",
            "the list is empty, so purge has nothing to do. Leave it out to purge in all AWS accounts",
        )
    if not params["mappings"] and params["max_removals"] is None:
        raise InvalidOption(
            "mappings",
            "the list is empty, and purge would remove every mapping. If that is meant, say how many by max_removals",
        )
    return Purge(None if accounts is None else frozenset(accounts))


def _required_account_of(entry: Params, number: int) -> str:
    account = account_of(entry)
    if account is None:
        raise InvalidOption("mappings", f"number {number}, {entry['arn_pattern']}, has no account_identifier")
    return account


def _pattern_of(entry: Params, number: int) -> str:
    pattern: str = entry["arn_pattern"]
    if not pattern.strip():
        raise InvalidOption("mappings", f"number {number} has an empty arn_pattern")
    return pattern
