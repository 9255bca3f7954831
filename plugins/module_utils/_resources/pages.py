# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole lists: all pages of a list that says that it goes on, or an error.

Datadog documents no paging for mappings. But half a list that is taken for a whole one looks as if mappings were gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._errors import Refused
from .._http.answers import BadShape, field
from .._http.call import Call
from .._http.client import Client

if TYPE_CHECKING:
    from .._http.retries import RetryPolicy

# A list that has more pages than this goes on forever.
MOST_PAGES = 1000
# How often pages that don't fit together are read, before that is an error.
READINGS = 4

T = TypeVar("T")


def read_all(
    client: Client, call: Call, decode: Callable[[list[Any]], list[T]], retry_policy: RetryPolicy | None = None
) -> list[T]:
    """The items of the list that answers ``call``, from all of its pages.

    :param decode: makes the items of a page of their JSON.
    :raises CloudAuthError: a page can't be read, or the list goes on in a way that can't be followed.
    """
    pages = _Pages(call, decode)
    while pages.call and pages.count < MOST_PAGES:
        client.ask(pages.call, pages.add, retry_policy)
    if pages.call:
        raise Refused(f"Could not {call.action}: Datadog keeps sending pages.")
    return pages.items


class Count:
    """How many items the pages of one list have shown.

    :ivar seen: that number. What an earlier page has shown counts once: its second place is that of another item, which
        has moved to a page that was read before.
    """

    def __init__(self) -> None:
        self.seen = 0
        self._ids: set[str] = set()
        self._total: int | None = None

    def add(self, page: list[Any]) -> bool:
        """Count the items of ``page``; whether one of them is new. Those without an ID are if another one is, or if no
        earlier page had such."""
        ids = [str(item.get("id") or "") if isinstance(item, dict) else "" for item in page]
        is_new = not self._ids.issuperset(ids)
        if is_new:
            self.seen += sum(not item_id or item_id not in self._ids for item_id in ids)
            self._ids.update(ids)
        return is_new

    def changed_to(self, total: int | None) -> str:
        """The clause that says that pages differ in how many items the list has; empty if they don't."""
        before, self._total = self._total, total
        return "" if None in (before, total) or before == total else f"counts {before} on one page, {total} on the next"


class _Pages:
    """The pages of one list, and the request for the next one.

    :ivar call: that request; None after the last page.
    :ivar items: what has come so far.
    :ivar count: how many pages have come.
    """

    def __init__(self, call: Call, decode: Callable[[list[Any]], list[Any]]) -> None:
        self.call: Call | None = call
        self.count = 0
        self._first = call
        self._decode = decode
        self._readings = 0
        self._begin()

    def _begin(self) -> None:
        self.items: list[Any] = []
        self._readings += 1
        self._counted = Count()
        self._size = 0
        self._number = 0

    def add(self, answer: object) -> None:
        """Read one page.

        :raises BadShape: it is no page, or the list goes on in a way that can't be followed.
        """
        page = items_of(answer)
        items = self._decode(page)
        is_new = self._counted.add(page)
        self.count += 1
        if is_new:
            self.items += items
        self.call = self._call_after(answer, len(page), is_new=is_new)

    def _call_after(self, answer: object, size: int, *, is_new: bool) -> Call | None:
        total = _total(answer)
        changed = self._counted.changed_to(total)
        if changed:
            return self._again(f"Datadog {changed}")
        link = _next_link(answer)
        if link:
            params = _params_of(link, self._first)
            if self.call and params == self.call.params:
                raise BadShape("the list goes on at the page that has just been read")
            return self._first._replace(params=params)
        seen = self._counted.seen
        if total is None or total <= seen:
            return None
        # Where no link leads on, pages may be asked for by their numbers. The first one is number 0 or number 1.
        self._size = self._size or size
        if not self._size or not (is_new or self._number == 1):
            return self._again(f"the list has {total} items, of which only {seen} can be read")
        self._number += 1
        return self._first._replace(params={"page[size]": self._size, "page[number]": self._number})

    def _again(self, clause: str) -> Call:
        """The first request once more: what moves from page to page while they are read may be missing on all.

        :raises BadShape: ``clause``, after so many readings.
        """
        if self._readings == READINGS:
            raise BadShape(clause)
        self._begin()
        return self._first


def items_of(answer: object) -> list[Any]:
    """The items of a list. A null is an empty list."""
    if isinstance(answer, dict) and "data" in answer and answer["data"] is None:
        return []
    return field(answer, "data", list, "the answer")


def _next_link(answer: object) -> str:
    """Where the list goes on, or an empty text."""
    links = answer.get("links") if isinstance(answer, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if isinstance(link, dict):  # JSON:API allows either.
        link = link.get("href")
    return link if isinstance(link, str) else ""


def _params_of(link: str, call: Call) -> dict[str, str | int]:
    """The parameters in ``link``. Nothing else of it is used: the credentials go where they always go."""
    from urllib.parse import parse_qsl, urlsplit

    try:
        parts = urlsplit(link)
    except ValueError:
        raise BadShape("the list goes on, but the link to its next page can't be read") from None
    if parts.path and not parts.path.endswith(call.path):
        raise BadShape("the list goes on, but the link to its next page leads to another list")
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _total(answer: object) -> int | None:
    """How many items the list says that it has, or None if it doesn't say."""
    meta = answer.get("meta") if isinstance(answer, dict) else None
    page = meta.get("page") if isinstance(meta, dict) else None
    total = page.get("total_count") if isinstance(page, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None
