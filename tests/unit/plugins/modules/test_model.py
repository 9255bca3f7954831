# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any sequence of tasks and faults, beside a simple model of what has to be there."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    OMAR,
    FakeClock,
    InProcess,
    role,
    run,
    wanted,
)

PATTERNS = [role(f"runner-{number}") for number in range(4)]
HANDLES = {JANE: JANE, JANE_EMAIL: JANE, CI_EMAIL: CI_UUID, CI_UUID: CI_UUID, OMAR: OMAR}

patterns = st.sampled_from(PATTERNS)
accounts = st.sampled_from(sorted(HANDLES))
desired_sets = st.dictionaries(patterns, accounts)
mostly_true = st.sampled_from([True, True, True, False])
seldom_true = st.sampled_from([False, False, False, True])
# What may happen to a request, and whether it may have been executed all the same.
FAULTS = [
    ({"status": 400, "body": {"errors": ["Bad Request"]}}, False),
    ({"status": 403, "body": {"errors": ["Forbidden"]}}, False),
    ({"status": 404}, False),
    ({"status": 409}, False),
    ({"status": 429, "headers": {"Retry-After": "3"}}, False),
    ({"status": 500}, True),
    ({"status": 502, "junk": "html"}, True),
    ({"status": 503}, True),
    ({"status": 504, "junk": "empty"}, True),
    ({"lose": "close"}, True),
    ({"lose": "reset"}, True),
    ({"lose": "partial"}, True),
    ({"delay_after": 60}, True),
    ({"junk": "html"}, True),
    ({"junk": "cut"}, True),
    ({"junk": "gzip"}, True),
    ({"redirect": "https://elsewhere.example/"}, False),
]


@st.composite
def faults(draw):
    """What the sandbox does to some of the next requests."""
    what, may_be_executed = draw(st.sampled_from(FAULTS))
    # A 404 on a write is the truth.
    methods = ["GET"] if what.get("status") == 404 else ["POST", "DELETE", "POST", "DELETE", "GET"]
    return {
        **what,
        "method": draw(st.sampled_from(methods)),
        "execute": may_be_executed and draw(st.booleans()),
        "skip": draw(st.sampled_from([0, 0, 0, 1, 2])),
        "times": draw(st.sampled_from([1, 1, 2, 7, None])),
    }


some_faults = st.lists(faults(), max_size=3)


class Tasks(RuleBasedStateMachine):
    """Tasks on one organisation. ``model`` is the handle by pattern that must be there."""

    @initialize(lag=st.sampled_from([0, 0, 3, 20]), existing=desired_sets)
    def begin(self, lag, existing):
        self.api = InProcess(list_lag=lag, mappings=[wanted(*pair) for pair in existing.items()])
        self.model = {pattern: HANDLES[account] for pattern, account in existing.items()}

    @rule(pattern=patterns, account=accounts, replace=mostly_true, check=seldom_true, faults=some_faults)
    def present(self, pattern, account, replace, check, faults):
        arguments = {**wanted(pattern, account), "replace": replace}
        refused = not replace and self.model.get(pattern, HANDLES[account]) != HANDLES[account]
        desired = self.model if refused else {**self.model, pattern: HANDLES[account]}
        self.do("persona_mapping", arguments, desired, check, faults)

    @rule(pattern=patterns, account=st.none() | accounts, check=seldom_true, faults=some_faults)
    def absent(self, pattern, account, check, faults):
        arguments = {"state": "absent", "arn_pattern": pattern}
        if account:
            arguments["account_identifier"] = account
        desired = dict(self.model)
        if not account or desired.get(pattern) == HANDLES[account]:
            desired.pop(pattern, None)
        self.do("persona_mapping", arguments, desired, check, faults)

    @rule(wants=desired_sets, purge=st.booleans(), check=seldom_true, faults=some_faults)
    def whole_set(self, wants, purge, check, faults):
        mappings = [wanted(*pair) for pair in wants.items()]
        desired = {pattern: HANDLES[account] for pattern, account in wants.items()}
        arguments = {"mappings": mappings, "purge": purge, "max_removals": 99, "concurrency": 1}
        self.do("persona_mappings", arguments, desired if purge else {**self.model, **desired}, check, faults)

    @rule(pattern=patterns, account=accounts)
    def someone_else(self, pattern, account):
        if pattern in self.model:
            self.api.sandbox.delete_mapping(pattern)
            del self.model[pattern]
        else:
            self.api.sandbox.create_mapping(pattern, account)
            self.model[pattern] = HANDLES[account]
        FakeClock.pass_time(30)

    def do(self, module, arguments, desired, check, faults):
        """Run a task, and once more without faults if it failed: then all must be as desired."""
        for fault in faults:
            self.api.fault(**fault)
        before = self.api.sandbox.mappings()
        ended = run(module, self.api, arguments, check)
        now = self.api.sandbox.mappings()
        if check or not ended.result.get("changed", False):
            assert now == before, ended.result
        if not check and not ended.failed:
            assert self.api.mappings == desired, ended.result
        if not check and ended.failed:
            self.check_failed(ended, desired)
            self.recover(module, arguments, desired)
        self.api.sandbox.clear_faults()
        self.model = self.api.mappings
        if ended.warnings:  # The list may lag behind, of which the task has warned.
            FakeClock.pass_time(30)

    def check_failed(self, ended, desired):
        """Each pattern is as before or as desired; what is neither is told."""
        lost = ended.result.get("lost_mappings") or [ended.result.get("lost_mapping") or {}]
        told = {mapping.get("arn_pattern") for mapping in lost}
        for pattern in PATTERNS:
            ways = {self.model.get(pattern), desired.get(pattern)}
            assert self.api.mappings.get(pattern) in ways or pattern in told, (pattern, ended.result)

    def recover(self, module, arguments, desired):
        self.api.sandbox.clear_faults()
        FakeClock.pass_time(30)
        ended = run(module, self.api, arguments)
        if "replace is false" in ended.result.get("msg", ""):
            return
        assert not ended.failed, ended.result
        assert {**desired, **self.api.mappings} == self.api.mappings
        if arguments.get("purge"):
            assert self.api.mappings == desired

    @invariant()
    def each_pattern_is_mapped_once(self):
        if hasattr(self, "api"):
            patterns = [mapping["arn_pattern"] for mapping in self.api.sandbox.mappings()]
            assert len(patterns) == len(set(patterns))


TestTasks = Tasks.TestCase
TestTasks.settings = settings(max_examples=100, stateful_step_count=10)
