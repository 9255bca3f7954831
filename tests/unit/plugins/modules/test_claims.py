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
    organization,
    run,
)

ALL = {claim: f"^{claim.replace('_', '-')}$" for claim in CLAIMS} | {"sub": "repo:corp/app:.*"}
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


SUB = "repo:corp/app:ref:refs/heads/main"


def of_sub(kind, sub, **more):
    account = {"account_identifier": JANE} if kind.has_account else {}
    return {"claim_matchers": {"sub": sub, **more}, **account}


@every_github_kind
def test_info_finds_the_mappings_that_let_a_job_in(kind):
    api = organization(
        kind,
        of_sub(kind, "repo:corp/app:.*"),
        of_sub(kind, SUB, ref="main"),
        of_sub(kind, "repo:corp/other:.*"),
        of_sub(kind, SUB, environment="^production$"),
    )

    ended = run(kind.info, api, {"claims": {"sub": SUB, "ref": "refs/heads/main", "run_number": 7, "iss": None}})

    assert [mapping["claim_matchers"]["sub"] for mapping in ended[kind.many]] == ["repo:corp/app:.*", SUB]
    [warning] = ended.warnings
    assert warning.startswith("Other mappings may let the job in, too, if its token holds more claims than were given")
    assert warning.endswith(": they match environment.")
    more = run(kind.info, api, {"claims": f'{{"sub": " {SUB}\\n", "ref": "x", "environment": "production"}}'})
    assert [len(more[kind.many]), more.warnings] == [2, []]


@every_github_kind
def test_an_expression_that_python_can_not_read_is_listed_with_a_warning(kind):
    """Datadog may read it: nobody who may be let in is left out, and it is said that this is open."""
    api = organization(kind, of_sub(kind, "repo:corp/app:.*"), of_sub(kind, SUB, ref="^(?<x>main)$"))

    ended = run(kind.info, api, {"claims": {"sub": SUB, "ref": "refs/heads/main"}})

    assert [mapping["claim_matchers"]["sub"] for mapping in ended[kind.many]] == ["repo:corp/app:.*", SUB]
    [warning] = ended.warnings
    assert warning.startswith(f"Whether the job is let in by the {kind.title} of sub: {SUB}, ref: ^(?<x>main)$")
    assert warning.endswith(", can't be told: Python can't read its expressions, but Datadog may.")


@every_github_kind
def test_a_mapping_that_can_not_be_read_may_let_the_job_in(kind, script):
    odd = {**kind.listed(1, "odd"), "attributes": {"claim_matchers": {"sub": "repo:corp/x", "ref": ["a"]}}}
    script.expect("GET", kind.path, body={"data": [odd, kind.listed(2, "other")]})

    ended = run(kind.info, script, {"claims": {"sub": SUB}})

    assert [mapping["id"][-1] for mapping in ended[kind.many]] == ["1"]


@every_github_kind
@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({}, "claims: there is no sub, which the token of each job has. Give all claims of it."),
        ({"sub": " "}, "claims: there is no sub"),
        ({"ref": "x"}, "claims: there is no sub"),
        ({"sub": [SUB]}, "claims: sub is a list, not text."),
        ({"sub": SUB, "ref": {"a": "b"}}, "claims: ref is a dictionary, not text."),
        ({"sub": "repo:corp\u200b/x"}, "claims: sub: 'repo:corp\\u200b/x' contains a character that can't be seen"),
    ],
)
def test_claims_that_no_job_has_are_refused(kind, script, claims, message):
    ended = run(kind.info, script, {"claims": claims})

    assert ended.failed
    assert ended["msg"].startswith(message)


@every_github_kind
def test_a_refused_sub_is_what_the_message_points_to(kind):
    """Not the account."""
    for sub, words in (("^repo:corp/app$", "Check claim_matchers: sub must begin with repo:OWNER/"), (SUB, "Check ")):
        api = InProcess().fault(method="POST", status=400)
        ended = run(kind.one, api, of_sub(kind, sub))
        assert ended.failed
        assert words in ended["msg"]
        assert ("account_identifier" in ended["msg"]) is (kind.has_account and sub == SUB)


@every_github_kind
def test_what_the_modules_advise_datadog_takes(kind):
    """A sub that breaks the rule is refused where the rule is held; what the warning advises is taken."""
    refused = run(kind.one, InProcess(sub_rule=True), of_sub(kind, "^repo:corp/app:.*$"))
    [warning] = refused.warnings
    advised = warning.partition("Write '")[2].removesuffix("'.")

    assert refused.failed
    assert run(kind.one, InProcess(sub_rule=True), of_sub(kind, advised))["changed"] is True


@every_github_kind
def test_an_entry_that_lacks_something_is_named_with_what_it_has_instead(kind):
    ended = run(kind.many, InProcess(), {"mappings": [wanted(kind), {"claim_matcher": ALL}]})

    assert ended.failed
    assert "It is missing in entry 2 of mappings, which has claim_matcher instead." in ended["msg"]


@every_github_kind
def test_an_entry_of_another_kind_is_told(kind):
    ended = run(kind.many, InProcess(), {"mappings": [{"arn_pattern": "arn:aws:iam::123456789012:user/jane"}]})

    assert ended.failed
    assert "which has arn_pattern instead: it is a mapping of another kind" in ended["msg"]
