# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without stored keys, in real playbooks: work by each way to log in, and the guide's way there.

The OIDC tokens are signed as issuers sign theirs.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, NAMESPACE, present, task
from datadog_sandbox import Sandbox, samples

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/examples/keyless.yml"
TERRAFORM = "terraform@corp.example"
RUNNER = "ansible-runner@corp.example"
BEARER = "ddpat_0123456789abcdef0123456789"
AUDIENCE = f"datadog/{samples.ORG_UUID}"
CLUSTER = "https://kubernetes.corp.example"
POD = {"iss": CLUSTER, "sub": "system:serviceaccount:ci:ansible", "aud": [AUDIENCE]}
RUN = {
    "iss": "https://app.terraform.io",
    "sub": "organization:corp:project:infra:workspace:datadog:run_phase:apply",
    "aud": AUDIENCE,
}
WAYS = ("keys", "bearer token", "AWS identity", "OIDC token in a file", "OIDC token of HCP Terraform")


@cache
def issuer() -> rsa.RSAPrivateKey:
    """The key of the issuer."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(claims: dict[str, Any], seconds: int = 600) -> str:
    """A token for so many seconds."""
    now = int(time.time())
    return jwt.encode({**claims, "iat": now, "exp": now + seconds}, issuer(), "RS256", {"kid": "1"})


def organization(**more: Any) -> Sandbox:
    """A sandbox that lets the same service account in by all ways."""
    pod = [{"claim": "sub", "values": [POD["sub"]], "mode": "exact"}]
    run = {"issuer_url": RUN["iss"], "sub_pattern": "organization:corp:project:infra:workspace:*:run_phase:*"}
    return Sandbox(
        mappings=[present(samples.AWS_PATTERN, TERRAFORM)],
        oidc_providers=[{"id": "cluster", "provider_name": "cluster", "issuer_url": CLUSTER}],
        oidc_persona_mappings=[{"provider_id": "cluster", "account_identifier": TERRAFORM, "claim_matchers": pod}],
        terraform_persona_mappings=[{**run, "account_identifier": TERRAFORM}],
        tokens={BEARER: {"account": TERRAFORM}},
        app_keys={samples.APP_KEY: {"permissions": ["*"], "account": TERRAFORM}},
        **more,
    )


def environment_of(way: str, sandbox: Sandbox, folder: Path) -> tuple[dict[str, str], list[str]]:
    """The variables that log in, and the secrets among them."""
    where = {"DATADOG_HOST": sandbox.url}
    if way == "keys":
        return sandbox.env, [samples.API_KEY, samples.APP_KEY]
    if way == "bearer token":
        return {**where, "DD_BEARER_TOKEN": BEARER}, [BEARER]
    if way == "AWS identity":
        return sandbox.keyless_env, [samples.AWS_SECRET_ACCESS_KEY, samples.AWS_SESSION_TOKEN]
    if way == "OIDC token of HCP Terraform":
        token = signed(RUN)
        return {**where, "DATADOG_OIDC_TOKEN": token, "DD_ORG_UUID": samples.ORG_UUID.upper()}, secrets_of(token)
    file = folder / "token"
    file.write_text(f"{signed(POD)}\n")
    return {**where, "DD_OIDC_TOKEN_FILE": str(file)}, secrets_of(file.read_text().strip())


def secrets_of(token: str) -> list[str]:
    return [token, token.rpartition(".")[2]]


def test_work_by_each_way(play):
    """One playbook: each of its tasks has the environment of its way. The unit tests try every module."""
    with organization() as sandbox:
        tasks, secrets = [], []
        for number, way in enumerate(WAYS):
            environment, hidden = environment_of(way, sandbox, play.folder)
            one, *many = (present(f"arn:aws:iam::123456789012:user/{number}-{name}", LI) for name in range(3))
            of_this_way = (
                ({}, "current_user_info"),
                (one, "persona_mapping"),
                ({"mappings": many}, "persona_mappings"),
                ({}, "persona_mapping_info"),
            )
            tasks += [task(*each, environment=environment) for each in of_this_way]
            secrets += hidden
        run = play(*tasks, options=("-v", "--diff"))

        assert run.status == 0, run.output
        assert [result["msg"] for result in run.results if result.get("failed")] == []
        for number in range(len(WAYS)):
            who, one, many, read = run.results[number * 4 : number * 4 + 4]
            assert who["user"]["email"] == TERRAFORM
            assert (one["changed"], many["summary"]["created"]) == (True, 2)
            assert len(read["persona_mappings"]) == 1 + 3 * (number + 1)
        logins = [request for request in sandbox.requests if request.path.endswith("/delegated-token")]
        assert len(logins) == 3 * 4  # The ways that are neither keys nor a token, in each task.
        tokens = [r.headers["authorization"].split()[1] for r in sandbox.requests if "authorization" in r.headers]
    assert not [secret for secret in (*secrets, *tokens) if secret in run.output]


# What issuers put into their tokens, by their documentation, and whether Datadog holds such a token against a custom
# provider: the tokens of the guide's recipes.
DOCUMENTED = {
    "Kubernetes": (
        {
            **POD,
            "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a",
            "kubernetes.io": {
                "namespace": "ci",
                "node": {"name": "node-1", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1"},
                "pod": {"name": "ansible", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
                "serviceaccount": {"name": "ansible", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"},
            },
        },
        True,
    ),
    "GitLab": (
        {
            "iss": "https://gitlab.corp.example",
            "sub": "project_path:corp/infra:ref_type:branch:ref:main",
            "namespace_id": "72",
            "namespace_path": "corp",
            "project_id": "20",
            "project_path": "corp/infra",
            "user_login": "omar",
            "user_identities": [{"provider": "saml", "extern_uid": "1"}],
            "pipeline_source": "push",
            "job_id": "302",
            "ref": "main",
            "ref_type": "branch",
            "ref_path": "refs/heads/main",
            "ref_protected": "true",
            "runner_id": 1,
            "runner_environment": "self-hosted",
            "aud": AUDIENCE,
        },
        True,
    ),
    "Automation Platform": (
        {
            "iss": "https://platform.corp.example/o",
            "sub": "workload_type:aap_controller_automation_job:organization:corp:job_template:mappings",
            "aap_controller_job_id": "42",
            "aap_controller_job_type": "run",
            "aap_controller_launched_by_name": "omar",
            "aap_controller_organization_name": "corp",
            "aap_controller_job_template_name": "mappings",
            "aud": AUDIENCE,
        },
        True,
    ),
    "GitHub Actions": (
        {
            "iss": "https://token.actions.githubusercontent.com",
            "sub": "repo:corp/infra:ref:refs/heads/main",
            "ref": "refs/heads/main",
            "repository": "corp/infra",
            "repository_id": "74",
            "repository_owner": "corp",
            "repository_owner_id": "65",
            "repository_visibility": "private",
            "actor": "omar",
            "event_name": "push",
            "ref_type": "branch",
            "job_workflow_ref": "corp/infra/.github/workflows/datadog.yml@refs/heads/main",
            "runner_environment": "github-hosted",
            "aud": AUDIENCE,
        },
        False,
    ),
    "HCP Terraform": (
        {
            **RUN,
            "terraform_organization_id": "org-GRNbCjYNpBB6NEH9",
            "terraform_organization_name": "corp",
            "terraform_project_name": "infra",
            "terraform_workspace_name": "datadog",
            "terraform_run_id": "run-62CwRKv4fLSzSoCK",
            "terraform_run_phase": "apply",
            "terraform_full_workspace": "organization:corp:project:infra:workspace:datadog",
        },
        False,
    ),
}


def test_the_tokens_of_the_guides_recipes_log_in(play):
    """How GitHub's is sent, nobody has seen: the sandbox decides for what the guide says."""
    custom = {name: claims for name, (claims, is_custom) in DOCUMENTED.items() if is_custom}
    subjects = {name: [{"claim": "sub", "values": [claims["sub"]], "mode": "exact"}] for name, claims in custom.items()}
    tokens = {name: signed({**claims, "nbf": int(time.time())}) for name, (claims, _is_custom) in DOCUMENTED.items()}
    with organization() as sandbox:
        sandbox.set_state(
            oidc_providers=[
                {"id": name, "provider_name": name, "issuer_url": claims["iss"]} for name, claims in custom.items()
            ],
            oidc_persona_mappings=[
                {"provider_id": name, "account_identifier": TERRAFORM, "claim_matchers": matchers}
                for name, matchers in subjects.items()
            ],
            github_persona_mappings=[
                {
                    "claim_matchers": {"sub": "repo:corp/infra:.*", "repository_owner_id": "^65$"},
                    "account_identifier": TERRAFORM,
                }
            ],
        )
        environment = {"DATADOG_HOST": sandbox.url, "DD_ORG_UUID": samples.ORG_UUID}
        run = play(
            *(task({"oidc_token": token}, "current_user_info") for token in tokens.values()), environment=environment
        )

        assert [result.get("msg") for result in run.results] == [None] * len(DOCUMENTED)
        assert [result["user"]["email"] for result in run.results] == [TERRAFORM] * len(DOCUMENTED)
        proofs = [r.headers["authorization"] for r in sandbox.requests if r.path.endswith("/delegated-token")]
    assert len(proofs) == len(DOCUMENTED)
    assert not [token for token in tokens.values() if token in run.output]


def test_a_file_is_read_again_for_each_login(play):
    """As Kubernetes replaces it: each task is a process of its own."""
    with organization() as sandbox:
        environment, _secrets = environment_of("OIDC token in a file", sandbox, play.folder)
        file = play.folder / "token"
        copy = {"ansible.builtin.copy": {"content": signed({**POD, "jti": "2"}), "dest": str(file)}, "no_log": True}
        run = play(task({}, "current_user_info"), copy, task({}, "current_user_info"), environment=environment)

        assert run.status == 0, run.output
        proofs = {r.headers["authorization"] for r in sandbox.requests if r.path.endswith("/delegated-token")}
    assert len(proofs) == 2


# Tokens that can't log in: what the message says of each, and whether anything is sent.
REFUSED = (
    (POD, -60, "has expired at ", False),
    (
        {**POD, "aud": "datadog/12345678-90ab-cdef-1234-567890abcdef"},
        600,
        "is for another organization than org",
        False,
    ),
    ({**RUN, "aud": "other"}, 600, "must have one audience that is datadog/", False),
    ({**POD, "sub": "system:serviceaccount:ci:stranger"}, 600, "the custom OIDC providers and persona mappings", True),
    ({**RUN, "sub": "organization:evil"}, 600, "the HCP Terraform persona mappings", True),
)


def test_a_refusal_names_the_claims(play):
    tokens = [signed(claims, seconds) for claims, seconds, _words, _sent in REFUSED]
    with organization() as sandbox:
        environment = {"DATADOG_HOST": sandbox.url, "DD_ORG_UUID": samples.ORG_UUID}
        run = play(*(task({"oidc_token": token}, "current_user_info") for token in tokens), environment=environment)

        assert len(sandbox.requests) == sum(sent for _claims, _seconds, _words, sent in REFUSED)
    for result, (claims, _seconds, words, _sent) in zip(run.results, REFUSED, strict=True):
        assert words in result["msg"]
        assert claims["iss"] in result["msg"]
        assert claims["sub"] in result["msg"]
    assert not [secret for token in tokens for secret in secrets_of(token) if secret in run.output]


def test_from_nothing_to_keyless(play):
    """The playbook that opens the guide, twice, and then what it was for: work without keys."""
    with Sandbox() as sandbox:
        aws = {name: value for name, value in sandbox.keyless_env.items() if name.startswith("AWS_")}
        check, first, second = (
            play.start_file(EXAMPLE, options, {**aws, **sandbox.env}).end()
            for options in (("--check", "--diff"), ("--diff",), ("--diff",))
        )

        assert check.status == 0, check.output
        assert [result["changed"] for result in check.results] == [True]
        assert first.status == 0, first.output
        assert sum(result["changed"] for result in first.results) == 2
        assert second.status == 0, second.output
        assert not any(result["changed"] for result in second.results)
        [account] = [found for found in sandbox.state()["accounts"] if found["email"] == RUNNER]
        assert account["service_account"]

        keyless = play(
            task({}, "current_user_info"),
            task(present("arn:aws:sts::123456789012:assumed-role/web/*", LI), "persona_mapping"),
            environment=sandbox.keyless_env,
        )
        assert keyless.status == 0, keyless.output
        assert keyless.results[0]["user"]["uuid"] == account["id"]
        assert keyless.results[1]["changed"] is True


# ---- The lookup


def log_in(**options: Any) -> str:
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"{{{{ lookup('{NAMESPACE}.delegated_token'{given}) }}}}"


@pytest.mark.parametrize("way", ["AWS identity", "OIDC token in a file"])
def test_one_login_serves_a_whole_play(play, way):
    store = {"ansible.builtin.set_fact": {"datadog": log_in(with_expiry=True)}, "no_log": True}
    users = [task({"bearer_token": "{{ datadog.access_token }}"}, "current_user_info") for _turn in range(3)]
    uri = {"url": "{{ lookup('env', 'DATADOG_HOST') }}/api/v2/current_user"}
    uri["headers"] = {"Authorization": "Bearer {{ datadog.access_token }}"}
    check = {"ansible.builtin.assert": {"that": "datadog.expires is match('^20..-..-..T..:..:..Z$')"}}
    with organization() as sandbox:
        environment, secrets = environment_of(way, sandbox, play.folder)
        run = play(store, *users, {"ansible.builtin.uri": uri, "no_log": True}, check, environment=environment)

        assert run.status == 0, run.output
        paths = [request.path for request in sandbox.requests]
        tokens = [r.headers["authorization"].split()[1] for r in sandbox.requests]
    assert paths == ["/api/v2/delegated-token", *["/api/v2/current_user"] * 4]
    assert not any(secret in run.output for secret in (*secrets, *tokens))


def test_a_lookup_that_fails_says_why_and_shows_no_secret(play):
    token = signed({**POD, "sub": "stranger"})
    with organization() as sandbox:
        run = play(
            {"ansible.builtin.debug": {"msg": log_in()}},
            environment={"DATADOG_HOST": sandbox.url, "DD_OIDC_TOKEN": token},
        )
    assert run.status != 0
    assert f"Compare issuer {CLUSTER}, subject stranger" in " ".join(run.output.split())
    assert not any(secret in run.output for secret in secrets_of(token))
