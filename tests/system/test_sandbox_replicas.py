# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox answers from replicas, checks conflicts late, and refuses overlapping patterns if it is told to."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    DEPLOY,
    GITHUB,
    GITHUB_INTAKE,
    INTAKE,
    LI,
    MAPPINGS,
    OMAR,
    RUNNER,
    detail,
    mapping_path,
)
from datadog_sandbox import Sandbox

SESSION = RUNNER[:-1] + "session"
TEAM = "arn:aws:iam::123456789012:user/team/*"
MEMBER = "arn:aws:iam::123456789012:user/team/deploy"


class TestReplicas:
    def test_lists_go_backwards(self, client, sandbox, clock):
        sandbox.settings.list_lag = [0, 25, 5]
        client.create()
        clock.now += 10
        client.create(DEPLOY)
        assert [client.patterns() for _time in range(4)] == [[RUNNER, DEPLOY], [], [RUNNER], [RUNNER, DEPLOY]]
        assert [request.lag for request in sandbox.requests[-4:]] == [0, 25, 5, 0]

    def test_a_removed_mapping_comes_back(self, client, sandbox, clock):
        path = mapping_path(client.create())
        clock.now += 60
        client.delete(path)
        clock.now += 3
        sandbox.settings.update(list_lag=[0, 25], get_lag=[25, 0])
        assert [client.patterns() for _time in range(3)] == [[], [RUNNER], []]
        assert [client.get(path).status_code for _time in range(3)] == [200, 404, 200]
        clock.now += 25
        assert [client.patterns() for _time in range(2)] == [[], []]
        assert [client.get(path).status_code for _time in range(2)] == [404, 404]

    def test_each_list_has_its_own_turns(self, client, sandbox, clock):
        sandbox.settings.list_lag = [0, 25]
        client.create()
        client.create_in(GITHUB)
        assert [len(client.get(path).json()["data"]) for path in (MAPPINGS, GITHUB, MAPPINGS, GITHUB)] == [1, 1, 0, 0]

    def test_at_random(self, client, sandbox, clock):
        sandbox.settings.update(list_lag=[0, 25], replica_choice="random")
        client.create()
        shown = [len(client.patterns()) for _time in range(60)]
        assert set(shown) == {0, 1}
        assert shown not in ([0, 1] * 30, [1, 0] * 30)

    def test_what_is_random_is_repeated_with_a_seed(self):
        def ages(seed):
            sandbox = Sandbox(seed=seed, list_lag=[0, 5, 10], replica_choice="random")
            replicas = sandbox._organization._replicas
            return [replicas.lag("list", sandbox.settings.list_lag) for _time in range(30)]

        assert ages(1) == ages(1) != ages(2)

    def test_one_request_of_any_age(self, client, sandbox, clock):
        path = mapping_path(client.create())
        clock.now += 10
        sandbox.settings.list_lag = 3
        sandbox.add_fault(method="GET", lag=20, times=2)
        assert (client.patterns(), client.get(path).status_code) == ([], 404)
        assert (client.patterns(), client.get(path).status_code) == ([RUNNER], 200)
        assert [(request.fault, request.lag) for request in sandbox.requests[1:]] == [
            (1, 20),
            (1, 0),
            (None, 3),
            (None, 0),
        ]

    @pytest.mark.parametrize("lag", [[], [1, -1], ["1"], "1", None, [[1]]], ids=str)
    def test_nonsense_is_refused(self, sandbox, lag):
        for name in ("list_lag", "get_lag", "conflict_check_lag"):
            with pytest.raises(ValueError, match=f"{name} must be"):
                sandbox.settings.update(**{name: lag})

    def test_nonsense_as_a_fault(self, sandbox):
        with pytest.raises(ValueError, match="lag must be null or a number"):
            sandbox.add_fault(lag=-1)


class TestLaggingCheck:
    @pytest.fixture
    def freed(self, client, sandbox, clock):
        """A pattern that was removed 29 seconds ago, and had been there for a minute."""
        path = mapping_path(client.create())
        clock.now += 60
        client.delete(path)
        clock.now += 29

    def test_it_refuses_what_is_free(self, client, sandbox, clock, freed):
        sandbox.settings.conflict_check_lag = 30
        for path in (MAPPINGS, INTAKE):
            assert client.create_in(path).status_code == 409
        clock.now += 1
        assert client.create().status_code == 201

    def test_each_replica_has_its_own_age(self, client, sandbox, freed):
        sandbox.settings.conflict_check_lag = [30, 29]
        assert [client.create().status_code for _time in range(2)] == [409, 201]

    def test_what_is_mapped_now_is_refused_too(self, client, sandbox):
        client.create()
        sandbox.settings.conflict_check_lag = 30
        assert [client.create().status_code, client.create_in(INTAKE).status_code] == [409, 409]

    @pytest.mark.parametrize("path", [MAPPINGS, GITHUB])
    def test_unless_it_may_be_missed(self, client, sandbox, clock, path):
        sandbox.settings.update(conflict_check_lag=30, conflict_check_misses=True)
        answers = [client.create_in(path, account) for account in (OMAR, LI)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert client.get(path).json()["data"] == [answer.json()["data"] for answer in answers]
        clock.now += 30
        assert client.create_in(path).status_code == 409

    def test_what_was_missed_can_be_saved_and_loaded(self, client, sandbox):
        sandbox.settings.update(conflict_check_lag=30, conflict_check_misses=True)
        client.create()
        client.create(identifier=LI)
        state = sandbox.state()
        assert len(state["mappings"]) == 2
        sandbox.set_state(**state)
        assert sandbox.state() == state

    def test_one_request(self, client, sandbox, freed):
        sandbox.add_fault(method="POST", lag=30)
        assert [client.create().status_code for _time in range(2)] == [409, 201]


class TestOverlaps:
    CROSSED = ((RUNNER, SESSION), (SESSION, RUNNER), (TEAM, MEMBER), (MEMBER, TEAM))

    @pytest.mark.parametrize(("first", "second"), CROSSED)
    def test_they_are_allowed_unless_told_otherwise(self, client, first, second):
        assert [client.create(pattern).status_code for pattern in (first, second)] == [201, 201]

    @pytest.mark.parametrize(("first", "second"), CROSSED)
    def test_a_conflict(self, client, sandbox, first, second):
        sandbox.settings.overlaps = "conflict"
        path = mapping_path(client.create(first))
        answer = client.create(second)
        assert answer.status_code == 409
        assert detail(answer) == f"The ARN pattern {second} overlaps with {first}, an existing persona mapping"
        assert client.create_in(INTAKE, arn_pattern=second).status_code == 409
        client.delete(path)
        assert client.create(second).status_code == 201

    def test_what_has_no_caller_in_common_does_not_conflict(self, client, sandbox):
        sandbox.settings.overlaps = "conflict"
        patterns = [RUNNER, RUNNER.replace("runner", "runner-2"), TEAM, DEPLOY, TEAM.replace("team", "team-2")]
        assert [client.create(pattern).status_code for pattern in patterns] == [201] * 5

    def test_a_lagging_check(self, client, sandbox, clock):
        sandbox.settings.update(overlaps="conflict", conflict_check_lag=30)
        path = mapping_path(client.create(RUNNER))
        assert client.create(SESSION).status_code == 409
        sandbox.settings.conflict_check_misses = True
        assert client.create(SESSION).status_code == 201
        clock.now += 60
        client.delete(path)
        assert client.create(RUNNER[:-1] + "other").status_code == 409

    @pytest.mark.parametrize("second", [RUNNER, SESSION])
    @pytest.mark.parametrize("path", [MAPPINGS, INTAKE])
    def test_without_the_name_of_the_other(self, client, sandbox, path, second):
        sandbox.settings.update(overlaps="conflict", conflict_names=False)
        client.create_in(path)
        answer = client.create(second)
        assert answer.status_code == 409
        assert detail(answer) == f"The ARN pattern {second} conflicts with an existing identity or intake mapping"


@pytest.mark.parametrize("path", [GITHUB, GITHUB_INTAKE])
class TestSub:
    @pytest.mark.parametrize(
        "sub", ["repo:corp/app:ref:refs/heads/main", "repo:corp/.*", "repo:my-Corp_x/(a|b):.*", "repo:corp/app$"]
    )
    def test_of_a_literal_owner(self, client, sandbox, path, sub):
        assert client.create_in(path, claim_matchers={"sub": sub}).status_code == 201

    @pytest.mark.parametrize(
        "sub", ["^repo:corp/app$", "repo:(a|b)/app", "repo:.*/app", "repo:corp", "repo:/app", "repo:co.rp/app", ".*"]
    )
    def test_anything_else(self, client, sandbox, path, sub):
        answer = client.create_in(path, claim_matchers={"sub": sub})
        assert (answer.status_code, "sub must begin with repo:OWNER/" in detail(answer)) == (400, True)
        sandbox.settings.sub_rule = False
        assert client.create_in(path, claim_matchers={"sub": sub}).status_code == 201
