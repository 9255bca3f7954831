#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_account
short_description: Manage one Datadog service account
version_added: 1.1.0
description:
  - Creates, changes, enables and disables a Datadog service account, which a persona mapping can lead to.
  - An account of a person is never changed. The module creates no keys.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  state:
    description:
      - V(present) makes sure that the account is there and enabled. V(absent) makes sure that it is disabled, since
        Datadog deletes no accounts.
    type: str
    choices:
      - present
      - absent
    default: present
  email:
    description:
      - The email of the account, in any case. The account is found by it.
      - Several service accounts can have the same email. The only one that is enabled is meant, or else the only one
        that there is. Otherwise the task fails, nothing is written, and the message names their UUIDs. With
        O(state=absent), there is nothing to do if all of them are disabled.
      - O(email) or O(id) is required.
    type: str
  id:
    description:
      - The UUID of an account that exists, in any case. If O(email) is given, too, it has to be that of the account. An
        account is created only without O(id).
    type: str
    aliases:
      - uuid
  name:
    description:
      - The name of the account. By default, it is left as it is.
      - Only for O(state=present).
    type: str
  roles:
    description:
      - The roles of the account, by their names as Datadog shows them, or by their UUIDs. The account gets exactly
        these. By default, its roles are left as they are.
      - Nothing can be mapped to an account without a role. A warning says so.
      - Only for O(state=present).
    type: list
    elements: str
attributes:
  diff_mode:
    support: full
    details: Before and after hold the email, the name, the names of the roles and whether the account is disabled.
  idempotent:
    support: full
notes:
  - Reading needs the permission C(user_access_read). Creating, changing and disabling service accounts needs
    C(service_account_write). Giving roles to an account that is there, or taking them, needs C(user_access_manage).
  - Nobody can give a role with permissions that they lack.
  - Datadog does not refuse a second account with the same email. So if the answer to a creation is lost, the module
    does not send it again before it is certain that it was not executed, which takes half a minute. If that can't be
    known, the task fails, says so, and returns V(changed=true).
  - Any other change whose answer is lost is sent again, as often as O(retries) says. If no answer comes, the module
    reads the account half a minute later, and fails as above unless that shows the change.
  - If O(state=absent) has disabled the account, and Datadog shows it as enabled half a minute later, the task fails.
    So it does, if the account was found by O(email), for another enabled service account of that email, and names its
    UUID.
  - After a change, the module waits up to half a minute until Datadog shows it.
seealso:
  - module: datadog_community.cloud_auth.service_account_info
  - module: datadog_community.cloud_auth.persona_mapping
  - name: Service Accounts API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/service-accounts/
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
"""

EXAMPLES = r"""
- name: Make sure that there is a service account with exactly these roles
  datadog_community.cloud_auth.service_account:
    email: ci@corp.example
    name: CI
    roles:
      - Datadog Standard Role
  register: ci

- name: Let an AWS identity act as it
  datadog_community.cloud_auth.persona_mapping:
    arn_pattern: arn:aws:sts::123456789012:assumed-role/deploy/*
    account_identifier: "{{ ci.service_account.uuid }}"

- name: Take all of its roles
  datadog_community.cloud_auth.service_account:
    email: ci@corp.example
    roles: []

- name: Disable it
  datadog_community.cloud_auth.service_account:
    email: ci@corp.example
    state: absent
"""

RETURN = r"""
service_account:
  description: The account, as it is after the task. In check mode, as it would be.
  returned: success, if one account is meant. On failure, if the task has created it
  type: dict
  contains:
    uuid:
      description: The UUID of the account. In check mode, an account that would be created has none yet.
      returned: if the account exists
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    handle:
      description: The handle of the account, which is its UUID.
      returned: if the account exists
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.accounts import (
    manage_service_account,
)


def main() -> None:
    manage_service_account()


if __name__ == "__main__":
    main()
