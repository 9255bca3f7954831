# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of this collection: each is a readable sentence, with notes and with the facts as data."""

from __future__ import annotations

import traceback
from os.path import dirname
from typing import TypeVar

# Where the collection lies: a folder, or the archive that Ansible makes of it.
COLLECTION = dirname(dirname(dirname(__file__)))

Failed = TypeVar("Failed", bound="CloudAuthError")


class CloudAuthError(Exception):
    """The base of all errors that a module reports by failing. As text it is its sentence, followed by its notes.

    :ivar sentence: what was being done, and what went wrong.
    :ivar notes: what is known beyond that, and what to do: sentences, in the order in which they were added.
    :ivar http_status: the status of Datadog's answer, or None if there was none.
    :ivar errors: Datadog's own errors as they came (strings or dictionaries), without secrets.
    :ivar exception: the stack of an unexpected error, which may quote secrets; empty for all others.
    :cvar may_be_executed: whether Datadog may have executed the one request that this error is about. An error that is
        not about a request on the wire has False.
    :cvar at_login: whether logging in has failed, so that the request at hand was not sent.
    """

    may_be_executed = False
    at_login = False

    def __init__(self, sentence: str, http_status: int | None = None, errors: list[object] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.notes: tuple[str, ...] = ()  # Not a list, which the copies of an error would share.
        self.http_status = http_status
        self.errors = errors or []
        self.exception = ""

    def __str__(self) -> str:
        return " ".join((self.sentence, *self.notes))

    def noted(self: Failed, note: str) -> Failed:
        """This error, with ``note`` added to it; an empty one adds nothing. (Python 3.11 has ``add_note``.)"""
        if note:
            self.notes = (*self.notes, note)
        return self

    @property
    def facts(self) -> dict[str, object]:
        """What a failed module returns besides its message."""
        facts = {"http_status": self.http_status, "errors": self.errors, "exception": self.exception}
        return {name: value for name, value in facts.items() if value}


class InvalidOption(CloudAuthError):
    """The value of an option can't be used. Nothing has been sent."""

    def __init__(self, option: str, error: str) -> None:
        super().__init__(f"{option}: {error}" if error.endswith(("?", ".")) else f"{option}: {error}.")


class Refused(CloudAuthError):
    """This collection itself refuses to go on."""


class Interrupted(CloudAuthError):
    """The task was told to stop (SIGINT, SIGTERM, SIGHUP). Raised between requests only."""


class NotTried(CloudAuthError):
    """A change was not begun because of what happened to others."""


class LimitReached(CloudAuthError):
    """Requests that have to follow each other were not begun, for Datadog's rate limit has too little left."""


class RequestFailed(CloudAuthError):
    """One request did not succeed.

    :ivar may_pass: whether sending it again can help.
    :ivar wait: how long to wait before, in seconds; None if Datadog doesn't say.
    """

    wait: float | None = None

    def __init__(
        self,
        sentence: str,
        http_status: int | None = None,
        errors: list[object] | None = None,
        *,
        may_pass: bool = False,
        may_be_executed: bool = False,
    ) -> None:
        super().__init__(sentence, http_status, errors)
        self.may_pass = may_pass
        self.may_be_executed = may_be_executed


class NoAnswer(RequestFailed):
    """No connection, a lost one, or a time-out."""


class UnreadableAnswer(RequestFailed):
    """An answer came that doesn't say what the API's answers say."""


class ApiError(RequestFailed):
    """Datadog, or something on the way to it, refused a request: any status but 2xx."""


class Forbidden(ApiError):
    """403: the credentials are wrong, or lack a permission."""


class NotFound(ApiError):
    """404: the one answer that means "absent"."""


class Conflict(ApiError):
    """409: what is to be created exists, or conflicts with something else."""


class RateLimited(ApiError):
    """429: not executed, to be sent again later."""


class NotIntegrated(ApiError):
    """400: Datadog doesn't know the AWS account (yet)."""


def as_error(error: BaseException) -> CloudAuthError:
    """``error`` as one that a module reports."""
    return error if isinstance(error, CloudAuthError) else unexpected(error)


def unexpected(error: BaseException) -> CloudAuthError:
    """The error for an exception that nothing here foresees, such as one of a bug: it says where it comes from.

    Its text and its stack may quote secrets, so they are redacted before they are shown.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(f"{COLLECTION}/plugins/")]
    place = f" in {ours[-1].filename[len(COLLECTION) + 1 :]}, line {ours[-1].lineno}" if ours else ""
    told = CloudAuthError(
        f"Unexpected error: {error!r}{place}. Please report it, with what the task prints with -vvv and "
        "ANSIBLE_DISPLAY_TRACEBACK=error."
    )
    told.exception = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return told


def without_user(text: str) -> str:
    """``text`` fit for a message: what stands before an @ may be a password."""
    return f"...@{text.rpartition('@')[2]}" if "@" in text else text
