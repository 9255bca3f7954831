# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST all mappings by Datadog's own Python client, one after the other, as its documentation shows."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.cloud_authentication_api import CloudAuthenticationApi
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_attributes import (
    AWSCloudAuthPersonaMappingCreateAttributes,
)
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_data import AWSCloudAuthPersonaMappingCreateData
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_create_request import (
    AWSCloudAuthPersonaMappingCreateRequest,
)
from datadog_api_client.v2.model.aws_cloud_auth_persona_mapping_type import AWSCloudAuthPersonaMappingType


def main(file: str) -> None:
    mappings = json.loads(Path(file).read_text(encoding="utf-8"))
    configuration = Configuration(host=os.environ["DATADOG_HOST"])  # the keys it reads itself
    configuration.unstable_operations["create_aws_cloud_auth_persona_mapping"] = True
    with ApiClient(configuration) as transport:
        api = CloudAuthenticationApi(transport)
        for mapping in mappings:
            data = AWSCloudAuthPersonaMappingCreateData(
                attributes=AWSCloudAuthPersonaMappingCreateAttributes(**mapping),
                type=AWSCloudAuthPersonaMappingType.AWS_CLOUD_AUTH_CONFIG,
            )
            api.create_aws_cloud_auth_persona_mapping(AWSCloudAuthPersonaMappingCreateRequest(data=data))


if __name__ == "__main__":
    main(sys.argv[1])
