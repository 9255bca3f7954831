# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox takes OIDC tokens of HCP Terraform, GitHub and custom providers, and shows what can only be read."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI,
    CI_UUID,
    CURRENT_USER,
    DELEGATED_TOKEN,
    MAPPINGS,
    NOT_FOUND,
    OMAR,
    Client,
)
from datadog_sandbox import Sandbox, samples

TERRAFORM = "https://app.terraform.io"
EU = "https://app.eu.terraform.io"
GITHUB = "https://token.actions.githubusercontent.com"
CLUSTER = "https://cluster.corp.example"
BOT = "terraform@corp.example"
RUN = "organization:corp:project:Default Project:workspace:web:run_phase:apply"
JOB = "repo:corp/app:ref:refs/heads/main"
POD = "system:serviceaccount:ci:deployer"
PROVIDER = {"id": "provider-1", "provider_name": "cluster", "issuer_url": CLUSTER}
WIF = {
    "terraform_persona_mappings": "/api/v2/wif/terraform/persona_mapping",
    "oidc_persona_mappings": "/api/v2/wif/oidc/persona_mapping",
    "oidc_providers": "/api/v2/wif/oidc/provider",
}


@pytest.fixture
def wall():
    """The time of day; a list of one number, for tests to change."""
    return [1767323045.0]


@pytest.fixture
def sandbox(clock, wall):
    """A sandbox with the time of the test."""
    with Sandbox(clock=clock, wall=lambda: wall[0]) as running:
        yield running


@pytest.fixture
def nobody(sandbox):
    """A client without keys, without a token."""
    with Client(sandbox, None, None) as session:
        yield session


@pytest.fixture
def mapped(sandbox):
    """One mapping of each kind, all to the same account."""
    sandbox.set_state(
        terraform_persona_mappings=[{"issuer_url": TERRAFORM, "sub_pattern": RUN, "account_identifier": BOT}],
        oidc_providers=[PROVIDER],
        oidc_persona_mappings=[{"provider_id": "provider-1", "identity_pattern": POD, "account_identifier": BOT}],
        github_persona_mappings=[{"claim_matchers": {"sub": JOB}, "account_identifier": BOT}],
    )


def log_in(client, proof):
    headers = {"Authorization": f"Delegated {proof}", "Content-Type": "application/json"}
    return client.post(DELEGATED_TOKEN, headers=headers)


def why(answer):
    assert answer.status_code == 401
    return answer.json()["errors"][0]["detail"]


def mapping(matcher, **others):
    """The description of a mapping of the custom provider by one claim matcher."""
    return {"provider_id": "provider-1", "account_identifier": BOT, "claim_matchers": [matcher], **others}


# By name: the issuer, the subject, and what goes before the token.
TOKENS = {"terraform": (TERRAFORM, RUN, ""), "github": (GITHUB, JOB, ""), "custom": (CLUSTER, POD, "oidc-")}


@pytest.mark.parametrize(("issuer", "subject", "before"), TOKENS.values(), ids=TOKENS)
@pytest.mark.usefixtures("mapped")
class TestEveryKind:
    def test_it_is_let_in(self, nobody, sandbox, issuer, subject, before):
        answer = log_in(nobody, before + sandbox.oidc_token(iss=issuer, sub=subject))
        assert answer.status_code == 200
        assert sandbox.requests[0].about == f"{subject} of {issuer} as {samples.ACCOUNTS[-1]['id']}"
        nobody.headers["Authorization"] = "Bearer " + answer.json()["data"]["attributes"]["access_token"]
        assert nobody.get(CURRENT_USER).json()["data"]["attributes"]["email"] == BOT

    def test_another_subject(self, nobody, sandbox, issuer, subject, before):
        token = before + sandbox.oidc_token(iss=issuer, sub=subject + "-2")
        assert why(log_in(nobody, token)) == (
            f"Authenticated as {subject}-2 of {issuer} but no identity mapping was found."
        )

    def test_its_time(self, nobody, sandbox, wall, issuer, subject, before):
        token = before + sandbox.oidc_token(iss=issuer, sub=subject)
        wall[0] += 599
        assert log_in(nobody, token).status_code == 200
        wall[0] += 1
        assert "has expired" in why(log_in(nobody, token))
        wall[0] -= 601
        assert "not valid yet" in why(log_in(nobody, token))

    @pytest.mark.parametrize("claims", [{"exp": None}, {"exp": "soon"}, {"exp": True}], ids=str)
    def test_without_an_end(self, nobody, sandbox, issuer, subject, before, claims):
        assert "exp is missing" in why(log_in(nobody, before + sandbox.oidc_token(iss=issuer, sub=subject, **claims)))

    def test_another_organization(self, nobody, sandbox, issuer, subject, before):
        other = "datadog/12345678-90ab-cdef-1234-567890abcdef"
        mine = f"datadog/{samples.ORG_UUID.upper()}"
        statuses = [
            log_in(nobody, before + sandbox.oidc_token(iss=issuer, sub=subject, aud=aud)).status_code
            for aud in (other, [mine, "other"], mine, [mine, other])
        ]
        assert statuses == [401, 200, 200, 401]

    def test_without_an_organization(self, nobody, sandbox, issuer, subject, before):
        answer = log_in(nobody, before + sandbox.oidc_token(iss=issuer, sub=subject, aud="corp"))
        assert answer.status_code == (200 if before else 401)

    def test_an_account_that_is_disabled_since(self, nobody, client, sandbox, issuer, subject, before):
        client.delete(f"/api/v2/users/{samples.ACCOUNTS[-1]['id']}")
        assert "is disabled" in why(log_in(nobody, before + sandbox.oidc_token(iss=issuer, sub=subject)))

    def test_the_token_is_shown_nowhere(self, nobody, sandbox, issuer, subject, before):
        token = sandbox.oidc_token(iss=issuer, sub=subject)
        log_in(nobody, before + token)
        assert token not in nobody.get("/sandbox/requests").text


@pytest.mark.usefixtures("mapped")
class TestForms:
    def test_a_custom_provider_needs_its_prefix(self, nobody, sandbox):
        token = sandbox.oidc_token(iss=CLUSTER, sub=POD)
        assert why(log_in(nobody, token)) == (
            f"The issuer {CLUSTER} is not known. A token of a custom provider begins with oidc-"
        )

    @pytest.mark.parametrize("issuer", [TERRAFORM, GITHUB])
    def test_with_the_prefix_a_provider_is_needed(self, nobody, sandbox, issuer):
        token = "oidc-" + sandbox.oidc_token(iss=issuer, sub=RUN)
        assert why(log_in(nobody, token)) == f"There is no OIDC provider with the issuer {issuer}"
        sandbox.merge_state(oidc_providers=[{**PROVIDER, "issuer_url": issuer}])
        assert "no identity mapping" in why(log_in(nobody, token))

    def test_github_may_want_the_prefix(self, nobody, sandbox):
        token = sandbox.oidc_token(iss=GITHUB, sub=JOB)
        sandbox.settings.github_proof = "custom"
        assert [log_in(nobody, before + token).status_code for before in ("", "oidc-")] == [401, 200]

    def test_github_of_an_enterprise(self, nobody, sandbox):
        for issuer, status in ((f"{GITHUB}/corp", 200), (f"{GITHUB}.corp.example", 401)):
            assert log_in(nobody, sandbox.oidc_token(iss=issuer, sub=JOB)).status_code == status

    @pytest.mark.parametrize(
        ("proof", "words"),
        [
            ("a.b", "three parts"),
            ("a.b.c.d", "three parts"),
            ("oidc-", "three parts"),
            ("a.b.c", "header of the token can't be read"),
            ("e30.b.c", "claims of the token can't be read"),
            ("e30.W10.c", "claims of the token can't be read"),
            ("e30.e30.c", "exp is missing"),
        ],
    )
    def test_what_is_no_token(self, nobody, proof, words):
        assert words in why(log_in(nobody, proof))

    def test_without_an_issuer(self, nobody, sandbox):
        for claims in ({}, {"iss": None}, {"iss": 5}):
            assert "iss is missing" in why(log_in(nobody, sandbox.oidc_token(sub=RUN, **claims)))


class TestTerraform:
    @pytest.mark.parametrize(
        ("pattern", "status"),
        [
            (RUN, 200),
            (RUN.replace("apply", "*"), 200),
            ("organization:corp:project:*:workspace:*:run_phase:*", 200),
            (RUN.replace("web", "we*"), 401),
            (RUN.replace(":run_phase:apply", ""), 401),
            ("organization:corp:*", 401),
        ],
    )
    def test_segments(self, nobody, sandbox, pattern, status):
        given = {"issuer_url": TERRAFORM, "sub_pattern": pattern, "account_identifier": BOT}
        sandbox.set_state(terraform_persona_mappings=[given])
        assert log_in(nobody, sandbox.oidc_token(iss=TERRAFORM, sub=RUN)).status_code == status
        assert log_in(nobody, sandbox.oidc_token(iss=EU, sub=RUN)).status_code == 401

    def test_an_audience_of_its_own(self, nobody, sandbox):
        given = {"issuer_url": EU, "sub_pattern": RUN, "account_identifier": BOT, "audience": "ansible"}
        sandbox.set_state(terraform_persona_mappings=[given])
        organization = f"datadog/{samples.ORG_UUID}"
        statuses = [
            log_in(nobody, sandbox.oidc_token(iss=EU, sub=RUN, aud=aud)).status_code
            for aud in (organization, [organization, "ansible"])
        ]
        assert statuses == [401, 200]

    def test_the_fewest_wildcards_count(self, nobody, sandbox):
        wide = {"issuer_url": TERRAFORM, "sub_pattern": RUN.replace("web", "*"), "account_identifier": CI}
        sandbox.set_state(terraform_persona_mappings=[wide, {**wide, "sub_pattern": RUN, "account_identifier": BOT}])
        log_in(nobody, sandbox.oidc_token(iss=TERRAFORM, sub=RUN))
        assert sandbox.requests[-1].about.endswith(f" as {samples.ACCOUNTS[-1]['id']}")


class TestGitHub:
    @pytest.mark.parametrize(
        ("matchers", "status"),
        [
            ({"sub": "repo:corp/app:.*"}, 200),
            ({"sub": "repo:corp/app"}, 401),
            ({"sub": JOB, "actor": "oma"}, 200),
            ({"sub": JOB, "actor": "^oma$"}, 401),
            ({"sub": JOB, "environment": ".*"}, 401),
        ],
        ids=str,
    )
    def test_claims(self, nobody, sandbox, matchers, status):
        sandbox.create_mapping(kind="github_persona", claim_matchers=matchers, account_identifier=BOT)
        assert log_in(nobody, sandbox.oidc_token(iss=GITHUB, sub=JOB, actor="omar")).status_code == status

    def test_mappings_count_after_a_while(self, nobody, sandbox, clock):
        sandbox.settings.login_lag = 60
        sandbox.create_mapping(kind="github_persona", claim_matchers={"sub": JOB}, account_identifier=BOT)
        assert log_in(nobody, sandbox.oidc_token(iss=GITHUB, sub=JOB)).status_code == 401
        clock.now += 60
        assert log_in(nobody, sandbox.oidc_token(iss=GITHUB, sub=JOB)).status_code == 200


class TestCustomProviders:
    @pytest.mark.parametrize(
        ("matcher", "status"),
        [
            ({"claim": "sub", "values": ["x", POD], "mode": "exact"}, 200),
            ({"claim": "sub", "values": ["system:serviceaccount:ci:*"], "mode": "exact"}, 401),
            ({"claim": "sub", "values": ["x", "system:serviceaccount:ci:*"], "mode": "glob"}, 200),
            ({"claim": "groups", "values": ["b*"], "mode": "glob"}, 200),
            ({"claim": "groups", "values": ["c"], "mode": "exact"}, 401),
            ({"claim": "team", "values": ["*"], "mode": "glob"}, 401),
        ],
        ids=str,
    )
    def test_claims(self, nobody, sandbox, matcher, status):
        sandbox.set_state(oidc_providers=[PROVIDER], oidc_persona_mappings=[mapping(matcher)])
        token = sandbox.oidc_token(iss=CLUSTER, sub=POD, groups=["a", "bc"])
        assert log_in(nobody, "oidc-" + token).status_code == status

    @pytest.mark.parametrize(
        ("rule", "claims", "words"),
        [
            ({"audiences": ["corp", "other"]}, {"aud": ["corp"]}, None),
            ({"audiences": ["corp"]}, {"aud": "datadog"}, "The audience must hold one of corp"),
            ({"org_uuid_claim_name": "org"}, {"org": samples.ORG_UUID.upper()}, None),
            ({"org_uuid_claim_name": "org"}, {"org": "other"}, "There is no organization other"),
            ({"org_uuid_claim_name": "org"}, {}, "The claim org is missing"),
            ({"identity_claim_name": "email"}, {"sub": "x", "email": POD}, None),
            ({"identity_claim_name": "email"}, {}, "The claim email is missing"),
            ({"required_claims": [{"claim": "env", "values": ["prod"], "mode": "exact"}]}, {"env": "prod"}, None),
            ({"required_claims": [{"claim": "env", "values": ["prod"], "mode": "exact"}]}, {"env": "x"}, "requires"),
        ],
        ids=str,
    )
    def test_rules_of_the_provider(self, nobody, sandbox, rule, claims, words):
        mine = {"provider_id": "provider-1", "identity_pattern": "system:*:deployer", "account_identifier": BOT}
        sandbox.set_state(oidc_providers=[{**PROVIDER, **rule}], oidc_persona_mappings=[mine])
        answer = log_in(nobody, "oidc-" + sandbox.oidc_token(**{"iss": CLUSTER, "sub": POD, **claims}))
        if words is None:
            assert answer.status_code == 200
        else:
            assert words in why(answer)

    def test_a_mapping_of_another_provider(self, nobody, sandbox):
        theirs = {"provider_id": "provider-2", "identity_pattern": "*", "account_identifier": BOT}
        sandbox.set_state(oidc_providers=[PROVIDER], oidc_persona_mappings=[theirs])
        assert "no identity mapping" in why(log_in(nobody, "oidc-" + sandbox.oidc_token(iss=CLUSTER, sub=POD)))

    def test_a_mapping_of_nothing(self, nobody, sandbox):
        nothing = {"provider_id": "provider-1", "account_identifier": BOT}
        sandbox.set_state(oidc_providers=[PROVIDER], oidc_persona_mappings=[nothing])
        assert "no identity mapping" in why(log_in(nobody, "oidc-" + sandbox.oidc_token(iss=CLUSTER, sub=POD)))


def test_tokens_from_the_control_api(nobody, sandbox, wall):
    answer = nobody.post("/sandbox/oidc_tokens", json={"iss": CLUSTER, "sub": POD, "nbf": None})
    assert answer.status_code == 201
    claims = answer.json()["token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {
        "aud": f"datadog/{samples.ORG_UUID}",
        "iat": int(wall[0]),
        "exp": int(wall[0]) + 600,
        "iss": CLUSTER,
        "sub": POD,
    }


MATCHER = {"claim": "sub", "values": [POD], "mode": "exact"}
DESCRIPTIONS = {
    "terraform_persona_mappings": {
        "issuer_url": TERRAFORM,
        "sub_pattern": RUN,
        "audience": "x",
        "account_identifier": CI,
        "account_uuid": CI_UUID,
    },
    "oidc_persona_mappings": {
        **mapping(MATCHER),
        "account_uuid": CI_UUID,
        "created_at": "2026-01-05",
        "created_by": OMAR,
    },
    "oidc_providers": {
        "provider_name": "cluster",
        "issuer_url": CLUSTER,
        "discovery_type": "direct_jwks",
        "audiences": ["a", "b"],
        "jwks_url": f"{CLUSTER}/keys",
        "org_uuid_source": "claim",
        "org_uuid_claim_name": "org",
        "identity_claim_name": "email",
        "required_claims": [MATCHER],
        "created_at": "2026-01-05",
        "created_by": OMAR,
    },
}


@pytest.mark.parametrize(("section", "path"), WIF.items(), ids=WIF)
class TestReading:
    def test_list_and_get(self, client, sandbox, section, path):
        assert client.get(path).json() == {"data": []}
        sandbox.set_state(**{section: [{"id": "x-1", **DESCRIPTIONS[section]}, {**DESCRIPTIONS[section]}]})
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "application/vnd.api+json"
        first, second = answer.json()["data"]
        assert first == {"id": "x-1", "type": section[:-1], "attributes": DESCRIPTIONS[section]}
        assert second["id"] != "x-1"
        assert client.get(f"{path}/x-1").json() == {"data": first}
        assert client.get(f"{path}/x-2").content == NOT_FOUND

    def test_the_state(self, client, sandbox, section, path):
        sandbox.set_state(**{section: [DESCRIPTIONS[section]]})
        state = sandbox.state()
        assert [{**one, "id": None} for one in state[section]] == [{**DESCRIPTIONS[section], "id": None}]
        with Sandbox(**state) as other:
            assert other.state() == state
        sandbox.merge_state(**{section: [{**DESCRIPTIONS[section], "id": "x-2"}]})
        sandbox.merge_state(**{section: [{**DESCRIPTIONS[section], "id": "x-2"}]})
        assert len(sandbox.state()[section]) == 2

    def test_nothing_can_be_written(self, client, section, path):
        for answer in (client.post(path), client.delete(path), client.delete(f"{path}/x"), client.patch(f"{path}/x")):
            assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")

    def test_under_one_spelling_of_the_path_only(self, client, section, path):
        assert client.get(path.replace("wif", "cloud_auth")).status_code == 404

    @pytest.mark.parametrize(("setting", "status"), [("enabled", 200), ("forbidden", 403), ("not_found", 404)])
    def test_not_enabled(self, client, sandbox, section, path, setting, status):
        sandbox.set_state(**{section: [{"id": "x-1", **DESCRIPTIONS[section]}]})
        sandbox.settings.custom_oidc = setting
        assert [client.get(each).status_code for each in (path, f"{path}/x-1", MAPPINGS)] == [status, status, 200]

    def test_permissions_and_limits(self, sandbox, section, path):
        with Client(sandbox, samples.NO_PERMISSIONS_APP_KEY) as nobody:
            assert nobody.get(path).status_code == 403
        sandbox.settings.rate_limit = (1, 60)
        with Client(sandbox) as client:
            answers = [client.get(path) for _time in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert answers[0].headers["X-RateLimit-Name"] == f"wif_{section[:-1]}".replace("providers", "provider")

    @pytest.mark.parametrize(
        "changes",
        [{"account_identifier": "nobody@corp.example"}, {"color": "blue"}, {"issuer_url": None, "provider_id": None}],
        ids=str,
    )
    def test_nonsense_is_refused(self, client, sandbox, section, path, changes):
        before = sandbox.state()
        described = {name: value for name, value in DESCRIPTIONS[section].items() if name != "account_uuid"}
        assert client.put("/sandbox/state", json={section: [{**described, **changes}]}).status_code == 400
        assert sandbox.state() == before


@pytest.mark.parametrize(
    "matcher",
    [
        {"claim": "x", "values": ["y"]},
        {"claim": "x", "values": "y", "mode": "exact"},
        {**MATCHER, "mode": "regex"},
        "x",
    ],
    ids=str,
)
def test_claim_matchers_that_make_no_sense(sandbox, matcher):
    for state in (
        {"oidc_persona_mappings": [mapping(matcher)]},
        {"oidc_providers": [{**PROVIDER, "required_claims": [matcher]}]},
    ):
        with pytest.raises(ValueError, match=r"each of (claim_matchers|required_claims) must be"):
            sandbox.set_state(**state)
