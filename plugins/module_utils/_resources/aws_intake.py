# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS callers that match a pattern of ARNs may send telemetry to Datadog."""

from __future__ import annotations

from .kind import ARN_PATTERN, Kind

KIND = Kind(
    "intake_mapping",
    "intake mapping",
    "/aws/intake_mapping",
    "aws_cloud_auth_intake_mapping",
    ARN_PATTERN,
    has_account=False,
)
