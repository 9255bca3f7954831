# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards: plans that are refused before anything is written. Loaded when there is something to write."""

from __future__ import annotations

from typing import Callable

from .._errors import Refused
from .._resources.accounts import Account
from .plan import Plan, Replace, some


def check_replacing(plan: Plan) -> None:
    """Refuse replacements.

    :raises Refused: the plan has some; names the present accounts.
    """
    replaced = [step for step in plan.steps if isinstance(step, Replace)]
    if replaced:
        texts = [
            f"{old.arn_pattern} is mapped to {old.account_identifier}, not to {new.account_identifier}"
            for old, new in replaced
        ]
        raise Refused(
            f"{some(texts, '; ')}, and replace is false. Nothing has been changed. Set replace to true to map to the "
            "new account."
        )


def check_removals(plan: Plan, most: int) -> None:
    """Refuse a plan that removes or replaces more than ``most`` mappings.

    :raises Refused: it does; says how many, and which are the first.
    """
    lost = [step for step in plan.steps if step.before]
    if len(lost) > most:
        removed = sum(step.after is None for step in lost)
        patterns = [step.subject.arn_pattern for step in lost]
        raise Refused(
            f"{len(lost)} existing mappings would be removed ({removed}) or replaced ({len(lost) - removed}), more "
            f"than max_removals: {most}. Nothing has been changed. They are {some(patterns)}."
        )


def check_accounts(plan: Plan, find: Callable[[str], Account | None]) -> None:
    """Refuse to remove a mapping in favour of an account that doesn't exist.

    :param find: looks an account up.
    :raises Refused: a replacement's account is unknown.
    """
    unknown = [
        f"{step.after.account_identifier} (for {step.after.arn_pattern}, which is mapped to "
        f"{step.before.account_identifier})"
        for step in plan.steps
        if isinstance(step, Replace) and not find(step.after.account_identifier)
    ]
    if unknown:
        raise Refused(
            f"account_identifier: Datadog has no account with the e-mail, handle or id {some(unknown)}. Nothing "
            "has been changed. To map to an account that the Users API does not show, remove the old mapping in a "
            "task of its own first."
        )
