# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind of mapping is: everything in which one differs from another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Callable, NamedTuple, Union

from .._http.answers import BadShape, field
from .._patterns.arn import aws_account_of, is_usual
from .._patterns.claims import ClaimMatchers, check_claims, claim_matchers

# What a mapping is matched by, and known by: a pattern of ARNs, or regular expressions for claims. As text it is fit
# for a message.
Key = Union[str, ClaimMatchers]


class AuthMapping(NamedTuple):
    """A mapping of cloud authentication, of any kind, as Datadog holds it.

    :ivar id: the mapping's ID, a UUID in practice.
    :ivar key: what the callers are matched by; there is one mapping of a key.
    :ivar account_identifier: the account's handle, as Datadog normalizes it; None where the kind has no account.
    :ivar account_uuid: the account's UUID; None where the kind has no account.
    :ivar unread: why it could not be read whole, as a clause; empty if it could. What could not be read is then empty
        (the ID and the key) or None.
    """

    id: str
    key: Key
    account_identifier: str | None = None
    account_uuid: str | None = None
    unread: str = ""


class Matcher(NamedTuple):
    """What mappings of a kind are matched by.

    :ivar option: what the API and the modules call it.
    :ivar decode: the key in the JSON attributes of a mapping, and a clause on what of it can't be read; the text says
        where the attributes stand.
    :ivar encode: the key as JSON.
    :ivar check: warnings about a key, each a sentence.
        :raises ImpossibleArn: no caller can match it.
    :ivar aws_account: the 12-digit ID of the AWS account that a key is in; None where it has none.
    """

    option: str
    decode: Callable[[object, str], tuple[Key, str]]
    encode: Callable[[Key], object]
    check: Callable[[Key], Iterable[str]]
    aws_account: Callable[[Key], str | None]


class Kind(NamedTuple):
    """A kind of mapping.

    :ivar name: the name of its module, and of a mapping in results: "persona_mapping".
    :ivar title: what messages call one mapping: "persona mapping".
    :ivar path: its path after the part that all kinds share.
    :ivar type: its JSON type.
    :ivar has_account: whether its callers act as a Datadog account.
    :ivar space: the keys that it shares with other kinds: a key of one space is held by one mapping of all its kinds.
    """

    name: str
    title: str
    path: str
    type: str
    matcher: Matcher
    has_account: bool
    space: str

    def as_options(self, key: Key, account_identifier: str | None) -> dict[str, object]:
        """What users know a mapping by, as the options of the modules have it."""
        account = {"account_identifier": account_identifier} if self.has_account else {}
        return {self.matcher.option: self.matcher.encode(key), **account}

    def as_result(self, mapping: AuthMapping) -> dict[str, object]:
        """A mapping as the modules return it."""
        uuid = {"account_uuid": mapping.account_uuid} if self.has_account else {}
        shown = {"id": mapping.id, **self.as_options(mapping.key, mapping.account_identifier), **uuid}
        if not mapping.unread:
            return shown
        # What could not be read is null.
        return {name: value or None for name, value in shown.items()}

    def name_of(self, mapping: AuthMapping) -> str:
        """A mapping, in the middle of a sentence."""
        if not mapping.key and mapping.unread:
            return f"the {self.title} with the ID {mapping.id}" if mapping.id else f"a {self.title} without an ID"
        account = f" to {mapping.account_identifier}" if mapping.account_identifier else ""
        return f"the {self.title} of {mapping.key}{account}"


def text_in(attributes: object, name: str, where: str) -> tuple[str, str]:
    """A text of JSON that must not be empty; and if it can't be read, an empty one and a clause that says why."""
    try:
        text = field(attributes, name, str, where)
    except BadShape as error:
        return "", str(error)
    return text, "" if text else f"'{name}' of {where} is empty"


def _arn_of(attributes: object, where: str) -> tuple[Key, str]:
    return text_in(attributes, "arn_pattern", where)


def _claims_of(attributes: object, where: str) -> tuple[Key, str]:
    try:
        expressions = field(attributes, "claim_matchers", dict, where)
    except BadShape as error:
        return "", str(error)
    inside = f"{where}.claim_matchers"
    given = {claim: text for claim, text in expressions.items() if text is not None and text != ""}
    texts = {claim: text_in(given, claim, inside) for claim in given}
    unread = [reason for _text, reason in texts.values() if reason]
    # What is no text is shown as JSON, which no task can mean.
    shown = {claim: json.dumps(given[claim]) if reason else text for claim, (text, reason) in texts.items()}
    return claim_matchers(shown), "; ".join(unread)


def _check_arn(key: Key) -> list[str]:
    if is_usual(str(key)):
        return []
    # Most runs see no other pattern, and need not pay for loading what explains them.
    from .._patterns.diagnosis import diagnose

    return [f"arn_pattern {key}: {warning}" for warning in diagnose(str(key))]


ARN_PATTERN = Matcher("arn_pattern", _arn_of, str, _check_arn, lambda key: aws_account_of(str(key)))
CLAIM_MATCHERS = Matcher("claim_matchers", _claims_of, dict, check_claims, lambda _key: None)  # type: ignore[arg-type]
