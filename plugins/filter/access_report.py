# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter access_report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.facts import facts_of
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.findings import findings_of

DOCUMENTATION = r"""
name: access_report
short_description: A page that shows who may act as which Datadog account
version_added: 1.1.0
description:
  - Makes a page of what the info modules of this collection return. It begins with findings, such as patterns that
    match no caller, or claims that let others in. Then it shows each account with what leads to it, and a diagram.
  - The playbook C(datadog_community.cloud_auth.report) reads everything and writes such a page. Use the filter to put a
    page together in another way.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
positional: page_format
options:
  _input:
    description:
      - What to show. The keys C(persona_mappings), C(github_persona_mappings), C(terraform_persona_mappings),
        C(oidc_persona_mappings), C(intake_mappings), C(github_intake_mappings) and C(oidc_providers) are lists as the
        info modules return them. What is missing is not shown.
      - C(accounts) is a list of dictionaries with the keys C(uuid), C(email), C(name), C(service_account), C(disabled)
        and C(roles).
      - C(unreadable) is a list of dictionaries with the keys C(what) and C(why).
      - C(title), C(organization) and C(written) are texts for the head of the page.
    type: dict
    required: true
  page_format:
    description:
      - V(markdown) is a page with a diagram for Mermaid, as GitHub and GitLab show it.
      - V(html) is one file without scripts that loads nothing from elsewhere.
    type: str
    choices:
      - markdown
      - html
    default: markdown
notes:
  - The filter runs on the controller, and sends no request.
  - Nothing that comes from Datadog becomes markup.
seealso:
  - plugin: datadog_community.cloud_auth.matched_by_pattern
    plugin_type: test
"""

EXAMPLES = r"""
- name: Read the persona mappings
  datadog_community.cloud_auth.persona_mapping_info:
    resolve_accounts: true
  register: read

- name: Show who may act as whom
  ansible.builtin.debug:
    msg: "{{ content | datadog_community.cloud_auth.access_report }}"
  vars:
    content:
      title: AWS identities
      persona_mappings: "{{ read.persona_mappings }}"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
  sample: "# AWS identities"
"""


def access_report(content: object, page_format: object = "markdown") -> str:
    """The page.

    :raises AnsibleFilterError: there is no such format, or nothing to show.
    """
    if not isinstance(content, Mapping):
        raise AnsibleFilterError("access_report takes a dictionary of what the info modules return.")
    if page_format not in ("markdown", "html"):
        raise AnsibleFilterError(f"access_report makes markdown or html, not '{page_format}'.")
    facts = facts_of(content)
    findings = findings_of(facts)
    if page_format == "html":
        from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.html import as_html

        return as_html(facts, findings)
    from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.markdown import as_markdown

    return as_markdown(facts, findings)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters of this file by name."""
        return {"access_report": access_report}
