# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every claim that the modules take reaches Datadog as it is, and is read back."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import CLAIMS
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    GITHUB_INTAKE,
    GITHUB_PERSONA,
    JANE,
    InProcess,
    run,
)

ALL = {claim: f"^{claim.replace('_', '-')}$" for claim in CLAIMS}
every_github_kind = pytest.mark.parametrize("kind", [GITHUB_PERSONA, GITHUB_INTAKE], ids=lambda kind: kind.one)


def wanted(kind):
    return {"claim_matchers": ALL, **({"account_identifier": JANE} if kind.has_account else {})}


@every_github_kind
@pytest.mark.parametrize("is_set", [False, True], ids=["one", "set"])
def test_all_claims_are_sent_and_read_back(kind, is_set):
    api = InProcess()

    if is_set:
        ended = run(kind.many, api, {"mappings": [wanted(kind)]})
    else:
        ended = run(kind.one, api, wanted(kind))
    found = run(kind.info, api, {"claim_matchers": ALL})

    assert ended["changed"] is True
    assert [mapping["claim_matchers"] for mapping in found[kind.many]] == [ALL]


@every_github_kind
@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim != "sub"])
def test_a_mapping_without_one_of_the_claims_is_another_mapping(kind, claim):
    api = InProcess()
    run(kind.one, api, wanted(kind))
    fewer = {name: text for name, text in ALL.items() if name != claim}

    assert run(kind.one, api, {**wanted(kind), "claim_matchers": fewer}, check=True)["changed"] is True
    assert run(kind.one, api, {**wanted(kind), "claim_matchers": {**fewer, claim: ALL[claim]}})["changed"] is False


@every_github_kind
def test_a_list_of_expressions_is_refused(kind):
    """Ansible makes one text of it, which would match single letters."""
    api = InProcess()

    ended = run(kind.one, api, {**wanted(kind), "claim_matchers": {"sub": ["^a$", "^b$"]}})

    assert ended.failed
    assert "sub takes one regular expression, not a list" in ended["msg"]
    assert not api.methods


@every_github_kind
def test_an_entry_that_lacks_something_is_named_with_what_it_has_instead(kind):
    ended = run(kind.many, InProcess(), {"mappings": [wanted(kind), {"claim_matcher": ALL}]})

    assert ended.failed
    assert "It is missing in entry 2 of mappings, which has claim_matcher instead." in ended["msg"]
