# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""persona_mapping on scripted exchanges: exactly what is sent, and exactly what is returned."""

from __future__ import annotations

import gc
from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import VERSION
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    APP_KEY,
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_UUID,
    MAPPINGS,
    OMAR,
    USERS,
    mapping,
    returned,
    role,
    run,
    wanted,
)

PATTERN = role("terraform-runner")
WANTED = wanted(PATTERN, JANE)
LISTED = mapping(1, PATTERN)
PATH = f"{MAPPINGS}/{LISTED['id']}"
OF_CI = mapping(1, PATTERN, CI_UUID, CI_UUID)
NO_ACCOUNT = {"data": [], "meta": {"page": {"total_count": 9, "total_filtered_count": 0}}}
JANE_FOUND = {"data": [{"id": JANE_UUID, "attributes": {"handle": JANE, "email": JANE, "disabled": False}}]}


def test_creation(script):
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 201, {"data": LISTED})
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    ended = run("persona_mapping", script, WANTED)

    assert ended.result == {
        "changed": True,
        "persona_mapping": returned(1, PATTERN),
        "diff": {"before": {}, "after": WANTED},
    }
    assert not ended.warnings
    assert script.sent[1].body == {"data": {"type": "aws_cloud_auth_config", "attributes": WANTED}}


def test_what_every_request_says(script):
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 201, {"data": LISTED})
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    run("persona_mapping", script, WANTED)

    always = {"Accept": "application/json", "DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
    for request in script.sent:
        headers = dict(request.headers)
        assert headers.pop("User-Agent").startswith(f"datadog_community.cloud_auth/{VERSION} ")
        if request.method == "POST":
            assert headers.pop("Content-Type") == "application/json"
            assert int(headers.pop("Content-Length")) > 0
        assert headers == always
        assert request.url == f"https://api.datadoghq.com{MAPPINGS}"


@pytest.mark.parametrize("account", [JANE, JANE.upper(), JANE_UUID, JANE_UUID.upper(), JANE_UUID.replace("-", "")])
@pytest.mark.parametrize("check", [False, True])
def test_in_sync_costs_one_request(script, account, check):
    script.expect("GET", MAPPINGS, body={"data": [mapping(2, role("other"), OMAR), LISTED]})

    ended = run("persona_mapping", script, wanted(PATTERN, account), check)

    assert ended.result == {
        "changed": False,
        "persona_mapping": returned(1, PATTERN),
        "diff": {"before": WANTED, "after": WANTED},
    }


def test_what_is_loaded_is_not_searched_for_garbage_at_the_end(script):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    with mock.patch.object(gc, "freeze") as freeze:
        run("persona_mapping", script, WANTED)

    freeze.assert_called_once_with()


def test_replacement(script):
    script.expect("GET", MAPPINGS, body={"data": [OF_CI]})
    script.expect("GET", USERS, body=JANE_FOUND)
    script.expect("DELETE", PATH, 204)
    script.expect("POST", MAPPINGS, 201, {"data": mapping(2, PATTERN)})
    script.expect("GET", MAPPINGS, body={"data": [mapping(2, PATTERN)]})

    ended = run("persona_mapping", script, WANTED)

    assert ended.result == {
        "changed": True,
        "persona_mapping": returned(2, PATTERN),
        "diff": {"before": wanted(PATTERN, CI_UUID), "after": WANTED},
    }
    assert script.sent[1].query == {"filter": JANE, "page[size]": "100", "page[number]": "0"}
    assert script.sent[2].body is None


def test_replacement_in_check_mode(script):
    script.expect("GET", MAPPINGS, body={"data": [OF_CI]})
    script.expect("GET", USERS, body=JANE_FOUND)

    ended = run("persona_mapping", script, WANTED, check=True)

    assert ended.result == {
        "changed": True,
        "persona_mapping": WANTED,
        "diff": {"before": wanted(PATTERN, CI_UUID), "after": WANTED},
    }


@pytest.mark.parametrize("check", [False, True])
def test_replace_false_leaves_another_accounts_mapping(script, check):
    script.expect("GET", MAPPINGS, body={"data": [OF_CI]})
    script.expect("GET", USERS, body=JANE_FOUND)

    ended = run("persona_mapping", script, {**WANTED, "replace": False}, check)

    assert ended.failed
    assert f"{PATTERN} is mapped to {CI_UUID}, not to {JANE}" in ended["msg"]


def test_nothing_is_replaced_in_favour_of_an_account_that_does_not_exist(script):
    script.expect("GET", MAPPINGS, body={"data": [OF_CI]})
    script.expect("GET", USERS, body=NO_ACCOUNT)

    ended = run("persona_mapping", script, wanted(PATTERN, "nobody@corp.example"))

    assert ended.failed
    assert "no account with the e-mail, handle or id nobody@corp.example" in ended["msg"]


@pytest.mark.parametrize(
    "which",
    [
        {"arn_pattern": PATTERN},
        {"arn_pattern": PATTERN, "account_identifier": JANE},
        {"id": LISTED["id"]},
        {"persona_mapping_id": LISTED["id"], "arn_pattern": PATTERN, "account_identifier": JANE_UUID},
    ],
)
def test_removal(script, which):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})
    script.expect("DELETE", PATH, 204)
    script.expect("GET", MAPPINGS, body={"data": []})

    ended = run("persona_mapping", script, {"state": "absent", **which})

    assert ended.result == {
        "changed": True,
        "persona_mapping": returned(1, PATTERN),
        "diff": {"before": WANTED, "after": {}},
    }


def test_removal_in_check_mode(script):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    ended = run("persona_mapping", script, {"state": "absent", "arn_pattern": PATTERN}, check=True)

    assert ended.result == {
        "changed": True,
        "persona_mapping": returned(1, PATTERN),
        "diff": {"before": WANTED, "after": {}},
    }


@pytest.mark.parametrize("which", [{"arn_pattern": role("gone")}, {"arn_pattern": "any text"}, {"id": "no such id"}])
def test_removal_of_what_is_not_there(script, which):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})

    ended = run("persona_mapping", script, {"state": "absent", **which})

    assert ended.result == {"changed": False, "diff": {"before": {}, "after": {}}}


@pytest.mark.parametrize(
    ("which", "looked_up"),
    [
        ({"arn_pattern": PATTERN, "account_identifier": CI_EMAIL}, True),
        ({"id": LISTED["id"], "arn_pattern": role("other")}, False),
    ],
)
def test_a_mapping_that_fits_only_in_part_is_kept_with_a_warning(script, which, looked_up):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})
    if looked_up:
        script.expect("GET", USERS, body=NO_ACCOUNT)

    ended = run("persona_mapping", script, {"state": "absent", **which})

    assert ended.result == {
        "changed": False,
        "persona_mapping": returned(1, PATTERN),
        "diff": {"before": WANTED, "after": WANTED},
    }
    assert [warning for warning in ended.warnings if f"{PATTERN} (mapped to {JANE})" in warning]


def test_ids_are_encoded_in_paths(script):
    odd = {**LISTED, "id": "a/../b?c"}
    script.expect("GET", MAPPINGS, body={"data": [odd]})
    script.expect("DELETE", f"{MAPPINGS}/a%2F..%2Fb%3Fc", 204)

    ended = run("persona_mapping", script, {"state": "absent", "arn_pattern": PATTERN, "wait_timeout": 0})

    assert ended["changed"] is True


def test_a_pattern_that_is_listed_twice_is_not_touched(script):
    script.expect("GET", MAPPINGS, body={"data": [LISTED, mapping(2, PATTERN)]})

    ended = run("persona_mapping", script, WANTED)

    assert ended.failed
    assert "lists 2 persona mappings" in ended["msg"]
    assert LISTED["id"] in ended["msg"]


def test_a_role_arn_is_refused_with_the_pattern_that_was_meant(script):
    ended = run("persona_mapping", script, wanted("arn:aws:iam::123456789012:role/team/terraform-runner", JANE))

    assert ended.failed
    assert ended["msg"].startswith("arn_pattern: ")
    assert f"Did you mean {PATTERN}?" in ended["msg"]


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws-us-gov:sts::123456789012:assumed-role/runner/*",
        "arn:aws:sts::123456789012:assumed-role/runner",
        "arn:aws:iam::123456789012:user/a+b",
    ],
)
def test_rules_that_datadog_may_relax_only_warn(script, pattern):
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 201, {"data": mapping(1, pattern)})

    ended = run("persona_mapping", script, {**wanted(pattern, JANE), "wait_timeout": 0})

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert warning.startswith(f"arn_pattern {pattern}: ")


@pytest.mark.parametrize("extra", [{"meta": {"page": {}}, "links": {}}, {"included": [{"type": "users"}]}])
def test_additional_fields_are_no_problem(script, extra):
    more = {**LISTED, "relationships": {}, "attributes": {**LISTED["attributes"], "created_at": 1, "tags": [None]}}
    script.expect("GET", MAPPINGS, body={"data": [], **extra})
    script.expect("POST", MAPPINGS, 201, {"data": more, **extra})
    script.expect("GET", MAPPINGS, body={"data": [more], **extra})

    assert run("persona_mapping", script, WANTED)["persona_mapping"] == returned(1, PATTERN)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"errors": ["Forbidden"]}, ["403: Forbidden", "workload_identity_federation_config_write", "every perm"]),
        (409, {"errors": [{"title": "Conflict", "status": "409"}]}, ["409: Conflict", "intake mapping"]),
        (400, {"errors": [{"detail": "no", "source": {"pointer": "/data"}}]}, ["400: no (pointer /data)", "UUID of a"]),
        (401, {"errors": ["Unauthorized"]}, ["401: Unauthorized", "Check api_key and app_key"]),
        (404, {"errors": []}, ["404", "Check site and api_url"]),
        (418, {"errors": [1, {}, None, ["x"]]}, ["418: 1; ({}); null"]),
    ],
)
def test_refusals_say_what_datadog_said_and_what_to_do(script, status, body, words):
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, status, body)
    if status == 409:  # What is there is read; nothing is.
        script.expect("GET", MAPPINGS, body={"data": []})

    ended = run("persona_mapping", script, {**WANTED, "wait_timeout": 0})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["http_status"] == status
    assert ended.result.get("errors", []) == body["errors"]
    assert f"Could not create the persona mapping of {PATTERN} to {JANE}: " in ended["msg"]
    for word in words:
        assert word in ended["msg"]


@pytest.mark.parametrize(("path", "permission"), [(MAPPINGS, "config_read"), (USERS, "user_access_read")])
def test_a_403_names_the_permission_for_reading(script, path, permission):
    if path == USERS:
        script.expect("GET", MAPPINGS, body={"data": [OF_CI]})
    script.expect("GET", path, 403, {"errors": ["Forbidden"]})

    ended = run("persona_mapping", script, WANTED)

    assert ended.failed
    assert permission in ended["msg"]
    assert ended["http_status"] == 403


def test_a_403_on_removing_names_the_permission(script):
    script.expect("GET", MAPPINGS, body={"data": [LISTED]})
    script.expect("DELETE", PATH, 403, {"errors": ["Forbidden"]})

    ended = run("persona_mapping", script, {"state": "absent", "arn_pattern": PATTERN})

    assert ended.failed
    assert ended["changed"] is False
    assert "config_write" in ended["msg"]
