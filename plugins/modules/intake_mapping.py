#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intake_mapping
short_description: Let an AWS identity send telemetry to Datadog
version_added: 1.0.0
description:
  - Manages one intake mapping of Datadog's cloud authentication, which lets AWS callers send telemetry to Datadog
    without stored keys. A caller whose ARN matches the pattern gets an API key that Datadog manages and rotates. It
    can't log in with that key.
  - The pattern is the key. There is at most one mapping of a pattern.
  - Managed API key rotation must be enabled for the organization.
  - Removing a mapping may not revoke the API key that a workload already has.
  - Use M(datadog_community.cloud_auth.intake_mappings) for many mappings. It reads the list once for all of them,
    makes several changes at once, and can remove what is not wanted.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    aliases:
      - intake_mapping_id
seealso:
  - module: datadog_community.cloud_auth.intake_mappings
  - module: datadog_community.cloud_auth.intake_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.one
  - datadog_community.cloud_auth.matcher.arn_one
"""

EXAMPLES = r"""
- name: Let every instance with the IAM role web send telemetry
  datadog_community.cloud_auth.intake_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/web/*

- name: Let an IAM role send telemetry, given its ARN
  datadog_community.cloud_auth.intake_mapping:
    arn_pattern: "{{ role_arn | datadog_community.cloud_auth.role_arn_to_pattern }}"
  vars:
    role_arn: arn:aws:iam::123456789012:role/team/worker

- name: Remove the mapping of a pattern
  datadog_community.cloud_auth.intake_mapping:
    state: absent
    arn_pattern: arn:aws:sts::123456789012:assumed-role/old-web/*

- name: Remove a mapping by its ID
  datadog_community.cloud_auth.intake_mapping:
    state: absent
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
"""

RETURN = r"""
intake_mapping:
  description:
    - The mapping as it is, or with O(state=absent) as it was. In check mode, as it would be.
    - Missing with O(state=absent) if there was none.
  returned: on success, if there is or was a mapping
  type: dict
  contains:
    id:
      description: The ID of the mapping. Missing in check mode for a mapping that would be created.
      returned: when known
      type: str
      sample: c5c758c6-18c2-4484-ae3f-46b84128404a
    arn_pattern:
      description: The pattern that the ARN of an AWS caller has to match.
      returned: always
      type: str
      sample: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
http_status:
  description: The HTTP status of the answer that made the task fail.
  returned: on failure, if Datadog answered
  type: int
  sample: 400
errors:
  description: The errors in that answer, as Datadog sent them. They are strings or dictionaries.
  returned: on failure, if the answer contains errors
  type: list
  elements: raw
  sample:
    - title: Generic Error
      detail: AWS Account Id is not integrated with this Datadog account
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_one
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_INTAKE


def main() -> None:
    manage_one(AWS_INTAKE)


if __name__ == "__main__":
    main()
