# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two things go wrong at once: each pair by name, with what the task has to do and to say. See also test_fate.

What is held against the organization is exact; of a message only the words that a person needs.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import threading
from unittest import mock

import pytest
import requests
import urllib3
from ansible.module_utils import basic

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    API_KEY,
    APP_KEY,
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    JANE_UUID,
    MAPPINGS,
    OMAR,
    USERS,
    FakeClock,
    InProcess,
    mapping,
    returned,
    role,
    run,
    wanted,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    Outage,
    Signal,
    Troubled,
    refused_connection,
    refused_tunnel,
    run_in_trouble,
)
from datadog_sandbox.samples import ACCOUNTS, NO_USERS_APP_KEY, PRIVILEGED

Clock = FakeClock.__base__

PATTERN = role("runner")
PATTERNS = [role(f"runner-{number}") for number in range(40)]
TO_CI = wanted(PATTERN, CI_EMAIL)
ABSENT = {"state": "absent", "arn_pattern": PATTERN}
# Two accounts that the key of the tests may not map to.
ADA = "ada.admin@corp.example"
ROOT = "root@corp.example"
ALL_ACCOUNTS = [*ACCOUNTS, {"email": ROOT, "permissions": PRIVILEGED}]
NOT_INTEGRATED = {"status": 400, "body": {"errors": ["AWS Account Id is not integrated with this account"]}}
# Answers to a creation that was not executed.
UNEXECUTED = {
    "403": {"status": 403, "body": {"errors": ["Forbidden"]}},
    "400": {"status": 400, "body": {"errors": ["Bad Request"]}},
    "not integrated": NOT_INTEGRATED,
    "time-out": {"delay_after": 60, "execute": False},
    "lost": {"lose": "close"},
    "503": {"status": 503},
}
LOST_BUT_EXECUTED = {"503": {"status": 503, "execute": True}, "lost": {"lose": "close", "execute": True}}
AT_THE_LIMIT = {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}}

every_concurrency = pytest.mark.parametrize("concurrency", [1, 8])
every_stop = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
every_lost = pytest.mark.parametrize("lost", LOST_BUT_EXECUTED.values(), ids=LOST_BUT_EXECUTED)


def forty(account, **settings):
    """Forty mappings to the same account."""
    return Troubled(mappings=[wanted(pattern, account) for pattern in PATTERNS], accounts=ALL_ACCOUNTS, **settings)


def to(account, **options):
    """The options that map all forty to one account."""
    return {"mappings": [wanted(pattern, account) for pattern in PATTERNS], **options}


def not_tried(ended):
    """The patterns of which the task says that it has not tried to change them."""
    return [failed["arn_pattern"] for failed in ended["failed_mappings"] if "not tried" in failed["msg"].lower()]


# --- A1: one after another is lost ---


@every_concurrency
@pytest.mark.parametrize("refusal", UNEXECUTED)
def test_a1_replacements_whose_creation_is_refused_at_once_lose_nothing(refusal, concurrency):
    api = forty(JANE).fault(method="POST", times=None, **UNEXECUTED[refusal])
    before = api.sandbox.mappings()

    ended = run("persona_mappings", api, to(OMAR, concurrency=concurrency, wait_timeout=20))

    assert ended.failed
    assert api.sandbox.mappings() == before
    assert "DELETE" not in api.methods
    assert "lost_mappings" not in ended.result
    assert len(ended["failed_mappings"]) == 40
    if refusal in ("400", "403", "not integrated"):
        assert ended["changed"] is False


@every_concurrency
def test_a1_replacements_that_are_refused_once_the_pattern_is_free_lose_one(concurrency):
    """The keys may map to neither account, which Datadog says only of patterns that are free."""
    api = forty(ADA, conflict_first=True)
    before = {mapping["arn_pattern"]: mapping for mapping in api.sandbox.mappings()}

    ended = run("persona_mappings", api, to(ROOT, concurrency=concurrency))

    assert ended.failed
    assert ended["changed"] is True
    lost = set(PATTERNS) - set(api.mappings)
    assert len(lost) == 1
    assert ended["lost_mappings"] == [before[pattern] for pattern in lost]
    assert set(not_tried(ended)) == set(PATTERNS) - lost
    assert api.writes.count("DELETE") == 1


def test_a1_after_a_mapping_is_lost_nothing_further_is_removed_or_replaced():
    """The fifth can't be put back. What comes after it stays as it is, what came before it is done."""
    accounts = [ADA if number == 4 else JANE for number in range(10)]
    existing = [wanted(*pair) for pair in zip(PATTERNS, accounts)]
    api = Troubled(mappings=existing, accounts=ALL_ACCOUNTS, conflict_first=True)
    wants = [wanted(pattern, ROOT if account == ADA else OMAR) for pattern, account in zip(PATTERNS, accounts)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 1})

    assert [mapping["arn_pattern"] for mapping in ended["replaced"]] == PATTERNS[:4]
    assert [mapping["arn_pattern"] for mapping in ended["lost_mappings"]] == [PATTERNS[4]]
    assert not_tried(ended) == PATTERNS[5:10]
    assert api.mappings == {**dict.fromkeys(PATTERNS[:4], OMAR), **dict.fromkeys(PATTERNS[5:10], JANE)}


class Watched(Troubled):
    """Notes how many writes that remove something are under way at once.

    :ivar crowd: how many there were when each began.
    """

    def __init__(self, first_waits=0.3, **settings):
        super().__init__(**settings)
        self.crowd = []
        self.together = threading.Barrier(2)
        self._under_way = 0
        self._first_waits = first_waits
        self._guard = threading.Lock()
        self._another = threading.Event()

    def __call__(self, prepared, settings):
        if prepared.method != "DELETE":
            return super().__call__(prepared, settings)
        with self._guard:
            self._under_way += 1
            self.crowd.append(self._under_way)
            number = len(self.crowd)
        if number == 1:
            self._another.wait(self._first_waits)  # Really: who would not wait for this one, comes now.
        else:
            self._another.set()
        if number in (2, 3):
            self.together.wait(60)  # Passes only if these two are under way at once.
        try:
            return super().__call__(prepared, settings)
        finally:
            with self._guard:
                self._under_way -= 1


@pytest.mark.parametrize("what", ["replace", "remove"])
def test_a1_the_first_goes_alone_and_the_others_side_by_side(what):
    api = Watched(mappings=[wanted(pattern, JANE) for pattern in PATTERNS])
    options = to(OMAR) if what == "replace" else {"mappings": [{"arn_pattern": p} for p in PATTERNS], "state": "absent"}

    ended = run("persona_mappings", api, {**options, "concurrency": 8})

    assert not ended.failed, ended.result
    assert api.crowd[0] == 1
    assert api.crowd[1] == 1  # The first had ended.
    assert max(api.crowd) > 1
    assert api.mappings == (dict.fromkeys(PATTERNS, OMAR) if what == "replace" else {})


def test_a1_creations_do_not_wait_for_one_another():
    api = InProcess()

    ended = run("persona_mappings", api, to(JANE, concurrency=8))

    assert ended["summary"]["created"] == 40
    assert api.methods == ["GET", *["POST"] * 40, "GET"]


# --- a replacement: the new mapping comes first ---


def test_a_replacement_asks_for_the_new_mapping_first():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 0})

    assert ended["changed"] is True
    assert api.writes == ["POST", "DELETE", "POST"]
    assert api.mappings == {PATTERN: CI_UUID}


def test_a_server_that_accepts_both_loses_the_old_one_afterwards():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], on_taken="both")

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert api.writes == ["POST", "DELETE"]
    assert api.sandbox.mappings() == [ended["persona_mapping"]]
    assert api.mappings == {PATTERN: CI_UUID}


def test_a_server_that_updates_in_place_keeps_what_it_has_updated():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], on_taken="update")
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert api.writes == ["POST"]
    assert api.sandbox.mappings() == [ended["persona_mapping"]]
    assert ended["persona_mapping"]["id"] == old["id"]
    assert api.mappings == {PATTERN: CI_UUID}


@pytest.mark.parametrize("status", [403, 503])
def test_a_server_that_accepts_both_but_keeps_the_old_one_is_told(status):
    api = Troubled(mappings=[wanted(PATTERN, JANE)], on_taken="both").fault(method="DELETE", status=status, times=None)
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, TO_CI)

    assert ended.failed
    assert ended["changed"] is True
    assert len(api.sandbox.mappings()) == 2
    assert "lost_mapping" not in ended.result
    assert old["id"] in ended["msg"]  # What to remove.


# --- A2: a fault of unknown fate, and a signal ---


def assert_told(ended, *untrue):
    """The task has failed, owns up to a possible change, and says none of what is ``untrue``."""
    assert ended.failed
    assert ended["changed"] is True
    for words in ("Nothing was done", "before anything was written", *untrue):
        assert words not in ended["msg"]


@every_lost
@every_stop
@pytest.mark.parametrize("sleep", [0, 1], ids=["in the back-off", "at the gate"])
def test_a2_replacement_whose_removal_is_executed_without_an_answer_and_a_signal(lost, number, sleep):
    limit = AT_THE_LIMIT if "status" in lost else {}
    api = Troubled(mappings=[wanted(PATTERN, JANE)], signals=[Signal(number, "sleep", sleep)])
    api.fault(method="DELETE", **lost, **limit, times=2)

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert_told(ended, *(["is still there"] if api.mappings == {PATTERN: JANE} else []))


@every_stop
def test_a2_the_same_when_nothing_can_be_put_back(number):
    api = Troubled(mappings=[wanted(PATTERN, JANE)], signals=[Signal(number, "sleep", 1)])
    api.fault(method="DELETE", **LOST_BUT_EXECUTED["503"], **AT_THE_LIMIT)
    api.fault(method="POST", status=409, times=1)
    api.fault(method="POST", status=403, times=None)
    [old] = api.sandbox.mappings()

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert not api.mappings
    assert_told(ended, "is still there", "put back, with")
    assert ended["lost_mapping"] == old


@every_lost
@every_stop
@pytest.mark.parametrize("sleep", [0, 1, 2])
def test_a2_creation_executed_without_an_answer_and_a_signal_while_it_is_looked_for(lost, number, sleep):
    api = Troubled(list_lag=20, signals=[Signal(number, "sleep", sleep)]).fault(method="POST", **lost)

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert api.mappings == {PATTERN: CI_UUID}
    assert_told(ended)


@every_lost
@every_stop
@pytest.mark.parametrize("sleep", [0, 1])
@pytest.mark.parametrize("module", ["persona_mapping", "persona_mappings"])
def test_a2_removal_executed_without_an_answer_and_a_signal(lost, number, sleep, module):
    limit = AT_THE_LIMIT if "status" in lost else {}
    api = Troubled(mappings=[wanted(PATTERN, JANE)], list_lag=20, signals=[Signal(number, "sleep", sleep)])
    api.fault(method="DELETE", **lost, **limit, times=2)
    many = {"state": "absent", "mappings": [{"arn_pattern": PATTERN}]}

    ended = run_in_trouble(module, api, ABSENT if module == "persona_mapping" else many)

    assert not api.mappings
    assert_told(ended)


def test_a2_creation_without_an_answer_then_a_conflict_then_no_list():
    """That it is mapped now may be its own work, which can't be read."""
    api = Troubled(list_lag=60)
    api.fault(method="POST", lose="close", execute=True)
    api.fault(method="POST", change=lambda sandbox: sandbox.add_fault(method="GET", times=None, status=403))

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert api.mappings == {PATTERN: CI_UUID}
    assert_told(ended)


# --- A3: an answered removal counts, whatever a lagging list shows ---


@pytest.mark.parametrize(("lag", "wait_timeout"), [(3, 0), (20, 0), (100, 60), (0, 60)])
def test_a3_what_was_removed_is_not_there_because_a_lagging_list_shows_it(lag, wait_timeout):
    api = Troubled(mappings=[wanted(PATTERN, JANE)], list_lag=lag).fault(method="POST", status=409, times=None)
    [old] = api.sandbox.mappings()

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": wait_timeout})

    assert not api.mappings
    assert ended.failed
    assert ended["changed"] is True
    assert ended["lost_mapping"] == old
    assert "is still there" not in ended["msg"]


# --- A4: putting back has a patience of its own ---


@pytest.mark.parametrize("way", ["503", "refused", "proxy", "lost", "time-out"])
@pytest.mark.parametrize(("retries", "wait_timeout"), [(5, 60), (0, 0)])
@pytest.mark.parametrize("seconds", [60, 240])
@pytest.mark.parametrize("lag", [0, 20])
def test_a4_an_outage_straight_after_the_removal(way, retries, wait_timeout, seconds, lag):
    outage = Outage("DELETE", 0, seconds, way)
    api = Troubled(mappings=[wanted(PATTERN, JANE)], outage=outage, list_lag=lag)

    ended = run("persona_mapping", api, {**TO_CI, "retries": retries, "wait_timeout": wait_timeout})

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is True
    assert api.unmapped[PATTERN] < seconds + 70  # A pause, and the time-out of a request.


def test_a4_an_outage_that_does_not_end_is_told_after_five_minutes_or_more():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], outage=Outage("DELETE", 0, 100_000, "refused"))
    [old] = api.sandbox.mappings()
    begun = FakeClock.time

    ended = run("persona_mapping", api, {**TO_CI, "retries": 0, "wait_timeout": 0})

    assert ended["lost_mapping"] == old
    assert not api.mappings
    assert 300 <= FakeClock.since(begun) < 1800


def test_a4_not_integrated_once_the_pattern_is_free_waits_for_nothing():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    api.fault(method="POST", status=409)
    api.fault(method="POST", contains=CI_EMAIL, times=None, **NOT_INTEGRATED)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 900})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert api.unmapped[PATTERN] < 5


def test_a4_not_integrated_at_once_changes_nothing():
    api = Troubled(mappings=[wanted(PATTERN, JANE)]).fault(method="POST", times=None, **NOT_INTEGRATED)
    before = api.sandbox.mappings()

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 900})

    assert ended.failed
    assert ended["changed"] is False
    assert api.sandbox.mappings() == before


def test_a4_not_integrated_is_waited_for_by_a_creation():
    api = Troubled().fault(method="POST", times=3, **NOT_INTEGRATED)

    assert run("persona_mapping", api, {**TO_CI, "wait_timeout": 900})["changed"] is True


def test_a4_a_proxy_that_answers_503_at_connect_may_do_better_the_next_time():
    api = Troubled(outage=Outage("GET", 0, 5, "proxy"))

    assert run("persona_mapping", api, TO_CI)["changed"] is True


# --- A5: a message is about this request, not about an earlier one ---


def slow_connection(prepared):
    """No connection in time: known not to have been executed."""
    slow = urllib3.exceptions.ConnectTimeoutError(None, "timed out")
    return requests.ConnectTimeout(urllib3.exceptions.MaxRetryError(None, prepared.url, slow))


def no_certificate(prepared):
    """The other side's certificate is not good: known not to have been executed."""
    return requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")


class TwoFaults(Troubled):
    """The new account is never reached once the pattern is free; the first creation of the old one is unanswered."""

    def __init__(self, unreachable, **settings):
        super().__init__(**settings)
        self._unreachable = unreachable
        self._unanswered = False

    def __call__(self, prepared, settings):
        body = (prepared.body or b"").decode()
        if prepared.method == "POST" and CI_EMAIL in body and not self.mappings:
            raise self._unreachable(prepared)
        answer = super().__call__(prepared, settings)
        if prepared.method == "POST" and JANE in body and not self._unanswered:
            self._unanswered = True
            raise requests.ReadTimeout("read timed out")
        return answer


@pytest.mark.parametrize("unreachable", [refused_connection, refused_tunnel, slow_connection, no_certificate])
@pytest.mark.parametrize("retries", [0, 5])
def test_a5_an_unsent_request_before_does_not_say_that_the_next_one_was_not_sent(unreachable, retries):
    api = TwoFaults(unreachable, mappings=[wanted(PATTERN, JANE)])

    ended = run("persona_mapping", api, {**TO_CI, "retries": retries})

    assert ended.failed
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: JANE}
    assert "lost_mapping" not in ended.result


class FirstLateThenDown(Troubled):
    """The creation gets no answer in time, and after that nobody is listening."""

    down = False

    def __call__(self, prepared, settings):
        if self.down:
            raise refused_connection(prepared)
        if prepared.method == "POST":
            self.down = True
            raise requests.ReadTimeout("read timed out")
        return super().__call__(prepared, settings)


def test_a5_each_reason_is_that_of_its_own_request():
    ended = run("persona_mapping", FirstLateThenDown(), {**TO_CI, "retries": 0})

    assert ended.failed
    creating, _list, reading = ended["msg"].partition("list the persona mappings")
    assert "within 30 s" in creating
    assert "refused" in reading
    assert "within 30 s" not in reading


# --- A6: a second Ctrl-C tells no lie ---


@pytest.mark.parametrize("signals", [[], [Signal(signal.SIGINT, "after", 1)]], ids=["first", "second"])
def test_a6_ctrl_c_when_all_is_written_and_the_result_is_not_yet_told(signals):
    api = Troubled(signals=signals)
    ends = {name: getattr(basic.AnsibleModule, name) for name in ("exit_json", "fail_json")}

    def interrupted(name):
        def end(module, **result):
            os.kill(os.getpid(), signal.SIGINT)
            ends[name](module, **result)

        return end

    with mock.patch.multiple(basic.AnsibleModule, **{name: interrupted(name) for name in ends}):
        ended = run_in_trouble("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended["changed"] is True
    assert "before anything was written" not in ended.result.get("msg", "")
    assert api.mappings == {PATTERN: JANE}


@pytest.mark.parametrize("signals", [[], [Signal(signal.SIGINT, "after", 1)]], ids=["first", "second"])
def test_a6_ctrl_c_when_signals_are_no_longer_looked_after(signals):
    """As soon as SIGINT would raise KeyboardInterrupt again, unless the result is told by then."""
    api = Troubled(signals=signals)
    plain, told = signal.signal, []

    def restore(number, handler):
        before = plain(number, handler)
        if handler is signal.default_int_handler and api.sent_writes and not told:
            told.append(number)
            os.kill(os.getpid(), signal.SIGINT)
        return before

    def end(module, **result):
        told.append("result")
        exit_json(module, **result)

    exit_json = basic.AnsibleModule.exit_json
    with mock.patch.object(signal, "signal", restore), mock.patch.object(basic.AnsibleModule, "exit_json", end):
        ended = run_in_trouble("persona_mapping", api, wanted(PATTERN, JANE))

    assert ended["changed"] is True
    assert "before anything was written" not in ended.result.get("msg", "")
    assert api.mappings == {PATTERN: JANE}


# --- B3: an answer ends (and test_playbook_answers, on real sockets) ---


@pytest.mark.parametrize("compressed", [True, False], ids=["gzip", "plain"])
def test_b3_an_answer_of_more_than_64_mib_is_refused(script, compressed):
    body = b'{"data": []' + b" " * (65 * 2**20) + b"}"
    headers = {"Content_Encoding": "gzip"} if compressed else {}
    script.expect("GET", MAPPINGS, body=gzip.compress(body, 1) if compressed else body, **headers)

    ended = run("persona_mapping_info", script, {"retries": 0})

    assert ended.failed
    assert "list the persona mappings" in ended["msg"]
    assert "64 MiB" in ended["msg"]
    assert len(ended.output) < 5000


# --- B4: numbers that overflow ---


@pytest.mark.parametrize(
    "option",
    [
        {"wait_timeout": 6_000},
        {"wait_timeout": 10**6},
        {"wait_timeout": 10**20},
        {"retries": 1_100},
        {"retries": 10**20},
        {"timeout": 10**10},
        {"timeout": 10**20},
    ],
)
@pytest.mark.parametrize("trouble", [NOT_INTEGRATED, {"status": 503}], ids=["not integrated", "503"])
def test_b4_a_number_is_refused_with_its_bound_or_works(option, trouble):
    api = Troubled().fault(method="POST", times=None, **trouble)
    [name] = option

    ended = run("persona_mapping", api, {**TO_CI, **option})

    assert ended.failed
    assert not api.mappings
    if not api.methods:
        assert name in ended["msg"]
        assert any(word.strip(".,").isdigit() for word in ended["msg"].replace(str(option[name]), "").split())
    else:
        assert ended["http_status"] == trouble["status"]


@pytest.mark.parametrize("name", ["wait_timeout", "retries", "timeout"])
def test_b4_every_number_has_an_upper_bound(name):
    api = Troubled()

    ended = run("persona_mapping", api, {**TO_CI, name: 10**12})

    assert ended.failed
    assert name in ended["msg"]
    assert not api.methods


# --- B5: no more threads ---


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_b5_where_no_more_threads_can_be_had_fewer_do(threads):
    api, left, start = Troubled(), [None] * threads, threading.Thread.start

    def scarce(thread):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(thread)

    with mock.patch.object(threading.Thread, "start", scarce):
        ended = run("persona_mappings", api, to(JANE, concurrency=8))

    assert not ended.failed, ended.result
    assert ended["summary"]["created"] == 40
    assert api.mappings == dict.fromkeys(PATTERNS, JANE)


# --- B6: a Datadog that does not answer ---


@every_concurrency
@pytest.mark.parametrize("trouble", [{"status": 503}, {"lose": "close"}], ids=["503", "lost"])
def test_b6_after_ten_in_a_row_the_rest_is_not_tried(trouble, concurrency):
    api = Troubled().fault(method="POST", times=None, **trouble)

    ended = run("persona_mappings", api, to(JANE, concurrency=concurrency))

    assert ended.failed
    assert len(ended["failed_mappings"]) == ended["summary"]["failed"] == 40
    assert 40 - 10 - concurrency < len(not_tried(ended)) <= 30
    tried = {json.loads(request.body)["data"]["attributes"]["arn_pattern"] for request in posts(api)}
    assert tried == set(PATTERNS) - set(not_tried(ended))


def posts(api):
    """All creations that were sent."""
    return [request for request in api.sandbox.requests if request.method == "POST"]


def test_b6_refusals_do_not_stop_the_rest():
    api = Troubled()
    for pattern in PATTERNS[:30]:
        api.fault(method="POST", contains=pattern, status=403)

    ended = run("persona_mappings", api, to(JANE, concurrency=1))

    assert ended["summary"]["failed"] == 30
    assert ended["summary"]["created"] == 10


# --- B7: a gate for each of Datadog's limits ---


def test_b7_a_limit_of_users_holds_no_mapping_back():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])
    used_up = {"X-RateLimit-Limit": "5", "X-RateLimit-Period": "60", "X-RateLimit-Remaining": "0"}
    api.fault(path=USERS, times=None, headers={**used_up, "X-RateLimit-Reset": "50", "X-RateLimit-Name": "users"})
    begun = FakeClock.time

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert FakeClock.since(begun) < 10


def test_b7_a_limit_that_is_used_up_holds_its_own_requests_back():
    api = Troubled()
    used_up = {"X-RateLimit-Limit": "5", "X-RateLimit-Period": "60", "X-RateLimit-Remaining": "0"}
    api.fault(path=MAPPINGS, headers={**used_up, "X-RateLimit-Reset": "50", "X-RateLimit-Name": "mappings"})
    begun = FakeClock.time

    ended = run("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert FakeClock.since(begun) >= 50


# --- B9: signals in the middle of a wait ---


def test_b9_a_signal_at_any_line_of_a_wait_ends_it():
    """A handler runs between any two lines of the main thread, so it must not want a lock that this thread holds."""
    hung = []
    for line in range(60):
        clock, ended = Clock(), threading.Event()
        thread = threading.Thread(target=_wait_and_be_told_to_stop, args=(clock, line, ended), daemon=True)
        thread.start()
        if not ended.wait(30):
            hung.append(line)
            break
    assert not hung


def _wait_and_be_told_to_stop(clock, line, ended):
    import sys

    lines = [0]

    def trace(frame, event, argument):
        if event == "line":
            lines[0] += 1
            if lines[0] == line + 1:
                sys.settrace(None)
                clock.stop("SIGTERM")
                return None
        return trace

    sys.settrace(trace)
    try:
        for _wait in range(3):
            clock.sleep(0.001)
    except Exception:  # noqa: BLE001 - Interrupted, which is what a stop raises.
        pass
    finally:
        sys.settrace(None)
        ended.set()


def test_b9_an_ignored_signal_stays_ignored():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], signals=[Signal(signal.SIGHUP, "after", 2)])
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ended = run("persona_mapping", api, TO_CI)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)

    assert not ended.failed, ended.result
    assert api.mappings == {PATTERN: CI_UUID}


# --- B10: words that were not so ---


def test_b10_that_all_was_written_is_not_said_of_a_part():
    api = Troubled(list_lag=100)
    for pattern in PATTERNS[2:10]:
        api.fault(method="POST", contains=pattern, status=403)
    wants = [wanted(pattern, JANE) for pattern in PATTERNS[:10]]

    ended = run("persona_mappings", api, {"mappings": wants, "wait_timeout": 5})

    assert ended["summary"]["created"] == 2
    assert ended.warnings  # The list does not show the two yet.
    assert not [warning for warning in ended.warnings if "All was written" in warning]


def test_b10_a_bundle_of_authorities_that_is_not_there_is_named():
    def send(prepared, settings):
        raise OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /no/such/bundle.pem")

    environment = {"REQUESTS_CA_BUNDLE": "/no/such/bundle.pem", "DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}

    ended = run("persona_mapping", send, TO_CI, environment=environment)

    assert ended.failed
    assert "/no/such/bundle.pem" in ended["msg"]
    assert "REQUESTS_CA_BUNDLE" in ended["msg"]
    assert "Sent" not in ended["msg"]  # Trying again does not help.


def test_b10_purge_aws_accounts_without_purge_is_refused():
    api = Troubled()

    ended = run("persona_mappings", api, {"mappings": [TO_CI], "purge_aws_accounts": ["123456789012"]})

    assert ended.failed
    assert "purge_aws_accounts" in ended["msg"]
    assert not api.methods


# --- B11: check mode looks accounts up ---

NOBODY = "nobody@corp.example"
PETER = "peter.gone@corp.example"  # disabled


@pytest.mark.parametrize("existing", [[], [wanted(PATTERN, JANE)]], ids=["creation", "replacement"])
@pytest.mark.parametrize("account", [NOBODY, PETER], ids=["no such account", "disabled"])
@pytest.mark.parametrize("module", ["persona_mapping", "persona_mappings"])
def test_b11_check_mode_fails_for_an_account_that_can_not_be_used(existing, account, module):
    api = Troubled(mappings=existing)
    want = wanted(PATTERN, account)
    before = api.sandbox.mappings()

    predicted = run(module, api, want if module == "persona_mapping" else {"mappings": [want]}, check=True)

    assert predicted.failed
    assert account in predicted["msg"]
    assert set(api.methods) == {"GET"}
    assert run(module, api, want if module == "persona_mapping" else {"mappings": [want]}).failed
    assert api.sandbox.mappings() == before


@pytest.mark.parametrize("existing", [[], [wanted(PATTERN, JANE)]], ids=["creation", "replacement"])
def test_b11_check_mode_warns_where_users_can_not_be_read(existing):
    api = Troubled(mappings=existing)

    predicted = run("persona_mapping", api, {**wanted(PATTERN, OMAR), "app_key": NO_USERS_APP_KEY}, check=True)

    if existing:  # Whether it is the same account has to be known.
        assert predicted.failed
        assert "user_access_read" in predicted["msg"]
    else:
        assert predicted["changed"] is True
        assert [warning for warning in predicted.warnings if OMAR in warning and "user_access_read" in warning]


@pytest.mark.parametrize("spelling", [JANE_EMAIL, JANE.upper()])
def test_b11_the_prediction_holds_handle_and_uuid(spelling):
    api = Troubled()

    predicted = run("persona_mapping", api, wanted(PATTERN, spelling), check=True)

    assert predicted["persona_mapping"]["account_identifier"] == JANE
    assert predicted["persona_mapping"]["account_uuid"] == JANE_UUID
    assert "id" not in predicted["persona_mapping"]


def test_b11_each_account_is_looked_up_once():
    api = Troubled(mappings=[wanted(pattern, JANE) for pattern in PATTERNS[:20]])
    accounts = [OMAR, CI_EMAIL, OMAR.upper(), CI_UUID]
    wants = [wanted(pattern, accounts[number % 4]) for number, pattern in enumerate(PATTERNS)]

    predicted = run("persona_mappings", api, {"mappings": wants}, check=True)

    assert predicted["summary"]["created"] == predicted["summary"]["replaced"] == 20
    filters = [request.query["filter"] for request in api.sandbox.requests if request.path == USERS]
    assert sorted(filters) == sorted(set(filters))
    assert {mapping["account_identifier"] for mapping in predicted["created"]} == {OMAR, CI_UUID}


def test_b11_the_real_run_that_only_creates_reads_no_users():
    api = Troubled()

    run("persona_mapping", api, {**wanted(PATTERN, JANE), "wait_timeout": 0})

    assert api.methods == ["GET", "POST"]


# --- B12: a guard returns what it has stopped ---

WANTS = [wanted(PATTERNS[0], OMAR), wanted(PATTERNS[1], JANE), wanted(PATTERNS[5], JANE)]
PURGE = {"mappings": WANTS, "purge": True}
GUARDS = {"max_removals": {**PURGE, "max_removals": 1}, "replace": {**PURGE, "replace": False}}


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "real run"])
@pytest.mark.parametrize("guard", GUARDS)
def test_b12_a_guard_returns_what_it_has_stopped(guard, check):
    api = Troubled(mappings=[wanted(pattern, JANE) for pattern in PATTERNS[:4]])
    before = api.sandbox.mappings()
    plan = run("persona_mappings", api, PURGE, check=True)

    stopped = run("persona_mappings", api, GUARDS[guard], check)

    assert stopped.failed
    assert stopped.result.get("changed", False) is False
    assert plan["summary"] == {"created": 1, "replaced": 1, "removed": 2, "unchanged": 1, "failed": 0}
    for name in ("summary", "created", "replaced", "removed", "diff"):
        assert patterns_of(stopped[name]) == patterns_of(plan[name])
    assert api.sandbox.mappings() == before
    assert set(api.methods) == {"GET"}


def patterns_of(value):
    """Of a list of mappings only the patterns: what else is known may be more in one run than in another."""
    if isinstance(value, list):
        return [mapping["arn_pattern"] for mapping in value]
    return {name: sorted(part) if isinstance(part, dict) else part for name, part in value.items()}


def test_b12_a_guard_of_one_returns_the_diff():
    api = Troubled(mappings=[wanted(PATTERN, JANE)])

    stopped = run("persona_mapping", api, {**wanted(PATTERN, OMAR), "replace": False})

    assert stopped.failed
    assert stopped.result.get("changed", False) is False
    assert stopped["diff"] == {"before": wanted(PATTERN, JANE), "after": wanted(PATTERN, OMAR)}


# --- B13: which Datadog it was ---


KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
PLACES = {
    "variable of the site": ({}, {"DD_SITE": "datadoghq.eu"}, ("api.datadoghq.eu", "DD_SITE")),
    "variable of the host": ({}, {"DATADOG_HOST": "https://api.us5.datadoghq.com"}, ("us5", "DATADOG_HOST")),
    "site": ({"site": "datadoghq.eu"}, {}, ("api.datadoghq.eu", "site")),
    "api_url": ({"api_url": "https://api.us5.datadoghq.com"}, {}, ("us5", "api_url")),
}


@pytest.mark.parametrize(("options", "environment", "words"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("trouble", [{"status": 403}, {"status": 401}, {"status": 404}, {"lose": "close"}])
def test_b13_an_error_names_the_host_and_where_it_was_set(options, environment, words, trouble):
    api = Troubled().fault(method="GET", times=None, **trouble)

    ended = run("persona_mapping", api, {**TO_CI, **options, "retries": 0}, environment={**KEYS, **environment})

    assert ended.failed
    for word in words:
        assert word in ended["msg"]


@pytest.mark.parametrize("end", ["/api/v2", "/api/v2/", "/api", "/api/v1"])
def test_b13_an_api_url_that_holds_the_path_of_the_api_is_refused(end):
    api = Troubled()

    ended = run("persona_mapping", api, {**TO_CI, "api_url": f"https://api.datadoghq.eu{end}"})

    assert ended.failed
    assert "api_url" in ended["msg"]
    assert not api.methods


# --- B14: compressed answers ---


def test_b14_gzip_is_asked_for_and_understood(script):
    body = gzip.compress(json.dumps({"data": [mapping(1, PATTERN)]}).encode())
    script.expect("GET", MAPPINGS, body=body, Content_Encoding="gzip")

    ended = run("persona_mapping_info", script, {})

    assert ended["persona_mappings"] == [returned(1, PATTERN)]
    assert "gzip" in script.sent[0].headers.get("Accept-Encoding", "")


# --- B15: uniqueness that lags after one's own removal ---


@pytest.mark.parametrize("lag", [0, 3, 20])
@pytest.mark.parametrize("wait_timeout", [0, 60])
def test_b15_a_conflict_after_the_own_removal_is_repeated_within_the_lag(lag, wait_timeout):
    api = Troubled(mappings=[wanted(PATTERN, JANE)], conflict_lag=5, list_lag=lag)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": wait_timeout})

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}


def test_b15_a_conflict_that_outlasts_all_lags_brings_the_old_mapping_back_or_is_told():
    api = Troubled(mappings=[wanted(PATTERN, JANE)], conflict_lag=100)

    ended = run("persona_mapping", api, TO_CI)

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is True


@pytest.mark.parametrize("times", [2, None], ids=["twice", "always"])
@pytest.mark.parametrize("status", [400, 403])
def test_b15_a_conflict_after_the_own_removal_outlasts_a_list_that_is_refused(times, status):
    """The creation alone tells when the pattern is free: nothing has to be read for that."""
    api = Troubled(mappings=[wanted(PATTERN, JANE)], conflict_lag=3)
    api.fault(method="GET", path=f"{MAPPINGS}$", skip=1, times=times, status=status)

    ended = run("persona_mapping", api, {**TO_CI, "wait_timeout": 0})

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert ended["changed"] is True
