# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox exchanges the proof of an AWS identity for a token, and lets no wrong one pass."""

from __future__ import annotations

import base64
import http.server
import json
import threading

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CURRENT_USER,
    DELEGATED_TOKEN,
    MAPPINGS,
    OMAR,
    RUNNER,
    Client,
)
from datadog_sandbox import Sandbox, samples
from datadog_sandbox.sigv4 import signature

ORGANIZATION = "12345678-90ab-cdef-1234-567890abcdef"
MOMENT = 1767323045.0  # 2026-01-02T03:04:05Z
SESSION_TOKEN = "FQoGZXIvYXdzEXAMPLETOKEN=="
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ARN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/jane"
BODY = "Action=GetCallerIdentity&Version=2011-06-15"
# Computed by Datadog's Python client and by botocore.
SIGNATURES = {
    (None, True): "8365a264026689ba038c844de8e0c42a025df9acc8b3a84b02ff89ec893ebd7e",
    ("us-east-1", True): "d5b6aa265acb49ef42fb5f338be6d1ed734d837b7233105027a04252b919e8bc",
    ("eu-west-1", True): "ddda283eb8ad7b858bd9e930d1f53c5f3951cba6b775314433a3374c75ba9c4b",
    ("us-gov-west-1", True): "64e219c29b69ec15e27d30f21067df6123c90e62ae19e5f015fde0a0a39facde",
    (None, False): "2742c81515337d1e59c9ebbecf1a506fdc273c8109c3db05189629e856800073",
    ("us-east-1", False): "ff74ce4d446100fb7e85c9e80de123d86acdd39489e28fee523493bccade06d8",
}


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


def proof(
    region=None, session=True, signed_as=None, url=None, method="POST", body=BODY, drop=(), unsigned=(), **changed
):
    """A proof, signed by a vector, or anew for whatever is changed of its headers."""
    host = f"sts.{region}.amazonaws.com" if region else "sts.amazonaws.com"
    headers = {
        "Content-Length": "43",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": "20260102T030405Z",
        "x-ddog-org-id": ORGANIZATION,
        **({"X-Amz-Security-Token": SESSION_TOKEN} if session else {}),
        "host": host,
        **{name.replace("_", "-"): text for name, text in changed.items()},
    }
    headers = {name: text for name, text in headers.items() if name not in drop}
    signed = {name.lower(): text for name, text in headers.items() if name not in unsigned}
    if signed_as is None:
        signed_as = signature(SECRET, region or "us-east-1", {"x-amz-date": "", **signed}, body.encode())
    scope = f"{headers.get('X-Amz-Date', '20260102')[:8]}/{region or 'us-east-1'}/sts/aws4_request"
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={';'.join(sorted(signed))}, Signature={signed_as}"
    )
    headers["User-Agent"] = "test"
    listed = json.dumps({name: [text] for name, text in headers.items()})
    return "|".join([base64_of(body), base64_of(listed), method, base64_of(url or f"https://{host}")])


@pytest.fixture
def identity(sandbox):
    """The AWS identity of the proofs, at their time, with a mapping."""
    key = {"secret": SECRET, "session_token": SESSION_TOKEN, "arn": ARN}
    sandbox.set_state(org_uuid=ORGANIZATION, aws_access_keys={KEY_ID: key})
    sandbox.settings.aws_now = MOMENT
    sandbox.create_mapping(RUNNER, "terraform@corp.example")
    return key


@pytest.fixture
def nobody(sandbox):
    """A client without keys, without a token."""
    with Client(sandbox, None, None) as session:
        yield session


def log_in(client, given=None, **headers):
    given = proof() if given is None else given
    headers = {"Authorization": f"Delegated {given}", "Content-Type": "application/json", **headers}
    return client.post(DELEGATED_TOKEN, headers=headers)


def why(answer):
    assert answer.status_code == 401
    [error] = answer.json()["errors"]
    assert (error["status"], error["title"]) == ("401", "Unauthorized")
    return error["detail"]


class TestDelegatedTokens:
    @pytest.mark.parametrize(("region", "session"), SIGNATURES, ids=str)
    def test_the_signatures_of_other_software(self, nobody, sandbox, identity, region, session):
        if not session:
            sandbox.set_state(aws_access_keys={KEY_ID: {"secret": SECRET, "arn": ARN}})
        vector = SIGNATURES[region, session]
        assert log_in(nobody, proof(region, session, signed_as=vector)).status_code == 200
        wrong = vector[:-1] + ("1" if vector[-1] == "0" else "0")
        assert "does not match" in why(log_in(nobody, proof(region, session, signed_as=wrong)))

    def test_the_token_logs_in_as_the_account_of_the_mapping(self, nobody, sandbox, identity):
        answer = log_in(nobody)
        data = answer.json()["data"]
        assert (data["type"], len(data["id"])) == ("delegated_token", 36)
        token = data["attributes"]["access_token"]
        user = nobody.get(CURRENT_USER, headers={"Authorization": f"Bearer {token}"}).json()["data"]
        assert user["attributes"]["email"] == "terraform@corp.example"
        assert sandbox.requests[0].about == f"{ARN} as {user['attributes']['handle']}"

    def test_the_token_ends(self, nobody, sandbox, identity, clock):
        sandbox.settings.token_lifetime = 60
        token = log_in(nobody).json()["data"]["attributes"]["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        clock.now += 59
        assert nobody.get(CURRENT_USER, headers=headers).status_code == 200
        clock.now += 1
        assert nobody.get(CURRENT_USER, headers=headers).status_code == 401

    def test_it_says_when(self, identity):
        state = {"org_uuid": ORGANIZATION, "aws_access_keys": {KEY_ID: identity}}
        mappings = [{"arn_pattern": RUNNER, "account_identifier": OMAR}]
        with Sandbox(wall=lambda: MOMENT, mappings=mappings, **state) as sandbox, Client(sandbox, None, None) as client:
            attributes = log_in(client).json()["data"]["attributes"]
            assert attributes["expires"] == str(int(MOMENT) + 900)
            sandbox.settings.token_expires = False
            assert list(log_in(client).json()["data"]["attributes"]) == ["access_token"]

    def test_no_mapping(self, nobody, sandbox, identity):
        sandbox.delete_mapping(RUNNER)
        sandbox.create_mapping("arn:aws:sts::123456789012:assumed-role/terraform-runner/other", OMAR)
        sandbox.create_mapping("arn:aws:sts::123456789012:assumed-role/terraform-runner", OMAR)
        sandbox.create_mapping(ARN, kind="intake")
        assert why(log_in(nobody)) == f"Authenticated as {ARN} but no identity mapping was found."

    def test_the_longest_pattern_counts(self, nobody, sandbox, identity):
        sandbox.create_mapping(ARN, OMAR)
        log_in(nobody)
        assert sandbox.requests[-1].about == f"{ARN} as {OMAR}"

    def test_an_account_that_is_disabled_since(self, nobody, sandbox, identity):
        sandbox.set_state(mappings=[{"arn_pattern": ARN, "account_identifier": "peter.gone@corp.example"}])
        assert "disabled" in why(log_in(nobody))

    def test_mappings_count_for_logins_after_a_while(self, nobody, sandbox, identity, clock):
        sandbox.settings.login_lag = 120
        assert "no identity mapping" in why(log_in(nobody))
        clock.now += 120
        assert log_in(nobody).status_code == 200

    @pytest.mark.parametrize(("now", "words"), [(MOMENT + 301, "expired"), (MOMENT - 301, "not yet current")])
    def test_age(self, nobody, sandbox, identity, now, words):
        sandbox.settings.aws_now = now
        assert words in why(log_in(nobody))
        sandbox.settings.aws_now = now + (1 if now < MOMENT else -1)
        assert log_in(nobody).status_code == 200

    def test_its_time_is_the_real_one(self, nobody, sandbox, identity):
        sandbox.settings.aws_now = None
        assert "expired" in why(log_in(nobody))

    def test_another_organization(self, nobody, sandbox, identity):
        sandbox.set_state(org_uuid=samples.ORG_UUID)
        assert ORGANIZATION in why(log_in(nobody))

    @pytest.mark.parametrize(
        "key",
        [
            {"secret": SECRET, "session_token": "other"},
            {"secret": SECRET},
            {"secret": "other", "session_token": SESSION_TOKEN},
            None,
        ],
        ids=str,
    )
    def test_another_key(self, nobody, sandbox, identity, key):
        sandbox.set_state(aws_access_keys={KEY_ID: {**key, "arn": ARN}} if key else {})
        assert "security token" in (reason := why(log_in(nobody))) or "signature" in reason

    def test_without_a_session_token(self, nobody, sandbox, identity):
        sandbox.set_state(aws_access_keys={KEY_ID: {"secret": SECRET, "arn": ARN}})
        assert log_in(nobody, proof(session=False)).status_code == 200
        sandbox.settings.session_token_required = True
        assert "X-Amz-Security-Token is missing" in why(log_in(nobody, proof(session=False)))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"method": "GET"}, "method"),
            ({"body": "Action=GetCallerIdentity"}, "body"),
            ({"url": "https://sts.amazonaws.com/"}, "without a path"),
            ({"url": "https://sts.amazonaws.com.evil.example"}, "url"),
            ({"url": "http://sts.amazonaws.com"}, "url"),
            ({"url": "https://sts.eu-west-1.amazonaws.com"}, "differ"),
            ({"Content_Length": "44"}, "Content-Length"),
            ({"Content_Type": "text/plain"}, "Content-Type"),
            ({"X_Amz_Date": "20260102"}, "X-Amz-Date"),
            ({"X_Amz_Date": "20261302T030405Z"}, "no time"),
            ({"drop": ["x-ddog-org-id"]}, "x-ddog-org-id"),
            ({"drop": ["X-Amz-Date"]}, "date"),
            ({"unsigned": ["x-ddog-org-id"]}, "x-ddog-org-id"),
            ({"unsigned": ["X-Amz-Security-Token"]}, "x-amz-security-token"),
            ({"unsigned": ["host"]}, "host"),
            ({"X_AMZ_DATE": "20260102T030405Z"}, "twice"),
            ({"signed_as": "x" * 64}, "Signature Version 4"),
        ],
        ids=str,
    )
    def test_what_is_wrong_with_a_proof(self, nobody, identity, changes, words):
        assert words.lower() in why(log_in(nobody, proof(**changes))).lower()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ("", "Delegated"),
            ("x", "four parts"),
            ("a|b|c|d|e", "four parts"),
            ("?|?|POST|?", "Base64"),
            (proof().replace("=", ""), "Base64"),
            (
                "|".join([base64_of(BODY), base64_of("[]"), "POST", base64_of("https://sts.amazonaws.com")]),
                "JSON object",
            ),
            (
                "|".join([base64_of(BODY), base64_of('{"host": "x"}'), "POST", base64_of("https://x")]),
                "lists of strings",
            ),
            (
                "|".join([base64_of(BODY), base64_of('{"host": []}'), "POST", base64_of("https://x")]),
                "lists of strings",
            ),
            ("|".join([base64_of(BODY), base64_of("{"), "POST", base64_of("https://x")]), "JSON object"),
        ],
    )
    def test_what_is_no_proof(self, nobody, identity, given, words):
        assert words in why(log_in(nobody, given))

    def test_order_and_case_of_the_names_are_free(self, nobody, identity):
        body, headers, method, url = proof(signed_as=SIGNATURES[None, True]).split("|")
        turned = {name.title(): text for name, text in reversed(json.loads(base64.b64decode(headers)).items())}
        listed = base64_of(json.dumps(turned, indent=1))
        assert log_in(nobody, f"{body}|{listed}|{method}|{url}").status_code == 200

    def test_requests_of_another_form(self, nobody, client, identity):
        assert why(nobody.post(DELEGATED_TOKEN)) == "The Authorization header must be Delegated with a proof"
        assert log_in(nobody, **{"Content-Type": "text/plain"}).status_code == 400
        assert log_in(client).status_code == 400
        headers = {"Authorization": f"Delegated {proof()}"}
        assert nobody.post(DELEGATED_TOKEN, json={}, headers=headers).status_code == 400
        assert nobody.get(DELEGATED_TOKEN).status_code == 405
        assert nobody.get(MAPPINGS, headers=headers).status_code == 401

    def test_the_limit_has_its_own_name(self, nobody, sandbox, identity):
        sandbox.settings.rate_limits = {"delegated_token": [1, 60]}
        assert [log_in(nobody).status_code for _time in range(2)] == [200, 429]

    def test_errors_in_strings(self, nobody, sandbox, identity):
        sandbox.settings.error_shape = "strings"
        sandbox.delete_mapping(RUNNER)
        assert "no identity mapping" in log_in(nobody).json()["errors"][0]

    def test_the_proof_and_the_keys_are_shown_nowhere(self, nobody, identity):
        log_in(nobody)
        for path in ("/sandbox/state", "/sandbox/requests"):
            text = nobody.get(path).text
            assert not any(secret in text for secret in (proof(), SECRET, SESSION_TOKEN))

    @pytest.mark.parametrize(
        "key",
        ["x", {}, {"secret": SECRET}, {"secret": SECRET, "arn": ARN, "region": "x"}, {"secret": 5, "arn": ARN}],
        ids=str,
    )
    def test_nonsense_is_refused(self, sandbox, key):
        with pytest.raises(ValueError, match="an AWS access key"):
            sandbox.set_state(aws_access_keys={KEY_ID: key})


class FakeSts(http.server.HTTPServer):
    """Gives the answers that it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FakeStsRequest)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers: list[tuple[int, str]] = []
        self.received: list[tuple[str, dict[str, str], str]] = []


class FakeStsRequest(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        status, text = self.server.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        """Nothing."""


@pytest.fixture
def sts():
    """A stand-in for STS."""
    with FakeSts() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestSts:
    """With an STS, it is the STS that knows who signed."""

    XML = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{ARN}</Arn><UserId>AROA:jane</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    ERROR = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>ExpiredToken</Code>'
        "<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"
    )

    def test_it_is_asked_with_the_signed_request(self, nobody, sandbox, identity, sts):
        sandbox.set_state(aws_access_keys={})
        sandbox.settings.sts = sts.url
        sts.answers.append((200, self.XML))
        assert log_in(nobody).status_code == 200
        [(path, headers, body)] = sts.received
        assert (path, body, headers["host"]) == ("/", BODY, "sts.amazonaws.com")
        assert headers["authorization"].endswith(SIGNATURES[None, True])
        assert (headers["x-ddog-org-id"], headers["x-amz-security-token"]) == (ORGANIZATION, SESSION_TOKEN)

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ((403, ERROR), "security token included in the request is expired"),
            ((500, "no XML"), "answered 500"),
            ((200, "<x/>"), "told no ARN"),
            ((200, XML.replace(ARN, "arn:aws:iam::123456789012:root")), "no identity mapping"),
        ],
    )
    def test_it_refuses(self, nobody, sandbox, identity, sts, answer, words):
        sandbox.settings.sts = sts.url
        sts.answers.append(answer)
        assert words in why(log_in(nobody))

    def test_it_is_not_there(self, nobody, sandbox, identity):
        sandbox.settings.sts = "http://127.0.0.1:1"
        assert "did not answer" in why(log_in(nobody))

    def test_what_is_wrong_anyway_is_not_passed_on(self, nobody, sandbox, identity, sts):
        sandbox.settings.sts = sts.url
        for bad in (proof(url="https://evil.example"), proof(drop=["x-ddog-org-id"])):
            why(log_in(nobody, bad))
        sandbox.settings.aws_now = MOMENT + 301
        assert "expired" in why(log_in(nobody))
        assert sts.received == []
