# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries: the mappings that fit all that is asked, with as few requests as that takes."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.query import MappingFinder, Query
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    Forbidden,
    InvalidOption,
    NotFound,
    Refused,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA

LIST = "/api/v2/cloud_auth/aws/persona_mapping"
USERS = "/api/v2/users"
JANE = ("jane.doe@corp.example", "12bbdc5c-5966-47e0-8733-285f9e44bcf4")
SERVICE = ("9d9c0565-a0ae-11ed-88af-be56a8628f3f",) * 2


def item(number, resource, account):
    attributes = {
        "arn_pattern": f"arn:aws:{resource}",
        "account_identifier": account[0],
        "account_uuid": account[1],
    }
    return {"id": f"id-{number}", "type": "aws_cloud_auth_config", "attributes": attributes}


RUNNER = item(1, "sts::123456789012:assumed-role/runner/*", SERVICE)
USER = item(2, "iam::123456789012:user/jane.doe", JANE)
SESSION = item(3, "sts::123456789012:assumed-role/runner/jane", JANE)
ALL = [RUNNER, USER, SESSION]
CALLER = "arn:aws:sts::123456789012:assumed-role/runner/jane"


class Datadog:
    """A client that knows the mappings and one account, and remembers what was read."""

    def __init__(self, users=None, lag=False, mappings=None):
        self.read = []
        self._mappings = ALL if mappings is None else mappings
        self._users = users
        self._lag = lag

    def ask(self, call, decode, retry_policy=None):
        self.read.append(call.full_path)
        if call.path == USERS:
            if self._users is None:
                raise Forbidden("Could not look it up: Forbidden.", 403, ["Forbidden"])
            return decode({"data": self._users})
        if call.full_path == LIST:
            return decode({"data": self._mappings})
        found = [each for each in self._mappings if call.item == each["id"]]
        if not found or self._lag:
            raise NotFound("", 404)
        return decode({"data": found[0]})


SERVICE_USER = {"id": SERVICE[1], "attributes": {"handle": SERVICE[0], "email": "ci@corp.example"}}


def ids(client, warnings=None, **asked):
    finder = MappingFinder(client, AWS_PERSONA, [] if warnings is None else warnings)
    return [mapping.id for mapping in finder.find(Query(**asked))]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["id-2", "id-1", "id-3"]),
        ({"key": "arn:aws:iam::123456789012:user/jane.doe"}, ["id-2"]),
        ({"key": "arn:aws:iam::123456789012:user/JANE.doe"}, []),
        ({"caller_arn": CALLER}, ["id-1", "id-3"]),
        ({"caller_arn": CALLER + "2"}, ["id-1"]),
        ({"caller_arn": CALLER, "key": CALLER}, ["id-3"]),
        ({"account_identifier": "Jane.Doe@Corp.Example"}, ["id-2", "id-3"]),
        ({"account_identifier": SERVICE[1].upper()}, ["id-1"]),
        ({"account_identifier": JANE[1], "caller_arn": CALLER}, ["id-3"]),
    ],
)
def test_what_fits_all_that_is_asked_comes_sorted_by_pattern(asked, found):
    client = Datadog()

    assert ids(client, **asked) == found
    assert client.read == [LIST]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"id": "id-2"}, ["id-2"]),
        ({"id": "id-2", "account_identifier": JANE[0]}, ["id-2"]),
        ({"id": "id-2", "caller_arn": CALLER}, []),
    ],
)
def test_one_mapping_is_read_by_its_id(asked, found):
    client = Datadog()

    assert ids(client, **asked) == found
    assert client.read == [f"{LIST}/id-2"]


@pytest.mark.parametrize(("mapping_id", "found"), [("id-2", ["id-2"]), ("id-9", [])])
def test_an_id_that_can_not_be_read_is_looked_for_in_the_list(mapping_id, found):
    client = Datadog(lag=True)

    assert ids(client, id=mapping_id) == found
    assert client.read == [f"{LIST}/{mapping_id}", LIST]


@pytest.mark.parametrize(("identifier", "found"), [("ci@corp.example", ["id-1"]), ("nobody@corp.example", [])])
def test_another_spelling_is_looked_up(identifier, found):
    client, warnings = Datadog([SERVICE_USER]), []

    assert ids(client, warnings, account_identifier=identifier) == found
    assert client.read == [LIST, USERS]
    assert [warning for warning in warnings if f"no account with the email, handle or ID {identifier}" in warning] or (
        found and not warnings
    )


def half(mapping, missing):
    return {**mapping, "attributes": {**mapping["attributes"], missing: None}}


JANE_USER = {"id": JANE[1], "attributes": {"handle": JANE[0], "email": "jane.smith@corp.example"}}
BY_HANDLE, BY_UUID = half(USER, "account_uuid"), half(SESSION, "account_identifier")


@pytest.mark.parametrize("identifier", JANE)
@pytest.mark.parametrize("users", [[JANE_USER], [], None], ids=["known", "gone", "forbidden"])
def test_two_mappings_that_show_the_two_halves_of_an_account(identifier, users):
    """Each alone says nothing of the other name, so what fits one of them may not be all."""
    client, warnings = Datadog(users, mappings=[RUNNER, BY_HANDLE, BY_UUID]), []
    spelled = ["id-2"] if identifier == JANE[0] else ["id-3"]

    found = ids(client, warnings, account_identifier=identifier)

    assert found == (["id-2", "id-3"] if users else spelled)
    assert client.read == [LIST, USERS]
    told = [warning for warning in warnings if "may lead to" in warning]
    assert len(told) == (users is None)
    for warning in told:
        assert f" may lead to {identifier}: Datadog shows another name of an account for " in warning


@pytest.mark.parametrize("identifier", JANE)
@pytest.mark.parametrize("others", [[SESSION, BY_HANDLE], [BY_HANDLE, SESSION]])
def test_one_that_shows_both_halves_needs_no_look_up(identifier, others):
    client = Datadog(mappings=[RUNNER, *others, half(SESSION, "account_identifier")])

    assert set(ids(client, account_identifier=identifier)) == {"id-2", "id-3"}
    assert client.read == [LIST]


def test_a_look_up_that_is_forbidden_is_no_empty_list():
    with pytest.raises(Refused, match=r"Could not tell which mappings belong to ci@corp\.example") as refused:
        ids(Datadog(), account_identifier="ci@corp.example")

    assert refused.value.facts == {"http_status": 403, "errors": ["Forbidden"]}


def test_where_nothing_is_left_it_does_not_matter_whose_it_would_be():
    client = Datadog()

    assert ids(client, caller_arn="arn:aws:iam::123456789012:user/bob", account_identifier="nobody") == []
    assert client.read == [LIST, USERS]


def test_accounts_are_looked_up_once_each():
    client = Datadog([SERVICE_USER])
    finder = MappingFinder(client, AWS_PERSONA, [])

    accounts = finder.accounts_of(finder.find(Query()))

    assert sorted(accounts) == sorted([SERVICE[0], JANE[0]])
    assert accounts[SERVICE[0]].email == "ci@corp.example"
    assert accounts[JANE[0]] is None
    assert client.read == [LIST, USERS, USERS]


def test_accounts_that_may_not_be_read_are_no_accounts_without_a_name():
    finder = MappingFinder(Datadog(), AWS_PERSONA, [])

    with pytest.raises(Forbidden, match=r"Forbidden\. Or leave resolve_accounts out\.$"):
        finder.accounts_of(finder.find(Query()))


@pytest.mark.parametrize("caller_arn", ["jane", "arn:aws:iam::123456789012:role/runner", CALLER + "/*"])
def test_what_is_no_caller_is_refused_before_any_request(caller_arn):
    client = Datadog()

    with pytest.raises(InvalidOption, match=r"^caller_arn: .* is not the ARN of an AWS caller"):
        ids(client, caller_arn=caller_arn)

    assert client.read == []
