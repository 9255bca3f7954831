# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWS identity: its proof, the exchange for a token, and when that is renewed."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from base64 import b64decode
from datetime import datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    CloudAuthError,
    Conflict,
    Forbidden,
    Interrupted,
    InvalidOption,
    NoAnswer,
    NotFound,
    NotIntegrated,
    RateLimited,
    RequestFailed,
    UnreadableAnswer,
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
    """A stand-in for the client and for Datadog: issues the tokens T1, T2, ... of a life, or raises what it is told."""

    def __init__(self, life=900):
        self.life = life
        self.time = NOON
        self.requests = []
        self.faults = []

    def now(self):
        return self.time

    def send(self, path, headers, action):
        self.requests.append((path, headers, action))
        if self.faults:
            raise self.faults.pop(0)
        attributes = {"access_token": f"T{len(self.requests)}", "expires": str(int(self.time + self.life))}
        return {"data": {"type": "delegated_token", "id": "1", "attributes": attributes}}

    def proof(self, number=-1):
        """The proof that it was sent."""
        return self.requests[number][1]["Authorization"].partition(" ")[2]


@pytest.fixture
def datadog():
    return Datadog()


@pytest.fixture
def aws(monkeypatch):
    """The AWS credentials that are found, and what for they were asked."""
    found = {"keys": KEYS, "asked": []}

    def find(profile, region):
        found["asked"].append((profile, region))
        return found["keys"]

    monkeypatch.setattr(aws_identity, "find_aws_keys", find)
    return found


@pytest.fixture
def identity(datadog, aws):
    return AwsIdentity(ORG, now=datadog.now)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


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
    def test_first_request_exchanges_a_proof_for_a_token(self, identity, datadog):
        assert identity.headers(datadog.send) == bearer("T1")
        ((path, headers, action),) = datadog.requests
        assert (path, action) == ("/api/v2/delegated-token", "log in with the AWS identity")
        assert headers == {
            "Authorization": f"Delegated {prove(KEYS, ORG, None, datetime.fromtimestamp(NOON, timezone.utc))}",
            "Content-Type": "application/json",
        }

    def test_region_and_profile_are_used(self, datadog, aws):
        AwsIdentity(ORG, "eu-west-1", "runner", datadog.now).headers(datadog.send)
        assert parts_of(datadog.proof())[3] == "https://sts.eu-west-1.amazonaws.com"
        assert aws["asked"] == [("runner", "eu-west-1")]

    def test_a_token_serves_many_requests(self, identity, datadog):
        assert {identity.headers(datadog.send)["Authorization"] for _turn in range(1000)} == {"Bearer T1"}
        assert len(datadog.requests) == 1

    def test_headers_may_be_changed_by_whoever_gets_them(self, identity, datadog):
        identity.headers(datadog.send).clear()
        assert identity.headers(datadog.send) == bearer("T1")

    def test_wall_clock_is_the_default(self, datadog, aws, monkeypatch):
        monkeypatch.setattr("time.time", AT.timestamp)
        AwsIdentity(ORG).headers(datadog.send)
        assert parts_of(datadog.proof())[1]["X-Amz-Date"] == ["20260102T030405Z"]

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            [],
            "token",
            {},
            {"data": None},
            {"data": [{"attributes": {"access_token": "T"}}]},
            {"data": {"attributes": None}},
            {"data": {"attributes": {}}},
            *[
                {"data": {"attributes": {"access_token": token}}}
                for token in (None, "", " ", "a b", "a\r\nHost: x", "ä", 7, True, ["T"], {"T": "T"})
            ],
        ],
    )
    def test_an_answer_without_a_token_is_unreadable(self, identity, answer):
        with pytest.raises(UnreadableAnswer, match="contains no access token") as caught:
            identity.headers(lambda *_request: answer)
        assert not caught.value.may_be_executed


class TestRenewal:
    @pytest.mark.parametrize(
        ("life", "renewed_after"),
        [(900, 840), (3600, 3540), (121, 61), (120, 60), (119, 59.5), (60, 30), (10, 5), (1, 0.5)],
    )
    def test_a_minute_before_the_end_but_not_before_half_time(self, identity, datadog, life, renewed_after):
        datadog.life = life
        identity.headers(datadog.send)
        datadog.time += renewed_after - 0.01
        assert identity.headers(datadog.send) == bearer("T1")
        datadog.time += 0.01
        assert identity.headers(datadog.send) == bearer("T2")

    @pytest.mark.parametrize(
        "expires",
        [
            None, "", "soon", "NaN", "nan", "inf", "-inf", "-1", "0", "1", "9" * 400, "1" * 5000, "1e999", "2026-01-02",
            True, False, -5, 0, 10**400, float("nan"), float("inf"), float("-inf"), [], {}, [NOON + 5], str(NOON),
            str(NOON - 1), str(NOON * 1000), str(NOON + 86401),
        ],
    )  # fmt: skip
    def test_an_unreadable_end_means_15_minutes(self, identity, datadog, expires):
        attributes = {"access_token": "T", "expires": expires}
        identity.headers(lambda *_request: {"data": {"attributes": attributes}})
        datadog.time += 839
        assert identity.headers(datadog.send) == bearer("T")
        datadog.time += 1
        assert identity.headers(datadog.send) == bearer("T1")

    def test_a_missing_end_means_15_minutes(self, identity, datadog):
        identity.headers(lambda *_request: {"data": {"attributes": {"access_token": "T"}}})
        datadog.time += 840
        assert identity.headers(datadog.send) == bearer("T1")

    @pytest.mark.parametrize("kind", [int, float, str])
    def test_a_number_will_do_for_text(self, identity, datadog, kind):
        attributes = {"access_token": "T", "expires": kind(int(NOON) + 1000)}
        identity.headers(lambda *_request: {"data": {"attributes": attributes}})
        datadog.time += 939
        assert identity.headers(datadog.send) == bearer("T")
        datadog.time += 1
        assert identity.headers(datadog.send) == bearer("T1")

    @given(expires=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
    @example(expires="1800000001")
    def test_whatever_the_end_is_the_token_serves_the_next_request(self, expires):
        token = aws_identity._token_in({"data": {"attributes": {"access_token": "T", "expires": expires}}}, NOON)
        assert NOON < token.renew_at <= NOON + 24 * 60 * 60

    def test_aws_credentials_are_read_anew(self, identity, datadog, aws):
        identity.headers(datadog.send)
        aws["keys"] = KEYS._replace(access_key="AKIANEW")
        datadog.time += 840
        identity.headers(datadog.send)
        assert "AKIANEW" in parts_of(datadog.proof())[1]["Authorization"][0]


class TestRejection:
    def test_a_token_that_was_got_because_of_another_is_given_time_to_become_known(self, identity, datadog):
        identity.rejected(identity.headers(datadog.send))
        new = identity.headers(datadog.send)

        assert not identity.rejected(new)
        assert identity.headers(datadog.send) == new
        datadog.time += 30
        assert identity.rejected(new)
        assert identity.headers(datadog.send) != new

    def test_a_rejected_token_is_replaced(self, identity, datadog):
        assert identity.rejected(identity.headers(datadog.send))
        assert identity.headers(datadog.send) == bearer("T2")

    def test_a_token_that_was_replaced_meanwhile_costs_no_login(self, identity, datadog):
        old = identity.headers(datadog.send)
        identity.rejected(old)
        identity.headers(datadog.send)
        assert identity.rejected(old)
        assert identity.headers(datadog.send) == bearer("T2")
        assert len(datadog.requests) == 2

    def test_two_rejections_before_the_next_login_are_one(self, identity, datadog):
        old = identity.headers(datadog.send)
        assert identity.rejected(old)
        assert identity.rejected(old)
        identity.headers(datadog.send)
        assert len(datadog.requests) == 2


def at_once(work, workers=32):
    """The results of ``work``, done by many threads at the same time; an error counts as one."""
    results = []
    start = threading.Barrier(workers)

    def run():
        start.wait()
        try:
            results.append(work())
        except CloudAuthError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _turn in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Crowd:
    """Holds the first exchange up until all threads have come."""

    def __init__(self, identity, datadog, threads=32):
        self._datadog = datadog
        self._missing = threads
        self._arrived = threading.Semaphore(0)
        lock = identity._lock
        crowd = self

        class Counting:
            def __enter__(self):
                crowd._arrived.release()
                lock.acquire()

            def __exit__(self, *_error):
                lock.release()

        identity._lock = Counting()

    def gather(self):
        while self._missing:
            self._arrived.acquire()
            self._missing -= 1

    def send(self, *request):
        self.gather()
        return self._datadog.send(*request)


class TestThreads:
    def test_32_threads_make_one_exchange(self, identity, datadog):
        crowd = Crowd(identity, datadog)
        assert at_once(lambda: identity.headers(crowd.send)) == [bearer("T1")] * 32
        assert len(datadog.requests) == 1

    def test_32_threads_whose_token_was_revoked_make_one_exchange(self, identity, datadog):
        old = identity.headers(datadog.send)

        def again():
            assert identity.rejected(old)
            return identity.headers(datadog.send)

        assert at_once(again) == [bearer("T2")] * 32
        assert len(datadog.requests) == 2

    def test_32_threads_fail_together(self, identity, datadog):
        datadog.faults = [NoAnswer("Could not log in: no route.")]
        crowd = Crowd(identity, datadog)
        results = at_once(lambda: identity.headers(crowd.send))
        assert {(type(result), str(result)) for result in results} == {(NoAnswer, "Could not log in: no route.")}
        assert len({id(result) for result in results}) == 32
        assert len(datadog.requests) == 1

    def test_what_a_thread_notes_on_its_error_is_not_told_by_the_others(self, identity, datadog):
        datadog.faults = [NoAnswer("Could not log in: no route.")]
        crowd = Crowd(identity, datadog)

        def noted():
            try:
                identity.headers(crowd.send)
            except NoAnswer as error:
                raise error.noted("Once.") from None

        assert {str(result) for result in at_once(noted)} == {"Could not log in: no route. Once."}

    def test_32_threads_without_botocore_say_so_each(self, identity, datadog, monkeypatch):
        crowd = Crowd(identity, datadog)

        def find(profile, region):
            crowd.gather()
            raise InvalidOption("cloud_provider_type", "it needs botocore")

        monkeypatch.setattr(aws_identity, "find_aws_keys", find)
        results = at_once(lambda: identity.headers(None))
        assert [str(result) for result in results] == ["cloud_provider_type: it needs botocore."] * 32

    def test_later_requests_try_again(self, identity, datadog):
        datadog.faults = [NoAnswer("lost.")]
        with pytest.raises(NoAnswer):
            identity.headers(datadog.send)
        assert identity.headers(datadog.send) == bearer("T2")

    def test_an_interrupted_login_stops_nobody_else(self, identity, datadog):
        """Another thread may be putting a mapping back, which is not to be interrupted."""
        datadog.faults = [Interrupted("Interrupted by SIGTERM.")]
        crowd = Crowd(identity, datadog)
        results = at_once(lambda: identity.headers(crowd.send))
        assert [str(result) for result in results if result != bearer("T2")] == ["Interrupted by SIGTERM."]
        assert len(results) == 32


def refused(status, *errors, kind=ApiError):
    return kind(f"Could not log in: Datadog answered {status}.", status, list(errors))


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

    @pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
    def test_other_refusals_stay_as_they_are(self, identity, datadog, status):
        assert self.message(identity, datadog, refused(status, "x")) == f"Could not log in: Datadog answered {status}."

    @pytest.mark.parametrize(
        ("kind", "status"),
        [(NotIntegrated, 400), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (ApiError, 500)],
    )
    def test_a_refusal_says_nothing_about_the_request_that_needs_the_token(self, identity, datadog, kind, status):
        transport_error = refused(status, kind=kind)
        transport_error.may_pass, transport_error.may_be_executed = status == 500, True
        datadog.faults = [transport_error]
        with pytest.raises(ApiError) as caught:
            identity.headers(datadog.send)
        assert caught.value.__class__ is ApiError
        assert caught.value.may_pass is (status == 500)  # The request that needs the token tries again.
        assert not caught.value.may_be_executed

    def test_a_rate_limit_says_how_long_to_wait(self, identity, datadog):
        transport_error = refused(429, kind=RateLimited)
        transport_error.wait = 7.0
        datadog.faults = [transport_error]
        with pytest.raises(RateLimited) as caught:
            identity.headers(datadog.send)
        assert caught.value.wait == 7.0

    @pytest.mark.parametrize("kind", [NoAnswer, UnreadableAnswer])
    def test_a_lost_exchange_has_written_nothing(self, identity, datadog, kind):
        transport_error = kind("Could not log in: lost.")
        transport_error.may_pass = transport_error.may_be_executed = True
        datadog.faults = [transport_error]
        with pytest.raises(kind, match=r"^Could not log in: lost\.$") as caught:
            identity.headers(datadog.send)
        assert caught.value.may_pass
        assert not caught.value.may_be_executed

    def test_a_fresh_proof_is_not_tried_twice(self, identity, datadog):
        self.message(identity, datadog, refused(401))
        assert len(datadog.requests) == 1

    def slow(self, datadog):
        """An exchange whose first answer takes minutes, as when the rate limit has to be waited for."""

        def send(*request):
            datadog.time += 0 if datadog.requests else 300
            return datadog.send(*request)

        return send

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_proof_that_became_old_while_waiting_is_renewed(self, identity, datadog, status):
        datadog.faults = [refused(status)]
        assert identity.headers(self.slow(datadog)) == bearer("T2")
        assert datadog.proof(0) != datadog.proof(1)

    def test_age_is_no_reason_to_repeat_what_failed_otherwise(self, identity, datadog):
        datadog.faults = [refused(503)]
        with pytest.raises(ApiError):
            identity.headers(self.slow(datadog))
        assert len(datadog.requests) == 1


class TestSecrets:
    def test_nothing_is_secret_before_anything_is_used(self, identity):
        assert identity.secrets() == []

    def test_all_that_could_be_used_again_is_secret(self, identity, datadog):
        identity.headers(datadog.send)
        proof = datadog.proof()
        headers = parts_of(proof)[1]
        signature = headers["Authorization"][0].rpartition("=")[2]
        assert len(signature) == 64
        assert set(identity.secrets()) == {
            KEYS.secret_key, KEYS.token, proof, proof.split("|")[1], signature, "T1",
        }  # fmt: skip

    def test_proofs_are_secret_when_they_are_refused(self, identity, datadog):
        datadog.faults = [refused(401)]
        with pytest.raises(ApiError):
            identity.headers(datadog.send)
        assert datadog.proof() in identity.secrets()

    def test_old_tokens_and_proofs_stay_secret(self, identity, datadog):
        for _turn in range(3):
            identity.rejected(identity.headers(datadog.send))
            datadog.time += 60
        assert {"T1", "T2", "T3", *(datadog.proof(n) for n in range(3))} <= set(identity.secrets())

    def test_long_term_keys_have_no_session_token(self, identity, datadog, aws):
        aws["keys"] = KEYS._replace(token=None)
        identity.headers(datadog.send)
        assert all(identity.secrets())


class TestAdvice:
    def test_refusals_of_the_token(self, identity):
        assert "not disabled" in identity.advice(401)
        assert "has the permission" in identity.advice(403)

    def test_other_refusals_are_not_about_the_identity(self, identity):
        assert identity.advice(404) == ""


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
        def fail(profile, region):
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
