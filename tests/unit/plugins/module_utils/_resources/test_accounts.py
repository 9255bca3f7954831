# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking accounts up: exactly one answer to "which account is that", whatever the search finds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import ApiError, Forbidden, Refused
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.answers import BadShape
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.accounts import Accounts
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping

UUIDS = [f"12bbdc5c-5966-47e0-8733-{number:012}" for number in range(300)]


def user(number, email, handle=None, **attributes):
    return {
        "id": UUIDS[number],
        "type": "users",
        "attributes": {"handle": email if handle is None else handle, "email": email, **attributes},
    }


class Pages:
    """A client that answers with one page after the other, and remembers what it was asked."""

    def __init__(self, *pages):
        self.pages = list(pages)
        self.calls = []

    def ask(self, call, decode, retry_policy=None):
        self.calls.append(call)
        threading.Event().wait(0.001)  # Another thread has its turn.
        return decode(self.pages[call.params["page[number]"]])


def page(*users, total=None):
    meta = {} if total is None else {"meta": {"page": {"total_count": 999, "total_filtered_count": total}}}
    return {"data": list(users), **meta}


JANE = user(1, "jane.doe@corp.example")
MARY_JANE = user(2, "mary.jane.doe@corp.example")
RENAMED = user(3, "jane.smith@corp.example", "jane.miller@corp.example")
SERVICE = user(4, "ci@corp.example", UUIDS[4])


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        ("jane.doe@corp.example", 1),
        ("Jane.Doe@Corp.Example", 1),
        ("jane.smith@corp.example", 3),
        ("jane.miller@corp.example", 3),
        ("ci@corp.example", 4),
        (UUIDS[4], 4),
        (UUIDS[1].upper().replace("-", ""), 1),
    ],
)
def test_an_account_is_found_by_its_exact_email_handle_or_id(identifier, number):
    account = Accounts(Pages(page(MARY_JANE, JANE, RENAMED, SERVICE, total=4))).find(identifier)

    assert account.uuid == UUIDS[number]
    assert account.disabled is False


@pytest.mark.parametrize("identifier", ["jane", "doe@corp.example", "corp.example", UUIDS[9]])
def test_a_mere_part_of_a_name_names_nobody(identifier):
    hits = page(MARY_JANE, JANE, RENAMED, SERVICE, user(5, "", ""), total=5)

    assert Accounts(Pages(hits)).find(identifier) is None


def test_each_account_is_looked_up_once_in_any_case():
    client = Pages(page(JANE, total=1))
    accounts = Accounts(client)

    assert accounts.find("jane.doe@corp.example") == accounts.find("JANE.DOE@corp.example")
    assert accounts.find("nobody@corp.example") is accounts.find("nobody@corp.example") is None
    assert [call.params["filter"] for call in client.calls] == ["jane.doe@corp.example", "nobody@corp.example"]


def test_threads_that_ask_at_the_same_time_share_one_look_up():
    waiting = threading.Barrier(8, timeout=30)
    client = Pages(page(JANE, total=1))
    accounts = Accounts(client)

    def find(number):
        waiting.wait()
        return accounts.find("Jane.Doe@corp.example" if number % 2 else "jane.doe@corp.example")

    with ThreadPoolExecutor(8) as pool:
        assert {account.uuid for account in pool.map(find, range(8))} == {UUIDS[1]}
    assert len(client.calls) == 1


def test_a_uuid_is_searched_for_in_its_canonical_spelling():
    client = Pages(page(SERVICE, total=1))

    Accounts(client).find(UUIDS[4].upper().replace("-", ""))

    assert client.calls[0].params == {"filter": UUIDS[4], "page[size]": 100, "page[number]": 0}
    assert client.calls[0].method == "GET"


def test_a_handle_goes_before_an_email():
    first, second = user(1, "new@corp.example", "old@corp.example"), user(2, "old@corp.example", "other@corp.example")

    assert Accounts(Pages(page(second, first, total=2))).find("old@corp.example").uuid == UUIDS[1]


def test_an_email_of_several_accounts_is_refused():
    hits = page(user(1, "ci@corp.example", UUIDS[1]), user(2, "ci@corp.example", UUIDS[2]), total=2)

    with pytest.raises(Refused, match=r"2 Datadog accounts have the email ci@corp\.example") as refused:
        Accounts(Pages(hits)).find("ci@corp.example")

    assert f"{UUIDS[1]}, {UUIDS[2]}" in str(refused.value)


def test_an_account_that_one_page_shows_twice_is_one_account():
    assert Accounts(Pages(page(JANE, JANE, total=2))).find("jane.doe@corp.example").uuid == UUIDS[1]


def test_an_account_that_two_pages_show_takes_the_place_of_another_one():
    client = Pages(page(JANE, total=2), page(JANE, total=2))

    with pytest.raises(Refused, match=r"Datadog counts 2, but shows only 1\.$"):
        Accounts(client).find("mary.jane.doe@corp.example")


@pytest.mark.parametrize("total", [None, 102])
def test_the_account_may_be_on_a_later_page(total):
    first = page(*(user(number, f"x{number}.jane.doe@corp.example") for number in range(100, 200)), total=total)
    client = Pages(first, page(MARY_JANE, JANE, total=total))

    assert Accounts(client).find("jane.doe@corp.example").uuid == UUIDS[1]
    assert len(client.calls) == 2


@pytest.mark.parametrize("total", [None, 0, 1])
def test_a_search_ends_with_its_last_page(total):
    client = Pages(page(JANE, total=total))

    Accounts(client).find("jane.doe@corp.example")

    assert len(client.calls) == 1


def test_half_of_what_a_search_finds_is_not_enough():
    client = Pages(page(JANE, total=7), page(total=7))

    with pytest.raises(
        Refused, match=r"^Could not look up the account jane\.doe@.*: Datadog counts 7, but shows only 1"
    ):
        Accounts(client).find("jane.doe@corp.example")


def test_a_search_whose_size_is_not_told_ends_with_an_empty_page():
    full = page(*(user(number, f"x{number}@corp.example") for number in range(100)))

    assert Accounts(Pages(full, {"data": None})).find("jane.doe@corp.example") is None


@pytest.mark.parametrize("meta", [None, [], {}, {"page": None}, {"page": {}}, {"page": {"total_filtered_count": "7"}}])
def test_a_total_of_another_shape_counts_as_missing(meta):
    client = Pages({"data": [JANE], "meta": meta})

    assert Accounts(client).find("jane.doe@corp.example").uuid == UUIDS[1]
    assert len(client.calls) == 1


def test_a_disabled_account_is_known_for_one():
    assert Accounts(Pages(page(user(1, "a@corp.example", disabled=True)))).find("a@corp.example").disabled is True


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Jane Doe", "Jane Doe"), ("", None), (None, None), (7, None), (["x"], None)],
)
def test_an_account_may_have_a_name(name, shown):
    assert Accounts(Pages(page(user(1, "a@corp.example", name=name)))).find("a@corp.example").name == shown


def test_people_read_the_handle_of_a_person_and_the_email_of_a_service_account():
    accounts = Accounts(Pages(page(JANE, RENAMED, SERVICE, total=3)))

    assert str(accounts.find("jane.smith@corp.example")) == "jane.miller@corp.example"
    assert str(accounts.find(UUIDS[4])) == f"ci@corp.example ({UUIDS[4]})"


def test_a_service_account_without_an_email_is_known_by_its_uuid():
    accounts = Accounts(Pages(page(user(4, None, UUIDS[4]))))

    assert str(accounts.find(UUIDS[4])) == UUIDS[4]


@pytest.mark.parametrize("missing", [{"handle": None}, {"email": None}])
def test_hits_may_lack_a_handle_or_an_email(missing):
    odd = user(7, "x@corp.example")
    odd["attributes"].update(missing)
    bare = {"id": UUIDS[8], "attributes": {}}

    assert Accounts(Pages(page(odd, bare, JANE, total=3))).find("jane.doe@corp.example").uuid == UUIDS[1]
    assert Accounts(Pages(page(odd, bare, JANE, total=3))).find("x@corp.example").uuid == UUIDS[7]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], "the answer is a list"),
        ({"data": {}}, "'data' of the answer is an object"),
        ({"data": [1]}, "none of the accounts in the answer has an ID"),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(answer, error):
    with pytest.raises(BadShape, match=error):
        Accounts(Pages(answer)).find("jane.doe@corp.example")


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {},
        {"id": UUIDS[9]},
        {"id": UUIDS[9], "attributes": None},
        {"id": None, "attributes": {"email": "jane.doe@corp.example"}},
        {"id": UUIDS[9], "attributes": {"email": ["jane.doe@corp.example"], "handle": 7, "name": {}}},
    ],
)
def test_an_odd_user_is_no_obstacle(odd):
    assert Accounts(Pages(page(odd, JANE, total=2))).find("jane.doe@corp.example").uuid == UUIDS[1]


def test_a_null_is_an_empty_list():
    assert Accounts(Pages({"data": None})).find("jane.doe@corp.example") is None


@pytest.mark.parametrize(
    ("account", "uuid", "is_its"),
    [
        ("ci@corp.example", UUIDS[4], True),
        ("other@corp.example", UUIDS[4], True),
        (None, UUIDS[4], True),
        ("ci@corp.example", None, False),
        (UUIDS[4], None, True),
        (None, None, False),
    ],
)
def test_a_mapping_is_of_an_account_by_the_uuid_or_else_by_the_handle(account, uuid, is_its):
    found = Accounts(Pages(page(user(4, "ci@corp.example", "ci-handle" if uuid else UUIDS[4])))).find("ci@corp.example")

    assert found.is_of(AuthMapping("id-1", "pattern", account, uuid)) is is_its


def test_a_look_up_that_is_forbidden_names_the_permission():
    client = Pages(page())
    Accounts(client).find("jane.doe@corp.example")
    call = client.calls[0]

    assert call.action == "look up the account jane.doe@corp.example"
    assert "user_access_read" in call.advise(Forbidden("", 403))
    assert call.advise(ApiError("", 500)) == ""
