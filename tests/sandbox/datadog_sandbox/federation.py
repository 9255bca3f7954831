# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API only lets clients read: the mappings of HCP Terraform, custom OIDC providers, and their mappings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .accounts import Directory
from .messages import encode
from .shown import Shown, as_spec, shown_of

PREFIX = "/api/v2/wif"
TERRAFORM_ISSUERS = ("https://app.terraform.io", "https://app.eu.terraform.io")
MODES = ("exact", "glob")


@dataclass(frozen=True)
class Resource:
    """One of the three. ``attributes``: the type of each; ``needed``: those that a description can't do without."""

    section: str
    path: str
    type: str
    attributes: dict[str, type]
    needed: tuple[str, ...]

    @property
    def limit(self) -> str:
        """The name of its rate limit."""
        return "wif" + self.path.replace("/", "_")


# The JSON types are the sandbox's own: no page that could be read tells them.
RESOURCES = {
    resource.section: resource
    for resource in (
        Resource(
            "terraform_persona_mappings",
            "/terraform/persona_mapping",
            "terraform_persona_mapping",
            {"account_identifier": str, "account_uuid": str, "issuer_url": str, "sub_pattern": str, "audience": str},
            ("account_identifier", "issuer_url", "sub_pattern"),
        ),
        Resource(
            "oidc_persona_mappings",
            "/oidc/persona_mapping",
            "oidc_persona_mapping",
            {
                "account_identifier": str,
                "account_uuid": str,
                "provider_id": str,
                "claim_matchers": list,
                "identity_pattern": str,
                "created_at": str,
                "created_by": str,
            },
            ("account_identifier", "provider_id"),
        ),
        Resource(
            "oidc_providers",
            "/oidc/provider",
            "oidc_provider",
            {
                "provider_name": str,
                "issuer_url": str,
                "discovery_type": str,
                "audiences": list,
                "jwks_url": str,
                "org_uuid_source": str,
                "org_uuid_claim_name": str,
                "identity_claim_name": str,
                "required_claims": list,
                "created_at": str,
                "created_by": str,
            },
            ("provider_name", "issuer_url"),
        ),
    )
}


@dataclass(frozen=True)
class Entry:
    """One mapping, or one provider."""

    resource: Resource
    id: str
    attributes: dict[str, Any]
    shown: Shown = ()

    @classmethod
    def parse(cls, resource: Resource, spec: Any, accounts: Directory, new_id: Callable[[], str]) -> Entry:
        """From its description: attributes, and perhaps ``id`` and ``shown``. Raises ValueError."""
        if not isinstance(spec, dict) or not all(spec.get(name) for name in resource.needed):
            raise ValueError(f"each of {resource.section} needs {' and '.join(resource.needed)}")
        given = {name: value for name, value in spec.items() if name not in ("id", "shown")}
        for name, value in given.items():
            if name not in resource.attributes:
                raise ValueError(f"none of {resource.section} has {name}")
            if not isinstance(value, resource.attributes[name]):
                raise ValueError(f"{name} must be a {resource.attributes[name].__name__}")
        for name in ("claim_matchers", "required_claims"):
            _check_matchers(name, given.get(name, []))
        if "account_identifier" in given and "account_uuid" not in given:
            account = accounts.resolve(given["account_identifier"])
            if account is None:
                raise ValueError(f"no such account: {given['account_identifier']}")
            given["account_uuid"] = account.id
        return cls(resource, str(spec.get("id") or new_id()), given, shown_of(spec))

    def as_dict(self) -> dict[str, Any]:
        """The description that ``parse`` takes."""
        return {"id": self.id, **self.attributes, **as_spec(self.shown)}

    @cached_property
    def json(self) -> bytes:
        """As the API shows it."""
        whole = {"id": self.id, "type": self.resource.type, "attributes": self.attributes}
        return encode(self.shown[0] if self.shown else whole)


def _check_matchers(name: str, matchers: list[Any]) -> None:
    for matcher in matchers:
        good = (
            isinstance(matcher, dict)
            and matcher.keys() == {"claim", "values", "mode"}
            and isinstance(matcher["claim"], str)
            and isinstance(matcher["values"], list)
            and all(isinstance(value, str) for value in matcher["values"])
            and matcher["mode"] in MODES
        )
        if not good:
            raise ValueError(f'each of {name} must be {{"claim": …, "values": […], "mode": "exact" or "glob"}}')
