#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intake_mapping_info
short_description: Read which AWS identities may send telemetry to Datadog
version_added: 1.0.0
description:
  - Returns the intake mappings of Datadog's cloud authentication, all of them or those that fit all options
    given.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
seealso:
  - module: datadog_community.cloud_auth.intake_mapping
  - module: datadog_community.cloud_auth.intake_mappings
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping.info
  - datadog_community.cloud_auth.matcher.arn_info
"""

EXAMPLES = r"""
- name: Read all mappings
  datadog_community.cloud_auth.intake_mapping_info:
  register: mappings

- name: Show the patterns
  ansible.builtin.debug:
    msg: "{{ mappings.intake_mappings | map(attribute='arn_pattern') | list }}"

- name: Find out whether an AWS caller may send telemetry
  datadog_community.cloud_auth.intake_mapping_info:
    caller_arn: arn:aws:sts::123456789012:assumed-role/web/i-0123456789abcdef0
  register: caller

- name: Show it
  ansible.builtin.debug:
    msg: "{{ 'It may' if caller.intake_mappings else 'It may not' }}"
"""

RETURN = r"""
intake_mappings:
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
    arn_pattern:
      description: The pattern that the ARN of an AWS caller has to match.
      returned: always
      type: str
      sample: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
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
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_INTAKE


def main() -> None:
    read_mappings(AWS_INTAKE)


if __name__ == "__main__":
    main()
