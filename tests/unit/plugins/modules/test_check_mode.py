# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode tells the truth: it foretells the real run, after which nothing is left to do, and only reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    KINDS,
    OMAR,
    every_kind,
    organization,
    run,
)

NAMES = ["runner", "Runner", "other", "another"]
# Spellings of three accounts, and of none. A person's UUID is not accepted for a new mapping.
SPELLINGS = [JANE, JANE_EMAIL, JANE.upper(), CI_EMAIL, CI_UUID.upper(), OMAR]
ODD = [JANE_UUID, "nobody@corp.example", "peter.gone@corp.example"]

kinds = st.sampled_from(KINDS)
names = st.sampled_from(NAMES)
existing_sets = st.dictionaries(names, st.sampled_from([JANE, CI_EMAIL, OMAR]))
states = st.sampled_from(["present", "absent"])


def holding(kind, existing):
    return organization(kind, *(kind.wanted(*pair) for pair in existing.items()))


def foretold(module, kind, api, arguments):
    """The results of check mode and of the real run, once all has been held against all that must be equal."""
    before = api.sandbox.mappings(kind.sandbox)
    predicted = run(module, api, arguments, check=True)
    assert set(api.methods) <= {"GET"}
    assert api.sandbox.mappings(kind.sandbox) == before

    done = run(module, api, arguments)
    assert predicted.failed == done.failed, (predicted.result, done.result)
    assert predicted.warnings == done.warnings
    if "real run would fail" not in predicted.output:  # In the end it is Datadog's own words that are told.
        assert predicted.result.get("msg") == done.result.get("msg")
    assert predicted.result.get("changed") == done.result.get("changed")
    assert predicted.result.get("diff") == done.result.get("diff")
    assert done.result.get("changed", False) == (api.sandbox.mappings(kind.sandbox) != before)

    if not done.failed:
        api.sandbox.clear_requests()
        again = run(module, api, arguments)
        assert not again.failed
        assert again["changed"] is False
        assert not api.writes
        assert again["diff"]["before"] == again["diff"]["after"]
    return predicted.result, done.result


def known(mapping, new):
    """What check mode can know of a mapping: all but the ID that Datadog will choose."""
    return {name: value for name, value in mapping.items() if not new or name != "id"}


@settings(max_examples=150)
@given(
    kind=kinds,
    existing=existing_sets,
    name=names,
    account=st.sampled_from(SPELLINGS) | st.sampled_from(SPELLINGS + ODD),
    state=states,
    replace=st.booleans(),
)
def test_one_mapping(kind, existing, name, account, state, replace):
    api = holding(kind, existing)
    options = {"replace": replace} if kind.has_account else {}
    arguments = {**kind.wanted(name, account), "state": state, "wait_timeout": 0, **options}

    predicted, done = foretold(kind.one, kind, api, arguments)

    assert (kind.one in predicted) == (kind.one in done)
    if kind.one in done:
        new = done["changed"] and state == "present"
        assert predicted[kind.one] == known(done[kind.one], new)
        assert set(done[kind.one]) == set(kind.returned(1, name))


@settings(max_examples=50)
@given(kind=kinds, existing=existing_sets, data=st.data())
def test_one_mapping_by_its_id(kind, existing, data):
    api = holding(kind, existing)
    ids = [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox)]
    arguments = {"state": "absent", "id": data.draw(st.sampled_from([*ids, "no-such-id"])), "wait_timeout": 0}

    predicted, done = foretold(kind.one, kind, api, arguments)

    assert predicted == done


@settings(max_examples=150)
@given(
    kind=kinds,
    existing=existing_sets,
    wants=st.lists(st.tuples(names, st.sampled_from(SPELLINGS) | st.sampled_from(SPELLINGS + ODD)), max_size=6),
    state=states,
    replace=st.booleans(),
    purge=st.booleans(),
    purge_aws_accounts=st.none() | st.lists(st.sampled_from(["123456789012", "210987654321"])),
    max_removals=st.none() | st.integers(0, 4),
    concurrency=st.sampled_from([1, 4]),
)
def test_a_set(kind, existing, wants, replace, purge_aws_accounts, **options):
    api = holding(kind, existing)
    given_options = {
        **options,
        "replace": replace if kind.has_account else None,
        "purge_aws_accounts": purge_aws_accounts if kind.option == "arn_pattern" else None,
    }
    arguments = {"mappings": [kind.wanted(*pair) for pair in wants], "wait_timeout": 0}
    arguments.update({name: value for name, value in given_options.items() if value is not None})

    predicted, done = foretold(kind.many, kind, api, arguments)

    assert predicted.get("summary") == done.get("summary")
    assert predicted.get("removed") == done.get("removed")
    for name in ("created", "replaced"):
        assert [known(m, True) for m in predicted.get(name, [])] == [known(m, True) for m in done.get(name, [])]
    named = [[{**failed, "msg": ""} for failed in result.get("failed_mappings", [])] for result in (predicted, done)]
    assert named[0] == named[1]


@every_kind
@pytest.mark.parametrize("name", ["all", "account", "id", "matcher"])
def test_reading(kind, name):
    api = holding(kind, {NAMES[0]: CI_EMAIL, NAMES[1]: JANE})
    account = {"account_identifier": CI_EMAIL} if kind.has_account else {}
    arguments = {"all": {}, "account": account, "id": {"id": "x"}, "matcher": kind.unwanted(NAMES[0])}[name]

    assert run(kind.info, api, arguments, True).result == run(kind.info, api, arguments).result
    assert set(api.methods) == {"GET"}
