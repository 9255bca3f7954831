# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is added to Ansible's own words about wrong options: what to do, and only where that is not plain."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.connection import CONNECTION_OPTIONS
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.hints import SYNONYMS, explained
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options import (
    options_of_one,
    options_of_set,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_PERSONA,
    GITHUB_PERSONA,
)

SPEC = {**CONNECTION_OPTIONS, **options_of_set(AWS_PERSONA)}
UNSUPPORTED = "Unsupported parameters for (persona_mappings) module: {}. Supported parameters include: mappings, state."


@pytest.mark.parametrize(
    ("names", "hints"),
    [
        ("mapping", " Did you mean mappings instead of mapping?"),
        ("mappings.arn", " Did you mean arn_pattern instead of arn?"),
        ("mappings.account", " Did you mean account_identifier instead of account?"),
        (
            "mappings.email, mappings.user",
            "".join(f" Did you mean account_identifier instead of {name}?" for name in ("email", "user")),
        ),
        ("region", " Did you mean cloud_provider_region instead of region?"),
        ("verify_ssl", " Did you mean validate_certs instead of verify_ssl?"),
        ("purge_account", " Did you mean purge_aws_accounts instead of purge_account?"),
        ("bearer", " Did you mean bearer_token instead of bearer?"),
        ("mappings.state", " state is an option of the task: write it outside of mappings."),
        ("arn_pattern", " arn_pattern belongs in the entries of mappings."),
        ("mappings.region", " cloud_provider_region is an option of the task: write it outside of mappings."),
        ("mappings.verify_ssl", " validate_certs is an option of the task: write it outside of mappings."),
        ("api_hots", " Did you mean api_host instead of api_hots?"),
        ("mappings.arn_patern", " Did you mean arn_pattern instead of arn_patern?"),
        ("stat, purges", " Did you mean state instead of stat? Did you mean purge instead of purges?"),
        ("something_else", ""),
    ],
)
def test_the_nearest_name_of_an_unknown_option(names, hints):
    msg = UNSUPPORTED.format(names)

    assert explained(msg, SPEC, (), {}) == msg + hints


def test_a_module_that_is_not_about_mappings_says_nothing_of_them():
    msg = UNSUPPORTED.format("account")

    assert explained(msg, {**CONNECTION_OPTIONS, "email": {"type": "str"}}, (), {}) == msg


def test_what_synonyms_stand_for_exists():
    entry = SPEC["mappings"]["options"]

    assert set(SYNONYMS.values()) <= set(SPEC) | set(entry)
    assert not set(SYNONYMS) & set(SPEC)


def test_an_unknown_option_that_ansible_has_not_come_to_yet():
    msg = "state is present but all of the following are missing: arn_pattern"
    spec = options_of_one(AWS_PERSONA)
    given = {"arn_patern": "x", "persona_mapping_id": "y", "state": "present", "_ansible_pattern": "z", "q": 1}

    assert explained(msg, spec, (), given) == (
        f"{msg}. Did you mean arn_pattern instead of arn_patern? There is no option q."
    )
    assert explained("value of state must be one of: present, absent", spec, (), given).endswith("absent")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("repo", "repository"), ("env", "environment"), ("owner", ""), ("re", "ref"), ("job", "job_workflow_ref")],
)
def test_the_beginning_of_a_claim_is_enough(name, meant):
    msg = f"Unsupported parameters for (x) module: claim_matchers.{name}. Supported parameters include: sub."

    hint = f" Did you mean {meant} instead of {name}?" if meant else ""
    assert explained(msg, options_of_one(GITHUB_PERSONA), (), {}) == msg + hint


def test_the_nearest_claim():
    msg = "Unsupported parameters for (x) module: mappings.claim_matchers.repositry. Supported parameters include: sub."

    hint = " Did you mean repository instead of repositry?"
    assert explained(msg, options_of_set(GITHUB_PERSONA), (), {}) == msg + hint


@pytest.mark.parametrize(
    "msg",
    [
        "Elements value for option 'mappings' is of type <class 'str'> and we were unable to convert to dict: x",
        "argument 'mappings' is of type <class 'dict'> and we were unable to convert to list: x",
        "Value '7' in the sub parameter field 'mappings' must be a list, not 'int'",
        "dictionary requested, could not parse JSON or key=value",
    ],
)
def test_what_mappings_take(msg):
    hint = "mappings takes a list of dictionaries, one for each mapping: write each as '- {}: ...'."

    assert explained(msg, SPEC, (), {}) == f"{msg}. {hint.format('arn_pattern')}"
    assert explained(msg, options_of_set(GITHUB_PERSONA), (), {}).startswith(
        f"{msg}. {hint.format('claim_matchers')} claim_matchers takes a dictionary "
    )


@pytest.mark.parametrize(
    ("msg", "blank", "hints"),
    [
        ("missing required arguments: arn_pattern", {"arn_pattern"}, ["arn_pattern"]),
        ("missing required arguments: arn_pattern", {"id"}, []),
        ("missing required arguments: arn_pattern", (), []),
        ("state is present but all of the following are missing: a, b", {"b", "a"}, ["a", "b"]),
        ("value of state must be one of: present, absent", {"state"}, []),
    ],
)
def test_what_is_blank_is_missing(msg, blank, hints):
    said = [
        f"{name} is empty (null or blank), which counts as not given. Check where its value comes from."
        for name in hints
    ]

    assert explained(msg, SPEC, blank, {}) == " ".join([f"{msg}." if hints else msg, *said])


@pytest.mark.parametrize("kind", [AWS_PERSONA, GITHUB_PERSONA])
def test_nothing_is_said_about_options_that_hold_no_others(kind):
    msg = "argument 'timeout' is of type str and we were unable to convert to int: x"

    assert explained(msg, options_of_set(kind), (), {}) == explained(msg, options_of_one(kind), (), {}) == msg


def test_what_claim_matchers_take():
    msg = "dictionary requested, could not parse JSON or key=value"

    assert explained(msg, options_of_one(GITHUB_PERSONA), (), {}) == (
        f"{msg}. claim_matchers takes a dictionary of regular expressions by claim: write each as 'ref: ^...$'."
    )


@pytest.mark.parametrize(
    ("mappings", "hint"),
    [
        ([{"arn_pattern": "x"}, {"arn_patern": "x"}], " in entry 2 of mappings, which has arn_patern instead."),
        ([{}], " in entry 1 of mappings."),
        (["text", {"arn_pattern": "x"}], None),
        ("text", None),
    ],
)
def test_where_something_is_missing(mappings, hint):
    msg = "missing required arguments: arn_pattern found in mappings"

    told = explained(msg, SPEC, (), {"mappings": mappings})

    assert told == (f"{msg}. It is missing{hint}" if hint else msg)
