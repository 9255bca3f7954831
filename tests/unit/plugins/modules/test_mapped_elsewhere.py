# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mapping that leads to another account than the wanted one: it is taken back, and told."""

from __future__ import annotations

from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import response
from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import (
    KEY,
    OTHER_SAM,
    SAM,
    datadog,
    held,
    on,
    past,
    present,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import (
    ACCOUNTS,
    BOB,
    JANE,
    OMAR,
)


@pytest.mark.parametrize("times", [0, 2])
def test_a_creation_that_leads_to_another_account_is_taken_back(times):
    """Datadog takes the text for another account's email before it looks at handles."""
    api = datadog(accounts=[SAM, OTHER_SAM, *ACCOUNTS], trouble=on("DELETE", *range(times)))
    api._account = lambda identifier: SAM if identifier == "sam@corp.example" else None

    ended = run(api, present(OTHER_SAM))

    assert ended.failed
    assert "Datadog mapped it to another account" in ended["msg"]
    assert not held(api)


@pytest.mark.parametrize(
    ("before", "lost", "wanted"), [(None, 0, OTHER_SAM), (JANE, 1, OTHER_SAM), (OTHER_SAM, 2, OMAR)]
)
def test_a_lost_creation_that_leads_to_another_account_is_not_blamed_on_somebody(before, lost, wanted):
    """Of a creation, of a replacement, of a rescue: the request was executed, and its answer was lost."""
    api = datadog(accounts=[SAM, OTHER_SAM, *ACCOUNTS], trouble=on("POST", lost, trouble="lost, executed"))
    if before:
        past(api, KEY, before, age=1000)
    accounts = {OTHER_SAM.handle: SAM, JANE.handle: JANE}
    api._account = accounts.get

    ended = run(api, present(wanted))

    [wrong] = list(api.now.values())
    assert ended.failed
    assert ended["changed"] is True
    assert wrong.account == SAM
    assert wrong.id in ended["msg"]
    assert "somebody else has mapped" not in ended["msg"]


@pytest.mark.parametrize("users", ["forbidden", "unknown"])
def test_what_a_list_shows_of_an_account_that_can_not_be_told_is_not_taken_for_the_own(users):
    """The 201 would stand; but there was none."""
    api = datadog(trouble=on("POST", 0, trouble="lost, not executed"), accounts=[BOB])
    if users == "forbidden":
        api._users = lambda prepared, _text: response(prepared, 403, b'{"errors": ["Forbidden"]}')
    api.before["POST", 0] = lambda: api.map(KEY, BOB)

    ended = run(api, present(OMAR))

    assert ended.failed
    assert held(api) == [BOB.handle]


def test_a_rescue_that_leads_elsewhere_is_no_rescue():
    api = datadog(accounts=[SAM, OTHER_SAM, OMAR])
    past(api, KEY, OTHER_SAM, age=1000)
    api._account = lambda identifier: SAM if identifier == "sam@corp.example" else None

    ended = run(api, present(OMAR))

    assert ended.failed
    assert ended["lost_mapping"]["account_uuid"] == OTHER_SAM.uuid
    assert not held(api)


@pytest.mark.parametrize("refused", [1, 7])
def test_what_a_rescue_has_created_for_another_account_is_removed_however_long_it_takes(refused):
    """The first removal is the replacement's own, those after it are refused."""
    api = datadog(accounts=[SAM, OTHER_SAM, OMAR], trouble=on("DELETE", *range(1, 1 + refused), trouble="429"))
    past(api, KEY, OTHER_SAM, age=1000)
    leads_to = {OMAR.handle: SAM, OTHER_SAM.handle: OTHER_SAM}
    api._account = leads_to.get

    ended = run(api, present(OMAR, retries=0))

    assert ended.failed
    assert "somebody else" not in ended["msg"]
    assert held(api) == [OTHER_SAM.handle]
    assert "has been put back" in ended["msg"]


def test_what_can_not_be_removed_again_is_told_with_its_id():
    api = datadog(accounts=[SAM, OTHER_SAM, OMAR], trouble=on("DELETE", *range(1, 1000), trouble="429"))
    past(api, KEY, OTHER_SAM, age=1000)
    api._account = {OMAR.handle: SAM}.get

    ended = run(api, present(OMAR, retries=0))

    [wrong] = list(api.now.values())
    assert ended.failed
    assert wrong.account == SAM
    assert "somebody else" not in ended["msg"]
    assert f"leads to {SAM.handle} and could not be removed. Remove it by its ID, {wrong.id}." in ended["msg"]


@pytest.mark.parametrize(
    ("trouble", "words"), [("lost, not executed", "may not have been removed: "), ("429", "could not be removed: ")]
)
def test_a_creation_that_leads_elsewhere_and_is_not_removed_is_told(trouble, words):
    api = datadog(accounts=[SAM, OTHER_SAM], trouble=on("DELETE", *range(100), trouble=trouble))
    api._account = {OTHER_SAM.handle: SAM}.get

    ended = run(api, present(OTHER_SAM, retries=0))

    [wrong] = list(api.now.values())
    assert ended.failed
    assert ended["changed"] is True
    assert f"The mapping with the ID {wrong.id} {words}" in ended["msg"]


def test_an_error_of_our_own_is_no_reason_to_send_a_removal_again():
    api = datadog(accounts=[SAM, OTHER_SAM])
    api._account = {OTHER_SAM.handle: SAM}.get
    api._delete = mock.Mock(side_effect=RuntimeError("a bug"))

    ended = run(api, present(OTHER_SAM))

    assert ended.failed
    assert "may not have been removed: Unexpected error: RuntimeError" in ended["msg"]
    assert api._delete.call_count == 1
