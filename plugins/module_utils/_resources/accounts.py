# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datadog accounts, as the Users API knows them: which one a text names."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from .._errors import Forbidden, NotFound, Refused, RequestFailed
from .._http.answers import BadShape, field
from .._http.call import Call
from .._http.client import Client
from .identifiers import as_uuid, is_identifier_of, names_account
from .kind import AuthMapping, text_in
from .searches import search

# Paths, parameters and the permission: API reference.
PATH = "/api/v2/users"
READ = "user_access_read"


class Account(NamedTuple):
    """A Datadog user or service account.

    :ivar handle: a person's first email in lower case; a service account's UUID (seen).
    :ivar email: the present email.
    :ivar name: the name that people read; None if there is none.
    :ivar disabled: whether the account can't be used at present.
    """

    uuid: str
    handle: str
    email: str
    name: str | None
    disabled: bool

    def __str__(self) -> str:
        """The account as people know it: a handle that is a UUID says nothing to them."""
        return f"{self.email} ({self.handle})" if self.email and as_uuid(self.handle) else self.handle

    def is_of(self, mapping: AuthMapping) -> bool:
        """Whether ``mapping`` leads to this account."""
        return names_account(self.uuid if mapping.account_uuid else self.handle, mapping)


def no_account(identifier: str) -> str:
    """The clause that says that ``identifier`` names no account."""
    return f"Datadog has no account with the email, handle or ID {identifier}"


class Accounts:
    """Finds accounts by any spelling. Each is looked up once, by any number of threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, list[Account]] = {}
        self._locks: dict[str, threading.Lock] = {}

    def find(self, identifier: str) -> Account | None:
        """The account whose email, handle or ID ``identifier`` is, or None.

        :raises Refused: several accounts have that email.
        :raises CloudAuthError: as :meth:`find_all`.
        """
        found = self.find_all(identifier)
        if len(found) > 1:
            handles = ", ".join(sorted(account.handle for account in found))
            raise Refused(
                f"account_identifier: {len(found)} Datadog accounts have the email {identifier}. Write the handle of "
                f"the one you mean: {handles}."
            )
        return found[0] if found else None

    def find_all(self, identifier: str) -> list[Account]:
        """The accounts whose email ``identifier`` is; or the one whose handle or ID it is.

        :raises Forbidden: the keys may not read users.
        :raises CloudAuthError: no answer, a refusal, or an unreadable answer.
        """
        key = identifier.lower()
        with self._locks.setdefault(key, threading.Lock()):  # Whoever asks at the same time waits for the answer.
            if key not in self._known:
                self._known[key] = _pick(identifier, self._search(as_uuid(key) or key))
            return self._known[key]

    def get(self, uuid: str) -> Account | None:
        """The account with this UUID, or None if Datadog shows none.

        :raises CloudAuthError: no answer, a refusal, or an unreadable answer.
        """
        if uuid in (".", ".."):  # HTTP clients take these for folders, however they are encoded.
            return None
        call = Call("GET", PATH, f"look up the account {uuid}", _advise, item=as_uuid(uuid) or uuid)
        try:
            return self._client.ask(call, lambda answer: _account(field(answer, "data", dict, "the answer")))
        except NotFound:
            return None

    def _search(self, text: str) -> list[Account]:
        """All accounts that Datadog's substring search finds for ``text``: a superset of those wanted."""
        call = Call("GET", PATH, f"look up the account {text}", _advise, params={"filter": text})
        return search(self._client, call, _accounts)


def _pick(identifier: str, hits: list[Account]) -> list[Account]:
    """The hits that ``identifier`` names: exactly, but for case. A handle or ID goes before an email, since an email
    may have been the first one, so the handle, of another account."""
    named = [account for account in hits if is_identifier_of(identifier, account.handle, account.uuid)]
    if not named:
        named = [account for account in hits if account.email.lower() == identifier.lower()]
    return list({account.uuid: account for account in named}.values())


def _accounts(items: list[Any]) -> list[Account]:
    """The accounts on one page.

    :raises BadShape: none has an ID.
    """
    accounts = [account for account in map(_account, items) if account]
    if items and not accounts:
        raise BadShape("none of the accounts in the answer has an ID")
    return accounts


def _account(item: object) -> Account | None:
    """An account as far as it can be read; None for one without an ID. Most hits of a search are not meant, and nobody
    is named by an empty handle or email."""
    uuid, _unread = text_in(item, "id", "")
    attributes = item.get("attributes") if isinstance(item, dict) else None
    handle, email, name = (text_in(attributes, key, "")[0] for key in ("handle", "email", "name"))
    disabled = isinstance(attributes, dict) and attributes.get("disabled") is True
    return Account(uuid, handle, email, name or None, disabled) if uuid else None


def _advise(error: RequestFailed) -> str:
    # What Datadog says itself need not be said again.
    is_news = isinstance(error, Forbidden) and READ not in error.sentence
    return f"Reading users needs the permission {READ}." if is_news else ""
