# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWS identity: its proof, the credentials that it is made of, and what to do about a refusal."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from base64 import b64decode
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    InvalidOption,
    RequestFailed,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import aws_identity, aws_proof
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.aws_identity import AwsIdentity
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.aws_proof import (
    AwsKeys,
    find_aws_keys,
    prove,
)

ORG = "12345678-90ab-cdef-1234-567890abcdef"
KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FQoGZXIvYXdzEXAMPLETOKEN==")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
NOON = 1_800_000_000.0
ROLE = "arn:aws:sts::123:assumed-role/R/s"


def parts_of(proof):
    """Body, headers, method and URL of a proof."""
    body, headers, method, url = proof.split("|")
    return b64decode(body).decode(), json.loads(b64decode(headers)), method, b64decode(url).decode()


class Datadog:
    """A stand-in for the client and for Datadog: issues a token, or raises what it is told."""

    def __init__(self):
        self.requests = []
        self.faults = []

    def send(self, path, headers, action):
        self.requests.append((path, headers, action))
        if self.faults:
            raise self.faults.pop(0)
        return {"data": {"type": "delegated_token", "id": "1", "attributes": {"access_token": "T1"}}}

    def proof(self, number=-1):
        """The proof that it was sent."""
        return self.requests[number][1]["Authorization"].partition(" ")[2]


@pytest.fixture
def datadog(monkeypatch):
    monkeypatch.setattr(aws_identity, "time", SimpleNamespace(time=lambda: NOON))
    return Datadog()


@pytest.fixture
def aws(monkeypatch):
    """The AWS credentials that are found, and what for they were asked."""
    found = {"keys": KEYS, "asked": []}

    def find(profile, region, _timeout):
        found["asked"].append((profile, region))
        return found["keys"]

    monkeypatch.setattr(aws_identity, "find_aws_keys", find)
    return found


@pytest.fixture
def identity(aws):
    return AwsIdentity(ORG)


@pytest.mark.parametrize(
    ("region", "token", "signature"),
    [
        (None, KEYS.token, "8365a264026689ba038c844de8e0c42a025df9acc8b3a84b02ff89ec893ebd7e"),
        ("us-east-1", KEYS.token, "d5b6aa265acb49ef42fb5f338be6d1ed734d837b7233105027a04252b919e8bc"),
        ("eu-west-1", KEYS.token, "ddda283eb8ad7b858bd9e930d1f53c5f3951cba6b775314433a3374c75ba9c4b"),
        ("us-gov-west-1", KEYS.token, "64e219c29b69ec15e27d30f21067df6123c90e62ae19e5f015fde0a0a39facde"),
        (None, None, "2742c81515337d1e59c9ebbecf1a506fdc273c8109c3db05189629e856800073"),
        ("us-east-1", None, "ff74ce4d446100fb7e85c9e80de123d86acdd39489e28fee523493bccade06d8"),
    ],
)
def test_proof_byte_for_byte(region, token, signature):
    proof = prove(KEYS._replace(token=token), ORG, region, AT)
    host = f"sts.{region}.amazonaws.com" if region else "sts.amazonaws.com"
    scope = f"AKIAIOSFODNN7EXAMPLE/20260102/{region or 'us-east-1'}/sts/aws4_request"
    signed = "content-length;content-type;host;x-amz-date;x-amz-security-token;x-ddog-org-id"
    headers = {
        "Content-Length": ["43"],
        "Content-Type": ["application/x-www-form-urlencoded; charset=utf-8"],
        "X-Amz-Date": ["20260102T030405Z"],
        "x-ddog-org-id": [ORG],
        "X-Amz-Security-Token": [token],
        "host": [host],
        "Authorization": [f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signature}"],
        "User-Agent": ["datadog_community.cloud_auth"],
    }
    if token is None:
        del headers["X-Amz-Security-Token"]
        headers["Authorization"] = [headers["Authorization"][0].replace("x-amz-security-token;", "")]
    assert parts_of(proof) == ("Action=GetCallerIdentity&Version=2011-06-15", headers, "POST", f"https://{host}")
    assert b64decode(proof.split("|")[1]) == json.dumps(headers, separators=(",", ":")).encode()


class TestOptions:
    @pytest.mark.parametrize("org_uuid", ["", " ", f"{ORG}\n", "a b", "ä", "\udcff", "<uuid>"])
    def test_what_no_uuid_can_be(self, org_uuid):
        with pytest.raises(InvalidOption, match=r"^org_uuid: it contains a character that no UUID has"):
            AwsIdentity(org_uuid)

    @pytest.mark.parametrize("region", [" ", "eu-west-1\n", "eu-west-1.evil.example/", "eu_west_1", "EU-WEST-1"])
    def test_what_no_region_can_be(self, region):
        with pytest.raises(InvalidOption, match=r"^cloud_provider_region: it is not the name of an AWS region"):
            AwsIdentity(ORG, region)


class TestExchange:
    def test_the_proof_is_exchanged_for_a_token(self, identity, datadog):
        assert identity.headers(datadog.send) == {"Authorization": "Bearer T1"}
        ((path, headers, action),) = datadog.requests
        assert (path, action) == ("/api/v2/delegated-token", "log in with the AWS identity")
        assert headers == {
            "Authorization": f"Delegated {prove(KEYS, ORG, None, datetime.fromtimestamp(NOON, timezone.utc))}",
            "Content-Type": "application/json",
        }

    def test_region_and_profile_are_used(self, datadog, aws):
        AwsIdentity(ORG, "eu-west-1", "runner").headers(datadog.send)
        assert parts_of(datadog.proof())[3] == "https://sts.eu-west-1.amazonaws.com"
        assert aws["asked"] == [("runner", "eu-west-1")]

    def test_aws_credentials_are_read_anew(self, identity, datadog, aws):
        identity.rejected(identity.headers(datadog.send))
        aws["keys"] = KEYS._replace(access_key="AKIANEW")
        identity.headers(datadog.send)
        assert "AKIANEW" in parts_of(datadog.proof())[1]["Authorization"][0]


def refused(status, *errors):
    return ApiError(f"Could not log in: Datadog answered {status}.", status, list(errors))


UNMAPPED = {
    "status": "401",
    "title": "Unauthorized",
    "detail": f"Authenticated as {ROLE} but no identity mapping was found.",
}


class TestRefusal:
    def message(self, identity, datadog, *faults):
        datadog.faults = list(faults)
        with pytest.raises(RequestFailed) as caught:
            identity.headers(datadog.send)
        assert caught.value.http_status == faults[0].http_status
        assert caught.value.errors == faults[0].errors
        return str(caught.value)

    @pytest.mark.parametrize("error", [UNMAPPED, UNMAPPED["detail"]])
    def test_unmapped_identity_is_named_and_what_to_compare_it_with(self, identity, datadog, error):
        message = self.message(identity, datadog, refused(401, error))
        assert f"Compare {ROLE} with the arn_pattern of each persona mapping of the organization {ORG}" in message

    @pytest.mark.parametrize("status", [401, 403])
    def test_unmapped_identity_that_datadog_does_not_name(self, identity, datadog, status):
        message = self.message(identity, datadog, refused(status, "No identity mapping found."))
        assert "Compare the ARN that 'aws sts get-caller-identity' prints with the arn_pattern" in message

    @pytest.mark.parametrize(
        ("words", "advice"),
        [
            ("ExpiredToken: The security token included in the request is expired", "have expired: renew them"),
            ("Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z", "Set the clock"),
            ("Signature not yet current", "Set the clock"),
            ("RequestExpired", "Set the clock"),
            ("InvalidClientTokenId: The security token included in the request is invalid.", "does not accept these"),
            ("SignatureDoesNotMatch", "does not accept these"),
            ("The request signature we calculated does not match", "does not accept these"),
            ("Organization not found", f"Check that {ORG} (org_uuid) is the UUID of the organization"),
            ("org mismatch", f"Check that {ORG} (org_uuid) is the UUID of the organization"),
            ("Unauthorized", f"a persona mapping of the organization {ORG} (org_uuid) matches"),
        ],
    )
    @pytest.mark.parametrize("status", [401, 403])
    def test_what_datadog_says_decides_what_to_check(self, identity, datadog, status, words, advice):
        assert advice in self.message(identity, datadog, refused(status, {"title": "Unauthorized", "detail": words}))

    def test_without_words_everything_is_to_be_checked(self, identity, datadog):
        message = self.message(identity, datadog, refused(403))
        for word in ("org_uuid", "site", "clock", "expired", "aws sts get-caller-identity"):
            assert word in message


class TestSecrets:
    def test_all_that_could_be_used_again_is_secret(self, identity, datadog):
        identity.headers(datadog.send)
        proof = datadog.proof()
        headers = parts_of(proof)[1]
        signature = headers["Authorization"][0].rpartition("=")[2]
        assert len(signature) == 64
        assert set(identity.secrets()) == {
            KEYS.secret_key, KEYS.token, proof, proof.split("|")[1], signature, "T1",
        }  # fmt: skip

    def test_long_term_keys_have_no_session_token(self, identity, datadog, aws):
        aws["keys"] = KEYS._replace(token=None)
        identity.headers(datadog.send)
        assert all(identity.secrets())


def has_ended(number):
    """Whether a process is gone; one that nobody has asked about yet may take a moment."""
    for _look in range(200):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


class TestAwsKeys:
    """Without a network: what tests/system/test_login_chain.py does for real."""

    @pytest.fixture(autouse=True)
    def _nothing_set(self, monkeypatch, tmp_path):
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def test_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
        assert find_aws_keys(None, None) == KEYS._replace(token=None)
        monkeypatch.setenv("AWS_SESSION_TOKEN", KEYS.token)
        assert find_aws_keys(None, None) == KEYS
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        assert find_aws_keys(None, None) == KEYS

    @pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
    @pytest.mark.parametrize("junk", ["\n", " ", "\t", "ä", "\udcff"])
    def test_what_no_key_can_be(self, monkeypatch, variable, junk):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
        monkeypatch.setenv(variable, "SomeKey" + junk)
        with pytest.raises(RequestFailed, match="a character that no AWS credentials have, such as a space") as caught:
            find_aws_keys(None, None)
        assert "SomeKey" not in str(caught.value)

    def test_none(self):
        with pytest.raises(RequestFailed, match="there are no AWS credentials"):
            find_aws_keys(None, None)

    @pytest.fixture
    def config(self, tmp_path):
        return tmp_path / "config"

    @pytest.mark.parametrize("source", ["", "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = other"])
    def test_a_program_that_hangs_is_ended(self, config, tmp_path, source):
        """Of the profile itself, or of one that it leads to."""
        program = f"credential_process = sh -c 'sleep 300 & echo $! >{tmp_path}/pid; wait'"
        config.write_text(f"[profile runner]\n{source or program}\n[profile other]\n{program}\n")

        with pytest.raises(RequestFailed, match=r"credential_process of the AWS configuration did not end within 1 s"):
            find_aws_keys("runner", None, 1)
        assert has_ended(int((tmp_path / "pid").read_text()))  # What it had started, too.

    def test_what_a_program_prints_is_not_quoted(self, config):
        config.write_text("[profile runner]\ncredential_process = sh -c 'echo Sentinel >&2; exit 3'\n")
        with pytest.raises(RequestFailed, match="the credential_process of the AWS configuration failed") as caught:
            find_aws_keys("runner", None)
        assert "Sentinel" not in str(caught.value)

    def test_a_program_that_asks_has_no_terminal(self, config):
        answer = '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}'
        config.write_text(f"[profile runner]\ncredential_process = sh -c 'read x; echo \\'{answer}\\''\n")
        with pytest.raises(RequestFailed, match="getting AWS credentials failed"):
            find_aws_keys("runner", None, 5)

    def test_a_code_is_asked_of_nobody(self, config):
        config.write_text(
            "[profile runner]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = other\n"
            "mfa_serial = arn:aws:iam::123456789012:mfa/x\n"
            "[profile other]\naws_access_key_id = A\naws_secret_access_key = S\n"
        )
        with pytest.raises(RequestFailed, match="the profile asks for an MFA code") as caught:
            find_aws_keys("runner", None)
        assert "Use a profile that needs none" in str(caught.value)

    @pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
    @pytest.mark.parametrize("blank", ["", " ", "None"])
    def test_a_blank_profile_is_none(self, monkeypatch, variable, blank):
        monkeypatch.setenv(variable, blank)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
        assert find_aws_keys(None, None) == KEYS._replace(token=None)

    def test_no_such_profile(self):
        with pytest.raises(InvalidOption, match=r"aws_profile: there is no profile runner in the AWS configuration"):
            find_aws_keys("runner", None)

    def test_no_such_profile_in_the_environment(self, monkeypatch):
        monkeypatch.setenv("AWS_PROFILE", "runner")
        with pytest.raises(RequestFailed, match=r"profile \(runner\) could not be found\. Check the AWS configuration"):
            find_aws_keys(None, None)

    @pytest.mark.parametrize("python", ["/usr/bin/python3.9", ""])
    def test_without_botocore(self, monkeypatch, python):
        monkeypatch.setitem(sys.modules, "botocore.session", None)
        monkeypatch.setattr(sys, "executable", python)
        with pytest.raises(InvalidOption) as caught:
            find_aws_keys(None, None)
        assert str(caught.value).startswith("cloud_provider_type: it needs the Python library botocore, which ")
        assert str(caught.value).endswith(f"Install it: {python or 'python3'} -m pip install botocore.")

    @pytest.mark.parametrize(
        ("raised", "advice"),
        [
            ("SSOTokenLoadError", "Log in again: aws sso login --profile runner."),
            ("UnauthorizedSSOTokenError", "Log in again: aws sso login --profile runner."),
            ("CredentialRetrievalError", "Check the AWS configuration"),
            ("ConnectTimeoutError", "Check the network and the proxy variables"),
            ("SSLError", "Check the network and the proxy variables"),
            ("EndpointConnectionError", "Check the network and the proxy variables"),
            ("MetadataRetrievalError", "Check the network and the proxy variables"),
            ("InfiniteLoopConfigError", "Check the AWS configuration"),
        ],
    )
    def test_what_botocore_raises_is_explained(self, monkeypatch, raised, advice):
        import botocore.exceptions

        details = ("provider", "error_msg", "error", "endpoint_url", "source_profile", "visited_profiles")
        error = getattr(botocore.exceptions, raised)(**dict.fromkeys(details, "x"))
        with pytest.raises(RequestFailed) as caught:
            self.find(monkeypatch, error)
        assert str(caught.value).startswith("Could not log in with the AWS identity: getting AWS credentials failed: ")
        assert advice in str(caught.value)

    def find(self, monkeypatch, error):
        def fail(*_arguments):
            raise error

        monkeypatch.setattr(aws_proof, "_ask_botocore", fail)
        find_aws_keys("runner", None)

    def test_expired_credentials_at_the_start_of_a_chain(self, monkeypatch):
        from botocore.exceptions import ClientError

        answer = {"Error": {"Code": "ExpiredToken", "Message": "The security token included in the request is expired"}}
        with pytest.raises(RequestFailed, match="Renew the AWS credentials that these come from"):
            self.find(monkeypatch, ClientError(answer, "AssumeRole"))

    def test_an_unreadable_answer_of_aws_is_not_quoted(self, monkeypatch):
        from botocore.parsers import ResponseParserError

        with pytest.raises(RequestFailed, match="failed: the answer of an AWS service can't be read") as caught:
            self.find(monkeypatch, ResponseParserError(f"invalid XML: b'<SecretAccessKey>{KEYS.secret_key}"))
        assert KEYS.secret_key not in str(caught.value)

    def test_what_nobody_expected_is_one_short_line(self, monkeypatch):
        with pytest.raises(RequestFailed) as caught:
            self.find(monkeypatch, KeyError("some\n  lines " + "x" * 10_000))
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 800

    def test_an_exception_without_words_is_named(self, monkeypatch):
        with pytest.raises(RequestFailed, match="failed: TimeoutError"):
            self.find(monkeypatch, TimeoutError())

    def test_no_sso_profile_no_option(self):
        assert aws_proof._advice({"SSOError"}, "", None) == "Log in again: aws sso login."


def test_botocore_is_not_loaded_before_it_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore", None)
    spec = importlib.util.find_spec(aws_proof.__name__)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
