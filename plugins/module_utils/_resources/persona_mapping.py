# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The persona mappings of the API: its four endpoints, and their JSON as values and back."""

from __future__ import annotations

from typing import Callable, NamedTuple

from .._errors import NotFound, RequestFailed
from .._http.answers import BadShape, member
from .._http.client import Call, Client
from .spelling import same_spelling

# API reference.
PATH = "/api/v2/cloud_auth/aws/persona_mapping"
TYPE = "aws_cloud_auth_config"


class Mapping(NamedTuple):
    """A persona mapping: the AWS callers that match ``arn_pattern`` act as one Datadog account.

    :ivar id: the mapping's id, a UUID in practice.
    :ivar account_identifier: the account's handle, as Datadog normalises it.
    :ivar account_uuid: the account's UUID.
    """

    id: str
    arn_pattern: str
    account_identifier: str
    account_uuid: str

    def __str__(self) -> str:
        return f"the persona mapping of {self.arn_pattern} to {self.account_identifier}"


def alike(identifier: str, mapping: Mapping) -> bool:
    """Whether the spelling of ``identifier`` alone tells that it names the account of ``mapping``."""
    return same_spelling(identifier, mapping.account_identifier, mapping.account_uuid)


class PersonaMappings:
    """The persona mappings of one Datadog organization.

    All methods raise :class:`~.errors.CloudAuthError` when the request gets no answer, is refused, or is answered by
    something else than the API documents.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> list[Mapping]:
        """All mappings, in the order Datadog lists them. The API has no paging here."""
        return self._client.get(Call("GET", PATH, "list the persona mappings", _advise), _mappings)

    def get(self, mapping_id: str) -> Mapping | None:
        """The mapping with this id, or None if there is none."""
        if mapping_id in (".", ".."):
            # HTTP clients take these for folders, however they are encoded. No id looks so.
            return None
        doing = f"read the persona mapping with the id {mapping_id}"
        try:
            return self._client.get(Call("GET", _path_of(mapping_id), doing, _advise), _mapping_in_data)
        except NotFound:
            return None

    def create(self, arn_pattern: str, account_identifier: str, find: Callable[[], Mapping | None]) -> Mapping:
        """Map ``arn_pattern`` to the account; returns the mapping as Datadog made it.

        :param find: reads the mapping, in case the answer to its creation is lost.
        """
        attributes = {"account_identifier": account_identifier, "arn_pattern": arn_pattern}
        call = Call(
            "POST",
            PATH,
            f"create the persona mapping of {arn_pattern} to {account_identifier}",
            _advise,
            body={"data": {"type": TYPE, "attributes": attributes}},
        )
        return self._client.post(call, lambda answer: _made(answer, arn_pattern), find)

    def delete(self, mapping: Mapping) -> bool:
        """Remove ``mapping``. Returns whether this did it: False if it was gone before."""
        call = Call("DELETE", _path_of(mapping.id), f"remove {mapping}", _advise)
        try:
            self._client.delete(call)
        except NotFound as gone:
            return gone.repeated
        return True


def _path_of(mapping_id: str) -> str:
    from urllib.parse import quote

    return f"{PATH}/{quote(mapping_id, safe='')}"


def _mappings(answer: object) -> list[Mapping]:
    items = member(answer, "data", list, "the answer")
    return [_mapping(item, f"data[{index}]") for index, item in enumerate(items)]


def _mapping_in_data(answer: object) -> Mapping:
    return _mapping(member(answer, "data", dict, "the answer"), "data")


def _made(answer: object, arn_pattern: str) -> Mapping:
    mapping = _mapping_in_data(answer)
    if mapping.arn_pattern != arn_pattern:
        raise BadShape("the answer describes a mapping of another pattern")
    return mapping


def _mapping(item: object, where: str) -> Mapping:
    kind = member(item, "type", str, where)
    if kind != TYPE:
        raise BadShape(f"{where} is of the type '{kind[:60]}', not {TYPE}")
    attributes = member(item, "attributes", dict, where)
    inside = f"{where}.attributes"
    mapping = Mapping(
        member(item, "id", str, where),
        member(attributes, "arn_pattern", str, inside),
        member(attributes, "account_identifier", str, inside),
        member(attributes, "account_uuid", str, inside),
    )
    if not mapping.id:
        raise BadShape(f"{where} has an empty id")
    return mapping


def _advise(call: Call, problem: RequestFailed) -> str:
    # Most runs see no failure, and shall not pay for loading what explains it.
    from .advice import advise

    return advise(call, problem)
