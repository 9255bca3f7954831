# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: applied to what exists, it gives what is wanted, and nothing else changes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.guards import (
    check_accounts,
    check_removals,
    check_replacing,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import (
    Create,
    Plan,
    PlanRefused,
    Purge,
    Remove,
    Replace,
    Unwanted,
    Wanted,
    first_few,
    plan_absent,
    plan_present,
    undecided,
    wanted_by_key,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption, Refused
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.arn import aws_account_of
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import claim_matchers
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
    GITHUB_INTAKE,
    GITHUB_PERSONA,
)

PERSONA, INTAKE, GITHUB = AWS_PERSONA, AWS_INTAKE, GITHUB_PERSONA
AWS = ["123456789012", "210987654321"]
PATTERNS = [f"arn:aws:sts::{aws}:assumed-role/role-{number}/*" for aws in AWS for number in range(4)] + ["no ARN"]
ACCOUNTS = ["jane.doe@corp.example", "ci@corp.example", "bob@corp.example"]

sets = st.dictionaries(st.sampled_from(PATTERNS), st.sampled_from(ACCOUNTS))
purges = st.none() | st.just(Purge()) | st.frozensets(st.sampled_from(AWS), min_size=1).map(Purge)


def mapping(pattern, account, mapping_id=None):
    return AuthMapping(mapping_id or f"id of {pattern}", pattern, account, f"uuid of {account}")


def mappings(by_pattern):
    return [mapping(pattern, account) for pattern, account in by_pattern.items()]


def wanted_of(by_pattern):
    return {pattern: Wanted(pattern, account.title()) for pattern, account in by_pattern.items()}


def same(identifier, found):
    return identifier.lower() == found.account_identifier


def applied(plan, existing):
    """What exists after ``plan``. As with Datadog, a pattern has to be free for a mapping to be made."""
    now = list(existing)
    for step in plan.steps:
        if step.before:
            now.remove(step.before)
        if step.after:
            assert step.after.key not in {found.key for found in now}
            now.append(mapping(step.after.key, step.after.account_identifier.lower()))
    return now


@given(sets, sets, purges)
def test_applying_a_plan_gives_what_is_wanted(before, desired, purge):
    existing, wanted = mappings(before), wanted_of(desired)

    after = applied(plan_present(PERSONA, wanted, existing, same, purge), existing)

    kept = {
        pattern: account
        for pattern, account in before.items()
        if not purge or (purge.aws_accounts is not None and aws_account_of(pattern) not in purge.aws_accounts)
    }
    assert {found.key: found.account_identifier for found in after} == {**kept, **desired}
    again = plan_present(PERSONA, wanted, after, same, purge)
    assert again.steps == []
    assert len(again.unchanged) == len(desired)


@given(sets, sets, purges)
def test_a_plan_changes_only_what_differs(before, desired, purge):
    existing = mappings(before)

    plan = plan_present(PERSONA, wanted_of(desired), existing, same, purge)

    for step in plan.steps:
        if isinstance(step, Replace):
            assert step.before.key == step.after.key
            assert not same(step.after.account_identifier, step.before)
    assert len({step.subject.key for step in plan.steps}) == len(plan.steps)
    assert all(found in existing and same(desired[found.key], found) for found in plan.unchanged)
    touched = Counter(step.after is not None for step in plan.steps)
    assert touched[True] + len(plan.unchanged) == len(desired)
    assert plan.spared == []


@given(sets, sets, purges)
def test_what_frees_a_pattern_comes_before_what_needs_one(before, desired, purge):
    steps = plan_present(PERSONA, wanted_of(desired), mappings(before), same, purge).steps

    kinds = [isinstance(step, Create) for step in steps]
    assert kinds == sorted(kinds)


@given(sets, st.lists(st.tuples(st.sampled_from(PATTERNS), st.none() | st.sampled_from(ACCOUNTS))))
def test_what_is_unwanted_goes_and_the_rest_stays(before, entries):
    existing = mappings(before)
    unwanted = [Unwanted(pattern, account) for pattern, account in entries]

    plan = plan_absent(unwanted, existing, same)

    named = {pattern for pattern, account in entries if pattern in before and account in (None, before[pattern])}
    assert {step.before.key for step in plan.steps} == named
    assert {found.key for found in applied(plan, existing)} == set(before) - named
    assert {found.key for found in plan.spared} == {pattern for pattern, _a in entries if pattern in before} - named
    assert plan_absent(unwanted, applied(plan, existing), same).steps == []


JANES = mapping(PATTERNS[0], ACCOUNTS[0])
BOBS = mapping(PATTERNS[1], ACCOUNTS[2])


@pytest.mark.parametrize(
    ("unwanted", "removed", "spared"),
    [
        (Unwanted(id=JANES.id), [JANES], []),
        (Unwanted(id="another"), [], []),
        (Unwanted(PATTERNS[0], id=JANES.id), [JANES], []),
        (Unwanted(PATTERNS[1], id=JANES.id), [], [JANES]),
        (Unwanted(None, ACCOUNTS[2], JANES.id), [], [JANES]),
        (Unwanted(PATTERNS[0], ACCOUNTS[0].upper()), [JANES], []),
        (Unwanted(PATTERNS[0], ACCOUNTS[1]), [], [JANES]),
        (Unwanted("any text"), [], []),
        (Unwanted(), [], []),
    ],
)
def test_a_mapping_is_removed_if_it_is_all_that_is_said(unwanted, removed, spared):
    plan = plan_absent([unwanted], [JANES, BOBS], same)

    assert plan == Plan([Remove(found, unwanted) for found in removed], [], spared, plan.listed)


def test_every_mapping_of_an_unwanted_pattern_is_removed():
    twins = [mapping(PATTERNS[0], account, mapping_id=account) for account in ACCOUNTS]

    assert len(plan_absent([Unwanted(PATTERNS[0])], twins, same).steps) == 3
    assert [step.before for step in plan_absent([Unwanted(PATTERNS[0], ACCOUNTS[1])], twins, same).steps] == [twins[1]]


def test_a_wanted_pattern_that_is_listed_twice_is_refused():
    twins = [mapping(PATTERNS[0], account, mapping_id=account) for account in ACCOUNTS[:2]]

    with pytest.raises(Refused, match=f"lists 2 persona mappings of .* {ACCOUNTS[0]}, {ACCOUNTS[1]}.*Nothing"):
        plan_present(PERSONA, wanted_of({PATTERNS[0]: ACCOUNTS[0]}), twins, same)
    # Others may be purged.
    assert len(plan_present(PERSONA, {}, twins, same, Purge()).steps) == 2


def test_only_what_is_purged_is_compared():
    asked = []

    def ask(identifier, found):
        asked.append(found)
        return True

    plan_present(PERSONA, wanted_of({PATTERNS[0]: ACCOUNTS[1]}), [JANES, BOBS], ask, Purge())

    assert asked == [JANES]


def test_steps_tell_what_was_and_what_will_be():
    want = Wanted(PATTERNS[0], ACCOUNTS[1])

    assert (Create(want).before, Create(want).after, Create(want).subject) == (None, want, want)
    assert (Replace(JANES, want).before, Replace(JANES, want).after, Replace(JANES, want).subject) == (
        JANES,
        want,
        want,
    )
    assert (
        Remove(JANES, Unwanted(JANES.key)).before,
        Remove(JANES, Unwanted(JANES.key)).after,
        Remove(JANES, Unwanted(JANES.key)).subject,
    ) == (JANES, None, JANES)


def test_wanted_mappings_are_kept_by_pattern_once():
    one, again, two = Wanted(PATTERNS[0], "jane"), Wanted(PATTERNS[0], "JANE"), Wanted(PATTERNS[1], "jane")

    assert wanted_by_key(PERSONA, [one, again, two]) == ({PATTERNS[0]: one, PATTERNS[1]: two}, [])


def test_warnings_name_their_pattern():
    want = Wanted("arn:aws-cn:sts::123456789012:assumed-role/r/*", "jane")

    assert wanted_by_key(PERSONA, [want])[1] == [
        f"arn_pattern {want.key}: Datadog supports only the partition aws today, not aws-cn."
    ]


def test_every_pattern_that_matches_no_caller_is_named():
    error = [Wanted(f"arn:aws:iam::123456789012:role/r{number}", "jane") for number in range(7)]

    with pytest.raises(InvalidOption, match="and 2 more") as refused:
        wanted_by_key(PERSONA, [*error, Wanted(PATTERNS[0], "jane")])

    assert str(refused.value).startswith("arn_pattern: ")
    assert "role/r4 can match no AWS caller: " in str(refused.value)
    assert "Did you mean arn:aws:sts::123456789012:assumed-role/r4/*?" in str(refused.value)
    assert PATTERNS[0] not in str(refused.value)


UNANCHORED = claim_matchers({"sub": "repo:corp/x", "ref": "main"})


@pytest.mark.parametrize("kind", [GITHUB, GITHUB_INTAKE])
def test_claims_that_match_more_than_is_meant_only_warn(kind):
    by_key, [warning] = wanted_by_key(kind, [Wanted(UNANCHORED)])

    assert by_key == {UNANCHORED: Wanted(UNANCHORED)}
    assert warning.startswith("claim_matchers.ref: 'main' is not anchored")


@pytest.mark.parametrize("kind", [INTAKE, GITHUB_INTAKE])
def test_without_accounts_equal_entries_are_one_whatever_they_are(kind):
    key = PATTERNS[0] if kind is INTAKE else UNANCHORED

    assert wanted_by_key(kind, [Wanted(key), Wanted(key)])[0] == {key: Wanted(key)}


@given(st.sets(st.sampled_from(PATTERNS)), st.sets(st.sampled_from(PATTERNS)), purges)
def test_without_accounts_nothing_is_replaced_or_looked_up(before, desired, purge):
    existing = [AuthMapping(f"id of {pattern}", pattern) for pattern in before]
    wanted = {pattern: Wanted(pattern) for pattern in desired}

    plan = plan_present(INTAKE, wanted, existing, None, purge)

    assert undecided(wanted.values(), existing, None) == []
    assert {step.after.key for step in plan.steps if step.after} == desired - before
    assert not any(step.before and step.after for step in plan.steps)
    assert {found.key for found in plan.unchanged} == desired & before


def test_claims_in_another_order_are_the_same():
    one = claim_matchers({"sub": "^a$", "ref": "^b$", "actor": None})
    existing = [AuthMapping("1", claim_matchers({"ref": "^b$", "sub": "^a$"}), "jane", "uuid")]

    assert plan_present(GITHUB, {one: Wanted(one, "jane")}, existing, same).steps == []
    assert plan_absent([Unwanted(one)], existing, same).steps == [Remove(existing[0], Unwanted(one))]


def test_claims_are_in_no_aws_account():
    existing = [AuthMapping("1", claim_matchers({"sub": "^a$"}))]

    assert plan_present(GITHUB_INTAKE, {}, existing, same, Purge(frozenset(AWS))).steps == []
    assert plan_present(GITHUB_INTAKE, {}, existing, same, Purge()).steps == [
        Remove(existing[0], Unwanted(existing[0].key))
    ]


def test_a_pattern_for_two_accounts_is_refused():
    with pytest.raises(
        InvalidOption,
        match=r"entries 1 and 2 map .* to two accounts, jane and bob\. Each can be mapped to one account only\.$",
    ) as refused:
        wanted_by_key(PERSONA, [Wanted(PATTERNS[0], "jane"), Wanted(PATTERNS[0], "bob")])

    assert str(refused.value).startswith("mappings: ")


def test_what_has_to_be_looked_up():
    wanted = [Wanted(PATTERNS[0], "Jane.Doe@corp.example"), Wanted(PATTERNS[1], "robert"), Wanted(PATTERNS[2], "new")]
    unwanted = [
        Unwanted(PATTERNS[0]),
        Unwanted(PATTERNS[0], "j"),
        Unwanted(None, "k", BOBS.id),
        Unwanted(None, "l", "x"),
    ]

    assert undecided(wanted, [JANES, BOBS], same) == [("robert", BOBS)]
    assert undecided(unwanted, [JANES, BOBS], same) == [("j", JANES), ("k", BOBS)]


REPLACE = Replace(JANES, Wanted(PATTERNS[0], ACCOUNTS[1]))
CREATE = Create(Wanted(PATTERNS[2], ACCOUNTS[1]))


def test_replacing_can_be_forbidden():
    check_replacing(Plan([Remove(BOBS, Unwanted(BOBS.key)), CREATE], [], []), str)

    expected = f"^{PATTERNS[0]} is mapped to {ACCOUNTS[0]}, not to {ACCOUNTS[1]}, and replace is false".replace(
        "*", r"\*"
    )
    with pytest.raises(PlanRefused, match=expected):
        check_replacing(Plan([REPLACE, CREATE], [], []), str)


def test_the_accounts_of_what_would_be_replaced_are_named_as_people_know_them():
    with pytest.raises(
        PlanRefused, match=r"mapped to Jane, not to CI, and replace is false\. Nothing has been changed"
    ):
        check_replacing(Plan([REPLACE], [], []), {ACCOUNTS[0]: "Jane", ACCOUNTS[1]: "CI"}.get)


def test_nothing_is_replaced_in_favor_of_an_account_that_does_not_exist():
    asked = []

    def find(identifier):
        asked.append(identifier)

    check_accounts(Plan([Remove(BOBS, Unwanted(BOBS.key)), CREATE], [], []), find)
    assert asked == []
    with pytest.raises(PlanRefused, match=f"no account with the email, handle or ID {ACCOUNTS[1]} .for "):
        check_accounts(Plan([REPLACE, CREATE], [], []), find)
    assert asked == [ACCOUNTS[1]]
    check_accounts(Plan([REPLACE], [], []), lambda identifier: "found")


@pytest.mark.parametrize(("most", "refused"), [(0, True), (1, True), (2, False), (3, False)])
def test_removals_have_a_limit_that_replacements_count_to(most, refused):
    plan = Plan([Remove(BOBS, Unwanted(BOBS.key)), REPLACE, CREATE, CREATE], [], [])

    if not refused:
        check_removals(plan, most)
        return
    expected = rf"^2 mappings would be lost \(1 removed, 1 replaced\), but max_removals is {most}\."
    with pytest.raises(PlanRefused, match=expected) as error:
        check_removals(plan, most)
    assert PATTERNS[0] in str(error.value)


def test_one_that_would_be_lost_is_told_in_the_singular():
    with pytest.raises(
        PlanRefused, match=r"^1 mapping would be lost \(1 removed, 0 replaced\), but max_removals is 0\."
    ):
        check_removals(Plan([Remove(BOBS, Unwanted(BOBS.key))], [], []), 0)


def test_creations_are_no_removals():
    check_removals(Plan([CREATE], [JANES], []), 0)


@pytest.mark.parametrize(("count", "text"), [(0, ""), (1, "0"), (5, "0, 1, 2, 3, 4"), (6, "0, 1, 2, 3, 4 and 1 more")])
def test_long_lists_are_cut(count, text):
    assert first_few([str(number) for number in range(count)]) == text
