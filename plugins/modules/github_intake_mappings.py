#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: github_intake_mappings
short_description: Manage the whole set of GitHub Actions jobs that send telemetry to Datadog
version_added: 1.0.0
description:
  - Makes sure that a set of GitHub intake mappings is present, or absent, in one task. It reads the list once,
    and then makes only the changes that are needed, several at once.
  - With O(purge), what is not in the set is removed.
  - Everything is checked before the first write. Removals come before creations.
  - If some changes fail, the others are still carried out. The task then fails, and says what was done and what
    was not. Run it again, and only what is left is done.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.github_intake_mapping
  - module: datadog_community.cloud_auth.github_intake_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.set
  - datadog_community.cloud_auth.matcher.claims_set
"""

EXAMPLES = r"""
- name: Make sure that some mappings are there
  datadog_community.cloud_auth.github_intake_mappings:
    mappings:
      - claim_matchers:
          sub: repo:corp/app:.*
      - claim_matchers:
          sub: repo:corp/dashboards:.*
          repository_owner_id: ^1234567$

- name: Own all mappings, and stop if more than five would be removed
  datadog_community.cloud_auth.github_intake_mappings:
    mappings:
      - claim_matchers:
          sub: repo:corp/app:.*
    purge: true
    max_removals: 5

- name: Remove mappings
  datadog_community.cloud_auth.github_intake_mappings:
    state: absent
    mappings:
      - claim_matchers:
          sub: repo:corp/app:.*
  register: removal

- name: Undo the removal
  datadog_community.cloud_auth.github_intake_mappings:
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
      description: Always 0, since there is no account that could be another.
      returned: always
      type: int
      sample: 0
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
    claim_matchers:
      description: The regular expressions that the claims of a GitHub Actions job have to match, by claim.
      returned: always
      type: dict
      sample:
        sub: repo:corp/app:ref:refs/heads/main
replaced:
  description: Always empty, since there is no account that could be another.
  returned: unless the task fails before it knows what to change
  type: list
  elements: dict
  sample: []
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
    claim_matchers:
      description: The regular expressions that the claims of a GitHub Actions job have to match, by claim.
      returned: always
      type: dict
      sample:
        sub: repo:corp/app:ref:refs/heads/main
    operation:
      description: What failed, V(create) or V(remove).
      returned: always
      type: str
      sample: create
    msg:
      description: Why it failed, and what to do.
      returned: always
      type: str
      sample: >-
        Could not create the GitHub intake mapping of sub: repo:corp/app:ref:refs/heads/main:
        Datadog answered 403: Forbidden: Missing permission.
    before:
      description: The mapping that was there before, as RV(removed) has it. Map it again to give back what is gone.
      returned: if a removal failed, but has changed something, or may have
      type: dict
      sample:
        id: 8c7b6d3e-2f0a-4a8e-9a57-1d2f6a1c9b44
        claim_matchers:
          sub: repo:corp/app:ref:refs/heads/main
    created:
      description: The mapping that was created, or may have been. It has no ID.
      returned: if the mapping may be there although the creation failed
      type: dict
      sample:
        claim_matchers:
          sub: repo:corp/app:ref:refs/heads/main
http_status:
  description: The HTTP status of the answer that made the task fail. With several failures, it is that of the first.
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_set
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import GITHUB_INTAKE


def main() -> None:
    manage_set(GITHUB_INTAKE)


if __name__ == "__main__":
    main()
