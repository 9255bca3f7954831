# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the state as JSON has them: checked, merged, and turned into values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .accounts import Account
from .credentials import AccessKey, AppKey, Token
from .federation import RESOURCES
from .kinds import BY_SECTION, KINDS, Kind, key_of
from .roles import Role
from .settings import Settings

_INTAKE = KINDS["intake"].section
SECTIONS: dict[str, type] = {
    "roles": list,
    "accounts": list,
    **dict.fromkeys(BY_SECTION, list),
    **dict.fromkeys(RESOURCES, list),
    "aws_accounts": dict,
    "intake_patterns": list,
    "org_uuid": str,
    "api_keys": list,
    "app_keys": dict,
    "tokens": dict,
    "aws_access_keys": dict,
}
# Of a mapping, by whether its kind has accounts.
_OPTIONAL = {True: ("id", "account_uuid", "shown"), False: ("id", "shown")}
STRINGS = ("api_keys", "intake_patterns")
_TYPES = {list: "a list", dict: "an object", str: "a text"}
SECRET_SECTIONS = frozenset({"api_keys", "app_keys", "tokens", "aws_access_keys"})


def checked(sections: Any) -> dict[str, Any]:
    """The sections, ``intake_patterns`` written out as ``intake_mappings``. Raises ValueError."""
    if not isinstance(sections, dict):
        raise ValueError("the state must be an object")
    for name, value in sections.items():
        if name not in SECTIONS:
            setting = ", which is a setting" if name in Settings().as_dict() else ""
            raise ValueError(f"it has no section {name}{setting}; there are {', '.join(SECTIONS)}")
        if not isinstance(value, SECTIONS[name]):
            raise ValueError(f"{name} must be {_TYPES[SECTIONS[name]]}")
        if name in STRINGS and not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} must be a list of texts")
    given = {name: value for name, value in sections.items() if name != "intake_patterns"}
    if "intake_patterns" in sections:
        more = [{"arn_pattern": pattern} for pattern in sections["intake_patterns"]]
        given[_INTAKE] = [*given.get(_INTAKE, ()), *more]
    return given


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The sections of ``new``, each with what ``old`` holds besides."""
    result: dict[str, Any] = {}
    for name, value in new.items():
        if SECTIONS[name] is dict:
            result[name] = {**old[name], **value}
        elif SECTIONS[name] is list:
            result[name] = list({_key(name, item): item for item in [*old[name], *value]}.values())
        else:
            result[name] = value
    return result


def _key(section: str, item: Any) -> Any:
    """What makes an item of a list the same item."""
    if section == "accounts":
        return Account.parse(item).id
    if section == "roles":
        return Role.parse(item).id
    if section in RESOURCES:
        return (isinstance(item, dict) and item.get("id")) or id(item)
    if section in BY_SECTION:
        return key_of(check_mapping(BY_SECTION[section], item)[BY_SECTION[section].matcher])
    return item


def check_mapping(kind: Kind, spec: Any) -> dict[str, Any]:
    """The description of a mapping, if it has what it needs. Raises ValueError."""
    if not isinstance(spec, dict) or not all(spec.get(name) for name in kind.needed):
        raise ValueError("a mapping needs " + " and ".join(kind.needed))
    for name in kind.needed:
        wanted = dict if name == "claim_matchers" else str
        if not isinstance(spec[name], wanted):
            raise ValueError(f"{name} of a mapping must be {_TYPES[wanted]}")
    unknown = spec.keys() - {*kind.needed, *_OPTIONAL[kind.has_account]}
    if unknown:
        raise ValueError(f"a mapping of this kind has no {', '.join(sorted(unknown))}")
    if not isinstance(spec.get("id", ""), str):
        raise ValueError("id of a mapping must be a text")
    if not all(isinstance(text, str) for text in spec.get("claim_matchers", {}).values()):
        raise ValueError("the claim matchers of a mapping must be texts")
    return spec


def parsed(given: dict[str, Any], now: float) -> dict[str, Any]:
    """The values of those sections that can be understood by themselves, if they are given. Raises ValueError."""
    parsers: dict[str, Callable[[Any], Any]] = {
        "org_uuid": str,
        "api_keys": list,
        "aws_accounts": lambda section: {key: _moment(value, now) for key, value in section.items()},
        "app_keys": lambda section: {key: AppKey.parse(spec) for key, spec in section.items()},
        "tokens": lambda section: {token: Token.parse(spec, now) for token, spec in section.items()},
        "aws_access_keys": lambda section: {key_id: AccessKey.parse(spec) for key_id, spec in section.items()},
    }
    return {name: parse(given[name]) for name, parse in parsers.items() if name in given}


def _moment(value: bool | float, now: float) -> float:
    """When an AWS account is integrated, on the clock."""
    if isinstance(value, bool):
        return float("-inf") if value else float("inf")
    if not isinstance(value, (int, float)):
        raise ValueError("aws_accounts: true, false or a number of seconds")
    return now + value


def remaining(integrated_at: float, now: float) -> bool | float:
    """The moment as the state has it: true if it has come, false if it never will, or in so many seconds."""
    if integrated_at == float("inf"):
        return False
    return True if integrated_at <= now else integrated_at - now
