# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about the errors that Ansible itself finds in the options. Loaded when it has found one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from .connection import Spec
from .options import IGNORED_OF_PERSONA

# What entries take, and nobody means.
IGNORED = frozenset(IGNORED_OF_PERSONA)

ACCOUNT = "account_identifier"
# What every module for mappings has one of.
MATCHERS = ("arn_pattern", "claim_matchers")
# Fewer letters are the beginning of anything.
SHORTEST = 3

# What people call options elsewhere.
SYNONYMS = {
    "account": "account_identifier",
    "account_email": "account_identifier",
    "account_id": "account_identifier",
    "email": "account_identifier",
    "handle": "account_identifier",
    "user": "account_identifier",
    "arn": "arn_pattern",
    "pattern": "arn_pattern",
    "role_arn": "arn_pattern",
    "aws_region": "cloud_provider_region",
    "region": "cloud_provider_region",
    "profile": "aws_profile",
    "ssl_verify": "validate_certs",
    "verify": "validate_certs",
    "verify_ssl": "validate_certs",
    "host": "api_url",
    "url": "api_url",
    "token": "bearer_token",
    "org_id": "org_uuid",
}


def explained(msg: str, spec: Spec, blank: Collection[str], params: Mapping[str, Any]) -> str:
    """``msg``, Ansible's own words, and what to do where that is not plain from them.

    :param spec: the argument spec of the module.
    :param blank: the options that the task gives, but blank.
    :param params: the other options that the task gives, as they came.
    """
    hints = [
        *_misspelled(msg, spec, params),
        *_wrong_type(msg, spec),
        *_missing(msg, blank),
        *_missing_in(msg, params),
        *_absent_without_key(msg),
    ]
    return " ".join([msg if msg.endswith((".", "?")) or not hints else f"{msg}.", *hints])


def _misspelled(msg: str, spec: Spec, params: Mapping[str, Any]) -> Iterator[str]:
    """The nearest names of options that don't exist. Ansible may complain of what is missing before it finds those."""
    unsupported = re.search(r"Unsupported parameters for [^:]*: (.*?)\. Supported parameters include: ", msg)
    names = unsupported.group(1).split(", ") if unsupported else _unknown(spec, params) if "missing" in msg else ()
    for path in names:
        place, _dot, name = path.rpartition(".")
        yield from _meant(name, place, spec, is_listed=bool(unsupported))


def _meant(name: str, place: str, spec: Spec, *, is_listed: bool) -> Iterator[str]:
    """What may be meant by ``name``, an option that does not exist at ``place``.

    :param is_listed: whether Ansible says itself that there is no such option.
    """
    level = _level(spec, place)
    nearest, of_task = _nearest(name, level), SYNONYMS.get(name.lower(), name)
    if of_task == ACCOUNT and _is_intake(spec):
        yield f"An intake mapping has no account: leave {name} out, or use the module for persona mappings."
    elif nearest:
        yield f"Did you mean {nearest} instead of {name}?"
    elif place and of_task in spec:
        yield f"{of_task} is an option of the task: write it outside of {place}."
    elif not place and name in _level(spec, "mappings"):
        yield f"{name} belongs in the entries of mappings."
    elif not is_listed:
        yield f"There is no option {name}."


def _is_intake(spec: Spec) -> bool:
    """Whether the options are about mappings without an account."""
    names = set(_names(spec))
    return ACCOUNT not in names and not names.isdisjoint(MATCHERS)


def _nearest(name: str, level: Spec) -> str:
    """The option of ``level`` that is most like ``name``, or an empty text."""
    known: set[str] = {*level, *(alias for option in level.values() for alias in option.get("aliases", ()))} - IGNORED
    synonym = SYNONYMS.get(name.lower(), "")
    if synonym in known:
        return synonym
    longer = sorted(option for option in known if option.startswith(name) and len(name) >= SHORTEST)
    if longer and all(option.startswith(longer[0]) for option in longer):
        return longer[0]
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.6)), "")


def _level(spec: Spec, place: str) -> Spec:
    """The options that there are at ``place``, such as "mappings.claim_matchers"; at none, those of the task."""
    for step in filter(None, place.split(".")):
        spec = spec.get(step, {}).get("options") or {}
    return spec


def _unknown(spec: Spec, params: Mapping[str, Any]) -> Iterator[str]:
    known = {alias for option in spec.values() for alias in option.get("aliases", ())}.union(spec)
    return (name for name in params if name not in known and not name.startswith("_ansible_"))


def _names(spec: Spec) -> Iterator[str]:
    for name, option in spec.items():
        yield name
        yield from _names(option.get("options") or {})


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
    """Where in a list or a dictionary something is missing, and what is there in its place. Ansible's "x found in y"
    reads as if it were there."""
    found = re.search(r"missing required arguments: ([\w, ]+) found in ([\w >-]+)", msg)
    if not found:
        return
    names, (outer, *inner) = found.group(1).split(", "), re.split(r"\s*->\s*", found.group(2).strip())
    value = params.get(outer)
    for number, entry in enumerate(value if isinstance(value, list) else [value], 1):
        place, inside = (f"entry {number} of {outer}", entry) if isinstance(value, list) else (outer, entry)
        for step in inner:
            place, inside = f"{step} of {place}", inside.get(step) if isinstance(inside, dict) else None
        # By now Ansible has filled in all options that an entry lacks.
        lacking = [name for name in names if isinstance(inside, dict) and inside.get(name) is None]
        if lacking:
            yield f"It is missing in {place}{_instead(lacking[0], inside)}."
            return


def _instead(name: str, entry: Mapping[str, Any]) -> str:
    given = [str(key) for key, value in entry.items() if value is not None]
    other = [matcher for matcher in MATCHERS if name in MATCHERS and matcher in given]
    if other:
        return f", which has {other[0]} instead: it is a mapping of another kind, which has a module of its own"
    nearest = get_close_matches(name, given, n=1)
    return f", which has {nearest[0]} instead" if nearest else ""


def _absent_without_key(msg: str) -> Iterator[str]:
    found = re.search(r"state is absent but any of the following are missing: (\w+), id", msg)
    if found:
        yield f"Say which mapping is to be absent: give {found.group(1)} or id."
