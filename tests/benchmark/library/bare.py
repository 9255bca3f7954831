# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that a module can do that reads the list with requests: what persona_mapping's time is held against."""

from __future__ import annotations

import os

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule(argument_spec={})
    answer = requests.get(
        os.environ["DATADOG_HOST"] + "/api/v2/cloud_auth/aws/persona_mapping",
        headers={"DD-API-KEY": os.environ["DD_API_KEY"], "DD-APPLICATION-KEY": os.environ["DD_APP_KEY"]},
        timeout=30,
    )
    answer.raise_for_status()
    module.exit_json(changed=False, count=len(answer.json()["data"]))


if __name__ == "__main__":
    main()
