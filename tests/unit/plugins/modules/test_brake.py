# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The brake of a set: what would fail or do harm like a step before it is not tried."""

from __future__ import annotations

import json
import threading

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    JANE,
    OMAR,
    PERSONA,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    FORBIDDEN,
    NOT_INTEGRATED,
    Troubled,
    troubled,
)
from datadog_sandbox.samples import ACCOUNTS, PRIVILEGED

NAMES = [f"runner-{number}" for number in range(40)]
PATTERNS = [PERSONA.text(name) for name in NAMES]
# Two accounts that the key of the tests may not map to.
ADA = "ada.admin@corp.example"
ROOT = "root@corp.example"
ALL_ACCOUNTS = [*ACCOUNTS, {"email": ROOT, "permissions": PRIVILEGED}]

every_concurrency = pytest.mark.parametrize("concurrency", [1, 8])


def to(account, *names, kind=PERSONA):
    """Mappings of these names to one account; without a name, of all forty."""
    return [kind.wanted(name, account) for name in names or NAMES]


def not_tried(ended):
    """The patterns of which the task says that it has not tried to change them."""
    return [failed["arn_pattern"] for failed in ended["failed_mappings"] if "not tried" in failed["msg"].lower()]


# --- one mapping is lost, or left over


@every_concurrency
@pytest.mark.parametrize("refusal", [FORBIDDEN, NOT_INTEGRATED, {"status": 503}], ids=["403", "not integrated", "503"])
def test_replacements_whose_creation_is_refused_at_once_lose_nothing(refusal, concurrency):
    api = troubled(PERSONA, *to(JANE)).fault(method="POST", times=None, **refusal)
    before = api.sandbox.mappings()

    ended = run("persona_mappings", api, {"mappings": to(OMAR), "concurrency": concurrency, "wait_timeout": 20})

    assert ended.failed
    assert api.sandbox.mappings() == before
    assert "DELETE" not in api.methods
    assert "lost_mappings" not in ended.result
    assert len(ended["failed_mappings"]) == 40
    assert ended["changed"] is (refusal == {"status": 503})


@every_concurrency
def test_replacements_that_are_refused_once_the_pattern_is_free_lose_one(concurrency):
    """The keys may map to neither account, which Datadog says only of patterns that are free."""
    api = troubled(PERSONA, *to(ADA), accounts=ALL_ACCOUNTS, conflict_first=True)
    before = {mapping["arn_pattern"]: mapping for mapping in api.sandbox.mappings()}

    ended = run("persona_mappings", api, {"mappings": to(ROOT), "concurrency": concurrency})

    assert ended.failed
    assert ended["changed"] is True
    [lost] = set(PATTERNS) - set(api.mappings)
    assert ended["lost_mappings"] == [before[lost]]
    assert set(not_tried(ended)) == set(PATTERNS) - {lost}
    assert api.writes.count("DELETE") == 1


def test_after_a_loss_nothing_further_is_removed_but_what_only_creates_goes_on():
    """The fifth can't be put back. What comes after it stays as it is, what came before it is done."""
    accounts = [ADA if number == 4 else JANE for number in range(10)]
    existing = [PERSONA.wanted(*pair) for pair in zip(NAMES, accounts)]
    api = troubled(PERSONA, *existing, accounts=ALL_ACCOUNTS, conflict_first=True)
    wants = [PERSONA.wanted(name, ROOT if account == ADA else OMAR) for name, account in zip(NAMES, accounts)]

    ended = run("persona_mappings", api, {"mappings": [*wants, PERSONA.wanted("new")], "concurrency": 1})

    assert [mapping["arn_pattern"] for mapping in ended["replaced"]] == PATTERNS[:4]
    assert [mapping["arn_pattern"] for mapping in ended["lost_mappings"]] == [PATTERNS[4]]
    assert not_tried(ended) == PATTERNS[5:10]
    assert api.mappings == {
        **dict.fromkeys(PATTERNS[:4], OMAR),
        **dict.fromkeys(PATTERNS[5:10], JANE),
        PERSONA.text("new"): JANE,
    }


@every_persona_kind
def test_a_lost_mapping_is_listed_and_restores_itself_when_it_is_given_back(kind):
    """Creations are refused as soon as the old mapping is gone, and that is what the first replacement finds out."""
    api = organization(kind, *to(JANE, *NAMES[:3], kind=kind)).fault(method="POST", status=409)
    api.fault(method="POST", times=3, **FORBIDDEN)
    first = api.sandbox.mappings(kind.sandbox)[0]

    ended = run(kind.many, api, {"mappings": to(CI_EMAIL, *NAMES[:3], kind=kind), "concurrency": 1})

    assert ended["lost_mappings"] == [{key: first[key] for key in ("id", *kind.returned(1, ""))}]
    assert ended["http_status"] == 403
    assert ended["summary"] == {"created": 0, "replaced": 0, "removed": 0, "unchanged": 0, "failed": 3}
    lost, *kept = (kind.text(name) for name in NAMES[:3])
    for failed in ended["failed_mappings"][1:]:
        assert failed["msg"].startswith(f"Not tried, because the mapping of {lost} was lost before. ")
    assert set(api.held(kind)) == set(kept)

    api.sandbox.clear_faults()
    run(kind.many, api, {"mappings": ended["lost_mappings"]})

    assert api.held(kind) == dict.fromkeys([lost, *kept], JANE)


def test_where_datadog_takes_both_one_old_mapping_that_stays_is_enough():
    """A fault that strikes all replacements strikes one, or a person has to tidy up all of them."""
    api = troubled(PERSONA, *to(JANE, *NAMES[:8]), on_taken="both").fault(method="DELETE", times=None, **FORBIDDEN)

    ended = run("persona_mappings", api, {"mappings": to(OMAR, *NAMES[:8])})

    assert ended.failed
    assert len(api.sandbox.mappings()) == 8 + 1


# --- what removes goes alone until one has worked


class Watched(Troubled):
    """Notes how many writes that remove something are under way at once.

    :ivar crowd: how many there were when each began.
    """

    def __init__(self, **settings):
        super().__init__(**settings)
        self.crowd = []
        self.together = threading.Barrier(2)
        self._under_way = 0
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
            self._another.wait(0.2)  # Really: who would not wait for this one, comes now.
        else:
            self._another.set()
        if number in (2, 3):
            self.together.wait(60)  # Passes only if these two are under way at once.
        try:
            return super().__call__(prepared, settings)
        finally:
            with self._guard:
                self._under_way -= 1


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_first_goes_alone_and_the_others_side_by_side(state):
    api = Watched(mappings=to(JANE, *NAMES[:12]))
    options = {"state": state, "mappings": to(OMAR if state == "present" else JANE, *NAMES[:12])}

    ended = run("persona_mappings", api, {**options, "concurrency": 8})

    assert not ended.failed, ended.result
    assert api.crowd[:2] == [1, 1]  # The first had ended.
    assert max(api.crowd) > 1
    assert api.mappings == (dict.fromkeys(PATTERNS[:12], OMAR) if state == "present" else {})


def test_it_goes_alone_until_one_has_worked():
    api = InProcess(mappings=to(JANE, *NAMES[:12])).fault(method="DELETE", times=3, **FORBIDDEN)
    under_way, most = [], []

    def transport(prepared, settings):
        under_way.append(prepared.method)
        most.append((prepared.method, under_way.count("DELETE")))
        try:
            return api(prepared, settings)
        finally:
            under_way.remove(prepared.method)

    ended = run("persona_mappings", transport, {"mappings": [], "purge": True, "max_removals": 12, "concurrency": 8})

    assert (ended["summary"]["removed"], ended["summary"]["failed"]) == (9, 3)
    assert [count for method, count in most if method == "DELETE"][:4] == [1, 1, 1, 1]


def test_creations_do_not_wait_for_one_another():
    api = InProcess()

    ended = run("persona_mappings", api, {"mappings": to(JANE), "concurrency": 8})

    assert ended["summary"]["created"] == 40
    assert api.methods == ["GET", *["POST"] * 40, "GET"]


# --- nobody answers any more


@every_kind
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("fault", [{"lose": "close"}, {"status": 503}])
def test_after_ten_without_an_answer_in_a_row_the_rest_is_not_tried(kind, concurrency, fault):
    api = InProcess().fault(method="POST", times=None, **fault)
    wants = [kind.wanted(name) for name in NAMES]

    ended = run(kind.many, api, {"mappings": wants, "retries": 0, "concurrency": concurrency})

    assert ended.failed
    assert len(ended["failed_mappings"]) == ended["summary"]["failed"] == 40
    untried = [failed for failed in ended["failed_mappings"] if "Not tried" in failed["msg"]]
    assert 30 - concurrency < len(untried) <= 30
    posts = [json.loads(request.body) for request in api.sandbox.requests if request.method == "POST"]
    tried = [post["data"]["attributes"][kind.option] for post in posts]
    assert not [failed for failed in untried if failed[kind.option] in tried]
    last = ended["failed_mappings"][-1]["msg"]
    assert last.startswith("Not tried, because Datadog failed to answer ")
    assert last.endswith(f"Nothing was done about {kind.text(NAMES[-1])}.")


def test_refusals_do_not_stop_the_rest():
    api = InProcess().fault(method="POST", times=15, status=400, body={"errors": ["Bad"]})

    ended = run("persona_mappings", api, {"mappings": to(JANE, *NAMES[:20]), "concurrency": 1})

    assert (ended["summary"]["created"], ended["summary"]["failed"]) == (5, 15)


def test_an_answer_in_between_begins_the_count_anew():
    api = InProcess()
    for number in (*range(9), *range(10, 19)):
        api.fault(method="POST", contains=f"runner-{number}/", times=None, status=503, execute=False)
    options = {"mappings": to(JANE, *NAMES[:20]), "concurrency": 1, "retries": 0, "wait_timeout": 0}

    ended = run("persona_mappings", api, options)

    assert (ended["summary"]["created"], ended["summary"]["failed"]) == (2, 18)
    assert not not_tried(ended)
