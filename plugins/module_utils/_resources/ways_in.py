# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways in that are read, and not written: what a creation has to send for them is not documented (API reference).

What is in one is returned as it came, for nothing here depends on it but the ID and the account.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._errors import Forbidden, NotFound, RequestFailed
from .._http.answers import field
from .._http.call import Call
from .._http.client import Client
from .kind import text_in
from .mappings import READ
from .pages import read_all

PATH = "/api/v2/wif"


class WayInKind(NamedTuple):
    """A kind of these.

    :ivar name: its name in results: "oidc_provider".
    :ivar title: what messages call one.
    :ivar path: its path after the part that all share.
    :ivar sorted_by: the attributes that sort a list of them.
    """

    name: str
    title: str
    path: str
    sorted_by: tuple[str, ...]


TERRAFORM_PERSONA = WayInKind(
    "terraform_persona_mapping",
    "HCP Terraform persona mapping",
    "/terraform/persona_mapping",
    ("issuer_url", "sub_pattern"),
)
OIDC_PERSONA = WayInKind(
    "oidc_persona_mapping", "OIDC persona mapping", "/oidc/persona_mapping", ("provider_id", "identity_pattern")
)
OIDC_PROVIDER = WayInKind("oidc_provider", "OIDC provider", "/oidc/provider", ("provider_name",))


class WayIn(NamedTuple):
    """One mapping or provider, as Datadog holds it."""

    id: str
    attributes: dict[str, Any]

    def text(self, name: str) -> str:
        """An attribute, if it is there and a text, or else an empty one."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else ""

    def as_result(self) -> dict[str, Any]:
        """It as the modules return it."""
        return {**self.attributes, "id": self.id}


class WaysIn:
    """All of one kind in one Datadog organization.

    :param warnings: collects sentences for the user.
    """

    def __init__(self, client: Client, kind: WayInKind, warnings: list[str]) -> None:
        self._client = client
        self._kind = kind
        self._warnings = warnings

    def list_all(self) -> list[WayIn]:
        """All of them, each ID once, sorted.

        :raises CloudAuthError: Datadog can't be read.
        """
        call = Call("GET", PATH + self._kind.path, f"list the {self._kind.title}s", self._advise)
        by_id = {found.id: found for found in read_all(self._client, call, self._decoded)}
        keys = self._kind.sorted_by
        return sorted(by_id.values(), key=lambda found: (*(found.text(name) for name in keys), found.id))

    def get(self, way_id: str) -> WayIn | None:
        """The one with this ID, or None.

        :raises CloudAuthError: Datadog can't be read.
        """
        if way_id not in (".", ".."):  # HTTP clients take these for folders, however they are encoded.
            action = f"read the {self._kind.title} with the ID {way_id}"
            call = Call("GET", PATH + self._kind.path, action, self._advise, item=way_id)
            try:
                one = self._client.ask(call, lambda answer: _decoded(field(answer, "data", dict, "the answer")))
            except NotFound:
                one = None  # It may also be the path that is not there, which the list tells.
            if one:
                return one
        return next((found for found in self.list_all() if found.id.lower() == way_id.lower()), None)

    def _decoded(self, items: list[Any]) -> list[WayIn]:
        found = [way_in for way_in in map(_decoded, items) if way_in]
        odd = len(items) - len(found)
        warning = f"{odd} entries of Datadog's list of {self._kind.title}s can't be read, and are left out."
        if odd and warning not in self._warnings:  # Pages may be read again.
            self._warnings.append(warning)
        return found

    def _advise(self, error: RequestFailed) -> str:
        if not isinstance(error, (Forbidden, NotFound)):
            return ""
        return (
            f"{self._kind.title}s may not be enabled for this organization, or the account lacks the permission {READ}."
        )


def _decoded(item: object) -> WayIn | None:
    """As far as it can be read; None for one without an ID."""
    way_id, _unread = text_in(item, "id", "")
    attributes = item.get("attributes") if isinstance(item, dict) else None
    return WayIn(way_id, _writable(attributes) if isinstance(attributes, dict) else {}) if way_id else None


def _writable(value: Any) -> Any:
    """``value`` with question marks for what no encoding can write, such as half an emoji in a name."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(name): _writable(item) for name, item in value.items()}
    return value
