# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys resemble each other, so that Datadog may take them for the same, or for a conflict. Loaded by writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .claims import ClaimMatchers

if TYPE_CHECKING:
    from collections.abc import Hashable

ARN = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d+:[\w+=,.@:/-]*(?:\*|[\w+=@/-])")


def canonical(key: str | ClaimMatchers) -> Hashable:
    """What is left of ``key`` if case and anchors don't count. Whether Datadog stores keys like that is open."""
    if isinstance(key, str):
        return key.lower()
    return tuple((claim, text.removeprefix("^").removesuffix("$").lower()) for claim, text in key)


def is_respelling(one: str | ClaimMatchers, other: str | ClaimMatchers) -> bool:
    """Whether two keys differ only in their spelling."""
    return one != other and canonical(one) == canonical(other)


def overlapping(key: str | ClaimMatchers, others: Iterable[str | ClaimMatchers]) -> list[str]:
    """Those of ``others`` that match some of the callers that ``key`` matches. Claims can't be compared."""
    return [other for other in others if isinstance(other, str) and other != key and _overlap(str(key), other)]


def patterns_in(text: str) -> set[str]:
    """The ARN patterns that Datadog names in an answer."""
    return set(ARN.findall(text))


def _overlap(one: str, other: str) -> bool:
    segments = list(zip(one.split("/"), other.split("/")))
    return one.count("/") == other.count("/") and all(a == b or "*" in (a, b) for a, b in segments)
