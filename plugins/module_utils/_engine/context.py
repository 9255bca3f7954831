# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all writes of a task share: the mappings, the time, and how long Datadog may lag behind."""

from __future__ import annotations

from typing import Callable

from .._clock import Clock, poll_intervals
from .._resources.mappings import AuthMappings
from .plan import SameAccount, Wanted

# How long reads may lag behind a write, in seconds: what Datadog's Terraform provider allows for.
LONGEST_LAG = 30.0
# How long to look for what a write that was not answered has done, in seconds.
LONGEST_SEARCH = 7.0
# The longest pause between two questions whether an AWS account is integrated, in seconds.
LONGEST_PAUSE = 5.0


class WriteContext:
    """What single writes need. Any number of threads may share it.

    :param same: whether an account identifier names the account of a mapping.
    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    """

    def __init__(self, mappings: AuthMappings, same: SameAccount, clock: Clock, wait_timeout: float) -> None:
        self.mappings = mappings
        self.kind = mappings.kind
        self.same = same
        self.clock = clock
        self.wait_timeout = wait_timeout
        self.lag = min(LONGEST_LAG, wait_timeout)
        self.search = min(LONGEST_SEARCH, wait_timeout)
        self._integration_deadlines: dict[str | None, float] = {}

    def until(self, look: Callable[[], bool], seconds: float) -> bool:
        """Whether ``look`` says yes now, or within ``seconds``."""
        return look() or any(look() for _slept in poll_intervals(self.clock, seconds))

    def wait_for_integration(self, want: Wanted, tries: int) -> bool:
        """Let some time pass, if any is left for this AWS account; all of its mappings wait together."""
        now = self.clock.now()
        account = self.kind.matcher.aws_account(want.key)
        deadline = self._integration_deadlines.setdefault(account, now + self.wait_timeout)
        if now >= deadline:
            return False
        self.clock.sleep(min(2.0 ** min(tries, 10), LONGEST_PAUSE, deadline - now))
        return True
