# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: the same work, done in the ways that users have."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

from rig import Rig, mappings

COLLECTION = "datadog_community.cloud_auth"
PATH = "/api/v2/cloud_auth/aws/persona_mapping"
CONCURRENCIES = (1, 8, 32)

# What has taken so many seconds in all is not measured again for a median.
ENOUGH = 25.0

OURS = "persona_mappings, {} at once"
LOOP = "a loop of persona_mapping"
LOOP_OF_URI = "a loop of ansible.builtin.uri"
CLIENT = "a script on Datadog's Python client"
LIMIT = "the limit: bare requests, {} at once"
# A rate limit of so many requests in so many seconds, and the mappings that are created under it.
RATE_LIMIT = (60, 10)
LIMITED = 150
# A service account, its role, and how many tasks keep it in one playbook.
SERVICE_ACCOUNT = "ansible-runner@corp.example"
ROLE = "Cloud Authentication"
TURNS = 6


class Scale(NamedTuple):
    """How much is measured.

    :ivar runs: of which the median is taken.
    :ivar created: how many mappings are created.
    :ivar serial: the same, one after the other by one process; what it takes for more is extrapolated.
    :ivar looped: the same, for loops of tasks.
    :ivar kept: how many mappings are in sync.
    :ivar purged: of how many mappings half is purged.
    """

    runs: int
    created: Sequence[int]
    serial: Sequence[int]
    looped: Sequence[int]
    kept: Sequence[int]
    purged: Sequence[int]


FULL = Scale(3, (10, 100, 1000), (10, 100, 1000), (10, 100), (100, 1000, 10_000, 100_000), (100, 1000))
QUICK = Scale(1, (10, 100, 1000), (10, 100), (10,), (100, 1000), (100,))


class Task(NamedTuple):
    """The seconds of a task that changes nothing, as the first of its kind in a playbook, and later."""

    first: float
    later: float


class Time(NamedTuple):
    """Seconds, and whether they are extrapolated."""

    seconds: float
    extrapolated: bool = False


class Kept(NamedTuple):
    """A task on mappings that are in sync: seconds, requests, and peak memory in MB."""

    task: float
    whole: float
    requests: int
    memory: float


class Purged(NamedTuple):
    """Removing half of the mappings: seconds, requests, and peak memory in MB."""

    task: float
    requests: int
    memory: float


class KeptAccount(NamedTuple):
    """A task on a service account that is in sync: seconds, as a later task of a playbook, and requests."""

    task: float
    requests: int


def from_file(rig: Rig, count: int) -> str:
    """A template for so many mappings. Ansible reads the file once; it would read vars_files several times."""
    return f"{{{{ lookup('ansible.builtin.file', '{rig.file(count)}') | from_json }}}}"


def ours(rig: Rig, count: int, **options: Any) -> dict[str, Any]:
    """The task for a whole set."""
    return {f"{COLLECTION}.persona_mappings": {"mappings": from_file(rig, count), **options}}


def uri(rig: Rig, **options: Any) -> dict[str, Any]:
    """A task of ansible.builtin.uri."""
    keys = {"DD-API-KEY": rig.sandbox.env["DD_API_KEY"], "DD-APPLICATION-KEY": rig.sandbox.env["DD_APP_KEY"]}
    return {"ansible.builtin.uri": {"url": rig.sandbox.url + PATH, "headers": keys, **options}}


def single_tasks(rig: Rig, scale: Scale) -> dict[str, Task]:
    """(a) One task that changes nothing, by module."""
    (mapping,) = mappings(1)
    tasks = {
        "persona_mapping": {f"{COLLECTION}.persona_mapping": mapping},
        "ansible.builtin.uri": uri(rig),
        "bare": {"bare": {}},
        "ansible.builtin.ping": {"ansible.builtin.ping": {}},
    }
    rig.sandbox.set_state(mappings=[mapping])
    first, later = defaultdict(list), defaultdict(list)
    chance = random.Random(0)
    for _run in range(4 * scale.runs):  # They are short, and the differences small.
        # In any order: a task may take longer for the one before it, and the first of a playbook does.
        names = [name for _round in range(6) for name in chance.sample(sorted(tasks), len(tasks))]
        by_name = defaultdict(list)
        for name, seconds in zip(names, rig.play(*[tasks[name] for name in names]).durations, strict=True):
            by_name[name].append(seconds)
        for name, (earliest, *others) in by_name.items():
            first[name].append(earliest)
            later[name].extend(others)
    return {name: Task(median(first[name]), median(later[name])) for name in tasks}


def creations(rig: Rig, scale: Scale) -> dict[str, dict[int, Time]]:
    """(b) Creating mappings: the times by the way it is done, and by their number."""
    ways: dict[str, tuple[Callable[[Rig, int], float], Sequence[int]]] = {}
    for concurrency in CONCURRENCIES:
        ways[OURS.format(concurrency)] = (_ours_at(concurrency), _sizes(scale, concurrency))
    ways[LOOP] = (_loop, scale.looped)
    ways[LOOP_OF_URI] = (_loop_of_uri, scale.looped)
    ways[CLIENT] = (_client, scale.serial)
    for concurrency in CONCURRENCIES:
        ways[LIMIT.format(concurrency)] = (_limit_at(concurrency), _sizes(scale, concurrency))
    seconds: dict[str, dict[int, list[float]]] = {
        way: {size: [] for size in sizes} for way, (_play, sizes) in ways.items()
    }
    for _run in range(scale.runs):
        for way, (create, sizes) in ways.items():
            for size in sizes:
                if sum(seconds[way][size]) < ENOUGH:
                    seconds[way][size].append(_checked(rig, create, size))
    return {way: _completed(by_size, scale.created) for way, by_size in seconds.items()}


def _sizes(scale: Scale, concurrency: int) -> Sequence[int]:
    return scale.serial if concurrency == 1 else scale.created


def in_sync(rig: Rig, scale: Scale) -> dict[int, Kept]:
    """(c) A set that is in sync, by its size."""
    found = {}
    for size in scale.kept:
        rig.sandbox.set_state(mappings=mappings(size))
        task = ours(rig, size)
        plays = []
        while len(plays) < scale.runs and sum(play.whole for play in plays) < ENOUGH:
            rig.sandbox.clear_requests()
            plays.append(rig.play(task, metered=True))
        times = [median(play.durations[0] for play in plays), median(play.whole for play in plays)]
        found[size] = Kept(*times, rig.sandbox.request_count, rig.memory())
    return found


def limited(rig: Rig, _scale: Scale) -> float:
    """(d) Creating mappings under a rate limit: the time between the first and the last request, in times of the least
    that the limit allows."""
    requests, seconds = RATE_LIMIT
    rig.sandbox.set_state(mappings=[])
    rig.sandbox.clear_requests()
    rig.sandbox.settings.update(rate_limit=RATE_LIMIT)
    try:
        rig.play(ours(rig, LIMITED, concurrency=CONCURRENCIES[-1]))
    finally:
        rig.sandbox.settings.update(rate_limit=None)
    _expect(rig, LIMITED)
    executed = [request for request in rig.sandbox.requests if request.status != 429]
    waits = (len(executed) - 1) // requests
    return (rig.sandbox.requests[-1].time - rig.sandbox.requests[0].time) / (waits * seconds)


def purges(rig: Rig, scale: Scale) -> dict[int, dict[int, Purged]]:
    """(e) Purging half of the mappings, by their number and by concurrency."""
    return {size: {each: _purge(rig, scale, size, each) for each in CONCURRENCIES} for size in scale.purged}


def accounts(rig: Rig, scale: Scale) -> dict[str, KeptAccount]:
    """(f) A service account that is in sync, by how its roles are written."""
    [role] = [role for role in rig.sandbox.state()["roles"] if role["name"] == ROLE]
    found = {}
    for way, name in (("UUID", role["id"]), ("name", ROLE)):
        task = {f"{COLLECTION}.service_account": {"email": SERVICE_ACCOUNT, "roles": [name]}}
        rig.play(task)
        times: list[float] = []
        for _run in range(scale.runs):
            rig.sandbox.clear_requests()
            times.extend(rig.play(*[task] * TURNS).durations[1:])
        if any(request.method != "GET" for request in rig.sandbox.requests):
            raise SystemExit("The service account was not in sync.")
        found[way] = KeptAccount(median(times), rig.sandbox.request_count // TURNS)
    return found


def _purge(rig: Rig, scale: Scale, size: int, concurrency: int) -> Purged:
    task = ours(rig, size // 2, purge=True, concurrency=concurrency)
    times: list[float] = []
    while len(times) < scale.runs and sum(times) < ENOUGH:
        rig.sandbox.set_state(mappings=mappings(size))
        rig.sandbox.clear_requests()
        times.extend(rig.play(task, metered=True).durations)
        _expect(rig, size // 2)
    return Purged(median(times), rig.sandbox.request_count, rig.memory())


def _checked(rig: Rig, create: Callable[[Rig, int], float], size: int) -> float:
    """The seconds that it took to create so many mappings, which are all there then."""
    rig.sandbox.set_state(mappings=[])
    seconds = create(rig, size)
    _expect(rig, size)
    return seconds


def _expect(rig: Rig, size: int) -> None:
    there = len(rig.sandbox.mappings())
    if there != size:
        raise SystemExit(f"There should be {size} mappings, but there are {there}.")


def _completed(seconds: dict[int, list[float]], sizes: Sequence[int]) -> dict[int, Time]:
    """The medians, and for the sizes beyond the largest two, what a straight line through these tells."""
    known = {size: median(times) for size, times in seconds.items()}
    *others, last = known
    before = others[-1] if others else 0
    slope = (known[last] - known.get(before, 0.0)) / (last - before)
    return {
        size: Time(known[size]) if size in known else Time(known[last] + slope * (size - last), True) for size in sizes
    }


def _ours_at(concurrency: int) -> Callable[[Rig, int], float]:
    return lambda rig, size: rig.play(ours(rig, size, concurrency=concurrency)).durations[0]


def _loop(rig: Rig, size: int) -> float:
    arguments = {"arn_pattern": "{{ item.arn_pattern }}", "account_identifier": "{{ item.account_identifier }}"}
    return rig.play({f"{COLLECTION}.persona_mapping": arguments, "loop": from_file(rig, size)}).durations[0]


def _loop_of_uri(rig: Rig, size: int) -> float:
    body = {"data": {"type": "aws_cloud_auth_config", "attributes": "{{ item }}"}}
    task = uri(rig, method="POST", body=body, body_format="json", status_code=201)
    return rig.play({**task, "loop": from_file(rig, size)}).durations[0]


def _client(rig: Rig, size: int) -> float:
    return rig.script("datadog_client.py", rig.file(size))[0]


def _limit_at(concurrency: int) -> Callable[[Rig, int], float]:
    return lambda rig, size: float(rig.script("limit.py", rig.file(size), concurrency)[1])
