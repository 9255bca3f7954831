# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Datadog organization: its accounts, keys, AWS accounts and mappings, and the rules that bind them."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from . import samples
from .accounts import Account, Directory, holds
from .errors import not_found, not_integrated, refuse
from .mappings import Mapping, Mappings
from .patterns import aws_account_of, why_refused
from .settings import Settings

SECTIONS = {
    "accounts": list,
    "mappings": list,
    "aws_accounts": dict,
    "intake_patterns": list,
    "api_keys": list,
    "app_keys": dict,
}


class Organization:
    """The state behind the API; pure logic, no HTTP. ``clock`` returns seconds, ``seed`` makes ids repeatable."""

    def __init__(self, settings: Settings, clock: Callable[[], float], seed: int | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._seed = seed
        self.mappings = Mappings(clock)
        self.clear()

    def clear(self) -> None:
        """Back to the samples, without a mapping."""
        self._random = random.Random(self._seed)
        self._gets: Counter[str] = Counter()
        self.accounts = Directory()
        self._integrated_at: dict[str, float] = {}
        self.intake_patterns: set[str] = set()
        self.api_keys: list[str] = []
        self.app_keys: dict[str, frozenset[str]] = {}
        self.load(samples.state())

    # --- what the API does ---

    def create(self, pattern: str, identifier: str, held: frozenset[str]) -> Mapping:
        """Map ``pattern`` to the account, for a caller with the permissions ``held``. Raises Refused."""
        self._check_pattern(pattern)
        account = self._usable_account(identifier)
        if not self._is_integrated(aws_account_of(pattern)):
            raise not_integrated()
        if not holds(held, account.permissions):
            raise refuse(403, "The caller must hold every permission of the account it maps to")
        if self.mappings.by_pattern(pattern):
            raise refuse(409, f"The ARN pattern {pattern} is already mapped")
        if pattern in self.intake_patterns:
            raise refuse(409, f"The ARN pattern {pattern} conflicts with an intake mapping")
        return self._add(pattern, account)

    def read(self, mapping_id: str) -> Mapping:
        """One mapping, as far as lagging and flapping reads know it. Raises Refused."""
        mapping = self.mappings.by_id(mapping_id, self._settings.get_lag)
        if mapping is None:
            raise not_found()
        self._gets[mapping_id] += 1
        if 1 < self._gets[mapping_id] <= 1 + self._settings.get_flaps:
            raise not_found()
        return mapping

    def list_json(self) -> bytes:
        """The list's body, as far as lagging reads know it."""
        return self.mappings.list_json(self._settings.list_lag)

    def delete(self, mapping_id: str) -> None:
        """Remove one mapping. Raises Refused."""
        mapping = self.mappings.by_id(mapping_id)
        if mapping is None:
            raise not_found()
        self.mappings.remove(mapping)

    # --- what other people do: no key, no limit, no rule but one mapping a pattern ---

    def create_by_other(self, pattern: str, identifier: str) -> Mapping:
        """Raises ValueError if there is no such account or the pattern is mapped."""
        account = self._account(identifier)
        if self.mappings.by_pattern(pattern):
            raise ValueError(f"mapped twice: {pattern}")
        return self._add(pattern, account)

    def delete_by_other(self, pattern: str | None = None, mapping_id: str | None = None) -> Mapping:
        """Raises ValueError if there is no such mapping."""
        mapping = self.mappings.by_id(mapping_id) if mapping_id else self.mappings.by_pattern(pattern or "")
        if mapping is None:
            raise ValueError(f"not mapped: {mapping_id or pattern}")
        self.mappings.remove(mapping)
        return mapping

    # --- the whole state ---

    def load(self, sections: dict[str, Any], merge: bool = False) -> None:
        """Replace the given sections, or add to them, known to all reads at once. All or nothing.

        ``accounts``: list of descriptions. ``mappings``: list of ``arn_pattern``, ``account_identifier`` and
        optionally ``id``. ``aws_accounts``: integrated (true), never (false) or in so many seconds, by AWS account
        id. ``intake_patterns``: list. ``api_keys``: list. ``app_keys``: list of permissions by key.
        Raises TypeError, ValueError.
        """
        _check_sections(sections)
        given = _merged(self.dump(), sections) if merge else sections
        now = self._clock()
        accounts = Directory(map(Account.parse, given["accounts"])) if "accounts" in given else self.accounts
        mappings = [self._parse_mapping(spec, accounts) for spec in given.get("mappings", ())]
        integrated_at = {key: _moment(value, now) for key, value in given.get("aws_accounts", {}).items()}
        app_keys = {key: frozenset(held) for key, held in given.get("app_keys", {}).items()}
        if "mappings" in given:
            self.mappings.replace(mappings)
            self._gets.clear()
        self.accounts = accounts
        self._integrated_at = integrated_at if "aws_accounts" in given else self._integrated_at
        self.intake_patterns = set(given.get("intake_patterns", self.intake_patterns))
        self.api_keys = list(given.get("api_keys", self.api_keys))
        self.app_keys = app_keys if "app_keys" in given else self.app_keys

    def dump(self) -> dict[str, Any]:
        """All sections, as ``load`` takes them."""
        now = self._clock()
        return {
            "accounts": [account.as_dict() for account in self.accounts],
            "mappings": [mapping.as_dict() for mapping in self.mappings],
            "aws_accounts": {key: _remaining(moment, now) for key, moment in self._integrated_at.items()},
            "intake_patterns": sorted(self.intake_patterns),
            "api_keys": list(self.api_keys),
            "app_keys": {key: sorted(held) for key, held in self.app_keys.items()},
        }

    # --- parts ---

    def _check_pattern(self, pattern: str) -> None:
        reason = why_refused(pattern, self._settings.partitions)
        if reason:
            raise refuse(400, f"Invalid ARN pattern: {reason}", pointer="/data/attributes/arn_pattern")

    def _usable_account(self, identifier: str) -> Account:
        account = self.accounts.resolve(identifier)
        if account is None or account.disabled:
            reason = "is disabled" if account else "was not found"
            raise refuse(400, f"The account {identifier} {reason}", pointer="/data/attributes/account_identifier")
        return account

    def _account(self, identifier: str) -> Account:
        account = self.accounts.resolve(identifier)
        if account is None:
            raise ValueError(f"no such account: {identifier}")
        return account

    def _is_integrated(self, aws_account: str) -> bool:
        unlisted = float("inf") if self._settings.strict_aws_accounts else float("-inf")
        return self._clock() >= self._integrated_at.get(aws_account, unlisted)

    def _add(self, pattern: str, account: Account) -> Mapping:
        mapping = Mapping(self._new_id(), pattern, account.handle, account.id)
        self.mappings.add(mapping)
        return mapping

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _parse_mapping(self, spec: dict[str, str], accounts: Directory) -> Mapping:
        """A stored mapping keeps its account's handle and UUID even if the account is gone."""
        needed = ("arn_pattern", "account_identifier")
        if not isinstance(spec, dict) or not all(isinstance(spec.get(name), str) for name in needed):
            raise ValueError("a mapping needs arn_pattern and account_identifier")
        mapping_id = spec.get("id") or self._new_id()
        if "account_uuid" in spec:
            return Mapping(mapping_id, spec["arn_pattern"], spec["account_identifier"], spec["account_uuid"])
        account = accounts.resolve(spec["account_identifier"])
        if account is None:
            raise ValueError(f"no such account: {spec['account_identifier']}")
        return Mapping(mapping_id, spec["arn_pattern"], account.handle, account.id)


def _check_sections(sections: dict[str, Any]) -> None:
    if not isinstance(sections, dict):
        raise ValueError("the state must be an object")
    for name, value in sections.items():
        if name not in SECTIONS:
            raise ValueError(f"unknown: {name}")
        if not isinstance(value, SECTIONS[name]):
            raise ValueError(f"{name} must be a {SECTIONS[name].__name__}")


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The sections of ``new``, each with what ``old`` holds besides."""
    merged: dict[str, Any] = {}
    for name, value in new.items():
        if SECTIONS[name] is dict:
            merged[name] = {**old[name], **value}
        else:
            merged[name] = list({_key(name, item): item for item in [*old[name], *value]}.values())
    return merged


def _key(section: str, item: Any) -> Any:
    """What makes an item of a list the same item."""
    if section == "accounts":
        return Account.parse(item).id
    return item.get("arn_pattern") if isinstance(item, dict) else item


def _moment(value: bool | float, now: float) -> float:
    """When an AWS account is integrated, on the clock."""
    if isinstance(value, bool):
        return float("-inf") if value else float("inf")
    if not isinstance(value, (int, float)):
        raise ValueError("aws_accounts: true, false or a number of seconds")
    return now + value


def _remaining(moment: float, now: float) -> bool | float:
    if moment == float("inf"):
        return False
    return True if moment <= now else moment - now
