# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that log in by an OIDC token: what they send, and what they never show."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import MAPPINGS, run

EXCHANGE = "/api/v2/delegated-token"
ORG = "5c1d3a7e-a0ae-11ed-88af-be56a8628f00"
ISSUER = "https://gitlab.com"
TOKEN = {"data": {"type": "delegated_token", "id": "1", "attributes": {"access_token": "delegated-0123456789"}}}


def jwt(**claims):
    """A token that a custom provider has issued, unless ``claims`` say otherwise."""
    claims = {
        "iss": ISSUER,
        "sub": "project_path:corp/app",
        "aud": f"datadog/{ORG}",
        "exp": time.time() + 600,
        **claims,
    }
    parts = (b'{"alg":"RS256"}', json.dumps(claims).encode(), b"signature of the issuer")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.fixture(params=["option", "file", "variable", "file in a variable"])
def given_as(request, tmp_path):
    """Makes options and variables that give a token in one of the ways."""

    def give(token):
        file = tmp_path / "token"
        file.write_text(f"{token}\n")
        return {
            "option": ({"oidc_token": token}, {}),
            "file": ({"oidc_token_file": str(file)}, {}),
            "variable": ({}, {"DD_OIDC_TOKEN": token}),
            "file in a variable": ({}, {"DATADOG_OIDC_TOKEN_FILE": str(file)}),
        }[request.param]

    return give


def test_the_token_is_exchanged_and_then_used(script, given_as):
    token = jwt()
    script.expect("POST", EXCHANGE, body=TOKEN).expect("GET", MAPPINGS, body={"data": []})

    options, environment = given_as(token)
    ended = run("persona_mapping_info", script, {**options, "org_uuid": ORG.upper()}, environment=environment)

    assert not ended.failed, ended.result
    exchange, listing = script.sent
    assert exchange.headers["Authorization"] == f"Delegated oidc-{token}"
    assert exchange.body is None
    assert listing.headers["Authorization"] == "Bearer delegated-0123456789"
    assert not any(name.startswith("DD-") for sent in script.sent for name in sent.headers)
    assert not any(secret in ended.output for secret in (token, *token.split(".")[1:], "delegated-0123456789"))


def test_the_option_sends_it_as_it_is(script):
    script.expect("POST", EXCHANGE, body=TOKEN).expect("GET", MAPPINGS, body={"data": []})

    token = jwt()
    run("persona_mapping_info", script, {"oidc_token": token, "oidc_custom_provider": False}, environment={})

    assert script.sent[0].headers["Authorization"] == f"Delegated {token}"


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 1}, "has expired at 1970-01-01T00:00:01Z"),
        ({"aud": "datadog/00000000-0000-0000-0000-000000000000"}, "is for another organization than org_uuid"),
        ({"iss": "https://app.terraform.io", "aud": "none"}, "must have one audience that is datadog/ and the UUID"),
    ],
)
def test_what_can_not_log_in_is_told_before_anything_is_sent(script, given_as, claims, words, check):
    """The script expects no request."""
    token = jwt(**claims)
    options, environment = given_as(token)

    ended = run("persona_mapping_info", script, {**options, "org_uuid": ORG}, check, environment)

    assert ended.failed
    assert ended["changed"] is False
    assert words in ended["msg"]
    assert "subject project_path:corp/app" in ended["msg"]
    assert token not in ended.output


def test_a_refusal_names_the_claims_and_no_secret(script, given_as):
    token = jwt()
    errors = {"errors": [f"No mapping for oidc-{token}"]}
    script.expect("POST", EXCHANGE, 401, errors)

    options, environment = given_as(token)
    ended = run("persona_mapping_info", script, options, environment=environment)

    assert ended.failed
    assert f"Compare issuer {ISSUER}, subject project_path:corp/app, audience datadog/{ORG} with" in ended["msg"]
    assert not any(secret in ended.output for secret in (token, token.rpartition(".")[2]))
