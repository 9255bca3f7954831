# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which claim matchers the API accepts (API reference), written independently of the collection's own check."""

from __future__ import annotations

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


def why_refused(matchers: dict[str, Any]) -> str | None:
    """Why the API refuses ``matchers``; None if it accepts them."""
    unknown = sorted(set(matchers) - CLAIMS)
    if unknown:
        return f"unknown claim {', '.join(unknown)}"
    if not matchers.get("sub"):
        return "sub is required"
    if not all(isinstance(matcher, str) and matcher for matcher in matchers.values()):
        return "a matcher must be a regular expression"
    return None
