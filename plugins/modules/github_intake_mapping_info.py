#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: github_intake_mapping_info
short_description: Read which GitHub Actions jobs may send telemetry to Datadog
version_added: 1.0.0
description:
  - Returns the GitHub intake mappings of Datadog's cloud authentication, all of them or those that fit all options
    given.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.github_intake_mapping
  - module: datadog_community.cloud_auth.github_intake_mappings
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping.info
  - datadog_community.cloud_auth.matcher.claims_info
"""

EXAMPLES = r"""
- name: Read all mappings
  datadog_community.cloud_auth.github_intake_mapping_info:
  register: mappings

- name: Show the subjects that they match
  ansible.builtin.debug:
    msg: "{{ mappings.github_intake_mappings | map(attribute='claim_matchers.sub') | list }}"

- name: Find out whether a GitHub Actions job may send telemetry
  datadog_community.cloud_auth.github_intake_mapping_info:
    claims:
      sub: repo:corp/app:ref:refs/heads/main
      repository: corp/app
  register: job

- name: Show it
  ansible.builtin.debug:
    msg: "It may: {{ job.github_intake_mappings | length > 0 }}."

- name: Read the mapping of exactly these claim matchers
  datadog_community.cloud_auth.github_intake_mapping_info:
    claim_matchers:
      sub: repo:corp/app:.*
"""

RETURN = r"""
github_intake_mappings:
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
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import GITHUB_INTAKE


def main() -> None:
    read_mappings(GITHUB_INTAKE)


if __name__ == "__main__":
    main()
