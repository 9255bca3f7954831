# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials: what a request carries so that Datadog knows who sends it. One class for each way to log in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Callable

from .._secrets import hide

# Given by the client: sends a POST with an empty body to a path, with these headers; the last argument completes
# "Could not ...". Returns the JSON of the answer, or raises a CloudAuthError.
Send = Callable[[str, dict[str, str], str], object]


class Credentials(ABC):
    """One way to log in. Any number of threads may share it.

    :cvar name: what users call these credentials, in the middle of a sentence.
    :cvar renews: whether they get tokens of their own, and a new one may take some seconds until Datadog knows it.
    """

    name: str
    renews = False

    @abstractmethod
    def headers(self, send: Send) -> dict[str, str]:
        """The headers that log in one request.

        :param send: used when logging in takes a request of its own.
        :raises CloudAuthError: that request, or what it needs, has failed.
        """

    @abstractmethod
    def rejected(self, headers: dict[str, str]) -> bool:
        """Datadog answered 401 to a request with ``headers``.

        :returns: whether sending the request once more, with new headers, can help.
        """

    @abstractmethod
    def secrets(self) -> list[str]:
        """All texts used so far that no message may show."""

    @abstractmethod
    def advice(self, status: int) -> str:
        """What to check after a refusal with ``status``: a sentence, or an empty string."""


class _Lasting(Credentials):
    """Credentials that are sent as they are."""

    def __init__(self, headers: dict[str, str], secrets: list[str]) -> None:
        hide(*secrets)
        self._headers = headers
        self._secrets = secrets

    def headers(self, send: Send) -> dict[str, str]:  # noqa: ARG002 - others need a request for it
        return dict(self._headers)

    def rejected(self, headers: dict[str, str]) -> bool:  # noqa: ARG002 - others renew what these hold
        return False

    def secrets(self) -> list[str]:
        return list(self._secrets)


class Keys(_Lasting):
    """An API key and an application key."""

    name = "api_key and app_key"

    def __init__(self, api_key: str, app_key: str) -> None:
        super().__init__({"DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key}, [api_key, app_key])

    def advice(self, status: int) -> str:
        if status == 401:
            return "Check api_key and app_key, and that they belong to the organization at this site (site, api_url)."
        if status == 403:
            return (
                "Check that api_key and app_key are valid at this site (site, api_url), and that both the application "
                "key and its owner have the permission."
            )
        return ""


class BearerToken(_Lasting):
    """A personal or service access token.

    :param origin: where it comes from, if the task does not give it: "from DD_BEARER_TOKEN".
    """

    name = "bearer_token"

    def __init__(self, token: str, origin: str = "") -> None:
        super().__init__({"Authorization": f"Bearer {token}"}, [token])
        self._origin = origin

    def advice(self, status: int) -> str:
        advice = self._advice(status)
        return f"{advice} The token is {self._origin}." if advice and self._origin else advice

    def _advice(self, status: int) -> str:
        if status == 401:
            return (
                "Check that bearer_token has not expired or been revoked, and that it belongs to the organization at "
                "this site (site, api_url). A new token works after a few seconds."
            )
        if status == 403:
            return "Check that both the token (its scopes) and its owner have the permission."
        return ""
