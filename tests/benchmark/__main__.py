# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how fast the modules are, prints the report, and writes it with a plot. See docs/benchmark."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandbox"))

from machine import description
from plot import draw
from report import Results, report
from rig import ROOT, Rig
from scenarios import FULL, QUICK, Scale, accounts, creations, in_sync, limited, purges, single_tasks

from datadog_sandbox import Sandbox

LATENCY = 0.06  # seconds that Datadog takes for a request
LATENCIES = (0.0, LATENCY)
PLOT = "creating.svg"

T = TypeVar("T")


def main() -> None:
    options = _options()
    scale = QUICK if options.quick else FULL
    scale = scale._replace(runs=options.runs or scale.runs)
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        results = _measure(Rig(Path(folder), sandbox), scale)
    options.output.mkdir(parents=True, exist_ok=True)
    draw(results.created[LATENCY], LATENCY, options.output / PLOT)
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()
    text = report(results, scale.runs, LATENCY, description(), day, PLOT)
    (options.output / "README.md").write_text(text, encoding="utf-8")
    print(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little, once: for a first idea")
    parser.add_argument("--runs", type=int, help="how often each is measured; the median counts")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "benchmark", help="folder for report and plot")
    return parser.parse_args()


def _measure(rig: Rig, scale: Scale) -> Results:
    single, created = {}, {}
    for latency in LATENCIES:
        single[latency] = _at(latency, single_tasks, rig, scale)
    for latency in LATENCIES:
        created[latency] = _at(latency, creations, rig, scale)
    kept, purged, times = (_at(LATENCY, scenario, rig, scale) for scenario in (in_sync, purges, limited))
    return Results(single, created, kept, purged, times, _at(LATENCY, accounts, rig, scale))


def _at(latency: float, scenario: Callable[[Rig, Scale], T], rig: Rig, scale: Scale) -> T:
    """What is measured while each request takes so long."""
    print(f"Measuring {scenario.__name__} at {latency * 1000:.0f} ms", file=sys.stderr, flush=True)
    rig.sandbox.settings.update(latency=latency)
    return scenario(rig, scale)


if __name__ == "__main__":
    main()
