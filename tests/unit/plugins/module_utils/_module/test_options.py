# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options become what is wanted, or a refusal that names the option."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import Unwanted, Wanted
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.purge import Purge
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options import (
    account_of,
    unwanted_one,
    wanted_one,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options_of_set import (
    purge_of,
    unwanted_many,
    wanted_many,
)

PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
JANE = "jane.doe@corp.example"


def purging(**options):
    return {
        "state": "present",
        "mappings": [{"arn_pattern": PATTERN, "account_identifier": JANE}],
        "purge": True,
        "purge_aws_accounts": None,
        "max_removals": None,
        **options,
    }


@pytest.mark.parametrize(
    "blank", [{}, {"account_identifier": None}, {"account_identifier": ""}, {"account_identifier": " \t"}]
)
def test_a_blank_account_counts_as_not_given(blank):
    assert account_of(blank) is None


@pytest.mark.parametrize("value", [" " + JANE, JANE + "\n", "jane doe", "jane\u00a0doe", "jane\x00", "jane\u200bdoe"])
def test_an_account_that_nobody_can_have_is_refused(value):
    with pytest.raises(InvalidOption, match="white space") as refused:
        account_of({"account_identifier": value})

    assert refused.value.option == "account_identifier"
    assert str(refused.value).isprintable()


@given(st.text())
def test_any_account_is_taken_as_it_is_or_refused(value):
    try:
        account = account_of({"account_identifier": value})
    except InvalidOption:
        return
    assert account == (value if value.strip() else None)


def test_one_wanted_mapping():
    params = {"arn_pattern": PATTERN, "account_identifier": JANE, "id": None}

    assert wanted_one(params) == Wanted(PATTERN, JANE)


def test_the_id_of_a_wanted_mapping_can_not_be_chosen():
    with pytest.raises(InvalidOption, match=r"^id: it is for state: absent only"):
        wanted_one({"arn_pattern": PATTERN, "account_identifier": JANE, "id": "x"})


@pytest.mark.parametrize(
    ("params", "unwanted"),
    [
        ({"arn_pattern": PATTERN, "account_identifier": JANE, "id": "x"}, Unwanted(PATTERN, JANE, "x")),
        ({"arn_pattern": None, "account_identifier": None, "id": "x"}, Unwanted(None, None, "x")),
        ({"arn_pattern": "any text", "account_identifier": "", "id": None}, Unwanted("any text", None, None)),
    ],
)
def test_one_unwanted_mapping(params, unwanted):
    assert unwanted_one(params) == unwanted


def test_many_mappings():
    entries = [{"arn_pattern": PATTERN, "account_identifier": JANE}, {"arn_pattern": "x", "account_identifier": "y"}]

    assert wanted_many(entries) == [Wanted(PATTERN, JANE), Wanted("x", "y")]
    assert unwanted_many([*entries, {"arn_pattern": "z"}]) == [
        Unwanted(PATTERN, JANE),
        Unwanted("x", "y"),
        Unwanted("z"),
    ]
    assert wanted_many([]) == unwanted_many([]) == []


def test_the_entry_at_fault_is_named_by_its_number():
    good = {"arn_pattern": PATTERN, "account_identifier": JANE}

    with pytest.raises(InvalidOption, match=r"^mappings: number 2, x, has no account_identifier\.$"):
        wanted_many([good, {"arn_pattern": "x", "account_identifier": " "}])
    for read in (wanted_many, unwanted_many):
        with pytest.raises(InvalidOption, match=r"^mappings: number 2 has an empty arn_pattern\.$"):
            read([good, {"arn_pattern": " ", "account_identifier": JANE}])


@pytest.mark.parametrize(
    ("options", "purge"),
    [
        ({"purge": False}, None),
        ({"purge": False, "mappings": []}, None),
        ({"purge": False, "purge_aws_accounts": ["123456789012"]}, None),
        ({}, Purge(None)),
        ({"purge_aws_accounts": ["123456789012", "210987654321"]}, Purge(frozenset({"123456789012", "210987654321"}))),
        ({"mappings": [], "max_removals": 3}, Purge(None)),
        ({"mappings": [], "max_removals": 0}, Purge(None)),
    ],
)
def test_what_is_purged(options, purge):
    assert purge_of(purging(**options)) == purge


@pytest.mark.parametrize(
    ("options", "option", "problem"),
    [
        ({"state": "absent"}, "purge", "state: present only"),
        ({"mappings": []}, "mappings", "max_removals"),
        ({"mappings": [], "purge_aws_accounts": ["123456789012"]}, "mappings", "max_removals"),
        ({"purge_aws_accounts": []}, "purge_aws_accounts", "the list is empty"),
        ({"purge_aws_accounts": ["12345678901"]}, "purge_aws_accounts", "'12345678901' is not the id"),
        ({"purge_aws_accounts": ["123456789012", "1234567890123"]}, "purge_aws_accounts", "write it in quotes"),
        ({"purge": False, "purge_aws_accounts": ["x"]}, "purge_aws_accounts", "'x' is not the id"),
    ],
)
def test_a_purge_that_may_not_be_meant_is_refused(options, option, problem):
    with pytest.raises(InvalidOption, match=problem) as refused:
        purge_of(purging(**options))

    assert refused.value.option == option
