# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and passwords appear nowhere: not in the most verbose output of any failure, whatever echoes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import trustme

from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import KINDS
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    LI,
    OMAR,
    RUNNER,
    Run,
    absent,
    collections_path,
    present,
    task,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.proxy import Proxy
from datadog_sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT / "tests/integration/targets/secrets/files/matrix.py"

# All secrets begin with one word, so that parts of them are found as well. The rest looks different in a URL and in the
# two alphabets of base64.
API_KEY = "sentinel/api+key?>>=00facade00facade"
APP_KEY = "sentinel/app+key?>>=00decade00decade"
TOKEN = "sentinel/token+?>>=00cafe00cafe"
PASSWORD = "sentinel/proxy+password?>>=00"
# In base64, also after "agent:", which has six characters.
BEGINNINGS = ("sentinel", b64encode(b"sentinel").decode()[:10])
KEYS = {"api_keys": [API_KEY], "app_keys": {APP_KEY: ["*"]}}
VERBOSE = ("-vvvv", "--diff")


def spellings(secret):
    """The secret as it stands, in URLs and in base64."""
    raw = secret.encode()
    encoded = {b64encode(raw).decode(), urlsafe_b64encode(raw).decode()}
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *encoded}


def assert_no_secret(run):
    """Neither what was printed nor what callbacks got holds a secret, or the beginning of one."""
    text = run.output + json.dumps(run.results)
    for beginning in BEGINNINGS:
        found = text.find(beginning)
        assert found < 0, text[max(0, found - 300) : found + 100]


@pytest.mark.parametrize("text", sorted(spellings(APP_KEY) | spellings(f"agent:{PASSWORD}")))
def test_the_search_finds_secrets(text):
    """What the other tests rely on."""
    with pytest.raises(AssertionError):
        assert_no_secret(Run(0, f"It says {text}.", []))
    with pytest.raises(AssertionError):
        assert_no_secret(Run(0, "", [{"host": "localhost", "result": {"msg": f"It says {text}."}}]))


def echoes(secret):
    """Answers that hold a secret."""
    texts = [f"The key {spelling} is bad" for spelling in sorted(spellings(secret))]
    return [
        {"status": 403, "body": {"errors": texts}},
        {"status": 400, "body": {"errors": [{"title": texts[0], "detail": texts[1], "source": {"header": texts[2]}}]}},
        {"status": 400, "body": {"errors": [{secret: {"meta": texts}}]}},
        {"status": 502, "body": "<html>" + " ".join(texts), "content_type": "text/html"},
        {"status": 200, "body": texts[0], "content_type": secret},
        {"status": 200, "body": {"data": [{"type": secret, "id": secret, "attributes": {}}]}},
        {"status": 502, "body": f"{'x' * 180} {secret}", "content_type": f"text/{'x' * 40}{secret}"},
        {"redirect": f"http://127.0.0.1/{secret}"},
    ]


def test_answers_that_echo_keys(play):
    faults = [(method, fault) for method in ("GET", "POST") for fault in echoes(APP_KEY)] + [
        ("GET", fault) for fault in echoes(API_KEY)[:2]
    ]
    with Sandbox(**KEYS) as sandbox:
        # Each task meets the next fault of its method; those that meet POST's come last.
        for method, fault in faults:
            sandbox.add_fault(method=method, **fault)
        reading = sum(method == "GET" for method, _fault in faults)
        arguments = present(retries=0, wait_timeout=0)
        run = play(*[task(arguments)] * len(faults), sandbox=sandbox, options=VERBOSE)
        assert [result["failed"] for result in run.results[:reading]] == [True] * reading
        assert sum(fault.struck for _number, fault in sandbox.faults()) == len(faults)
    assert_no_secret(run)
    assert "********" in run.output


def test_answers_that_echo_credentials_to_any_module(play):
    """Those that read log in by a token here, the others by keys."""
    tasks = []
    with Sandbox(**KEYS) as sandbox:
        for kind in KINDS:
            faults = [("GET", echoes(TOKEN)[0]), ("POST", echoes(APP_KEY)[0]), ("POST", echoes(API_KEY)[1])]
            for method, fault in faults:
                sandbox.add_fault(method=method, path=f"{kind.api.path}$", **fault)
            tasks += [
                task({"bearer_token": TOKEN, "retries": 0}, kind.info),
                task({**kind.present("runner"), "retries": 0}, kind.one),
                task({"mappings": [kind.present("runner")], "retries": 0}, kind.many),
            ]
        run = play(*tasks, sandbox=sandbox, options=VERBOSE)
        assert sandbox.request_count == 5 * len(KINDS)
    assert [result["http_status"] for result in run.results] == [403, 403, 400] * len(KINDS)
    assert_no_secret(run)
    assert "********" in run.output


def test_every_kind_of_failure(play):
    keys = {"api_key": API_KEY, "application_key": APP_KEY}
    faults = [
        {"method": "GET", "lose": "close"},
        {"method": "GET", "junk": "html", "status": 200},
        {"method": "GET", "junk": "gzip", "status": 200},
        {"method": "POST", "contains": LI, "times": None, "status": 403},
    ]
    with Sandbox(**KEYS) as sandbox, Sandbox() as strange:
        for fault in faults:
            sandbox.add_fault(**fault)
        tasks = [
            *[task(present(retries=0, **keys))] * 3,
            task(present(**keys)),
            task(present(account=LI, wait_timeout=0, **keys)),
            task({"mappings": [present(account=LI)], "wait_timeout": 0, **keys}, "persona_mappings"),
            task(present(), module="persona_mapping", environment={"DATADOG_HOST": strange.url}),
            task(present(**{**keys, "api_key": f"{API_KEY}\nX-Header: x"})),
            task(present("arn:aws:iam::123456789012:role/x", **keys)),
            task(present(nonsense=1, **keys)),
            task(present(timeout="soon", **keys)),
            task(absent(**keys)),
        ]
        run = play(*tasks, sandbox=sandbox, options=VERBOSE)
    assert [result["failed"] for result in run.results] == [True] * 3 + [False] + [True] * 7 + [False]
    assert_no_secret(run)
    assert RUNNER in run.output
    assert OMAR in run.output


def test_failures_on_the_way_through_a_proxy(play, tmp_path):
    certificate = str(tmp_path / "server.pem")
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(tls=(certificate, certificate), **KEYS))
        right, other = stack.enter_context(Proxy(f"agent:{PASSWORD}")), stack.enter_context(Proxy("agent:other"))
        gone = Proxy()
        gone.server_close()
        credentials = f"agent:{quote(PASSWORD, safe='')}"
        arguments = present(retries=0, validate_certs=False)
        for proxy, failed in ((right, False), (other, True), (gone, True)):
            variables = {"HTTPS_PROXY": proxy.url(credentials)}
            run = play(
                task(arguments), task(present(retries=0)), sandbox=sandbox, environment=variables, options=VERBOSE
            )
            assert [result["failed"] for result in run.results] == [failed, True]
            assert_no_secret(run)
        assert [status for _method, _target, status in right.seen] == [200, 200]


@pytest.mark.waits
def test_good_answers_that_repeat_what_was_sent():
    """One row of a matrix that ansible-test runs whole, on every ansible-core."""
    python = Path(sys.executable)
    command = [python, MATRIX, "--sandbox", ROOT / "tests/sandbox", "--interpreter", python, "--way", "AWS identity"]
    path = {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "ANSIBLE_COLLECTIONS_PATH": collections_path()}
    run = subprocess.run(command, check=False, env=os.environ | path, stdout=subprocess.PIPE, text=True)
    assert run.returncode == 0, run.stdout
    assert (
        len(re.findall(r"^AWS identity.*: [1-9]\d* secrets were sent, [1-9]\d* texts", run.stdout, re.MULTILINE)) == 2
    )
