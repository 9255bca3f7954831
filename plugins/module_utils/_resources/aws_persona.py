# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS callers that match a pattern of ARNs act as a Datadog account."""

from __future__ import annotations

from .kind import ARN_PATTERN, Kind

KIND = Kind(
    "persona_mapping", "persona mapping", "/aws/persona_mapping", "aws_cloud_auth_config", ARN_PATTERN, has_account=True
)
