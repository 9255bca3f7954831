#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oidc_persona_mapping_info
short_description: Read which workloads of custom OIDC providers are mapped to which Datadog accounts
version_added: 1.1.0
description:
  - Returns the persona mappings of custom OIDC providers in Datadog's cloud authentication, all of them or those that
    fit all options given. Such a provider can be a Kubernetes cluster, GitLab, or Automation Platform.
  - This collection does not create or remove such mappings, because Datadog does not document what the requests have to
    contain. They let workloads in all the same, so an audit has to look at them.
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
  provider_id:
    description:
      - Only the mappings of the custom OIDC provider with this ID, which
        M(datadog_community.cloud_auth.oidc_provider_info) returns.
    type: str
  resolve_accounts:
    description:
      - Whether to look up the email and the name of the account of each mapping that is returned. Each account is
        looked up once, which needs the permission C(user_access_read).
    type: bool
    default: false
notes:
  - Custom OIDC providers are a preview, and may not be available in every organization.
seealso:
  - module: datadog_community.cloud_auth.oidc_provider_info
  - module: datadog_community.cloud_auth.persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping
"""

EXAMPLES = r"""
- name: Read all mappings, with the emails and names of their accounts
  datadog_community.cloud_auth.oidc_persona_mapping_info:
    resolve_accounts: true
  register: mappings

- name: Show who can act as whom
  ansible.builtin.debug:
    msg: "{{ item.identity_pattern | default(item.claim_matchers) }} acts as {{ item.account_email }}"
  loop: "{{ mappings.oidc_persona_mappings }}"
  loop_control:
    label: "{{ item.id }}"

- name: Read the providers
  datadog_community.cloud_auth.oidc_provider_info:
  register: providers

- name: Read the mappings of each provider
  datadog_community.cloud_auth.oidc_persona_mapping_info:
    provider_id: "{{ item.id }}"
  loop: "{{ providers.oidc_providers }}"
  loop_control:
    label: "{{ item.provider_name }}"
"""

RETURN = r"""
oidc_persona_mappings:
  description:
    - The mappings that fit, sorted by provider and identity. The list is empty if none fits.
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
      description:
        - What the Datadog account was called when the mapping was created. Datadog does not update it, so the account
          is the one of RV(oidc_persona_mappings[].account_uuid).
      returned: if Datadog sends it
      type: str
      sample: ci@corp.example
    account_uuid:
      description: The UUID of the Datadog account.
      returned: if Datadog sends it
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    provider_id:
      description: The ID of the custom OIDC provider.
      returned: if Datadog sends it
      type: str
      sample: 3f1d9a52-0a51-4d0c-9d1e-6f0c1b1f2a11
    claim_matchers:
      description: What the claims of a token have to match. All of them must match, each with any of its values.
      returned: if Datadog sends it
      type: list
      elements: dict
      sample:
        - claim: sub
          values:
            - system:serviceaccount:ci:ansible
          mode: exact
    identity_pattern:
      description: A pattern for the identity that a token claims.
      returned: if Datadog sends it
      type: str
      sample: project_path:corp/infra:*
    created_at:
      description: When the mapping was created.
      returned: if Datadog sends it
      type: str
      sample: '2026-10-05T09:00:00Z'
    created_by:
      description: Who created the mapping.
      returned: if Datadog sends it
      type: str
      sample: 11111111-a0ae-11ed-88af-be56a8628f01
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
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.ways_in import OIDC_PERSONA


def main() -> None:
    read_ways_in(OIDC_PERSONA, ("account_identifier", "provider_id"))


if __name__ == "__main__":
    main()
