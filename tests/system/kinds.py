# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four kinds of mapping as playbooks see them, for tests that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import OMAR
from datadog_sandbox import Sandbox, kinds


@dataclass(frozen=True)
class Kind:
    """A kind of mapping.

    :ivar name: what the sandbox calls it.
    """

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def api(self) -> kinds.Kind:
        """What Datadog's API knows of it."""
        return kinds.KINDS[self.name]

    @property
    def one(self) -> str:
        """The module for one mapping, which is also what results call a mapping."""
        return f"{self.name}_mapping"

    @property
    def many(self) -> str:
        """The module for a set, which is also what the results of ``info`` call the mappings."""
        return f"{self.one}s"

    @property
    def info(self) -> str:
        """The module that reads."""
        return f"{self.one}_info"

    def matcher(self, name: str) -> Any:
        """Who is mapped: the sessions of a role, or the jobs of a repository, of this name."""
        if self.api.matcher == "arn_pattern":
            return f"arn:aws:sts::123456789012:assumed-role/{name}/*"
        return {"sub": f"repo:corp/{name}:ref:refs/heads/main", "repository_owner": "^corp$"}

    def absent(self, name: str) -> dict[str, Any]:
        """The options that name a mapping."""
        return {self.api.matcher: self.matcher(name)}

    def present(self, name: str, account: str = OMAR) -> dict[str, Any]:
        """A mapping as options and the sandbox's state hold it; the account counts only where the kind has one."""
        return {**self.absent(name), **({"account_identifier": account} if self.api.has_account else {})}

    def state(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """The truth, in the order of creation: the mappings without their IDs, as options hold them."""
        ids = ("id", "account_uuid")
        return [
            {name: value for name, value in mapping.items() if name not in ids}
            for mapping in sandbox.mappings(self.name)
        ]


KINDS = tuple(map(Kind, kinds.KINDS))
# Parametrize tests by these.
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
