# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and passwords: in no output, no warning and no repr, whatever fails, and on no way to another host."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
import requests
import urllib3

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import Clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import Client, Connection
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    JANE,
    MAPPINGS,
    OMAR,
    InProcess,
    role,
    run,
    wanted,
)

# With characters that are written otherwise in URLs and in base64.
API_KEY = "sentinel/api+key=4711&?~>>>"
APP_KEY = "sentinel/app+key=0815&?~>>>"
KEYS = {"api_key": API_KEY, "app_key": APP_KEY}
PATTERN = role("runner")


def spellings(secret):
    """The secret as it may stand in a text."""
    raw = secret.encode()
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        json.dumps(secret)[1:-1],
        secret.encode().hex(),
    }


def check_hidden(ended, *secrets):
    """Nothing that the module said holds a secret."""
    said = [ended.output, *ended.warnings]
    for secret in secrets:
        for spelling in spellings(secret):
            assert not [text for text in said if spelling in text], spelling


def sandbox():
    return InProcess(api_keys=[API_KEY], app_keys={APP_KEY: ["*"]}, mappings=[wanted(PATTERN, JANE)])


TASKS = {
    "info": ("persona_mapping_info", {}),
    "read": ("persona_mapping_info", {"id": "some-id"}),
    "create": ("persona_mapping", wanted(role("new"), JANE)),
    "look up": ("persona_mapping", wanted(PATTERN, "x@corp.example")),
    "replace": ("persona_mapping", wanted(PATTERN, OMAR)),
    "remove": ("persona_mapping", {"state": "absent", "arn_pattern": PATTERN}),
    "set": ("persona_mappings", {"mappings": [wanted(PATTERN, OMAR), wanted(role("new"), OMAR)]}),
}
ECHO = " ".join(
    [
        API_KEY,
        APP_KEY,
        quote(API_KEY, safe=""),
        quote_plus(APP_KEY),
        base64.b64encode(API_KEY.encode()).decode(),
        base64.urlsafe_b64encode(APP_KEY.encode()).decode(),
    ]
)
# Answers that say the keys back, as error pages of proxies and debugging gateways do.
ANSWERS = {
    "strings": {"status": 400, "body": {"errors": [ECHO]}},
    "objects": {"status": 403, "body": {"errors": [{"title": ECHO, "detail": ECHO, "source": {"header": ECHO}}]}},
    "unknown members": {"status": 403, "body": {"errors": [{ECHO: ECHO, "meta": {"deep": [ECHO, {ECHO: ECHO}]}}]}},
    "other json": {"status": 500, "body": {"request": {"headers": {"DD-API-KEY": API_KEY, "x": ECHO}}}},
    "html": {"status": 502, "body": f"<html>{ECHO}</html>", "content_type": "text/html"},
    "no status": {"status": 200, "body": ECHO, "content_type": "text/plain"},
    "content type": {"status": 200, "body": "x", "content_type": ECHO},
    "redirect": {"status": 307, "headers": {"Location": f"https://{API_KEY}@elsewhere.example/{APP_KEY}"}},
    "redirect to a host": {"status": 307, "headers": {"Location": f"https://{APP_KEY}/"}},
    "limit": {"status": 429, "body": {"errors": [ECHO]}, "headers": {"X-RateLimit-Reset": API_KEY}},
    "wrong type": {"status": 200, "body": {"data": [{"type": ECHO}]}},
    "key of a mapping": {"status": 200, "body": {"data": [{"type": "aws_cloud_auth_config", ECHO: 1}]}},
    "lost": {"lose": "close"},
    "time-out": {"delay_after": 100},
    "gzip": {"junk": "gzip"},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(("module", "arguments"), TASKS.values(), ids=TASKS)
def test_keys_are_in_no_output(module, arguments, method, answer):
    api = sandbox()
    api.fault(method=method, times=None, **answer)

    ended = run(module, api, {**KEYS, **arguments, "retries": 1})

    check_hidden(ended, API_KEY, APP_KEY)
    assert ended.failed or method not in api.methods[-3:] or method != "GET"


@pytest.mark.parametrize(("module", "arguments"), TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("check", [False, True])
def test_keys_are_in_no_good_output_either(module, arguments, check):
    ended = run(module, sandbox(), {**KEYS, **arguments}, check)

    check_hidden(ended, API_KEY, APP_KEY)


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "", "environment": True},
        {"retries": -1},
        {"timeout": 0},
        {"site": "corp.example"},
        {"api_url": "http://corp.example"},
        {"ca_path": "/no/such/file"},
        {"api_key": f"{API_KEY} with blanks"},
        {"app_key": f"{APP_KEY}\n"},
        {"app_key": f"{APP_KEY}\u20ac"},
        {"unknown": "option"},
    ],
)
def test_keys_are_in_no_refusal_of_options(script, arguments):
    variables = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY} if arguments.pop("environment", False) else None

    ended = run("persona_mapping_info", sandbox(), {**KEYS, **arguments}, environment=variables)

    check_hidden(ended, API_KEY, APP_KEY)


@pytest.mark.parametrize("option", ["site", "api_url"])
@pytest.mark.parametrize("text", ["https://user:Sentinel-Password@corp.example", "//Sentinel-Password@corp.example/x"])
def test_a_password_in_a_url_is_refused_and_hidden(script, option, text):
    ended = run("persona_mapping_info", script, {option: text})

    assert ended.failed
    assert ended["msg"].startswith(f"{option}: ")
    check_hidden(ended, "Sentinel-Password")


@pytest.mark.parametrize(
    "fault",
    [
        requests.exceptions.ProxyError(
            urllib3.exceptions.MaxRetryError(
                None,
                "/",
                urllib3.exceptions.ProxyError("https://u:Sentinel-Password@proxy", OSError("refused")),
            )
        ),
        requests.exceptions.InvalidProxyURL("https://u:Sentinel-Password@proxy.example"),
        requests.exceptions.ConnectionError("https://u:Sentinel-Password@proxy.example unreachable"),
        ValueError("u:Sentinel-Password"),
        urllib3.exceptions.LocationParseError("u:Sentinel-Password"),
        OSError("Tunnel connection failed: 407 Proxy Authentication Required u:Sentinel-Password"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_password_of_a_proxy_is_in_no_output(script, fault):
    script.lose("GET", MAPPINGS, fault)

    ended = run("persona_mapping_info", script, {"retries": 0})

    assert ended.failed
    assert ended["msg"].startswith("Could not list the persona mappings: ")
    check_hidden(ended, "Sentinel-Password")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("module", "arguments"), TASKS.values(), ids=TASKS)
def test_no_request_goes_to_another_host(module, arguments, status):
    hosts = []
    api = sandbox()
    api.fault(times=None, status=status, redirect="https://elsewhere.example/")

    def transport(prepared, settings):
        hosts.append(prepared.url.split("/")[2])
        return api(prepared, settings)

    ended = run(module, transport, {**KEYS, **arguments})

    assert ended.failed
    assert hosts == ["api.datadoghq.com"]


def test_no_repr_holds_a_key():
    connection = Connection("https://api.datadoghq.com", API_KEY, APP_KEY)
    client = Client(connection, Clock())

    for text in (repr(connection), str(connection), repr(client), str(client), f"{connection!r}"):
        assert not [spelling for key in (API_KEY, APP_KEY) for spelling in spellings(key) if spelling in text]
    assert repr(connection) == "Connection('https://api.datadoghq.com')"


def test_keys_of_the_environment_are_hidden_too():
    api = sandbox()
    api.fault(times=None, status=400, body={"errors": [ECHO]})

    ended = run(
        "persona_mapping_info",
        api,
        {"api_key": "", "app_key": " "},
        environment={"DATADOG_API_KEY": API_KEY, "DATADOG_APP_KEY": APP_KEY},
    )

    assert ended["http_status"] == 400
    check_hidden(ended, API_KEY, APP_KEY)
