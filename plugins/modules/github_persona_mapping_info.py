#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: github_persona_mapping_info
short_description: Read which GitHub Actions jobs are mapped to which Datadog accounts
version_added: 1.0.0
description:
  - Returns the GitHub persona mappings of Datadog's cloud authentication, all of them or those that fit all options
    given.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.github_persona_mapping
  - module: datadog_community.cloud_auth.github_persona_mappings
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping.info
  - datadog_community.cloud_auth.mapping.persona_info
  - datadog_community.cloud_auth.matcher.claims_info
"""

EXAMPLES = r"""
- name: Read all mappings, with the emails and names of their accounts
  datadog_community.cloud_auth.github_persona_mapping_info:
    resolve_accounts: true
  register: mappings

- name: Show who can act as whom
  ansible.builtin.debug:
    msg: "{{ item.claim_matchers.sub }} acts as {{ item.account_email }}"
  loop: "{{ mappings.github_persona_mappings }}"
  loop_control:
    label: "{{ item.id }}"

- name: Fail if any GitHub Actions job can act as this account
  datadog_community.cloud_auth.github_persona_mapping_info:
    account_identifier: admin@corp.example
  register: admin
  failed_when: admin.github_persona_mappings | length > 0

- name: Find out which Datadog accounts a GitHub Actions job can act as
  datadog_community.cloud_auth.github_persona_mapping_info:
    claims:
      sub: repo:corp/app:ref:refs/heads/main
      ref: refs/heads/main
      repository: corp/app
      repository_owner_id: "1234567"
  register: job

- name: Show them
  ansible.builtin.debug:
    msg: "{{ job.github_persona_mappings | map(attribute='account_identifier') | list }}"

- name: Read the mapping of exactly these claim matchers
  datadog_community.cloud_auth.github_persona_mapping_info:
    claim_matchers:
      sub: repo:corp/app:ref:refs/heads/main
"""

RETURN = r"""
github_persona_mappings:
  description:
    - The mappings that fit, sorted by what callers are matched by. The list is empty if none fits.
    - What Datadog does not show of a mapping is null, and a warning says so.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the mapping.
      returned: always
      type: str
      sample: c5c758c6-18c2-4484-ae3f-46b84128404a
    claim_matchers:
      description: The regular expressions that the claims of a GitHub Actions job have to match, by claim.
      returned: always
      type: dict
      sample:
        sub: repo:corp/app:ref:refs/heads/main
    account_identifier:
      description:
        - The handle of the Datadog account, as Datadog normalizes it. For a person, it is the email of the time when
          the account was created, in lower case. For a service account, it is its UUID.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.reading import read_mappings
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import GITHUB_PERSONA


def main() -> None:
    read_mappings(GITHUB_PERSONA)


if __name__ == "__main__":
    main()
