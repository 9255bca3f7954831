# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd records: what the API shows of something, whatever it is in truth."""

from __future__ import annotations

from typing import Any

# Nothing, or one JSON value.
Shown = tuple[Any, ...]


def shown_of(spec: dict[str, Any]) -> Shown:
    """From a description, which may have any JSON value as ``shown``."""
    return (spec["shown"],) if "shown" in spec else ()


def as_spec(shown: Shown) -> dict[str, Any]:
    """The part of a description that ``shown_of`` takes."""
    return {"shown": shown[0]} if shown else {}
