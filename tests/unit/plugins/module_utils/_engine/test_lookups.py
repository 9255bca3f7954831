# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Users API tells about the accounts of a plan: each asked for once, and named as people know it."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.lookups import Lookups
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import (
    Create,
    Plan,
    Remove,
    Replace,
    Unwanted,
    Wanted,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.prediction import predict
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.step_result import WriteState
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    Forbidden,
    NoAnswer,
    Refused,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping

JANE, JANE_UUID = "jane.doe@corp.example", "12bbdc5c-5966-47e0-8733-285f9e44bcf4"
CI, CI_EMAIL = "9d9c0565-a0ae-11ed-88af-be56a8628f3f", "ci@corp.example"
USERS = [
    {"id": JANE_UUID, "attributes": {"handle": JANE, "email": "Jane.Smith@corp.example"}},
    {"id": CI, "attributes": {"handle": CI, "email": CI_EMAIL}},
    {"id": CI.replace("9", "8"), "attributes": {"handle": "gone@corp.example", "email": "", "disabled": True}},
]
JANES = AuthMapping("1", "pattern", JANE, JANE_UUID)
CIS = AuthMapping("2", "other", CI, CI)


class Datadog:
    """A client that finds all users, whatever is asked, or raises."""

    def __init__(self, error=None):
        self.error = error
        self.asked = []

    def ask(self, call, decode, retry_policy=None):
        self.asked.append(call.params["filter"])
        if self.error:
            raise self.error
        return decode({"data": USERS})


def lookups(error=None, concurrency=4):
    client, warnings = Datadog(error), []
    return Lookups(client, concurrency, warnings), client, warnings


def test_an_account_that_was_found_is_named_as_people_know_it():
    found, _client, _warnings = lookups()
    found.find("Jane.Smith@corp.example")
    found.find(CI_EMAIL.upper())
    found.find("nobody@corp.example")

    assert found.label("jane.smith@corp.example") == found.label(JANE_UUID) == JANE
    assert found.label(CI_EMAIL) == found.label(CI.upper()) == f"{CI_EMAIL} ({CI})"
    assert found.label("nobody@corp.example") == "nobody@corp.example"
    assert found.label("gone@corp.example") == "gone@corp.example"


@pytest.mark.parametrize(
    ("identifier", "mapping", "same", "asked"),
    [
        (JANE.upper(), JANES, True, []),
        (JANE_UUID, JANES, True, []),
        ("jane.smith@corp.example", JANES, True, ["jane.smith@corp.example"]),
        (CI_EMAIL, CIS, True, [CI_EMAIL]),
        (CI_EMAIL, JANES, False, [CI_EMAIL]),
        (CI, JANES, False, []),
        (JANE_UUID.upper(), CIS, False, []),
        ("nobody@corp.example", JANES, False, ["nobody@corp.example"]),
    ],
)
def test_whether_an_account_is_that_of_a_mapping(identifier, mapping, same, asked):
    found, client, _warnings = lookups()

    assert found.same(identifier, mapping) is same
    assert found.same(identifier, mapping) is same
    assert client.asked == asked


def test_what_is_looked_up_ahead_is_not_looked_up_again():
    found, client, warnings = lookups()

    found.look_up([(CI_EMAIL, CIS), (CI_EMAIL, JANES), ("gone@corp.example", JANES)])

    assert sorted(client.asked) == [CI_EMAIL, "gone@corp.example"]
    assert found.same(CI_EMAIL, CIS)
    assert len(client.asked) == 2
    [warning] = warnings
    assert warning.startswith(
        "The Datadog account gone@corp.example is disabled: nobody can act as it at present. Enable"
    )


def test_who_may_not_read_users_is_told_what_to_write_instead():
    found, _client, _warnings = lookups(Forbidden("Could not look it up.", 403, ["Forbidden"]))

    with pytest.raises(
        Refused, match=r"write account_identifier as Datadog has it, jane\.doe.*has been changed\.$"
    ) as error:
        found.look_up([(CI_EMAIL, JANES)])
    assert error.value.facts == {"http_status": 403, "errors": ["Forbidden"]}
    with pytest.raises(Refused, match=r"write its UUID\.$"):
        found.same(CI_EMAIL, JANES)


def test_other_failures_are_told_as_they_are():
    found, _client, _warnings = lookups(NoAnswer("Lost."))

    with pytest.raises(NoAnswer, match=r"^Lost\.$"):
        found.look_up([(CI_EMAIL, JANES)])


# --- what check mode reports by them


def predicted(found, warnings, *steps):
    return predict(Plan(list(steps), [], []), found, 4, warnings)


def test_each_step_is_foretold_with_the_account_that_datadog_has_for_it():
    found, client, warnings = lookups()
    steps = [
        Remove(CIS, Unwanted(CIS.key)),
        Replace(JANES, Wanted("pattern", CI_EMAIL)),
        Create(Wanted("new", CI_EMAIL.upper())),
    ]

    step_results = predicted(found, warnings, *steps)

    assert [step_result.step for step_result in step_results] == steps
    assert [step_result.mapping for step_result in step_results] == [
        None,
        AuthMapping("", "pattern", CI, CI),
        AuthMapping("", "new", CI, CI),
    ]
    assert all(step_result.states == [WriteState.DONE] and not step_result.error for step_result in step_results)
    assert set(client.asked) == {CI_EMAIL}
    assert warnings == []


def test_without_accounts_nothing_is_looked_up():
    found, client, warnings = lookups()

    [step_result] = predicted(found, warnings, Create(Wanted("new")))

    assert step_result.changed
    assert client.asked == []


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("nobody@corp.example", "Datadog has no account with the email, handle or ID nobody@corp.example"),
        ("gone@corp.example", "the Datadog account gone@corp.example is disabled"),
        (
            JANE_UUID.upper(),
            f"is the UUID of a person, which Datadog does not accept. Write the handle instead: {JANE}",
        ),
    ],
)
def test_what_datadog_would_refuse_is_a_failure(identifier, words):
    found, _client, warnings = lookups()

    [step_result] = predicted(found, warnings, Create(Wanted("new", identifier)))

    assert not step_result.changed
    with pytest.raises(Refused, match=words):
        raise step_result.error
    assert str(step_result.error).startswith("account_identifier: ")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Forbidden("No.", 403), ", because the credentials may not read users (user_access_read). "),
        (NoAnswer("No."), ": No. "),
    ],
)
def test_accounts_that_can_not_be_read_are_warned_of_once(error, reason):
    found, _client, warnings = lookups(error)
    steps = [Create(Wanted(f"{number}", f"{number}@corp.example")) for number in range(5)]

    step_results = predicted(found, warnings, *steps)

    assert all(step_result.changed and not step_result.error for step_result in step_results)
    [warning] = warnings
    assert warning.startswith(f"Whether Datadog has the accounts of new mappings could not be checked{reason}")
    assert warning.endswith("The real run does not need this check.")


def test_a_mapping_of_which_datadog_shows_no_account_is_nobodys():
    found, client, _warnings = lookups()

    assert found.is_account_of("ci@corp.example", AuthMapping("id-1", "pattern")) is False
    assert not client.asked
