# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches of users and roles, whose results come in numbered pages: read whole, or not at all."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from .._errors import Refused
from .._http.answers import BadShape, field
from .._http.call import Call
from .._http.client import Client
from .pages import READINGS, Count, items_of

# API reference: the largest page.
PAGE_SIZE = 100
# A search that has more pages than this goes on forever.
MOST_PAGES = 1000

T = TypeVar("T")


def search(client: Client, call: Call, decode: Callable[[list[Any]], list[T]]) -> list[T]:
    """All that ``call`` finds, from all of its pages.

    What is missing here would be taken for absent, and created: so nothing may be missing. What moves from one page to
    another while they are read may be missing on both, so then all are read again.

    :param decode: makes values of the JSON of the items on a page, but for those that can't be read.
    :raises CloudAuthError: a page can't be read, or some are missing.
    """
    error = ""
    for _reading in range(READINGS):
        found, error = _read(client, call, decode)
        if not error:
            return found
    raise Refused(f"Could not {call.action}: {error}.")


def _read(client: Client, call: Call, decode: Callable[[list[Any]], list[T]]) -> tuple[list[T], str]:
    """What the pages show, read once, and the clause that says why that is not all; empty if it is."""
    found: list[T] = []
    count = Count()
    for number in range(MOST_PAGES):
        params = {**(call.params or {}), "page[size]": PAGE_SIZE, "page[number]": number}
        items, values, total = client.ask(call._replace(params=params), lambda answer: _page(answer, decode))
        found.extend(values)
        is_new = count.add(items)
        changed = count.changed_to(total)
        if changed:
            return found, f"Datadog {changed}"
        if len(items) < PAGE_SIZE if total is None else count.seen >= total:
            return found, ""
        if not is_new:
            if total is None:
                break
            return found, f"Datadog counts {total}, but shows only {count.seen}"
    raise Refused(f"Could not {call.action}: Datadog keeps sending pages.")


def _page(answer: object, decode: Callable[[list[Any]], list[T]]) -> tuple[list[Any], list[T], int | None]:
    """The items on one page, their values, and how many the search finds in all (None: as a short page tells)."""
    items = items_of(answer)
    values = decode(items)
    try:
        counts = field(field(answer, "meta", dict, "the answer"), "page", dict, "meta")
        return items, values, field(counts, "total_filtered_count", int, "meta.page")
    except BadShape:
        return items, values, None
