# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub Actions jobs: which claim matchers let in a job with these claims.

Whether Datadog anchors expressions, and which dialect it reads, is not documented. So one job too many may be let in
here, but never one too few.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping

from .claims import REQUIRED, ClaimMatchers


def claims_of_job(claims: Mapping[str, object]) -> dict[str, str]:
    """``claims``, as a token holds them, as texts; without what is null."""
    return {name: _text(value) for name, value in claims.items() if value is not None}


def lets_in(matchers: ClaimMatchers, claims: Mapping[str, str]) -> bool:
    """Whether a job with these claims may be let in. What it lacks counts as empty."""
    return all(_matches(claim, expression, claims.get(claim, "")) for claim, expression in matchers)


def missing_for(matchers: ClaimMatchers, claims: Mapping[str, str]) -> list[str]:
    """The claims that ``matchers`` want and ``claims`` lack, if these would be let in but for them."""
    missing = [claim for claim, _expression in matchers if claim not in claims]
    others = ClaimMatchers((claim, expression) for claim, expression in matchers if claim in claims)
    return missing if missing and lets_in(others, claims) else []


def is_unreadable(matchers: ClaimMatchers) -> bool:
    """Whether Python can't read one of the expressions, or reads it in a way of its own; Datadog may."""
    return any(_compiled(expression) is None for _claim, expression in matchers)


def _matches(claim: str, expression: str, value: str) -> bool:
    compiled = _compiled(expression)
    if compiled is None:
        return True
    return bool(compiled.fullmatch(value) if claim == REQUIRED else compiled.search(value))


def _compiled(expression: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            # What another dialect may read otherwise, such as [[:alpha:]].
            warnings.simplefilter("error", FutureWarning)
            return re.compile(expression)
    except (re.error, FutureWarning, RecursionError, OverflowError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
