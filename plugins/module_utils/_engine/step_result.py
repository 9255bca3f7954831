# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcomes of the steps of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from .._errors import CloudAuthError
from .._resources.kind import AuthMapping
from .plan import Step


class WriteState(Enum):
    """What is known of a write."""

    DONE = "done"
    NOT_DONE = "not done"
    NOT_KNOWN = "not known"


class StepResult(NamedTuple):
    """The outcome of a step.

    :ivar states: of the writes that the step took; in check mode, of those that it would take.
    :ivar mapping: as it is now, or for a removal as it was; None if that is not known.
    :ivar error: why the step failed, or None.
    :ivar lost: the mapping that a failed replacement removed, or may have removed, and could not put back.
    :ivar left_over: the mapping that a failed replacement could not remove, although the new one is there.
    """

    step: Step
    states: Sequence[WriteState] = ()
    mapping: AuthMapping | None = None
    error: CloudAuthError | None = None
    lost: AuthMapping | None = None
    left_over: AuthMapping | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was, or may have been, written."""
        return any(state is not WriteState.NOT_DONE for state in self.states)
