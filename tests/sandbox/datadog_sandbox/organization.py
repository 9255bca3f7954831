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

from . import claims, patterns, samples
from .accounts import Account, Directory
from .conflicts import Conflicts
from .credentials import AccessKey, AppKey, Caller, Token
from .errors import gateway, not_found, not_integrated, refuse
from .federation import RESOURCES, Entry
from .kinds import KINDS, Kind, Matcher, key_of
from .mappings import Mapping, Mappings
from .replicas import Replicas
from .roles import holds
from .settings import Settings
from .shown import Shown, shown_of
from .state import check_mapping, checked, merged, parsed, remaining
from .storing import stored


class Organization:
    """The state behind the API; pure logic, no HTTP. ``clock`` returns seconds, ``seed`` makes ids repeatable."""

    def __init__(self, settings: Settings, clock: Callable[[], float], seed: int | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Back to the samples, without a mapping."""
        self._random = random.Random(self._seed)
        self._gets: Counter[str] = Counter()
        self._mappings: dict[str, Mappings] = {}
        self._conflicts = Conflicts(self._settings, self._mappings)
        self._replicas = Replicas(self._settings, self._seed)
        self.accounts = Directory()
        self.entries: dict[str, list[Entry]] = {}
        self.org_uuid = ""
        self.api_keys: list[str] = []
        self.app_keys: dict[str, AppKey] = {}
        self.tokens: dict[str, Token] = {}
        self.aws_access_keys: dict[str, AccessKey] = {}
        self.aws_accounts: dict[str, float] = {}  # when each is integrated, on the clock
        self.load(samples.state())

    def mappings(self, kind: Kind) -> Mappings:
        return self._mappings[kind.name]

    # --- what the API does ---

    def lag(self, read: str, kind: Kind, forced: float | None = None) -> float:
        """How old the state is that the next ``list``, ``get`` or ``conflict_check`` sees, unless it is ``forced``."""
        return self._replicas.lag(f"{read} {kind.name}", getattr(self._settings, f"{read}_lag"), forced)

    def create(
        self, kind: Kind, matcher: Matcher, identifier: str | None, held: frozenset[str], lag: float = 0.0
    ) -> Mapping:
        """Map ``matcher``, for a caller with the permissions ``held``. Raises Refused.

        ``lag``: how old the state is by which the check for conflicts judges.
        """
        self._check_matcher(kind, matcher)
        matcher = stored(matcher, self._settings.stored_as)
        if self._settings.conflict_first:
            self._conflicts.check(kind, matcher, lag)
        account = self._usable_account(identifier or "") if kind.has_account else None
        if kind.matcher == "arn_pattern" and not self._is_integrated(patterns.aws_account_of(matcher)):
            raise not_integrated()
        if account and not holds(held, self.accounts.permissions_of(account)):
            raise refuse(403, "The caller must hold every permission of the account it maps to")
        self._conflicts.check(kind, matcher, lag)
        return self._write(kind, matcher, account)

    def read(self, kind: Kind, mapping_id: str, lag: float) -> Mapping:
        """One mapping as it was ``lag`` seconds ago, as far as flapping reads know it. Raises Refused."""
        mapping = self.mappings(kind).by_id(mapping_id, lag)
        if mapping is None:
            raise not_found()
        self._gets[mapping_id] += 1
        if 1 < self._gets[mapping_id] <= 1 + self._settings.get_flaps:
            raise not_found()
        return mapping

    def delete(self, kind: Kind, mapping_id: str) -> None:
        """Remove one mapping. Raises Refused."""
        mapping = self.mappings(kind).by_id(mapping_id)
        if mapping is None:
            raise not_found()
        self.mappings(kind).remove(mapping)

    # --- who may send requests ---

    def caller_with_keys(self, api_key: str, app_key: str) -> Caller:
        """Who uses these keys. Raises Refused."""
        key = self.app_keys.get(app_key)
        if key is None or api_key not in self.api_keys:
            raise gateway(403, "Forbidden")
        return Caller(self._owner(key), key.permissions)

    def caller_with_token(self, token: str) -> Caller:
        """Who uses this token. Raises Refused if it is unknown, revoked or has ended."""
        known = self.tokens.get(token)
        account = self.accounts.resolve(known.account) if known and self._clock() < known.ends else None
        if known is None or account is None or account.disabled:
            raise gateway(401, "Unauthorized")
        held = self.accounts.permissions_of(account) if known.permissions is None else known.permissions
        return Caller(account, held)

    def mapping_of(self, arn: str) -> Mapping | None:
        """The persona mapping by which this caller logs in: of several, the one with the longest pattern."""
        seen = self.mappings(KINDS["persona"]).at(self._settings.login_lag)
        fitting = [mapping for mapping in seen if patterns.matches(str(mapping.matcher), arn)]
        return max(fitting, key=lambda mapping: len(mapping.matcher), default=None)

    def issue_token(self, account: Account, lifetime: float) -> str:
        """A new token, which lets in whoever has it as this account for so many seconds."""
        token = f"delegated_{self._random.getrandbits(160):040x}"
        self.tokens[token] = Token(account.handle, ends=self._clock() + lifetime)
        return token

    def new_id(self) -> str:
        """A UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    # --- what other people do: no key, no limit, no rule but one mapping a matcher ---

    def create_by_other(self, kind: Kind, matcher: Matcher, identifier: str | None) -> Mapping:
        """Raises ValueError if there is no such account or the matcher is mapped."""
        matcher = stored(matcher, self._settings.stored_as)
        account = self._account(identifier) if kind.has_account else None
        if self.mappings(kind).by_key(key_of(matcher)) and self._settings.on_taken == "conflict":
            raise ValueError(f"mapped twice: {matcher}")
        return self._write(kind, matcher, account)

    def delete_by_other(self, kind: Kind, matcher: Matcher | None = None, mapping_id: str | None = None) -> Mapping:
        """Raises ValueError if there is no such mapping."""
        mappings = self.mappings(kind)
        mapping = mappings.by_id(mapping_id) if mapping_id else mappings.by_key(key_of(matcher or ""))
        if mapping is None:
            raise ValueError(f"not mapped: {mapping_id or matcher}")
        mappings.remove(mapping)
        return mapping

    # --- the whole state ---

    def load(self, sections: dict[str, Any], merge: bool = False) -> None:
        """Replace the given sections, or add to them, known to all reads at once. All or nothing.

        ``accounts``, ``roles``: lists of descriptions. ``mappings``, ``intake_mappings``, ``github_persona_mappings``,
        ``github_intake_mappings``: lists of ``arn_pattern`` or ``claim_matchers``, ``account_identifier`` (persona
        kinds) and optionally ``id``. ``terraform_persona_mappings``, ``oidc_persona_mappings``, ``oidc_providers``:
        lists of attributes and optionally ``id``. ``aws_accounts``: integrated (true), never (false) or in so many
        seconds, by AWS account id. ``intake_patterns``: list, instead of ``intake_mappings``. ``org_uuid``: of the
        organization.
        ``api_keys``: list. ``app_keys``: by key, a list of permissions, or ``permissions`` and ``account``.
        ``tokens``: by token, its ``account``, perhaps ``permissions`` and ``expires`` (in so many seconds).
        ``aws_access_keys``: by id, ``secret``, ``arn`` and perhaps ``session_token``.
        Raises TypeError, ValueError.
        """
        given = checked(sections)
        if merge:
            given = merged(self.dump(), given)
        accounts = self._parse_accounts(given) if given.keys() & {"accounts", "roles"} else self.accounts
        mappings = {
            name: self._parse_mappings(kind, given[kind.section], accounts)
            for name, kind in KINDS.items()
            if kind.section in given
        }
        entries = {
            name: [Entry.parse(resource, spec, accounts, self.new_id) for spec in given[name]]
            for name, resource in RESOURCES.items()
            if name in given
        }
        others = parsed(given, self._clock())
        if mappings:
            self._gets.clear()
        self._mappings.update(mappings)
        self.entries.update(entries)
        self.accounts = accounts
        for name, value in others.items():
            setattr(self, name, value)

    def dump(self) -> dict[str, Any]:
        """All sections, as ``load`` takes them."""
        now = self._clock()
        return {
            "roles": [role.as_dict() for role in self.accounts.roles],
            "accounts": [account.as_dict() for account in self.accounts],
            **{kind.section: [mapping.as_dict() for mapping in self.mappings(kind)] for kind in KINDS.values()},
            **{name: [entry.as_dict() for entry in entries] for name, entries in self.entries.items()},
            "aws_accounts": {key: remaining(at, now) for key, at in self.aws_accounts.items()},
            "org_uuid": self.org_uuid,
            "api_keys": list(self.api_keys),
            "app_keys": {key: app_key.as_spec() for key, app_key in self.app_keys.items()},
            "tokens": {token: known.as_spec(now) for token, known in self.tokens.items()},
            "aws_access_keys": {key_id: key.as_spec() for key_id, key in self.aws_access_keys.items()},
        }

    # --- parts ---

    def _check_matcher(self, kind: Kind, matcher: Matcher) -> None:
        if isinstance(matcher, str):
            reason = patterns.why_refused(matcher, self._settings.partitions)
            what = "ARN pattern"
        else:
            reason = claims.why_refused(matcher, sub_rule=self._settings.sub_rule)
            what = "claim matchers"
        if reason:
            raise refuse(400, f"Invalid {what}: {reason}", pointer=f"/data/attributes/{kind.matcher}")

    def _usable_account(self, identifier: str) -> Account:
        account = self.accounts.resolve(identifier)
        reason = self._why_unusable(account)
        if account is None or reason:
            raise refuse(400, f"The account {identifier} {reason}", pointer="/data/attributes/account_identifier")
        return account

    def _why_unusable(self, account: Account | None) -> str | None:
        """Why nothing can be mapped to this account."""
        if account is None:
            return "was not found"
        if account.disabled:
            return "is disabled"
        return "has no roles" if account.service_account and not self.accounts.permissions_of(account) else None

    def _account(self, identifier: str | None) -> Account:
        account = self.accounts.resolve(identifier or "")
        if account is None:
            raise ValueError(f"no such account: {identifier}")
        return account

    def _owner(self, key: AppKey) -> Account | None:
        if key.account is not None:
            return self.accounts.resolve(key.account)
        people = (account for account in self.accounts if not account.service_account and not account.disabled)
        return next(people, None)

    def _is_integrated(self, aws_account: str) -> bool:
        unlisted = float("inf") if self._settings.strict_aws_accounts else float("-inf")
        return self._clock() >= self.aws_accounts.get(aws_account, unlisted)

    def _write(self, kind: Kind, matcher: Matcher, account: Account | None) -> Mapping:
        """A new mapping; or, if the settings say so, a new account for the old one."""
        mappings = self.mappings(kind)
        old = mappings.by_key(key_of(matcher)) if self._settings.on_taken == "update" else None
        mapping = self._mapping(kind, old.id if old else self.new_id(), matcher, account)
        if old:
            mappings.remove(old)
        mappings.add(mapping)
        return mapping

    def _mapping(
        self, kind: Kind, mapping_id: str, matcher: Matcher, account: Account | None, shown: Shown = ()
    ) -> Mapping:
        handle, account_id = (account.handle, account.id) if account else ("", "")
        return Mapping(kind, mapping_id, matcher, handle, account_id, self._more(kind), shown)

    def _more(self, kind: Kind) -> dict[str, Any]:
        enrolled = self._settings.par_enrollment_enabled
        return {} if kind.name != "intake" or enrolled is None else {"par_enrollment_enabled": enrolled}

    def _parse_accounts(self, given: dict[str, Any]) -> Directory:
        accounts = given.get("accounts", [account.as_dict() for account in self.accounts])
        return Directory.parse(accounts, given.get("roles", [role.as_dict() for role in self.accounts.roles]))

    def _parse_mappings(self, kind: Kind, specs: list[Any], accounts: Directory) -> Mappings:
        mappings = Mappings(self._clock, [self._parse_mapping(kind, spec, accounts) for spec in specs])
        can_be_twice = self._settings.on_taken == "both" or self._settings.conflict_check_misses
        if not can_be_twice and not mappings.is_unique():
            raise ValueError("a mapping is given twice")
        return mappings

    def _parse_mapping(self, kind: Kind, spec: Any, accounts: Directory) -> Mapping:
        """A stored mapping keeps its account's handle and UUID even if the account is gone."""
        check_mapping(kind, spec)
        mapping_id, matcher, shown = spec.get("id") or self.new_id(), spec[kind.matcher], shown_of(spec)
        if not kind.has_account:
            return self._mapping(kind, mapping_id, matcher, None, shown)
        if "account_uuid" in spec:
            return Mapping(kind, mapping_id, matcher, spec["account_identifier"], spec["account_uuid"], shown=shown)
        account = accounts.resolve(spec["account_identifier"])
        if account is None:
            raise ValueError(f"no such account: {spec['account_identifier']}")
        return self._mapping(kind, mapping_id, matcher, account, shown)
