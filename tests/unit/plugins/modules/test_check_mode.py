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
    OMAR,
    InProcess,
    role,
    run,
    wanted,
)

PATTERNS = [
    role("runner"),
    role("Runner"),
    role("runner", "210987654321"),
    "arn:aws:iam::123456789012:user/jane",
    "arn:aws:sts::123456789012:assumed-role/runner",
]
# Spellings of three accounts, and of none. A person's UUID is not accepted for a new mapping.
SPELLINGS = [JANE, JANE_EMAIL, JANE.upper(), CI_EMAIL, CI_UUID.upper(), OMAR]
ODD = [JANE_UUID, "nobody@corp.example"]

patterns = st.sampled_from(PATTERNS)
existing_sets = st.dictionaries(patterns, st.sampled_from([JANE, CI_EMAIL, OMAR]))
states = st.sampled_from(["present", "absent"])
# What only the server knows of a new mapping.
UNKNOWN = {"id", "account_uuid", "account_identifier"}


def organisation(existing):
    return InProcess(mappings=[wanted(*pair) for pair in existing.items()])


def foretold(module, api, arguments):
    """The results of check mode and of the real run, once all has been held against all that must be equal."""
    before = api.sandbox.mappings()
    predicted = run(module, api, arguments, check=True)
    assert set(api.methods) <= {"GET"}
    assert api.sandbox.mappings() == before

    done = run(module, api, arguments)
    assert predicted.failed == done.failed, (predicted.result, done.result)
    assert predicted.warnings == done.warnings
    assert predicted.result.get("msg") == done.result.get("msg")
    assert predicted.result.get("changed") == done.result.get("changed")
    assert predicted.result.get("diff") == done.result.get("diff")
    assert done.result.get("changed", False) == (api.sandbox.mappings() != before)

    if not done.failed:
        api.sandbox.clear_requests()
        again = run(module, api, arguments)
        assert not again.failed
        assert again["changed"] is False
        assert not api.writes
        assert again["diff"]["before"] == again["diff"]["after"]
    return predicted.result, done.result


def known(mapping, new):
    """What check mode can know of a mapping."""
    return {name: value for name, value in mapping.items() if not new or name not in UNKNOWN}


@settings(max_examples=60)
@given(
    existing=existing_sets,
    pattern=patterns,
    account=st.sampled_from(SPELLINGS) | st.sampled_from(SPELLINGS + ODD),
    state=states,
    replace=st.booleans(),
)
def test_persona_mapping(existing, pattern, account, state, replace):
    api = organisation(existing)
    if account in ODD and pattern not in existing and state == "present":
        return  # Only the server knows that it will refuse.
    arguments = {**wanted(pattern, account), "state": state, "replace": replace, "wait_timeout": 0}

    predicted, done = foretold("persona_mapping", api, arguments)

    assert ("persona_mapping" in predicted) == ("persona_mapping" in done)
    if "persona_mapping" in done:
        new = done["changed"] and state == "present"
        assert known(predicted["persona_mapping"], new) == known(done["persona_mapping"], new)
        if new:
            assert predicted["persona_mapping"] == wanted(pattern, account)
            assert set(done["persona_mapping"]) == UNKNOWN | {"arn_pattern"}


@settings(max_examples=25)
@given(existing=existing_sets, state=states, by_pattern=st.booleans(), data=st.data())
def test_persona_mapping_by_id(existing, state, by_pattern, data):
    api = organisation(existing)
    mapping_id = data.draw(st.sampled_from([mapping["id"] for mapping in api.sandbox.mappings()] + ["no-such-id"]))
    arguments = {"state": "absent", "id": mapping_id, "wait_timeout": 0}

    predicted, done = foretold("persona_mapping", api, arguments)

    assert predicted == done


@settings(max_examples=60)
@given(
    existing=existing_sets,
    wants=st.lists(st.tuples(patterns, st.sampled_from(SPELLINGS)), max_size=6),
    state=states,
    replace=st.booleans(),
    purge=st.booleans(),
    purge_aws_accounts=st.none() | st.lists(st.sampled_from(["123456789012", "210987654321"])),
    max_removals=st.none() | st.integers(0, 4),
    concurrency=st.sampled_from([1, 4]),
)
def test_persona_mappings(existing, wants, **options):
    api = organisation(existing)
    arguments = {"mappings": [wanted(*pair) for pair in wants], "wait_timeout": 0, **options}
    arguments = {name: value for name, value in arguments.items() if value is not None}

    predicted, done = foretold("persona_mappings", api, arguments)

    assert predicted.get("summary") == done.get("summary")
    assert predicted.get("removed") == done.get("removed")
    for kind in ("created", "replaced"):
        assert [known(m, True) for m in predicted.get(kind, [])] == [known(m, True) for m in done.get(kind, [])]
    if "summary" in done:
        assert done["summary"]["failed"] == 0


@pytest.mark.parametrize("arguments", [{}, {"account_identifier": CI_EMAIL}, {"id": "x"}, {"arn_pattern": PATTERNS[0]}])
def test_persona_mapping_info(arguments):
    api = organisation({PATTERNS[0]: CI_EMAIL, PATTERNS[1]: JANE})

    assert (
        run("persona_mapping_info", api, arguments, True).result == run("persona_mapping_info", api, arguments).result
    )
    assert set(api.methods) == {"GET"}
