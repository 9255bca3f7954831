#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_account_info
short_description: Read Datadog service accounts
version_added: 1.1.0
description:
  - Returns Datadog service accounts with their roles, all of them or those that fit all options given. Accounts of
    people are left out.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  email:
    description:
      - Only the service accounts with this email, in any case. There can be several.
    type: str
  id:
    description:
      - Only the service account with this UUID, in any case.
    type: str
    aliases:
      - uuid
notes:
  - Reading users and roles needs the permission C(user_access_read).
seealso:
  - module: datadog_community.cloud_auth.service_account
  - module: datadog_community.cloud_auth.persona_mapping_info
  - name: Users API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/users/
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
"""

EXAMPLES = r"""
- name: Read all service accounts
  datadog_community.cloud_auth.service_account_info:
  register: all

- name: Show the roles of those that are enabled
  ansible.builtin.debug:
    msg: "{{ item.email }}: {{ item.roles | map(attribute='name') | join(', ') }}"
  loop: "{{ all.service_accounts | rejectattr('disabled') }}"
  loop_control:
    label: "{{ item.uuid }}"

- name: Read the service accounts with this email
  datadog_community.cloud_auth.service_account_info:
    email: ci@corp.example
"""

RETURN = r"""
service_accounts:
  description: The service accounts that fit, sorted by email. The list is empty if none fits.
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
      description: The handle of the account, which is its UUID.
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.accounts import read_service_accounts


def main() -> None:
    read_service_accounts()


if __name__ == "__main__":
    main()
