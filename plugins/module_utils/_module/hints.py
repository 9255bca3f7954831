# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about the errors that Ansible itself finds in the options. Loaded when it has found one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from .options import IGNORED_OF_PERSONA

Spec = Mapping[str, Mapping[str, Any]]

# What entries take, and nobody means.
IGNORED = frozenset(IGNORED_OF_PERSONA)


def explained(msg: str, spec: Spec, blank: Collection[str], params: Mapping[str, Any]) -> str:
    """``msg``, Ansible's own words, and what to do where that is not plain from them.

    :param spec: the argument spec of the module.
    :param blank: the options that the task gives, but blank.
    :param params: the other options that the task gives, as they came.
    """
    hints = [*_misspelled(msg, spec, params), *_wrong_type(msg, spec), *_missing(msg, blank), *_missing_in(msg, params)]
    return " ".join([msg if msg.endswith((".", "?")) or not hints else f"{msg}.", *hints])


def _misspelled(msg: str, spec: Spec, params: Mapping[str, Any]) -> Iterator[str]:
    """The nearest names of options that don't exist. Ansible may complain of what is missing before it finds those."""
    unsupported = re.search(r"Unsupported parameters for [^:]*: (.*?)\. Supported parameters include: ", msg)
    names = unsupported.group(1).split(", ") if unsupported else _unknown(spec, params) if "missing" in msg else ()
    known = set(_names(spec)) - IGNORED
    for name in names:
        last = name.rpartition(".")[2]
        nearest = get_close_matches(last, known, n=1, cutoff=0.5)
        if nearest:
            yield f"Did you mean {nearest[0]} instead of {last}?"
        elif not unsupported:
            yield f"There is no option {last}."


def _unknown(spec: Spec, params: Mapping[str, Any]) -> Iterator[str]:
    known = {alias for option in spec.values() for alias in option.get("aliases", ())}.union(spec)
    return (name for name in params if name not in known and not name.startswith("_ansible_"))


def _names(spec: Spec) -> Iterator[str]:
    for name, option in spec.items():
        yield name
        yield from _names(option.get("options", {}))


def _wrong_type(msg: str, spec: Spec) -> Iterator[str]:
    """What the options take that are no plain values; Ansible's newest words don't name the option."""
    if not re.search(
        r"dictionary requested|unable to eval|(unable to convert to|cannot be converted to a|must be a) (dict|list)",
        msg,
    ):
        return
    if "mappings" in spec:
        option = next(iter(spec["mappings"]["options"]), "")
        yield f"mappings takes a list of dictionaries, one for each mapping: write each as '- {option}: ...'."
    if "claim_matchers" in set(_names(spec)):
        yield "claim_matchers takes a dictionary of regular expressions by claim: write each as 'ref: ^...$'."


def _missing(msg: str, blank: Collection[str]) -> Iterator[str]:
    if "missing" not in msg:
        return
    for name in sorted(blank):
        if re.search(rf"\b{re.escape(name)}\b", msg):
            yield f"{name} is empty (null or blank), which counts as not given. Check where its value comes from."


def _missing_in(msg: str, params: Mapping[str, Any]) -> Iterator[str]:
    """Where in a list something is missing, and what is there in its place."""
    found = re.search(r"missing required arguments: (\w+) found in (\w+)", msg)
    entries = params.get(found.group(2)) if found else None
    if not found or not isinstance(entries, list):
        return
    name = found.group(1)
    for number, entry in enumerate(entries, 1):
        # By now Ansible has filled in all options that an entry lacks.
        if isinstance(entry, dict) and entry.get(name) is None:
            given = [str(key) for key, value in entry.items() if value is not None]
            nearest = get_close_matches(name, given, n=1)
            meant = f", which has {nearest[0]} instead" if nearest else ""
            yield f"It is missing in entry {number} of {found.group(2)}{meant}."
            return
