# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine of all modules that write: read what exists, plan, check, and apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .accounts import Account, Accounts
from .client import Client
from .clock import Clock
from .errors import Forbidden, Refused
from .parallel import each
from .persona_mapping import Mapping, PersonaMappings
from .plan import (
    Plan,
    Purge,
    Replace,
    Unwanted,
    Wanted,
    check_removals,
    check_replacing,
    check_wanted,
    plan_absent,
    plan_present,
    some,
    undecided,
)
from .results import Outcome
from .spelling import same_spelling


class Engine:
    """Brings the persona mappings of an organization into a state.

    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :param concurrency: how many requests are sent at once.
    :param warnings: takes sentences that the user should read, whatever becomes of the task.
    """

    def __init__(self, client: Client, clock: Clock, wait_timeout: int, concurrency: int, warnings: list[str]) -> None:
        self._mappings = PersonaMappings(client)
        self._accounts = Accounts(client)
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
        self._look_up(undecided(by_pattern.values(), existing, _alike))
        plan = plan_present(by_pattern, existing, self._same, purge)
        if not replace:
            check_replacing(plan)
        if max_removals is not None:
            check_removals(plan, max_removals)
        self._check_accounts(plan)
        return plan

    def plan_absent(self, unwanted: Sequence[Unwanted], max_removals: int | None = None) -> Plan:
        """What removes the mappings that ``unwanted`` names. Nothing is written here.

        :raises CloudAuthError: a check fails, or Datadog can't be read.
        """
        existing = self._mappings.list()
        self._look_up(undecided(unwanted, existing, _alike))
        plan = plan_absent(unwanted, existing, self._same)
        if max_removals is not None:
            check_removals(plan, max_removals)
        if plan.spared:
            kept = [f"{mapping.arn_pattern} (mapped to {mapping.account_identifier})" for mapping in plan.spared]
            self._warnings.append(f"Not removed, since it is not all as the task says: {some(kept)}.")
        return plan

    def apply(self, plan: Plan) -> list[Outcome]:
        """Carry out ``plan``, and wait until Datadog shows what was written. A failed step is an outcome, too."""
        if not plan.steps:
            return []
        # Most runs change nothing, and shall not pay for loading what writes.
        from .apply import Applier

        applier = Applier(self._mappings, self._same, self._clock, self._wait_timeout, self._concurrency)
        outcomes = applier.apply(plan.steps)
        warning = applier.settle(outcomes)
        if warning:
            self._warnings.append(warning)
        return outcomes

    def _look_up(self, pairs: Sequence[tuple[str, Mapping]]) -> None:
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

    def _same(self, identifier: str, mapping: Mapping) -> bool:
        if _alike(identifier, mapping):
            return True
        account = self._find(identifier, mapping)
        return account is not None and _alike(account.uuid, mapping)

    def _check_accounts(self, plan: Plan) -> None:
        """Refuse to remove a mapping in favour of an account that doesn't exist.

        :raises Refused: a replacement's account is unknown.
        """
        unknown = [
            f"{step.after.account_identifier} (for {step.after.arn_pattern}, which is mapped to "
            f"{step.before.account_identifier})"
            for step in plan.steps
            if isinstance(step, Replace) and not self._accounts.find(step.after.account_identifier)
        ]
        if unknown:
            raise Refused(
                f"account_identifier: Datadog has no account with the e-mail, handle or id {some(unknown)}. Nothing "
                "has been changed. To map to an account that the Users API does not show, remove the old mapping in a "
                "task of its own first."
            )


def _alike(identifier: str, mapping: Mapping) -> bool:
    return same_spelling(identifier, mapping.account_identifier, mapping.account_uuid)
