# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plot: time to create mappings against their number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from scenarios import CLIENT, LIMIT, LOOP, LOOP_OF_URI, OURS, Time

# What is drawn, from the slowest to the fastest.
SHOWN = {
    LOOP: {"color": "tab:gray", "marker": "s"},
    LOOP_OF_URI: {"color": "tab:olive", "marker": "D"},
    CLIENT: {"color": "tab:purple", "marker": "^"},
    OURS.format(1): {"color": "tab:cyan", "marker": "o"},
    OURS.format(8): {"color": "tab:blue", "marker": "o"},
    OURS.format(32): {"color": "navy", "marker": "o"},
    LIMIT.format(32): {"color": "black", "marker": ".", "linestyle": ":"},
}


def draw(creations: Mapping[str, Mapping[int, Time]], latency: float, file: Path) -> None:
    """Write the plot as SVG."""
    mpl.rcParams["svg.hashsalt"] = "benchmark"  # the same data gives the same file
    mpl.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots()
    for way, style in SHOWN.items():
        times = creations[way]
        axes.plot(list(times), [time.seconds for time in times.values()], label=way, **style)
        guessed = {size: time.seconds for size, time in times.items() if time.extrapolated}
        axes.plot(list(guessed), list(guessed.values()), "o", markersize=14, fillstyle="none", color=style["color"])
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="mappings",
        ylabel="seconds",
        title=f"Creating persona mappings, each request taking {latency * 1000:.0f} ms (circled: extrapolated)",
    )
    axes.set_xticks(list(next(iter(creations.values()))))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:g}"))
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
