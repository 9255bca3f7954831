# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""persona_mapping_info: what it sends, and which mappings it returns."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    MAPPINGS,
    OMAR,
    InProcess,
    mapping,
    returned,
    role,
    run,
    wanted,
)

PATTERN = role("runner")
USER = "arn:aws:iam::123456789012:user/team/omar"
TEAM = "arn:aws:iam::123456789012:user/team/*"
LISTED = mapping(1, PATTERN)
PATH = f"{MAPPINGS}/{LISTED['id']}"


@pytest.fixture
def api():
    """Four mappings of three accounts."""
    accounts = {role("z"): JANE, role("a"): CI_EMAIL, USER: OMAR, TEAM: JANE}
    return InProcess(mappings=[wanted(*pair) for pair in accounts.items()])


def found(ended):
    """The patterns that were found."""
    assert not ended.failed, ended.result
    return [mapping["arn_pattern"] for mapping in ended["persona_mappings"]]


@pytest.mark.parametrize("check", [False, True])
def test_all_are_sorted_by_pattern(api, check):
    ended = run("persona_mapping_info", api, {}, check)

    assert found(ended) == sorted([TEAM, USER, role("a"), role("z")])
    assert ended["changed"] is False
    assert api.methods == ["GET"]


def test_a_mapping_is_returned_whole(script):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    ended = run("persona_mapping_info", script, {})

    assert ended.result == {"changed": False, "persona_mappings": [returned(1, PATTERN)]}


def test_an_id_is_asked_for_itself(script):
    script.expect("GET", PATH, body={"data": LISTED})

    assert run("persona_mapping_info", script, {"id": LISTED["id"]})["persona_mappings"] == [returned(1, PATTERN)]


def test_an_unknown_id_is_an_empty_list(script):
    script.expect("GET", PATH, 404, {"errors": [{"status": "404", "title": "Not Found"}]})
    script.expect("GET", MAPPINGS, body={"data": [mapping(2, role("other"))]})

    assert found(run("persona_mapping_info", script, {"id": LISTED["id"]})) == []


@pytest.mark.parametrize("settings", [{"get_lag": 30}, {"get_flaps": 3}])
def test_a_mapping_that_is_too_new_to_be_read_is_found_in_the_list(settings):
    api = InProcess(**settings)
    made = api.sandbox.create_mapping(PATTERN, JANE)

    for _time in range(3):
        assert run("persona_mapping_info", api, {"id": made["id"]})["persona_mappings"] == [made]


@pytest.mark.parametrize("folder", [".", ".."])
def test_an_id_that_is_a_folder_is_not_asked_for(script, folder):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    assert found(run("persona_mapping_info", script, {"id": folder})) == []


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_only_a_404_means_that_there_is_none(script, status):
    script.expect("GET", PATH, status)

    ended = run("persona_mapping_info", script, {"id": LISTED["id"], "retries": 0})

    assert ended.failed
    assert f"read the persona mapping with the id {LISTED['id']}" in ended["msg"]


def test_a_404_on_the_list_is_an_error(script):
    script.expect("GET", MAPPINGS, 404)

    ended = run("persona_mapping_info", script, {})

    assert ended.failed
    assert "Check site and api_url" in ended["msg"]


@pytest.mark.parametrize(
    ("query", "expected", "requests"),
    [
        ({"arn_pattern": role("z")}, [role("z")], 1),
        ({"arn_pattern": "no such pattern"}, [], 1),
        ({"account_identifier": JANE}, [TEAM, role("z")], 1),
        ({"account_identifier": JANE_EMAIL.upper()}, [TEAM, role("z")], 2),
        ({"account_identifier": JANE_UUID}, [TEAM, role("z")], 1),
        ({"account_identifier": CI_EMAIL}, [role("a")], 2),
        ({"account_identifier": CI_UUID.upper()}, [role("a")], 1),
        ({"account_identifier": "nobody@corp.example"}, [], 2),
        ({"account_identifier": "li.wei@corp.example"}, [], 2),
        ({"caller_arn": "arn:aws:iam::123456789012:user/team/omar"}, [TEAM, USER], 1),
        ({"caller_arn": "arn:aws:iam::123456789012:user/team/jane"}, [TEAM], 1),
        ({"caller_arn": "arn:aws:sts::123456789012:assumed-role/z/session"}, [role("z")], 1),
        ({"caller_arn": "arn:aws:iam::123456789012:user/team/omar", "account_identifier": JANE}, [TEAM], 1),
        ({"caller_arn": USER, "account_identifier": JANE, "arn_pattern": USER}, [], 2),
    ],
)
def test_what_is_asked_for_is_combined_by_and(api, query, expected, requests):
    ended = run("persona_mapping_info", api, query)

    assert found(ended) == sorted(expected)
    assert len(api.methods) == requests


def test_id_combined_with_the_rest(api):
    [of_omar] = [mapping for mapping in api.sandbox.mappings() if mapping["account_identifier"] == OMAR]

    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "account_identifier": OMAR})) == [USER]
    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "account_identifier": JANE})) == []
    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "caller_arn": USER})) == [USER]


@pytest.mark.parametrize(
    "caller",
    [PATTERN, "arn:aws:iam::123456789012:role/runner", "omar", "arn:aws:iam::123456789012:user/a b"],
)
def test_what_is_no_caller_is_refused_without_a_request(script, caller):
    ended = run("persona_mapping_info", script, {"caller_arn": caller})

    assert ended.failed
    assert ended["msg"].startswith(f"caller_arn: {caller} is not the ARN of an AWS caller: ")


def test_an_account_that_may_not_be_looked_up_is_an_error(api):
    ended = run("persona_mapping_info", api, {"account_identifier": CI_EMAIL, "app_key": "decade02" * 5})

    assert ended.failed
    assert f"Could not tell which mappings belong to {CI_EMAIL}" in ended["msg"]
    assert "user_access_read" in ended["msg"]
