# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules send the same requests as Datadog's own client for Python."""

from __future__ import annotations

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.cloud_authentication_api import CloudAuthenticationApi
from datadog_api_client.v2.api.users_api import UsersApi
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_attributes import (
    AWSCloudAuthPersonaMappingCreateAttributes,
)
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_data import AWSCloudAuthPersonaMappingCreateData
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_request import (
    AWSCloudAuthPersonaMappingCreateRequest,
)
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_type import AWSCloudAuthPersonaMappingType

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    OMAR,
    RUNNER,
    absent,
    present,
    task,
)
from datadog_sandbox import Sandbox, samples

pytestmark = pytest.mark.filterwarnings("ignore:Using unstable operation:UserWarning")

OLD = "arn:aws:iam::123456789012:user/old"
OLD_ID = "c5c758c6-18c2-4484-ae3f-46b84128404a"
STATE = {"mappings": [{"id": OLD_ID, **present(OLD, CI)}]}
OPERATIONS = ("create", "delete", "get", "list")


def requests_of_the_modules(play):
    """List; read one; list and create; list, look up an account and remove."""
    with Sandbox(**STATE) as sandbox:
        run = play(
            task({}, "persona_mapping_info"),
            task({"id": OLD_ID}, "persona_mapping_info"),
            task(present(wait_timeout=0)),
            task(absent(OLD, account_identifier=CI, wait_timeout=0)),
            sandbox=sandbox,
        )
        assert not any(result["failed"] for result in run.results)
        return sandbox.requests


def requests_of_the_client():
    """The same."""
    with Sandbox(**STATE) as sandbox:
        configuration = Configuration(host=sandbox.url)
        configuration.api_key = {"apiKeyAuth": samples.API_KEY, "appKeyAuth": samples.APP_KEY}
        for operation in OPERATIONS:
            plural = "s" if operation == "list" else ""
            configuration.unstable_operations[f"{operation}_aws_cloud_auth_persona_mapping{plural}"] = True
        with ApiClient(configuration) as transport:
            mappings, users = CloudAuthenticationApi(transport), UsersApi(transport)
            mappings.list_aws_cloud_auth_persona_mappings()
            mappings.get_aws_cloud_auth_persona_mapping(OLD_ID)
            mappings.list_aws_cloud_auth_persona_mappings()
            mappings.create_aws_cloud_auth_persona_mapping(_create_body())
            mappings.list_aws_cloud_auth_persona_mappings()
            users.list_users(filter=CI, page_size=100, page_number=0)
            mappings.delete_aws_cloud_auth_persona_mapping(OLD_ID)
        return sandbox.requests


def _create_body():
    attributes = AWSCloudAuthPersonaMappingCreateAttributes(account_identifier=OMAR, arn_pattern=RUNNER)
    kind = AWSCloudAuthPersonaMappingType.AWS_CLOUD_AUTH_CONFIG
    return AWSCloudAuthPersonaMappingCreateRequest(
        data=AWSCloudAuthPersonaMappingCreateData(attributes=attributes, type=kind)
    )


def test_the_same_requests(play):
    ours, theirs = requests_of_the_modules(play), requests_of_the_client()
    assert len(ours) == 7
    for our, their in zip(ours, theirs, strict=True):
        assert (our.method, our.path, our.query, our.json, our.status) == (
            their.method,
            their.path,
            their.query,
            their.json,
            their.status,
        )
        names = ["dd-api-key", "dd-application-key", *(["content-type"] if our.body else [])]
        assert [our.headers[name] for name in names] == [their.headers[name] for name in names]
        assert our.headers["accept"] in ("application/json", their.headers["accept"])
