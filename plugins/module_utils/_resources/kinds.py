# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of mapping that Datadog has (API reference). A further kind is one entry here."""

from __future__ import annotations

from .kind import ARN_PATTERN, CLAIM_MATCHERS, Kind

# AWS callers that match a pattern of ARNs act as a Datadog account, or may send telemetry. The two kinds share one
# space of patterns (API reference).
AWS_PERSONA = Kind(
    "persona_mapping",
    "persona mapping",
    "/aws/persona_mapping",
    "aws_cloud_auth_config",
    ARN_PATTERN,
    has_account=True,
    space="aws",
)
AWS_INTAKE = Kind(
    "intake_mapping",
    "intake mapping",
    "/aws/intake_mapping",
    "aws_cloud_auth_intake_mapping",
    ARN_PATTERN,
    has_account=False,
    space="aws",
)

# The same for GitHub Actions jobs whose claims match. Nothing says that these share a space.
GITHUB_PERSONA = Kind(
    "github_persona_mapping",
    "GitHub persona mapping",
    "/github/persona_mapping",
    "github_oidc_auth_config",
    CLAIM_MATCHERS,
    has_account=True,
    space="github_persona",
)
GITHUB_INTAKE = Kind(
    "github_intake_mapping",
    "GitHub intake mapping",
    "/github/intake_mapping",
    "github_oidc_auth_intake_mapping",
    CLAIM_MATCHERS,
    has_account=False,
    space="github_intake",
)

KINDS = (AWS_PERSONA, AWS_INTAKE, GITHUB_PERSONA, GITHUB_INTAKE)


def siblings_of(kind: Kind) -> list[Kind]:
    """The other kinds in which a key of ``kind`` can be taken."""
    return [other for other in KINDS if other.space == kind.space and other.name != kind.name]
