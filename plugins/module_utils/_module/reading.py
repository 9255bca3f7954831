# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of the modules that read: mappings of a kind, or who the credentials are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._engine.query import MappingFinder
from .._resources.current_user import current_user
from .._resources.kind import AuthMapping, Kind
from .options import options_of_info, query_of
from .task import Task, run


def read_mappings(kind: Kind) -> None:
    """The body of a module that returns mappings."""

    def work(task: Task) -> dict[str, Any]:
        finder = MappingFinder(task.client, kind, task.warnings)
        found = finder.find(query_of(kind, task.params))
        shown = [kind.as_result(mapping) for mapping in found]
        if task.params.get("resolve_accounts"):
            shown = _with_names(finder, found, shown)
        return {"changed": False, f"{kind.name}s": shown}

    run(options_of_info(kind), work)


def read_current_user() -> None:
    """The body of the module that tells who the credentials are."""

    def work(task: Task) -> dict[str, Any]:
        return {"changed": False, **current_user(task.client)._asdict()}

    run({}, work)


def _with_names(
    finder: MappingFinder, found: Sequence[AuthMapping], shown: Sequence[dict[str, object]]
) -> list[dict[str, object]]:
    """``shown`` with the email and the name of each account; null for what Datadog doesn't show."""
    accounts = finder.accounts_of(found)
    names = [accounts.get(mapping.account_identifier or "") for mapping in found]
    return [
        {**fields, "account_email": account and account.email, "account_name": account and account.name}
        for fields, account in zip(shown, names)
    ]
