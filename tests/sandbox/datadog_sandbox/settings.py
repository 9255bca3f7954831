# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be turned while the sandbox runs. Every assignment is checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ERROR_SHAPES = ("objects", "strings")


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise ValueError("must be a number of seconds, 0 or more")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _limit(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2 or min(map(_count, value)) == 0:
        raise ValueError("must be null or [requests, seconds], whole numbers of 1 or more")
    return (value[0], value[1])


def _shape(value: Any) -> str:
    if not isinstance(value, str) or value not in ERROR_SHAPES:
        raise ValueError("must be one of " + ", ".join(ERROR_SHAPES))
    return value


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    return tuple(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "latency": _seconds,
    "list_lag": _seconds,
    "get_lag": _seconds,
    "get_flaps": _count,
    "rate_limit": _limit,
    "error_shape": _shape,
    "partitions": _strings,
    "strict_aws_accounts": _flag,
}


@dataclass
class Settings:
    """How the sandbox behaves; times in seconds. Raises ValueError for a bad value, TypeError for an unknown name.

    ``latency``: waited before each request is executed. ``list_lag``, ``get_lag``: how far the list, or GET of one
    mapping, is behind the writes. ``get_flaps``: how many 404s follow the first 200 of GET, for each mapping.
    ``rate_limit``: (requests, seconds) or None. ``error_shape``: ``objects`` or ``strings``. ``partitions``: of
    patterns that are accepted. ``strict_aws_accounts``: an AWS account that is not listed is not integrated.
    """

    latency: float = 0.0
    list_lag: float = 0.0
    get_lag: float = 0.0
    get_flaps: int = 0
    rate_limit: tuple[int, int] | None = None
    error_shape: str = "objects"
    partitions: tuple[str, ...] = ("aws",)
    strict_aws_accounts: bool = False

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _CHECKS:
            raise TypeError(f"unknown setting: {name}")
        try:
            super().__setattr__(name, _CHECKS[name](value))
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None

    def update(self, **values: Any) -> None:
        """Change several settings, or none if one of them is wrong."""
        checked = Settings()
        for name, value in {**self.as_dict(), **values}.items():
            setattr(checked, name, value)
        vars(self).update(vars(checked))

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, ready for JSON."""
        return dataclasses.asdict(self)
