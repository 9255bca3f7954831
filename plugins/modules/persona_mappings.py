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
  - Makes sure that a set of persona mappings is present, or absent, in one task. It reads the list once,
    and then makes only the changes that are needed, several at once.
  - With O(purge), what is not in the set is removed.
  - Everything is checked before the first write. Removals and replacements come before creations.
  - If some changes fail, the others are still carried out. The task then fails, and says what was done and what
    was not. Run it again, and only what is left is done.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.persona_mapping
  - module: datadog_community.cloud_auth.persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.set
  - datadog_community.cloud_auth.mapping.persona_set
  - datadog_community.cloud_auth.matcher.persona_arn_set
"""

EXAMPLES = r"""
- name: Make sure that some mappings are there
  datadog_community.cloud_auth.persona_mappings:
    mappings:
      - arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
        account_identifier: terraform@corp.example
      - arn_pattern: arn:aws:iam::123456789012:user/jane.doe
        account_identifier: jane.doe@corp.example

- name: Own all mappings of one AWS account, and stop if more than five would be removed or replaced
  datadog_community.cloud_auth.persona_mappings:
    mappings:
      - arn_pattern: arn:aws:sts::210987654321:assumed-role/deploy/*
        account_identifier: ci@corp.example
    purge: true
    purge_aws_accounts:
      - "210987654321"
    max_removals: 5

- name: Apply changes, and bring back what a failure has lost
  block:
    - name: Map the role to another account
      datadog_community.cloud_auth.persona_mappings:
        mappings:
          - arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
            account_identifier: ci@corp.example
      register: run
  rescue:
    - name: Bring back the mappings that were lost
      datadog_community.cloud_auth.persona_mappings:
        mappings: "{{ run.lost_mappings | default([]) }}"

    - name: Report the failure
      ansible.builtin.fail:
        msg: "{{ run.msg }}"

- name: Remove mappings
  datadog_community.cloud_auth.persona_mappings:
    state: absent
    mappings:
      - arn_pattern: arn:aws:iam::123456789012:user/jane.doe
  register: removal

- name: Undo the removal
  datadog_community.cloud_auth.persona_mappings:
    mappings: "{{ removal.removed }}"
"""

RETURN = r"""
summary:
  description: How many mappings were changed in which way. In check mode, how many would be.
  returned: unless the task fails before it knows what to change
  type: dict
  contains:
    created:
      description: How many mappings were created.
      returned: always
      type: int
      sample: 2
    replaced:
      description: How many mappings were replaced by one to another account.
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
      description: How many changes failed, or were not tried.
      returned: always
      type: int
      sample: 0
created:
  description: The mappings that were created. In check mode, those that would be.
  returned: unless the task fails before it knows what to change
  type: list
  elements: dict
  contains: &mapping
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
replaced:
  description: The mappings that replaced one to another account. In check mode, those that would.
  returned: unless the task fails before it knows what to change
  type: list
  elements: dict
  contains:
    <<: *mapping
    previous_account_identifier:
      description: The handle of the account of the mapping that was replaced.
      returned: always
      type: str
      sample: jane.doe@corp.example
removed:
  description: The mappings that were removed, as they were. In check mode, those that would be.
  returned: unless the task fails before it knows what to change
  type: list
  elements: dict
  contains: *mapping
failed_mappings:
  description: The changes that failed, or were not tried.
  returned: unless the task fails before it knows what to change
  type: list
  elements: dict
  contains:
    arn_pattern:
      description: The pattern that the ARN of an AWS caller has to match.
      returned: always
      type: str
      sample: arn:aws:sts::333333333333:assumed-role/deploy/*
    account_identifier:
      description: The account of the mapping that was to be created or removed.
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
    before:
      description: The mapping that was there before, as RV(removed) has it. Map it again to give back what is gone.
      returned: if a replacement or removal failed, but has changed something, or may have
      type: dict
      sample:
        id: 8c7b6d3e-2f0a-4a8e-9a57-1d2f6a1c9b44
        arn_pattern: arn:aws:sts::333333333333:assumed-role/deploy/*
        account_identifier: jane.doe@corp.example
        account_uuid: 12bbdc5c-5966-47e0-8733-285f9e44bcf4
    created:
      description: The mapping that was created, or may have been. It has an ID only if it is known to be there.
      returned: if the mapping may be there although a creation failed, or although a replacement left the old one
      type: dict
      sample:
        arn_pattern: arn:aws:sts::333333333333:assumed-role/deploy/*
        account_identifier: ci@corp.example
http_status:
  description: The HTTP status of the answer that made the task fail. With several failures, it is that of the first.
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
lost_mappings:
  description:
    - The old mappings that were removed to be replaced, or may have been, and could neither be replaced nor put back.
      O(mappings) accepts them as they are.
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
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA


def main() -> None:
    manage_set(AWS_PERSONA)


if __name__ == "__main__":
    main()
