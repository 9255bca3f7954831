# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub Actions jobs whose claims match may send telemetry to Datadog."""

from __future__ import annotations

from .kind import CLAIM_MATCHERS, Kind

KIND = Kind(
    "github_intake_mapping",
    "GitHub intake mapping",
    "/github/intake_mapping",
    "github_oidc_auth_intake_mapping",
    CLAIM_MATCHERS,
    has_account=False,
)
