# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The info modules: what they send, and which mappings they return."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    GITHUB_PERSONA,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    KINDS,
    OMAR,
    USERS,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    role,
    run,
)

NAME = "runner"
USER = "arn:aws:iam::123456789012:user/team/omar"
TEAM = "arn:aws:iam::123456789012:user/team/*"


@pytest.fixture
def api():
    """Four mappings of three accounts."""
    accounts = {role("z"): JANE, role("a"): CI_EMAIL, USER: OMAR, TEAM: JANE}
    return InProcess(mappings=[{"arn_pattern": p, "account_identifier": a} for p, a in accounts.items()])


def found(ended):
    """The patterns that were found."""
    assert not ended.failed, ended.result
    return [mapping["arn_pattern"] for mapping in ended["persona_mappings"]]


def path_of(kind):
    return f"{kind.path}/{kind.listed(1, NAME)['id']}"


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_all_are_sorted(kind, check):
    api = organization(kind, *(kind.wanted(name) for name in ("z", "a", "m")))

    ended = run(kind.info, api, {}, check)

    assert [shown[kind.option] for shown in ended[kind.many]] == [kind.matcher(name) for name in ("a", "m", "z")]
    assert ended["changed"] is False
    assert api.methods == ["GET"]


@every_kind
def test_a_mapping_is_returned_whole(script, kind):
    script.expect("GET", kind.path, body={"data": [kind.listed(1, NAME)]})

    ended = run(kind.info, script, {})

    assert ended.result == {"changed": False, kind.many: [kind.returned(1, NAME)]}


@every_kind
def test_what_is_returned_can_be_given_back_as_it_stands(kind):
    """To the module for a set, with what only the results hold."""
    api = organization(kind, kind.wanted("a"), kind.wanted("b"))
    resolved = {"resolve_accounts": True} if kind.has_account else {}
    mappings = run(kind.info, api, resolved)[kind.many]
    if kind.has_account:
        assert set(mappings[0]) > {"account_email", "account_name", "account_uuid"}

    ended = run(kind.many, api, {"mappings": mappings, "purge": True})

    assert not ended.failed, ended.result
    assert ended["summary"]["unchanged"] == 2
    assert ended["changed"] is False


@every_kind
def test_an_id_is_asked_for_itself(script, kind):
    script.expect("GET", path_of(kind), body={"data": kind.listed(1, NAME)})

    assert run(kind.info, script, {"id": kind.listed(1, NAME)["id"]})[kind.many] == [kind.returned(1, NAME)]


@every_kind
def test_an_unknown_id_is_an_empty_list(script, kind):
    script.expect("GET", path_of(kind), 404, {"errors": [{"status": "404", "title": "Not Found"}]})
    script.expect("GET", kind.path, body={"data": [kind.listed(2, "other")]})

    assert run(kind.info, script, {"id": kind.listed(1, NAME)["id"]})[kind.many] == []


@every_kind
def test_an_id_is_looked_for_where_the_path_has_moved_to(script, kind):
    """The first 404 is the path's, not the mapping's."""
    script.expect("GET", path_of(kind), 404)
    script.expect("GET", kind.path, 404)
    script.expect("GET", kind.path.replace("/cloud_auth/", "/wif/"), body={"data": [kind.listed(1, NAME)]})

    assert run(kind.info, script, {"id": kind.listed(1, NAME)["id"]})[kind.many] == [kind.returned(1, NAME)]


@pytest.mark.parametrize("settings", [{"get_lag": 30}, {"get_flaps": 3}])
@every_kind
def test_a_mapping_that_is_too_new_to_be_read_is_found_in_the_list(kind, settings):
    api = InProcess(**settings)
    created = api.sandbox.create_mapping(kind=kind.sandbox, **kind.wanted(NAME))
    shown = {name: created[name] for name in ("id", *kind.returned(1, NAME))}

    for _time in range(3):
        assert run(kind.info, api, {"id": created["id"]})[kind.many] == [shown]


@every_kind
@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_only_a_404_means_that_there_is_none(script, kind, status):
    script.expect("GET", path_of(kind), status)

    ended = run(kind.info, script, {"id": kind.listed(1, NAME)["id"], "retries": 0})

    assert ended.failed
    assert f"read the {kind.title} with the ID {kind.listed(1, NAME)['id']}" in ended["msg"]


@every_kind
@pytest.mark.parametrize("around", ["{}", " {}", "{}\n"])
def test_white_space_around_a_value_means_nothing(kind, around):
    api = organization(kind, kind.wanted(NAME), kind.wanted("other"))
    matcher = kind.matcher(NAME)
    written = {"sub": around.format(matcher["sub"])} if isinstance(matcher, dict) else around.format(matcher)
    [of_name] = [shown for shown in api.sandbox.mappings(kind.sandbox) if shown[kind.option] == matcher]

    for query in ({kind.option: written}, {"id": around.format(of_name["id"])}):
        [shown] = run(kind.info, api, query)[kind.many]
        assert shown["id"] == of_name["id"]


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
        ({"caller_arn": " arn:aws:iam::123456789012:user/team/omar\n"}, [TEAM, USER], 1),
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
    assert [warning for warning in ended.warnings if "Check the spelling of account_identifier" in warning] or (
        "nobody@corp.example" not in query.values()
    )


def test_claims_are_asked_for_in_any_order():
    claims = {"sub": "^a$", "ref": "^b$"}
    api = organization(
        GITHUB_PERSONA, {"claim_matchers": claims, "account_identifier": JANE}, GITHUB_PERSONA.wanted("x")
    )

    for query in ({"ref": "^b$", "sub": "^a$"}, {**claims, "actor": ""}):
        [shown] = run("github_persona_mapping_info", api, {"claim_matchers": query})["github_persona_mappings"]
        assert shown["claim_matchers"] == claims
    assert run("github_persona_mapping_info", api, {"claim_matchers": {"sub": "^a$"}})["github_persona_mappings"] == []


def test_id_combined_with_the_rest(api):
    [of_omar] = [mapping for mapping in api.sandbox.mappings() if mapping["account_identifier"] == OMAR]

    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "account_identifier": OMAR})) == [USER]
    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "account_identifier": JANE})) == []
    assert found(run("persona_mapping_info", api, {"id": of_omar["id"], "caller_arn": USER})) == [USER]


def test_callers_of_intake_mappings():
    kind = KINDS[1]
    api = organization(kind, {"arn_pattern": TEAM}, {"arn_pattern": USER}, kind.wanted("z"))

    shown = run(kind.info, api, {"caller_arn": USER})[kind.many]

    assert [mapping["arn_pattern"] for mapping in shown] == [TEAM, USER]


# --- accounts


@every_persona_kind
def test_an_account_that_datadog_does_not_have_is_warned_of(kind):
    ended = run(kind.info, organization(kind, kind.wanted(NAME)), {"account_identifier": "nobody@corp.example"})

    assert ended[kind.many] == []
    [warning] = ended.warnings
    assert warning == (
        "Datadog has no account with the email, handle or ID nobody@corp.example, so no mapping can belong to it. "
        "Check the spelling of account_identifier."
    )


@every_persona_kind
@pytest.mark.parametrize("check", [False, True])
def test_accounts_are_named_on_request(kind, check):
    api = organization(kind, kind.wanted("a", CI_EMAIL), kind.wanted("b", JANE), kind.wanted("c", CI_EMAIL))

    shown = run(kind.info, api, {"resolve_accounts": True}, check)[kind.many]

    assert [(mapping["account_email"], mapping["account_name"]) for mapping in shown] == [
        (CI_EMAIL, "CI"),
        (JANE_EMAIL, "Jane Smith"),
        (CI_EMAIL, "CI"),
    ]
    assert [request.path for request in api.sandbox.requests] == [kind.path, USERS, USERS]


@every_persona_kind
def test_an_account_that_is_not_shown_has_no_name(script, kind):
    script.expect("GET", kind.path, body={"data": [kind.listed(1, NAME)]})
    script.expect("GET", USERS, body={"data": []})

    [shown] = run(kind.info, script, {"resolve_accounts": True})[kind.many]

    assert shown == {**kind.returned(1, NAME), "account_email": None, "account_name": None}


@every_persona_kind
def test_without_mappings_nothing_is_looked_up(kind):
    api = InProcess()

    assert run(kind.info, api, {"resolve_accounts": True})[kind.many] == []
    assert api.methods == ["GET"]


@every_kind
def test_there_are_no_names_where_nobody_asks_for_them(kind):
    api = organization(kind, kind.wanted(NAME))

    [shown] = run(kind.info, api, {})[kind.many]

    assert "account_email" not in shown
    assert api.methods == ["GET"]
