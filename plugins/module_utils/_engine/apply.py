# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies a plan: carries out its steps in order, several at once, and with a brake. Nothing else starts a write."""

from __future__ import annotations

from collections.abc import Sequence

from .._clock import Clock
from .._errors import CloudAuthError, Interrupted, NoAnswer, NotTried
from .._http import request_errors
from .._resources.kind import AuthMapping
from .._resources.mappings import AuthMappings
from .context import WriteContext
from .creation import create
from .parallel import in_parallel
from .plan import PARTICIPLES, Remove, Replace, SameAccount, Step
from .removal import remove
from .replacement import as_error, replace
from .step_result import StepResult, WriteState
from .write import WriteResult

# Loaded before the first write, so that no import can fail while a mapping has to be put back.
NEEDED_BY_ERRORS = (request_errors,)

# After so many steps in a row without an answer, with a server error or without a login, all retries included, the rest
# is not tried.
MOST_IN_VAIN = 10


class Applier:
    """Carries out steps.

    :param same: whether an account identifier names the account of a mapping.
    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :param concurrency: how many steps are carried out at once.
    """

    def __init__(
        self, mappings: AuthMappings, same: SameAccount, clock: Clock, wait_timeout: float, concurrency: int
    ) -> None:
        self._mappings = mappings
        self._clock = clock
        self._wait_timeout = wait_timeout
        self._concurrency = concurrency
        self._context = WriteContext(mappings, same, clock, wait_timeout)
        self._brake = _Brake()

    def apply(self, steps: Sequence[Step]) -> list[StepResult]:
        """Carry out ``steps``: first those that remove something, then the creations.

        A failure stops other steps only through the brake. Steps that remove something run alone until one of them has
        succeeded, so that a fault that all of them share affects only one.
        """
        removing = [step for step in steps if step.before]
        creating = [step for step in steps if not step.before]
        alone: list[StepResult] = []
        while len(alone) < len(removing) and not any(step_result.error is None for step_result in alone):
            alone.append(self._outcome(removing[len(alone)]))
        together = in_parallel(self._outcome, removing[len(alone) :], self._concurrency)
        return alone + together + in_parallel(self._outcome, creating, self._concurrency)

    def settle(self, step_results: Sequence[StepResult]) -> str:
        """Wait until Datadog lists what was written, which the next task relies on.

        Returns a warning, or an empty string if it does.
        """
        done = [step_result for step_result in step_results if step_result.changed and not step_result.error]
        if not done or not self._wait_timeout:
            return ""
        created = {
            _identity(step_result.mapping) for step_result in done if step_result.step.after and step_result.mapping
        }
        gone = {_identity(step_result.step.before) for step_result in done if step_result.step.before} - created

        def shows_all() -> bool:
            listed = {_identity(mapping) for mapping in self._mappings.list_all()}
            return created <= listed and not gone & listed

        title = self._mappings.kind.title
        written = "The change was" if len(step_results) == 1 else f"{len(done)} of {len(step_results)} changes were"
        try:
            if self._context.until(shows_all, self._wait_timeout):
                return ""
        except CloudAuthError as error:
            return f"{written} made, but could not be seen in Datadog's list of {title}s: {error}"
        return (
            f"{written} made, but Datadog's list of {title}s does not show it after {self._wait_timeout} s "
            "(wait_timeout). A task that reads the list now may still see the old state."
        )

    def _outcome(self, step: Step) -> StepResult:
        try:
            self._clock.check()
            self._brake.check(step)
        except (Interrupted, NotTried) as reason:
            return StepResult(step, error=reason.noted(f"Nothing was done about {step.subject.key}."))
        try:
            step_result = self._carried_out(step)
        except BaseException as error:  # noqa: BLE001 - the outcomes of the other steps must not be lost
            step_result = StepResult(
                step, [WriteState.NOT_KNOWN], error=_told(step, WriteResult(WriteState.NOT_KNOWN, None, error))
            )
        self._brake.note(step_result)
        return step_result

    def _carried_out(self, step: Step) -> StepResult:
        if isinstance(step, Replace):
            return replace(self._context, step)
        written = remove(self._context, step.before) if isinstance(step, Remove) else create(self._context, step.after)
        mapping = step.before if isinstance(step, Remove) and not written.error else written.mapping
        return StepResult(step, [written.state], mapping, _told(step, written))


class _Brake:
    """Stops further steps when the outcomes of others show that they would do harm or fail as well."""

    def __init__(self) -> None:
        self._in_vain = (0, "")  # Together, for other threads may read them at any time.
        self._unfinished = ""

    def check(self, step: Step) -> None:
        """:raises NotTried: ``step`` must not begin."""
        if self._unfinished and step.before:
            raise NotTried(f"Not tried, because {self._unfinished}.")
        count, reason = self._in_vain
        if count >= MOST_IN_VAIN:
            raise NotTried(f"Not tried, because {reason} {count} changes in a row.")

    def note(self, step_result: StepResult) -> None:
        """Record the outcome of a step."""
        if step_result.lost:
            self._unfinished = f"the mapping of {step_result.lost.key} was lost before"
        elif step_result.left_over:
            self._unfinished = f"the old mapping of {step_result.left_over.key} could not be removed before"
        reason = _why_in_vain(step_result.error)
        self._in_vain = (self._in_vain[0] + 1, reason) if reason else (0, "")


def _identity(mapping: AuthMapping) -> tuple[str, str | None]:
    """What identifies a mapping in its current state: an update would keep the ID."""
    return mapping.id, mapping.account_uuid


def _why_in_vain(error: CloudAuthError | None) -> str:
    """Why other steps would fail like one with ``error``, or an empty string if they may not."""
    if error is None:
        return ""
    if error.at_login:
        return "logging in failed for"
    return "Datadog failed to answer" if isinstance(error, NoAnswer) or (error.http_status or 0) >= 500 else ""


def _told(step: Step, written: WriteResult) -> CloudAuthError | None:
    """The error of a creation or a removal, completed by what is known of the write if the error doesn't say it."""
    if written.error is None:
        return None
    error = as_error(written.error)
    if written.state is WriteState.NOT_DONE and isinstance(error, Interrupted):
        return error.noted(f"Nothing was done about {step.subject.key}.")
    if written.state is WriteState.NOT_KNOWN:
        return error.noted(f"It is not known whether the mapping was {PARTICIPLES[type(step)]}.")
    return error
