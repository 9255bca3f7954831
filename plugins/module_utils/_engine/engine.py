# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine of all modules that write: read what exists, plan, guard, and apply or predict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._clock import Clock
from .._http.client import Client
from .._resources.identifiers import names_account, tells_accounts_apart
from .._resources.kind import AuthMapping, Kind
from .._resources.mappings import AuthMappings
from .plan import Plan, Purge, Unwanted, Wanted, first_few, plan_absent, plan_present, undecided, wanted_by_key

if TYPE_CHECKING:
    from .lookups import Lookups
    from .step_result import StepResult

# Most runs change nothing, so what looks up accounts, guards and writes is imported only when it is needed.


class Engine:
    """Manages the mappings of one kind in an organization.

    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :param concurrency: how many requests are sent at once.
    :param warnings: collects sentences for the user, which are shown even if the task fails.
    """

    def __init__(
        self, client: Client, kind: Kind, clock: Clock, wait_timeout: int, concurrency: int, warnings: list[str]
    ) -> None:
        self._mappings = AuthMappings(client, kind)
        self._kind = kind
        self._client = client
        self._clock = clock
        self._wait_timeout = wait_timeout
        self._concurrency = concurrency
        self._warnings = warnings
        self._made_lookups: Lookups | None = None

    def plan_present(self, wanted: Iterable[Wanted], purge: Purge | None = None) -> Plan:
        """The plan that makes all of ``wanted`` present. Everything is checked here, and nothing is written.

        :raises CloudAuthError: a check fails, or Datadog can't be read.
        """
        by_key, warnings = wanted_by_key(self._kind, wanted)
        self._warnings.extend(warnings)
        existing = self._mappings.list_all()
        self._look_up(by_key.values(), existing)
        if purge and any(mapping.unread for mapping in existing):
            from .remarks import not_purged

            self._warnings.extend(not_purged(self._kind, existing, by_key))
        return plan_present(self._kind, by_key, existing, self._same, purge)

    def plan_absent(self, unwanted: Sequence[Unwanted]) -> Plan:
        """The plan that removes the mappings that ``unwanted`` names. Nothing is written here.

        :raises CloudAuthError: a check fails, or Datadog can't be read.
        """
        existing = self._mappings.list_all()
        self._look_up(unwanted, existing)
        plan = plan_absent(unwanted, existing, self._same)
        keys = {mapping.key for mapping in existing}
        if any(want.id or want.key not in keys for want in unwanted):
            from .remarks import not_compared, not_found

            self._warnings.extend(not_found(self._kind, unwanted, existing))
            self._warnings.extend(not_compared(self._kind, unwanted, existing))
        if len(plan.steps) > 1:
            from .remarks import removed_together

            self._warnings.extend(removed_together(self._kind, [step.before for step in plan.steps if step.before]))
        if plan.spared:
            kept = [
                f"{mapping.key} (mapped to {self.label(mapping.account_identifier) or 'an unknown account'})"
                if self._kind.has_account
                else str(mapping.key)
                for mapping in plan.spared
            ]
            not_matching = "account or ID" if self._kind.has_account else self._kind.matcher.option
            self._warnings.append(f"Not removed because the {not_matching} does not match: {first_few(kept, '; ')}.")
        return plan

    def guard(self, plan: Plan, *, replace: bool = True, max_removals: int | None = None) -> None:
        """Refuse what must not be done.

        :raises PlanRefused: the plan must not be carried out.
        :raises CloudAuthError: Datadog can't tell.
        """
        if not plan.steps:
            return
        from .guards import check_accounts, check_removals, check_replacing

        if not replace:
            check_replacing(plan, self.label)
        if max_removals is not None:
            check_removals(plan, max_removals)
        self._warnings.extend(check_accounts(plan, self._lookups.find))

    def predict(self, plan: Plan) -> list[StepResult]:
        """What :meth:`apply` would do. Looks up the accounts of new mappings, each once, and writes nothing."""
        if not plan.steps:
            return []
        from .prediction import predict

        self._own_login(plan)  # For its warnings.
        return predict(plan, self._lookups, self._concurrency, self._warnings)

    def apply(self, plan: Plan) -> list[StepResult]:
        """Carry out ``plan``, and wait until Datadog shows what was written. A failed step is an outcome, too."""
        if not plan.steps:
            return []
        from .apply import Applier
        from .context import WriteContext

        self._clock.handle_signals()
        context = WriteContext(self._mappings, plan.listed, self._lookups, self._clock, self._wait_timeout)
        applier = Applier(context, self._concurrency)
        step_results = applier.apply(plan.steps, self._own_login(plan))
        for result in step_results:
            self._warnings.extend(result.warnings)
        self._warnings.extend(filter(None, [applier.warning(step_results)]))
        return step_results

    def label(self, account_identifier: str | None) -> str:
        """An account as people know it, if it has been looked up."""
        identifier = account_identifier or ""
        return self._made_lookups.label(identifier) if self._made_lookups else identifier

    def _own_login(self, plan: Plan) -> frozenset[str]:
        """The IDs of the mappings that this task may have logged in by, among those that it takes away."""
        if not self._client.is_keyless or not self._kind.has_account:
            return frozenset()
        from .own_login import own_login

        ids, warnings = own_login(self._client, plan)
        self._warnings.extend(warnings)
        return ids

    def _look_up(self, wanted: Iterable[Wanted | Unwanted], existing: Sequence[AuthMapping]) -> None:
        pairs = undecided(wanted, existing, tells_accounts_apart)
        if pairs:
            self._lookups.look_up(pairs)

    def _same(self, identifier: str, mapping: AuthMapping) -> bool:
        if tells_accounts_apart(identifier, mapping):
            return names_account(identifier, mapping)
        return self._lookups.same(identifier, mapping)

    @property
    def _lookups(self) -> Lookups:
        if self._made_lookups is None:
            from .lookups import Lookups

            self._made_lookups = Lookups(self._client, self._concurrency, self._warnings)
        return self._made_lookups
