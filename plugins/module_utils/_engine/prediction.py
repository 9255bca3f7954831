# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What check mode reports: the results that applying a plan would have, as far as that can be known in advance."""

from __future__ import annotations

from .._errors import CloudAuthError, Forbidden, Refused
from .._parallel import in_parallel
from .._resources.accounts import READ, Account
from .._resources.kind import AuthMapping
from .guards import UNCHECKED
from .lookups import Lookups, refusal_for
from .plan import Plan, Step
from .step_result import StepResult, WriteState


def predict(plan: Plan, lookups: Lookups, concurrency: int, warnings: list[str]) -> list[StepResult]:
    """The results of the steps as planned, with the accounts that Datadog has for them. Nothing is written.

    :param concurrency: how many accounts are looked up at once.
    :param warnings: collects sentences for the user.
    """
    unreadable: list[CloudAuthError] = []

    def predicted(step: Step) -> StepResult:
        account, unusable = None, None
        # Where users may not be read, one refusal is enough.
        may_read = not any(isinstance(error, Forbidden) for error in unreadable)
        if step.after and step.after.account_identifier and may_read:
            try:
                account = lookups.foretold(step.after.account_identifier)
                reason = refusal_for(step.after.account_identifier, account)
                unusable = Refused(f"{reason} So the real run would fail.") if reason else None
            except CloudAuthError as error:
                unreadable.append(error)
        if unusable:
            return StepResult(step, [WriteState.NOT_DONE], error=unusable)
        return StepResult(step, [WriteState.DONE], _predicted_mapping(step, account))

    step_results = in_parallel(predicted, plan.steps, concurrency)
    failed = [result.step for result in step_results if result.error]
    if failed:
        from .spellings import why_not_removed

        reasons = [result.step.before and why_not_removed(result.step, failed) for result in step_results]
        step_results = [
            StepResult(result.step, [WriteState.NOT_DONE], error=reason) if reason else result
            for result, reason in zip(step_results, reasons)
        ]
    if unreadable and UNCHECKED not in warnings:
        reason = f": {unreadable[0]}"
        if isinstance(unreadable[0], Forbidden):
            reason = f", because the credentials may not read users ({READ})."
        warnings.append(
            f"Whether Datadog has the accounts of new mappings could not be checked{reason} The real run does not need "
            "this check."
        )
    return step_results


def _predicted_mapping(step: Step, account: Account | None) -> AuthMapping | None:
    if step.after and account:
        return AuthMapping("", step.after.key, account.handle, account.uuid)
    return None
