# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine of all modules that write: read what exists, plan, check, and apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from .._clock import Clock
from .._http.client import Client
from .._resources.persona_mapping import Mapping, PersonaMappings, alike
from .plan import Plan, Unwanted, Wanted, check_wanted, plan_absent, plan_present, some, undecided

if TYPE_CHECKING:
    from .._module.results import Outcome
    from .lookups import Lookups
    from .purge import Purge

# Most runs change nothing. They shall not pay for loading what looks accounts up, what guards, and what writes.


class Engine:
    """Brings the persona mappings of an organization into a state.

    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :param concurrency: how many requests are sent at once.
    :param warnings: takes sentences that the user should read, whatever becomes of the task.
    """

    def __init__(self, client: Client, clock: Clock, wait_timeout: int, concurrency: int, warnings: list[str]) -> None:
        self._mappings = PersonaMappings(client)
        self._client = client
        self._clock = clock
        self._wait_timeout = wait_timeout
        self._concurrency = concurrency
        self._warnings = warnings

    def plan_present(
        self,
        wanted: Iterable[Wanted],
        replace: bool = True,
        purge: Purge | None = None,
        max_removals: int | None = None,
    ) -> Plan:
        """What makes all of ``wanted`` present. Everything is checked here, and nothing is written.

        :raises CloudAuthError: a check fails, or Datadog can't be read.
        """
        by_pattern, warnings = check_wanted(wanted)
        self._warnings.extend(warnings)
        existing = self._mappings.list()
        self._look_up(by_pattern.values(), existing)
        plan = plan_present(by_pattern, existing, self._same, purge)
        self._guard(plan, replace, max_removals)
        return plan

    def plan_absent(self, unwanted: Sequence[Unwanted], max_removals: int | None = None) -> Plan:
        """What removes the mappings that ``unwanted`` names. Nothing is written here.

        :raises CloudAuthError: a check fails, or Datadog can't be read.
        """
        existing = self._mappings.list()
        self._look_up(unwanted, existing)
        plan = plan_absent(unwanted, existing, self._same)
        self._guard(plan, True, max_removals)
        if plan.spared:
            kept = [f"{mapping.arn_pattern} (mapped to {mapping.account_identifier})" for mapping in plan.spared]
            self._warnings.append(f"Not removed, since it is not all as the task says: {some(kept)}.")
        return plan

    def apply(self, plan: Plan) -> list[Outcome]:
        """Carry out ``plan``, and wait until Datadog shows what was written. A failed step is an outcome, too."""
        from .apply import Applier

        applier = Applier(self._mappings, self._lookups.same, self._clock, self._wait_timeout, self._concurrency)
        outcomes = applier.apply(plan.steps)
        warning = applier.settle(outcomes)
        if warning:
            self._warnings.append(warning)
        return outcomes

    def _look_up(self, wanted: Iterable[Wanted | Unwanted], existing: Sequence[Mapping]) -> None:
        pairs = undecided(wanted, existing, alike)
        if pairs:
            self._lookups.look_up(pairs)

    def _same(self, identifier: str, mapping: Mapping) -> bool:
        return alike(identifier, mapping) or self._lookups.same(identifier, mapping)

    def _guard(self, plan: Plan, replace: bool, max_removals: int | None) -> None:
        if not plan.steps:
            return
        from .guards import check_accounts, check_removals, check_replacing

        if not replace:
            check_replacing(plan)
        if max_removals is not None:
            check_removals(plan, max_removals)
        check_accounts(plan, self._lookups.find)

    @cached_property
    def _lookups(self) -> Lookups:
        from .lookups import Lookups

        return Lookups(self._client, self._concurrency, self._warnings)
