# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup delegated_token."""

from __future__ import annotations

DOCUMENTATION = r"""
name: delegated_token
short_description: Log in to Datadog without keys, and return the token
version_added: 1.1.0
description:
  - Logs in to Datadog with the AWS identity of the controller, or by an OIDC token, and returns the token that Datadog
    gives for it. It acts as the Datadog account that the identity is mapped to.
  - Use it to log in once for a whole play instead of once for each task, or to pass the token on to
    M(ansible.builtin.uri) or to a script.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  _terms:
    description:
      - The lookup takes options only.
    type: list
    elements: str
  with_expiry:
    description:
      - Whether to return a dictionary that also says when the token expires.
    type: bool
    default: false
notes:
  - The lookup runs on the controller, and reads the environment of C(ansible-playbook). It does not see the keyword
    C(environment) nor C(module_defaults).
  - Ansible evaluates a lookup each time that a variable with it is used. Store the token with
    M(ansible.builtin.set_fact) to log in once.
  - The token is a secret. Set C(no_log) for tasks that store or print it.
  - Keys and bearer tokens need no login, so O(api_key), O(app_key) and O(bearer_token) are refused.
seealso:
  - module: datadog_community.cloud_auth.current_user_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
"""

EXAMPLES = r"""
- name: Log in once, for this play
  ansible.builtin.set_fact:
    datadog: "{{ lookup('datadog_community.cloud_auth.delegated_token', cloud_provider_type='aws', with_expiry=true) }}"
  no_log: true

- name: Use the token for modules of this collection
  datadog_community.cloud_auth.current_user_info:
    bearer_token: "{{ datadog.access_token }}"

- name: Log in again if it is valid for less than five minutes
  ansible.builtin.set_fact:
    datadog: "{{ lookup('datadog_community.cloud_auth.delegated_token', cloud_provider_type='aws', with_expiry=true) }}"
  no_log: true
  when: (datadog.expires | to_datetime('%Y-%m-%dT%H:%M:%SZ') - now(utc=true)).total_seconds() < 300

- name: Use it for another endpoint of Datadog
  ansible.builtin.uri:
    url: "{{ api_url }}/api/v2/current_user"
    headers:
      Authorization: Bearer {{ datadog.access_token }}
  no_log: true
  vars:
    api_url: "{{ lookup('ansible.builtin.env', 'DATADOG_HOST') | default('https://api.datadoghq.com', true) }}"
"""

RETURN = r"""
_raw:
  description:
    - The token, as text.
    - With O(with_expiry=true), a dictionary of C(access_token), the token, and C(expires), when it expires, in UTC as
      in V(2026-10-05T09:15:00Z).
  type: list
  elements: raw
  sample:
    - access_token: the token
      expires: '2026-10-05T09:15:00Z'
"""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import CloudAuthError
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.delegation import log_in
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._texts import plain

OPTIONS: dict[str, dict[str, Any]] = {"with_expiry": {"type": "bool", "default": False}}


class LookupModule(LookupBase):
    """What Ansible loads."""

    def run(self, terms: Sequence[object], variables: object = None, **kwargs: Any) -> list[Any]:  # noqa: ARG002 - Ansible hands variables over
        """The token, the only result.

        :raises AnsibleLookupError: there is none.
        """
        if terms:
            raise AnsibleLookupError("delegated_token takes options only, such as cloud_provider_type='aws'.")
        try:
            login = log_in({name: plain(value) for name, value in kwargs.items()}, OPTIONS)
        except CloudAuthError as error:
            raise AnsibleLookupError(f"delegated_token: {error}") from None
        if not login.params["with_expiry"]:
            return [login.token.text]
        expires = datetime.fromtimestamp(login.token.expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [{"access_token": login.token.text, "expires": expires}]
