# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which claim matchers let a job in: one too many perhaps, never one too few."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import claim_matchers
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.jobs import (
    claims_of_job,
    lets_in,
    missing_for,
)

SUB = "repo:corp/app:ref:refs/heads/main"
JOB = {"sub": SUB, "ref": "refs/heads/main", "repository_owner": "corp", "repository_owner_id": "1234567"}


@pytest.mark.parametrize(
    ("matchers", "let_in"),
    [
        ({"sub": SUB}, True),
        ({"sub": f"^{SUB}$"}, True),
        ({"sub": "repo:corp/app:.*"}, True),
        ({"sub": "repo:corp/app"}, False),
        ({"sub": "corp/app:ref:refs/heads/main"}, False),
        ({"sub": "repo:corp/app:ref:refs/heads/mai"}, False),
        ({"sub": "repo:CORP/app:.*"}, False),
        ({"sub": ".*", "ref": "main"}, True),
        ({"sub": ".*", "ref": "^refs/heads/main$"}, True),
        ({"sub": ".*", "ref": "^main$"}, False),
        ({"sub": ".*", "repository_owner": "orp", "repository_owner_id": "^1234567$"}, True),
        ({"sub": ".*", "repository_owner": "corp", "repository_owner_id": "^7654321$"}, False),
        ({"sub": ".*", "environment": "^production$"}, False),
        ({"sub": ".*", "environment": ".*"}, True),
        ({"sub": "["}, True),
        ({"sub": ".*", "ref": "[[:alpha:]]x"}, True),
        ({"sub": ".*", "ref": "\\pL"}, True),
        ({"sub": ".*", "ref": "x{99999999999}"}, True),
        ({}, True),
    ],
)
def test_who_is_let_in(matchers, let_in):
    assert lets_in(claim_matchers(matchers), JOB) is let_in


def test_claims_are_texts():
    claims = claims_of_job(
        {"sub": SUB, "run_attempt": 1, "flag": True, "enterprise": None, "aud": ["a"], "x": {"y": 1}}
    )

    assert claims == {"sub": SUB, "run_attempt": "1", "flag": "true", "aud": '["a"]', "x": '{"y": 1}'}


@pytest.mark.parametrize(
    ("matchers", "missing"),
    [
        ({"sub": SUB, "environment": "^p$", "actor": "^a$"}, ["actor", "environment"]),
        ({"sub": "repo:corp/other", "environment": "^p$"}, []),
        ({"sub": SUB, "ref": "^x$"}, []),
        ({"sub": SUB}, []),
    ],
)
def test_what_a_job_lacks(matchers, missing):
    assert missing_for(claim_matchers(matchers), JOB) == missing
