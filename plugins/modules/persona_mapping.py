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
  - Manages one persona mapping of Datadog's AWS cloud authentication, which lets AWS callers log in to Datadog
    without stored keys. A mapping says that the AWS callers whose ARN matches a pattern act as one Datadog user or
    service account.
  - The pattern is the key. There is one mapping of a pattern at the most.
  - The same account is recognised however it is spelt, so that the task changes nothing when nothing has to change.
  - Use M(datadog_community.cloud_auth.persona_mappings) for many mappings. It reads the list once for all of them,
    makes several changes at once, and can remove what is not wanted.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  state:
    description:
      - V(present) makes sure that O(arn_pattern) is mapped to O(account_identifier).
      - V(absent) makes sure that no mapping is there that fits all of O(arn_pattern), O(account_identifier) and
        O(id) that are given. A mapping that O(arn_pattern) or O(id) names, but which belongs to another account,
        stays, and a warning says so.
    type: str
    choices:
      - present
      - absent
    default: present
  arn_pattern:
    description:
      - The pattern that the ARN of an AWS caller has to match, as C(aws sts get-caller-identity) prints it.
      - It is one of C(arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), C(arn:aws:sts::ACCOUNT:federated-user/NAME)
        and C(arn:aws:iam::ACCOUNT:user/NAME), where a path may stand before the name of a user. The last segment may
        be V(*) for all sessions of a role, or all users in a path.
      - The ARN of an IAM role, C(arn:aws:iam::ACCOUNT:role/ROLE), matches no caller. The pattern that is usually
        meant is C(arn:aws:sts::ACCOUNT:assumed-role/ROLE/*).
      - With O(state=present), a pattern that can match no caller is refused, before any request is sent. Rules that
        Datadog may relax, such as the partition V(aws), only make the task warn. With O(state=absent), any text is
        taken.
      - Required with O(state=present). With O(state=absent), O(arn_pattern) or O(id) is required.
    type: str
  account_identifier:
    description:
      - The Datadog account, by its e-mail, its handle, or its UUID, in any case. Datadog does not accept the UUID of
        a person for a new mapping.
      - Unless it is spelt as in the mapping, the account is looked up by Datadog's Users API.
      - Required with O(state=present). With O(state=absent), the mapping is removed only if it belongs to this
        account.
    type: str
  id:
    description:
      - The id of the mapping. Only for O(state=absent).
    type: str
    aliases:
      - persona_mapping_id
  replace:
    description:
      - Whether a pattern that is mapped to another account is mapped to O(account_identifier) instead.
      - Datadog can't change a mapping. The old one is removed and the new one created; if that fails, the old one is
        put back, and the task fails.
      - If V(false), such a mapping is left as it is, and the task fails, in check mode too.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait for Datadog, in seconds, to know an AWS account that has only just been integrated, and to
        show in its list what was written. V(0) does not wait.
    type: int
    default: 60
notes:
  - Writing needs the permission C(workload_identity_federation_config_write), formerly C(cloud_auth_config_write).
    The owner of the application key must also hold every permission of the account that a pattern is mapped to.
  - Looking accounts up needs the permission C(user_access_read).
  - It may take several minutes until a change takes effect on the authentication itself.
seealso:
  - module: datadog_community.cloud_auth.persona_mapping_info
  - module: datadog_community.cloud_auth.persona_mappings
  - name: Cloud Authentication API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/cloud-authentication/
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.action_group
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

- name: Map a pattern, but never take it from another account
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/deploy/*
    account_identifier: ci@corp.example
    replace: false

- name: Remove the mapping of a pattern, whichever account it belongs to
  datadog_community.cloud_auth.persona_mapping:
    state: absent
    arn_pattern: arn:aws:sts::123456789012:assumed-role/old-runner/*

- name: Remove the mapping only if it belongs to this account
  datadog_community.cloud_auth.persona_mapping:
    state: absent
    arn_pattern: arn:aws:iam::123456789012:user/jane.doe
    account_identifier: jane.doe@corp.example

- name: Remove a mapping by its id
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
      description: The id of the mapping. Missing in check mode for a mapping that would be made.
      returned: when Datadog has told it
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
        - In check mode, for a mapping that would be made, it is O(account_identifier) as given.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account. Missing in check mode for a mapping that would be made.
      returned: when Datadog has told it
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
lost_mapping:
  description:
    - The old mapping that was removed to be replaced, and could neither be replaced nor put back. Its C(arn_pattern)
      and C(account_identifier) bring it back.
  returned: on failure, if a mapping was lost
  type: dict
  sample:
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
    arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    account_identifier: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_one
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.aws_persona import KIND


def main() -> None:
    manage_one(KIND)


if __name__ == "__main__":
    main()
