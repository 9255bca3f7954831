# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of writes, and of the steps of a plan that take them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, cast

from .._errors import CloudAuthError
from .._resources.kind import AuthMapping
from .plan import Step


class WriteState(Enum):
    """What is known of a write."""

    DONE = "done"
    NOT_DONE = "not done"
    NOT_KNOWN = "not known"


class WriteResult(NamedTuple):
    """The end of a write.

    :ivar state: of what this task has sent.
    :ivar mapping: of a creation, the mapping that is there now, whoever created it; None if it failed.
    :ivar error: why what was wanted is not so, or None if it is.
    """

    state: WriteState
    mapping: AuthMapping | None = None
    error: CloudAuthError | None = None

    @property
    def reason(self) -> CloudAuthError:
        """The error of a write that has one."""
        return cast("CloudAuthError", self.error)


class StepResult(NamedTuple):
    """The result of a step.

    :ivar states: of the writes that the step took; in check mode, of those that it would take.
    :ivar mapping: as it is now, or for a removal as it was; None if that is not known.
    :ivar error: why the step failed, or None.
    :ivar lost: the mapping that a failed replacement removed, or may have removed, and could not put back.
    :ivar left_over: the mapping that a failed replacement could not remove, although the new one is there.
    :ivar warnings: sentences for the user, whether or not the step failed.
    :ivar unseen: why the list has not shown what was written: a clause, or an empty string if it has.
    """

    step: Step
    states: Sequence[WriteState] = ()
    mapping: AuthMapping | None = None
    error: CloudAuthError | None = None
    lost: AuthMapping | None = None
    left_over: AuthMapping | None = None
    warnings: Sequence[str] = ()
    unseen: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything was, or may have been, written."""
        return any(state is not WriteState.NOT_DONE for state in self.states)
