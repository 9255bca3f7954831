#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: persona_mapping
short_description: Map an AWS identity to a Datadog account
version_added: 1.0.0
description:
  - Manages one persona mapping of Datadog's cloud authentication, which lets AWS callers log in to Datadog without
    stored keys. A mapping says that the AWS callers whose ARN matches a pattern act as one Datadog user or service
    account.
  - The pattern is the key. There is at most one mapping of a pattern.
  - An account is recognized whether you write its email, its handle, or its UUID, so the task changes nothing when
    nothing has to change.
  - Newer pages of Datadog's documentation call persona mappings the identity mappings of Workload Identity Federation.
  - Use M(datadog_community.cloud_auth.persona_mappings) for many mappings. It reads the list once for all of them,
    makes several changes at once, and can remove what is not wanted.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    aliases:
      - persona_mapping_id
seealso:
  - module: datadog_community.cloud_auth.persona_mappings
  - module: datadog_community.cloud_auth.persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.one
  - datadog_community.cloud_auth.mapping.persona_one
  - datadog_community.cloud_auth.matcher.arn_one
"""

EXAMPLES = r"""
- name: Let every session of an IAM role act as a service account
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    account_identifier: terraform@corp.example

- name: Let one IAM user act as a person
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:iam::123456789012:user/jane.doe
    account_identifier: jane.doe@corp.example
    site: datadoghq.eu
    api_key: "{{ datadog_api_key }}"
    app_key: "{{ datadog_app_key }}"

- name: Map an IAM role, given its ARN
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: "{{ role_arn | datadog_community.cloud_auth.role_arn_to_pattern }}"
    account_identifier: ci@corp.example
  vars:
    role_arn: arn:aws:iam::123456789012:role/team/build

- name: Map a pattern, but never take it from another account
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/deploy/*
    account_identifier: ci@corp.example
    replace: false

- name: Remove the mapping of a pattern, whichever account it leads to
  datadog_community.cloud_auth.persona_mapping:
    state: absent
    arn_pattern: arn:aws:sts::123456789012:assumed-role/old-runner/*

- name: Remove the mapping only if it leads to this account
  datadog_community.cloud_auth.persona_mapping:
    state: absent
    arn_pattern: arn:aws:iam::123456789012:user/jane.doe
    account_identifier: jane.doe@corp.example

- name: Remove a mapping by its ID
  datadog_community.cloud_auth.persona_mapping:
    state: absent
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
"""

RETURN = r"""
persona_mapping:
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
    account_identifier:
      description:
        - The handle of the Datadog account, as Datadog normalizes it. For a person, it is the email of the time when
          the account was created, in lower case. For a service account, it is its UUID.
        - In check mode, for a mapping that would be created, it is the account as given if it can't be looked up.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account. Missing in check mode if the account can't be looked up.
      returned: when known
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
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
lost_mapping:
  description:
    - The old mapping, if it was removed to be replaced, or may have been, and could neither be replaced nor put back.
      The module M(datadog_community.cloud_auth.persona_mappings) accepts it as an entry, as it is.
  returned: on failure, if a mapping was lost
  type: dict
  sample:
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
    arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    account_identifier: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_one
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA


def main() -> None:
    manage_one(AWS_PERSONA)


if __name__ == "__main__":
    main()
