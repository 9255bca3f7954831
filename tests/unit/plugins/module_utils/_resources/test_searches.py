# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches are read whole, or refused: what moves from page to page meanwhile is never taken for missing."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import Refused
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Call
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources import searches
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.pages import READINGS
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.searches import search

CALL = Call("GET", "/api/v2/things", "list the things", params={"filter": "x"})


class Server:
    """A client with one page after the other, whatever number is asked for; the last one again and again."""

    def __init__(self, *pages):
        self.pages = list(pages)
        self.numbers = []

    def ask(self, call, decode, retry_policy=None):
        self.numbers.append(call.params["page[number]"])
        return decode(self.pages.pop(0) if len(self.pages) > 1 else self.pages[0])


def page(*ids, total=None):
    meta = {} if total is None else {"meta": {"page": {"total_filtered_count": total}}}
    return {"data": [{"id": thing} for thing in ids], **meta}


def ids_of(items):
    return [item["id"] for item in items]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(searches, "PAGE_SIZE", 2)


def test_what_has_moved_to_a_page_that_was_read_is_read_again():
    """Page 1 repeats b: whatever moved to page 0 in its place was seen on none."""
    client = Server(
        page("a", "b", total=4),
        page("b", "c", total=4),
        page(total=4),
        page("d", "a", total=4),
        page("b", "c", total=4),
    )

    assert search(client, CALL, ids_of) == ["d", "a", "b", "c"]
    assert client.numbers == [0, 1, 2, 0, 1]


def test_what_is_gone_from_a_page_that_was_read_may_have_hidden_another_one():
    """After a has gone, c is on page 0, which has been read: as many come as are counted, but not all."""
    client = Server(page("a", "b", total=4), page("d", total=3), page("b", "c", total=3), page("d", total=3))

    assert search(client, CALL, ids_of) == ["b", "c", "d"]
    assert client.numbers == [0, 1, 0, 1]


def test_pages_that_never_fit_together_are_refused():
    client = Server(*[page("a", "b", total=3), page("b", total=3)] * READINGS)

    with pytest.raises(Refused, match=r"^Could not list the things: Datadog counts 3, but shows only 2\.$"):
        search(client, CALL, ids_of)
    assert client.numbers == [0, 1] * READINGS


def test_a_number_that_changes_from_page_to_page_is_refused():
    client = Server(*[page("a", "b", total=3), page("c", total=4)] * READINGS)

    with pytest.raises(Refused, match=r": Datadog counts 3 on one page, 4 on the next\.$"):
        search(client, CALL, ids_of)


@pytest.mark.parametrize("total", [None, 10**9])
def test_a_search_without_end_is_refused(monkeypatch, total):
    monkeypatch.setattr(searches, "MOST_PAGES", 5)
    client = Server(*[page(f"a{number}", f"b{number}", total=total) for number in range(9)])

    with pytest.raises(Refused, match=r"^Could not list the things: Datadog keeps sending pages\.$"):
        search(client, CALL, ids_of)
    assert client.numbers == list(range(5))


def test_the_same_page_for_every_number_ends_soon():
    client = Server(page("a", "b"))

    with pytest.raises(Refused, match=r"keeps sending pages\.$"):
        search(client, CALL, ids_of)
    assert client.numbers == [0, 1]


def test_what_one_page_shows_twice_counts_twice():
    assert search(Server(page("a", "a", total=3), page("b", total=3)), CALL, ids_of) == ["a", "a", "b"]


def test_items_without_an_id_count():
    client = Server(page("a", "", total=4), page("b", "", total=4))

    assert search(client, CALL, ids_of) == ["a", "", "b", ""]
