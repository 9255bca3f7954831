# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for one mapping on scripted exchanges: exactly what is sent, and exactly what is returned."""

from __future__ import annotations

import gc
from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._version import VERSION
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    APP_KEY,
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_UUID,
    KINDS,
    OMAR,
    PERSONA,
    USERS,
    every_kind,
    every_persona_kind,
    run,
)

NAME = "terraform-runner"
WANTED = PERSONA.wanted(NAME)
PATTERN = WANTED["arn_pattern"]
CI_LABEL = f"{CI_EMAIL} ({CI_UUID})"
NO_ACCOUNT = {"data": [], "meta": {"page": {"total_count": 9, "total_filtered_count": 0}}}
JANE_FOUND = {"data": [{"id": JANE_UUID, "attributes": {"handle": JANE, "email": JANE, "disabled": False}}]}
CI_FOUND = {"data": [{"id": CI_UUID, "attributes": {"handle": CI_UUID, "email": CI_EMAIL, "name": "CI"}}]}


def nothing(script, kind):
    """No mapping is listed."""
    return script.expect("GET", kind.path, body={"data": []})


def one(script, kind):
    """One mapping is listed, Jane's if the kind has accounts."""
    return script.expect("GET", kind.path, body={"data": [kind.listed(1, NAME)]})


def path_of(kind, number=1):
    return f"{kind.path}/{kind.listed(number, NAME)['id']}"


@every_kind
def test_creation(script, kind):
    nothing(script, kind).expect("POST", kind.path, 201, {"data": kind.listed(1, NAME)})
    one(script, kind)

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended.result == {
        "changed": True,
        kind.one: kind.returned(1, NAME),
        "diff": {"before": {}, "after": kind.wanted(NAME)},
    }
    assert not ended.warnings
    assert script.sent[1].body == {"data": {"type": kind.type, "attributes": kind.wanted(NAME)}}


@every_kind
def test_creation_in_check_mode(script, kind):
    """It looks the account up, as the real run's POST does, and sends nothing else."""
    nothing(script, kind)
    if kind.has_account:
        script.expect("GET", USERS, body=JANE_FOUND)

    ended = run(kind.one, script, kind.wanted(NAME), check=True)

    account = {"account_uuid": JANE_UUID} if kind.has_account else {}
    assert ended.result == {
        "changed": True,
        kind.one: {**kind.wanted(NAME), **account},
        "diff": {"before": {}, "after": kind.wanted(NAME)},
    }
    assert not ended.warnings


@every_kind
def test_what_every_request_says(script, kind):
    nothing(script, kind).expect("POST", kind.path, 201, {"data": kind.listed(1, NAME)})
    one(script, kind)

    run(kind.one, script, kind.wanted(NAME))

    always = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "DD-API-KEY": API_KEY,
        "DD-APPLICATION-KEY": APP_KEY,
    }
    for request in script.sent:
        headers = dict(request.headers)
        assert headers.pop("User-Agent").startswith(f"datadog_community.cloud_auth/{VERSION} ")
        if request.method == "POST":
            assert headers.pop("Content-Type") == "application/json"
            assert int(headers.pop("Content-Length")) > 0
        else:
            assert headers.pop("Cache-Control") == "no-cache"
        assert headers == always
        assert request.url == f"https://api.datadoghq.com{kind.path}"


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_in_sync_costs_one_request(script, kind, check):
    script.expect("GET", kind.path, body={"data": [kind.listed(2, "other", OMAR), kind.listed(1, NAME)]})

    ended = run(kind.one, script, kind.wanted(NAME), check)

    assert ended.result == {
        "changed": False,
        kind.one: kind.returned(1, NAME),
        "diff": {"before": kind.wanted(NAME), "after": kind.wanted(NAME)},
    }


@every_persona_kind
@pytest.mark.parametrize("account", [JANE.upper(), JANE_UUID, JANE_UUID.upper(), JANE_UUID.replace("-", "")])
@pytest.mark.parametrize("check", [False, True])
def test_in_sync_in_another_spelling_costs_one_request(script, kind, account, check):
    one(script, kind)

    ended = run(kind.one, script, kind.wanted(NAME, account), check)

    assert ended["changed"] is False
    assert ended["diff"] == {"before": kind.wanted(NAME), "after": kind.wanted(NAME)}


def test_what_is_loaded_is_not_searched_for_garbage_at_the_end(script):
    one(script, PERSONA)

    with mock.patch.object(gc, "freeze") as freeze:
        run("persona_mapping", script, WANTED)

    freeze.assert_called_once_with()


@every_persona_kind
def test_replacement(script, kind):
    """The new mapping is created first; the conflict says that the old one has to go before."""
    script.expect("GET", kind.path, body={"data": [kind.listed(1, NAME, CI_UUID, CI_UUID)]})
    script.expect("GET", USERS, body=JANE_FOUND)
    script.expect("POST", kind.path, 409, {"errors": ["Conflict"]})
    script.expect("DELETE", path_of(kind), 204)
    script.expect("POST", kind.path, 201, {"data": kind.listed(2, NAME)})
    script.expect("GET", kind.path, body={"data": [kind.listed(2, NAME)]})

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended.result == {
        "changed": True,
        kind.one: kind.returned(2, NAME),
        "diff": {"before": kind.wanted(NAME, CI_UUID), "after": kind.wanted(NAME)},
    }
    assert script.sent[1].query == {"filter": JANE, "page[size]": "100", "page[number]": "0"}
    assert script.sent[2].body == script.sent[4].body
    assert script.sent[3].body is None


@every_persona_kind
def test_replacement_in_check_mode(script, kind):
    script.expect("GET", kind.path, body={"data": [kind.listed(1, NAME)]})
    script.expect("GET", USERS, body=CI_FOUND)

    ended = run(kind.one, script, kind.wanted(NAME, CI_EMAIL), check=True)

    assert ended.result == {
        "changed": True,
        kind.one: {**kind.wanted(NAME, CI_UUID), "account_uuid": CI_UUID},
        "diff": {"before": kind.wanted(NAME), "after": kind.wanted(NAME, CI_LABEL)},
    }


@every_persona_kind
@pytest.mark.parametrize("check", [False, True])
def test_a_guard_returns_what_it_has_stopped(script, kind, check):
    one(script, kind).expect("GET", USERS, body=CI_FOUND)

    ended = run(kind.one, script, {**kind.wanted(NAME, CI_EMAIL), "replace": False}, check)

    assert ended.result == {
        "failed": True,
        "changed": False,
        "msg": f"{kind.text(NAME)} is mapped to {JANE}, not to {CI_LABEL}, and replace is false. Nothing has been "
        "changed. Set replace to true to map to the new account.",
        "diff": {"before": kind.wanted(NAME), "after": kind.wanted(NAME, CI_EMAIL)},
    }


@every_persona_kind
@pytest.mark.parametrize("check", [False, True])
def test_nothing_is_replaced_in_favor_of_an_account_that_does_not_exist(script, kind, check):
    one(script, kind).expect("GET", USERS, body=NO_ACCOUNT)

    ended = run(kind.one, script, kind.wanted(NAME, "nobody@corp.example"), check)

    assert ended.failed
    assert ended["changed"] is False
    assert "no account with the email, handle or ID nobody@corp.example" in ended["msg"]


@every_persona_kind
@pytest.mark.parametrize(
    ("found", "words"),
    [
        (NO_ACCOUNT, "Datadog has no account with the email, handle or ID ci@corp.example."),
        (
            {"data": [{"id": CI_UUID, "attributes": {"handle": CI_UUID, "email": CI_EMAIL, "disabled": True}}]},
            f"the Datadog account {CI_LABEL} is disabled. Enable it",
        ),
    ],
)
def test_check_mode_fails_where_the_real_run_would(script, kind, found, words):
    nothing(script, kind).expect("GET", USERS, body=found)

    ended = run(kind.one, script, kind.wanted(NAME, CI_EMAIL), check=True)

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith("account_identifier: ")
    assert words in ended["msg"]


@every_persona_kind
@pytest.mark.parametrize("status", [403, 500])
def test_check_mode_warns_where_users_can_not_be_read(script, kind, status):
    nothing(script, kind).expect("GET", USERS, status, {"errors": ["No"]})

    ended = run(kind.one, script, {**kind.wanted(NAME, CI_EMAIL), "retries": 0}, check=True)

    assert ended["changed"] is True
    assert ended[kind.one] == kind.wanted(NAME, CI_EMAIL)
    [warning] = ended.warnings
    reason = {403: ", because the credentials may not read users (user_access_read). ", 500: ": Could not look up "}[
        status
    ]
    assert warning.startswith(f"Whether Datadog has the accounts of new mappings could not be checked{reason}")
    assert warning.endswith("The real run does not need this check.")


def ways_to_name(kind):
    """Options that name the first mapping."""
    account = {"account_identifier": JANE} if kind.has_account else {}
    by_uuid = {"account_identifier": JANE_UUID} if kind.has_account else {}
    mapping_id = kind.listed(1, NAME)["id"]
    return [
        kind.unwanted(NAME),
        {**kind.unwanted(NAME), **account},
        {"id": mapping_id},
        {f"{kind.one}_id": mapping_id, **kind.unwanted(NAME), **by_uuid},
    ]


@every_kind
@pytest.mark.parametrize("way", range(4))
@pytest.mark.parametrize("check", [False, True])
def test_removal(script, kind, way, check):
    one(script, kind)
    if not check:
        script.expect("DELETE", path_of(kind), 204)
        nothing(script, kind)

    ended = run(kind.one, script, {"state": "absent", **ways_to_name(kind)[way]}, check)

    assert ended.result == {
        "changed": True,
        kind.one: kind.returned(1, NAME),
        "diff": {"before": kind.wanted(NAME), "after": {}},
    }


@every_kind
@pytest.mark.parametrize("which", ["gone", "id"])
def test_removal_of_what_is_not_there(script, kind, which):
    one(script, kind)

    ended = run(
        kind.one, script, {"state": "absent", **({"id": "no such id"} if which == "id" else kind.unwanted(which))}
    )

    assert ended.result == {"changed": False, "diff": {"before": {}, "after": {}}}


@every_kind
def test_a_mapping_that_fits_only_in_part_is_kept_with_a_warning(script, kind):
    one(script, kind)

    ended = run(kind.one, script, {"state": "absent", "id": kind.listed(1, NAME)["id"], **kind.unwanted("other")})

    assert ended.result == {
        "changed": False,
        kind.one: kind.returned(1, NAME),
        "diff": {"before": kind.wanted(NAME), "after": kind.wanted(NAME)},
    }
    who, does_not_match = (f" (mapped to {JANE})", "account or ID") if kind.has_account else ("", kind.option)
    assert ended.warnings == [f"Not removed because the {does_not_match} does not match: {kind.text(NAME)}{who}."]


@every_persona_kind
def test_a_mapping_of_another_account_is_kept_with_a_warning(script, kind):
    one(script, kind).expect("GET", USERS, body=NO_ACCOUNT)

    ended = run(kind.one, script, {"state": "absent", **kind.wanted(NAME, CI_EMAIL)})

    assert ended["changed"] is False
    assert [warning for warning in ended.warnings if f"{kind.text(NAME)} (mapped to {JANE})" in warning]


@every_kind
def test_ids_are_encoded_in_paths(script, kind):
    odd = {**kind.listed(1, NAME), "id": "a/../b?c"}
    script.expect("GET", kind.path, body={"data": [odd]})
    script.expect("DELETE", f"{kind.path}/a%2F..%2Fb%3Fc", 204)

    ended = run(kind.one, script, {"state": "absent", **kind.unwanted(NAME), "wait_timeout": 0})

    assert ended["changed"] is True


@pytest.mark.parametrize("module", ["persona_mapping", "intake_mapping"])
def test_a_role_arn_is_refused_with_the_pattern_that_was_meant(script, module):
    account = {"account_identifier": JANE} if module == "persona_mapping" else {}

    ended = run(module, script, {"arn_pattern": f"arn:aws:iam::123456789012:role/team/{NAME}", **account})

    assert ended.failed
    assert ended["msg"].startswith("arn_pattern: ")
    assert f"Did you mean {PATTERN}?" in ended["msg"]


@pytest.mark.parametrize("module", ["github_persona_mapping", "github_intake_mapping"])
@pytest.mark.parametrize(
    ("expression", "words"),
    [("^repo:corp/x$", "breaks Datadog's rule for sub"), ("repo:corp/(x", "is not a valid regular expression")],
)
def test_expressions_that_may_not_be_meant_only_warn(script, module, expression, words):
    [kind] = [kind for kind in KINDS if kind.one == module]
    listed = kind.listed(1, NAME)
    listed["attributes"]["claim_matchers"] = {"sub": expression}
    nothing(script, kind).expect("POST", kind.path, 201, {"data": listed})

    ended = run(module, script, {**kind.wanted(NAME), "claim_matchers": {"sub": expression}, "wait_timeout": 0})

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert warning.startswith(f"claim_matchers.sub: '{expression}' ")
    assert words in warning


@every_kind
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"errors": ["Forbidden"]}, ["403: Forbidden", "workload_identity_federation_config_write"]),
        (400, {"errors": [{"detail": "no", "source": {"pointer": "/data"}}]}, ["400: no (pointer /data)", "Check "]),
        (401, {"errors": ["Unauthorized"]}, ["401: Unauthorized", "Check api_key and app_key"]),
        (404, {"errors": []}, ["404", "Check site and api_url"]),
        (418, {"errors": [1, {}, None, ["x"]]}, ["418: 1; ({}); null"]),
    ],
)
def test_refusals_say_what_datadog_said_and_what_to_do(script, kind, status, body, words):
    nothing(script, kind).expect("POST", kind.path, status, body)
    if status == 404:  # It may be the path that has moved: the list tells, and it has not.
        nothing(script, kind)

    ended = run(kind.one, script, {**kind.wanted(NAME), "wait_timeout": 0})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["http_status"] == status
    assert ended.result.get("errors", []) == body["errors"]
    to = f" to {JANE}" if kind.has_account else ""
    assert f"Could not create the {kind.title} of {kind.text(NAME)}{to}: " in ended["msg"]
    assert ended["msg"].endswith("Host: api.datadoghq.com, from the default of site.")
    for word in words:
        assert word in ended["msg"]


@every_kind
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_path_that_is_gone_does_not_mean_absent(script, kind, state):
    script.expect("GET", kind.path, 404, {"errors": ["Not Found"]})
    script.expect("GET", kind.path.replace("/cloud_auth/", "/wif/"), 404, {"errors": ["Not Found"]})

    ended = run(kind.one, script, {"state": state, **(kind.wanted if state == "present" else kind.unwanted)(NAME)})

    assert ended.failed
    assert "Check site and api_url: the API was not found there." in ended["msg"]
