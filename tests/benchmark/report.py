# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: what was measured as tables in Markdown, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from scenarios import (
    CLIENT,
    ENOUGH,
    LIMIT,
    LIMITED,
    LOOP_OF_URI,
    OURS,
    RATE_LIMIT,
    Kept,
    KeptAccount,
    Purged,
    Task,
    Time,
)

HEAD = """\
<!--
Copyright: (c) 2026, the datadog_community.cloud_auth contributors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Benchmark

How fast the modules are, compared with the alternatives. The sandbox (`tests/sandbox`) stands in for Datadog. Each
request takes 60 ms there, as with Datadog itself, or no time at all. To run the benchmark:

    make benchmark

That takes about 15 minutes on an otherwise idle machine. The report and the plot go to `build/benchmark`. This page was
written by `.venv/benchmark/bin/python tests/benchmark --runs {runs} --output docs/benchmark`; with
`--quick`, less is measured.
"""

CREATING = """\
In brackets: how many times as long as `persona_mappings` with 32 at once. For tasks it is the time of the task, for the
script that of its process, and for the limit that of its requests alone. What is marked with ≈ is extrapolated from
smaller numbers on a straight line.

The requests of `persona_mappings` take as long as the bare ones do. The rest is the start of a task, which `bare` shows
below, what Ansible does with so many options and results, and a list before and one after.
"""

SINGLE = """\
"First" is the first task of its kind in a playbook, for which Ansible packs the module and all that it may import;
"later" is a further one, for which it takes the package as it is. On the host every file that is imported is compiled,
each time, so `persona_mapping` imports what explains, guards and writes only where it has to.
`bare` is a throwaway module that only imports requests and reads the list. In brackets: how many times as long as
`uri`.
"""

KEPT = """\
"Whole" is the time of the whole ansible-playbook command, "memory" the peak memory of the module's process. \
The list names the account by its handle; an email that is not the handle costs a request more for each account.
"""


class Results(NamedTuple):
    """All that was measured; single tasks and creations by latency in seconds."""

    single: Mapping[float, Mapping[str, Task]]
    created: Mapping[float, Mapping[str, Mapping[int, Time]]]
    kept: Mapping[int, Kept]
    purged: Mapping[int, Mapping[int, Purged]]
    limited: float
    accounts: Mapping[str, KeptAccount]


class Target(NamedTuple):
    """A target, what was measured, and whether that meets it.

    :ivar why: what to know where it is not met.
    """

    text: str
    measured: str
    met: bool
    why: str = ""


def report(results: Results, runs: int, latency: float, machine: str, day: str, plot: str) -> str:
    """The whole page. ``latency`` is the one that is like Datadog's."""
    aims = targets(results, latency)
    sections = [
        HEAD.format(runs=runs),
        f"Run on {day}: {machine}. Times are in seconds, {_accuracy(runs)}.\n",
        "## Targets\n",
        _table(
            ("target", "measured", "met"),
            ((target.text, target.measured, "yes" if target.met else "**no**") for target in aims),
        ),
        *(f"{target.why}\n" for target in aims if target.why and not target.met),
        "## Creating many\n",
        f"![Time to create mappings against their number]({plot})\n",
        CREATING,
    ]
    for each, ways in results.created.items():
        sections += [f"### {_each_request(each)}\n", _creations(ways)]
    sections += [
        "## One task that changes nothing\n",
        SINGLE,
        _single(results.single),
        "## A set that is in sync\n",
        f"{_each_request(latency)}. {KEPT}",
        _kept(results.kept),
        "## Purging half\n",
        f"{_each_request(latency)}.\n",
        _purged(results.purged),
        "## A service account that is in sync\n",
        f'{_each_request(latency)}. "Task" is a later one of its kind in a playbook.\n',
        _accounts(results.accounts),
    ]
    return "\n".join(sections)


def targets(results: Results, latency: float) -> list[Target]:
    """What is aimed at, as far as it was measured."""
    created = results.created[latency]
    size = max(created[_fastest()])
    ours = created[_fastest()][size].seconds
    limit = created[LIMIT.format(32)][size].seconds
    bare = results.single[0.0]["bare"].first
    on_the_wire = (ours - bare) / limit
    allowed = 1.25 * size * latency / 32 + bare
    found = [
        Target(
            f"Creating {size:,} with 32 at once: 1.25 x {size:,} x {latency:g} s / 32, and {bare:.2f} s for `bare`",
            f"{ours:.2f} s of {allowed:.2f} s",
            ours <= allowed,
            f"Creating {size:,}: the requests alone take {limit:.2f} s (the limit, "
            f"below) and the start of a task {bare:.2f} s, so that {allowed:.2f} s leave next to nothing for a list "
            f"before and one after, and for what Ansible does with {size:,} options and results.",
        ),
        Target(
            f"Creating {size:,} with 32 at once, without the start of a task (`bare`): 1.4 x the limit",
            f"{on_the_wire:.2f} x",
            on_the_wire <= 1.4,
        ),
        _faster(
            f"Creating {size:,}: 15 x as fast as Datadog's Python client", created[CLIENT][size].seconds / ours, 15
        ),
        _faster(f"Creating {size:,}: 100 x as fast as a loop of `uri`", created[LOOP_OF_URI][size].seconds / ours, 100),
    ]
    ours_alone, uri = (results.single[0.0][name] for name in ("persona_mapping", "ansible.builtin.uri"))
    later, first = ours_alone.later / uri.later, ours_alone.first / uri.first
    found.append(
        Target(
            "A `persona_mapping` that changes nothing: 0.95 x `uri`, once Ansible has packed both",
            f"{later:.2f} x (the first in a playbook: {first:.2f} x)",
            later <= 0.95,
        )
    )
    requests, period = RATE_LIMIT
    found.append(
        Target(
            f"Creating {LIMITED} with 32 at once under a rate limit of {requests} requests in {period} s: 1.15 x what "
            "the limit takes",
            f"{results.limited:.2f} x",
            results.limited <= 1.15,
        )
    )
    if 10_000 in results.kept:
        kept = results.kept[10_000]
        fewest = min(results.kept)
        why = f"10,000 in sync: a playbook for {fewest} takes {results.kept[fewest].whole:.2f} s here."
        found.append(Target("10,000 in sync: a playbook in 4 s", f"{kept.whole:.2f} s", kept.whole < 4, why))
    for count, most in ((10_000, 150), (100_000, 1000)):
        if count in results.kept:
            memory = results.kept[count].memory
            found.append(Target(f"{count:,} in sync: {most:,} MB", f"{memory:.0f} MB", memory < most))
    found.append(
        Target(
            "A set in sync, of any size: one request",
            ", ".join(str(kept.requests) for kept in results.kept.values()),
            all(kept.requests == 1 for kept in results.kept.values()),
        )
    )
    for way, most in (("UUID", 2), ("name", 3)):
        requests = results.accounts[way].requests
        found.append(
            Target(f"A service account in sync, its roles by {way}: {most} requests", str(requests), requests <= most)
        )
    return found


def _faster(text: str, ratio: float, least: float) -> Target:
    return Target(text, f"{ratio:.0f} x", ratio >= least)


def _accuracy(runs: int) -> str:
    if runs == 1:
        return "measured once"
    return f"medians of {runs} runs; what takes more than {ENOUGH:.0f} s was measured once"


def _fastest() -> str:
    return OURS.format(32)


def _each_request(latency: float) -> str:
    return f"Each request takes {latency * 1000:.0f} ms" if latency else "Requests take no time"


def _creations(ways: Mapping[str, Mapping[int, Time]]) -> str:
    best = ways[_fastest()]
    rows = [
        (
            way,
            *(
                f"{'≈ ' * time.extrapolated}{_seconds(time.seconds)} ({_ratio(time, best[size])})"
                for size, time in times.items()
            ),
        )
        for way, times in ways.items()
    ]
    return _table(("", *(f"{size:,} mappings" for size in best)), rows)


def _ratio(time: Time, best: Time) -> str:
    return f"{time.seconds / best.seconds:.3g} x"


def _single(by_latency: Mapping[float, Mapping[str, Task]]) -> str:
    modules = next(iter(by_latency.values()))
    rows = []
    for module in modules:
        cells = []
        for tasks in by_latency.values():
            uri = tasks["ansible.builtin.uri"]
            for seconds, of_uri in zip(tasks[module], uri, strict=True):
                cells.append(f"{seconds:.3f} ({seconds / of_uri:.2f} x)")
        rows.append((f"`{module}`", *cells))
    return _table(("", *(f"{kind}, {each * 1000:.0f} ms" for each in by_latency for kind in Task._fields)), rows)


def _kept(kept: Mapping[int, Kept]) -> str:
    rows = [
        (f"{size:,}", _seconds(it.task), _seconds(it.whole), it.requests, f"{it.memory:.0f} MB")
        for size, it in kept.items()
    ]
    return _table(("mappings", "task", "whole", "requests", "memory"), rows)


def _purged(purged: Mapping[int, Mapping[int, Purged]]) -> str:
    rows = [
        (f"{size // 2:,} of {size:,}", concurrency, _seconds(it.task), it.requests, f"{it.memory:.0f} MB")
        for size, by_concurrency in purged.items()
        for concurrency, it in by_concurrency.items()
    ]
    return _table(("removed", "at once", "task", "requests", "memory"), rows)


def _accounts(accounts: Mapping[str, KeptAccount]) -> str:
    rows = [(f"by {way}", _seconds(it.task), it.requests) for way, it in accounts.items()]
    return _table(("roles", "task", "requests"), rows)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 100 else f"{seconds:.0f}"


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    first, *others = list(head)
    lines = [[first, *others], ["---", *["---:"] * len(others)], *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
