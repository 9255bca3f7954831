# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request to the API, and where requests go: the values that the modules of this package share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .._errors import RequestFailed

if TYPE_CHECKING:
    from .credentials import Credentials


def no_advice(_error: RequestFailed) -> str:
    """Nothing to say about an error but what holds for all of them."""
    return ""


class Call(NamedTuple):
    """A request to the API.

    :ivar path: the path of the endpoint, without the ID of an item.
    :ivar action: what the request does, to complete "Could not ...": "list the persona mappings".
    :ivar advise: what to do about an error of this call: sentences, or an empty string for nothing to say.
    :ivar item: the ID of the item that the request is about, not encoded.
    :ivar headers: instead of those that log in; None for the usual ones.
    :ivar done_by: the one status that says that the request was executed; None for all of 2xx.
    """

    method: str
    path: str
    action: str
    advise: Callable[[RequestFailed], str] = no_advice
    item: str | None = None
    params: dict[str, str | int] | None = None
    body: dict[str, Any] | None = None
    headers: dict[str, str] | None = None
    done_by: int | None = None

    @property
    def full_path(self) -> str:
        """The path on the wire."""
        if self.item is None:
            return self.path
        from urllib.parse import quote

        return f"{self.path}/{quote(self.item, safe='')}"

    @property
    def is_login(self) -> bool:
        """Whether the request logs in, so that it carries headers of its own instead of a login."""
        return self.headers is not None

    @property
    def writes(self) -> bool:
        """Whether the request changes something in Datadog if it is executed. A login does not."""
        return self.method != "GET" and not self.is_login

    @property
    def endpoint(self) -> str:
        """What Datadog counts requests by, as far as that can be told before the first answer."""
        return f"{self.method} {self.path}"


class Answer(NamedTuple):
    """What came back: any status, and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type that the answer claims to have."""
        return str(self.headers.get("Content-Type", ""))

    @property
    def may_be_cut(self) -> bool:
        """Whether JSON that can't be read may have lost its end: nothing has told how long the body is."""
        told = "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        return not told and self.body.lstrip()[:1] in (b"{", b"[")


class Connection:
    """Where and how to reach Datadog.

    :param base_url: the API's base URL without a trailing slash.
    :param credentials: how requests log in.
    :param set_by: what has set the URL, for messages: "site", "DATADOG_HOST".
    :param verify: whether to check TLS certificates, or the path of a file or folder of authorities.
    :param timeout: seconds to wait for a connection, and for each piece of an answer.
    :param retries: how often a request is sent again after a fault that may pass.
    :param site_advice: what to do if nobody knows the host, for a site that is not known either; else an empty text.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        set_by: str = "api_url",
        verify: bool | str = True,
        timeout: int = 30,
        retries: int = 5,
        site_advice: str = "",
    ) -> None:
        self.base_url = base_url
        self.site_advice = site_advice
        self.credentials = credentials
        self.set_by = set_by
        self.verify = verify
        self.timeout = timeout
        self.retries = retries

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r})"

    @property
    def host(self) -> str:
        """The host (and port) that is asked."""
        return self.base_url.split("/")[2]
