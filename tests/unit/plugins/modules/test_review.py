# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two or three things meet at once: what the task says still has to be what Datadog holds."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from unittest import mock

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import aws_identity, aws_proof
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    APP_KEY,
    CI_EMAIL,
    CI_UUID,
    JANE,
    MAPPINGS,
    OMAR,
    USERS,
    FakeClock,
    mapping,
    response,
    role,
    run,
    wanted,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import Troubled, run_in_trouble

PATTERN = role("runner")
PATTERNS = [role(f"runner-{number}") for number in range(8)]
ELSEWHERE = role("runner", "999999999999")
LOGIN = "/api/v2/delegated-token"
KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
# Blank keys: those that the harness gives otherwise.
IDENTITY = {
    "cloud_provider_type": "aws",
    "org_uuid": "12345678-90ab-cdef-1234-567890abcdef",
    "api_key": "",
    "app_key": "",
}
AWS_KEYS = aws_proof.AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None)
FORBIDDEN = {"status": 403, "body": {"errors": ["Forbidden"]}}
NOT_INTEGRATED = {"status": 400, "body": {"errors": ["AWS Account Id is not integrated with this account"]}}
TO_OMAR = wanted(PATTERN, OMAR)
ABSENT = {"state": "absent", "arn_pattern": PATTERN}


def path_moves(sandbox):
    """The old spelling of the path is a 404 from now on."""
    sandbox.settings.update(paths="wif")


class ByToken(Troubled):
    """An organization that is logged in to by delegated tokens.

    :param logins: the answers to logins, one after the other: a status, or None for a token, as all later ones get.
    """

    def __init__(self, logins=(), **settings):
        super().__init__(**settings)
        self.logins = list(logins)

    def __call__(self, prepared, settings):
        if prepared.path_url == LOGIN:
            return self.log_in(prepared, settings)
        del prepared.headers["Authorization"]
        prepared.headers.update({"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY})
        return super().__call__(prepared, settings)

    def log_in(self, prepared, settings):
        status = self.logins.pop(0) if self.logins else None
        data = {"type": "delegated_token", "id": "1", "attributes": {"access_token": "delegated-0123456789"}}
        return response(prepared, status) if status else response(prepared, 200, json.dumps({"data": data}).encode())


@pytest.fixture(autouse=True)
def aws_keys():
    """The AWS credentials of this host; what they are is not of interest here."""
    with mock.patch.object(aws_identity, "find_aws_keys", return_value=AWS_KEYS) as found:
        yield found


def profile_is_gone(aws_keys):
    """The first login finds the profile, and the next ones don't: somebody rewrites the AWS configuration."""
    aws_keys.side_effect = [AWS_KEYS, *[InvalidOption("aws_profile", "there is no profile ci")] * 50]


# --- errors that can't be copied: a traceback instead of a result ---


def test_somebody_else_takes_the_pattern_between_removal_and_creation():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    api.fault(method="POST", skip=1, execute=True, change=[{"create": wanted(PATTERN, CI_EMAIL)}])

    ended = run("persona_mapping", api, TO_OMAR)

    assert ended.failed
    assert ended["changed"] is True
    assert f"somebody else has mapped the pattern to {CI_UUID}" in ended["msg"]
    assert api.mappings == {PATTERN: CI_UUID}


def test_the_answer_to_a_creation_is_lost_and_somebody_else_has_the_pattern():
    api = Troubled().fault(method="POST", lose="close", change=[{"create": wanted(PATTERN, CI_EMAIL)}])

    ended = run("persona_mapping", api, TO_OMAR)

    assert ended.failed
    assert CI_UUID in ended["msg"]
    assert "not known" in ended["msg"]


def test_the_token_ends_after_a_removal_and_the_profile_is_gone(aws_keys):
    api = ByToken(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", status=401, skip=1, times=None)
    profile_is_gone(aws_keys)

    ended = run("persona_mapping", api, {**IDENTITY, **TO_OMAR})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"]["arn_pattern"] == PATTERN


def test_the_token_ends_before_a_replacement_and_the_profile_is_gone(aws_keys):
    api = ByToken(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", status=401, times=None)
    profile_is_gone(aws_keys)

    ended = run("persona_mapping", api, {**IDENTITY, **TO_OMAR})

    assert ended.failed
    assert ended["changed"] is False
    assert "aws_profile" in ended["msg"]


# --- an error that gets out of a step takes the outcomes of all steps with it ---


def test_the_fate_of_a_removal_is_not_known_and_no_login_works_any_more(aws_keys):
    """The first replacement is done. The second has removed its mapping, of which the task says nothing at all."""
    api = ByToken(mappings=[wanted(pattern, JANE) for pattern in PATTERNS[:3]])
    api.fault(method="DELETE", status=503, execute=True, skip=1)
    api.fault(method="POST", path=MAPPINGS, status=401, skip=3, times=None)
    api.fault(method="GET", path=MAPPINGS, status=401, skip=1, times=None)
    profile_is_gone(aws_keys)
    wants = [wanted(pattern, OMAR) for pattern in PATTERNS[:3]]
    options = {"mappings": wants, "concurrency": 1, "retries": 0, "wait_timeout": 0}

    ended = run("persona_mappings", api, {**IDENTITY, **options})

    assert PATTERNS[1] not in api.mappings
    assert ended.failed
    assert ended["changed"] is True
    assert [mapping["arn_pattern"] for mapping in ended["replaced"]] == PATTERNS[:1]
    assert [mapping["arn_pattern"] for mapping in ended["lost_mappings"]] == PATTERNS[1:2]


# --- putting back gives up at once, though it has five minutes ---


@pytest.mark.parametrize("retries", [0, 5])
@pytest.mark.parametrize("status", [429, 503])
def test_the_token_ends_and_logins_fail_for_a_while_as_a_mapping_is_to_be_put_back(status, retries):
    api = ByToken([None, *[status] * 7], mappings=[wanted(PATTERN, JANE)])
    api.fault(method="POST", skip=1, **FORBIDDEN)
    api.fault(method="POST", skip=1, status=401)

    ended = run("persona_mapping", api, {**IDENTITY, **TO_OMAR, "retries": retries})

    assert ended.failed
    assert api.mappings == {PATTERN: JANE}
    assert "lost_mapping" not in ended.result


def test_a_read_is_answered_by_junk_as_a_mapping_is_to_be_put_back():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    api.fault(method="POST", skip=1, times=2, status=503)
    api.fault(method="GET", path=MAPPINGS, skip=2, junk="html")

    ended = run("persona_mapping", api, {**TO_OMAR, "retries": 0, "wait_timeout": 0})

    assert ended.failed
    assert api.mappings == {PATTERN: JANE}
    assert "lost_mapping" not in ended.result


def test_datadog_forgets_the_aws_account_for_a_moment_as_a_mapping_is_to_be_put_back():
    """Known to pass within minutes, and the account was integrated, or the old mapping would not have been there."""
    api = Troubled(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", skip=1, times=2, **NOT_INTEGRATED)

    ended = run("persona_mapping", api, TO_OMAR)

    assert ended.failed
    assert api.mappings == {PATTERN: JANE}
    assert "lost_mapping" not in ended.result


def test_the_path_moves_between_removal_and_creation():
    api = Troubled(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", skip=1, execute=True, change=path_moves)

    ended = run("persona_mapping", api, TO_OMAR)

    assert PATTERN in api.mappings
    assert "lost_mapping" not in ended.result


# --- a 404 that does not mean "absent" ---


@pytest.mark.parametrize("module", ["persona_mapping", "persona_mappings"])
def test_a_gateway_answers_404_to_removals_of_what_is_listed(module):
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    api.fault(method="DELETE", status=404, junk="html", times=None)
    many = {"state": "absent", "mappings": [{"arn_pattern": PATTERN}]}

    ended = run(module, api, ABSENT if module == "persona_mapping" else many)

    assert api.mappings == {PATTERN: JANE}
    assert ended.failed


def test_the_path_moves_between_list_and_removal():
    api = Troubled(mappings=[wanted(PATTERN, JANE)]).fault(method="DELETE", execute=True, change=path_moves)

    ended = run("persona_mapping", api, ABSENT)

    assert ended.failed or api.mappings == {}


# --- what the task says contradicts what it has done, or what is there ---


@pytest.mark.parametrize("statuses", [(204, 403), (403, 204)])
def test_a_pattern_is_listed_twice_and_one_of_the_removals_is_refused(script, statuses):
    script.expect("GET", MAPPINGS, body={"data": [mapping(1, PATTERN), mapping(2, PATTERN, OMAR)]})
    for number, status in enumerate(statuses, 1):
        body = b"" if status == 204 else {"errors": ["Forbidden"]}
        script.expect("DELETE", f"{MAPPINGS}/{mapping(number, PATTERN)['id']}", status, body)

    ended = run("persona_mapping", script, {**ABSENT, "wait_timeout": 0})

    assert ended.failed
    assert ended["changed"] is True


def test_a_creation_of_a_taken_pattern_is_answered_by_what_is_there(script):
    """A server that takes a repeated creation for the same one: nothing has changed, and nothing is replaced."""
    user = {"type": "users", "id": CI_UUID, "attributes": {"handle": CI_UUID, "email": CI_EMAIL}}
    script.expect("GET", MAPPINGS, body={"data": [mapping(1, PATTERN)]})
    script.expect("GET", USERS, body={"data": [user]})
    script.expect("POST", MAPPINGS, 200, {"data": mapping(1, PATTERN)})

    ended = run("persona_mapping", script, {**wanted(PATTERN, CI_EMAIL), "wait_timeout": 0})

    assert ended.failed


def test_the_first_answer_of_a_replacement_is_lost_and_somebody_else_has_replaced_the_mapping():
    changes = [{"delete": {"arn_pattern": PATTERN}}, {"create": wanted(PATTERN, CI_EMAIL)}]
    api = Troubled(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", status=503, change=changes)

    ended = run("persona_mapping", api, TO_OMAR)

    assert ended.failed
    assert f"to {JANE} has not been removed" not in ended["msg"]


def test_the_answer_of_a_server_that_updates_in_place_is_lost_and_its_list_lags():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], on_taken="update", list_lag=20)
    api.fault(method="POST", status=503, execute=True)

    ended = run("persona_mapping", api, {**TO_OMAR, "retries": 0})

    assert api.mappings == {PATTERN: OMAR}
    assert ended.failed
    assert f"to {JANE} has not been removed" not in ended["msg"]


def test_somebody_else_removes_the_old_mapping_and_the_creation_is_not_answered():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    api.fault(method="DELETE", execute=True, change=[{"delete": {"arn_pattern": PATTERN}}])
    api.fault(method="POST", skip=1, times=None, lose="close")

    ended = run("persona_mapping", api, TO_OMAR)

    assert ended.failed
    assert ended["changed"] is True
    assert "not known" in ended["msg"]


def test_a_server_that_accepts_both_refuses_to_remove_the_first_old_mapping():
    """A fault that strikes all replacements strikes one, or a person has to tidy up all of them."""
    api = Troubled(mappings=[wanted(pattern, JANE) for pattern in PATTERNS], on_taken="both")
    api.fault(method="DELETE", times=None, **FORBIDDEN)

    ended = run("persona_mappings", api, {"mappings": [wanted(pattern, OMAR) for pattern in PATTERNS]})

    assert ended.failed
    assert len(api.sandbox.mappings()) <= len(PATTERNS) + 1


# --- secrets ---


@pytest.mark.parametrize("rest", ['","expi', '","expires":"1"}}}{}'], ids=["cut", "more than JSON"])
def test_the_answer_to_a_login_holds_a_token_but_is_not_json(script, rest):
    token = "delegated-0123456789abcdef"
    script.expect("POST", LOGIN, body=f'{{"data":{{"attributes":{{"access_token":"{token}{rest}'.encode())

    ended = run("persona_mapping_info", script, {**IDENTITY, "retries": 0})

    assert ended.failed
    assert token not in ended.output


def test_a_key_in_the_environment_ends_in_a_line_break_and_comes_back_in_a_redirect(script):
    script.expect("GET", MAPPINGS, 302, Location=f"https://{APP_KEY}.example/")

    ended = run("persona_mapping_info", script, {}, environment={name: f"{key}\n" for name, key in KEYS.items()})

    assert ended.failed
    assert APP_KEY not in ended.output


# --- blank and missing options: more is touched than was named, or another organization ---


@pytest.mark.parametrize("blank", ["", " ", None])
def test_the_aws_accounts_to_purge_are_left_blank(blank):
    """An empty list is refused, for what is limited must not become everything; a blank text is no better."""
    api = Troubled(mappings=[wanted(PATTERN, JANE), wanted(ELSEWHERE, JANE)])

    ended = run(
        "persona_mappings", api, {"mappings": [wanted(PATTERN, JANE)], "purge": True, "purge_aws_accounts": blank}
    )

    assert api.mappings == {PATTERN: JANE, ELSEWHERE: JANE}
    assert ended.failed


@pytest.mark.parametrize("options", [{}, {"cloud_provider_type": ""}, {"aws_profile": "ci"}])
def test_the_task_names_an_organization_but_the_environment_has_the_keys_of_another(options):
    api = Troubled()

    ended = run("persona_mapping", api, {**TO_OMAR, "org_uuid": IDENTITY["org_uuid"], **options}, environment=KEYS)

    assert ended.failed
    assert not api.writes


# --- endless waits ---


class Silent(ByToken):
    """Logins after the first get no answer. At the second, all workers want one, and the task is told to stop.

    :ivar wanting: the threads that have wanted to be logged in.
    :ivar silent: how many logins got no answer.
    """

    def __init__(self, workers, **settings):
        super().__init__(**settings)
        self.wanting = set()
        self.silent = 0
        self._workers = workers

    def log_in(self, prepared, settings):
        if not self.methods:
            return super().log_in(prepared, settings)
        self.silent += 1
        if self.silent == 1:
            while len(self.wanting) < self._workers:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)
            while not FakeClock.latest._stopped_by:
                time.sleep(0.01)
        FakeClock.pass_time(settings["timeout"])
        raise requests.ReadTimeout("read timed out")


def test_a_signal_comes_while_all_workers_wait_for_a_login_that_is_not_answered():
    """One after the other would wait for the whole time-out, 32 workers for a quarter of an hour."""
    api = Silent(8).fault(method="POST", status=401, times=None)
    options = {"mappings": [wanted(pattern, OMAR) for pattern in PATTERNS], "concurrency": 8}
    headers = aws_identity.AwsIdentity.headers

    def watched(credentials, send):
        api.wanting.add(threading.get_ident())
        return headers(credentials, send)

    with mock.patch.object(aws_identity.AwsIdentity, "headers", watched):
        ended = run_in_trouble("persona_mappings", api, {**IDENTITY, **options})

    assert ended.failed
    assert api.silent == 1
