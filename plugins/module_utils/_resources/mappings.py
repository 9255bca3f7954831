# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mappings of one kind in one Datadog organization: their endpoints, their JSON, and advice when they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .._errors import Conflict, Forbidden, NotFound, NotIntegrated, RequestFailed
from .._http.answers import BadShape, field
from .._http.call import Call
from .._http.client import Client
from .._patterns.claims import REQUIRED, ClaimMatchers, names_an_owner
from .kind import AuthMapping, Key, Kind, text_in
from .pages import read_all

if TYPE_CHECKING:
    from .._http.retries import RetryPolicy

# The two spellings of the path: that of all released clients, and that of the newest pages of the API reference.
PATHS = ("/api/v2/cloud_auth", "/api/v2/wif")

# The permissions (API reference).
READ = "workload_identity_federation_config_read (formerly cloud_auth_config_read)"
WRITE = "workload_identity_federation_config_write (formerly cloud_auth_config_write)"


class WriteRequest(NamedTuple):
    """A request that creates or removes a mapping, and what reads the mapping out of its answer (None: nothing)."""

    call: Call
    decode: Callable[[object], AuthMapping | None]


class AuthMappings:
    """The mappings of one kind in one Datadog organization.

    All methods that read raise :class:`~.._errors.CloudAuthError` when a request gets no answer, is refused, or is
    answered by something else than the API documents.
    """

    def __init__(self, client: Client, kind: Kind) -> None:
        self.client = client
        self.kind = kind
        self._base = PATHS[0]

    def list_all(self, retry_policy: RetryPolicy | None = None) -> list[AuthMapping]:
        """All mappings, in the order Datadog lists them, also those that can't be read whole.

        If the collection's own path answers 404, the other spelling of it is used from then on.
        """
        base = self._base  # Another thread may switch it meanwhile.
        try:
            return self._list(base, retry_policy)
        except NotFound as error:
            other = PATHS[1 - PATHS.index(base)]
            try:
                found = self._list(other, retry_policy)
            except NotFound:
                raise error from None
            self._base = other
            return found

    def _list(self, base: str, retry_policy: RetryPolicy | None) -> list[AuthMapping]:
        call = Call("GET", base + self.kind.path, f"list the {self.kind.title}s", self._advise_on("GET"))
        return _each_once(read_all(self.client, call, self._page, retry_policy))

    def get(self, mapping_id: str) -> AuthMapping | None:
        """The mapping with this ID, or None if Datadog answers 404, which may be the path's and not the mapping's."""
        if mapping_id in (".", ".."):
            # HTTP clients take these for folders, however they are encoded. No ID looks like that.
            return None
        action = f"read the {self.kind.title} with the ID {mapping_id}"
        call = Call("GET", self.path, action, self._advise_on("GET"), item=mapping_id)
        try:
            return self.client.ask(call, self._decoded_one)
        except NotFound:
            return None

    def create_request(self, key: Key, account_identifier: str | None) -> WriteRequest:
        """The request that creates a mapping."""
        attributes: dict[str, Any] = self.kind.as_options(key, account_identifier)
        account = f" to {account_identifier}" if self.kind.has_account else ""
        action = f"create the {self.kind.title} of {key}{account}"
        body = {"data": {"type": self.kind.type, "attributes": attributes}}

        def advise(error: RequestFailed) -> str:
            return self._advise_on("POST")(error) or self._advise_on_creation(key, error)

        return WriteRequest(Call("POST", self.path, action, advise, body=body, done_by=201), self._created)

    def delete_request(self, mapping: AuthMapping) -> WriteRequest:
        """The request that removes a mapping."""
        action = f"remove {self.kind.name_of(mapping)}"
        return WriteRequest(
            Call("DELETE", self.path, action, self._advise_on("DELETE"), item=mapping.id, done_by=204),
            lambda _answer: None,
        )

    @property
    def path(self) -> str:
        """The path of the collection, in the spelling that is known to answer."""
        return self._base + self.kind.path

    def _page(self, items: list[Any]) -> list[AuthMapping]:
        page = [self._mapping(item, f"data[{index}]") for index, item in enumerate(items)]
        if page and not any(mapping.id or mapping.key for mapping in page):
            raise BadShape(page[0].unread)  # One odd mapping is no surprise, but these are none at all.
        return page

    def _decoded_one(self, answer: object) -> AuthMapping:
        mapping = self._mapping(field(answer, "data", dict, "the answer"), "data")
        if not mapping.id:
            raise BadShape(mapping.unread)
        return mapping

    def _created(self, answer: object) -> AuthMapping:
        """The mapping that a creation is answered by, as Datadog has it: its key may be spelled otherwise."""
        mapping = self._decoded_one(answer)
        if mapping.unread:
            raise BadShape(mapping.unread)
        return mapping

    def _mapping(self, item: object, where: str) -> AuthMapping:
        """A mapping, as far as it can be read. Its JSON type proves nothing, so nothing depends on it."""
        mapping_id, no_id = text_in(item, "id", where)
        inside = f"{where}.attributes"
        try:
            attributes = field(item, "attributes", dict, where)
        except BadShape as error:
            return AuthMapping(mapping_id, "", unread=no_id or str(error))
        key, no_key = self.kind.matcher.decode(attributes, inside)
        if not self.kind.has_account:
            return AuthMapping(mapping_id, key, unread=_joined(no_id, no_key))
        account, no_account = text_in(attributes, "account_identifier", inside)
        uuid, no_uuid = text_in(attributes, "account_uuid", inside)
        unread = _joined(no_id, no_key, no_account, no_uuid)
        return AuthMapping(mapping_id, key, account or None, uuid or None, unread)

    def _advise_on(self, method: str) -> Callable[[RequestFailed], str]:
        """What to do about a lack of permissions."""

        def advise(error: RequestFailed) -> str:
            if not isinstance(error, Forbidden):
                return ""
            # What Datadog says itself need not be said again.
            if method == "GET":
                return "" if "config_read" in error.sentence else f"This needs the permission {READ}."
            needed = [] if "config_write" in error.sentence else [f"the permission {WRITE}"]
            if method == "POST" and self.kind.has_account and "every permission" not in error.sentence:
                needed.append("every permission of the account that is mapped to")
            return f"This needs {', and '.join(needed)}." if needed else ""

        return advise

    def _advise_on_creation(self, key: Key, error: RequestFailed) -> str:
        option = self.kind.matcher.option
        if isinstance(error, NotIntegrated):
            account = self.kind.matcher.aws_account(key) or "of the pattern"
            return (
                f"Integrate the AWS account {account} with Datadog first. Datadog recognizes it some minutes later "
                "(wait_timeout sets how long to wait)."
            )
        if isinstance(error, Conflict):
            return f"This {option} is already taken, or conflicts with another mapping."
        if error.http_status != 400:
            return ""
        if isinstance(key, ClaimMatchers) and not names_an_owner(key.as_dict().get(REQUIRED, "")):
            return "Check claim_matchers: sub must begin with repo:OWNER/, where OWNER is the name of an owner."
        if not self.kind.has_account or _points_to(error, option):
            return f"Check {option}."
        if "disabled" in error.sentence:
            return "Enable the account, or map to another one."
        also = "" if _points_to(error, "account_identifier") else f"{option} and "
        return (
            f"Check {also}account_identifier, which takes the email or handle of an account, or the UUID of a service "
            "account. Datadog does not accept the UUID of a person."
        )


def _each_once(listed: list[AuthMapping]) -> list[AuthMapping]:
    """``listed`` with one mapping of each ID, the one that can be read whole if there is one."""
    by_id: dict[str, AuthMapping] = {}
    for number, mapping in enumerate(listed):
        key = mapping.id.lower() or f"no ID, number {number}"
        if key not in by_id or by_id[key].unread:
            by_id[key] = mapping
    return list(by_id.values())


def _joined(*clauses: str) -> str:
    return "; ".join(clause for clause in clauses if clause)


def _points_to(error: RequestFailed, attribute: str) -> bool:
    """Whether Datadog's errors name this attribute of the request, by their pointer (API reference)."""
    sources = [error.get("source") for error in error.errors if isinstance(error, dict)]
    pointers = [str(source.get("pointer")) for source in sources if isinstance(source, dict)]
    return bool(pointers) and all(attribute in pointer for pointer in pointers)
