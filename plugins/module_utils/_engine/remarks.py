# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says about mappings that it leaves alone, or that one would not expect: warnings, each a sentence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from .._resources.kind import AuthMapping, Key, Kind
from .plan import Unwanted, first_few


def not_purged(kind: Kind, existing: Iterable[AuthMapping], wanted: Container[Key]) -> list[str]:
    """What purge leaves alone because it can't be read whole."""
    odd = [mapping for mapping in existing if mapping.unread and mapping.key not in wanted]
    if not odd:
        return []
    return [f"Not purged, because Datadog does not show all of it: {_described(kind, odd)}. Remove it by its ID."]


def not_shown(kind: Kind, shown: Iterable[AuthMapping]) -> list[str]:
    """What is shown, but can't be read whole."""
    odd = [mapping for mapping in shown if mapping.unread]
    return [f"Datadog does not show all of {_described(kind, odd)}."] if odd else []


def not_compared(kind: Kind, unwanted: Iterable[Unwanted], existing: Iterable[AuthMapping]) -> list[str]:
    """What might be meant to be absent, for all that can be read of it."""
    odd = [mapping for mapping in existing if not mapping.key and mapping.unread]
    if not odd or all(want.id for want in unwanted):
        return []
    reason = "because Datadog does not show all of it"
    return [f"Whether this is meant to be absent, too, can't be told, {reason}: {_described(kind, odd)}."]


def account_not_shown(title: str, identifier: str, hidden: Sequence[str]) -> str:
    """That ``hidden`` mappings, each in words, may lead to the account."""
    return (
        f"{len(hidden)} more of the {title}s may lead to {identifier}: Datadog shows no account for "
        f"{first_few(hidden, '; ')}."
    )


def other_name_shown(title: str, identifier: str, undecided: Sequence[str]) -> str:
    """That ``undecided`` mappings, each in words, may lead to the account, which can't be looked up."""
    return (
        f"{len(undecided)} more of the {title}s may lead to {identifier}: Datadog shows another name of an account for "
        f"{first_few(undecided, '; ')}, and the credentials may not read users (user_access_read)."
    )


def not_decided(kind: Kind, undecided: Sequence[AuthMapping]) -> str:
    """That whether these let a job in can't be told, because Python can't read an expression of theirs."""
    names = first_few([with_id(kind, mapping) for mapping in undecided], "; ")
    return f"Whether the job is let in by {names}, can't be told: Python can't read its expressions, but Datadog may."


def removed_together(kind: Kind, removed: Sequence[AuthMapping]) -> list[str]:
    """That more than one mapping of a key is removed, which a result does not show."""
    ids: dict[Key, list[str]] = {}
    for mapping in removed:
        ids.setdefault(mapping.key, []).append(mapping.id)
    return [
        f"Datadog lists {len(several)} {kind.title}s of {key}, with the IDs {first_few(several)}. All of them go."
        for key, several in ids.items()
        if len(several) > 1
    ]


def not_found(kind: Kind, unwanted: Iterable[Unwanted], existing: Sequence[AuthMapping]) -> list[str]:
    """What is to be absent and names nothing, although something like it exists, which stays."""
    ids = {mapping.id.lower() for mapping in existing}
    by_key = {mapping.key: mapping for mapping in existing}
    said: list[Key] = []
    texts = []
    for want in unwanted:
        if want.id and want.id.lower() in ids:
            continue
        if want.id and want.key in by_key:
            texts.append(_other_id(kind, want.id, by_key[want.key]))
        elif want.key and want.key not in by_key:
            said.append(want.key)
    return [*texts, *(f"{text} It was not removed." for text in probably_meant(kind, said, existing))]


def other_id(kind: Kind, mapping_id: str, key: Key, existing: Iterable[AuthMapping]) -> list[str]:
    """That nothing has this ID, although something has the key."""
    return [_other_id(kind, mapping_id, mapping) for mapping in existing if mapping.key == key]


def probably_meant(kind: Kind, said: Sequence[Key], existing: Iterable[AuthMapping]) -> list[str]:
    """For what nobody has mapped: what was probably meant."""
    if not said:
        return []
    from .._patterns.likeness import forms_of_mapped, forms_of_said

    by_form: dict[str, dict[AuthMapping, None]] = {}
    for mapping in existing:
        for form in forms_of_mapped(mapping.key):
            by_form.setdefault(form, {})[mapping] = None
    texts = []
    for key in said:
        found = {mapping: None for form in sorted(forms_of_said(key)) for mapping in by_form.get(form, ())}
        if found:
            names = first_few([with_id(kind, mapping) for mapping in found], "; ")
            texts.append(f"No {kind.title} has the {kind.matcher.option} {key}. Did you mean {names}?")
    return texts


def _other_id(kind: Kind, mapping_id: str, mapping: AuthMapping) -> str:
    return f"No {kind.title} has the ID {mapping_id}. There is {with_id(kind, mapping)}."


def _described(kind: Kind, odd: Sequence[AuthMapping]) -> str:
    return first_few([f"{with_id(kind, mapping)} ({mapping.unread})" for mapping in odd], "; ")


def with_id(kind: Kind, mapping: AuthMapping) -> str:
    """A mapping in words, with its ID."""
    name = kind.name_of(mapping)
    return f"{name}, with the ID {mapping.id}" if mapping.key and mapping.id else name
