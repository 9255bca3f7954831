# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in by an AWS identity in the middle of real work: tokens that end, and exchanges that fail."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from types import SimpleNamespace

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.creation_policy import RESCUE
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import aws_identity, token_exchange
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    JANE,
    MAPPINGS,
    OMAR,
    PERSONA,
    FakeClock,
    InProcess,
    run,
)
from datadog_sandbox import samples

EXCHANGE = "/api/v2/delegated-token"
EPOCH = 1_767_000_000.0
RUNNER = "terraform@corp.example"
LOGIN = {"arn_pattern": samples.AWS_PATTERN, "account_identifier": RUNNER}
NAME = "deploy"
PATTERN = PERSONA.text(NAME)
KEYLESS = {
    "DD_CLOUD_PROVIDER_TYPE": "aws",
    "DD_ORG_UUID": samples.ORG_UUID,
    "AWS_ACCESS_KEY_ID": samples.AWS_ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": samples.AWS_SECRET_ACCESS_KEY,
    "AWS_SESSION_TOKEN": samples.AWS_SESSION_TOKEN,
    "AWS_CONFIG_FILE": "/no/such/file",
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What strikes the exchange, and whether it is worth another try.
REFUSALS = {
    "401": ({"status": 401, "body": {"errors": ["Unauthorized"]}}, False),
    "403": ({"status": 403, "body": {"errors": [{"title": "Forbidden"}]}}, False),
    "404": ({"status": 404}, False),
    "409": ({"status": 409}, False),
    "redirect": ({"redirect": "https://elsewhere.example/"}, False),
    "429": ({"status": 429, "headers": {"X-RateLimit-Reset": "7"}}, True),
    "500": ({"status": 500}, True),
    "503": ({"status": 503}, True),
    "lost": ({"lose": "close"}, True),
    "answer lost": ({"lose": "reset", "execute": True}, True),
    "time-out": ({"delay_before": 100, "lose": "close"}, True),
}
JUNK = ("html", "empty", "cut", "null", "list", "deep", "encoding", "charset", "gzip", "huge")
every_refusal = pytest.mark.parametrize(("fault", "passes"), REFUSALS.values(), ids=REFUSALS)


@pytest.fixture(autouse=True)
def _virtual_time(monkeypatch):
    for module in (aws_identity, token_exchange):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=wall, monotonic=lambda: FakeClock.time))


def wall():
    return EPOCH + FakeClock.time


def organization(*mappings, **settings):
    """A sandbox that lets the runner in."""
    return InProcess(mappings=[LOGIN, *mappings], wall=wall, **settings)


def log_in(module, api, arguments, **options):
    return run(module, api, arguments, environment=KEYLESS, **options)


def requests_of(api):
    """All requests; an exchange is told from other POSTs."""
    return ["login" if request.path == EXCHANGE else request.method for request in api.sandbox.requests]


def exchanges(api):
    return requests_of(api).count("login")


def created(api):
    """The bodies of all creations that were executed."""
    return [
        json.loads(request.body)["data"]["attributes"]["arn_pattern"]
        for request in api.sandbox.requests
        if request.path == MAPPINGS and request.status == 201
    ]


class Revoking:
    """A transport that revokes all tokens after so many answers to a method."""

    def __init__(self, api, method, count=1):
        self.api, self.method, self.count = api, method, count
        self.answered = itertools.count(1)

    def __call__(self, prepared, settings):
        answer = self.api(prepared, settings)
        due = prepared.method == self.method and not prepared.url.endswith(EXCHANGE)
        if due and next(self.answered) == self.count:
            self.api.sandbox.set_state(tokens={})
        return answer


# ---- A thousand creations, 32 at once


MANY = [PERSONA.wanted(f"team-{number}", OMAR) for number in range(1000)]


def create_many(api, transport=None):
    """Create them all; returns how often the module has logged in."""
    ended = log_in("persona_mappings", transport or api, {"mappings": MANY, "concurrency": 32})

    assert not ended.failed, ended["msg"]
    assert ended["summary"]["created"] == len(MANY)
    assert sorted(created(api)) == sorted(mapping["arn_pattern"] for mapping in MANY)
    assert len(api.mappings) == len(MANY) + 1
    return exchanges(api)


def test_one_token_for_all():
    assert create_many(organization(latency=0.1)) == 1


def test_a_token_is_renewed_before_it_ends():
    api = organization(latency=0.1, token_lifetime=120)

    assert create_many(api) == 2
    assert 401 not in [request.status for request in api.sandbox.requests]


def test_a_token_that_ends_without_notice():
    """Datadog doesn't say when, and the requests that are under way are refused."""
    api = organization(latency=0.1, token_lifetime=60, token_expires=False)

    assert create_many(api) == 2
    assert 401 in [request.status for request in api.sandbox.requests]


def test_a_token_that_is_revoked():
    api = organization()

    assert create_many(api, Revoking(api, "POST", 500)) == 2


@pytest.mark.parametrize("refusal", ["401", "503", "answer lost"])
def test_renewing_fails_in_the_middle(refusal):
    """All workers wait for one login. If it fails for good, what is left is not tried a thousand times."""
    fault, passes = REFUSALS[refusal]
    api = organization()
    api.fault(path=EXCHANGE, skip=1, times=2 if passes else None, **fault)

    ended = log_in("persona_mappings", Revoking(api, "POST", 500), {"mappings": MANY, "concurrency": 32})

    assert len(created(api)) == len(set(created(api))) == ended["summary"]["created"]
    if passes:
        assert not ended.failed
        assert ended["summary"]["created"] == len(MANY)
        assert exchanges(api) == 4
        return
    assert ended.failed
    assert ended["changed"] is True
    assert 500 <= ended["summary"]["created"] <= 531
    assert "Could not log in with the AWS identity" in ended["msg"]
    assert "Not tried, because logging in failed for" in ended["failed_mappings"][-1]["msg"]
    assert exchanges(api) < 50


# ---- The exchange


@every_refusal
def test_an_exchange_that_fails_for_some_time(fault, passes):
    api = organization()
    api.fault(path=EXCHANGE, times=3, **fault)

    ended = log_in("persona_mapping", api, PERSONA.wanted(NAME, OMAR))

    if passes:
        assert not ended.failed
        assert requests_of(api) == ["login"] * 4 + ["GET", "POST", "GET"]
        return
    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith("Could not log in with the AWS identity: ")
    assert requests_of(api) == ["login"]


@every_refusal
def test_an_exchange_that_never_works(fault, passes):
    api = organization()
    api.fault(path=EXCHANGE, times=None, **fault)

    ended = log_in("persona_mapping", api, {**PERSONA.wanted(NAME, OMAR), "retries": 2})

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith("Could not log in with the AWS identity: ")
    assert ended.result.get("http_status") == fault.get("status", 307 if "redirect" in fault else None)
    assert requests_of(api) == ["login"] * (3 if passes else 1)


@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_place_of_a_token(junk):
    api = organization()
    api.fault(path=EXCHANGE, times=None, junk=junk)

    ended = log_in("persona_mapping", api, {**PERSONA.wanted(NAME, OMAR), "retries": 1})

    assert ended.failed
    assert ended["msg"].startswith("Could not log in with the AWS identity: ")
    assert set(requests_of(api)) == {"login"}


@pytest.mark.parametrize(("fault", "passes"), [each for each in REFUSALS.values() if each[1]])
def test_a_creation_that_waits_for_a_login_is_not_looked_for(fault, passes):
    """It was never sent: a lost answer to the login says nothing about it."""
    api = organization()
    api.fault(path=EXCHANGE, skip=1, **fault)

    ended = log_in("persona_mapping", Revoking(api, "GET"), PERSONA.wanted(NAME, OMAR))

    assert not ended.failed
    assert requests_of(api) == ["login", "GET", "POST", "login", "login", "POST", "GET"]


@pytest.mark.parametrize("check", [True, False])
def test_a_removal_in_check_mode_logs_in_and_writes_nothing(check):
    api = organization(PERSONA.wanted(NAME, OMAR))

    ended = log_in("persona_mapping", api, {"state": "absent", "arn_pattern": PATTERN}, check=check)

    assert ended["changed"] is True
    # Before it removes what it may have logged in by, the task asks who it is.
    assert requests_of(api) == ["login", "GET", "GET", *([] if check else ["DELETE", "GET"])]
    assert (PATTERN in api.mappings) is check


@pytest.mark.parametrize("check", [True, False])
def test_that_the_own_login_is_taken_away_is_told_in_check_mode_too(check):
    api = organization()

    ended = log_in("persona_mapping", api, {"state": "absent", "arn_pattern": samples.AWS_PATTERN}, check=check)

    [warning] = ended.warnings
    assert "leads to the account that this task has logged in as" in warning


def test_a_token_that_can_not_be_renewed_is_used_to_its_end():
    """The mapping that the task has logged in by is replaced, and less than a minute is left."""
    api = organization(token_lifetime=900)

    def late(prepared, settings):
        if prepared.method == "DELETE":
            FakeClock.pass_time(850)
        return api(prepared, settings)

    ended = log_in("persona_mapping", late, {"arn_pattern": samples.AWS_PATTERN, "account_identifier": JANE})

    assert not ended.failed, ended["msg"]
    assert api.mappings == {samples.AWS_PATTERN: JANE}


@pytest.mark.parametrize("seconds", [850, 901])
def test_what_many_workers_do_with_a_token_that_can_not_be_renewed(seconds):
    api = organization(token_lifetime=900)
    api.fault(path=EXCHANGE, skip=1, times=None, status=503)
    begun = []

    def late(prepared, settings):
        if prepared.method == "POST" and prepared.url.endswith(MAPPINGS) and not begun:
            begun.append(True)
            FakeClock.pass_time(seconds)
        return api(prepared, settings)

    ended = log_in("persona_mappings", late, {"mappings": MANY[:40], "concurrency": 8, "retries": 0})

    assert ended.failed is (seconds > 900)
    assert (ended["summary"]["created"] == 40) is (seconds < 900)


def test_what_it_may_have_logged_in_by_is_taken_away_last():
    api = organization(PERSONA.wanted(NAME, OMAR))
    [own] = [mapping["id"] for mapping in api.sandbox.mappings() if mapping["arn_pattern"] == samples.AWS_PATTERN]

    ended = log_in("persona_mappings", api, {"mappings": [PERSONA.wanted("new", OMAR)], "purge": True})

    writes = [
        request for request in api.sandbox.requests if request.path.startswith(MAPPINGS) and request.method != "GET"
    ]
    assert [request.method for request in writes] == ["DELETE", "POST", "DELETE"]
    assert writes[-1].path.endswith(own)
    assert any(samples.AWS_PATTERN in warning and "taken away last" in warning for warning in ended.warnings)


def test_whether_it_takes_away_its_own_login_can_not_be_told():
    api = organization(PERSONA.wanted(NAME, OMAR)).fault(path="/api/v2/current_user", status=403)

    ended = log_in("persona_mapping", api, PERSONA.absent(NAME))

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert warning.startswith("Whether this task takes away the mapping that it has logged in by can't be told: ")


# ---- In the middle of a replacement, when the old mapping has been removed


def replace(api):
    """Give Omar's mapping to Jane; the token is revoked when the old mapping has just been removed."""
    [old] = [mapping for mapping in api.sandbox.mappings() if mapping["arn_pattern"] == PATTERN]
    begun = FakeClock.time
    ended = log_in("persona_mapping", Revoking(api, "DELETE"), PERSONA.wanted(NAME, JANE))
    return old, ended, FakeClock.since(begun)


def test_the_next_login_works():
    api = organization(PERSONA.wanted(NAME, OMAR))

    _old, ended, _seconds = replace(api)

    assert not ended.failed
    assert api.mappings[PATTERN] == JANE


@every_refusal
def test_the_old_mapping_is_put_back_when_the_login_works_again(fault, passes):
    """As often as the creation tries, and once more: for good or not, the rescue has its own login."""
    api = organization(PERSONA.wanted(NAME, OMAR))
    api.fault(path=EXCHANGE, skip=1, times=6 if passes else 1, **fault)

    old, ended, _seconds = replace(api)

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"].startswith("Could not log in with the AWS identity: ")
    assert f"The old mapping of {PATTERN} to {OMAR} had been removed and has been put back" in ended["msg"]
    assert "lost_mapping" not in ended.result
    assert api.mappings[PATTERN] == old["account_identifier"]


@pytest.mark.parametrize("status", [429, 503])
def test_the_rescue_has_five_minutes_for_it(status):
    api = organization(PERSONA.wanted(NAME, OMAR))
    api.fault(path=EXCHANGE, skip=1, times=None, lasts=RESCUE - 60, status=status)

    _old, ended, seconds = replace(api)

    assert "has been put back" in ended["msg"]
    assert api.mappings[PATTERN] == OMAR
    assert RESCUE - 60 <= seconds < RESCUE + 60


@pytest.mark.parametrize("refusal", ["401", "409", "503", "answer lost", "time-out"])
def test_or_else_it_is_named_as_lost(refusal):
    fault, passes = REFUSALS[refusal]
    api = organization(PERSONA.wanted(NAME, OMAR))
    api.fault(path=EXCHANGE, skip=1, times=None, **fault)

    old, ended, seconds = replace(api)

    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"] == old
    assert "putting it back failed too: Could not log in with the AWS identity" in ended["msg"]
    assert f"callers that match {PATTERN} have lost their access to Datadog" in ended["msg"]
    assert PATTERN not in api.mappings
    assert seconds >= (RESCUE if passes else 0)


# ---- The AWS configuration changes, so the profile of the first login is gone at the next one


@pytest.fixture
def profile_is_gone(monkeypatch):
    """Logging in works once."""
    find, found = aws_identity.find_aws_keys, []

    def find_once(*arguments):
        if found:
            raise InvalidOption("aws_profile", "there is no profile ci")
        found.append(find(*arguments))
        return found[0]

    monkeypatch.setattr(aws_identity, "find_aws_keys", find_once)


@pytest.mark.usefixtures("profile_is_gone")
def test_before_a_replacement_that_changes_nothing():
    api = organization(PERSONA.wanted(NAME, OMAR))

    ended = log_in("persona_mapping", Revoking(api, "GET", 2), PERSONA.wanted(NAME, JANE))

    assert ended.failed
    assert ended["changed"] is False
    assert "aws_profile" in ended["msg"]
    assert api.mappings[PATTERN] == OMAR


@pytest.mark.usefixtures("profile_is_gone")
def test_after_the_removal_the_mapping_is_named_as_lost():
    old, ended, _seconds = replace(organization(PERSONA.wanted(NAME, OMAR)))

    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"] == old


@pytest.mark.usefixtures("profile_is_gone")
def test_after_a_removal_without_an_answer_no_outcome_is_forgotten():
    """The first replacement is done. The second has removed its mapping, of which the list can't tell any more."""
    names = [f"team-{number}" for number in range(3)]
    patterns = list(map(PERSONA.text, names))
    api = organization(*(PERSONA.wanted(name, OMAR) for name in names))
    api.fault(method="DELETE", status=503, execute=True, skip=1)
    wants = [PERSONA.wanted(name, JANE) for name in names]
    options = {"mappings": wants, "concurrency": 1, "retries": 0, "wait_timeout": 0}

    ended = log_in("persona_mappings", Revoking(api, "DELETE", 2), options)

    assert patterns[1] not in api.mappings
    assert ended.failed
    assert ended["changed"] is True
    assert [mapping["arn_pattern"] for mapping in ended["replaced"]] == patterns[:1]
    assert [mapping["arn_pattern"] for mapping in ended["lost_mappings"]] == patterns[1:2]


# ---- The rest


def test_after_a_signal_none_of_the_workers_that_wait_for_a_login_gets_one():
    """A login may take as long as the time-out, and the workers would log in one after the other."""
    api = organization()
    wants = [PERSONA.wanted(f"team-{number}", OMAR) for number in range(4)]
    all_have_sent = threading.Barrier(len(wants))

    def transport(prepared, settings):
        if prepared.method == "POST" and not prepared.url.endswith(EXCHANGE):
            all_have_sent.wait(timeout=60)
            api.sandbox.set_state(tokens={})
            FakeClock.latest.stop("SIGTERM")
        return api(prepared, settings)

    ended = log_in("persona_mappings", transport, {"mappings": wants, "concurrency": len(wants)})

    assert ended.failed
    assert ["Interrupted by SIGTERM." in failed["msg"] for failed in ended["failed_mappings"]] == [True] * len(wants)
    assert ended["changed"] is False
    assert exchanges(api) == 1


def test_a_new_token_that_datadog_does_not_know_yet():
    """Datadog takes some seconds to know a token (API reference)."""
    api = organization().fault(method="GET", status=401, times=5)

    ended = log_in("persona_mapping_info", api, {})

    assert not ended.failed, ended.result
    assert api.methods.count("POST") == 2  # One more login, and then patience.


def test_a_token_that_datadog_never_knows():
    api = organization().fault(method="GET", status=401, times=None)

    ended = log_in("persona_mapping_info", api, {})

    assert ended.failed
    assert ended["http_status"] == 401
    assert api.methods.count("POST") <= 3


def test_the_proof_names_the_region_of_the_task():
    api = organization()

    ended = log_in("persona_mapping_info", api, {"cloud_provider_region": "eu-west-1"})

    assert not ended.failed, ended.result
    [proof] = [request.headers["authorization"] for request in api.sandbox.requests if request.path == EXCHANGE]
    assert base64.b64decode(proof.rpartition("|")[2]) == b"https://sts.eu-west-1.amazonaws.com"
