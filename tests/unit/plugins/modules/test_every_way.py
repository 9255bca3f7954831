# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module by each way to log in, on the sandbox, and no secret in any output."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import KINDS, MODULES, InProcess, run
from datadog_sandbox import samples

RUNNER = "terraform@corp.example"
BEARER = "ddpat_0123456789abcdef0123456789"
CLUSTER = "https://kubernetes.corp.example"
POD = {"iss": CLUSTER, "sub": "system:serviceaccount:ci:ansible"}
RUN = {"iss": "https://app.terraform.io", "sub": "organization:corp:project:p:workspace:w:run_phase:apply"}
# Each way, and how many requests of a task log in.
WAYS = {"keys": 0, "bearer token": 0, "AWS identity": 1, "OIDC token": 1, "OIDC token of HCP Terraform": 1}
TASKS = {
    "current_user_info": {},
    "account_info": {"uuids": [samples.ACCOUNTS[0]["id"]]},
    "service_account": {"email": RUNNER, "roles": [samples.CLOUD_AUTH_ROLE]},
    "service_account_info": {},
    "terraform_persona_mapping_info": {},
    "oidc_persona_mapping_info": {},
    "oidc_provider_info": {},
    **{kind.one: kind.wanted("one") for kind in KINDS},
    **{kind.many: {"mappings": [kind.wanted("two"), kind.wanted("three")]} for kind in KINDS},
    **{kind.info: {} for kind in KINDS},
}


def organization():
    """A sandbox that lets the same service account in by all ways."""
    subject = [{"claim": "sub", "values": [POD["sub"]], "mode": "exact"}]
    return InProcess(
        mappings=[{"arn_pattern": samples.AWS_PATTERN, "account_identifier": RUNNER}],
        oidc_providers=[{"id": "cluster", "provider_name": "cluster", "issuer_url": CLUSTER}],
        oidc_persona_mappings=[{"provider_id": "cluster", "account_identifier": RUNNER, "claim_matchers": subject}],
        terraform_persona_mappings=[
            {"issuer_url": RUN["iss"], "sub_pattern": RUN["sub"], "account_identifier": RUNNER}
        ],
        tokens={BEARER: {"account": RUNNER}},
    )


def environment_of(way, api, folder):
    """The variables that log in."""
    if way == "keys":
        return {"DD_API_KEY": samples.API_KEY, "DD_APP_KEY": samples.APP_KEY}
    if way == "bearer token":
        return {"DD_BEARER_TOKEN": BEARER}
    if way == "OIDC token of HCP Terraform":
        return {"DD_OIDC_TOKEN": api.sandbox.oidc_token(**RUN), "DD_ORG_UUID": samples.ORG_UUID.upper()}
    if way == "OIDC token":
        file = folder / "token"
        file.write_text(api.sandbox.oidc_token(**POD))
        return {"DD_OIDC_TOKEN_FILE": str(file)}
    return {
        "DD_CLOUD_PROVIDER_TYPE": "aws",
        "DD_ORG_UUID": samples.ORG_UUID,
        "AWS_ACCESS_KEY_ID": samples.AWS_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": samples.AWS_SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": samples.AWS_SESSION_TOKEN,
        "AWS_CONFIG_FILE": "/no/such/file",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_no_module_is_left_out():
    assert set(TASKS) == set(MODULES)


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.parametrize("way", WAYS)
def test_it_works_and_shows_no_secret(tmp_path, way, module):
    api = organization()
    environment = environment_of(way, api, tmp_path)

    ended = run(module, api, TASKS[module], environment=environment)

    assert not ended.failed, ended.result
    logins = [request for request in api.sandbox.requests if request.path.endswith("/delegated-token")]
    assert len(logins) == WAYS[way]
    assert len(api.sandbox.requests) > len(logins)
    used = [request.headers.get("authorization", "").partition(" ")[2] for request in api.sandbox.requests]
    secrets = [value for name, value in environment.items() if name.endswith(("_KEY", "TOKEN"))]
    assert not [secret for secret in (*secrets, *used) if secret and secret in ended.output]
    if module == "current_user_info" and way != "keys":
        assert ended["user"]["email"] == RUNNER
