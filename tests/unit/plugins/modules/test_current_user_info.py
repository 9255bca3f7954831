# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""current_user_info: who the credentials are, by whatever way they log in."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import InProcess, run
from datadog_sandbox import samples

USER = "/api/v2/current_user"
TERRAFORM = "9d9c0565-a0ae-11ed-88af-be56a8628f40"
AWS = {
    "DD_CLOUD_PROVIDER_TYPE": "aws",
    "DD_ORG_UUID": samples.ORG_UUID,
    "AWS_ACCESS_KEY_ID": samples.AWS_ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": samples.AWS_SECRET_ACCESS_KEY,
    "AWS_SESSION_TOKEN": samples.AWS_SESSION_TOKEN,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
ANSWER = {
    "data": {
        "type": "users",
        "id": TERRAFORM,
        "attributes": {"handle": TERRAFORM, "email": "tf@corp.example", "name": "TF", "service_account": True},
        "relationships": {"org": {"data": {"type": "orgs", "id": samples.ORG_UUID}}},
    }
}


@pytest.mark.parametrize("check", [False, True])
def test_one_request_and_what_it_tells(script, check):
    script.expect("GET", USER, body=ANSWER)

    ended = run("current_user_info", script, {}, check)

    assert ended.result == {
        "changed": False,
        "user": {
            "uuid": TERRAFORM,
            "handle": TERRAFORM,
            "email": "tf@corp.example",
            "name": "TF",
            "service_account": True,
            "disabled": False,
        },
        "org_uuid": samples.ORG_UUID,
    }


@pytest.mark.parametrize("check", [False, True])
def test_a_new_mapping_works(check):
    """The use of this module: a login by it, until Datadog knows it."""
    api = InProcess(mappings=[{"arn_pattern": samples.AWS_PATTERN, "account_identifier": TERRAFORM}])

    ended = run("current_user_info", api, {}, check, environment=AWS)

    assert not ended.failed, ended.result
    assert ended["user"]["uuid"] == TERRAFORM
    assert [request.path for request in api.sandbox.requests] == ["/api/v2/delegated-token", USER]


def test_an_identity_without_a_mapping_is_named():
    api = InProcess()

    ended = run("current_user_info", api, {}, environment=AWS)

    assert ended.failed
    assert samples.AWS_ARN in ended["msg"]
    assert "with the arn_pattern of each persona mapping" in ended["msg"]
    for secret in (samples.AWS_SECRET_ACCESS_KEY, samples.AWS_SESSION_TOKEN):
        assert secret not in ended.output


def test_a_token_that_was_revoked_meanwhile_is_renewed_once(script):
    token = {"data": {"type": "delegated_token", "id": "1", "attributes": {"access_token": "T1", "expires": None}}}
    script.expect("POST", "/api/v2/delegated-token", body=token)
    script.expect("GET", USER, 401, {"errors": ["Unauthorized"]})
    token["data"]["attributes"]["access_token"] = "T2"
    script.expect("POST", "/api/v2/delegated-token", body=token)
    script.expect("GET", USER, body=ANSWER)

    ended = run("current_user_info", script, {}, environment=AWS)

    assert ended["user"]["uuid"] == TERRAFORM
    assert script.sent[3].headers["Authorization"] == "Bearer T2"


def test_a_refusal_that_stays_is_told():
    api = InProcess(mappings=[{"arn_pattern": samples.AWS_PATTERN, "account_identifier": TERRAFORM}]).fault(
        path=USER, status=401, times=None, body={"errors": ["Unauthorized"]}
    )

    ended = run("current_user_info", api, {}, environment=AWS)

    assert ended.failed
    assert ended["http_status"] == 401
    assert ended["msg"].startswith("Could not read who the credentials belong to: Datadog answered 401: Unauthorized.")
    assert api.methods.count("POST") == 2  # One login, and one more since the token may have been revoked.
    assert api.methods.count("GET") == 7  # A new token may not be known yet: so often is asked again, and no more.


@pytest.mark.parametrize("status", [403, 500])
def test_a_login_that_fails_is_no_failure_of_the_request(script, status):
    script.expect("POST", "/api/v2/delegated-token", status, {"errors": ["No"]})

    ended = run("current_user_info", script, {"retries": 0}, environment=AWS)

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith(f"Could not log in with the AWS identity: Datadog answered {status}: No.")


def test_other_options_are_unknown(script):
    ended = run("current_user_info", script, {"state": "present"})

    assert ended.failed
    assert "state" in ended["msg"]
