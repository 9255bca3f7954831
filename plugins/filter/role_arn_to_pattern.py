# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter role_arn_to_pattern."""

from __future__ import annotations

from typing import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.arn import ImpossibleArn
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.callers import pattern_of_role
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._texts import as_text

DOCUMENTATION = r"""
name: role_arn_to_pattern
short_description: The ARN pattern of the callers that have assumed an IAM role
version_added: 1.0.0
description:
  - Turns the ARN of an IAM role into the ARN pattern that matches its callers, as the option C(arn_pattern) of this
    collection's modules takes it.
  - The path of the role is dropped, since the ARN of a caller does not have it.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
positional: session
options:
  _input:
    description:
      - The ARN of an IAM role, as in the AWS console or the results of M(amazon.aws.iam_role_info), for example
        V(arn:aws:iam::123456789012:role/team/my-role).
    type: str
    required: true
  session:
    description:
      - The name of the only session that the pattern is to match. V(*) matches every session.
    type: str
    default: '*'
notes:
  - The filter runs on the controller, and sends no request.
seealso:
  - plugin: datadog_community.cloud_auth.matched_by_pattern
    plugin_type: test
  - module: datadog_community.cloud_auth.persona_mapping
  - module: datadog_community.cloud_auth.intake_mapping
"""

EXAMPLES = r"""
- name: Map a role to a Datadog account
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: "{{ 'arn:aws:iam::123456789012:role/team/deploy' | datadog_community.cloud_auth.role_arn_to_pattern }}"
    account_identifier: ci@corp.example

- name: Map only one session of a role
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: "{{ role | datadog_community.cloud_auth.role_arn_to_pattern('nightly') }}"
    account_identifier: ci@corp.example
  vars:
    role: arn:aws:iam::123456789012:role/report

- name: Map many roles, each to the account in its tag
  datadog_community.cloud_auth.persona_mappings:
    mappings: >-
      {{ dict(patterns | zip(accounts)) | dict2items(key_name='arn_pattern', value_name='account_identifier') }}
  vars:
    # The results of amazon.aws.iam_role_info have such a list.
    iam_roles:
      - arn: arn:aws:iam::123456789012:role/team/build
        tags:
          datadog_account: ci@corp.example
      - arn: arn:aws:iam::123456789012:role/terraform-runner
        tags:
          datadog_account: terraform@corp.example
    patterns: "{{ iam_roles | map(attribute='arn') | map('datadog_community.cloud_auth.role_arn_to_pattern') }}"
    accounts: "{{ iam_roles | map(attribute='tags.datadog_account') }}"
"""

RETURN = r"""
_value:
  description: The pattern.
  type: str
  sample: arn:aws:sts::123456789012:assumed-role/my-role/*
"""


def role_arn_to_pattern(role_arn: object, session: object = "*") -> str:
    """The pattern of the callers that have assumed the role.

    :raises AnsibleFilterError: there can be no such role, or no such session.
    """
    role, name = as_text(role_arn), as_text(session)
    if role is None or name is None:
        raise AnsibleFilterError(
            "role_arn_to_pattern takes the ARN of one role, and the name of one session, as text. For a list of roles, "
            "use map('datadog_community.cloud_auth.role_arn_to_pattern')."
        )
    try:
        return pattern_of_role(role, name)
    except ImpossibleArn as error:
        raise AnsibleFilterError(f"role_arn_to_pattern can't use '{role}': {error}") from error


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters of this file by name."""
        return {"role_arn_to_pattern": role_arn_to_pattern}
