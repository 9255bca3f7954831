# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards: plans that are refused before anything is written. Loaded when there is something to write."""

from __future__ import annotations

from typing import Callable

from .._errors import Forbidden
from .._resources.accounts import Account, no_account
from .plan import Plan, PlanRefused, Replace, first_few

UNCHECKED = (
    "Whether Datadog has the accounts that are mapped to could not be checked, because the credentials may not read "
    "users (user_access_read). If Datadog refuses one of them, the old mapping stays or is put back."
)


def check_replacing(plan: Plan, label: Callable[[str], str]) -> None:
    """Refuse replacements.

    :param label: an account as people know it.
    :raises PlanRefused: the plan has some; names the present accounts.
    """
    texts = [
        f"{step.before.key} is mapped to {label(step.before.account_identifier or '')}, not to "
        f"{label(step.after.account_identifier or '')}"
        for step in plan.steps
        if isinstance(step, Replace)
    ]
    if texts:
        raise PlanRefused(
            f"{first_few(texts, '; ')}, and replace is false. Nothing has been changed. Set replace to true to map to "
            "the new account."
        )


def check_removals(plan: Plan, most: int) -> None:
    """Refuse a plan that removes or replaces more than ``most`` mappings.

    :raises PlanRefused: it does; says how many, and which are the first.
    """
    lost = [step for step in plan.steps if step.before]
    if len(lost) <= most:
        return
    removed = sum(step.after is None for step in lost)
    plural = "" if len(lost) == 1 else "s"
    keys = [str(step.subject.key) for step in lost]
    raise PlanRefused(
        f"{len(lost)} mapping{plural} would be lost ({removed} removed, {len(lost) - removed} replaced), but "
        f"max_removals is {most}. Nothing has been changed. To be lost: {first_few(keys, '; ')}."
    )


def check_accounts(plan: Plan, find: Callable[[str], Account | None]) -> list[str]:
    """Refuse to remove a mapping in favor of an account that can't be mapped to.

    :param find: looks an account up.
    :returns: warnings, if the credentials may not read users. Then Datadog tells when the new mapping is created.
    :raises PlanRefused: a replacement's account is unknown.
    """
    replacements = [step for step in plan.steps if isinstance(step, Replace)]
    try:
        unknown = [step for step in replacements if not find(step.after.account_identifier or "")]
    except Forbidden:
        return [UNCHECKED]
    if unknown:
        texts = [
            f"{step.after.account_identifier} (for {step.after.key}, which is mapped to "
            f"{step.before.account_identifier})"
            for step in unknown
        ]
        raise PlanRefused(
            f"account_identifier: {no_account(first_few(texts, '; '))}. Nothing has been changed. To map to an account "
            "that the Users API does not show, remove the old mapping in a separate task first."
        )
    return []
