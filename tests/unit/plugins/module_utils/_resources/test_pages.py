# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that say that they go on: read whole, or refused; never half a list that looks like a whole one."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import Refused
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.answers import BadShape
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Call
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources import pages
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.pages import read_all

PATH = "/api/v2/things"


class Server:
    """A client whose answers depend on the parameters."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    def ask(self, call, decode, retry_policy=None):
        self.calls.append((call.path, call.params, retry_policy))
        return decode(self.answer(call.params or {}))


def things(*numbers, **more):
    return {"data": [{"id": f"id-{number}"} for number in numbers], **more}


def read(answer):
    client = Server(answer)
    return client, [item["id"] for item in read_all(client, Call("GET", PATH, "list the things"), list, "patience")]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"links": None, "meta": None},
        {"links": {"next": None}, "meta": {"page": None}},
        {"links": {"next": ""}, "meta": {"page": {"total_count": 2}}},
        {"links": {"next": 7}, "meta": {"page": {"total_count": "9"}}},
        {"links": [], "meta": []},
        {"links": {"next": {"href": None}}, "meta": {"page": {"total_count": True}}},
    ],
)
def test_most_lists_are_one_page(more):
    client, found = read(lambda params: things(1, 2, **more))

    assert found == ["id-1", "id-2"]
    assert client.calls == [(PATH, None, "patience")]


def test_a_null_is_an_empty_list():
    assert read(lambda params: {"data": None})[1] == []


@pytest.mark.parametrize("answer", [None, [], {}, {"data": {}}])
def test_what_is_no_list_is_refused(answer):
    with pytest.raises(BadShape):
        read(lambda params: answer)


@pytest.mark.parametrize(
    "link",
    [
        f"https://elsewhere.example{PATH}?cursor=x&empty=",
        f"{PATH}?cursor=x&empty=",
        "?cursor=x&empty=",
        {"href": f"https://gateway.example/datadog{PATH}?cursor=x&empty="},
    ],
)
def test_a_link_is_followed_where_the_list_is(link):
    """Whatever host it names: the credentials go where they always go."""
    client, found = read(lambda params: things(2) if params else things(1, links={"next": link}))

    assert found == ["id-1", "id-2"]
    assert client.calls == [(PATH, None, "patience"), (PATH, {"cursor": "x", "empty": ""}, "patience")]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://api.example/api/v2/others?x=y", "leads to another list"),
        ("https://[::1/api", "can't be read"),
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link, words):
    with pytest.raises(BadShape, match=f"the list goes on, but the link to its next page {words}"):
        read(lambda params: things(1, links={"next": link}))


def test_a_link_in_a_circle_is_refused():
    with pytest.raises(BadShape, match="the list goes on at the page that has just been read"):
        read(lambda params: things(1, links={"next": "?cursor=x"}))


def test_a_list_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    counter = iter(range(100))

    with pytest.raises(Refused, match=r"^Could not list the things: Datadog keeps sending pages\.$"):
        read(lambda params: things(number := next(counter), links={"next": f"?cursor={number}"}))
    assert next(counter) == 5


def total(number):
    return {"meta": {"page": {"total_count": number}}}


@pytest.mark.parametrize("first", [0, 1])
def test_without_a_link_pages_are_asked_for_by_number(first):
    """Some count from 0, some from 1."""

    def answer(params):
        begin = 2 * (int(params["page[number]"]) - first) if params else 0
        return things(*range(begin, min(begin + 2, 5)), **total(5))

    client, found = read(answer)

    assert found == [f"id-{number}" for number in range(5)]
    assert client.calls[1] == (PATH, {"page[size]": 2, "page[number]": 1}, "patience")


@pytest.mark.parametrize("later", [(0, 1), ()])
def test_a_total_that_never_comes_is_refused(later):
    with pytest.raises(BadShape, match=r"^the list has 5 items, of which only 2 can be read$"):
        read(lambda params: things(*(later if params else (0, 1)), **total(5)))


def test_a_total_without_any_item_is_refused():
    with pytest.raises(BadShape, match="the list has 5 items, of which only 0 can be read"):
        read(lambda params: things(**total(5)))


class Changing:
    """A list that changes from request to request, and then no longer."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def __call__(self, params):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


WHOLE = things(1, 2, 3, 4, **total(4))


def test_what_has_moved_to_a_page_that_was_read_is_read_again():
    """The second page repeats 2: whatever moved to the first one in its place was seen on none."""
    changing = Changing(things(1, 2, **total(4)), things(2, 3, **total(4)), things(**total(4)), WHOLE)

    client, found = read(changing)

    assert found == ["id-1", "id-2", "id-3", "id-4"]
    assert client.calls[-1] == (PATH, None, "patience")


def test_what_is_gone_from_a_page_that_was_read_may_have_hidden_another_one():
    changing = Changing(things(0, 1, **total(5)), things(3, 4, **total(4)), WHOLE)

    assert read(changing)[1] == ["id-1", "id-2", "id-3", "id-4"]


def test_pages_that_never_fit_together_are_refused():
    answers = [things(1, 2, **total(5)), things(3, 4, **total(4))] * pages.READINGS

    with pytest.raises(BadShape, match=r"^Datadog counts 5 on one page, 4 on the next$"):
        read(Changing(*answers))


def test_the_same_id_twice_counts_as_two_of_the_total():
    assert read(lambda params: things(1, 1, **total(2)))[1] == ["id-1", "id-1"]


def test_items_without_an_id_are_items():
    client = Server(lambda params: {"data": [None, 7]})

    assert read_all(client, Call("GET", PATH, "list the things"), list) == [None, 7]
