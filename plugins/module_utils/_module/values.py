# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of options as a task has them, before Ansible converts them: without whitespace around them in every form
that Ansible takes, and refused if Ansible would make a text or a number of something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable, NamedTuple

from ansible.module_utils.common.validation import check_type_dict, check_type_list

TEXTS = ("str", "path")
NAMES = {bool: "a boolean", list: "a list", dict: "a dictionary"}
# What to do about a value that is none of the wanted type, by that.
QUOTES = "Write it in quotes: without them, YAML reads yes, no, on and off as booleans"
NUMBER = "Write a number: without quotes, YAML reads yes, no, on and off as booleans"
TEXT = "Write one text, in quotes"


class Misfit(NamedTuple):
    """A value that is no text or no number where one is wanted.

    :ivar option: the option of the module.
    :ivar error: what is wrong, as a clause.
    """

    option: str
    error: str


def stripped(value: Any, option: Mapping[str, Any]) -> Any:
    """``value`` without whitespace around texts, however deep they lie; lists and dictionaries that are written as one
    text become what Ansible makes of them.

    :param option: the option's entry in the argument spec.
    """
    value = _converted(value, option.get("type"))
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [stripped(item, _element(option)) for item in value]
    if isinstance(value, dict):
        inner = option.get("options") or {}
        return {name: stripped(item, inner.get(name, {})) for name, item in value.items()}
    return value


def misfits(name: str, value: Any, option: Mapping[str, Any]) -> Iterator[Misfit]:
    """What Ansible would convert without a word: a list, a dictionary or a boolean to a text, a boolean to a number."""
    for place, found, wanted in _places("", value, option):
        subject, is_claim = place or "it", place.startswith("claim_matchers.") or name == "claim_matchers"
        if is_claim and isinstance(found, list):
            yield Misfit(
                name,
                f"{subject} takes one regular expression, not a list. Write one mapping for each, or one expression "
                "with alternatives",
            )
        else:
            advice = NUMBER if wanted == "a number" else QUOTES if isinstance(found, bool) else TEXT
            yield Misfit(name, f"{subject} is {NAMES[type(found)]}, not {wanted}. {advice}")


def _places(place: str, value: Any, option: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Where below ``value`` something stands that does not fit, that, and what it is not."""
    wanted = option.get("type", "str")
    if wanted in TEXTS and isinstance(value, (bool, list, dict)):
        yield place, value, "text"
    elif wanted == "int" and isinstance(value, bool):
        yield place, value, "a number"
    elif wanted == "list" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _places(f"{place}entry {number}", item, _element(option))
    elif wanted == "dict" and isinstance(value, dict):
        for name, inner in (option.get("options") or {}).items():
            yield from _places(_joined(name, place), value.get(name), inner)


def _joined(name: str, place: str) -> str:
    """``name`` in ``place``, for a message: "claim_matchers.sub of entry 2"."""
    outer, of, entry = place.partition(" of ") if " of " in place else ("", "", place)
    if outer:
        return f"{outer}.{name}{of}{entry}"
    return f"{name} of {entry}" if entry else name


def _converted(value: Any, wanted: str | None) -> Any:
    """A list or a dictionary in one text as Ansible reads it; what it can't read is left to its own words."""
    checks: dict[str | None, Callable[[str], Any]] = {"list": check_type_list, "dict": check_type_dict}
    if isinstance(value, str) and value.strip() and wanted in checks:
        try:
            return checks[wanted](value)
        except TypeError:
            return value
    if wanted == "dict" and not isinstance(value, (dict, str, type(None))):
        return str(value)  # Of a text ansible-core says what is wrong with it; of others it may raise a TypeError.
    return value


def _element(option: Mapping[str, Any]) -> dict[str, Any]:
    """What an item of a list is to be, as an option of its own."""
    return {"type": option.get("elements", "raw"), "options": option.get("options")}
