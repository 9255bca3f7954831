# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of this collection: each is one readable sentence or a few, with the facts as data beside it."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

Failed = TypeVar("Failed", bound="RequestFailed")


class CloudAuthError(Exception):
    """The base of all errors that a module reports by failing.

    :ivar http_status: the status of Datadog's answer, or None when there was none.
    :ivar errors: Datadog's own errors as they came (strings or dictionaries), without secrets.
    :ivar fate_unknown: whether a write may have been executed although it failed here.
    """

    fate_unknown = False

    def __init__(self, message: str, http_status: int | None = None, errors: list[object] | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.errors = errors or []

    @property
    def facts(self) -> dict[str, object]:
        """What a failed module returns besides its message."""
        facts = {"http_status": self.http_status, "errors": self.errors}
        return {name: value for name, value in facts.items() if value}


class InvalidOption(CloudAuthError):
    """An option's value can't be used. Nothing has been sent.

    :ivar option: the option's name.
    """

    def __init__(self, option: str, problem: str) -> None:
        self.option = option
        super().__init__(f"{option}: {problem}" if problem.endswith(("?", ".")) else f"{option}: {problem}.")


class Refused(CloudAuthError):
    """A check before the first write says no: nothing has been written."""


class Interrupted(CloudAuthError):
    """The task was told to stop (SIGINT, SIGTERM)."""


class RequestFailed(CloudAuthError):
    """A request did not succeed.

    :ivar may_pass: whether sending it again can help.
    :ivar repeated: whether an earlier try of the same request may have been executed.
    """

    may_pass = False
    repeated = False

    def like(self: Failed, message: str) -> Failed:
        """The same error with another message."""
        again = copy(self)
        again.args = (message,)
        return again


class NoAnswer(RequestFailed):
    """No connection, a lost one, or a time-out."""


class UnreadableAnswer(RequestFailed):
    """An answer came that doesn't say what the API's answers say."""


class ApiError(RequestFailed):
    """Datadog, or something on the way to it, refused a request: any status but 2xx."""


class Forbidden(ApiError):
    """403: the keys are wrong, or lack a permission."""


class NotFound(ApiError):
    """404: the one answer that means "absent"."""


class Conflict(ApiError):
    """409: what is to be created is there already, or conflicts with something else."""


class RateLimited(ApiError):
    """429: not executed, to be sent again later.

    :ivar wait: how long to wait before, in seconds; None if Datadog doesn't say.
    """

    wait: float | None = None


class NotIntegrated(ApiError):
    """400: Datadog doesn't know the AWS account (yet)."""


def without_user(text: str) -> str:
    """``text`` fit for a message: what stands before an @ may be a password."""
    return f"...@{text.rpartition('@')[2]}" if "@" in text else text
