# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of mappings in pages, which Datadog doesn't document: with a link to the next page, a total, or both."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from .fields import Page, number
from .messages import Request, encode
from .settings import Settings


def body(items: Sequence[bytes], request: Request, settings: Settings) -> bytes:
    """A list: all of the items, or the page that is asked for, if there are pages. Raises Refused."""
    size = settings.list_page
    if size is None:
        return b'{"data":[' + b",".join(items) + b"]}"
    page = Page(number(request, "page[size]", size, 1, size), number(request, "page[number]", 0, 0))
    told = b""
    if settings.list_paging != "total" and page.size * (page.number + 1) < len(items):
        query = urlencode({"page[size]": page.size, "page[number]": page.number + 1})
        told += b',"links":' + encode({"next": f"{request.path}?{query}"})
    if settings.list_paging != "links":
        told += b',"meta":' + encode({"page": {"total_count": len(items)}})
    return b'{"data":[' + b",".join(page.cut(list(items))) + b"]" + told + b"}"
