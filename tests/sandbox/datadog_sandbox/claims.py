# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which claim matchers the API accepts (API reference), written independently of the collection's own check."""

from __future__ import annotations

import re
from typing import Any

CLAIMS = frozenset(
    {
        "actor",
        "actor_id",
        "enterprise",
        "enterprise_id",
        "environment",
        "event_name",
        "job_workflow_ref",
        "ref",
        "ref_type",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "repository_visibility",
        "runner_environment",
        "sub",
        "workflow",
        "workflow_ref",
    }
)

# How a sub has to begin: with a literal owner, not with an expression for one.
_SUB_OF_AN_OWNER = re.compile(r"repo:[A-Za-z0-9_-]+/")


def why_refused(matchers: dict[str, Any], *, sub_rule: bool) -> str | None:
    """Why the API refuses ``matchers``; None if it accepts them. ``sub_rule``: whether it holds sub to its owner."""
    unknown = sorted(set(matchers) - CLAIMS)
    if unknown:
        return f"unknown claim {', '.join(unknown)}"
    if not matchers.get("sub"):
        return "sub is required"
    if not all(isinstance(matcher, str) and matcher for matcher in matchers.values()):
        return "a matcher must be a regular expression"
    if sub_rule and not _SUB_OF_AN_OWNER.match(matchers["sub"]):
        return "sub must begin with repo:OWNER/, where OWNER is the literal name of an owner"
    return None
