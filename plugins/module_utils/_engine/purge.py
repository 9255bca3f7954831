# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Purging: which of the mappings that are not wanted it takes."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from .._patterns.arn import aws_account_of
from .._resources.persona_mapping import Mapping


class Purge(NamedTuple):
    """Remove what is not wanted: everywhere, or only the patterns in these AWS accounts."""

    aws_accounts: frozenset[str] | None = None

    def takes(self, mapping: Mapping, wanted: Container[str]) -> bool:
        """Whether ``mapping`` is to be removed; ``wanted`` are the patterns that stay."""
        if mapping.arn_pattern in wanted:
            return False
        return self.aws_accounts is None or aws_account_of(mapping.arn_pattern) in self.aws_accounts
