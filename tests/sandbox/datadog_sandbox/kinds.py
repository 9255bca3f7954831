# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four kinds of mapping: all that tells one from another. Everything else is the same code for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

# An ARN pattern, or regular expressions by the claim of GitHub's token that they have to match.
Matcher = Union[str, "dict[str, str]"]

# The two spellings of the path that the API reference and the released clients use (API reference).
PREFIXES = {"cloud_auth": "/api/v2/cloud_auth", "wif": "/api/v2/wif"}


@dataclass(frozen=True)
class Kind:
    """One kind of mapping.

    ``name``: what the sandbox calls it. ``section``: of the state. ``path``: after the prefix. ``type``: in JSON.
    ``matcher``: the attribute that says who is mapped. ``has_account``: whether it leads to an account. ``space``:
    within it, a matcher can be mapped once.
    """

    name: str
    section: str
    path: str
    type: str
    matcher: str
    has_account: bool
    space: str

    @property
    def limit(self) -> str:
        """The name of its rate limit."""
        return f"cloud_auth_{self.name}_mapping"

    @property
    def needed(self) -> list[str]:
        """The attributes that a mapping can't do without."""
        return [self.matcher, "account_identifier"] if self.has_account else [self.matcher]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("persona", "mappings", "/aws/persona_mapping", "aws_cloud_auth_config", "arn_pattern", True, "aws"),
        Kind(
            "intake",
            "intake_mappings",
            "/aws/intake_mapping",
            "aws_cloud_auth_intake_mapping",
            "arn_pattern",
            False,
            "aws",
        ),
        Kind(
            "github_persona",
            "github_persona_mappings",
            "/github/persona_mapping",
            "github_oidc_auth_config",
            "claim_matchers",
            True,
            "github_persona",
        ),
        Kind(
            "github_intake",
            "github_intake_mappings",
            "/github/intake_mapping",
            "github_oidc_auth_intake_mapping",
            "claim_matchers",
            False,
            "github_intake",
        ),
    )
}
BY_PATH = {kind.path: kind for kind in KINDS.values()}
BY_SECTION = {kind.section: kind for kind in KINDS.values()}


def kind_named(name: str) -> Kind:
    """The kind of this name. Raises ValueError."""
    if name not in KINDS:
        raise ValueError("kind must be one of " + ", ".join(KINDS))
    return KINDS[name]


def kinds_beside(kind: Kind) -> list[Kind]:
    """All kinds that share a space with this one, itself first."""
    return sorted((other for other in KINDS.values() if other.space == kind.space), key=lambda other: other != kind)


def key_of(matcher: Matcher) -> object:
    """What makes two matchers the same: the order of claims does not count."""
    return matcher if isinstance(matcher, str) else frozenset(matcher.items())
