# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the patterns and claim matchers that exist was probably meant by one that doesn't.

Two are alike if they have a form in common. A form is a text that leaves out what people get wrong: upper and lower
case, the wildcard at the end, the anchors, the path of a role.
"""

from __future__ import annotations

from .arn import ImpossibleArn, is_usual
from .claims import REQUIRED, ClaimMatchers, without_anchors


def forms_of_mapped(key: str | ClaimMatchers) -> set[str]:
    """The forms of what is mapped."""
    if isinstance(key, ClaimMatchers):
        return _forms_of_claims(key)
    return {_bare(key), _role(key)} - {""}


def forms_of_said(key: str | ClaimMatchers) -> set[str]:
    """The forms of what somebody says, whatever it is."""
    if isinstance(key, ClaimMatchers):
        return _forms_of_claims(key)
    forms = {_bare(key)}
    suggestion = _suggested(key)
    if suggestion:
        forms.add(_bare(suggestion))
    if ":role/" in key.lower():  # The ARN of a role means all of its sessions.
        forms.add(_role(suggestion.lower()))
    return forms - {""}


def _forms_of_claims(matchers: ClaimMatchers) -> set[str]:
    plain = [(claim, without_anchors(expression).lower()) for claim, expression in matchers]
    return {str(plain), *(f"sub: {expression}" for claim, expression in plain if claim == REQUIRED)}


def _bare(pattern: str) -> str:
    return pattern.lower().removesuffix("*").removesuffix("/")


def _role(pattern: str) -> str:
    """The account and the name of the role, of an assumed-role pattern; an empty text for any other."""
    account, assumed_role, names = pattern.lower().partition(":assumed-role/")
    return f"{account} {names.partition('/')[0]}" if assumed_role else ""


def _suggested(pattern: str) -> str:
    """What the diagnosis takes ``pattern`` for, or an empty text."""
    if is_usual(pattern):
        return ""
    from .diagnosis import diagnose

    for text in (pattern, pattern.lower()):
        try:
            diagnose(text)
        except ImpossibleArn as error:
            if error.suggestion:
                return error.suggestion
    return ""
