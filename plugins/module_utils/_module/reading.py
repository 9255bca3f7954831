# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of the modules that read: mappings of a kind, other ways in, or who the credentials are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._engine.query import MappingFinder
from .._resources.current_user import current_user
from .._resources.kind import AuthMapping, Kind
from .options import options_of_info, query_of, text_of
from .task import Task, run

if TYPE_CHECKING:
    from .._resources.accounts import Account
    from .._resources.ways_in import WayInKind


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


def read_ways_in(kind: WayInKind, filters: tuple[str, ...] = (), id_aliases: tuple[str, ...] = ()) -> None:
    """The body of a module that returns what can only be read.

    :param filters: the options, besides the ID, that choose among them.
    :param id_aliases: other names of the option ``id``.
    """
    from .._engine.ways_in import Question, WayInFinder

    def work(task: Task) -> dict[str, Any]:
        finder = WayInFinder(task.client, kind, task.warnings)
        found = finder.find(Question(**{name: text_of(task.params, name) for name in ("id", *filters)}))
        shown = [way_in.as_result() for way_in in found]
        if task.params.get("resolve_accounts"):
            shown = [{**fields, **_name_of(account)} for fields, account in zip(shown, finder.accounts_of(found))]
        return {"changed": False, f"{kind.name}s": shown}

    options = {name: {"type": "str"} for name in filters}
    names = {"resolve_accounts": {"type": "bool", "default": False}} if "account_identifier" in filters else {}
    aliases = {"aliases": list(id_aliases)} if id_aliases else {}
    run({"id": {"type": "str", **aliases}, **options, **names}, work)


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
    return [
        {**fields, **_name_of(accounts.get(mapping.account_identifier or ""))} for fields, mapping in zip(shown, found)
    ]


def _name_of(account: Account | None) -> dict[str, object]:
    return {"account_email": account and account.email, "account_name": account and account.name}
