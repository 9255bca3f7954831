# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options become what is wanted, or a refusal that names the option; for each kind of mapping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import Purge, Unwanted, Wanted
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.query import Query
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options import (
    most_removals_of,
    options_of_info,
    options_of_one,
    options_of_set,
    purge_of,
    query_of,
    rules_of_one,
    unwanted_many,
    unwanted_one,
    wanted_many,
    wanted_one,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import (
    CLAIMS,
    claim_matchers,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
    GITHUB_INTAKE,
    GITHUB_PERSONA,
)

PERSONA, INTAKE, GITHUB = AWS_PERSONA, AWS_INTAKE, GITHUB_PERSONA
KINDS = (PERSONA, INTAKE, GITHUB, GITHUB_INTAKE)
PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
JANE = "jane.doe@corp.example"
SUB = {claim: "repo:corp/x" if claim == "sub" else None for claim in CLAIMS}

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
by_claims = pytest.mark.parametrize("kind", [GITHUB, GITHUB_INTAKE], ids=lambda kind: kind.name)


def purging(**options):
    return {
        "state": "present",
        "mappings": [{"arn_pattern": PATTERN, "account_identifier": JANE}],
        "purge": True,
        "purge_aws_accounts": None,
        "max_removals": None,
        **options,
    }


def value(kind):
    """What mappings are matched by, as AnsibleModule hands it over, and as a key."""
    return (PATTERN, PATTERN) if kind.matcher.option == "arn_pattern" else (SUB, claim_matchers(SUB))


def given_as(kind, matcher, account=JANE, **more):
    return {kind.matcher.option: matcher, **({"account_identifier": account} if kind.has_account else {}), **more}


# --- what there is


@every_kind
def test_which_options_there_are(kind):
    option = kind.matcher.option
    account = {"account_identifier"} if kind.has_account else set()
    replace = {"replace"} if kind.has_account else set()
    by_arn = option == "arn_pattern"

    assert set(options_of_one(kind)) == {"state", option, "id", "wait_timeout"} | account | replace
    assert set(options_of_set(kind)) == (
        {"state", "mappings", "purge", "max_removals", "concurrency", "wait_timeout"}
        | replace
        | ({"purge_aws_accounts"} if by_arn else set())
    )
    assert set(options_of_info(kind)) == (
        {"id", option}
        | account
        | ({"resolve_accounts"} if account else set())
        | ({"caller_arn"} if by_arn else {"claims"})
    )
    assert options_of_one(kind)["id"]["aliases"] == [f"{kind.name}_id"]


@every_kind
def test_entries_take_what_the_modules_return(kind):
    entry = options_of_set(kind)["mappings"]["options"]

    assert set(entry) == {kind.matcher.option, "id"} | (
        {"account_identifier", "account_uuid", "account_email", "account_name", "previous_account_identifier"}
        if kind.has_account
        else set()
    )


@every_kind
def test_what_is_required_when(kind):
    present, absent = rules_of_one(kind)["required_if"]

    assert present == ("state", "present", (kind.matcher.option, *(["account_identifier"] if kind.has_account else ())))
    assert absent == ("state", "absent", (kind.matcher.option, "id"), True)


@by_claims
def test_claims_are_suboptions_of_which_one_is_required(kind):
    claims = options_of_one(kind)["claim_matchers"]["options"]

    assert set(claims) == set(CLAIMS)
    assert [claim for claim, option in claims.items() if option.get("required")] == ["sub"]


# --- what is wanted


@every_kind
def test_one_wanted_mapping(kind):
    given_value, key = value(kind)

    assert wanted_one(kind, given_as(kind, given_value, id=None)) == Wanted(key, JANE if kind.has_account else None)


@every_kind
def test_the_id_of_a_wanted_mapping_can_not_be_chosen(kind):
    with pytest.raises(InvalidOption, match=r"^id: it is only for state: absent"):
        wanted_one(kind, given_as(kind, value(kind)[0], id="x"))


@every_kind
def test_one_unwanted_mapping(kind):
    given_value, key = value(kind)
    account = JANE if kind.has_account else None

    assert unwanted_one(kind, given_as(kind, given_value, id="x")) == Unwanted(key, account, "x")
    assert unwanted_one(kind, given_as(kind, None, None, id="x")) == Unwanted(None, None, "x")
    assert unwanted_one(kind, given_as(kind, given_value, "", id=None)) == Unwanted(key, None, None)


def test_any_text_may_be_unwanted():
    assert unwanted_one(PERSONA, given_as(PERSONA, "any text", None, id=None)) == Unwanted("any text")


@every_kind
def test_many_mappings(kind):
    given_value, key = value(kind)
    entries = [given_as(kind, given_value), given_as(kind, given_value, "y")]
    accounts = [JANE, "y"] if kind.has_account else [None, None]

    assert wanted_many(kind, entries) == [Wanted(key, account) for account in accounts]
    assert unwanted_many(kind, [*entries, given_as(kind, given_value, None)]) == [
        Unwanted(key, account) for account in [*accounts, None]
    ]
    assert wanted_many(kind, []) == unwanted_many(kind, []) == []


@pytest.mark.parametrize("kind", [PERSONA, GITHUB], ids=lambda kind: kind.name)
def test_the_entry_without_an_account_is_named(kind):
    given_value, key = value(kind)
    entries = [given_as(kind, given_value), given_as(kind, given_value, "")]

    with pytest.raises(InvalidOption) as refused:
        wanted_many(kind, entries)

    assert str(refused.value) == f"mappings: entry 2, {key}, has no account_identifier."


@every_kind
def test_the_entry_without_a_matcher_is_named(kind):
    for read in (wanted_many, unwanted_many):
        with pytest.raises(InvalidOption, match=rf"^mappings: entry 2 has an empty {kind.matcher.option}\.$"):
            read(kind, [given_as(kind, value(kind)[0]), given_as(kind, None)])


@by_claims
@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_sub_is_refused(kind, blank):
    matchers = {**SUB, "sub": blank, "ref": "^x$"}

    for read in (
        lambda: wanted_one(kind, given_as(kind, matchers, id=None)),
        lambda: wanted_many(kind, [given_as(kind, matchers)]),
        lambda: query_of(kind, given_as(kind, matchers, id=None)),
    ):
        with pytest.raises(InvalidOption, match=r"^claim_matchers: sub is blank, and every mapping needs it\.$"):
            read()


@every_kind
def test_what_is_asked_for(kind):
    given_value, key = value(kind)
    account = JANE if kind.has_account else None

    assert query_of(kind, given_as(kind, given_value, id="x", caller_arn="y")) == Query("x", key, account, "y")
    assert query_of(kind, given_as(kind, None, None, id=None)) == Query()


# --- accounts


def account_of(text):
    return unwanted_one(PERSONA, {"arn_pattern": PATTERN, "account_identifier": text, "id": None}).account_identifier


@pytest.mark.parametrize("text", [" " + JANE, "jane doe", "jane\u00a0doe", "jane\x00", "jane\u200bdoe", "x\ny"])
def test_an_account_that_nobody_can_have_is_refused(text):
    with pytest.raises(InvalidOption, match=r"whitespace|can't be seen") as refused:
        account_of(text)

    assert str(refused.value).startswith("account_identifier: ")
    assert str(refused.value).isprintable()


@given(st.text())
def test_any_account_is_taken_as_it_is_or_refused(text):
    try:
        account = account_of(text)
    except InvalidOption:
        return
    assert account == (text or None)


# --- purging


@pytest.mark.parametrize(
    ("options", "purge"),
    [
        ({"purge": False}, None),
        ({"purge": False, "mappings": []}, None),
        ({}, Purge(None)),
        ({"purge_aws_accounts": ["123456789012", "210987654321"]}, Purge(frozenset({"123456789012", "210987654321"}))),
        ({"mappings": [], "max_removals": 3}, Purge(None)),
        ({"mappings": [], "max_removals": 0}, Purge(None)),
    ],
)
def test_what_is_purged(options, purge):
    assert purge_of(purging(**options), ()) == purge


def test_kinds_without_aws_accounts_are_purged_as_a_whole():
    options = purging()
    del options["purge_aws_accounts"]

    assert purge_of(options, ()) == Purge(None)


@pytest.mark.parametrize(
    ("options", "option", "error"),
    [
        ({"state": "absent"}, "purge", "only for state: present"),
        ({"mappings": []}, "mappings", "max_removals"),
        ({"mappings": [], "purge_aws_accounts": ["123456789012"]}, "mappings", "max_removals"),
        ({"purge_aws_accounts": []}, "purge_aws_accounts", "the list is empty"),
        ({"purge_aws_accounts": ["12345678901"]}, "purge_aws_accounts", "'12345678901' is not the ID .* in quotes"),
        ({"purge_aws_accounts": ["123456789012", "1234567890123"]}, "purge_aws_accounts", "which has 12 digits"),
        ({"purge": False, "purge_aws_accounts": ["x"]}, "purge_aws_accounts", "'x' is not the ID"),
        ({"purge": False, "purge_aws_accounts": ["123456789012"]}, "purge_aws_accounts", "purge is false"),
        ({"purge": False, "purge_aws_accounts": []}, "purge_aws_accounts", "purge is false"),
    ],
)
def test_a_purge_that_may_not_be_meant_is_refused(options, option, error):
    with pytest.raises(InvalidOption, match=error) as refused:
        purge_of(purging(**options), ())

    assert str(refused.value).startswith(f"{option}: ")


def test_a_limit_of_the_purge_that_is_blank_does_not_become_everything():
    with pytest.raises(InvalidOption, match=r"^purge_aws_accounts: the list is empty"):
        purge_of(purging(), {"purge_aws_accounts"})
    assert purge_of(purging(purge=False), {"purge_aws_accounts"}) is None


@pytest.mark.parametrize(("number", "most"), [(None, None), (0, 0), (7, 7), (1_000_000, 1_000_000)])
def test_how_many_mappings_may_be_removed(number, most):
    assert most_removals_of({"max_removals": number}, ()) == most


@pytest.mark.parametrize("number", [-1, 1_000_001])
def test_a_number_of_removals_has_bounds(number):
    with pytest.raises(InvalidOption, match=rf"^max_removals: {number} is not between 0 and 1000000\.$"):
        most_removals_of({"max_removals": number}, ())


def test_a_blank_limit_of_removals_does_not_become_none():
    with pytest.raises(InvalidOption, match=r"^max_removals: it is blank"):
        most_removals_of({"max_removals": None}, {"max_removals"})
