# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without stored keys, in real playbooks: work by each way to log in, and the guide's way there.

The OIDC tokens are signed as issuers sign theirs (RS256, RFC 7515).
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, NAMESPACE, present, task
from datadog_sandbox import Sandbox, samples

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/keyless.yml"
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
    parts = ({"alg": "RS256", "typ": "JWT", "kid": "1"}, {**claims, "iat": now, "exp": now + seconds})
    content = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{content}.{_base64(issuer().sign(content.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


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


@pytest.mark.parametrize("way", WAYS)
def test_work_by_each_way(play, way):
    """The unit tests try every module."""
    one, *many = (present(f"arn:aws:iam::123456789012:user/{number}", LI) for number in range(3))
    tasks = [task({}, "current_user_info"), task(one), task({"mappings": many}, "persona_mappings")]
    with organization() as sandbox:
        environment, secrets = environment_of(way, sandbox, play.folder)
        run = play(*tasks, task({}, "persona_mapping_info"), environment=environment, options=("-v", "--diff"))

        assert run.status == 0, run.output
        assert [result["msg"] for result in run.results if result.get("failed")] == []
        assert run.results[0]["user"]["email"] == TERRAFORM
        assert len(run.results[3]["persona_mappings"]) == len(sandbox.mappings()) == 4
        tokens = [r.headers["authorization"].split()[1] for r in sandbox.requests if "authorization" in r.headers]
    assert not any(secret in run.output for secret in (*secrets, *tokens))


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


@pytest.mark.parametrize(
    ("claims", "seconds", "words", "sent"),
    [
        (POD, -60, "has expired at ", 0),
        (
            {**POD, "aud": "datadog/12345678-90ab-cdef-1234-567890abcdef"},
            600,
            "is for another organization than org",
            0,
        ),
        ({**RUN, "aud": "other"}, 600, "must have one audience that is datadog/", 0),
        ({**POD, "sub": "system:serviceaccount:ci:stranger"}, 600, "the custom OIDC providers and persona mappings", 1),
        ({**RUN, "sub": "organization:evil"}, 600, "the HCP Terraform persona mappings", 1),
    ],
)
def test_a_refusal_names_the_claims(play, claims, seconds, words, sent):
    token = signed(claims, seconds)
    with organization() as sandbox:
        environment = {"DATADOG_HOST": sandbox.url, "DD_ORG_UUID": samples.ORG_UUID, "DD_OIDC_TOKEN": token}
        run = play(task({}, "current_user_info"), environment=environment)

        assert len(sandbox.requests) == sent
    assert words in run.result["msg"]
    assert claims["iss"] in run.result["msg"]
    assert claims["sub"] in run.result["msg"]
    assert not any(secret in run.output for secret in secrets_of(token))


def test_from_nothing_to_keyless(play):
    """The playbook that opens the guide, twice, and then what it was for: work without keys."""
    with Sandbox() as sandbox:
        aws = {name: value for name, value in sandbox.keyless_env.items() if name.startswith("AWS_")}
        first, second = (play.start_file(EXAMPLE, ("--diff",), {**aws, **sandbox.env}).end() for _turn in range(2))

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
