# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says is what Datadog holds: random schedules of two tasks at once, on lists and checks that lag.

The history has changes of the last half a minute, requests are lost or refused, executed or not. One oracle judges.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA, KINDS
from ansible_collections.datadog_community.cloud_auth.tests.unit.histories import OddDatadog
from ansible_collections.datadog_community.cloud_auth.tests.unit.simulation import (
    ACCOUNTS,
    BOB,
    JANE,
    OMAR,
    SERVICE,
    START,
    Ended,
    Request,
    Task,
    World,
    key_of,
    matched_by,
    run_tasks,
)

LAG = 30.0
SCHEDULES = int(os.environ.get("SCHEDULES", "2000"))
FIRST = int(os.environ.get("FIRST_SCHEDULE", "0"))
BATCH = 50
AWS_KEYS = [f"arn:aws:sts::123456789012:assumed-role/{name}/*" for name in ("web", "batch", "deploy")]
GITHUB_KEYS = [f"repo:corp/{name}" for name in ("web", "batch", "deploy")]
TROUBLES = ("503, not executed", "503, executed", "lost, not executed", "lost, executed", "429")
LOST = "have lost their access"
UUIDS = {account.handle: account.uuid for account in ACCOUNTS}


def datadog_of(chance: random.Random) -> OddDatadog:
    """A Datadog with a recent past, and with troubles to come."""
    replicas = [chance.choice([0.0, 0.0, 3.0, 12.0, 25.0, 29.0]) for _number in range(chance.randint(1, 4))]
    conflict_lag = chance.choice([0.0, 0.0, 3.0, 25.0])
    rate = chance.choice([0.0, 0.0, 0.1, 0.3])
    slowest = chance.choice([0.2] * 7 + [5.0])
    datadog = OddDatadog(
        World(),
        chance.choice([AWS_PERSONA, *KINDS]),
        lags=lambda _number: chance.choice(replicas),
        conflict_lag=lambda _number: conflict_lag,
        trouble=lambda _method, _number: chance.choice(TROUBLES) if chance.random() < rate else None,
        delay=lambda: chance.uniform(0.02, slowest),
        takes_twice=chance.random() < 0.08,
        normalizes=chance.random() < 0.08,
    )
    span = chance.choice([40, 40, 40, 4])
    for at in sorted(chance.uniform(START - span, START) for _change in range(chance.randint(0, 6))):
        change(datadog, chance, at)
    return datadog


def keys_of(datadog: OddDatadog) -> list[str]:
    return AWS_KEYS if datadog.kind.matcher.option == "arn_pattern" else GITHUB_KEYS


def change(datadog: OddDatadog, chance: random.Random, at: float | None = None) -> None:
    """Somebody changes something, before the tasks or meanwhile."""
    key = chance.choice(keys_of(datadog))
    held = [mapping for mapping in datadog.now.values() if mapping.key == key]
    if not datadog.takes_twice or chance.random() < 0.5:
        for mapping in held:
            datadog.unmap(mapping.id, at)
    if not held or chance.random() < 0.6:
        datadog.map(key, chance.choice(ACCOUNTS) if datadog.kind.has_account else None, at)


def task_of(datadog: OddDatadog, chance: random.Random, after: float = 0.0) -> Task:
    """A task on one key or on several."""
    known = keys_of(datadog)
    keys = chance.sample(known, chance.randint(1, len(known)))
    if datadog.normalizes:
        keys = [chance.choice([key, key.replace("web", "Web")]) for key in keys]
    accounts = [
        {"account_identifier": chance.choice([OMAR.handle, JANE.handle, BOB.handle, SERVICE.email])}
        if datadog.kind.has_account
        else {}
        for _key in keys
    ]
    wanted = [{**matched_by(datadog.kind, key), **account} for key, account in zip(keys, accounts)]
    absent = {"state": "absent"} if chance.random() < 0.35 else {}
    options = {**absent, "wait_timeout": chance.choice([0, 10, 60, 60, 300]), "retries": chance.choice([5, 5, 5, 1, 0])}
    if len(keys) == 1 and chance.random() < 0.5:
        return Task({**wanted[0], **options}, after=after)
    if absent:
        wanted = [matched_by(datadog.kind, key) for key in keys]
    elif chance.random() < 0.3:
        options["purge"] = True
    return Task({"mappings": wanted, **options, "concurrency": chance.choice([1, 2, 4])}, after=after)


class Judge:
    """Holds what a task has said against what Datadog has held.

    :param alone: whether nobody else has changed anything meanwhile.
    """

    def __init__(self, datadog: OddDatadog, number: int, ended: Ended, *, alone: bool) -> None:
        self.datadog = datadog
        self.ended = ended
        self.alone = alone
        self.own = [request for request in datadog.requests if request.task == number]
        arguments = ended.arguments
        self.entries: list[dict[str, Any]] = arguments.get("mappings") or [arguments]
        self.is_absent = arguments.get("state") == "absent"

    def held(self, key: str, since: float) -> list[frozenset[str]]:
        """Who held the key since then, until the task ended."""
        return self.datadog.holders(self.datadog.stored(key), since, self.ended.ended)

    def judge(self) -> None:
        self.judge_success()
        self.judge_changed()
        self.judge_losses()
        self.judge_words()

    def judge_success(self) -> None:
        """A task that is ok has what it wanted; as far as nothing was to do, as listed, so half a minute ago."""
        if self.ended.failed:
            return
        for entry in self.entries:
            key = key_of(entry)
            touched = self._is_changed(key)
            since = self.ended.started if touched else self.ended.started - LAG
            held = self.held(key, since)
            if self.alone and touched:
                held = held[-1:]
            if self.is_absent and self.datadog.takes_twice:
                continue  # A 204 proves that a key is free only where it has one mapping, as the reference says.
            if self.is_absent:
                is_told = any("It was not removed" in warning for warning in self.ended.warnings)
                assert is_told or any(self._fits_absent(entry, accounts) for accounts in held), f"{key}: {held}"
            else:
                assert any(self._is(entry, accounts) for accounts in held), f"{key} is not as wanted: {held}"

    def _fits_absent(self, entry: dict[str, Any], accounts: frozenset[str]) -> bool:
        """Whether an entry to be absent is, if the key is held by ``accounts``."""
        wanted = entry.get("account_identifier")
        return not accounts or bool(wanted and not self._is(entry, accounts))

    def _is(self, entry: dict[str, Any], accounts: frozenset[str]) -> bool:
        wanted = entry.get("account_identifier")
        return bool(accounts) and (
            wanted is None or any(wanted in known and known.uuid in accounts for known in ACCOUNTS)
        )

    def _is_changed(self, key: str) -> bool:
        result = self.ended.result
        if "mappings" in self.ended.arguments:
            changes = (mapping for name in ("created", "replaced", "removed") for mapping in result.get(name, []))
            return any(key_of(mapping) == key for mapping in changes)
        return bool(result["changed"])

    def judge_changed(self) -> None:
        """A task that says that it has changed nothing has changed nothing."""
        executed = [request for request in self.own if request.executed]
        if not self.ended["changed"]:
            # What got no answer and was undone by somebody else before any list showed it can't be known.
            known = executed if self.alone else [request for request in executed if request not in self._in_doubt()]
            assert not known, f"changed: false, but {known}"
        if self.ended["changed"] and not self._in_doubt():
            assert executed, "changed: true, but nothing was executed"

    def _in_doubt(self) -> list[Request]:
        return [request for request in self.own if request.status in (503, "lost") and request.method != "GET"]

    def judge_losses(self) -> None:
        """What was mapped and isn't any more, though nobody wanted that, is told by name."""
        if not self.alone or self.is_absent:
            return
        for entry in self.entries:
            key = key_of(entry)
            held = self.held(key, self.ended.started)
            if held[0] and not held[-1]:
                assert self.ended.failed, f"{key} was lost without a word"
                lost = self.ended.result.get("lost_mapping"), *self.ended.result.get("lost_mappings", [])
                assert self.datadog.stored(key) in json.dumps(lost).lower(), (
                    f"{key} was lost, but {lost} says otherwise"
                )

    def judge_words(self) -> None:
        """What is said for certain of others and of losses is so."""
        for key, text in self._sentences():
            held = self.held(key, self.ended.started)
            if "somebody else has mapped the pattern to " in text:
                handle = text.partition("somebody else has mapped the pattern to ")[2].split()[0].rstrip(".")
                assert any(UUIDS[handle] in accounts for accounts in held), f"{handle} never had {key}: {held}"
            if LOST in text and "not known whether" not in text:
                assert not held[-1] or not self.alone, f"{key} is not lost"
                assert frozenset() in held
            if "has been put back" in text and "may have been removed and has" not in text:
                assert held[-1] or not self.alone, f"{key} was not put back"
            if "is still there" in text and "may still" not in text:
                assert held[-1] or not self.alone, f"{key} is not there"
            if "still lists" in text:
                assert any(self.held(key, self.ended.started - LAG)), f"{key} was not there"
            if "no longer listed: somebody else has removed it" in text:
                assert not self.alone, "nobody else was there"
            if "Beside the mapping" in text:
                assert self.datadog.takes_twice, "there is one mapping of a key"

    def _sentences(self) -> list[tuple[str, str]]:
        if "mappings" not in self.ended.arguments:
            text = str(self.ended.result.get("msg", "")) + " ".join(self.ended.warnings)
            return [(key_of(self.entries[0]), text)]
        return [(key_of(failed), failed["msg"]) for failed in self.ended.result.get("failed_mappings", [])]


def play(seed: int) -> None:
    """One schedule: one task alone, or two at once, or one and changes by somebody else."""
    chance = random.Random(seed)
    random.seed(seed)  # of the jitter of back-off
    datadog = datadog_of(chance)
    tasks = [task_of(datadog, chance)]
    company = chance.choice(["none", "none", "a task", "a stranger"])
    if company == "a task":
        tasks.append(task_of(datadog, chance, after=chance.choice([0.0, 0.1, 1.0, 5.0, 20.0])))
    if company == "a stranger":
        for _change in range(chance.randint(1, 2)):
            moment = chance.choice([datadog.before, datadog.after])
            moment[chance.choice(["GET", "POST", "DELETE"]), chance.randint(0, 3)] = lambda: change(datadog, chance)
    ended = run_tasks(datadog, *tasks)
    for number, task in enumerate(ended):
        try:
            Judge(datadog, number, task, alone=company == "none").judge()
        except AssertionError as error:
            told = "\n".join(map(str, datadog.requests))
            states = "\n".join(f"{time} {list(state.values())}" for time, state in datadog.states)
            raise AssertionError(f"seed {seed}, task {number}: {error}\n{task}\n{ended}\n{told}\n{states}") from None


@pytest.mark.parametrize("batch", range(SCHEDULES // BATCH))
def test_what_a_task_says_is_what_datadog_holds(batch):
    for seed in range(FIRST + batch * BATCH, FIRST + (batch + 1) * BATCH):
        play(seed)
