# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of mappings that the ready playbooks take, and the records that they leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    LI,
    OMAR,
    RUNNER,
    present,
)
from datadog_sandbox import Sandbox

OPS = "arn:aws:iam::210987654321:user/ops/*"
USER = "arn:aws:iam::123456789012:user/jane"
NOT_INTEGRATED = "arn:aws:sts::111111111111:assumed-role/deploy/*"
CHECK = ("--check",)


def write(folder: Path, entries: Any, name: str = "mappings.yml") -> str:
    (folder / name).write_text(yaml.safe_dump(entries))
    return name


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("cloud_auth_records/*.json"))


def existing(sandbox: Sandbox) -> list[dict[str, str]]:
    sandbox.create_mapping(RUNNER, CI)
    sandbox.create_mapping(OPS, OMAR)
    return [present(RUNNER, CI_UUID), present(OPS, OMAR)]


WRONG = [present(RUNNER, LI), present(USER, LI)]
OWN_ALL = {"purge": True, "max_removals": 2}


def listed(*mappings: dict[str, Any]) -> dict[str, Any]:
    """A list of persona mappings, which need not be as they should."""
    known = {"account_uuid": CI_UUID, "account_identifier": CI_UUID}
    entries = [
        {"id": f"6f2e0a4e-3f7c-4f6b-9a53-0c5f0f3a7a{number:02}", "type": "any", "attributes": {**known, **mapping}}
        for number, mapping in enumerate(mappings)
    ]
    return {"data": entries}


EVIL = "arn:aws:sts::123456789012:assumed-role/evil/*"
HALF_SHOWN = listed({"arn_pattern": RUNNER}, {"arn_pattern": EVIL, "account_identifier": None, "account_uuid": None})
