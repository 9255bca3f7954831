#!/usr/bin/python
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: github_persona_mapping
short_description: Map GitHub Actions jobs to a Datadog account
version_added: 1.0.0
description:
  - Manages one GitHub persona mapping of Datadog's cloud authentication, which lets GitHub Actions jobs log in to
    Datadog without stored keys. A mapping says that the jobs whose claims match regular expressions act as one Datadog
    user or service account.
  - The claim matchers are the key. There is at most one mapping of the same claim matchers.
  - An account is recognized whether you write its email, its handle, or its UUID, so the task changes nothing when
    nothing has to change.
  - Use M(datadog_community.cloud_auth.github_persona_mappings) for many mappings. It reads the list once for all of
    them, makes several changes at once, and can remove what is not wanted.
author:
  - The datadog_community.cloud_auth contributors (@datadog-community)
options:
  id:
    aliases:
      - github_persona_mapping_id
seealso:
  - module: datadog_community.cloud_auth.github_persona_mappings
  - module: datadog_community.cloud_auth.github_persona_mapping_info
extends_documentation_fragment:
  - datadog_community.cloud_auth.connection
  - datadog_community.cloud_auth.attributes
  - datadog_community.cloud_auth.mapping
  - datadog_community.cloud_auth.mapping.one
  - datadog_community.cloud_auth.mapping.persona_one
  - datadog_community.cloud_auth.matcher.claims_one
"""

EXAMPLES = r"""
- name: Let deployments from the main branch act as a service account
  datadog_community.cloud_auth.github_persona_mapping:
    claim_matchers:
      sub: repo:corp/app:ref:refs/heads/main
      repository_owner_id: ^1234567$
    account_identifier: ci@corp.example

- name: Let only jobs of one reusable workflow act as another service account
  datadog_community.cloud_auth.github_persona_mapping:
    claim_matchers:
      sub: repo:corp/[a-z-]+:environment:production
      job_workflow_ref: ^corp/workflows/\.github/workflows/deploy\.yml@refs/heads/main$
    account_identifier: terraform@corp.example
    replace: false

- name: Remove the mapping of these claim matchers, whichever account it leads to
  datadog_community.cloud_auth.github_persona_mapping:
    state: absent
    claim_matchers:
      sub: repo:corp/old-app:ref:refs/heads/main

- name: Remove a mapping by its ID
  datadog_community.cloud_auth.github_persona_mapping:
    state: absent
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
"""

RETURN = r"""
github_persona_mapping:
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
    account_identifier:
      description:
        - The handle of the Datadog account, as Datadog normalizes it. For a person, it is the email of the time when
          the account was created, in lower case. For a service account, it is its UUID.
        - In check mode, for a mapping that would be created, it is the account as given if it can't be looked up.
      returned: always
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid:
      description: The UUID of the Datadog account. Missing in check mode if the account can't be looked up.
      returned: when known
      type: str
      sample: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
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
lost_mapping:
  description:
    - The old mapping, if it was removed to be replaced, or may have been, and could neither be replaced nor put back.
      The module M(datadog_community.cloud_auth.github_persona_mappings) accepts it as an entry, as it is.
  returned: on failure, if a mapping was lost
  type: dict
  sample:
    id: c5c758c6-18c2-4484-ae3f-46b84128404a
    claim_matchers:
      sub: repo:corp/app:ref:refs/heads/main
    account_identifier: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
    account_uuid: 9d9c0565-a0ae-11ed-88af-be56a8628f3f
"""

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.managing import manage_one
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import GITHUB_PERSONA


def main() -> None:
    manage_one(GITHUB_PERSONA)


if __name__ == "__main__":
    main()
