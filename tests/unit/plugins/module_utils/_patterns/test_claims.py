# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims: one value for equal matchers, and a warning where an expression may match more, or less, than is meant."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import (
    CLAIMS,
    REQUIRED,
    check_claims,
    claim_matchers,
)

SUB = "repo:corp/x:ref:refs/heads/main"


def test_the_claims_are_those_that_datadog_takes():
    assert len(CLAIMS) == len(set(CLAIMS)) == 18
    assert REQUIRED == CLAIMS[0] == "sub"


def test_the_order_does_not_matter():
    one = claim_matchers({"sub": SUB, "ref": "^a$", "actor": "^b$"})
    two = claim_matchers({"actor": "^b$", "ref": "^a$", "sub": SUB})

    assert one == two
    assert hash(one) == hash(two)
    assert str(one) == f"sub: {SUB}, actor: ^b$, ref: ^a$"
    assert one.as_dict() == {"sub": SUB, "actor": "^b$", "ref": "^a$"}


@pytest.mark.parametrize("blank", [None, "", " ", "\n"])
def test_what_is_blank_is_not_given(blank):
    assert claim_matchers({"sub": SUB, "ref": blank}) == claim_matchers({"sub": SUB})


def test_a_claim_of_the_future_is_part_of_what_is_matched():
    new = claim_matchers({"sub": SUB, "zone": "^z$", "area": "^a$"})

    assert new != claim_matchers({"sub": SUB})
    assert str(new) == f"sub: {SUB}, area: ^a$, zone: ^z$"


@given(st.dictionaries(st.sampled_from(CLAIMS) | st.text(max_size=3), st.none() | st.text(max_size=5)), st.randoms())
def test_equal_matchers_are_equal_however_they_are_written(expressions, random):
    items = list(expressions.items())
    random.shuffle(items)

    assert claim_matchers(dict(items)) == claim_matchers(expressions)
    assert claim_matchers(claim_matchers(expressions).as_dict()) == claim_matchers(expressions)


@pytest.mark.parametrize(
    "expression",
    [
        "^a$",
        "^$",
        "^(a|b)$",
        "^(?:a|b)c$",
        "^[a|b]$",
        "^[]|]$",
        "^a\\|b$",
        "^[^]|]$",
        "^[[|]$",
        "^[\\]|]$",
        "^a(?#|)$",
        "^a\\\\$",
        "^((a|b)|c)$",
        "^repo:corp/x:(ref:refs/heads/main|pull_request)$",
    ],
)
def test_what_is_anchored_is_fine(expression):
    compiled(expression)

    assert list(check_claims(claim_matchers({"sub": SUB, "ref": expression}))) == []


@pytest.mark.parametrize(
    ("expression", "suggestion"),
    [
        ("a", "^a$"),
        ("^a", "^a$"),
        ("a$", "^a$"),
        ("repo:corp/x:(ref:refs/heads/main|pull_request)", "^repo:corp/x:(ref:refs/heads/main|pull_request)$"),
        ("a|b", "^(?:a|b)$"),
        ("^a|b$", "^(?:a|b)$"),
        ("^(a)|(b)$", "^(?:(a)|(b))$"),
        ("^[(]|b[)]$", "^(?:[(]|b[)])$"),
        ("^[](]|b$", "^(?:[](]|b)$"),
        ("^a(?#()|b$", "^(?:a(?#()|b)$"),
        ("^\\[a|b\\]$", "^(?:\\[a|b\\])$"),
        ("^a\\$", "^a\\$$"),
        ("^a\\\\\\$", "^a\\\\\\$$"),
        ("^", "^$"),
        ("$", "^$"),
        (".*", "^.*$"),
    ],
)
def test_what_is_not_anchored_is_warned_of(expression, suggestion):
    [warning] = check_claims(claim_matchers({"sub": SUB, "ref": expression}))

    assert warning == (
        f"claim_matchers.ref: '{expression}' is not anchored, so it may also match longer texts, such as those of a "
        f"stranger's repository. Write '{suggestion}'."
    )
    assert list(check_claims(claim_matchers({"sub": SUB, "ref": suggestion}))) == []


@pytest.mark.parametrize(
    "expression", ["^(a$", "^a)$", "^[a$", "^*$", "^a{2,1}$", "^(?<x>a)$", "\\", "^a{99999999999}$"]
)
def test_what_does_not_compile_is_warned_of(expression):
    [warning] = check_claims(claim_matchers({"sub": SUB, "actor": expression}))

    assert warning.startswith(f"claim_matchers.actor: '{expression}' is not a valid regular expression in Python: ")
    assert warning.endswith(".")


def test_each_claim_is_warned_of():
    warnings = list(check_claims(claim_matchers({"sub": "a", "ref": "(", "actor": "^b$", "workflow": "c"})))

    assert [warning.partition(":")[0] for warning in warnings] == [
        "claim_matchers.sub",
        "claim_matchers.ref",
        "claim_matchers.workflow",
    ]


def compiled(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(expression)


@given(st.text(st.sampled_from("ab|()[]\\^$"), max_size=8))
@example("^a|b$")
def test_nothing_that_passes_matches_a_longer_text(expression):
    """What is matched with is a search, as in the worst case at Datadog."""
    matchers = claim_matchers({"ref": expression})
    if not matchers or list(check_claims(matchers)):
        return
    pattern = compiled(expression)
    for text in ("a", "b", "ab", "ba", "|", "(", "["):
        for longer in (f"x{text}", f"{text}x", f"x{text}x"):
            assert not pattern.search(longer), longer


@pytest.mark.parametrize(
    ("expression", "suggestion"),
    [("x:*", "^x:.*$"), ("^corp/*$", "^corp/.*$"), ("*", "^.*$")],
)
def test_what_is_written_like_a_file_name_is_warned_of(expression, suggestion):
    [warning] = check_claims(claim_matchers({"sub": SUB, "ref": expression}))

    assert "in which * repeats the character before it" in warning
    assert warning.endswith(f"'{suggestion}'.")


# --- sub


@pytest.mark.parametrize(
    "expression",
    [
        SUB,
        "repo:corp/.*",
        "repo:Corp-2_x/[a-z-]+:environment:production",
        "repo:corp/x:(ref:refs/heads/main|pull_request)",
        "repo:corp/x:pull_request$",
        "repo:my-org/terraform:ref:refs/heads/main",
    ],
)
def test_a_sub_of_an_owner_is_fine(expression):
    """The last one is the example of Datadog's documentation."""
    assert list(check_claims(claim_matchers({"sub": expression}))) == []


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("^repo:corp/x$", " Write 'repo:corp/x'."),
        ("^repo:corp/x", " Write 'repo:corp/x'."),
        ("^repo:corp/(a|b)$", " Write 'repo:corp/(a|b)'."),
        ("repo:(a|b)/x", ""),
        ("repo:.*/x", ""),
        ("repo:corp", ""),
        ("repo:corp\\.x/y", ""),
        ("repo:/x", ""),
        ("Repo:corp/x", ""),
        (".*", ""),
        ("^$", ""),
    ],
)
def test_a_sub_that_names_no_owner_is_warned_of(expression, advice):
    """Without any word of anchors."""
    [warning] = check_claims(claim_matchers({"sub": expression, "ref": "^a$"}))

    assert warning == (
        f"claim_matchers.sub: '{expression}' breaks Datadog's rule for sub: it is matched as a whole, and must begin "
        "with repo:OWNER/, where OWNER is the name of an owner, not an expression. Datadog may refuse it, or match "
        f"nothing.{advice}"
    )


@pytest.mark.parametrize("expression", ["repo:corp/a|.*", "repo:corp/a|repo:evil/b", "repo:corp/(a|b)|c"])
def test_alternatives_of_a_sub_need_parentheses(expression):
    [warning] = check_claims(claim_matchers({"sub": expression}))

    assert warning.startswith(f"claim_matchers.sub: '{expression}' has a | outside of all parentheses")


@pytest.mark.parametrize(
    ("expression", "suggestion", "count"),
    [("repo:corp/x:*", "repo:corp/x:.*", 1), ("^repo:corp/*$", "repo:corp/.*", 2), ("*", ".*", 2)],
)
def test_a_sub_that_is_written_like_a_file_name_is_warned_of(expression, suggestion, count):
    found = list(check_claims(claim_matchers({"sub": expression})))

    assert len(found) == count
    assert "in which * repeats the character before it" in found[0]
    assert found[0].endswith(f"'{suggestion}'.")


def test_a_sub_may_break_both_rules():
    found = list(check_claims(claim_matchers({"sub": "^repo:(corp/x$"})))

    assert [" is not a valid regular expression" in found[0], " breaks Datadog's rule" in found[1]] == [True, True]
