#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: current_user_info
short_description: See which Datadog account the credentials belong to
version_added: 1.0.0
description:
  - Returns the Datadog account that a task acts as, and the UUID of its organization.
  - Use it to check credentials, to find the UUID that O(org_uuid) needs, and to see whether a new persona mapping
    works.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.persona_mapping
  - name: Users API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/users/
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
"""

EXAMPLES = r"""
- name: Find the UUID of the organization
  datadog_community.cloud_auth.current_user_info:
  register: me

- name: Show it
  ansible.builtin.debug:
    msg: "{{ me.org_uuid }}"

- name: Check that the credentials belong to the service account that they should
  datadog_community.cloud_auth.current_user_info:
  register: check
  failed_when: check is failed or check.user.email != expected
  vars:
    expected: "{{ me.user.email }}"

- name: Let an AWS identity act as a service account
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    account_identifier: terraform@corp.example

# On a host that has this AWS identity.
- name: Wait until it can log in
  datadog_community.cloud_auth.current_user_info:
    cloud_provider_type: aws
    org_uuid: "{{ me.org_uuid }}"
  register: login
  until: login is success
  retries: 20
  delay: 15

- name: Show who it acts as
  ansible.builtin.debug:
    msg: "{{ login.user.email }}"
"""

RETURN = r"""
user:
  description: The account.
  returned: success
  type: dict
  contains:
    uuid:
      description: The UUID of the account.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f40
    handle:
      description:
        - The handle of the account, by which mappings name it. For a person, it is the email of the time when the
          account was created, in lower case. For a service account, it is its UUID.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f40
    email:
      description: The present email of the account. It is null if there is none.
      returned: always
      type: str
      sample: terraform@corp.example
    name:
      description: The name of the account. It is null if there is none.
      returned: always
      type: str
      sample: Terraform
    service_account:
      description: Whether it is a service account.
      returned: always
      type: bool
      sample: true
    disabled:
      description: Whether the account is disabled.
      returned: always
      type: bool
      sample: false
org_uuid:
  description: The UUID of the organization that the account belongs to.
  returned: success
  type: str
  sample: 5c1d3a7e-a0ae-11ed-88af-be56a8628f00
http_status:
  description: The HTTP status of the answer that made the task fail.
  returned: on failure, if Datadog answered
  type: int
  sample: 403
errors:
  description: The errors in that answer, as Datadog sent them. They are strings or dictionaries.
  returned: on failure, if the answer contains errors
  type: list
  elements: raw
  sample:
    - title: Forbidden
      detail: Missing permission
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.reading import read_current_user


def main() -> None:
    read_current_user()


if __name__ == "__main__":
    main()
