# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""persona_mapping, by its real main() on scripted exchanges: what is sent, and what is returned."""

from __future__ import annotations

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import MAPPINGS, InProcess, mapping, run

PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
JANE = {"arn_pattern": PATTERN, "account_identifier": "jane.doe@corp.example"}


def test_a_mapping_in_sync_costs_one_request_and_no_write(script):
    script.expect("GET", MAPPINGS, body={"data": [mapping(1, PATTERN)]})

    ended = run("persona_mapping", script, {**JANE, "account_identifier": "Jane.Doe@corp.example"})

    assert ended["changed"] is False
    assert ended["persona_mapping"]["id"] == mapping(1, PATTERN)["id"]


def test_a_lost_answer_to_a_creation_makes_one_mapping():
    api = InProcess()
    api.sandbox.add_fault(method="POST", lose="reset", execute=True)

    ended = run("persona_mapping", api, JANE)

    assert ended["changed"] is True
    assert [m["arn_pattern"] for m in api.sandbox.mappings()] == [PATTERN]
