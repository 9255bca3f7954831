# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in by a proof of who one is, which Datadog exchanges for a token; that is renewed in time. Loaded when such a way
to log in is chosen."""

from __future__ import annotations

import re
import threading
import time
from abc import abstractmethod
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from .._errors import ApiError, RateLimited, RequestFailed, UnreadableAnswer
from .._secrets import hide
from .call import Call
from .credentials import Credentials, Send

if TYPE_CHECKING:
    from .client import Client

PATH = "/api/v2/delegated-token"

# Seconds: how long before its end a token is renewed, how long it lives if Datadog doesn't say, and the longest life
# that is believed.
MARGIN = 60
USUAL_LIFE = 15 * 60
LONGEST_LIFE = 24 * 60 * 60

# How long after a 401 a new token may be refused because it is not known yet, in seconds.
UNTIL_KNOWN = 30

# A proof is taken for some minutes only; waiting for a rate limit can last longer. In seconds.
FRESH = 60

# Datadog may give another form to its tokens and UUIDs, but never other characters.
IN_A_TOKEN = re.compile("[!-~]+")
IN_A_UUID = re.compile("[0-9A-Za-z-]+")


class Token(NamedTuple):
    """What Datadog has given for a proof.

    :ivar text: the token itself.
    :ivar expires: when it ends, in Unix seconds.
    :ivar renew_at: from when on a new one is got instead, in seconds on the clock that can't be set.
    :ivar ends_at: from when on it is worth nothing, by the same clock.
    """

    text: str
    expires: float
    renew_at: float
    ends_at: float

    @property
    def headers(self) -> dict[str, str]:
        """The headers that log in with it."""
        return {"Authorization": f"Bearer {self.text}"}


class TokenExchange(Credentials):
    """A way to log in whose proof is exchanged for a token when the first request needs one.

    A way derives from it: how it proves who it is, and what to do about a refusal.
    """

    renews = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._rejected_at = float("-inf")
        self._error_count = 0
        self._last_error: RequestFailed | None = None
        self._secrets: dict[str, None] = {}

    @abstractmethod
    def _prove(self) -> str:
        """A new proof; :meth:`_hide` has been told all secrets that it was made of.

        :raises CloudAuthError: it can't be made.
        """

    @abstractmethod
    def _explain(self, error: RequestFailed) -> str:
        """What to do about ``error``, a 401 or 403 in answer to a proof: sentences."""

    @property
    def action(self) -> str:
        """What the exchange does, to complete "Could not ..."."""
        return f"log in with {self.name}"

    def headers(self, send: Send) -> dict[str, str]:
        """The token, got or renewed where needed: by one thread, while the others wait.

        :raises InvalidOption: an option of this way holds what can't be one, or needs software that is missing.
        :raises RequestFailed: there is no proof, or Datadog gave no token. Nothing was written.
        """
        return self.token(send).headers

    def token(self, send: Send) -> Token:
        """As :meth:`headers`, the token and when it ends."""
        return self._usable() or self._renewed(send)

    def rejected(self, headers: dict[str, str]) -> bool:
        """Drop the token in ``headers``, unless it was renewed meanwhile; a new one can help either way.

        A token that was got because of a 401 is given some time: Datadog takes some seconds to know a new one.
        """
        with self._lock:
            if self._token and self._token.headers == headers:
                if _clock() - self._rejected_at < UNTIL_KNOWN:
                    return False
                self._token, self._rejected_at = None, _clock()
        return True

    def secrets(self) -> list[str]:
        return list(self._secrets)

    def advice(self, status: int) -> str:
        if status == 401:
            return (
                f"Datadog refuses the token that it issued for {self.name}. Check that the account it is mapped to is "
                "not disabled."
            )
        if status == 403:
            return f"Check that the Datadog account that {self.name} is mapped to has the permission."
        return ""

    def _usable(self) -> Token | None:
        token = self._token
        return token if token and _clock() < token.renew_at else None

    def _renewed(self, send: Send) -> Token:
        errors_before = self._error_count
        with self._lock:
            token = self._usable()
            if token:
                return token
            # Better the last minute of the old one than none: a mapping may have to be put back.
            old = self._token if self._token and _clock() < self._token.ends_at else None
            if self._last_error and self._error_count > errors_before:
                # This thread waited for it. Otherwise 32 threads would fail one after the other.
                if old:
                    return old
                raise copy(self._last_error)
            try:
                self._token = self._log_in(send)
            except RequestFailed as error:
                # A copy for each thread: what one adds to its error is not about the others.
                self._error_count, self._last_error = self._error_count + 1, copy(error)
                if old:
                    return old
                raise
            return self._token

    def _log_in(self, send: Send) -> Token:
        started = _clock()
        try:
            answer = self._exchange(send)
        except ApiError as error:
            if error.http_status not in {401, 403} or _clock() - started < FRESH:
                raise
            answer = self._exchange(send)  # The proof may have been too old in the end.
        token = self._token_in(answer)
        self._hide(token.text)
        return token

    def _exchange(self, send: Send) -> object:
        headers = {"Authorization": f"Delegated {self._prove()}", "Content-Type": "application/json"}
        try:
            return send(PATH, headers, self.action)
        except RequestFailed as error:
            raise self._failed(error) from None

    def _hide(self, *secrets: str) -> None:
        hide(*secrets)
        # A new dictionary, for other threads may be reading the old one.
        self._secrets = {**self._secrets, **dict.fromkeys(filter(None, secrets))}

    def _failed(self, error: RequestFailed) -> RequestFailed:
        """``error`` explained, and as an error that can't be taken for one of the request that needs the token.

        That request was not sent: its fate is known, and a 404 or 409 here says nothing about a mapping.
        """
        if isinstance(error, RateLimited):
            return error
        error_class = ApiError if isinstance(error, ApiError) else type(error)
        advice = self._explain(error) if error.http_status in {401, 403} else ""
        failed = error_class(str(error), error.http_status, error.errors, may_pass=error.may_pass).noted(advice)
        failed.wait = error.wait
        return failed

    def _token_in(self, answer: object) -> Token:
        """The token in the answer of the exchange.

        :raises UnreadableAnswer: there is none, or none that fits into a header.
        """
        attributes = _field(_field(answer, "data"), "attributes")
        text = _field(attributes, "access_token")
        if not isinstance(text, str) or not IN_A_TOKEN.fullmatch(text):
            raise UnreadableAnswer(
                f"Could not {self.action}: Datadog's answer contains no access token. "
                "Something between here and Datadog may have answered in its place: check site and api_url."
            )
        life = _life(_field(attributes, "expires"), time.time())
        # A token with a short life is used for half of it. Otherwise each request would log in.
        now = _clock()
        return Token(text, time.time() + life, now + max(life - MARGIN, life / 2), now + life)


def token_of(client: Client, way: TokenExchange) -> Token:
    """A token of ``way`` itself, tried as long as a request which needs one is.

    :raises CloudAuthError: there is none.
    """
    call = Call("POST", PATH, way.action, headers={})
    retry_policy = client.retry_policy()
    while True:
        try:
            return way.token(client.log_in)
        except RequestFailed as error:
            client.prepare_retry(call, error, retry_policy)


def _clock() -> float:
    """Seconds on the clock that can't be set."""
    return time.monotonic()


def _field(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _life(expires: object, now: float) -> float:
    """The seconds until ``expires``, Unix seconds as text; anything else, or out of all reason, is the usual life."""
    if isinstance(expires, (str, int, float)):
        try:
            life = float(expires) - now
        except (ValueError, OverflowError):
            return USUAL_LIFE
        if 0 < life <= LONGEST_LIFE:
            return life
    return USUAL_LIFE
