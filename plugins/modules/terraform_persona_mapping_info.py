#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_persona_mapping_info
short_description: Read which HCP Terraform runs are mapped to which Datadog accounts
version_added: 1.1.0
description:
  - Returns the HCP Terraform persona mappings of Datadog's cloud authentication, all of them or those that fit all
    options given.
  - This collection does not create or remove such mappings, because Datadog does not document what the requests have to
    contain. They let runs in all the same, so an audit has to look at them.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    description:
      - Only the mapping with this ID, in any case.
    type: str
  account_identifier:
    description:
      - Only the mappings to this Datadog account, by its email, its handle, or its UUID, in any case. A warning says
        so if Datadog has no such account.
      - Unless it is the UUID of a mapping's account, the account is looked up with Datadog's Users API, which needs the
        permission C(user_access_read).
    type: str
  resolve_accounts:
    description:
      - Whether to look up the email and the name of the account of each mapping that is returned. Each account is
        looked up once, which needs the permission C(user_access_read).
    type: bool
    default: false
notes:
  - HCP Terraform mappings are a preview, and may not be available in every organization.
seealso:
  - module: datadog_community.cloud_auth.persona_mapping_info
  - module: datadog_community.cloud_auth.oidc_persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping
"""

EXAMPLES = r"""
- name: Read all mappings, with the emails and names of their accounts
  datadog_community.cloud_auth.terraform_persona_mapping_info:
    resolve_accounts: true
  register: mappings

- name: Show who can act as whom
  ansible.builtin.debug:
    msg: "{{ item.sub_pattern | default('all runs') }} acts as {{ item.account_email }}"
  loop: "{{ mappings.terraform_persona_mappings }}"
  loop_control:
    label: "{{ item.id }}"

- name: Fail if any HCP Terraform run can act as this account
  datadog_community.cloud_auth.terraform_persona_mapping_info:
    account_identifier: admin@corp.example
  register: admin
  failed_when: admin is failed or admin.terraform_persona_mappings | length > 0
"""

RETURN = r"""
terraform_persona_mappings:
  description:
    - The mappings that fit, sorted by issuer and subject. The list is empty if none fits.
    - Each has its ID and the attributes that Datadog sends, of which the usual ones are described here.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the mapping.
      returned: always
      type: str
      sample: c5c758c6-18c2-4484-ae3f-46b84128404a
    account_identifier:
      description: The handle of the Datadog account.
      returned: if Datadog sends it
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account.
      returned: if Datadog sends it
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    issuer_url:
      description: The issuer of the tokens, which is HCP Terraform or its European site.
      returned: if Datadog sends it
      type: str
      sample: https://app.terraform.io
    sub_pattern:
      description: What the subject of a token has to match. A whole segment can be V(*).
      returned: if Datadog sends it
      type: str
      sample: organization:corp:project:infra:workspace:datadog:run_phase:*
    audience:
      description: The audience that a token must have.
      returned: if Datadog sends it
      type: str
      sample: datadog/5c1d3a7e-a0ae-11ed-88af-be56a8628f00
    account_email:
      description: The present email of the Datadog account. It is null for an account that Datadog does not show.
      returned: with O(resolve_accounts=true)
      type: str
      sample: ci@corp.example
    account_name:
      description:
        - The name of the Datadog account. It is null for an account that has none, or that Datadog does not show.
      returned: with O(resolve_accounts=true)
      type: str
      sample: CI
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.reading import read_ways_in
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.ways_in import TERRAFORM_PERSONA


def main() -> None:
    read_ways_in(TERRAFORM_PERSONA, ("account_identifier",))


if __name__ == "__main__":
    main()
