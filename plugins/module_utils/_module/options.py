# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a task on one mapping: checked, and turned into what is wanted. Nothing has been sent yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.plan import Unwanted, Wanted
from .._errors import InvalidOption

# The options as AnsibleModule has converted them.
Params = Mapping[str, Any]


def account_of(entry: Params) -> str | None:
    """The account identifier in ``entry``, or None if it is blank.

    :raises InvalidOption: it can't name any account.
    """
    value: str = entry.get("account_identifier") or ""
    if not value.strip():
        return None
    if value.split() != [value] or not value.isprintable():
        raise InvalidOption("account_identifier", f"{value!r} contains white space, which no e-mail, handle or id does")
    return value


def wanted_one(params: Params) -> Wanted:
    """The mapping that a task wants to be present."""
    if params["id"]:
        raise InvalidOption("id", "it is for state: absent only, since Datadog chooses the ids of new mappings")
    return Wanted(params["arn_pattern"], account_of(params) or "")


def unwanted_one(params: Params) -> Unwanted:
    """The mapping that a task wants to be absent."""
    return Unwanted(params["arn_pattern"], account_of(params), params["id"])
