# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be turned while the sandbox runs. Every assignment is checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Union

from .kinds import kind_named
from .storing import FORMS

ERROR_SHAPES = ("objects", "strings")
ON_TAKEN = ("conflict", "both", "update")
PATHS = ("cloud_auth", "wif", "both")
REPLICA_CHOICES = ("turns", "random")
OVERLAPS = ("allowed", "conflict")
GITHUB_PROOFS = ("plain", "custom")
LIST_PAGING = ("links", "total", "both")
CUSTOM_OIDC = ("enabled", "forbidden", "not_found")

# Seconds; or one number for each replica.
Lag = Union[float, "tuple[float, ...]"]


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise ValueError("must be a number of seconds, 0 or more")
    return float(value)


def _lag(value: Any) -> Lag:
    if not isinstance(value, (list, tuple)):
        return _seconds(value)
    if not value:
        raise ValueError("must be seconds, or a list of them with one for each replica")
    return tuple(map(_seconds, value))


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


def _limits(value: Any) -> dict[str, tuple[int, int] | None]:
    if not isinstance(value, dict):
        raise ValueError("must be an object of limits by name")
    return {str(name): _limit(limit) for name, limit in value.items()}


def _moment(value: Any) -> float | None:
    return None if value is None else _seconds(value)


def _url(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value.startswith(("http://", "https://"))):
        raise ValueError("must be null or a URL")
    return value


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("must be one of " + ", ".join(allowed))
        return value

    return check


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    return tuple(value)


def _forms(value: Any) -> tuple[str, ...]:
    check = _one_of(*FORMS)
    return tuple(map(check, _strings(value)))


def _types(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
        raise ValueError("must be an object of JSON types by kind")
    return {kind_named(kind).name: name for kind, name in value.items()}


def _page(value: Any) -> int | None:
    if value is not None and _count(value) == 0:
        raise ValueError("must be null or a whole number, 1 or more")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _optional_flag(value: Any) -> bool | None:
    return None if value is None else _flag(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "latency": _seconds,
    "list_lag": _lag,
    "get_lag": _lag,
    "replica_choice": _one_of(*REPLICA_CHOICES),
    "get_flaps": _count,
    "conflict_lag": _seconds,
    "conflict_check_lag": _lag,
    "conflict_check_misses": _flag,
    "conflict_first": _flag,
    "conflict_names": _flag,
    "overlaps": _one_of(*OVERLAPS),
    "sub_rule": _flag,
    "stored_as": _forms,
    "answer_types": _types,
    "list_page": _page,
    "list_paging": _one_of(*LIST_PAGING),
    "on_taken": _one_of(*ON_TAKEN),
    "rate_limit": _limit,
    "rate_limits": _limits,
    "error_shape": _one_of(*ERROR_SHAPES),
    "partitions": _strings,
    "paths": _one_of(*PATHS),
    "strict_aws_accounts": _flag,
    "par_enrollment_enabled": _optional_flag,
    "login_lag": _seconds,
    "token_lifetime": _seconds,
    "token_expires": _flag,
    "session_token_required": _flag,
    "aws_now": _moment,
    "sts": _url,
    "github_proof": _one_of(*GITHUB_PROOFS),
    "custom_oidc": _one_of(*CUSTOM_OIDC),
}


@dataclass
class Settings:
    """How the sandbox behaves; times in seconds. Raises ValueError for a bad value, TypeError for an unknown name.

    ``latency``: waited before each request is executed. ``list_lag``, ``get_lag``: how far the list, or GET of one
    mapping, is behind the writes; or a list, a number for each replica. ``replica_choice``: which replica answers:
    each in its turn (``turns``) or one at random (``random``). ``get_flaps``: how many 404s follow the first 200 of
    GET, for each mapping.
    ``conflict_lag``: how long the pattern of a deleted mapping still conflicts. ``conflict_check_lag``: how old the
    state is by which the check for conflicts judges, a number or one for each replica; it finds what is there now as
    well, unless ``conflict_check_misses``. ``conflict_first``: whether a conflict is found before anything that is
    wrong with the account. ``conflict_names``: whether a 409 tells what conflicts. ``overlaps``: whether patterns that
    overlap are ``allowed`` or a ``conflict``. ``sub_rule``: whether ``sub`` must begin with ``repo:OWNER/``, the owner
    a literal name. ``stored_as``: what becomes of a matcher: any of ``lower``, ``anchored``, ``bare`` (without anchors)
    and ``sorted``. ``answer_types``: other JSON types in answers, by kind. ``list_page``: how many mappings a page of a
    list has; None: there are no pages. ``list_paging``: whether a page comes with ``links``, the ``total`` or
    ``both``. ``on_taken``: what creating a mapping for a
    pattern does that the same kind of mapping has: ``conflict`` (409), ``both`` (two mappings of one pattern), or
    ``update`` (the same id leads to the new account). ``rate_limit``: (requests, seconds) or None, for each of the
    API's limits; ``rate_limits``: those of other size, by name. ``error_shape``: ``objects`` or ``strings``.
    ``partitions``: of patterns that are accepted. ``paths``: ``cloud_auth``, ``wif`` or ``both``; the other one is a
    404. ``strict_aws_accounts``: an AWS account that is not listed is not integrated. ``par_enrollment_enabled``:
    the attribute of that name in intake mappings from now on; None: they have none.

    Logging in by a cloud identity: ``login_lag``: how far it is behind the writes of mappings. ``token_lifetime`` of
    delegated tokens. ``token_expires``: whether they come with the time of their end. ``session_token_required``:
    whether a proof without one is refused. ``aws_now``: the time by which AWS judges the age of a proof, in seconds
    since 1970; None: the clock's. ``sts``: the URL of an STS that tells who has signed a proof; None: the state does.
    ``github_proof``: whether a token of GitHub counts for GitHub mappings ``plain``, or as a ``custom`` provider's.
    ``custom_oidc``: whether what can only be read is ``enabled`` for the organization, or a 403 (``forbidden``) or 404
    (``not_found``).
    """

    latency: float = 0.0
    list_lag: Lag = 0.0
    get_lag: Lag = 0.0
    replica_choice: str = "turns"
    get_flaps: int = 0
    conflict_lag: float = 0.0
    conflict_check_lag: Lag = 0.0
    conflict_check_misses: bool = False
    conflict_first: bool = False
    conflict_names: bool = True
    overlaps: str = "allowed"
    sub_rule: bool = True
    stored_as: tuple[str, ...] = ()
    answer_types: dict[str, str] = field(default_factory=dict)
    list_page: int | None = None
    list_paging: str = "both"
    on_taken: str = "conflict"
    rate_limit: tuple[int, int] | None = None
    rate_limits: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    error_shape: str = "objects"
    partitions: tuple[str, ...] = ("aws",)
    paths: str = "both"
    strict_aws_accounts: bool = False
    par_enrollment_enabled: bool | None = False
    login_lag: float = 0.0
    token_lifetime: float = 900.0
    token_expires: bool = True
    session_token_required: bool = False
    aws_now: float | None = None
    sts: str | None = None
    github_proof: str = "plain"
    custom_oidc: str = "enabled"

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
