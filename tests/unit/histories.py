# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cases in the simulation are made of: a past, troubles, lists of some age, and servers that differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import (
    START,
    Account,
    Datadog,
    Ended,
    Held,
    Task,
    World,
    key_of,
    matched_by,
    run_tasks,
)

KEY = "arn:aws:sts::123456789012:assumed-role/web/*"
SET = [f"arn:aws:sts::123456789012:assumed-role/web-{number}/*" for number in range(30)]
SAM = Account("old.sam@corp.example", "00000000-0000-0000-0000-0000000000aa", "sam@corp.example")
OTHER_SAM = Account("sam@corp.example", "00000000-0000-0000-0000-0000000000bb", "other@corp.example")


def datadog(**options: Any) -> Datadog:
    return Datadog(World(), **options)


def present(account: Account | None = None, key: str = KEY, **options: Any) -> dict[str, Any]:
    """The arguments of a task."""
    return {"arn_pattern": key, **({"account_identifier": account.handle} if account else {}), **options}


def run(api: Datadog, arguments: dict[str, Any]) -> Ended:
    """One task alone."""
    [ended] = run_tasks(api, Task(arguments))
    return ended


def on(method: str, *numbers: int, trouble: str = "503, not executed") -> Callable[[str, int], str | None]:
    """A trouble for the requests of a method with these numbers, from 0 on."""
    return lambda asked, number: trouble if asked == method and number in numbers else None


def then(*lags: float, rest: float = 0.0) -> Callable[[int], float]:
    """How old the lists are, one after the other."""
    return lambda number: lags[number] if number < len(lags) else rest


def past(api: Datadog, key: str, *accounts: Account | None, age: float = 5.0) -> None:
    """The key was mapped to these accounts, one after the other; the last change is ``age`` seconds old."""
    for number, account in enumerate(accounts, 1):
        at = START - age if number == len(accounts) else START - 10000 + number
        for mapping in [mapping for mapping in api.now.values() if mapping.key == key]:
            api.unmap(mapping.id, at)
        if account:
            api.map(key, account, at)


def map_now(api: Datadog, key: str, account: Account) -> None:
    """Somebody else maps the key, whatever it is mapped to."""
    for mapping in [mapping for mapping in api.now.values() if mapping.key == key]:
        api.unmap(mapping.id)
    api.map(key, account)


def held(api: Datadog, key: str = KEY) -> list[str]:
    """The handles of those who have the key."""
    return [mapping.account.handle if mapping.account else "" for mapping in api.now.values() if mapping.key == key]


class OddDatadog(Datadog):
    """A Datadog that may behave otherwise than its reference says, where nobody has seen it.

    :ivar takes_twice: whether it takes several mappings of a key.
    :ivar normalizes: whether it stores keys in lower case.
    """

    def __init__(self, *arguments: Any, takes_twice: bool = False, normalizes: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.takes_twice = takes_twice
        self.normalizes = normalizes

    def stored(self, key: str) -> str:
        """A key as it stores it."""
        return key.lower() if self.normalizes else key

    def _create(self, attributes: dict[str, Any]) -> tuple[int, Any]:
        return super()._create({**attributes, **matched_by(self.kind, self.stored(key_of(attributes)))})

    def _conflicts(self, key: str, held: Sequence[Held]) -> bool:
        return not self.takes_twice and super()._conflicts(key, held)
