#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: persona_mappings
short_description: Manage a whole set of mappings of AWS identities to Datadog accounts
version_added: 1.0.0
description:
  - Makes sure that a set of persona mappings of Datadog's AWS cloud authentication is present, or absent, in one
    task. It reads the list once, and then makes only the changes that are needed, several at once.
  - With O(purge), what is not in the set is removed.
  - Everything is checked before the first write. Removals and replacements come before creations.
  - If some changes fail, the others are made all the same. The task then fails, and says what was done and what was
    not. Run again, it does just the rest.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  state:
    description:
      - V(present) makes sure that the mappings are there, V(absent) that they are not.
    type: str
    choices:
      - present
      - absent
    default: present
  mappings:
    description:
      - The mappings. No pattern may be mapped to two accounts.
    type: list
    elements: dict
    required: true
    suboptions:
      arn_pattern:
        description:
          - The pattern that the ARN of an AWS caller has to match. The module
            M(datadog_community.cloud_auth.persona_mapping) describes patterns.
        type: str
        required: true
      account_identifier:
        description:
          - The Datadog account, by its e-mail, its handle, or its UUID, in any case.
          - Required with O(state=present). With O(state=absent), a mapping is removed only if it belongs to this
            account.
        type: str
  purge:
    description:
      - Whether to remove the mappings that are not in O(mappings). Only for O(state=present).
      - With an empty O(mappings), this would remove everything. It is refused unless O(max_removals) is given.
    type: bool
    default: false
  purge_aws_accounts:
    description:
      - Purge only mappings whose pattern is in one of these AWS accounts, given by their ids of 12 digits. Quote
        them, so that no leading zero is lost.
      - Only with O(purge).
    type: list
    elements: str
  max_removals:
    description:
      - How many mappings may be removed or replaced at the most. If there would be more, the task fails and nothing
        is written, in check mode too.
    type: int
  replace:
    description:
      - Whether patterns that are mapped to other accounts are mapped to the given ones instead.
      - Datadog can't change a mapping. The old one is removed and the new one created; if that fails, the old one is
        put back, and the change counts as failed.
      - If V(false) and there are such patterns, the task fails and nothing is written, in check mode too.
    type: bool
    default: true
  concurrency:
    description:
      - How many changes are made at once, from 1 to 32.
    type: int
    default: 8
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
  - module: datadog_community.cloud_auth.persona_mapping
  - module: datadog_community.cloud_auth.persona_mapping_info
  - name: Cloud Authentication API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/cloud-authentication/
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The diff holds only what changes, by pattern.
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
- name: Make sure that some mappings are there
  datadog_community.cloud_auth.persona_mappings:
    mappings:
      - arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
        account_identifier: terraform@corp.example
      - arn_pattern: arn:aws:iam::123456789012:user/jane.doe
        account_identifier: jane.doe@corp.example

- name: Own all mappings of one AWS account, and stop if more than five would be lost
  datadog_community.cloud_auth.persona_mappings:
    mappings:
      - arn_pattern: arn:aws:sts::210987654321:assumed-role/deploy/*
        account_identifier: ci@corp.example
    purge: true
    purge_aws_accounts:
      - "210987654321"
    max_removals: 5

- name: Remove mappings
  datadog_community.cloud_auth.persona_mappings:
    state: absent
    mappings:
      - arn_pattern: arn:aws:iam::123456789012:user/jane.doe
"""

RETURN = r"""
summary:
  description: How many mappings were changed in which way. In check mode, how many would be.
  returned: unless a check before the first write failed
  type: dict
  contains:
    created:
      description: How many mappings were created.
      returned: always
      type: int
      sample: 2
    replaced:
      description: How many patterns were mapped to another account.
      returned: always
      type: int
      sample: 1
    removed:
      description: How many mappings were removed.
      returned: always
      type: int
      sample: 0
    unchanged:
      description: How many of the wanted mappings were there already.
      returned: always
      type: int
      sample: 997
    failed:
      description: How many changes failed.
      returned: always
      type: int
      sample: 0
created:
  description: The mappings that were created. In check mode, those that would be.
  returned: unless a check before the first write failed
  type: list
  elements: dict
  contains:
    id:
      description: The id of the mapping. Missing in check mode.
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
        - In check mode, it is the account as given.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account. Missing in check mode.
      returned: when Datadog has told it
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
replaced:
  description:
    - The mappings of the patterns that were mapped to another account, as they are now. In check mode, as they would
      be.
  returned: unless a check before the first write failed
  type: list
  elements: dict
  contains:
    id:
      description: The id of the mapping. Missing in check mode.
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
        - In check mode, it is the account as given.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account. Missing in check mode.
      returned: when Datadog has told it
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    previous_account_identifier:
      description: The handle of the account that the pattern was mapped to before.
      returned: always
      type: str
      sample: jane.doe@corp.example
removed:
  description: The mappings that were removed, as they were. In check mode, those that would be.
  returned: unless a check before the first write failed
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
failed_mappings:
  description: The changes that failed.
  returned: unless a check before the first write failed
  type: list
  elements: dict
  contains:
    arn_pattern:
      description: The pattern.
      returned: always
      type: str
      sample: arn:aws:sts::333333333333:assumed-role/deploy/*
    account_identifier:
      description: The account that the pattern should have been mapped to, or for a removal the one it is mapped to.
      returned: always
      type: str
      sample: ci@corp.example
    operation:
      description: What failed, one of V(create), V(replace) and V(remove).
      returned: always
      type: str
      sample: create
    msg:
      description: Why it failed, and what to do.
      returned: always
      type: str
      sample: >-
        Could not create the persona mapping of arn:aws:sts::333333333333:assumed-role/deploy/* to ci@corp.example:
        Datadog answered 400: Generic Error: AWS Account Id is not integrated with this Datadog account.
http_status:
  description: The HTTP status of the answer that made the task fail, or of the first change that failed.
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
lost_mappings:
  description:
    - The old mappings that were removed to be replaced, and could neither be replaced nor put back. Their
      C(arn_pattern) and C(account_identifier) bring them back.
  returned: on failure, if mappings were lost
  type: list
  elements: dict
  sample:
    - id: c5c758c6-18c2-4484-ae3f-46b84128404a
      arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
      account_identifier: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
      account_uuid: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_set
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.aws_persona import KIND


def main() -> None:
    manage_set(KIND)


if __name__ == "__main__":
    main()
