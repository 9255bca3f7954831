# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test matched_by_pattern."""

from __future__ import annotations

from typing import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.arn import ImpossibleArn
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.callers import (
    check_caller,
    matches,
)
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._texts import as_text

DOCUMENTATION = r"""
name: matched_by_pattern
short_description: Whether an ARN pattern matches an AWS caller
version_added: 1.0.0
description:
  - Tells whether Datadog would recognize an AWS caller by an ARN pattern. Upper and lower case differ.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
positional: _input, pattern
options:
  _input:
    description:
      - The ARN of an AWS caller, as C(aws sts get-caller-identity) prints it.
      - The ARN of a role is refused, since no caller has it.
    type: str
    required: true
  pattern:
    description:
      - The pattern. V(*) as its last segment matches any one segment.
    type: str
    required: true
notes:
  - The test runs on the controller, and sends no request.
seealso:
  - plugin: datadog_community.cloud_auth.role_arn_to_pattern
    plugin_type: filter
  - module: datadog_community.cloud_auth.persona_mapping_info
  - module: datadog_community.cloud_auth.intake_mapping_info
"""

EXAMPLES = r"""
- name: Check that a pattern matches the callers that it should, and no others
  ansible.builtin.assert:
    that:
      - runner is datadog_community.cloud_auth.matched_by_pattern(pattern)
      - other is not datadog_community.cloud_auth.matched_by_pattern(pattern)
  vars:
    pattern: arn:aws:sts::123456789012:assumed-role/terraform-runner/*
    runner: arn:aws:sts::123456789012:assumed-role/terraform-runner/i-0123456789abcdef0
    other: arn:aws:sts::123456789012:assumed-role/terraform-runner-2/i-0123456789abcdef0
"""

RETURN = r"""
_value:
  description: Whether the pattern matches the caller.
  type: bool
  sample: true
"""


SWAPPED = "The two look swapped: write caller is datadog_community.cloud_auth.matched_by_pattern(pattern)."


def matched_by_pattern(caller_arn: object, pattern: object) -> bool:
    """Whether ``pattern`` matches the caller.

    :raises AnsibleFilterError: there can be no such caller.
    """
    caller, expected = as_text(caller_arn), as_text(pattern)
    if caller is None or expected is None:
        raise AnsibleFilterError(
            "matched_by_pattern takes the ARN of one caller, and one pattern, as text. For a list of callers, use "
            "select('datadog_community.cloud_auth.matched_by_pattern', pattern)."
        )
    try:
        check_caller(caller)
    except ImpossibleArn as error:
        hint = f" {SWAPPED}" if "*" in caller and "*" not in expected else ""
        raise AnsibleFilterError(f"matched_by_pattern can't use '{caller}': {error}{hint}") from error
    return matches(expected, caller)


class TestModule:
    """What Ansible loads."""

    __test__ = False  # pytest takes the name for its own

    def tests(self) -> dict[str, Callable[..., bool]]:
        """The tests of this file by name."""
        return {"matched_by_pattern": matched_by_pattern}
