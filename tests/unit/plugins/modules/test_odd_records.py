# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One odd record among others: tasks on the others go on, and it is shown, left alone, and can be removed."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_UUID,
    OMAR,
    PERSONA,
    USERS,
    every_kind,
    every_persona_kind,
    run,
)

ODD_ID = "c5c758c6-18c2-4484-ae3f-000000000001"


def odd_records(kind):
    """Mappings of the role or repository "odd", each of which can't be read whole, and what is said of it."""
    good = kind.listed(1, "odd")
    attributes = good["attributes"]
    without_key = {**attributes, kind.option: None}
    records = [({**good, "attributes": without_key}, kind.option), ({**good, "attributes": None}, "attributes")]
    if kind.has_account:
        records += [
            ({**good, "attributes": {**attributes, name: None}}, name)
            for name in ("account_identifier", "account_uuid")
        ]
    if kind.option == "claim_matchers":
        claims = {**attributes["claim_matchers"], "ref": ["main"]}
        records.append(({**good, "attributes": {**attributes, "claim_matchers": claims}}, "ref"))
    return records


def gone(kind):
    """A mapping to an account that is gone."""
    good = kind.listed(1, "odd")
    return {**good, "attributes": {**good["attributes"], "account_identifier": None, "account_uuid": None}}


@every_kind
def test_tasks_on_other_mappings_do_not_see_it(kind, script):
    for odd, _what in odd_records(kind):
        script.expect("GET", kind.path, body={"data": [odd, kind.listed(2, "good")]})
        ended = run(kind.one, script, kind.wanted("good"))
        assert (ended.failed, ended["changed"], ended.warnings) == (False, False, [])


@every_kind
def test_info_shows_it_as_far_as_it_goes(kind, script):
    for odd, what in odd_records(kind):
        script.expect("GET", kind.path, body={"data": [odd, kind.listed(2, "good")]})
        ended = run(kind.info, script, {})
        shown = {found["id"]: found for found in ended[kind.info.removesuffix("_info") + "s"]}
        assert shown[kind.returned(2, "good")["id"]] == kind.returned(2, "good")
        assert shown[ODD_ID].keys() == kind.returned(1, "odd").keys()
        [warning] = ended.warnings
        assert warning.startswith(f"Datadog does not show all of the {kind.title} ")
        assert ODD_ID in warning
        assert f"'{what}' of data[0]" in warning


@every_kind
def test_purge_leaves_it_alone_with_a_warning(kind, script):
    for odd, what in odd_records(kind):
        script.expect("GET", kind.path, body={"data": [odd, kind.listed(2, "good")]})
        ended = run(kind.many, script, {"mappings": [kind.wanted("good")], "purge": True})
        assert (ended.failed, ended["changed"], ended["removed"]) == (False, False, [])
        [warning] = ended.warnings
        assert warning.startswith("Not purged, because Datadog does not show all of it: ")
        assert ODD_ID in warning
        assert what in warning


@every_persona_kind
def test_purge_says_nothing_of_one_that_is_wanted(kind, script):
    odd = kind.listed(1, "odd")
    odd["attributes"]["account_uuid"] = None
    script.expect("GET", kind.path, body={"data": [odd]})

    ended = run(kind.many, script, {"mappings": [kind.wanted("odd")], "purge": True})

    assert (ended["changed"], ended.warnings) == (False, [])


@every_kind
def test_it_can_be_removed_by_its_id(kind, script):
    for odd, _what in odd_records(kind):
        script.expect("GET", kind.path, body={"data": [odd, kind.listed(2, "good")]})
        script.expect("DELETE", f"{kind.path}/{ODD_ID}", 204)
        ended = run(kind.one, script, {"state": "absent", "id": ODD_ID.upper(), "wait_timeout": 0})
        assert (ended.failed, ended["changed"], ended.warnings) == (False, True, [])
        assert ended[kind.one]["id"] == ODD_ID


@every_persona_kind
def test_it_can_be_removed_by_what_callers_are_matched_by(kind, script):
    script.expect("GET", kind.path, body={"data": [gone(kind)]})
    script.expect("DELETE", f"{kind.path}/{ODD_ID}", 204)

    ended = run(kind.one, script, {"state": "absent", **kind.unwanted("odd"), "wait_timeout": 0})

    assert (ended.failed, ended["changed"]) == (False, True)


@every_persona_kind
def test_of_an_account_it_is_not_removed(kind, script):
    script.expect("GET", kind.path, body={"data": [gone(kind)]})

    ended = run(kind.one, script, {"state": "absent", **kind.wanted("odd")})

    assert (ended.failed, ended["changed"]) == (False, False)
    [warning] = ended.warnings
    assert f"{kind.text('odd')} (mapped to an unknown account)" in warning


@every_kind
def test_absent_says_that_it_might_be_meant(kind, script):
    odd = {**kind.listed(1, "odd"), "attributes": None}
    for options in (
        (kind.one, {"state": "absent", **kind.unwanted("odd")}),
        (kind.many, {"state": "absent", "mappings": [kind.unwanted("odd")]}),
    ):
        script.expect("GET", kind.path, body={"data": [odd]})
        ended = run(options[0], script, options[1])
        assert (ended.failed, ended["changed"]) == (False, False)
        [warning] = ended.warnings
        assert warning.startswith(
            "Whether this is meant to be absent, too, can't be told, because Datadog does not show"
        )
        assert ODD_ID in warning


@every_kind
def test_without_an_id_it_can_not_be_removed(kind, script):
    script.expect("GET", kind.path, body={"data": [{**kind.listed(1, "odd"), "id": None}]})

    ended = run(kind.one, script, {"state": "absent", **kind.unwanted("odd")})

    assert ended.failed
    assert ended["msg"] == (
        f"{kind.text('odd')} can't be removed: Datadog lists it without an ID. Nothing has been changed."
    )


@every_persona_kind
def test_it_is_not_replaced_for_it_could_not_be_put_back(kind, script):
    script.expect("GET", kind.path, body={"data": [gone(kind)]})

    ended = run(kind.one, script, kind.wanted("odd"))

    assert ended.failed
    assert ended["msg"].startswith(f"Can't replace the {kind.title} of {kind.text('odd')}, which could not be put back")
    assert f"Remove it by its ID, {ODD_ID}, in a separate task first. Nothing has been changed." in ended["msg"]


@every_persona_kind
def test_without_an_id_it_is_not_replaced_either(kind, script):
    script.expect("GET", kind.path, body={"data": [{**kind.listed(1, "odd"), "id": None}]})
    script.expect("GET", USERS, body={"data": []})

    ended = run(kind.one, script, kind.wanted("odd", OMAR))

    assert ended.failed
    assert "Remove it" not in ended["msg"]


@every_persona_kind
def test_one_half_of_the_account_is_enough_to_tell(kind, script):
    ci = {"id": CI_UUID, "attributes": {"email": CI_EMAIL, "handle": CI_UUID}}
    for missing, account, uuid in (("account_identifier", CI_UUID, CI_UUID), ("account_uuid", CI_UUID, CI_UUID)):
        odd = kind.listed(1, "odd", account, uuid)
        odd["attributes"][missing] = None
        script.expect("GET", kind.path, body={"data": [odd]})
        script.expect("GET", USERS, body={"data": [ci]})
        ended = run(kind.one, script, kind.wanted("odd", CI_EMAIL))
        assert (ended.failed, ended["changed"]) == (False, False), missing


@every_persona_kind
def test_info_on_an_account_leaves_out_what_may_be_of_any(kind, script):
    script.expect("GET", kind.path, body={"data": [gone(kind), kind.listed(2, "good")]})

    ended = run(kind.info, script, {"account_identifier": JANE})

    assert [found["account_uuid"] for found in ended[f"{kind.one}s"]] == [JANE_UUID]
    [warning] = ended.warnings
    assert warning == (
        f"1 more of the {kind.title}s may lead to {JANE}: Datadog shows no account for the {kind.title} of "
        f"{kind.text('odd')}, with the ID {ODD_ID}."
    )


@every_persona_kind
def test_info_on_an_account_counts_those_that_may_be_of_any(kind, script):
    """Also if nobody can be looked up: it is told apart from all others by its UUID."""
    other = {**gone(kind), "id": ODD_ID.replace("1", "7")}
    script.expect("GET", kind.path, body={"data": [gone(kind), other, kind.listed(2, "good")]})
    script.expect("GET", USERS, 403)

    ended = run(kind.info, script, {"account_identifier": CI_UUID})

    assert (ended.failed, ended[f"{kind.one}s"]) == (False, [])
    [warning] = ended.warnings
    assert warning.startswith(f"2 more of the {kind.title}s may lead to {CI_UUID}: Datadog shows no account for the ")


@every_persona_kind
@pytest.mark.parametrize("identifier", [JANE, JANE_UUID])
@pytest.mark.parametrize("missing", ["account_identifier", "account_uuid"])
def test_info_on_an_account_finds_one_that_shows_half_of_it(kind, script, missing, identifier):
    odd = kind.listed(1, "odd")
    odd["attributes"][missing] = None
    script.expect(
        "GET", kind.path, body={"data": [odd, kind.listed(2, "good"), kind.listed(3, "other", OMAR, CI_UUID)]}
    )

    ended = run(kind.info, script, {"account_identifier": identifier})

    assert [found["id"][-1] for found in ended[f"{kind.one}s"]] == ["2", "1"]


@pytest.mark.parametrize("pattern", [None, 7])
def test_a_caller_may_be_let_in_by_a_pattern_that_can_not_be_read(pattern, script):
    odd = {**PERSONA.listed(1, "odd"), "attributes": {"arn_pattern": pattern}}
    script.expect("GET", PERSONA.path, body={"data": [odd, PERSONA.listed(2, "good"), PERSONA.listed(3, "other")]})

    ended = run(PERSONA.info, script, {"caller_arn": PERSONA.matcher("good")[:-1] + "x"})

    assert [found["id"][-1] for found in ended["persona_mappings"]] == ["1", "2"]
    assert len(ended.warnings) == 1
