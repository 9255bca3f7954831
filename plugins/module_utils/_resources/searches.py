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
from .pages import items_of

# API reference: the largest page.
PAGE_SIZE = 100
# A search that has more pages than this goes on forever.
MOST_PAGES = 1000

T = TypeVar("T")


def search(client: Client, call: Call, decode: Callable[[Any], T | None]) -> list[T]:
    """All that ``call`` finds, from all of its pages.

    What is missing here would be taken for absent, and created: so nothing may be missing.

    :param decode: makes a value of the JSON of an item; None for one that can't be read.
    :raises CloudAuthError: a page can't be read, or some are missing.
    """
    found: list[T] = []
    seen = 0
    for number in range(MOST_PAGES):
        params = {**(call.params or {}), "page[size]": PAGE_SIZE, "page[number]": number}
        items, total = client.ask(call._replace(params=params), _page)
        found.extend(value for value in map(decode, items) if value is not None)
        seen += len(items)
        if seen >= total:
            return found
        if not items:
            raise Refused(f"Could not {call.action}: Datadog counts {total:.0f}, but shows only {seen}.")
    raise Refused(f"Could not {call.action}: Datadog keeps sending pages.")


def _page(answer: object) -> tuple[list[Any], float]:
    """The items on one page, and how many the search finds in all (no number: as many as a short page tells)."""
    items = items_of(answer)
    try:
        counts = field(field(answer, "meta", dict, "the answer"), "page", dict, "meta")
        return items, field(counts, "total_filtered_count", int, "meta.page")
    except BadShape:
        return items, 0 if len(items) < PAGE_SIZE else float("inf")
