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
    KINDS,
    OMAR,
    FakeClock,
    organization,
    run,
)

NAMES = [f"runner-{number}" for number in range(4)]
ABSENT = "absent"
HANDLES = {JANE: JANE, JANE_EMAIL: JANE, CI_EMAIL: CI_UUID, CI_UUID: CI_UUID, OMAR: OMAR}

names = st.sampled_from(NAMES)
accounts = st.sampled_from(sorted(HANDLES))
desired_sets = st.dictionaries(names, accounts)
mostly_true = st.sampled_from([True, True, True, False])
seldom_true = st.sampled_from([False, False, False, True])
# What may happen to a request, and whether it may have been executed all the same.
FAULTS = [
    ({"status": 403, "body": {"errors": ["Forbidden"]}}, False),
    ({"status": 404}, False),
    ({"status": 409}, False),
    ({"status": 429, "headers": {"Retry-After": "3"}}, False),
    ({"status": 500}, True),
    ({"status": 503}, True),
    ({"lose": "close"}, True),
    ({"lose": "partial"}, True),
    ({"delay_after": 60}, True),
    ({"junk": "html"}, True),
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
    """Tasks on the mappings of one kind. ``model`` is what has to be there: the handle, or None, by name."""

    @initialize(
        kind=st.sampled_from(KINDS),
        lag=st.sampled_from([0, 0, 3, 20]),
        on_taken=st.sampled_from(["conflict", "conflict", "both", "update"]),
        conflict_lag=st.sampled_from([0, 0, 5]),
        existing=desired_sets,
    )
    def begin(self, kind, lag, on_taken, conflict_lag, existing):
        self.kind = kind
        mappings = [kind.wanted(*pair) for pair in existing.items()]
        # Where there are no accounts, nothing is ever created that is there.
        taken = {"on_taken": on_taken if kind.has_account else "conflict", "conflict_lag": conflict_lag}
        # Where it takes both, a creation whose answer is lost must be listed before it is sent again.
        lag = min(lag, 3) if on_taken == "both" else lag
        self.api = organization(kind, *mappings, list_lag=lag, **taken)
        self.model = {name: self.handle(account) for name, account in existing.items()}

    def handle(self, account):
        return HANDLES[account] if self.kind.has_account else None

    @property
    def held(self):
        """The truth by name."""
        names = {self.kind.text(name): name for name in NAMES}
        return {names[text]: handle for text, handle in self.api.held(self.kind).items()}

    @rule(name=names, account=accounts, replace=mostly_true, check=seldom_true, faults=some_faults)
    def present(self, name, account, replace, check, faults):
        options = {"replace": replace} if self.kind.has_account else {}
        handle = self.handle(account)
        refused = not replace and self.model.get(name, handle) != handle
        desired = self.model if refused else {**self.model, name: handle}
        self.do(self.kind.one, {**self.kind.wanted(name, account), **options}, desired, check, faults)

    @rule(name=names, account=st.none() | accounts, check=seldom_true, faults=some_faults)
    def absent(self, name, account, check, faults):
        which = self.kind.wanted(name, account) if account else self.kind.unwanted(name)
        desired = dict(self.model)
        if not account or desired.get(name) == self.handle(account):
            desired.pop(name, None)
        self.do(self.kind.one, {"state": "absent", **which}, desired, check, faults)

    @rule(wants=desired_sets, purge=st.booleans(), check=seldom_true, faults=some_faults)
    def whole_set(self, wants, purge, check, faults):
        mappings = [self.kind.wanted(*pair) for pair in wants.items()]
        desired = {name: self.handle(account) for name, account in wants.items()}
        arguments = {"mappings": mappings, "purge": purge, "max_removals": 99, "concurrency": 1}
        self.do(self.kind.many, arguments, desired if purge else {**self.model, **desired}, check, faults)

    @rule(name=names, account=accounts)
    def someone_else(self, name, account):
        if name in self.model:
            self.api.sandbox.delete_mapping(kind=self.kind.sandbox, **self.kind.unwanted(name))
            del self.model[name]
        else:
            self.api.sandbox.create_mapping(kind=self.kind.sandbox, **self.kind.wanted(name, account))
            self.model[name] = self.handle(account)
        FakeClock.pass_time(30)

    def do(self, module, arguments, desired, check, faults):
        """Run a task, and once more without faults if it failed: then all must be as desired."""
        for fault in faults:
            self.api.fault(**fault)
        before = self.api.sandbox.mappings(self.kind.sandbox)
        ended = run(module, self.api, arguments, check)
        now = self.api.sandbox.mappings(self.kind.sandbox)
        if check or not ended.result.get("changed", False):
            assert now == before, ended.result
        if not check and not ended.failed:
            assert self.held == desired, ended.result
        if not check and ended.failed:
            self.check_failed(ended, desired)
            self.recover(module, arguments, desired)
        self.api.sandbox.clear_faults()
        if any("Remove one." in warning for warning in ended.warnings):
            self.remove_the_older()  # There are two of a key, of which the task has warned.
        self.model = self.held
        if ended.warnings:  # The list may lag behind, of which the task has warned.
            FakeClock.pass_time(30)

    def check_failed(self, ended, desired):
        """Each mapping is as before or as desired; what is neither is told."""
        lost = ended.result.get("lost_mappings") or [ended.result.get("lost_mapping") or {}]
        told = [mapping.get(self.kind.option) for mapping in lost]
        for name in NAMES:
            ways = {self.model.get(name, ABSENT), desired.get(name, ABSENT)}
            there = self.held.get(name, ABSENT) in ways
            assert there or self.kind.matcher(name) in told, (name, ended.result)

    def recover(self, module, arguments, desired):
        self.api.sandbox.clear_faults()
        FakeClock.pass_time(30)
        if len(self.held) < len(self.api.sandbox.mappings(self.kind.sandbox)):
            self.remove_the_older()
        ended = run(module, self.api, arguments)
        if "replace is false" in ended.result.get("msg", ""):
            return
        assert not ended.failed, ended.result
        assert {**desired, **self.held} == self.held
        if arguments.get("purge"):
            assert self.held == desired

    def remove_the_older(self):
        """Where Datadog takes both, a task may end with both, and says so; then a person has to choose."""
        newest = {str(mapping[self.kind.option]): mapping for mapping in self.api.sandbox.mappings(self.kind.sandbox)}
        for mapping in self.api.sandbox.mappings(self.kind.sandbox):
            if newest[str(mapping[self.kind.option])] != mapping:
                self.api.sandbox.delete_mapping(kind=self.kind.sandbox, mapping_id=mapping["id"])
        FakeClock.pass_time(30)

    @invariant()
    def each_is_mapped_once(self):
        if hasattr(self, "api"):
            keys = [str(mapping[self.kind.option]) for mapping in self.api.sandbox.mappings(self.kind.sandbox)]
            assert len(keys) == len(set(keys))


TestTasks = Tasks.TestCase
TestTasks.settings = settings(max_examples=60, stateful_step_count=10)
