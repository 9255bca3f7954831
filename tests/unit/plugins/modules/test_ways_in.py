# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for what can only be read: mappings of HCP Terraform and of OIDC providers, and these providers."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    USERS,
    run,
)

TERRAFORM = "/api/v2/wif/terraform/persona_mapping"
OIDC = "/api/v2/wif/oidc/persona_mapping"
PROVIDER = "/api/v2/wif/oidc/provider"
IDS = [f"c5c758c6-18c2-4484-ae3f-{number:012}" for number in range(4)]
# Each module, its path, and what its results call the list.
MODULES = {
    "terraform_persona_mapping_info": (TERRAFORM, "terraform_persona_mappings"),
    "oidc_persona_mapping_info": (OIDC, "oidc_persona_mappings"),
    "oidc_provider_info": (PROVIDER, "oidc_providers"),
}
every_module = pytest.mark.parametrize("module", MODULES)
every_mapping = pytest.mark.parametrize("module", list(MODULES)[:2])


def item(number, **attributes):
    return {"id": IDS[number], "type": "nobody_knows", "attributes": attributes}


def user(uuid, handle, email, name=None):
    attributes = {"handle": handle, "email": email, "name": name, "disabled": False}
    return {"type": "users", "id": uuid, "attributes": attributes}


CI = user(CI_UUID, CI_UUID, CI_EMAIL, "CI")
FOUND_CI = {"data": [CI], "meta": {"page": {"total_filtered_count": 1}}}
FOUND_NOBODY = {"data": [], "meta": {"page": {"total_filtered_count": 0}}}
# What is in a mapping is that of its creation: here the account is the same.
BY_EMAIL = item(1, account_identifier=CI_EMAIL, account_uuid=CI_UUID, sub_pattern="b", provider_id="P1")
BY_UUID = item(2, account_identifier=CI_UUID, account_uuid=CI_UUID, sub_pattern="a", provider_id="p2")
OF_JANE = item(3, account_identifier=JANE, account_uuid=JANE_UUID, sub_pattern="c", provider_id="p3")


@every_module
@pytest.mark.parametrize("check", [False, True])
def test_all_with_the_attributes_as_they_came(script, module, check):
    path, many = MODULES[module]
    odd = {"claim_matchers": [{"claim": "sub", "values": ["x"], "mode": "glob"}], "new": {"deep": [1, None]}, "id": "x"}
    script.expect("GET", path, body={"data": [item(0, **odd), {"id": IDS[1]}, {"id": IDS[2], "attributes": None}]})

    ended = run(module, script, {}, check)

    assert not ended.failed
    assert ended["changed"] is False
    assert sorted(ended[many], key=lambda found: found["id"]) == [
        {**odd, "id": IDS[0]},
        {"id": IDS[1]},
        {"id": IDS[2]},
    ]
    assert ended.warnings == []


@every_module
def test_half_an_emoji_in_an_attribute_is_a_question_mark(script, module):
    """JSON can escape it, and no encoding can write it."""
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [item(0, new={"a\ud83d": ["b\udc00", "c"], "d": 1})]})

    ended = run(module, script, {})

    assert ended[many] == [{"new": {"a?": ["b?", "c"], "d": 1}, "id": IDS[0]}]


@every_module
@pytest.mark.parametrize("data", [[], None])
def test_none(script, module, data):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": data})

    assert run(module, script, {})[many] == []


@pytest.mark.parametrize(
    ("module", "attributes"),
    [
        ("terraform_persona_mapping_info", ("issuer_url", "sub_pattern")),
        ("oidc_persona_mapping_info", ("provider_id", "identity_pattern")),
        ("oidc_provider_info", ("provider_name",)),
    ],
)
def test_they_are_sorted_and_each_is_there_once(script, module, attributes):
    path, many = MODULES[module]
    items = [item(number, **dict.fromkeys(attributes, value)) for number, value in enumerate(("b", "a", 7))]
    script.expect("GET", path, body={"data": [*items, items[0]]})

    assert [found["id"] for found in run(module, script, {})[many]] == [IDS[2], IDS[1], IDS[0]]


@every_module
def test_one_odd_entry_does_not_hide_the_others(script, module):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [None, {"id": 7}, item(0), "x"]})

    ended = run(module, script, {})

    assert [found["id"] for found in ended[many]] == [IDS[0]]
    assert len(ended.warnings) == 1
    assert ended.warnings[0].startswith("3 entries of Datadog's list of ")


@every_module
def test_pages_that_are_read_again_tell_of_an_odd_entry_once(script, module):
    path, many = MODULES[module]
    two, three = ({"meta": {"page": {"total_count": count}}} for count in (2, 3))
    script.expect("GET", path, body={"data": [None, item(0)], **three})
    script.expect("GET", path, body={"data": [], **two})
    script.expect("GET", path, body={"data": [None, item(1)], **two})

    ended = run(module, script, {})

    assert [found["id"] for found in ended[many]] == [IDS[1]]
    assert len(ended.warnings) == 1


@every_module
@pytest.mark.parametrize("status", [403, 404])
def test_they_may_not_be_enabled(script, module, status):
    path, many = MODULES[module]
    script.expect("GET", path, status, {"errors": ["No"]})

    ended = run(module, script, {})

    assert ended.failed
    assert ended["http_status"] == status
    assert "s may not be enabled for this organization, or the account lacks the permission" in ended["msg"]
    assert many not in ended.result


@every_module
def test_another_refusal_is_not_about_that(script, module):
    script.expect("GET", MODULES[module][0], 400, {"errors": ["No"]})

    assert "enabled" not in run(module, script, {})["msg"]


@every_module
@pytest.mark.parametrize("answer", [{"data": {}}, {}, []])
def test_another_answer_is_no_list(script, module, answer):
    script.expect("GET", MODULES[module][0], body=answer)

    assert run(module, script, {}).failed


# --- by ID


@every_module
def test_one_by_its_id(script, module):
    path, many = MODULES[module]
    script.expect("GET", f"{path}/{IDS[0]}", body={"data": item(0)})

    assert run(module, script, {"id": IDS[0]})[many] == [{"id": IDS[0]}]


def test_a_provider_by_the_name_that_mappings_have_for_it(script):
    script.expect("GET", f"{PROVIDER}/{IDS[0]}", body={"data": item(0)})

    assert run("oidc_provider_info", script, {"provider_id": IDS[0]})["oidc_providers"] == [{"id": IDS[0]}]


@every_module
def test_one_that_has_no_id_is_looked_for_in_the_list(script, module):
    path, many = MODULES[module]
    script.expect("GET", f"{path}/{IDS[0]}", body={"data": {"attributes": {}}}).expect(
        "GET", path, body={"data": [item(0)]}
    )

    assert run(module, script, {"id": IDS[0]})[many] == [{"id": IDS[0]}]


@every_module
@pytest.mark.parametrize("listed", [True, False])
def test_an_id_that_is_not_found_is_looked_for_in_the_list(script, module, listed):
    path, many = MODULES[module]
    script.expect("GET", f"{path}/{IDS[0].upper()}", 404)
    script.expect("GET", path, body={"data": [item(1), *([item(0)] if listed else [])]})

    assert run(module, script, {"id": IDS[0].upper()})[many] == ([{"id": IDS[0]}] if listed else [])


@every_module
def test_an_id_that_would_be_a_folder(script, module):
    script.expect("GET", MODULES[module][0], body={"data": [item(1)]})

    assert run(module, script, {"id": ".."})[MODULES[module][1]] == []


# --- by account and provider


@every_mapping
@pytest.mark.parametrize("identifier", [CI_EMAIL, CI_EMAIL.upper()])
def test_all_that_lead_to_an_account_by_its_email(script, module, identifier):
    """However its account was called when a mapping was created."""
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [BY_EMAIL, BY_UUID, OF_JANE]})
    script.expect("GET", USERS, body=FOUND_CI)

    found = run(module, script, {"account_identifier": identifier})[many]

    assert {mapping["id"] for mapping in found} == {IDS[1], IDS[2]}


@every_mapping
@pytest.mark.parametrize("identifier", [CI_UUID, CI_UUID.upper()])
def test_all_that_lead_to_an_account_by_its_uuid(script, module, identifier):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [BY_EMAIL, BY_UUID, OF_JANE]})

    found = run(module, script, {"account_identifier": identifier})[many]

    assert {mapping["id"] for mapping in found} == {IDS[1], IDS[2]}


# What shows no UUID of its account, but one of its names: that of its creation.
JANE_USER = {"data": [user(JANE_UUID, JANE, JANE_EMAIL)], "meta": {"page": {"total_filtered_count": 1}}}


@every_mapping
@pytest.mark.parametrize("identifier", [JANE_UUID, JANE_EMAIL, JANE])
@pytest.mark.parametrize("name", [JANE, JANE_EMAIL, JANE_EMAIL.upper(), JANE_UUID])
@pytest.mark.parametrize("beside", [[], [BY_UUID], [OF_JANE]], ids=["alone", "beside another", "beside one of hers"])
def test_what_shows_only_a_name_of_the_account_is_found_by_any_other(script, module, identifier, name, beside):
    path, many = MODULES[module]
    assert JANE_EMAIL not in (JANE, JANE_UUID)
    script.expect("GET", path, body={"data": [item(0, account_identifier=name), *beside]})
    if (identifier, name) != (JANE_UUID, JANE_UUID):  # That needs no look-up.
        script.expect("GET", USERS, body=JANE_USER)

    found = run(module, script, {"account_identifier": identifier})[many]

    assert {mapping["id"] for mapping in found} == {IDS[0], *([IDS[3]] if beside == [OF_JANE] else [])}


@every_mapping
def test_nobody_is_found_by_an_email_that_is_not_shown(script, module):
    path, many = MODULES[module]
    nameless = {"data": [user(CI_UUID, CI_UUID, "")], "meta": {"page": {"total_filtered_count": 1}}}
    script.expect("GET", path, body={"data": [item(0), OF_JANE]}).expect("GET", USERS, body=nameless)

    assert run(module, script, {"account_identifier": CI_UUID})[many] == []


@every_mapping
@pytest.mark.parametrize("is_found", [True, False])
def test_where_users_may_not_be_read_a_uuid_tells_those_apart_that_show_one(script, module, is_found):
    path, many = MODULES[module]
    items = [*([BY_UUID] if is_found else []), OF_JANE, item(0, account_identifier=CI_EMAIL)]
    script.expect("GET", path, body={"data": items}).expect("GET", USERS, 403)

    ended = run(module, script, {"account_identifier": CI_UUID})

    assert [mapping["id"] for mapping in ended[many]] == ([IDS[2]] if is_found else [])
    [warning] = ended.warnings
    assert f"s may lead to {CI_UUID}: Datadog shows another name of an account for the " in warning
    assert f"with the ID {IDS[0]}, and the credentials may not read users (user_access_read)." in warning


@every_mapping
def test_where_users_may_not_be_read_another_uuid_is_nobody_here(script, module):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [OF_JANE]}).expect("GET", USERS, 403)

    ended = run(module, script, {"account_identifier": CI_UUID})

    assert (ended[many], ended.warnings) == ([], [])


@every_mapping
def test_an_account_that_is_gone_is_found_by_what_its_mapping_says(script, module):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [BY_EMAIL, OF_JANE]}).expect("GET", USERS, body=FOUND_NOBODY)

    ended = run(module, script, {"account_identifier": CI_EMAIL})

    assert [mapping["id"] for mapping in ended[many]] == [IDS[1]]
    assert ended.warnings == [
        f"Datadog has no account with the email, handle or ID {CI_EMAIL}. Check the spelling of account_identifier."
    ]


@every_mapping
@pytest.mark.parametrize("count", [1, 2])
def test_those_that_show_no_account_may_be_of_any(script, module, count):
    path, many = MODULES[module]
    hidden = [{**BY_UUID, "id": IDS[3 - number], "attributes": {}} for number in range(count)]
    script.expect("GET", path, body={"data": [BY_EMAIL, *hidden]}).expect("GET", USERS, body=FOUND_NOBODY)

    ended = run(module, script, {"account_identifier": CI_EMAIL})

    assert [mapping["id"] for mapping in ended[many]] == [IDS[1]]
    title = "HCP Terraform persona mapping" if module.startswith("terraform") else "OIDC persona mapping"
    assert ended.warnings[0].startswith(
        f"{count} more of the {title}s may lead to {CI_EMAIL}: Datadog shows no account for the {title} with the ID "
    )
    assert all(one["id"] in ended.warnings[0] for one in hidden)


@every_mapping
def test_accounts_that_may_not_be_read(script, module):
    path, _many = MODULES[module]
    script.expect("GET", path, body={"data": [BY_EMAIL, BY_UUID]}).expect("GET", USERS, 403)

    ended = run(module, script, {"account_identifier": CI_EMAIL})

    assert ended.failed
    assert f"Could not tell which mappings belong to {CI_EMAIL}. " in ended["msg"]
    assert "Or write account_identifier as the UUID of the account." in ended["msg"]


@every_mapping
def test_without_mappings_no_account_is_looked_up(script, module):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": []})

    assert run(module, script, {"account_identifier": CI_EMAIL})[many] == []


def test_those_of_a_provider(script):
    script.expect("GET", OIDC, body={"data": [BY_EMAIL, BY_UUID]})

    found = run("oidc_persona_mapping_info", script, {"provider_id": "P2"})["oidc_persona_mappings"]

    assert [mapping["id"] for mapping in found] == [IDS[2]]


@every_mapping
def test_accounts_by_name(script, module):
    """By the UUID, each once; an account that Datadog does not show has no name."""
    path, many = MODULES[module]
    alone = item(0, sub_pattern="none")
    script.expect("GET", path, body={"data": [BY_EMAIL, BY_UUID, OF_JANE, alone]})
    script.expect("GET", f"{USERS}/{JANE_UUID}", 404).expect("GET", f"{USERS}/{CI_UUID}", body={"data": CI})

    ended = run(module, script, {"resolve_accounts": True})

    assert {mapping["id"]: (mapping["account_email"], mapping["account_name"]) for mapping in ended[many]} == {
        IDS[0]: (None, None),
        IDS[1]: (CI_EMAIL, "CI"),
        IDS[2]: (CI_EMAIL, "CI"),
        IDS[3]: (None, None),
    }


@every_mapping
def test_names_that_may_not_be_read(script, module):
    script.expect("GET", MODULES[module][0], body={"data": [OF_JANE]}).expect("GET", f"{USERS}/{JANE_UUID}", 403)

    ended = run(module, script, {"resolve_accounts": True})

    assert ended.failed
    assert ended["msg"].endswith("Or leave resolve_accounts out.")


@every_mapping
def test_an_account_that_would_be_a_folder(script, module):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [item(1, account_uuid=".."), item(2, account_uuid=7)]})

    assert [mapping["account_email"] for mapping in run(module, script, {"resolve_accounts": True})[many]] == [
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("identifier", "asked", "email"),
    [(CI_UUID, f"{USERS}/{CI_UUID}", CI_EMAIL), (JANE, USERS, JANE_EMAIL), (JANE_EMAIL, USERS, None)],
    ids=["a UUID", "a handle", "an email, which may be somebody else's by now"],
)
@every_mapping
def test_without_a_uuid_the_account_is_the_one_of_the_handle(script, module, identifier, asked, email):
    path, many = MODULES[module]
    script.expect("GET", path, body={"data": [item(1, account_identifier=identifier)]})
    script.expect("GET", asked, body={"data": CI} if identifier == CI_UUID else JANE_USER)

    assert run(module, script, {"resolve_accounts": True})[many][0]["account_email"] == email


def test_the_present_email_is_shown(script):
    script.expect("GET", TERRAFORM, body={"data": [OF_JANE]})
    script.expect("GET", f"{USERS}/{JANE_UUID}", body={"data": user(JANE_UUID, JANE, JANE_EMAIL)})

    ended = run("terraform_persona_mapping_info", script, {"resolve_accounts": True})

    assert ended["terraform_persona_mappings"][0]["account_email"] == JANE_EMAIL
