# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interruption: after a signal a task brings to its end what it has begun, begins nothing, and tells the truth."""

from __future__ import annotations

import os
import signal
from unittest import mock

import pytest
from ansible.module_utils import basic

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    OMAR,
    PERSONA,
    FakeClock,
    InProcess,
    every_kind,
    organization,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    FORBIDDEN,
    NOT_INTEGRATED,
    Signal,
    Troubled,
    run_in_trouble,
    troubled,
)

NAME = "runner"
PATTERN = PERSONA.text(NAME)
TO_CI = PERSONA.wanted(NAME, CI_EMAIL)
AT_THE_LIMIT = {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}}
# In the second case the next request waits for the limit, too, so that signals find another wait.
LOST = {"lost": {"lose": "close"}, "503 at the limit": {"status": 503, **AT_THE_LIMIT}}
every_lost = pytest.mark.parametrize("lost", LOST.values(), ids=LOST)


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return organization(PERSONA, PERSONA.wanted(NAME))


class Interrupting:
    """A transport that calls ``action`` before, or after, the first request of this method."""

    def __init__(self, api, method, action, before=False):
        self.api, self.method, self.action, self.before = api, method, action, before

    def __call__(self, prepared, settings):
        due = prepared.method == self.method
        if due:
            self.method = None
        if due and self.before:
            self.action()
        answer = self.api(prepared, settings)
        if due and not self.before:
            self.action()
        return answer


def stop():
    """What a signal does."""
    FakeClock.latest.stop("SIGTERM")


def assert_told(ended, *untrue):
    """The task has failed, owns up to a possible change, and says none of what is ``untrue``."""
    assert ended.failed
    assert ended["changed"] is True
    for words in ("Nothing was done", "before anything was written", *untrue):
        assert words not in ended["msg"]


# --- before the first write


def test_ctrl_c_while_it_reads(script):
    script.lose("GET", PERSONA.path, KeyboardInterrupt())

    ended = run("persona_mapping", script, TO_CI)

    assert ended.failed
    assert ended["msg"] == "Interrupted before anything was written."


def test_a_removal_that_has_not_begun(api):
    ended = run("persona_mapping", Interrupting(api, "GET", stop), PERSONA.absent(NAME))

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"] == f"Interrupted by SIGTERM. Nothing was done about {PATTERN}."
    assert api.mappings == {PATTERN: JANE}


# --- in the middle of a write


@pytest.mark.parametrize("sleep", [0, 1, 2])
def test_a_creation_whose_answer_is_lost(sleep):
    api = troubled(PERSONA, list_lag=20, signals=[Signal(signal.SIGTERM, "sleep", sleep)])
    api.fault(method="POST", lose="close", execute=True)

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert api.mappings == {PATTERN: CI_UUID}
    assert_told(ended)


@every_lost
@pytest.mark.parametrize("sleep", [0, 1])
@pytest.mark.parametrize("module", ["persona_mapping", "persona_mappings"])
def test_a_removal_whose_answer_is_lost(lost, sleep, module):
    api = troubled(PERSONA, PERSONA.wanted(NAME), list_lag=20, signals=[Signal(signal.SIGINT, "sleep", sleep)])
    api.fault(method="DELETE", execute=True, times=2, **lost)
    many = {"state": "absent", "mappings": [PERSONA.unwanted(NAME)]}

    ended = run_in_trouble(module, api, PERSONA.absent(NAME) if module == "persona_mapping" else many)

    assert not api.mappings
    assert_told(ended)


def test_what_datadog_has_mapped_to_another_account_is_removed_all_the_same():
    """Who must not have this access must not keep it."""
    api = organization(PERSONA).fault(method="DELETE", status=503, times=3)

    def mistaken(prepared, settings):
        if prepared.method == "POST":
            prepared.body = prepared.body.replace(OMAR.encode(), JANE.encode())
        return api(prepared, settings)

    ended = run("persona_mapping", Interrupting(mistaken, "DELETE", stop), PERSONA.wanted(NAME, OMAR))

    assert not api.mappings
    assert "has been removed again" in ended["msg"]
    assert_told(ended)


@every_kind
def test_a_removal_that_is_not_executed(kind):
    api = organization(kind, kind.wanted(NAME)).fault(method="DELETE", status=503, times=None)

    ended = run(kind.one, Interrupting(api, "DELETE", stop), kind.absent(NAME))

    assert ended["msg"].startswith(f"Interrupted by SIGTERM. Could not remove the {kind.title}")
    assert ended["msg"].count(kind.text(NAME)) == 1
    assert_told(ended)


# --- in the middle of a replacement


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_replacement_goes_on_to_its_end(number, method):
    api = organization(PERSONA, PERSONA.wanted(NAME), list_lag=20)
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    ended = run("persona_mapping", Interrupting(api, method, lambda: os.kill(os.getpid(), number)), TO_CI)

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert api.mappings == {PATTERN: CI_UUID}
    assert [warning for warning in ended.warnings if f"Interrupted by {number.name}." in warning]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 503},
        {"lose": "close"},
        {"status": 429, "headers": {"Retry-After": "20"}},
        NOT_INTEGRATED,
        {"status": 409},
    ],
)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_creation_that_waits_loses_nothing(api, refusal, skip):
    api.fault(method="POST", contains=CI_EMAIL, skip=skip, times=None, **refusal)

    ended = run("persona_mapping", Interrupting(api, "POST", stop, before=True), TO_CI)

    assert ended.failed
    assert api.mappings == {PATTERN: JANE}
    if skip:
        assert "had been removed and has been put back" in ended["msg"]
        assert ended["changed"] is True


@pytest.mark.parametrize("execute", [True, False])
def test_its_removal_that_waits_loses_nothing(api, execute):
    api.fault(method="DELETE", lose="close", execute=execute, times=None)

    ended = run("persona_mapping", Interrupting(api, "DELETE", stop, before=True), TO_CI)

    assert ended["changed"] is execute
    assert ended.failed is not execute  # Once it is removed, the creation goes first.
    assert api.mappings == {PATTERN: CI_UUID if execute else JANE}
    assert execute or "Interrupted by SIGTERM." in ended["msg"]


@every_lost
@pytest.mark.parametrize("sleep", [0, 1], ids=["in the back-off", "at the gate"])
def test_its_removal_whose_answer_is_lost(lost, sleep):
    api = troubled(PERSONA, PERSONA.wanted(NAME), signals=[Signal(signal.SIGTERM, "sleep", sleep)])
    api.fault(method="DELETE", execute=True, times=2, **lost)

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert api.mappings in ({PATTERN: JANE}, {PATTERN: CI_UUID})
    assert "lost_mapping" not in ended.result
    assert ended.failed or api.mappings == {PATTERN: CI_UUID}
    if ended.failed:
        assert_told(ended, *(["is still there"] if api.mappings == {PATTERN: JANE} else []))


def test_the_same_when_nothing_can_be_put_back():
    api = troubled(PERSONA, PERSONA.wanted(NAME), signals=[Signal(signal.SIGTERM, "sleep", 1)])
    api.fault(method="DELETE", status=503, execute=True, **AT_THE_LIMIT)
    api.fault(method="POST", status=409).fault(method="POST", times=None, **FORBIDDEN)
    [old] = api.sandbox.mappings()

    ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert not api.mappings
    assert_told(ended, "is still there", "put back, with")
    assert ended["lost_mapping"] == old


def test_an_old_mapping_that_datadog_kept_beside_the_new_one_is_removed_all_the_same():
    """Who is to lose the access that it gives must not keep it."""
    api = organization(PERSONA, PERSONA.wanted(NAME), on_taken="both").fault(method="DELETE", status=503, times=3)

    ended = run("persona_mapping", Interrupting(api, "POST", stop), TO_CI)

    assert not ended.failed, ended.result
    assert api.mappings == {PATTERN: CI_UUID}
    assert len(api.sandbox.mappings()) == 1


# --- in the middle of a set


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_set_leaves_nothing_half_replaced(concurrency):
    names = [f"runner-{number}" for number in range(30)]
    api = InProcess(mappings=[PERSONA.wanted(name) for name in names])
    options = {"mappings": [PERSONA.wanted(name, OMAR) for name in names], "concurrency": concurrency}

    ended = run("persona_mappings", Interrupting(api, "DELETE", stop), options)

    assert ended.failed
    assert len(api.mappings) == 30
    replaced = [pattern for pattern, account in api.mappings.items() if account == OMAR]
    assert sorted(replaced) == sorted(mapping["arn_pattern"] for mapping in ended["replaced"])
    assert ended["summary"]["failed"] == 30 - len(replaced) > 20
    assert api.methods.count("DELETE") <= concurrency
    assert "Interrupted by SIGTERM. Nothing was done about" in ended["msg"]


# --- when all is written


def test_waiting_for_the_list_ends_with_a_warning():
    api = InProcess(list_lag=30)

    ended = run("persona_mapping", Interrupting(api, "POST", stop), TO_CI)

    assert ended["changed"] is True
    [warning] = ended.warnings
    assert "Interrupted by SIGTERM." in warning


@pytest.mark.parametrize("signals", [[], [Signal(signal.SIGINT, "after", 1)]], ids=["first", "second"])
def test_ctrl_c_when_the_result_is_not_yet_told(signals):
    api = Troubled(signals=signals)
    ends = {name: getattr(basic.AnsibleModule, name) for name in ("exit_json", "fail_json")}

    def interrupted(name):
        def end(module, **result):
            os.kill(os.getpid(), signal.SIGINT)
            ends[name](module, **result)

        return end

    with mock.patch.multiple(basic.AnsibleModule, **{name: interrupted(name) for name in ends}):
        ended = run_in_trouble("persona_mapping", api, TO_CI)

    assert ended["changed"] is True
    assert "before anything was written" not in ended.result.get("msg", "")
    assert api.mappings == {PATTERN: CI_UUID}
