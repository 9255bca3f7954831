#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: persona_mapping_info
short_description: Read which AWS identities are mapped to which Datadog accounts
version_added: 1.0.0
description:
  - Returns the persona mappings of Datadog's AWS cloud authentication, all of them or those that fit all options
    given.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    description:
      - Only the mapping with this id.
    type: str
  arn_pattern:
    description:
      - Only the mapping of exactly this pattern.
    type: str
  account_identifier:
    description:
      - Only the mappings to this Datadog account, named by its e-mail, its handle, or its UUID, in any case.
      - Unless it is spelt as in the mappings, the account is looked up by Datadog's Users API, which needs the
        permission C(user_access_read).
    type: str
  caller_arn:
    description:
      - Only the mappings whose pattern matches this ARN of an AWS caller, as C(aws sts get-caller-identity) prints
        it. This tells as which Datadog account the caller acts.
    type: str
seealso:
  - module: datadog_community.cloud_auth.persona_mapping
  - module: datadog_community.cloud_auth.persona_mappings
  - name: Cloud Authentication API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/cloud-authentication/
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
  idempotent:
    support: N/A
  platform:
    support: full
    platforms: posix
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.action_group
"""

EXAMPLES = r"""
- name: Read all mappings
  datadog_community.cloud_auth.persona_mapping_info:
  register: mappings

- name: Find out as which Datadog account an AWS caller acts
  datadog_community.cloud_auth.persona_mapping_info:
    caller_arn: arn:aws:sts::123456789012:assumed-role/terraform-runner/session-1
  register: caller

- name: Show it
  ansible.builtin.debug:
    msg: "{{ caller.persona_mappings | map(attribute='account_identifier') | list }}"

- name: Fail if anybody in AWS can act as this account
  datadog_community.cloud_auth.persona_mapping_info:
    account_identifier: admin@corp.example
  register: admin
  failed_when: admin.persona_mappings | length > 0
"""

RETURN = r"""
persona_mappings:
  description: The mappings that fit, sorted by pattern. The list is empty if none fits.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the mapping.
      returned: always
      type: str
      sample: c5c758c6-18c2-4484-ae3f-46b84128404a
    arn_pattern:
      description: The pattern that the ARN of an AWS caller has to match.
      returned: always
      type: str
      sample: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    account_identifier:
      description:
        - The handle of the Datadog account, as Datadog normalises it. For a person that is the e-mail of the time
          when the account was made, in lower case; for a service account it is its UUID.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
http_status:
  description: The HTTP status of the answer that made the task fail.
  returned: on failure, if Datadog answered
  type: int
  sample: 403
errors:
  description: The errors in that answer, as Datadog sent them, which is as strings or as dictionaries.
  returned: on failure, if the answer holds errors
  type: list
  elements: raw
  sample:
    - title: Generic Error
      detail: AWS Account Id is not integrated with this Datadog account
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.reading import read_mappings
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.aws_persona import KIND


def main() -> None:
    read_mappings(KIND)


if __name__ == "__main__":
    main()
