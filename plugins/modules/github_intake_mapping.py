#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: github_intake_mapping
short_description: Let GitHub Actions jobs send telemetry to Datadog
version_added: 1.0.0
description:
  - Manages one GitHub intake mapping of Datadog's cloud authentication, which lets GitHub Actions jobs send telemetry
    to Datadog without stored keys. A job whose claims match the regular expressions gets an API key that Datadog
    manages and rotates. It can't log in with that key.
  - The claim matchers are the key. There is at most one mapping of the same claim matchers.
  - Managed API key rotation must be enabled for the organization.
  - Removing a mapping may not revoke the API key that a workload already has.
  - Use M(datadog_community.cloud_auth.github_intake_mappings) for many mappings. It reads the list once for all of
    them, makes several changes at once, and can remove what is not wanted.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    aliases:
      - github_intake_mapping_id
seealso:
  - module: datadog_community.cloud_auth.github_intake_mappings
  - module: datadog_community.cloud_auth.github_intake_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.one
  - datadog_community.cloud_auth.matcher.claims_one
"""

EXAMPLES = r"""
- name: Let all jobs of a repository send telemetry
  datadog_community.cloud_auth.github_intake_mapping:
    claim_matchers:
      sub: repo:corp/app:.*
      repository_id: ^7654321$

- name: Remove the mapping of these claim matchers
  datadog_community.cloud_auth.github_intake_mapping:
    state: absent
    claim_matchers:
      sub: repo:corp/old-app:.*

- name: Remove a mapping by its ID
  datadog_community.cloud_auth.github_intake_mapping:
    state: absent
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
"""

RETURN = r"""
github_intake_mapping:
  description:
    - The mapping as it is, or with O(state=absent) as it was. In check mode, as it would be.
    - Missing with O(state=absent) if there was none.
  returned: on success, if there is or was a mapping
  type: dict
  contains:
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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_one
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import GITHUB_INTAKE


def main() -> None:
    manage_one(GITHUB_INTAKE)


if __name__ == "__main__":
    main()
