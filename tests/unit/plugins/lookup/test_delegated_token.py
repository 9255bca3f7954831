# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup delegated_token: the modules' options and variables, one login, and a token."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode

import pytest
import requests
from ansible.errors import AnsibleLookupError
from jinja2 import StrictUndefined, UndefinedError

from ansible_collections.datadog_community.cloud_auth.plugins.lookup.delegated_token import LookupModule
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import delegation
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import FakeClock, Script

EXCHANGE = "/api/v2/delegated-token"
ORG = "5c1d3a7e-a0ae-11ed-88af-be56a8628f00"
END = 4102444800  # 2100-01-01T00:00:00Z


def jwt(**claims):
    parts = (b'{"alg":"RS256"}', json.dumps({"iss": "https://gitlab.com", "sub": "x", **claims}).encode(), b"signature")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


TOKEN = jwt()
ANSWER = {"data": {"type": "delegated_token", "attributes": {"access_token": "delegated-0123456789"}}}


@pytest.fixture(autouse=True)
def _alone(monkeypatch, script):
    for name in list(os.environ):
        if name.startswith(("DD_", "DATADOG_", "AWS_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", lambda _adapter, prepared, **how: script(prepared, how))
    monkeypatch.setattr(delegation, "Clock", FakeClock)


def look_up(*terms, **options):
    return LookupModule().run(list(terms), variables={}, **options)


def refusal(*terms, **options):
    with pytest.raises(AnsibleLookupError) as caught:
        look_up(*terms, **options)
    return str(caught.value)


def test_the_token(script: Script):
    script.expect("POST", EXCHANGE, body=ANSWER)

    assert look_up(oidc_token=f" {TOKEN}\n", site="datadoghq.eu") == ["delegated-0123456789"]

    [sent] = script.sent
    assert sent.url.startswith("https://api.datadoghq.eu/")
    assert sent.headers["Authorization"] == f"Delegated oidc-{TOKEN}"


class Vaulted:
    """A vaulted text before ansible-core 2.19."""

    __ENCRYPTED__ = True

    def __str__(self):
        return TOKEN


def test_a_vaulted_token_is_a_text(script):
    script.expect("POST", EXCHANGE, body=ANSWER)

    assert look_up(oidc_token=Vaulted()) == ["delegated-0123456789"]


def test_an_undefined_variable_is_named():
    with pytest.raises(UndefinedError, match="'my_token' is undefined"):
        look_up(oidc_token=StrictUndefined(name="my_token"))


def test_with_its_end(script, monkeypatch):
    attributes = {**ANSWER["data"]["attributes"], "expires": str(END)}
    script.expect("POST", EXCHANGE, body={"data": {"attributes": attributes}})
    monkeypatch.setattr("time.time", lambda: END - 900.0)

    assert look_up(oidc_token=TOKEN, with_expiry="yes") == [
        {"access_token": "delegated-0123456789", "expires": "2100-01-01T00:00:00Z"}
    ]


def test_variables_and_what_is_blank(script, monkeypatch):
    script.expect("POST", EXCHANGE, body=ANSWER)
    monkeypatch.setenv("DATADOG_OIDC_TOKEN", TOKEN)
    monkeypatch.setenv("DD_SITE", "us5.datadoghq.com")

    assert look_up(oidc_token="", oidc_token_file=None, org_uuid=" ") == ["delegated-0123456789"]
    assert script.sent[0].url.startswith("https://api.us5.datadoghq.com/")


def test_an_aws_identity(script, monkeypatch):
    script.expect("POST", EXCHANGE, body=ANSWER)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, f"Example{name}")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")

    assert look_up(cloud_provider_type="aws", org_uuid=ORG) == ["delegated-0123456789"]


def test_what_may_pass_is_tried_again(script):
    script.expect("POST", EXCHANGE, 503).expect("POST", EXCHANGE, 429, X_RateLimit_Reset="7")
    script.expect("POST", EXCHANGE, body=ANSWER)
    begun = FakeClock.time

    assert look_up(oidc_token=TOKEN) == ["delegated-0123456789"]
    assert FakeClock.since(begun) > 7


def test_a_refusal_says_what_to_compare_and_shows_no_secret(script):
    script.expect("POST", EXCHANGE, 401, {"errors": [f"No mapping for {TOKEN}"]})

    message = refusal(oidc_token=TOKEN)

    assert message.startswith("delegated_token: Could not log in with the OIDC token: Datadog answered 401: ")
    assert "Compare issuer https://gitlab.com, subject x, audience (none) with " in message
    assert TOKEN not in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"api_key": "a" * 32, "app_key": "b" * 40},
            "Keys and other tokens can't. Set cloud_provider_type: aws with org_uuid, or oidc_token_file.",
        ),
        ({"api_key": "a" * 32}, "Keys and other tokens can't."),
        ({"bearer_token": "ddpat_x"}, "only an AWS identity or an OIDC token can be exchanged for a token."),
        ({}, "cloud_provider_type and oidc_token_file: neither is given"),
        ({"oidc_token": TOKEN, "cloud_provider_type": "aws"}, "these are different ways to log in"),
        ({"oidc_token": jwt(exp=1)}, "has expired at 1970-01-01T00:00:01Z"),
        ({"oidc_token": TOKEN, "timeout": "long"}, "timeout"),
        ({"oidc_token": TOKEN, "timeout": True}, "timeout: it is a boolean, not a number."),
        ({"oidc_token": [TOKEN]}, "oidc_token: it is a list, not text."),
        ({"oidc_token": TOKEN, "api_host": True}, "api_host: it is a boolean, not text."),
        ({"oidc_token": TOKEN, "expiry": True}, "Unsupported options: expiry. Supported parameters include: "),
        ({"cloud_provider_type": "gcp"}, "aws"),
        ({"oidc_token": TOKEN, "application_key": "b" * 40}, "oidc_token and app_key: these are different ways"),
    ],
)
def test_what_can_not_be_used_is_refused_before_anything_is_sent(options, words):
    message = refusal(**options)

    assert message.startswith("delegated_token: ")
    assert words in message
    assert not any(isinstance(secret, str) and len(secret) > 30 and secret in message for secret in options.values())


def test_terms_are_refused():
    assert "takes options only" in refusal("token")


def test_without_requests(monkeypatch):
    monkeypatch.setattr(delegation, "REQUESTS_IMPORT_ERROR", ImportError("No module named 'requests'"))

    assert "The Python library requests can't be loaded (No module named 'requests')" in refusal(oidc_token=TOKEN)
