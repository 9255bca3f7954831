# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules: the connection's above all, what is left empty, and what is refused."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from unittest import mock

import pytest
from ansible.module_utils import basic

from ansible_collections.datadog_community.cloud_auth.plugins.doc_fragments import attributes, connection
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import client
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import hints
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.connection import CONNECTION_OPTIONS
from ansible_collections.datadog_community.cloud_auth.tests.unit import harness
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    APP_KEY,
    JANE,
    KINDS,
    MAPPINGS,
    PERSONA,
    InProcess,
    run,
    task_module,
)

WANTED = PERSONA.wanted("runner")
PATTERN = WANTED["arn_pattern"]
KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
# The modules, each with the least that it takes.
MODULES = {
    **{kind.one: kind.wanted("runner") for kind in KINDS},
    **{kind.many: {"mappings": [kind.wanted("runner")]} for kind in KINDS},
    **{kind.info: {} for kind in KINDS},
    "account_info": {"uuids": ["9d9c0565-a0ae-11ed-88af-be56a8628f3f"]},
    "current_user_info": {},
    "oidc_persona_mapping_info": {},
    "oidc_provider_info": {},
    "service_account": {"email": "ci@corp.example"},
    "service_account_info": {"email": "ci@corp.example"},
    "terraform_persona_mapping_info": {},
}

every_module = pytest.mark.parametrize(("module", "arguments"), MODULES.items(), ids=MODULES)


def test_every_module_is_tested():
    assert set(MODULES) == set(harness.MODULES)


@pytest.fixture
def once(script):
    """One answer to one listing."""
    return script.expect("GET", MAPPINGS, body={"data": [PERSONA.listed(1, "runner")]})


def keys_sent(script):
    headers = script.sent[0].headers
    return headers["DD-API-KEY"], headers["DD-APPLICATION-KEY"]


# --- the connection: see also _module/test_connection


@every_module
@pytest.mark.parametrize(
    ("given", "environment", "words"),
    [
        ({}, {}, "api_key and app_key: no key is given. There are four ways to log in: "),
        ({"site": "corp.example"}, KEYS, "site: "),
        ({"timeout": 10**30}, KEYS, f"timeout: {10**30} is not between 1 and 3600."),
        ({"cloud_provider_type": "aws"}, KEYS, "org_uuid: "),
        ({"aws_profile": "ci", "org_uuid": "x"}, KEYS, "org_uuid: it is only for logging in "),
    ],
)
def test_what_is_refused_sends_nothing(script, module, arguments, given, environment, words):
    ended = run(module, script, {**arguments, **given}, environment=environment)

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith(words)


def test_what_is_missing_is_told_with_all_ways_to_log_in(script):
    ended = run("persona_mapping_info", script, {"api_key": "", "app_key": " "}, environment={})

    for name in ("api_key", "app_key", "bearer_token", "cloud_provider_type", "org_uuid"):
        assert name in ended["msg"]
        assert f"DD_{name.upper()} or DATADOG_{name.upper()}" in ended["msg"]
    assert "Organization Settings" in ended["msg"]


@pytest.mark.parametrize("arguments", [{}, {"api_key": " ", "application_key": ""}])
def test_keys_come_from_the_first_variable_that_is_not_empty(once, arguments):
    environment = {"DD_API_KEY": "", "DATADOG_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DATADOG_APP_KEY": "b" * 40}

    run("persona_mapping_info", once, arguments, environment=environment)

    assert keys_sent(once) == (API_KEY, APP_KEY)


@pytest.mark.parametrize("option", ["app_key", "application_key"])
def test_options_go_before_variables_without_the_blanks_around_them(once, option):
    ended = run("persona_mapping_info", once, {"api_key": f"{'x' * 16}\n", option: f" {'y' * 16}"}, environment=KEYS)

    assert "alias" not in ended.output  # Ansible warns if an option and its alias are both set
    assert keys_sent(once) == ("x" * 16, "y" * 16)


TOKEN = "ddpat_0123456789abcdef"


@pytest.mark.parametrize("in_task", [True, False])
def test_a_token_is_sent_in_place_of_keys(once, in_task):
    option = {"bearer_token": f" {TOKEN}\n"} if in_task else {}
    environment = KEYS if in_task else {**KEYS, "DD_BEARER_TOKEN": TOKEN}

    run("persona_mapping_info", once, option, environment=environment)

    [request] = once.sent
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert not {"DD-API-KEY", "DD-APPLICATION-KEY"} & set(request.headers)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ({"site": " "}, {"DD_SITE": ""}, "https://api.datadoghq.com"),
        ({"site": "https://APP.datadoghq.EU/"}, {"DD_SITE": "us5.datadoghq.com"}, "https://api.datadoghq.eu"),
        ({}, {"DD_SITE": "us5.datadoghq.com"}, "https://api.us5.datadoghq.com"),
        ({"api_url": "https://proxy.corp.example/datadog/"}, {}, "https://proxy.corp.example/datadog"),
        ({"api_url": ""}, {"DATADOG_HOST": " http://[::1]:8474\n"}, "http://[::1]:8474"),
        ({"site": "datadoghq.com"}, {"DATADOG_HOST": "http://[::1]:8474"}, "https://api.datadoghq.com"),
        ({"api_url": "http://localhost", "site": "nonsense"}, {}, "http://localhost"),
        ({"api_host": "http://localhost"}, {"DD_SITE": "datadoghq.eu"}, "http://localhost"),
        ({}, {"DATADOG_SITE": "datadoghq.eu"}, "https://api.datadoghq.eu"),
        ({}, {"DD_SITE": "None", "DATADOG_SITE": "None"}, "https://api.datadoghq.com"),
        ({}, {"DD_HOST": "http://localhost", "DATADOG_HOST": "http://[::1]"}, "http://localhost"),
        ({}, {"DD_HOST": "web1", "DD_SITE": "datadoghq.eu"}, "https://api.datadoghq.eu"),
    ],
)
def test_where_requests_go(script, arguments, environment, expected):
    script.expect("GET", f"/datadog{MAPPINGS}" if "proxy" in expected else MAPPINGS, body={"data": []})

    ended = run("persona_mapping_info", script, arguments, environment={**KEYS, **environment})

    assert not ended.failed, ended.result
    assert script.sent[0].url == f"{expected}{MAPPINGS}"


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ({"site": "datadoghq.eu"}, {}, "Host: api.datadoghq.eu, from site."),
        ({"api_url": "https://api.us5.datadoghq.com"}, {}, "Host: api.us5.datadoghq.com, from api_url."),
        ({}, {"DD_SITE": "datadoghq.eu"}, "Host: api.datadoghq.eu, from DD_SITE."),
        ({}, {"DATADOG_HOST": "https://api.us5.datadoghq.com"}, "Host: api.us5.datadoghq.com, from DATADOG_HOST."),
    ],
)
@pytest.mark.parametrize("trouble", [{"status": 403}, {"status": 404}, {"lose": "close"}, {"junk": "html"}])
def test_an_error_names_the_host_and_where_it_was_set(arguments, environment, words, trouble):
    api = InProcess().fault(times=None, **trouble)

    ended = run("persona_mapping", api, {**WANTED, **arguments, "retries": 0}, environment={**KEYS, **environment})

    assert words in ended["msg"]


@pytest.mark.parametrize("given", [{"timeout": "soon"}, {"retries": 1.5}, {"validate_certs": "perhaps"}, {"x": 1}])
def test_wrong_types_and_unknown_options_are_refused(script, given):
    ended = run("persona_mapping", script, {**WANTED, **given})

    assert ended.failed
    assert next(iter(given)) in ended["msg"]


@pytest.mark.parametrize(
    ("arguments", "verify"),
    [
        ({}, True),
        ({"ca_path": "", "validate_certs": "no"}, False),
        ({"ca_path": "/"}, "/"),
        ({"ca_path": "/", "validate_certs": False}, False),
    ],
)
def test_tls(once, arguments, verify):
    run("persona_mapping_info", once, arguments)

    assert once.sent[0].settings["verify"] == verify


@pytest.mark.parametrize(
    ("url", "environment", "proxies"),
    [
        (
            "https://api.datadoghq.com",
            {"HTTPS_PROXY": "http://proxy.example:3128"},
            {"https": "http://proxy.example:3128"},
        ),
        (
            "https://api.datadoghq.com",
            {"https_proxy": "http://u:p@proxy.example"},
            {"https": "http://u:p@proxy.example"},
        ),
        ("https://api.datadoghq.com", {"HTTPS_PROXY": "http://proxy.example", "NO_PROXY": "datadoghq.com"}, {}),
        ("http://127.0.0.1:8474", {"HTTP_PROXY": "http://proxy.example", "ALL_PROXY": "http://proxy.example"}, {}),
    ],
)
def test_proxies(once, url, environment, proxies):
    run("persona_mapping_info", once, {"api_url": url}, environment={**KEYS, **environment})

    used = once.sent[0].settings["proxies"]
    assert {scheme: proxy for scheme, proxy in used.items() if scheme == "https"} == proxies
    assert url.startswith("https") or not used


def test_authorities_of_the_environment_are_used(once):
    run("persona_mapping_info", once, {}, environment={**KEYS, "REQUESTS_CA_BUNDLE": "/some/bundle"})

    assert once.sent[0].settings["verify"] == "/some/bundle"


@pytest.mark.parametrize(("arguments", "timeout"), [({}, 30), ({"timeout": 7}, 7), ({"timeout": "8"}, 8)])
def test_timeout(once, arguments, timeout):
    run("persona_mapping_info", once, arguments)

    assert once.sent[0].settings["timeout"] == timeout


# --- the modules' own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "arn_pattern"),
        ({"arn_pattern": PATTERN}, "account_identifier"),
        ({"account_identifier": JANE}, "arn_pattern"),
        ({"arn_pattern": "", "account_identifier": JANE}, "arn_pattern. arn_pattern is empty (null or blank), which"),
        ({"arn_pattern": None, "account_identifier": JANE}, "arn_pattern. arn_pattern is empty (null or blank), which"),
        ({"arn_pattern": PATTERN, "account_identifier": " "}, "account_identifier is empty (null or blank), which"),
        ({"state": "absent"}, "arn_pattern, id"),
        ({"state": "absent", "account_identifier": JANE}, "arn_pattern, id"),
        ({"state": "absent", "arn_pattern": "", "id": " "}, "id is empty (null or blank), which counts as not given."),
        ({"arn_patern": PATTERN, "account_identifier": JANE}, "Did you mean arn_pattern instead of arn_patern?"),
        ({"state": "gone"}, "state"),
        ({**WANTED, "id": "some-id"}, "id: it is only for state: absent"),
        ({**WANTED, "wait_timeout": -1}, "wait_timeout: -1 is not between 0 and 86400."),
        ({**WANTED, "replace": "x"}, "replace"),
        ({**WANTED, "concurrency": 3}, "concurrency"),
    ],
)
def test_what_persona_mapping_refuses(script, arguments, words):
    ended = run("persona_mapping", script, arguments)

    assert ended.failed
    assert words in ended["msg"]


def test_only_what_ansible_itself_finds_wrong_is_explained(script, monkeypatch):
    """The collection's own words say what to do, and must not be taken for Ansible's."""
    monkeypatch.setattr(hints, "explained", lambda *_arguments: "explained")

    assert run("persona_mapping", script, {})["msg"] == "explained"
    own = run("persona_mapping", script, {**WANTED, "arn_pattern": "missing required arguments: id found in mappings"})
    assert own["msg"].startswith("arn_pattern: ")


def test_mappings_are_required(script):
    ended = run("persona_mappings", script, {})

    assert ended.failed
    assert "mappings" in ended["msg"]


def test_an_empty_state_is_present(once):
    once.expect("POST", MAPPINGS, 201, {"data": PERSONA.listed(2, "new")})

    # Cores that check choices first refuse an empty one.
    ended = run("persona_mapping", once, {**PERSONA.wanted("new"), "wait_timeout": 0})

    assert ended["changed"] is True


@pytest.mark.parametrize("name", ["arn_pattern", "account_identifier", "id", "caller_arn"])
def test_empty_options_of_info_count_as_not_given(once, name):
    ended = run("persona_mapping_info", once, {name: " "})

    assert len(ended["persona_mappings"]) == 1


@every_module
def test_modules_run_as_scripts(monkeypatch, module, arguments):
    """As Ansible runs them."""
    path = Path(harness.MODULES[module].__file__)
    script = compile(path.read_text(encoding="utf-8"), path, "exec")
    monkeypatch.setattr(harness.MODULES[module], "main", lambda: exec(script, {"__name__": "__main__"}))
    api = InProcess(**{kind.section: [kind.wanted("runner")] for kind in KINDS if kind.sandbox != "intake"})

    assert run(module, api, arguments, check=True)["changed"] is (module in ("intake_mapping", "intake_mappings"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ImportError("No module named 'requests'"), "ImportError, No module named 'requests'. "),
        (
            ImportError("urllib3 v2 only supports OpenSSL 1.1.1+."),
            "ImportError, urllib3 v2 only supports OpenSSL 1.1.1+. ",
        ),
        (AttributeError("module 'x' has no attribute\n 'y'"), "AttributeError, module 'x' has no attribute 'y'. "),
    ],
)
def test_without_requests_it_is_said_why_and_what_to_do(script, monkeypatch, error, reason):
    monkeypatch.setattr(task_module, "REQUESTS_IMPORT_ERROR", error)

    ended = run("persona_mapping_info", script, {})

    assert ended.failed
    assert ended["msg"].startswith(basic.missing_required_lib("requests"))
    assert f"The reason: {reason}Install it, or repair it: " in ended["msg"]
    assert ended["msg"].endswith("-m pip install --upgrade requests")


@pytest.mark.parametrize("error", [ImportError, AttributeError, PermissionError, SyntaxError])
def test_without_requests_the_client_can_be_loaded_all_the_same(error):
    """As a module of its own, so that the real one stays as it is."""
    spec = importlib.util.spec_from_file_location(f"{client.__name__}_alone", client.__file__)
    alone = importlib.util.module_from_spec(spec)

    class Damaged:
        def find_spec(self, name, *_arguments):
            if name == "requests":
                raise error

    with mock.patch.dict(sys.modules), mock.patch.object(sys, "meta_path", [Damaged(), *sys.meta_path]):
        del sys.modules["requests"]
        spec.loader.exec_module(alone)

    assert isinstance(alone.REQUESTS_IMPORT_ERROR, error)


def test_every_option_of_the_connection_is_documented():
    for option, details in CONNECTION_OPTIONS.items():
        _before, _option, text = connection.ModuleDocFragment.DOCUMENTATION.partition(f"\n  {option}:\n")
        text = text.split("\n    type: ", 1)[1]
        assert text.startswith(details["type"])
    assert "datadog_community.cloud_auth.all" in attributes.ModuleDocFragment.DOCUMENTATION


def test_other_threads_get_no_signals(script, monkeypatch):
    """A module that runs outside the main thread can't be told by signals, and works all the same."""
    import threading

    # Since 2.22, ansible-core wants a signal of its own, which it could not get there either.
    if hasattr(basic, "_debug"):
        monkeypatch.setattr(basic._debug, "register_for_stacktrace", lambda: None)
    script.expect("GET", MAPPINGS, body={"data": []})
    script.expect("POST", MAPPINGS, 201, {"data": PERSONA.listed(1, "runner")})
    ended = []
    thread = threading.Thread(
        target=lambda: ended.append(run("persona_mapping", script, {**WANTED, "wait_timeout": 0}))
    )

    thread.start()
    thread.join()

    assert ended[0]["changed"] is True
