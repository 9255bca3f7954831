# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims of GitHub Actions' OIDC tokens, and the regular expressions that they have to match.

All expressions of a mapping must match for a caller to be let in (API reference). That for ``sub`` is matched against
all of it, and has to begin with the literal name of an owner. Whether Datadog anchors the others, and which dialect it
reads, is not documented, so ``^...$`` is the only safe way to write those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# The claims that Datadog takes, and no others (datadog-api-client 2.62.0).
CLAIMS = (
    "sub",
    "actor",
    "actor_id",
    "enterprise",
    "enterprise_id",
    "environment",
    "event_name",
    "job_workflow_ref",
    "ref",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "runner_environment",
    "workflow",
    "workflow_ref",
)
# The one that each mapping has to have (datadog-api-client 2.62.0).
REQUIRED = "sub"


# How an expression for ``sub`` has to begin: with an owner, who is no expression (datadog-api-client 2.62.0).
BEGIN_OF_SUB = r"repo:[A-Za-z0-9_-]+/"


class ClaimMatchers(tuple[tuple[str, str], ...]):
    """Regular expressions by claim, in one order, so that equal ones are equal however they were written."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(f"{claim}: {expression}" for claim, expression in self)

    def as_dict(self) -> dict[str, str]:
        """The expressions by claim."""
        return dict(self)


def claim_matchers(expressions: Mapping[str, object]) -> ClaimMatchers:
    """``expressions`` by claim as a value; what is blank or null counts as not given."""
    given = {claim: str(text) for claim, text in expressions.items() if text is not None and str(text).strip()}
    known = [claim for claim in CLAIMS if claim in given]
    # A claim that Datadog adds one day is part of what a mapping matches, too.
    return ClaimMatchers((claim, given[claim]) for claim in [*known, *sorted(given.keys() - set(CLAIMS))])


def check_claims(matchers: ClaimMatchers) -> Iterator[str]:
    """Warnings about expressions that may match other callers than was meant, or none: each is a sentence."""
    for claim, expression in matchers:
        meant = _without_glob(expression)
        safe = without_anchors(meant) if claim == REQUIRED else _anchored(meant)
        reason = _why_invalid(expression)
        if meant != expression:
            yield (
                f"claim_matchers.{claim}: '{expression}' is a regular expression, in which * repeats the character "
                f"before it. For any text write .*: '{safe}'."
            )
        elif reason:
            yield f"claim_matchers.{claim}: '{expression}' is not a valid regular expression in Python: {reason}."
        elif claim != REQUIRED and not _is_anchored(expression):
            yield (
                f"claim_matchers.{claim}: '{expression}' is not anchored, so it may also match longer texts, such as "
                f"those of a stranger's repository. Write '{safe}'."
            )
        if claim == REQUIRED:
            yield from _check_sub(expression, safe)


def _check_sub(expression: str, safe: str) -> Iterator[str]:
    """Warnings about an expression for ``sub``; ``safe`` is the same without what ``sub`` does not need."""
    if not names_an_owner(expression):
        advice = f" Write '{safe}'." if names_an_owner(safe) else ""
        yield (
            f"claim_matchers.sub: '{expression}' breaks Datadog's rule for sub: it is matched as a whole, and must "
            "begin with repo:OWNER/, where OWNER is the name of an owner, not an expression. Datadog may refuse it, or "
            f"match nothing.{advice}"
        )
    elif _has_alternatives(expression):
        yield (
            f"claim_matchers.sub: '{expression}' has a | outside of all parentheses, so what follows it may match the "
            "jobs of any owner. Put the alternatives in parentheses, after repo:OWNER/."
        )


def names_an_owner(sub: str) -> bool:
    """Whether an expression for ``sub`` begins with the literal name of an owner, as it must."""
    import re

    return re.match(BEGIN_OF_SUB, sub) is not None


def _without_glob(expression: str) -> str:
    """``expression`` as it was probably meant, if it has a * where file names would have one."""
    import re

    return re.sub(r"(?:(?<=[:/])|^)\*", ".*", expression)


def _why_invalid(expression: str) -> str:
    import re
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of sets within sets, which it may read otherwise one day.
            re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def _is_anchored(expression: str) -> bool:
    inner = without_anchors(expression)
    return expression == f"^{inner}$" and not _has_alternatives(inner)


def without_anchors(expression: str) -> str:
    """``expression`` without ``^`` at its start and ``$`` at its end."""
    inner = expression.removeprefix("^")
    body = inner[:-1]
    backslashes = len(body) - len(body.rstrip("\\"))
    return body if inner.endswith("$") and backslashes % 2 == 0 else inner


def _anchored(expression: str) -> str:
    inner = without_anchors(expression)
    return f"^(?:{inner})$" if _has_alternatives(inner) else f"^{inner}$"


def _has_alternatives(expression: str) -> bool:
    """Whether there is a ``|`` outside of all groups, to which the anchors at the two ends do not reach."""
    import re

    depth = 0
    # Letters after a backslash, sets and comments hold no operators.
    for letter in re.sub(r"(?s)\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?#[^)]*\)", "", expression):
        if letter == "|" and depth == 0:
            return True
        depth += {"(": 1, ")": -1}.get(letter, 0)
    return False
