# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter role_arn_to_pattern and the test matched_by_pattern in playbooks."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI_UUID,
    NAMESPACE,
    OMAR,
    state_of,
    task,
)

GUIDE = Path(__file__).resolve().parents[2] / "docs/docsite/rst/whole_set.rst"
ROLE_INFO = "amazon.aws.iam_role_info"
STS = "arn:aws:sts::123456789012:assumed-role/"


def role(arn: str, **tags: str) -> dict[str, Any]:
    """A role as amazon.aws.iam_role_info returns it, in part."""
    return {"arn": arn, "path": "/datadog/", "role_name": arn.rpartition("/")[2], "tags": tags}


def test_the_guides_play_maps_the_roles_that_aws_knows(play, sandbox):
    blocks = re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", GUIDE.read_text(), re.MULTILINE)
    (shown,) = (yaml.safe_load(dedent(block))[0] for block in blocks if ROLE_INFO in block)
    read, *others = shown["tasks"]
    roles = [
        role("arn:aws:iam::123456789012:role/datadog/deploy", datadog_account="ci@corp.example"),
        role("arn:aws:iam::123456789012:role/datadog/team/web", datadog_account=OMAR),
        role("arn:aws:iam::123456789012:role/datadog/untagged"),
    ]
    assert read.keys() == {"name", ROLE_INFO, "register"}
    found = {"name": read["name"], "ansible.builtin.set_fact": {read["register"]: {"iam_roles": roles}}}

    run = play(found, *others, vars=shown["vars"], sandbox=sandbox)

    assert run.status == 0, run.output
    assert state_of(sandbox) == {f"{STS}deploy/*": CI_UUID, f"{STS}web/*": OMAR}


def test_what_is_no_role_fails_the_task_in_words_before_anything_is_sent(play, sandbox):
    pattern = f"{{{{ 'arn:aws:iam::123456789012:user/jane' | {NAMESPACE}.role_arn_to_pattern }}}}"
    check = {"ansible.builtin.assert": {"that": [f"'deploy' is {NAMESPACE}.matched_by_pattern('x')"]}}

    run = play(
        task({"arn_pattern": pattern, "account_identifier": OMAR}),
        {"name": "Check", **check, "ignore_errors": True},
        sandbox=sandbox,
    )

    refused, not_checked = run.results
    assert "it is not the ARN of an IAM role" in refused["msg"]
    assert "it is not an ARN" in not_checked["msg"]
    assert "Traceback" not in run.output
    assert not sandbox.requests
