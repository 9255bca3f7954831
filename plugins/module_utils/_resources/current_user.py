# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the credentials are, as Datadog sees it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._http.answers import field
from .._http.call import Call
from .._http.client import Client
from .kind import text_in

# API reference; the organization's place is in recordings of the live API.
PATH = "/api/v2/current_user"


class CurrentUser(NamedTuple):
    """The account that requests act as.

    :ivar user: what Datadog tells of it: ``uuid``, ``handle``, ``email``, ``name``, ``service_account``, ``disabled``.
    :ivar org_uuid: the UUID of its organization.
    """

    user: dict[str, Any]
    org_uuid: str


def current_user(client: Client) -> CurrentUser:
    """Ask Datadog who the credentials are.

    :raises CloudAuthError: no answer, a refusal, or an unreadable answer.
    """
    return client.ask(Call("GET", PATH, "read who the credentials belong to"), _decode)


def _decode(answer: object) -> CurrentUser:
    data = field(answer, "data", dict, "the answer")
    attributes = field(data, "attributes", dict, "data")
    relationships = field(data, "relationships", dict, "data")
    org = field(field(relationships, "org", dict, "data.relationships"), "data", dict, "data.relationships.org")
    texts = {name: _text(attributes, name) for name in ("handle", "email")}
    texts["name"] = text_in(attributes, "name", "")[0] or None  # Anybody can write what they want into it.
    flags = {name: attributes.get(name) is True for name in ("service_account", "disabled")}
    user = {"uuid": field(data, "id", str, "data"), **texts, **flags}
    return CurrentUser(user, field(org, "id", str, "data.relationships.org.data"))


def _text(attributes: dict[str, Any], name: str) -> str | None:
    """A text that an account need not have."""
    if attributes.get(name) is None:
        return None
    return field(attributes, name, str, "data.attributes") or None
