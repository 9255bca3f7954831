# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog's own client for Python, pointed at a sandbox."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
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
from datadog_api_client.v2.model.git_hub_cloud_auth_intake_mapping_create_attributes import (
    GitHubCloudAuthIntakeMappingCreateAttributes,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_intake_mapping_create_data import (
    GitHubCloudAuthIntakeMappingCreateData,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_intake_mapping_create_request import (
    GitHubCloudAuthIntakeMappingCreateRequest,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_intake_mapping_type import GitHubCloudAuthIntakeMappingType
from datadog_api_client.v2.model.git_hub_cloud_auth_persona_mapping_create_attributes import (
    GitHubCloudAuthPersonaMappingCreateAttributes,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_persona_mapping_create_data import (
    GitHubCloudAuthPersonaMappingCreateData,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_persona_mapping_create_request import (
    GitHubCloudAuthPersonaMappingCreateRequest,
)
from datadog_api_client.v2.model.git_hub_cloud_auth_persona_mapping_type import GitHubCloudAuthPersonaMappingType
from datadog_api_client.v2.model.git_hub_oidc_claim_patterns import GitHubOIDCClaimPatterns

from datadog_sandbox import Sandbox, samples


class Models(NamedTuple):
    """What the client has for a kind of mapping.

    :ivar operations: the name of the kind in its operations.
    :ivar type: the JSON type.
    """

    operations: str
    type: Any
    attributes: type
    data: type
    request: type


# By what the sandbox calls the kind. The client knows no AWS intake mappings.
KINDS = {
    "persona": Models(
        "aws_cloud_auth_persona",
        AWSCloudAuthPersonaMappingType.AWS_CLOUD_AUTH_CONFIG,
        AWSCloudAuthPersonaMappingCreateAttributes,
        AWSCloudAuthPersonaMappingCreateData,
        AWSCloudAuthPersonaMappingCreateRequest,
    ),
    "github_persona": Models(
        "git_hub_cloud_auth_persona",
        GitHubCloudAuthPersonaMappingType.GITHUB_OIDC_AUTH_CONFIG,
        GitHubCloudAuthPersonaMappingCreateAttributes,
        GitHubCloudAuthPersonaMappingCreateData,
        GitHubCloudAuthPersonaMappingCreateRequest,
    ),
    "github_intake": Models(
        "git_hub_cloud_auth_intake",
        GitHubCloudAuthIntakeMappingType.GITHUB_OIDC_AUTH_INTAKE_MAPPING,
        GitHubCloudAuthIntakeMappingCreateAttributes,
        GitHubCloudAuthIntakeMappingCreateData,
        GitHubCloudAuthIntakeMappingCreateRequest,
    ),
}
OPERATIONS = [
    f"{verb}_{models.operations}_mapping{'s' if verb == 'list' else ''}"
    for models in KINDS.values()
    for verb in ("create", "delete", "get", "list")
]


class Client:
    """The client, which deals with mappings of one kind."""

    def __init__(
        self,
        sandbox: Sandbox,
        app_key: str = samples.APP_KEY,
        api_key: str = samples.API_KEY,
        kind: str = "persona",
    ) -> None:
        configuration = Configuration(host=sandbox.url)
        configuration.api_key = {"apiKeyAuth": api_key, "appKeyAuth": app_key}
        for operation in OPERATIONS:
            configuration.unstable_operations[operation] = True
        self.transport = ApiClient(configuration)
        self.users = UsersApi(self.transport)
        self._models = KINDS[kind]
        self._mappings = CloudAuthenticationApi(self.transport)

    def create(self, **attributes: Any):
        """Create a mapping with these attributes; claim matchers as a dictionary."""
        if "claim_matchers" in attributes:
            attributes["claim_matchers"] = GitHubOIDCClaimPatterns(**attributes["claim_matchers"])
        models = self._models
        data = models.data(attributes=models.attributes(**attributes), type=models.type)
        return self._call("create", models.request(data=data))

    def list(self):
        """All mappings."""
        return self._call("list")

    def get(self, mapping_id: str):
        """The mapping with this ID."""
        return self._call("get", mapping_id)

    def delete(self, mapping_id: str):
        """Delete the mapping with this ID."""
        return self._call("delete", mapping_id)

    def error(self, raised: ApiException, model: type):
        """The body of an error as one of the client's models."""
        return self.transport.deserialize(json.dumps(raised.body), (model,), True)

    def _call(self, verb: str, *arguments: Any):
        plural = "s" if verb == "list" else ""
        return getattr(self._mappings, f"{verb}_{self._models.operations}_mapping{plural}")(*arguments)
