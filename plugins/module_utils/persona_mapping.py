# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The persona mappings of the API: its four endpoints, and their JSON as values and back."""

from __future__ import annotations

from typing import Callable, NamedTuple

from .answers import BadShape, member
from .client import Call, Client
from .errors import Forbidden, NotFound, NotIntegrated, RequestFailed

# Paths, types and permissions: API reference.
PATH = "/api/v2/cloud_auth/aws/persona_mapping"
TYPE = "aws_cloud_auth_config"
READ = "workload_identity_federation_config_read (formerly cloud_auth_config_read)"
WRITE = "workload_identity_federation_config_write (formerly cloud_auth_config_write)"


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


class PersonaMappings:
    """The persona mappings of one Datadog organization.

    All methods raise :class:`~.errors.CloudAuthError` when the request gets no answer, is refused, or is answered by
    something else than the API documents.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> list[Mapping]:
        """All mappings, in the order Datadog lists them. The API has no paging here."""
        return self._client.get(Call("GET", PATH, "list the persona mappings", _advise_reading), _mappings)

    def get(self, mapping_id: str) -> Mapping | None:
        """The mapping with this id, or None if there is none."""
        if mapping_id in (".", ".."):
            # HTTP clients take these for folders, however they are encoded. No id looks so.
            return None
        doing = f"read the persona mapping with the id {mapping_id}"
        try:
            return self._client.get(Call("GET", _path_of(mapping_id), doing, _advise_reading), _mapping_in_data)
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
            lambda problem: _advise_creating(problem, arn_pattern),
            body={"data": {"type": TYPE, "attributes": attributes}},
        )
        return self._client.post(call, lambda answer: _made(answer, arn_pattern), find)

    def delete(self, mapping: Mapping) -> bool:
        """Remove ``mapping``. Returns whether this did it: False if it was gone before."""
        call = Call("DELETE", _path_of(mapping.id), f"remove {mapping}", _advise_writing)
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


def _advise_reading(problem: RequestFailed) -> str:
    if isinstance(problem, Forbidden):
        return (
            "Check that api_key and app_key are valid at this site, and that the application key and its owner have "
            f"the permission {READ}."
        )
    return ""


def _advise_writing(problem: RequestFailed) -> str:
    if isinstance(problem, Forbidden):
        return f"The application key and its owner need the permission {WRITE}."
    return ""


def _advise_creating(problem: RequestFailed, arn_pattern: str) -> str:
    if isinstance(problem, Forbidden):
        return (
            f"{_advise_writing(problem)} The owner must also hold every permission of the account that the pattern is "
            "mapped to."
        )
    if isinstance(problem, NotIntegrated):
        account = (arn_pattern.split(":") + [""] * 5)[4]
        return (
            f"Integrate the AWS account {account} with Datadog first; Datadog knows it some minutes after that "
            "(wait_timeout sets how long to wait)."
        )
    if problem.http_status == 409:
        return (
            "The pattern is mapped already, or conflicts with an intake mapping; intake mappings are another resource, "
            "which the list of persona mappings doesn't show."
        )
    if problem.http_status == 400:
        return (
            "Check arn_pattern and account_identifier: an account is named by its e-mail or handle, a service account "
            "also by its UUID; the UUID of a person is not accepted."
        )
    return ""
