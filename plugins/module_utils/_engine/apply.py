# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies a plan: carries out its steps in order, several at once, and with a brake; then waits, once, for what is in
doubt and for the list to show what was written. Nothing else starts a write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from contextvars import copy_context
from functools import partial
from typing import Callable

from .._errors import CloudAuthError, Interrupted, NoAnswer, NotTried, as_error
from .._http import request_errors
from .._parallel import in_parallel
from .._patterns.similar import canonical
from .book import LAG, Listing
from .context import NOT_SHOWN, StepContext, Wait, WriteContext
from .plan import Step, first_few
from .spellings import why_not_removed
from .step_result import StepResult
from .steps import work_on

# Loaded before the first write, so that no import can fail while a mapping has to be put back.
NEEDED_BY_ERRORS = (request_errors,)

# After so many steps in a row without an answer, with a server error or without a login, all retries included, the rest
# is not tried.
MOST_IN_VAIN = 10

# The pauses between two looks at the list, in seconds.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0


class Applier:
    """Carries out steps.

    :param concurrency: how many are carried out at once.
    """

    def __init__(self, context: WriteContext, concurrency: int) -> None:
        self._context = context
        self._clock = context.clock
        self._concurrency = concurrency
        self._brake = _Brake()
        self._has_removed = False

    def apply(self, steps: Sequence[Step], taken_last: Iterable[str] = ()) -> list[StepResult]:
        """Carry out ``steps``: first those that remove something, then the creations.

        :param taken_last: the IDs of the mappings that are removed or replaced after all that.

        A failure stops other steps only through the brake. Steps that remove something run alone until one of them has
        succeeded, so that a fault that all of them share affects only one.
        """
        results: dict[Step, StepResult] = {}
        held = list(steps)
        taken_last = _respelled(steps) | frozenset(taken_last)
        while held:
            removing = [step for step in held if step.before and step.before.id not in taken_last]
            creating = [step for step in held if not step.before]
            last = [step for step in held if step.before and step.before.id in taken_last]
            runs = self._alone(removing)
            runs += in_parallel(self._begin, removing[len(runs) :], self._concurrency)
            runs += in_parallel(self._begin, creating, self._concurrency)
            self._wait_for(runs)
            runs += [self._begin_last(step, runs) for step in last]
            self._wait_for(runs)
            self._brake.release()
            results.update({run.step: run.result for run in runs if not run.is_held})
            held = [run.step for run in runs if run.is_held]
        return [results[step] for step in steps]

    def warning(self, results: Sequence[StepResult]) -> str:
        """What to say if the list has not shown what was written, or an empty string."""
        unseen = [result for result in results if result.unseen]
        if not unseen:
            return ""
        kind, seconds = self._context.kind, min(self._context.wait_timeout, LAG)
        done = sum(result.changed and not result.error for result in results)
        written = "The change was" if len(results) == 1 else f"{done} of {len(results)} changes were"
        if unseen[0].unseen != NOT_SHOWN:
            return f"{written} made, but could not be seen in Datadog's list of {kind.title}s: {unseen[0].unseen}"
        keys = first_few([str(result.step.subject.key) for result in unseen])
        return (
            f"{written} made, but Datadog's list of {kind.title}s does not show all of it after {seconds:g} s: {keys}. "
            "The list may be older than usual, so that the next task still sees the old state; or somebody else has "
            "changed this since."
        )

    def _alone(self, removing: Sequence[Step]) -> list[_Run]:
        """The first of those that remove something, one after the other, until one has succeeded."""
        runs: list[_Run] = []
        while not self._has_removed and len(runs) < len(removing):
            runs.append(self._begin(removing[len(runs)]))
            self._has_removed = runs[-1].has_succeeded and not runs[-1].is_held
        return runs

    def _begin_last(self, step: Step, runs: Sequence[_Run]) -> _Run:
        reason = why_not_removed(step, [run.step for run in runs if run.error])
        if not reason:
            return self._begin(step)
        run = _Run(StepContext(self._context), step)
        run.result = StepResult(step, error=reason)
        return run

    def _begin(self, step: Step) -> _Run:
        run = _Run(StepContext(self._context), step)
        try:
            self._clock.check()
            run.is_held = self._brake.holds(step)
        except (Interrupted, NotTried) as error:
            run.result = StepResult(step, error=error.noted(f"Nothing was done about {step.subject.key}."))
            return run
        if not run.is_held:
            run.go_on()
            self._brake.note(run)
        return run

    def _wait_for(self, runs: Sequence[_Run]) -> None:
        """Give each list that is read to all steps that wait for one, until none does."""
        pause, is_interrupted = 0.0, False
        while waiting := [(run, run.wait) for run in runs if run.wait]:
            latest = max(wait.until for _run, wait in waiting)
            try:
                with self._clock.shielded() if is_interrupted else nullcontext():
                    self._clock.sleep(min(pause, max(0.0, latest - self._clock.now())))
                    go_on = partial(_Run.go_on, listing=self._context.book.look())
            except Interrupted as error:
                is_interrupted = True
                for run, _wait in waiting:
                    run.stop(str(error))
                continue
            in_parallel(go_on, [run for run, _wait in waiting], self._concurrency)
            for run, _wait in waiting:
                if not run.wait:
                    self._brake.note(run)
            pause = min(2 * pause or FIRST_PAUSE, LONGEST_PAUSE)


class _Run:
    """A step under way: it runs until it has ended, or waits for a list.

    :ivar is_held: whether it has not begun, because too many others are in doubt.
    :ivar wait: what it waits for; None if it doesn't.
    :ivar result: its result, once it has ended.
    """

    def __init__(self, context: StepContext, step: Step) -> None:
        self.step = step
        self.is_held = False
        self.wait: Wait | None = None
        self.result = StepResult(step)
        self._context = context
        self._work = work_on(context, step)
        # What is shielded from signals is so in the step, whichever thread goes on with it.
        self._variables = copy_context()

    @property
    def error(self) -> CloudAuthError | None:
        """Why it has failed or is in doubt, or None."""
        return self.wait.error if self.wait else self.result.error

    @property
    def has_succeeded(self) -> bool:
        """Whether it has done what it is to do, be it shown by the list or not."""
        return self.error is None

    def go_on(self, listing: Listing | None = None) -> None:
        """Work on it: from the beginning, or with the list that it has waited for."""
        self._do(lambda: next(self._work) if listing is None else self._work.send(listing))

    def stop(self, reason: str) -> None:
        """End its wait by an error, unless it must not be ended so."""
        if self.wait and not self.wait.must_end:
            self._do(lambda: self._work.throw(Interrupted(reason)))

    def _do(self, work: Callable[[], Wait]) -> None:
        self.wait = None
        try:
            self.wait = self._variables.run(work)
        except StopIteration as end:
            self.result = end.value
        except BaseException as error:  # noqa: BLE001 - what is known of the writes must not be lost, nor other steps
            self.result = StepResult(self.step, self._context.states, error=as_error(error))


class _Brake:
    """Stops further steps when the results of others show that they would do harm or fail as well.

    Steps that are in doubt have not failed yet: as many of them hold the others only until the doubt is resolved.
    """

    def __init__(self) -> None:
        self._in_vain = (0, "")  # Together, for other threads may read them at any time.
        self._in_doubt = 0
        self._is_loss = False
        self._unfinished = ""

    def holds(self, step: Step) -> bool:
        """Whether ``step`` must not begin now.

        :raises NotTried: it must not begin at all.
        """
        if self._unfinished and step.before:
            raise NotTried(f"Not tried, because {self._unfinished}.")
        count, reason = self._in_vain
        if count >= MOST_IN_VAIN:
            raise NotTried(f"Not tried, because {reason} {count} changes in a row.")
        return self._in_doubt >= MOST_IN_VAIN or (self._is_loss and step.before is not None)

    def release(self) -> None:
        """All doubts are resolved."""
        self._in_doubt, self._is_loss = 0, False

    def note(self, run: _Run) -> None:
        """Record what has become of a step."""
        if run.result.lost:
            self._unfinished = f"the mapping of {run.result.lost.key} was lost before"
        elif run.result.left_over:
            self._unfinished = f"the old mapping of {run.result.left_over.key} could not be removed before"
        reason = _why_in_vain(run.error)
        if run.wait:
            self._is_loss |= run.wait.is_loss
            self._in_doubt = self._in_doubt + 1 if reason else 0
            return
        self._in_doubt = 0
        self._in_vain = (self._in_vain[0] + 1, reason) if reason else (0, "")


def _why_in_vain(error: CloudAuthError | None) -> str:
    """Why other steps would fail like one with ``error``, or an empty string if they may not."""
    if error is None:
        return ""
    if error.at_login:
        return "logging in failed for"
    return "Datadog failed to answer" if isinstance(error, NoAnswer) or (error.http_status or 0) >= 500 else ""


def _respelled(steps: Sequence[Step]) -> frozenset[str]:
    """The IDs of what is removed although a new key differs from it only in its spelling: Datadog may take both for the
    same, which the creation finds out."""
    missing = {canonical(step.after.key) for step in steps if not step.before and step.after}
    return frozenset(step.before.id for step in steps if step.before and canonical(step.before.key) in missing)
