# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Successful answers: JSON whose shape is checked."""

from __future__ import annotations

import json
from typing import TypeVar

JSON_TYPES = {str: "a string", int: "a number", float: "a number", bool: "a boolean", list: "a list", dict: "an object"}

T = TypeVar("T")


class BadShape(ValueError):
    """An answer is not what the API documents; the message is a clause."""


class NotJson(BadShape):
    """An answer is not even JSON."""


def parse_json(body: bytes) -> object:
    """The JSON value that ``body`` holds, in UTF-8, UTF-16 or UTF-32.

    :raises NotJson: it holds none.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None


def field(value: object, key: str, json_type: type[T], where: str) -> T:
    """``value[key]``, checked to be there and of ``json_type``. ``where`` says what ``value`` is, for the message.

    :raises BadShape: ``value`` is no object, has no such key, or one of another type.
    """
    if not isinstance(value, dict):
        raise BadShape(f"{where} is {_name_of(value)}, not an object")
    if key not in value:
        raise BadShape(f"{where} has no '{key}'")
    found = value[key]
    # A boolean is an int to Python, but not to JSON.
    if not isinstance(found, json_type) or (isinstance(found, bool) and json_type is not bool):
        raise BadShape(f"'{key}' of {where} is {_name_of(found)}, not {JSON_TYPES[json_type]}")
    if isinstance(found, str) and not _is_text(found):
        raise BadShape(f"'{key}' of {where} is not valid text")
    return found


def _name_of(value: object) -> str:
    return "null" if value is None else JSON_TYPES.get(type(value), "a value")


def _is_text(text: str) -> bool:
    """JSON can escape half of a surrogate pair; no encoding can write it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
