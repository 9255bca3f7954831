# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings of each kind: endpoints, JSON to values and back, two spellings of the path, and advice."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    Conflict,
    Forbidden,
    NotFound,
    NotIntegrated,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.answers import BadShape
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import claim_matchers
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
    GITHUB_INTAKE,
    GITHUB_PERSONA,
    siblings_of,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.mappings import (
    WRITE,
    AuthMappings,
)

JANE, UUID = "jane.doe@corp.example", "12bbdc5c-5966-47e0-8733-285f9e44bcf4"
ARN = "arn:aws:sts::123456789012:assumed-role/runner/*"
CLAIMS = {"sub": "repo:corp/x", "ref": "^main$"}
# The kinds, with the key of a mapping as a value and as JSON.
KINDS = {
    kind.name: (kind, *key)
    for kind, key in (
        (AWS_PERSONA, (ARN, ARN)),
        (AWS_INTAKE, (ARN, ARN)),
        (GITHUB_PERSONA, (claim_matchers(CLAIMS), CLAIMS)),
        (GITHUB_INTAKE, (claim_matchers(CLAIMS), CLAIMS)),
    )
}
OLD, NEW = "/api/v2/cloud_auth", "/api/v2/wif"

every_kind = pytest.mark.parametrize(("kind", "key", "json"), KINDS.values(), ids=KINDS)


def item(kind, json):
    account = {"account_identifier": JANE, "account_uuid": UUID} if kind.has_account else {}
    return {"id": "id-1", "type": kind.type, "attributes": {kind.matcher.option: json, **account}}


def value(kind, key):
    return AuthMapping("id-1", key, JANE, UUID) if kind.has_account else AuthMapping("id-1", key)


class Datadog:
    """A client to which only some spellings of the path are known."""

    def __init__(self, kind, items, bases=(OLD,)):
        self.kind, self.items, self.bases = kind, items, bases
        self.asked = []

    def ask(self, call, decode, retry_policy=None):
        self.asked.append((call.method, call.full_path, retry_policy))
        base = call.path.removesuffix(self.kind.path)
        if base not in self.bases:
            raise NotFound(f"Could not {call.action}: 404.", 404)
        if call.item is None:
            return decode({"data": self.items})
        found = [listed for listed in self.items if listed["id"] == call.item]
        if not found:
            raise NotFound("No such mapping.", 404)
        return decode({"data": found[0]})

    @property
    def paths(self):
        return [path for _method, path, _patience in self.asked]


@every_kind
def test_a_list_becomes_values(kind, key, json):
    client = Datadog(kind, [item(kind, json)])

    assert AuthMappings(client, kind).list_all("patience") == [value(kind, key)]
    assert client.asked == [("GET", OLD + kind.path, "patience")]


@every_kind
def test_one_is_read_by_its_id(kind, key, json):
    mappings = AuthMappings(Datadog(kind, [item(kind, json)]), kind)

    assert mappings.get("id-1") == value(kind, key)
    assert mappings.get("id-2") is None
    assert mappings.client.paths == [f"{OLD}{kind.path}/id-1", f"{OLD}{kind.path}/id-2"]


@pytest.mark.parametrize("folder", [".", ".."])
def test_an_id_that_is_a_folder_is_never_asked_for(folder):
    mappings = AuthMappings(Datadog(AWS_PERSONA, []), AWS_PERSONA)

    assert mappings.get(folder) is None
    assert mappings.client.asked == []


# --- two spellings of the path


@every_kind
def test_when_the_list_is_not_where_it_was_the_other_path_is_used_from_then_on(kind, key, json):
    client = Datadog(kind, [item(kind, json)], bases=(NEW,))
    mappings = AuthMappings(client, kind)

    assert mappings.list_all() == mappings.list_all() == [value(kind, key)]
    assert client.paths == [OLD + kind.path, NEW + kind.path, NEW + kind.path]
    assert mappings.get("id-1") == value(kind, key)
    assert mappings.create_request(key, JANE).call.full_path == NEW + kind.path
    assert mappings.delete_request(value(kind, key)).call.full_path == f"{NEW}{kind.path}/id-1"


def test_the_path_may_move_back():
    client = Datadog(AWS_PERSONA, [], bases=(NEW,))
    mappings = AuthMappings(client, AWS_PERSONA)
    mappings.list_all()
    client.bases = (OLD,)

    assert mappings.list_all() == []
    assert mappings.create_request(ARN, JANE).call.full_path == OLD + AWS_PERSONA.path


def test_where_neither_path_leads_anywhere_the_first_404_is_told():
    client = Datadog(AWS_PERSONA, [], bases=())
    mappings = AuthMappings(client, AWS_PERSONA)

    with pytest.raises(NotFound, match=r"^Could not list the persona mappings: 404\.$"):
        mappings.list_all()
    assert mappings.create_request(ARN, JANE).call.full_path == OLD + AWS_PERSONA.path


def test_where_both_paths_lead_there_the_old_one_is_used():
    client = Datadog(AWS_PERSONA, [], bases=(OLD, NEW))

    AuthMappings(client, AWS_PERSONA).list_all()

    assert client.paths == [OLD + AWS_PERSONA.path]


# --- writing


@every_kind
def test_what_a_creation_sends_and_reads(kind, key, json):
    request = AuthMappings(None, kind).create_request(key, JANE if kind.has_account else None)

    account = {"account_identifier": JANE} if kind.has_account else {}
    assert request.call.method == "POST"
    assert request.call.full_path == OLD + kind.path
    assert request.call.body == {"data": {"type": kind.type, "attributes": {kind.matcher.option: json, **account}}}
    assert request.call.writes is True
    to = f" to {JANE}" if kind.has_account else ""
    assert request.call.action == f"create the {kind.title} of {key}{to}"
    assert request.decode({"data": item(kind, json)}) == value(kind, key)


@every_kind
def test_what_was_created_is_returned_as_datadog_has_it(kind, key, json):
    """It may spell the key otherwise than it was sent; then this is the mapping all the same."""
    other = ARN.upper() if isinstance(json, str) else {**json, "sub": "repo:corp/x"}
    request = AuthMappings(None, kind).create_request(key, JANE)

    assert request.decode({"data": item(kind, other)}) == value(
        kind, other if other == ARN.upper() else claim_matchers(other)
    )


@every_kind
def test_what_was_created_must_be_whole(kind, key, json):
    request = AuthMappings(None, kind).create_request(key, JANE)
    for name in item(kind, json)["attributes"]:
        odd = item(kind, json)
        odd["attributes"][name] = None
        with pytest.raises(BadShape, match=rf"^'{name}' of data\.attributes is null, not a"):
            request.decode({"data": odd})


@every_kind
def test_what_a_removal_sends(kind, key, json):
    request = AuthMappings(None, kind).delete_request(value(kind, key)._replace(id="a/../b?c"))

    to = f" to {JANE}" if kind.has_account else ""
    assert (request.call.method, request.call.full_path) == ("DELETE", f"{OLD}{kind.path}/a%2F..%2Fb%3Fc")
    assert request.call.action == f"remove the {kind.title} of {key}{to}"
    assert request.decode("whatever") is None


# --- answers of another shape


@every_kind
def test_additional_attributes_are_no_problem(kind, key, json):
    more = item(kind, json)
    more["attributes"].update(par_enrollment_enabled=True, created_at=None)

    assert AuthMappings(Datadog(kind, [more]), kind).list_all() == [value(kind, key)]


def odd_and_good(kind, json, odd):
    """What a list becomes that holds something odd beside a good mapping: the odd mapping alone."""
    good = {**item(kind, json), "id": "id-2"}
    listed = AuthMappings(Datadog(kind, [odd, good]), kind).list_all()
    assert listed[1:] == AuthMappings(Datadog(kind, [good]), kind).list_all()
    return listed[0]


@every_kind
def test_one_odd_mapping_makes_no_list_unreadable(kind, key, json):
    good = item(kind, json)
    for name in good["attributes"]:
        for wrong in (None, True, 7, [], [1], "\ud800", ""):
            odd = copy.deepcopy(good)
            odd["attributes"][name] = wrong
            found = odd_and_good(kind, json, odd)
            assert name in found.unread
            assert found.id == "id-1"
            assert not getattr(found, "key" if name == kind.matcher.option else name)
            assert kind.as_result(found) == {**kind.as_result(value(kind, key)), name: None}
            del odd["attributes"][name]
            assert f"data[0].attributes has no '{name}'" in odd_and_good(kind, json, odd).unread


@every_kind
@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"attributes": {}}, {"id": None}, {"id": 7}, {"id": ""}])
def test_what_is_hardly_a_mapping_is_known_for_it(kind, json, key, odd):
    found = odd_and_good(kind, json, odd)

    assert (found.id, found.key, found.account_identifier, found.account_uuid) == ("", "", None, None)
    assert "data[0]" in found.unread
    assert kind.name_of(found) == f"a {kind.title} without an ID"


@every_kind
def test_without_attributes_only_the_id_is_known(kind, json, key):
    for wrong in (None, [], "x"):
        found = odd_and_good(kind, json, {"id": "id-1", "attributes": wrong})

        assert found.id == "id-1"
        assert found.unread.startswith("'attributes' of data[0] is ")
        assert kind.name_of(found) == f"the {kind.title} with the ID id-1"


@every_kind
@pytest.mark.parametrize("json_type", [None, 7, "aws_wif_config", "REMOVED"])
def test_the_json_type_of_an_answer_proves_nothing(kind, json, key, json_type):
    listed = {**item(kind, json), "type": json_type}
    if json_type == "REMOVED":
        del listed["type"]

    assert AuthMappings(Datadog(kind, [listed]), kind).list_all() == [value(kind, key)]
    assert AuthMappings(None, kind).create_request(key, JANE).decode({"data": listed}) == value(kind, key)


@every_kind
def test_a_list_of_other_things_is_no_list_of_mappings(kind, json, key):
    for others in ([7], [None, {}], [{"type": "x", "attributes": {}}]):
        with pytest.raises(BadShape, match=r"^data\[0\]|of data\[0\]"):
            AuthMappings(Datadog(kind, others), kind).list_all()


@every_kind
def test_the_same_id_twice_is_one_mapping(kind, json, key):
    good, shouted = item(kind, json), {**item(kind, json), "id": "ID-1"}
    odd = {"id": "id-1", "attributes": None}

    for listed in ([good, good], [good, shouted], [odd, good], [good, odd]):
        assert AuthMappings(Datadog(kind, listed), kind).list_all() == [value(kind, key)]
    assert len(AuthMappings(Datadog(kind, [good, {"id": None}, {"id": ""}]), kind).list_all()) == 3


@every_kind
def test_a_null_is_an_empty_list(kind, json, key):
    assert AuthMappings(Datadog(kind, None), kind).list_all() == []


@pytest.mark.parametrize(
    ("wrong", "shown"), [(7, "7"), (True, "true"), (["^x$"], '["^x$"]'), ({"x": "y"}, '{"x": "y"}')]
)
@pytest.mark.parametrize("kind", [GITHUB_PERSONA, GITHUB_INTAKE])
def test_a_claim_that_is_no_text_is_shown_as_json(kind, wrong, shown):
    found = odd_and_good(kind, CLAIMS, item(kind, {"sub": "^a$", "ref": wrong}))

    assert found.key == claim_matchers({"sub": "^a$", "ref": shown})
    assert found.unread.startswith("'ref' of data[0].attributes.claim_matchers is ")
    assert kind.as_result(found)["claim_matchers"] == {"sub": "^a$", "ref": shown}


@every_kind
def test_one_odd_mapping_can_be_read_by_its_id(kind, json, key):
    odd = item(kind, json)
    odd["attributes"][kind.matcher.option] = None
    found = AuthMappings(Datadog(kind, [odd]), kind).get("id-1")

    assert (found.id, found.key) == ("id-1", "")
    with pytest.raises(BadShape, match="data has no 'id'"):
        AuthMappings(Datadog(kind, [odd]), kind)._decoded_one({"data": {}})


def test_a_list_of_several_pages_is_read_whole():
    client = Datadog(AWS_PERSONA, [item(AWS_PERSONA, ARN)])
    pages = [[{**item(AWS_PERSONA, f"{ARN}{number}"), "id": f"id-{number}"}] for number in range(3)]

    def ask(call, decode, retry_policy=None):
        number = int((call.params or {}).get("page[number]", 0))
        return decode({"data": pages[number], "meta": {"page": {"total_count": 3}}})

    client.ask = ask
    assert [mapping.id for mapping in AuthMappings(client, AWS_PERSONA).list_all()] == ["id-0", "id-1", "id-2"]


def test_claims_that_datadog_returns_as_null_are_not_given():
    kind = GITHUB_INTAKE
    listed = item(kind, {**CLAIMS, "actor": None, "workflow": ""})

    [found] = AuthMappings(Datadog(kind, [listed]), kind).list_all()

    assert found.key == claim_matchers(CLAIMS)
    assert kind.as_result(found) == {"id": "id-1", "claim_matchers": CLAIMS}


# --- advice


@every_kind
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_lack_of_permissions_is_named(kind, key, json, method):
    mappings = AuthMappings(Datadog(kind, []), kind)
    calls = {
        "POST": mappings.create_request(key, JANE).call,
        "DELETE": mappings.delete_request(value(kind, key)).call,
        "GET": None,
    }
    call = calls[method]
    advise = call.advise if call else mappings._advise_on("GET")

    advice = advise(Forbidden("", 403))

    assert ("config_read" if method == "GET" else "config_write") in advice
    assert ("every permission of the account" in advice) is (method == "POST" and kind.has_account)
    assert advise(ApiError("", 401)) == ""
    assert advise(ApiError("", 500)) == ""


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("Forbidden", f"This needs the permission {WRITE}, and every permission of the account that is mapped to."),
        ("Missing cloud_auth_config_write", "This needs every permission of the account that is mapped to."),
        ("You must hold every permission of the account", f"This needs the permission {WRITE}."),
        ("config_write and every permission are needed", ""),
    ],
)
def test_what_datadog_says_of_permissions_is_not_repeated(words, advice):
    call = AuthMappings(None, AWS_PERSONA).create_request(ARN, JANE).call

    assert call.advise(Forbidden(words, 403)) == advice


@every_kind
def test_advice_on_a_refused_creation(kind, key, json):
    advise = AuthMappings(None, kind).create_request(key, JANE).call.advise
    option = kind.matcher.option

    assert f"This {option} is already taken" in advise(Conflict("", 409))
    assert option in advise(ApiError("", 400))
    assert ("UUID of a person" in advise(ApiError("", 400))) is kind.has_account
    integrate = advise(NotIntegrated("", 400))
    assert ("123456789012" if option == "arn_pattern" else "of the pattern") in integrate


@pytest.mark.parametrize(
    ("pointers", "begin"),
    [
        (["/data/attributes/account_identifier"], "Check account_identifier, which takes"),
        (["/data/attributes/arn_pattern"], "Check arn_pattern."),
        (["/data/attributes/arn_pattern", "/data/attributes/account_identifier"], "Check arn_pattern and account"),
        (["/data"], "Check arn_pattern and account"),
        ([], "Check arn_pattern and account"),
    ],
)
def test_pointers_tell_which_option_is_wrong(pointers, begin):
    errors = [{"title": "Bad", "source": {"pointer": pointer}} for pointer in pointers]
    advise = AuthMappings(None, AWS_PERSONA).create_request(ARN, JANE).call.advise

    assert advise(ApiError("", 400, [*errors, "plain", {"source": "odd"}])).startswith(begin)


# --- one space of patterns


@pytest.mark.parametrize(
    ("kind", "siblings"),
    [
        (AWS_PERSONA, [AWS_INTAKE]),
        (AWS_INTAKE, [AWS_PERSONA]),
        (GITHUB_PERSONA, []),
        (GITHUB_INTAKE, []),
    ],
)
def test_which_other_kinds_can_hold_a_pattern(kind, siblings):
    assert siblings_of(kind) == siblings


@every_kind
def test_a_mapping_in_words_and_as_a_result(kind, key, json):
    found = value(kind, key)
    account = {"account_identifier": JANE, "account_uuid": UUID} if kind.has_account else {}

    assert kind.as_result(found) == {"id": "id-1", kind.matcher.option: json, **account}
    assert kind.name_of(found) == f"the {kind.title} of {key}" + (f" to {JANE}" if kind.has_account else "")
    assert kind.matcher.aws_account(key) == ("123456789012" if isinstance(json, str) else None)
