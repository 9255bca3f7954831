# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sends a request: application keys, bearer tokens, and what they are allowed to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from .accounts import Account

FOREVER = float("inf")


class Caller(NamedTuple):
    """The account behind a request, if any is known, and the permissions that its credentials carry."""

    account: Account | None
    permissions: frozenset[str]


NOBODY = Caller(None, frozenset())


@dataclass(frozen=True)
class AppKey:
    """An application key: its permissions, and whose it is (a handle or email; None: the first person's)."""

    permissions: frozenset[str]
    account: str | None = None

    @classmethod
    def parse(cls, spec: Any) -> AppKey:
        """From a list of permissions, or an object with ``permissions`` and ``account``. Raises ValueError."""
        parts = spec if isinstance(spec, dict) else {"permissions": spec}
        _check_names("an application key", parts, {"permissions", "account"})
        return cls(_permissions(parts.get("permissions")), _account(parts) if "account" in parts else None)

    def as_spec(self) -> Any:
        """What ``parse`` takes."""
        held = sorted(self.permissions)
        return held if self.account is None else {"permissions": held, "account": self.account}


@dataclass(frozen=True)
class Token:
    """A bearer token: whose it is, its permissions (None: the account's own), and when it ends on the clock."""

    account: str
    permissions: frozenset[str] | None = None
    ends: float = FOREVER

    @classmethod
    def parse(cls, spec: Any, now: float) -> Token:
        """From an object with ``account``, perhaps ``permissions`` and ``expires`` (in so many seconds)."""
        if not isinstance(spec, dict):
            raise ValueError("a token needs an object with its account")
        _check_names("a token", spec, {"account", "permissions", "expires"})
        expires = spec.get("expires")
        if isinstance(expires, bool) or not isinstance(expires, (int, float, type(None))):
            raise ValueError("expires of a token must be a number of seconds, or null")
        held = None if spec.get("permissions") is None else _permissions(spec["permissions"])
        return cls(_account(spec), held, FOREVER if expires is None else now + expires)

    def as_spec(self, now: float) -> dict[str, Any]:
        """What ``parse`` takes."""
        held = None if self.permissions is None else sorted(self.permissions)
        expires = None if self.ends == FOREVER else self.ends - now
        return {"account": self.account, "permissions": held, "expires": expires}


@dataclass(frozen=True)
class AccessKey:
    """An access key of AWS that the sandbox can verify signatures of, and the ARN of whoever uses it."""

    secret: str
    arn: str
    session_token: str | None = None

    @classmethod
    def parse(cls, spec: Any) -> AccessKey:
        """From an object with ``secret``, ``arn`` and perhaps ``session_token``. Raises ValueError."""
        if not isinstance(spec, dict) or not all(isinstance(spec.get(name), str) for name in ("secret", "arn")):
            raise ValueError("an AWS access key needs secret and arn")
        _check_names("an AWS access key", spec, {"secret", "arn", "session_token"})
        if not isinstance(spec.get("session_token"), (str, type(None))):
            raise ValueError("session_token of an AWS access key must be a string, or null")
        return cls(**spec)

    def as_spec(self) -> dict[str, Any]:
        """What ``parse`` takes."""
        return asdict(self)


def _check_names(what: str, spec: dict[str, Any], known: set[str]) -> None:
    unknown = set(spec) - known
    if unknown:
        raise ValueError(f"{what} has no {', '.join(sorted(unknown))}")


def _account(spec: dict[str, Any]) -> str:
    if not isinstance(spec.get("account"), str):
        raise ValueError("account must be the email or handle of an account")
    return str(spec["account"])


def _permissions(value: Any) -> frozenset[str]:
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(name, str) for name in value):
        raise ValueError("permissions must be a list of names")
    return frozenset(value)
