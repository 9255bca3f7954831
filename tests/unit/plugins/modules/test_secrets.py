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

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import _secrets as secrets_module
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._clock import Clock
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Connection
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import Client
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken, Keys
from ansible_collections.datadog_community.cloud_auth.tests.unit import harness
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    KINDS,
    MAPPINGS,
    OMAR,
    InProcess,
    every_kind,
    response,
    run,
)
from datadog_sandbox import samples

# With characters that are written otherwise in URLs and in base64.
API_KEY = "sentinel/api+key=4711&?~>>>"
APP_KEY = "sentinel/app+key=0815&?~>>>"
TOKEN = "sentinel/token+=2342&?~>>>"
KEYS = {"api_key": API_KEY, "app_key": APP_KEY}


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
    """One mapping of each kind."""
    return InProcess(
        api_keys=[API_KEY],
        app_keys={APP_KEY: ["*"]},
        tokens={TOKEN: {"account": "terraform@corp.example", "permissions": ["*"]}},
        **{kind.section: [kind.wanted("runner" if kind.sandbox != "intake" else "sender")] for kind in KINDS},
    )


def tasks_of(kind):
    """A task for each thing that can be done."""
    name = "runner" if kind.sandbox != "intake" else "sender"
    tasks = {
        "info": (kind.info, {}),
        "read": (kind.info, {"id": "some-id"}),
        "create": (kind.one, kind.wanted("new")),
        "look up": (kind.one, kind.wanted(name, "x@corp.example")),
        "replace": (kind.one, kind.wanted(name, OMAR)),
        "remove": (kind.one, {"state": "absent", **kind.unwanted(name)}),
        "set": (kind.many, {"mappings": [kind.wanted(name, OMAR), kind.wanted("new", OMAR)]}),
        "names": (kind.info, {"resolve_accounts": True}),
    }
    return {key: task for key, task in tasks.items() if kind.has_account or key not in ("look up", "replace", "names")}


TASKS = {f"{kind.one}-{key}": task for kind in KINDS for key, task in tasks_of(kind).items()}
TASKS["current_user"] = ("current_user_info", {})
# What a task sends.
METHODS = {"create": ["GET", "POST"], "remove": ["GET", "DELETE"], "replace": ["GET", "POST", "DELETE"]}
METHODS["set"] = METHODS["replace"]
SENT = [(name, method) for name in TASKS for method in METHODS.get(name.rpartition("-")[2], ["GET"])]
# All requests of all tasks with one answer, and all answers with one request of each method.
STRUCK = [(task, method, "objects") for task, method in SENT]
# How a task logs in, and what must be hidden then.
LOGINS = {"keys": (KEYS, [API_KEY, APP_KEY]), "token": ({"bearer_token": TOKEN}, [TOKEN])}
every_login = pytest.mark.parametrize(("login", "secrets"), LOGINS.values(), ids=LOGINS)
ECHO = " ".join(
    [
        API_KEY,
        APP_KEY,
        TOKEN,
        quote(TOKEN, safe=""),
        base64.b64encode(TOKEN.encode()).decode(),
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


STRUCK += [("persona_mapping-replace", method, answer) for method in METHODS["replace"] for answer in ANSWERS]


@pytest.mark.parametrize(("task", "method", "answer"), STRUCK)
def test_secrets_are_in_no_output(task, method, answer):
    module, arguments = TASKS[task]
    for login, secrets in LOGINS.values():
        api = sandbox().fault(method=method, times=None, **ANSWERS[answer])

        ended = run(module, api, {**arguments, **login, "retries": 1}, environment={})

        check_hidden(ended, *secrets)
        assert ended.failed or method not in api.methods[-3:] or method != "GET"


@pytest.mark.parametrize(("module", "arguments"), TASKS.values(), ids=TASKS)
@every_login
def test_secrets_are_in_no_good_output_either(module, arguments, login, secrets):
    ended = run(module, sandbox(), {**arguments, **login}, environment={})

    check_hidden(ended, *secrets)


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


@pytest.mark.parametrize(("module", "arguments"), TASKS.values(), ids=TASKS)
def test_no_request_goes_to_another_host(module, arguments):
    hosts = []
    api = sandbox().fault(times=None, redirect="https://elsewhere.example/")

    def transport(prepared, settings):
        hosts.append(prepared.url.split("/")[2])
        return api(prepared, settings)

    ended = run(module, transport, {**KEYS, **arguments})

    assert ended.failed
    assert set(hosts) == {"api.datadoghq.com"}
    assert len(hosts) == 1


def test_no_repr_holds_a_key():
    for credentials in (Keys(API_KEY, APP_KEY), BearerToken(TOKEN)):
        connection = Connection("https://api.datadoghq.com", credentials)
        client = Client(connection, Clock())

        for text in (repr(connection), str(connection), repr(client), str(client), repr(credentials)):
            assert not [
                spelling for key in (API_KEY, APP_KEY, TOKEN) for spelling in spellings(key) if spelling in text
            ]
        assert repr(connection) == "Connection('https://api.datadoghq.com')"


@pytest.mark.parametrize("answer", ["strings", "redirect to a host"])
def test_keys_of_the_environment_are_hidden_too(answer):
    api = sandbox().fault(times=None, **ANSWERS[answer])
    environment = {"DATADOG_API_KEY": f"{API_KEY}\n", "DATADOG_APP_KEY": f"{APP_KEY}\n"}

    ended = run("persona_mapping_info", api, {"api_key": "", "app_key": " "}, environment=environment)

    assert ended["http_status"] == ANSWERS[answer]["status"]
    check_hidden(ended, API_KEY, APP_KEY)


def test_a_token_of_the_environment_is_hidden_too():
    api = sandbox().fault(times=None, **ANSWERS["strings"])

    ended = run("current_user_info", api, {}, environment={"DATADOG_BEARER_TOKEN": TOKEN})

    assert ended["http_status"] == 400
    check_hidden(ended, TOKEN)


def test_secrets_that_are_not_used_are_hidden_all_the_same():
    """Keys in the environment, beside a token in the task: Datadog does not get them, so it can't say them."""
    api = sandbox().fault(times=None, **ANSWERS["strings"])
    environment = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}

    ended = run("current_user_info", api, {"bearer_token": TOKEN}, environment=environment)

    check_hidden(ended, TOKEN)
    for request in api.sandbox.requests:
        assert API_KEY not in str(request)


AWS_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
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


@pytest.mark.parametrize("rest", ['","expi', '","expires":"1"}}}{}'], ids=["cut", "more than JSON"])
def test_a_token_in_the_answer_to_a_login_that_is_not_json(script, rest):
    token = "delegated-0123456789abcdef"
    body = f'{{"data":{{"attributes":{{"access_token":"{token}{rest}'.encode()
    script.expect("POST", "/api/v2/delegated-token", body=body)

    ended = run("persona_mapping_info", script, {"retries": 0}, environment=AWS)

    assert ended.failed
    assert token not in ended.output


@every_kind
@pytest.mark.parametrize("struck", ["login", "list"])
@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_what_the_login_uses_is_in_no_output(kind, struck, status):
    """Datadog, or something on the way, says back all that a request carries."""
    mapped = {"arn_pattern": samples.AWS_PATTERN, "account_identifier": "terraform@corp.example"}
    api = InProcess(mappings=[mapped])
    sent = []

    def transport(prepared, settings):
        authorization = prepared.headers["Authorization"].partition(" ")[2]
        sent.append(authorization)
        path = "/api/v2/delegated-token" if struck == "login" else kind.path
        if prepared.path_url == path:
            echo = " ".join([*sent, *sent[0].split("|"), *(AWS[name] for name in AWS_SECRETS)])
            return response(prepared, status, json.dumps({"errors": [echo]}).encode())
        return api(prepared, settings)

    ended = run(kind.one, transport, {**kind.wanted("new"), "retries": 0}, environment=AWS)

    assert ended.failed
    assert ended["http_status"] == status
    check_hidden(ended, *(AWS[name] for name in AWS_SECRETS))
    for authorization in sent:
        assert authorization not in ended.output
        assert authorization.split("|")[1:2] == [] or authorization.split("|")[1] not in ended.output


def repeating(api, sent):
    """Answers of ``api`` in which each text of an account repeats all that was sent to log in."""

    def transport(prepared, settings):
        carried = [value for name, value in prepared.headers.items() if name.startswith(("DD-", "Authorization"))]
        sent.extend(carried)
        answer = api(prepared, settings)
        if prepared.path_url.startswith("/api/v2/current_user"):
            whole = json.loads(answer.content)
            whole["data"]["attributes"].update(name=" ".join(sent), email=sent[-1], handle=sent[-1].partition(" ")[2])
            return response(prepared, 200, json.dumps(whole).encode())
        return answer

    return transport


@pytest.mark.parametrize(
    "environment",
    [AWS, {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}, {"DD_BEARER_TOKEN": TOKEN}],
    ids=["AWS", "keys", "token"],
)
def test_good_answers_that_repeat_secrets_show_none(environment):
    """The delegated token and the proof are got while the task runs; the rest comes from the environment."""
    mapped = {"arn_pattern": samples.AWS_PATTERN, "account_identifier": "terraform@corp.example"}
    api = InProcess(mappings=[mapped]) if environment is AWS else sandbox()
    sent = []

    ended = run("current_user_info", repeating(api, sent), {}, environment=environment)

    assert not ended.failed, ended.result
    assert sent
    for value in sent:
        assert value.rpartition(" ")[2] not in ended.output


def test_secrets_are_registered_with_ansible_core(monkeypatch):
    """2.22 and newer have a register; older ones hide what a module knows."""
    registered, known = set(), set()
    monkeypatch.setattr(secrets_module, "register_secrets", registered.update)
    monkeypatch.setattr(secrets_module, "_no_log_values", set())

    secrets_module.hide_in(known)
    secrets_module.hide("Sentinel-1", "", "Sentinel-2")

    assert registered == known == {"Sentinel-1", "Sentinel-2"}


def test_without_a_register_secrets_are_hidden_by_the_module(monkeypatch):
    known = set()
    monkeypatch.setattr(secrets_module, "register_secrets", None)
    monkeypatch.setattr(secrets_module, "_no_log_values", known)

    secrets_module.hide("Sentinel-1")

    assert known == {"Sentinel-1"}


def test_what_a_module_returns_holds_no_secret_even_if_ansible_core_hides_none(monkeypatch):
    """Callbacks get what a module returns; from 2.22 on, ansible-core hides secrets only in what it displays."""
    monkeypatch.setattr(harness.basic, "remove_values", lambda value, secrets: value, raising=False)
    monkeypatch.setattr(harness, "_as_the_controller_shows", lambda output: (json.loads(output), output))
    sent = []

    ended = run("current_user_info", repeating(sandbox(), sent), {}, environment={"DD_BEARER_TOKEN": TOKEN})

    returned = {name: value for name, value in ended.result.items() if name != "_ansible_new_secrets"}
    assert not ended.failed
    assert sent
    assert TOKEN not in json.dumps(returned)


def test_secrets_are_hidden_however_deep_they_lie(monkeypatch):
    monkeypatch.setattr(secrets_module, "_no_log_values", {"Sentinel", "Sentinel-long", "", "fail"})

    hidden = secrets_module.hidden_in({"Sentinel": ["a Sentinel-long b", 1, None, ({"failed": "it fails"},)]})

    assert hidden == {"********": ["a ******** b", 1, None, [{"failed": "it ********s"}]]}


def test_the_harness_hides_what_a_module_hands_over():
    output = json.dumps({"text": 'a "Sentinel" b', "_ansible_new_secrets": ["Sentinel", '"Sentinel" b']})

    assert harness._as_the_controller_shows(output)[0] == {"text": "a ********"}
