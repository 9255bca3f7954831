#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_info
short_description: Read Datadog accounts by their UUIDs
version_added: 1.1.0
description:
  - Returns accounts of people and service accounts, with their states and roles. Use it for an audit of the accounts
    that mappings lead to, whose UUIDs the modules for mappings return.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  uuids:
    description:
      - The UUIDs of the accounts. An account that Datadog doesn't show is left out of the result, and
        named by a warning.
    type: list
    elements: str
    required: true
notes:
  - Reading users and roles needs the permission C(user_access_read). Each account is one request.
seealso:
  - module: datadog_community.cloud_auth.service_account_info
  - module: datadog_community.cloud_auth.persona_mapping_info
  - plugin: datadog_community.cloud_auth.access_report
    plugin_type: filter
  - name: Users API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/users/
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
"""

EXAMPLES = r"""
- name: Read all persona mappings
  datadog_community.cloud_auth.persona_mapping_info:
  register: mappings

- name: Read the accounts that they lead to
  datadog_community.cloud_auth.account_info:
    uuids: "{{ mappings.persona_mappings | map(attribute='account_uuid') | unique | list }}"
  register: read

- name: Fail if one of them is disabled
  ansible.builtin.assert:
    that: read.accounts | selectattr('disabled') | list | length == 0
"""

RETURN = r"""
accounts:
  description: The accounts, in the order of O(uuids).
  returned: success
  type: list
  elements: dict
  contains:
    uuid:
      description: The UUID of the account.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    handle:
      description: The handle of the account. That of a service account is its UUID.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    email:
      description: The email of the account.
      returned: always
      type: str
      sample: ci@corp.example
    name:
      description: The name of the account. It is null if there is none.
      returned: always
      type: str
      sample: CI
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
    roles:
      description: The roles of the account. If Datadog doesn't show them, this is empty, and a warning says so.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: The UUID of the role.
          returned: always
          type: str
          sample: 6c1d3a7e-a0ae-11ed-88af-be56a8628f02
        name:
          description: The name of the role. It is null if it can't be read.
          returned: always
          type: str
          sample: Datadog Standard Role
      sample:
        - id: 6c1d3a7e-a0ae-11ed-88af-be56a8628f02
          name: Datadog Standard Role
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.accounts import read_accounts


def main() -> None:
    read_accounts()


if __name__ == "__main__":
    main()
