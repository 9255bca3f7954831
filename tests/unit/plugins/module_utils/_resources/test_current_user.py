# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the credentials are, out of an answer like those of the live API."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.answers import BadShape
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.current_user import current_user

UUID = "12bbdc5c-5966-47e0-8733-285f9e44bcf4"
ORG = "5c1d3a7e-a0ae-11ed-88af-be56a8628f00"
ANSWER = {
    "data": {
        "type": "users",
        "id": UUID,
        "attributes": {
            "handle": "jane.doe@corp.example",
            "email": "Jane.Smith@corp.example",
            "name": "Jane Smith",
            "service_account": False,
            "disabled": False,
            "status": "Active",
            "verified": True,
        },
        "relationships": {"org": {"data": {"type": "orgs", "id": ORG}}, "roles": {"data": []}},
    },
    "included": [],
}


class Datadog:
    """A client that gives one answer."""

    def __init__(self, answer):
        self.answer = answer

    def ask(self, call, decode, retry_policy=None):
        assert (call.method, call.full_path) == ("GET", "/api/v2/current_user")
        assert call.action == "read who the credentials belong to"
        return decode(self.answer)


def altered(*place, value=None, remove=False):
    answer = copy.deepcopy(ANSWER)
    inside = answer
    for step in place[:-1]:
        inside = inside[step]
    if remove:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return answer


def test_an_account_and_its_organization():
    assert current_user(Datadog(ANSWER)) == (
        {
            "uuid": UUID,
            "handle": "jane.doe@corp.example",
            "email": "Jane.Smith@corp.example",
            "name": "Jane Smith",
            "service_account": False,
            "disabled": False,
        },
        ORG,
    )


@pytest.mark.parametrize("name", ["handle", "email", "name"])
@pytest.mark.parametrize("change", [{"value": None}, {"value": ""}, {"remove": True}])
def test_an_account_need_not_have_every_text(name, change):
    user = current_user(Datadog(altered("data", "attributes", name, **change))).user

    assert user[name] is None
    assert user["uuid"] == UUID


@pytest.mark.parametrize("name", ["service_account", "disabled"])
@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, False), ("true", False)])
def test_what_is_not_said_to_be_so_is_not(name, value, expected):
    assert current_user(Datadog(altered("data", "attributes", name, value=value))).user[name] is expected


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (("data",), "the answer has no 'data'"),
        (("data", "id"), "data has no 'id'"),
        (("data", "attributes"), "data has no 'attributes'"),
        (("data", "relationships"), "data has no 'relationships'"),
        (("data", "relationships", "org"), "data.relationships has no 'org'"),
        (("data", "relationships", "org", "data"), "data.relationships.org has no 'data'"),
        (("data", "relationships", "org", "data", "id"), "data.relationships.org.data has no 'id'"),
    ],
)
def test_an_answer_without_what_is_asked_for_is_none(place, error):
    with pytest.raises(BadShape) as raised:
        current_user(Datadog(altered(*place, remove=True)))

    assert str(raised.value) == error


@pytest.mark.parametrize("name", ["handle", "email"])
@pytest.mark.parametrize("value", [7, True, ["x"], {}, "\ud800"])
def test_a_text_of_another_type_is_refused(name, value):
    with pytest.raises(BadShape, match=rf"'{name}' of data\.attributes is"):
        current_user(Datadog(altered("data", "attributes", name, value=value)))


@pytest.mark.parametrize("value", [7, ["x"], "\ud800"])
def test_a_name_that_can_not_be_read_is_none(value):
    """Half an emoji, for example: a person's name keeps nobody from being known."""
    assert current_user(Datadog(altered("data", "attributes", "name", value=value))).user["name"] is None
