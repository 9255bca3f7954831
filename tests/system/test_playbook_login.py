# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in without keys, in real playbooks: who it is, what it may do, how it fails, and that no secret is shown."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    CI_UUID,
    OMAR,
    absent,
    assert_clear,
    present,
    state_of,
    task,
)
from datadog_sandbox import Sandbox, samples

TERRAFORM = "terraform@corp.example"
DEPLOY = "arn:aws:sts::123456789012:assumed-role/deploy/*"
ANOTHER_ORG = "12345678-90ab-cdef-1234-567890abcdef"
KEYS = {"api_key": samples.API_KEY, "app_key": samples.APP_KEY}
IDENTITY = {"cloud_provider_type": "aws", "org_uuid": samples.ORG_UUID}
TOKEN = "ddpat_0123456789abcdef0123456789"


def organization(**settings: Any) -> Sandbox:
    """A sandbox that lets the AWS identity in."""
    return Sandbox(**{"mappings": [present(samples.AWS_PATTERN, TERRAFORM)], **settings})


def who(**arguments: Any) -> dict[str, Any]:
    return task(arguments, "current_user_info")


def logins(sandbox: Sandbox) -> list[int | None]:
    """How the exchanges were answered."""
    return [request.status for request in sandbox.requests if request.path.endswith("/delegated-token")]


def written(sandbox: Sandbox) -> list[str]:
    """The methods of the requests that were neither reading nor logging in."""
    return [
        request.method
        for request in sandbox.requests
        if request.method != "GET" and not request.path.endswith("/delegated-token")
    ]


# ---- What works


def test_keys_let_the_identity_in_and_the_rest_goes_without(play):
    """A mapping counts for logins only after some time, so a task waits for that."""
    with Sandbox(login_lag=2) as sandbox:
        aws = {name: value for name, value in sandbox.keyless_env.items() if name.startswith("AWS_")}
        environment = {"DATADOG_HOST": sandbox.url, **aws}
        run = play(
            who(**KEYS),
            task(present(samples.AWS_PATTERN, TERRAFORM, **KEYS)),
            {**who(**IDENTITY), "register": "me", "until": "me is success", "retries": 30, "delay": 0.3},
            task(present(DEPLOY, OMAR, **IDENTITY)),
            task({"caller_arn": DEPLOY.replace("*", "x"), **IDENTITY}, "persona_mapping_info"),
            task({"mappings": [present(DEPLOY, CI)], **IDENTITY}, "persona_mappings"),
            task(absent(DEPLOY, **IDENTITY)),
            environment=environment,
        )
        me, first, identity, made, listed, replaced, removed = run.results
        assert not any(result.get("failed") for result in run.results), run.output
        assert (me["user"]["email"], me["org_uuid"]) == ("Jane.Smith@corp.example", samples.ORG_UUID)
        assert (identity["user"]["email"], identity["user"]["service_account"]) == (TERRAFORM, True)
        assert (identity["org_uuid"], identity["changed"]) == (samples.ORG_UUID, False)
        assert identity["attempts"] > 1
        assert [first["changed"], made["changed"], replaced["changed"], removed["changed"]] == [True] * 4
        assert listed["persona_mappings"] == [made["persona_mapping"]]
        assert list(state_of(sandbox)) == [samples.AWS_PATTERN]
        assert {200, 401} == set(logins(sandbox))


def test_bearer_token(play):
    with Sandbox(tokens={TOKEN: {"account": TERRAFORM}}) as sandbox:
        run = play(
            who(),
            task(present(DEPLOY, OMAR)),
            task(absent(DEPLOY)),
            who(bearer_token=f"{TOKEN}\n"),
            who(bearer_token="ddpat_ended"),
            environment={"DATADOG_HOST": sandbox.url, "DD_BEARER_TOKEN": TOKEN},
        )
        me, made, removed, given, ended = run.results
        assert [me["user"]["email"], given["user"]["email"]] == [TERRAFORM] * 2
        assert [made["changed"], removed["changed"]] == [True, True]
        assert_clear(ended, "Datadog answered 401", "Check that bearer_token has not expired or been revoked")


def test_the_task_goes_before_the_environment(play):
    """In the environment there are all ways."""
    with organization(tokens={TOKEN: {"account": CI}}) as sandbox:
        environment = {**sandbox.env, **sandbox.keyless_env, "DD_BEARER_TOKEN": TOKEN}
        run = play(who(), who(bearer_token=TOKEN), who(**KEYS), who(**IDENTITY), environment=environment)
        assert [result["user"]["handle"] for result in run.results] == [
            samples.ACCOUNTS[-1]["id"],
            CI_UUID,
            "jane.doe@corp.example",
            samples.ACCOUNTS[-1]["id"],
        ]
        del environment["DD_CLOUD_PROVIDER_TYPE"]
        assert play(who(), environment=environment).result["user"]["handle"] == CI_UUID


def test_a_way_that_fails_is_not_replaced_by_another(play):
    with Sandbox(tokens={TOKEN: {"account": CI}}) as sandbox:
        environment = {**sandbox.env, **sandbox.keyless_env, "DD_BEARER_TOKEN": TOKEN}
        assert_clear(play(who(), environment=environment).result, "no identity mapping was found")
        assert sandbox.request_count == 1


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["for real", "check mode"])
def test_check_mode_logs_in_and_writes_nothing(play, check):
    tasks = [
        task(present(DEPLOY, OMAR)),
        task({"mappings": [present(samples.AWS_PATTERN, OMAR)]}, "persona_mappings"),
    ]
    with organization() as sandbox:
        run = play(*tasks, environment=sandbox.keyless_env, options=check)
        assert [result["changed"] for result in run.results] == [True, True], run.output
        assert logins(sandbox) == [200, 200]
        assert bool(written(sandbox)) is not bool(check)


# ---- What fails


class Refusal(NamedTuple):
    """A task that can't log in.

    :ivar words: of its message.
    :ivar options: of the task.
    :ivar environment: what is different in it.
    :ivar settings: of the sandbox.
    :ivar fault: what strikes the exchange.
    """

    words: tuple[str, ...]
    options: Mapping[str, Any] = MappingProxyType({})
    environment: Mapping[str, str] = MappingProxyType({})
    settings: Mapping[str, Any] = MappingProxyType({})
    fault: Mapping[str, Any] | None = None


NO_AWS_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}
EXPIRED = {"errors": [{"title": "Unauthorized", "detail": "The security token included in the request is expired"}]}
# Datadog, or the sandbox in its place, is asked.
REFUSED_BY_DATADOG = {
    "unmapped": Refusal(
        (f"Compare {samples.AWS_ARN} with the arn_pattern", samples.ORG_UUID), settings={"mappings": []}
    ),
    "wrong organization": Refusal(
        (f"Check that {ANOTHER_ORG} (org_uuid) is the UUID of the organization",), {"org_uuid": ANOTHER_ORG}
    ),
    "slow clock": Refusal(("Set the clock of the host",), settings={"aws_now": time.time() + 3600}),
    "fast clock": Refusal(("Set the clock of the host",), settings={"aws_now": time.time() - 3600}),
    "wrong secret": Refusal(("AWS does not accept these",), environment={"AWS_SECRET_ACCESS_KEY": "wrong"}),
    "expired": Refusal(("The AWS credentials have expired: renew them.",), fault={"status": 403, "body": EXPIRED}),
    "expired token": Refusal(("Check that bearer_token has not expired",), {"bearer_token": TOKEN}),
}
# Nothing is sent.
REFUSED_HERE = {
    "no credentials": Refusal(("there are no AWS credentials",), environment=NO_AWS_KEYS),
    "no such profile": Refusal(("aws_profile: there is no profile nobody",), {"aws_profile": "nobody"}),
    "no organization": Refusal(("org_uuid: ", "DD_ORG_UUID", "current_user_info"), environment={"DD_ORG_UUID": ""}),
    "identity and keys": Refusal(
        ("cloud_provider_type and api_key and app_key: ", "different ways to log in"), {**IDENTITY, **KEYS}
    ),
    "token and keys": Refusal(("bearer_token and api_key and app_key: ",), {"bearer_token": TOKEN, **KEYS}),
    "identity and token": Refusal(("cloud_provider_type and bearer_token: ",), {**IDENTITY, "bearer_token": TOKEN}),
    "options of an identity beside keys": Refusal(
        ("aws_profile: ", "cloud_provider_type: aws"), {**KEYS, "aws_profile": "runner"}
    ),
    "another cloud": Refusal(("cloud_provider_type", "aws"), {"cloud_provider_type": "gcp"}),
    "no way at all": Refusal(("four ways to log in", "DD_BEARER_TOKEN"), environment={"DD_CLOUD_PROVIDER_TYPE": ""}),
}


@pytest.mark.parametrize(("refusals", "sent"), [(REFUSED_BY_DATADOG, 1), (REFUSED_HERE, 0)], ids=["Datadog", "here"])
def test_every_refusal_is_one_message_that_says_what_to_do(play, refusals, sent):
    with ExitStack() as stack:
        tasks, sandboxes = [], []
        for refusal in refusals.values():
            sandbox = stack.enter_context(organization(**refusal.settings))
            if refusal.fault:
                sandbox.add_fault(**refusal.fault)
            sandboxes.append(sandbox)
            environment = {"DATADOG_HOST": sandbox.url, **refusal.environment}
            tasks.append(task(present(DEPLOY, OMAR, **refusal.options), environment=environment))
        around = {**sandbox.keyless_env, "AWS_EC2_METADATA_DISABLED": "true"}
        run = play(*tasks, environment=around)
    for name, result, sandbox in zip(refusals, run.results, sandboxes, strict=True):
        assert_clear(result, *refusals[name].words)
        assert result["changed"] is False
        assert (name, sandbox.request_count) == (name, sent)


def test_botocore_is_missing(play, tmp_path):
    """Keys don't need it."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "botocore.py").write_text("raise ModuleNotFoundError(\"No module named 'botocore'\")\n")
    with organization() as sandbox:
        environment = {**sandbox.keyless_env, "PYTHONPATH": str(hidden)}
        missing, keys = play(who(), who(**KEYS), environment=environment).results
        assert_clear(
            missing, "needs the Python library botocore", "No module named 'botocore'", "-m pip install botocore"
        )
        assert keys["failed"] is False
        assert sandbox.request_count == 1


# ---- Secrets

# All begin with one word, so that parts of them are found as well. The rest looks different in URLs and in base64.
SECRET_KEY = "sentinel/aws+secret?>>=00facade00"
SESSION_TOKEN = "sentinel/aws+session?>>=00decade00"
DELEGATED = "sentinel/delegated+token?>>=00facade"
BEGINNINGS = ("sentinel", b64encode(b"sentinel").decode()[:10])


class Mirror(ThreadingHTTPServer):
    """A Datadog that sends back what it was sent, in all spellings; a context manager.

    :ivar lets_in: whether it gives a token.
    :ivar shown: all the credentials that it has shown.
    """

    daemon_threads = True

    def __init__(self, lets_in: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Reflection)
        self.lets_in = lets_in
        self.shown: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()


class _Reflection(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self._answer(403, {"errors": self._echoes()})

    def do_POST(self) -> None:
        if self.server.lets_in:
            self._answer(200, {"data": {"attributes": {"access_token": DELEGATED, "expires": "soon"}}})
        else:
            self._answer(401, {"errors": self._echoes()})

    def _echoes(self) -> list[str]:
        sent = self.headers["Authorization"].partition(" ")[2]
        self.server.shown.append(sent)
        pieces = [sent, *sent.split("|")]
        if "|" in sent:
            headers = b64decode(pieces[2]).decode()
            pieces += [headers, *(value for values in json.loads(headers).values() for value in values)]
        return [spelling for piece in pieces for spelling in sorted(spellings(piece))]

    def _answer(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_message: object) -> None:
        """Be silent."""


def spellings(secret: str) -> set[str]:
    """The secret as it stands, in URLs and in base64."""
    raw = secret.encode()
    encoded = {b64encode(raw).decode(), urlsafe_b64encode(raw).decode()}
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *encoded}


@pytest.mark.parametrize("lets_in", [False, True], ids=["proof", "token"])
def test_no_secret_is_shown(play, lets_in):
    """The keys of AWS, the proof and the token: not even by the most verbose output, whatever sends them back."""
    environment = {
        "DD_CLOUD_PROVIDER_TYPE": "aws",
        "DD_ORG_UUID": samples.ORG_UUID,
        "AWS_ACCESS_KEY_ID": samples.AWS_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
    }
    with Mirror(lets_in) as mirror:
        environment["DATADOG_HOST"] = f"http://127.0.0.1:{mirror.server_port}"
        run = play(who(), task(present(DEPLOY, OMAR)), environment=environment, options=("-vvvv", "--diff"))
        assert [result["http_status"] for result in run.results] == [403 if lets_in else 401] * 2
        assert "********" in run.output
    text = run.output + json.dumps(run.results)
    assert len(mirror.shown) == 2
    for sent in mirror.shown:
        headers = sent.split("|")[1] if "|" in sent else ""
        signature = b64decode(headers).decode().rpartition("Signature=")[2][:64] if headers else DELEGATED
        for secret in (sent, signature, *([headers] if headers else [])):
            assert not [spelling for spelling in spellings(secret) if spelling in text]
    for beginning in BEGINNINGS:
        found = text.find(beginning)
        assert found < 0, text[max(0, found - 300) : found + 100]
