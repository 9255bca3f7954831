#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oidc_provider_info
short_description: Read which OIDC providers Datadog trusts
version_added: 1.1.0
description:
  - Returns the custom OIDC providers of Datadog's cloud authentication. Datadog accepts the tokens that they issue,
    such as those of a Kubernetes cluster, of GitLab, or of Automation Platform.
  - This collection does not create or remove providers, because Datadog does not document what the requests have to
    contain. Set them up in Datadog's user interface.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    description:
      - Only the provider with this ID, in any case.
    type: str
    aliases:
      - provider_id
notes:
  - Custom OIDC providers are a preview, and may not be available in every organization.
seealso:
  - module: datadog_community.cloud_auth.oidc_persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.attributes.info
  - datadog_community.cloud_auth.mapping
"""

EXAMPLES = r"""
- name: Read all providers
  datadog_community.cloud_auth.oidc_provider_info:
  register: providers

- name: Show whose tokens Datadog accepts
  ansible.builtin.debug:
    msg: "{{ item.provider_name }}: {{ item.issuer_url }}, for {{ item.audiences | default([]) | join(', ') }}"
  loop: "{{ providers.oidc_providers }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
oidc_providers:
  description:
    - The providers, sorted by name. The list is empty if there is none.
    - Each has its ID and the attributes that Datadog sends, of which the usual ones are described here.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the provider.
      returned: always
      type: str
      sample: 3f1d9a52-0a51-4d0c-9d1e-6f0c1b1f2a11
    provider_name:
      description: The name of the provider.
      returned: if Datadog sends it
      type: str
      sample: gitlab
    issuer_url:
      description: The issuer, as its tokens claim it.
      returned: if Datadog sends it
      type: str
      sample: https://gitlab.com
    discovery_type:
      description: How Datadog finds the keys of the issuer, V(oidc_discovery) or V(direct_jwks).
      returned: if Datadog sends it
      type: str
      sample: oidc_discovery
    audiences:
      description: The audiences that a token may have.
      returned: if Datadog sends it
      type: list
      elements: str
      sample:
        - datadog
    jwks_url:
      description: Where the keys of the issuer are, if Datadog does not discover them.
      returned: if Datadog sends it
      type: str
      sample: https://gitlab.com/oauth/discovery/keys
    org_uuid_source:
      description: Where Datadog takes the organization from.
      returned: if Datadog sends it
      type: str
      sample: audience
    org_uuid_claim_name:
      description: The claim that holds the UUID of the organization.
      returned: if Datadog sends it
      type: str
      sample: datadog_org
    identity_claim_name:
      description: The claim that identifies a workload.
      returned: if Datadog sends it
      type: str
      sample: sub
    required_claims:
      description: Claims that every token must have, as in the mappings.
      returned: if Datadog sends it
      type: list
      elements: dict
      sample:
        - claim: namespace_path
          values:
            - corp
          mode: exact
    created_at:
      description: When the provider was created.
      returned: if Datadog sends it
      type: str
      sample: '2026-10-05T09:00:00Z'
    created_by:
      description: Who created the provider.
      returned: if Datadog sends it
      type: str
      sample: 11111111-a0ae-11ed-88af-be56a8628f01
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
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.ways_in import OIDC_PROVIDER


def main() -> None:
    read_ways_in(OIDC_PROVIDER, id_aliases=("provider_id",))


if __name__ == "__main__":
    main()
