# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says is what Datadog holds, whatever goes wrong, and whatever else goes wrong at the same time.

One property, over all kinds of tasks and of trouble. What is drawn is a ``Case``; what has to hold is in ``Verdict``.
Run it on 10,000 cases with ``CLOUD_AUTH_FATE_EXAMPLES=10000``.
"""

from __future__ import annotations

import gc
import os
import re
import signal
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    JANE,
    JANE_EMAIL,
    OMAR,
    USERS,
    Ended,
    role,
    run,
    wanted,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    Outage,
    Signal,
    Troubled,
    run_in_trouble,
)
from datadog_sandbox.samples import ACCOUNTS, ADMIN_APP_KEY, APP_KEY, PRIVILEGED

# "make unit" tries some. ansible-test, which runs from a tree of collections, repeats them on every core and Python.
USUAL = "60" if "ansible_collections" in Path(__file__).parts else "300"
EXAMPLES = int(os.environ.get("CLOUD_AUTH_FATE_EXAMPLES", USUAL))

# Two accounts that the task's key may not map to, since it lacks one of their permissions.
ADA = "ada.admin@corp.example"
ROOT = "root@corp.example"
HANDLES = {JANE: JANE, JANE_EMAIL: JANE, OMAR: OMAR, CI_EMAIL: CI_UUID, ADA: ADA, ROOT: ROOT}
FORBIDDEN = {ADA, ROOT}

# What becomes of a request: one of each sort that the code tells apart. Those of the first group were never executed.
REFUSED = {
    "403": {"status": 403, "body": {"errors": ["Forbidden"]}},
    "409": {"status": 409, "body": {"errors": ["Conflict"]}},
    "not integrated": {"status": 400, "body": {"errors": ["AWS Account Id is not integrated with this account"]}},
    "429": {"status": 429, "headers": {"X-RateLimit-Reset": "3"}},
}
# These were, or were not.
UNCERTAIN = {
    "503": {"status": 503},
    "503 at the limit": {"status": 503, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}},
    "lost": {"lose": "close"},
    "time-out": {"delay_after": 60},
    "junk": {"status": 200, "junk": "html"},
}
# After these, the same request succeeds when it is sent again.
PASSING = {"429", *UNCERTAIN}

# The words that say of a mapping that it is not known what became of it.
DOUBT = re.compile(r"not known|unknown|may (?:still )?(?:have|be)|might|could not be seen", re.IGNORECASE)


class Trouble(NamedTuple):
    """A fault of the server: ``times`` requests of a kind, after the first ``skip`` of them. None: all."""

    request: str
    name: str
    executed: bool = False
    skip: int = 0
    times: int | None = 1

    @property
    def fault(self) -> dict[str, Any]:
        """As the sandbox takes it."""
        where = {"method": "GET", "path": USERS} if self.request == "users" else {"method": self.request}
        what = {**REFUSED, **UNCERTAIN}[self.name]
        return {**where, **what, "execute": self.executed, "skip": self.skip, "times": self.times}


class Case(NamedTuple):
    """A task, the organization that it finds, and the trouble that it gets into.

    :ivar module: one of the two that write.
    :ivar existing: the account by number of pattern.
    :ivar entries: the account by number of pattern that the task names.
    """

    module: str
    state: str
    existing: dict[int, str]
    entries: dict[int, str]
    purge: bool = False
    replace: bool = True
    concurrency: int = 1
    retries: int = 5
    wait_timeout: int = 60
    check: bool = False
    list_lag: int = 0
    on_taken: str = "conflict"
    conflict_lag: int = 0
    conflict_first: bool = False
    rate_limit: tuple[int, int] | None = None
    troubles: tuple[Trouble, ...] = ()
    outage: Outage | None = None
    signals: tuple[Signal, ...] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The task's options."""
        common = {"state": self.state, "retries": self.retries, "wait_timeout": self.wait_timeout}
        entries = [wanted(pattern(number), account) for number, account in self.entries.items()]
        if self.state == "absent":
            entries = [{"arn_pattern": entry["arn_pattern"]} for entry in entries]
        if self.module == "persona_mapping":
            replace = {"replace": self.replace} if self.state == "present" else {}
            return {**common, **replace, **entries[0]}
        purge = {"purge": True, "max_removals": 99} if self.purge else {}
        options = {"replace": self.replace, "concurrency": self.concurrency, **purge}
        return {**common, "mappings": entries, **options}

    @property
    def desired(self) -> dict[str, str]:
        """The handle by pattern that is there when all goes well."""
        before = {pattern(number): HANDLES[account] for number, account in self.existing.items()}
        named = {pattern(number): HANDLES[account] for number, account in self.entries.items()}
        if self.state == "absent":
            return {name: handle for name, handle in before.items() if name not in named}
        return named if self.purge else {**before, **named}

    @property
    def blocked(self) -> bool:
        """Whether replace: false is in the way of the task."""
        return not self.replace and any(
            HANDLES[account] != HANDLES[self.existing.get(number, account)]
            for number, account in self.entries.items()
            if self.state == "present"
        )

    @property
    def can_lose(self) -> bool:
        """Whether a mapping may be lost: something may refuse for good, or for long, only once its pattern is free."""
        if any(HANDLES[account] in FORBIDDEN for account in self.existing.values()):
            return True  # The task's key may not put it back.
        if self._all_creations_fail_at_once:
            return False
        if self.rate_limit and (self.concurrency > 1 or self.outage or len(self.troubles) > 1):
            return True  # On this clock each thread that waits makes time pass, and 5 minutes are over soon.
        if not soon_over(self._troubles_of("POST")) or (self.outage and self.outage.seconds > 60):
            return True
        read = self.outage or any(trouble.name in UNCERTAIN for trouble in self._troubles_of("POST"))
        return bool(read) and not soon_over(self._troubles_of("GET"))

    @property
    def may_create_twice(self) -> bool:
        """Whether a creation may be repeated although it was executed: its answer is lost, and nobody is mapped, or the
        old mapping is there. A server that accepts a second mapping of a pattern, which Datadog's reference excludes,
        then has two."""
        executed = any(trouble.executed for trouble in self._troubles_of("POST"))
        return self.on_taken == "both" and executed

    @property
    def _all_creations_fail_at_once(self) -> bool:
        first = next(iter(self._troubles_of("POST")), None)
        return first is not None and (first.skip, first.times) == (0, None) and first.name not in ("409", "429")

    def _troubles_of(self, request: str) -> list[Trouble]:
        return [trouble for trouble in self.troubles if trouble.request == request]

    def organization(self) -> Troubled:
        """What the task finds."""
        api = Troubled(
            self.outage,
            self.signals,
            accounts=[*ACCOUNTS, {"email": ROOT, "permissions": PRIVILEGED}],
            mappings=[wanted(pattern(number), account) for number, account in self.existing.items()],
            list_lag=self.list_lag,
            on_taken=self.on_taken,
            conflict_lag=self.conflict_lag,
            conflict_first=self.conflict_first,
            rate_limit=self.rate_limit,
            seed=1,
        )
        for trouble in self.troubles:
            api.fault(**trouble.fault)
        return api


def pattern(number: int) -> str:
    """The pattern of this number."""
    return role(f"runner-{number}")


def soon_over(troubles: list[Trouble]) -> bool:
    """Whether all is well again long before the 5 minutes have passed in which a mapping is put back."""
    times = [trouble.times for trouble in troubles]
    return None not in times and sum(times) <= 3 and all(trouble.name in PASSING for trouble in troubles)


# --- what is drawn: mostly a little trouble with few mappings, for that is where things go wrong in new ways ---

times = st.sampled_from([1, 1, 1, 2, 3, None, None])
skips = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
requests_hit = st.sampled_from(["POST", "POST", "POST", "DELETE", "DELETE", "DELETE", "GET", "users"])
troubles = st.builds(Trouble, requests_hit, st.sampled_from(sorted(REFUSED)), st.just(False), skips, times) | st.builds(
    Trouble, requests_hit, st.sampled_from(sorted(UNCERTAIN)), st.booleans(), skips, times
)
outages = st.builds(
    Outage,
    st.sampled_from(["DELETE", "DELETE", "POST", "GET"]),
    st.sampled_from([0, 0, 1, 2]),
    st.sampled_from([5, 240, 1000]),
    st.sampled_from(["503", "refused", "lost", "time-out"]),
)
signals = st.builds(
    Signal,
    st.sampled_from([signal.SIGTERM, signal.SIGINT]),
    st.just("sleep"),
    st.sampled_from([0, 0, 1, 1, 2, 3, 5]),
) | st.builds(
    Signal,
    st.sampled_from([signal.SIGTERM, signal.SIGINT]),
    st.sampled_from(["before", "after"]),
    st.sampled_from([1, 2, 2, 3, 3, 4, 5, 6, 8]),
)
some_accounts = st.sampled_from([JANE, JANE, OMAR, OMAR, CI_EMAIL])
any_account = st.sampled_from([JANE, JANE_EMAIL, OMAR, CI_EMAIL, ADA, ROOT])


@st.composite
def any_mappings(draw: st.DrawFn, size: int) -> tuple[dict[int, str], dict[int, str]]:
    """What exists, and what the task names: the first ``size`` patterns, of which some exist, but not the others."""
    existing = {number: draw(some_accounts) for number in range(size + 2) if draw(st.integers(0, 3)) or number == 0}
    entries = {number: draw(some_accounts) for number in range(size)}
    if draw(st.sampled_from([False, False, False, True])):  # Some that the task's key may not map to.
        existing.update({number: draw(any_account) for number in range(min(size, 3))})
        entries.update({number: draw(any_account) for number in range(min(size, 3))})
    return existing, entries


def all_replaced(size: int) -> st.SearchStrategy[tuple[dict[int, str], dict[int, str]]]:
    """Replacements only, since it is there that most can be lost."""
    existing = dict.fromkeys(range(size + 1), JANE)
    return st.builds(lambda account: (existing, dict.fromkeys(range(size), account)), st.sampled_from([OMAR, CI_EMAIL]))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    module = draw(st.sampled_from(["persona_mapping", "persona_mappings"]))
    many = module == "persona_mappings"
    size = draw(st.sampled_from([2, 1, 3, 12])) if many else 1  # Twelve are enough for the brake.
    replacing = draw(st.booleans())
    existing, entries = draw(all_replaced(size) if replacing else any_mappings(size))
    state = draw(st.just("present") if replacing else st.sampled_from(["present", "present", "absent"]))
    return Case(
        module,
        state,
        existing,
        entries,
        purge=many and state == "present" and draw(st.sampled_from([False, False, True])),
        replace=draw(st.sampled_from([True] * 9 + [False])),
        concurrency=draw(st.sampled_from([1, 1, 8])) if many else 1,
        retries=draw(st.sampled_from([5, 0])),
        wait_timeout=draw(st.sampled_from([60, 0])),
        check=draw(st.sampled_from([False] * 9 + [True])),
        list_lag=draw(st.sampled_from([0, 0, 3, 20])),
        on_taken=draw(st.sampled_from(["conflict", "conflict", "conflict", "both", "update"])),
        conflict_lag=draw(st.sampled_from([0, 0, 0, 3, 20])),
        conflict_first=draw(st.booleans()),
        rate_limit=draw(st.sampled_from([None, None, None, (2, 20), (10, 5)])),
        troubles=draw(none_to_two(troubles)),
        outage=draw(st.none() | st.none() | outages),
        signals=draw(none_to_two(signals)),
    )


def none_to_two(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Most often one or two: it is where two things go wrong that the third is not as it was said."""
    return st.just(()) | st.tuples(strategy) | st.tuples(strategy, strategy)


# --- what has to hold ---


class Verdict:
    """What a task has said, held against what the organization was and is. Each check is a fact about one thing."""

    def __init__(
        self, case: Case, before: list[dict[str, str]], after: list[dict[str, str]], ended: Ended, writes: list[str]
    ) -> None:
        self.case = case
        self.writes = writes
        self.before = by_id(before)
        self.after = by_id(after)
        self.was = handles_by_pattern(before)
        self.now = handles_by_pattern(after)
        self.result = ended.result
        self.failed = ended.failed
        self.said = said_by_pattern(case, ended)
        #: Whether a check before the first write has stopped the task; its lists then say what it has stopped.
        self.stopped = self.failed and not self.said
        self.everything = " ".join([ended.result.get("msg", ""), *self.said.values(), *ended.warnings])

    def check(self) -> None:
        """Check all."""
        self.an_unchanged_task_has_changed_nothing()
        self.each_pattern_is_as_before_or_as_wanted_or_told()
        self.what_is_named_as_lost_is_lost()
        self.no_more_is_lost_than_has_to_be()
        self.what_is_listed_is_so()
        self.comforting_words_are_true()
        self.what_the_task_does_not_name_is_untouched()
        self.no_pattern_is_mapped_twice_unsaid()

    @property
    def lost(self) -> list[dict[str, str]]:
        """The mappings that the task names as lost."""
        one = self.result.get("lost_mapping")
        return self.result.get("lost_mappings", []) + ([one] if one else [])

    @property
    def tells_of_two(self) -> bool:
        """Whether the task says that two mappings of a pattern are there, and that one has to go."""
        return bool(re.search(r"Remove one\b|there, too\. Remove it", self.everything))

    def in_doubt(self, name: str) -> bool:
        """Whether the task says that it is not known what became of a pattern."""
        return bool(DOUBT.search(self.said.get(name, "")))

    def has_both(self, name: str) -> bool:
        """Whether a server that accepts a pattern twice holds the old mapping and the new one: that has failed."""
        return self.case.on_taken == "both" and len(self.now.get(name, [])) > 1

    def an_unchanged_task_has_changed_nothing(self) -> None:
        if self.case.check or not self.result.get("changed", False):
            assert self.after == self.before, "says that nothing was changed"
        assert not (self.case.check and self.writes), "writes in check mode"
        if not self.case.check and not self.writes:
            assert not self.result.get("changed", False), "says that something was changed, but has sent nothing"

    def each_pattern_is_as_before_or_as_wanted_or_told(self) -> None:
        if self.case.check:
            return
        lost = {mapping["arn_pattern"] for mapping in self.lost}
        for name in {*self.was, *self.now, *self.case.desired}:
            now, desired = self.now.get(name, []), [self.case.desired[name]] if name in self.case.desired else []
            if name in self.said:
                as_before_or_wanted = now in (self.was.get(name, []), desired)
                told = name in lost or self.in_doubt(name) or self.has_both(name)
                assert as_before_or_wanted or told, f"{name} is {now}, of which no word"
            elif self.stopped:
                assert now == self.was.get(name, []), f"{name} is {now}, though the task stopped before"
            elif self.case.may_create_twice:
                assert set(now) >= set(desired), f"{name} is {now}, and counts as done"
                assert set(now) == set(desired) or self.tells_of_two, f"{name} is {now}, and counts as done"
            else:
                assert now == desired, f"{name} is {now}, and counts as done"

    def what_is_named_as_lost_is_lost(self) -> None:
        for mapping in self.lost:
            name = mapping["arn_pattern"]
            assert mapping["id"] in self.before, "named as lost, but it was not there"
            assert name not in self.now or self.in_doubt(name), f"{name} is named as lost, but it is mapped"

    def no_more_is_lost_than_has_to_be(self) -> None:
        gone = [name for name in self.was if name not in self.now and name in self.case.desired]
        assert self.case.can_lose or not gone, f"{gone} need not have been lost"
        assert len(gone) <= self.case.concurrency, f"{len(gone)} were lost, one after another"

    def what_is_listed_is_so(self) -> None:
        if self.case.check or self.stopped:
            return
        for mapping in [*self.result.get("created", []), *self.result.get("replaced", [])]:
            shown = {name: value for name, value in mapping.items() if name != "previous_account_identifier"}
            assert self.after.get(mapping["id"]) == shown, "listed, but not there"
        for mapping in self.result.get("removed", []):
            assert mapping["id"] in self.before, "listed as removed, but it was not there"
            assert mapping["id"] not in self.after, "listed as removed, but it is there"
        for kind in ("created", "replaced", "removed"):
            if "summary" in self.result:
                assert self.result["summary"][kind] == len(self.result[kind])
        one = self.result.get("persona_mapping")
        if one and self.case.state == "present" and not self.failed:
            assert self.after.get(one["id"]) == one, "shown, but not there"

    def comforting_words_are_true(self) -> None:
        for name, words in self.said.items():
            if re.search(r"nothing was done|not tried|is still there|nothing has been changed", words, re.IGNORECASE):
                assert self.now.get(name, []) == self.was.get(name, []), f"{name} is not as before, but: {words}"
            if "has been put back" in words and not self.tells_of_two:
                assert self.now.get(name, []) == self.was.get(name, []), f"{name} is not put back, but: {words}"
        if re.search(r"nothing has been changed|before anything was written", self.result.get("msg", "")):
            assert len(self.said) > 1 or self.after == self.before, "says that nothing has been changed"
        if "All was written" in self.everything:
            assert not self.failed, "says that all was written"

    def what_the_task_does_not_name_is_untouched(self) -> None:
        named = {pattern(number) for number in self.case.entries}
        for mapping in self.before.values():
            if mapping["arn_pattern"] not in named and not self.case.purge:
                assert self.after.get(mapping["id"]) == mapping, "touched, but not named"
        for mapping in self.after.values():
            if mapping["arn_pattern"] not in named:
                assert self.before.get(mapping["id"]) == mapping, "made, but not named"

    def no_pattern_is_mapped_twice_unsaid(self) -> None:
        for name, handles in self.now.items():
            if len(handles) > 1:
                assert self.case.on_taken == "both", f"{name} is mapped twice"
                # Where lists lag, or are not waited for, the task may not see it.
                is_seen = not self.case.list_lag and self.case.wait_timeout
                told = self.tells_of_two or DOUBT.search(self.everything) or not is_seen
                assert self.case.may_create_twice or name in self.said, f"{name} is mapped twice"
                assert told, f"{name} is mapped twice, of which no word"


def by_id(mappings: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {mapping["id"]: mapping for mapping in mappings}


def handles_by_pattern(mappings: list[dict[str, str]]) -> dict[str, list[str]]:
    """All handles by pattern, for a pattern may be mapped twice."""
    found: dict[str, list[str]] = {}
    for mapping in mappings:
        found.setdefault(mapping["arn_pattern"], []).append(mapping["account_identifier"])
    return found


def said_by_pattern(case: Case, ended: Ended) -> dict[str, str]:
    """What the task says of each pattern that it has not brought to its end."""
    if not ended.failed:
        return {}
    if case.module == "persona_mapping":
        return {pattern(0): ended["msg"]}
    return {failed["arn_pattern"]: failed["msg"] for failed in ended.result.get("failed_mappings", [])}


def check_that_one_more_run_is_enough(case: Case, api: Troubled) -> None:
    """The trouble is over: a run brings the wanted state, and the next one has nothing to do."""
    api.end_trouble()
    arguments = {**case.arguments, "retries": 5, "wait_timeout": 60, "app_key": ADMIN_APP_KEY}
    if "concurrency" in arguments:
        # On the fake clock, each thread that waits makes time pass for all others, so that limits never seem to end.
        arguments["concurrency"] = 1
    twice = [name for name, handles in handles_by_pattern(api.sandbox.mappings()).items() if len(handles) > 1]
    ended = run(case.module, api, arguments)
    if case.blocked and ended.failed:
        return
    if twice and ended.failed:  # A person has to decide which of the two is meant.
        assert any(name in ended["msg"] for name in twice)
        return
    assert not ended.failed, ended.result
    assert api.mappings == case.desired
    api.sandbox.clear_requests()
    again = run(case.module, api, arguments)
    assert not again.failed, again.result
    assert again["changed"] is False
    assert not api.writes


def check_fate(case: Case) -> None:
    """The whole property, for one case."""
    api = case.organization()
    before = api.sandbox.mappings()
    ended = run_in_trouble(case.module, api, {**case.arguments, "app_key": APP_KEY}, case.check)
    after = api.sandbox.mappings()
    if ended is None:
        assert not api.sent_writes, "a signal has ended the task, which had begun to write"
    else:
        try:
            Verdict(case, before, after, ended, api.sent_writes).check()
        except AssertionError as wrong:
            wrong.args = (f"{wrong}\n{case}\nbefore: {before}\nafter: {after}\nthe task said: {ended.result}",)
            raise
    check_that_one_more_run_is_enough(case, api)


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
)
@given(cases())
def test_what_a_task_says_is_what_datadog_holds(case):
    # Each module freezes what it leaves to the garbage collector, for its process ends. Thousands of them in one
    # process would fill the memory.
    with mock.patch.object(gc, "freeze"):
        check_fate(case)
