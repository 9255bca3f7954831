# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply: the only place that writes. It carries out the steps of a plan, and leaves none half done unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

from .._clock import Clock, pauses
from .._errors import CloudAuthError, Conflict, Interrupted, NoAnswer, NotIntegrated, Refused, RequestFailed
from .._http import failures, retries
from .._module.results import Outcome
from .._patterns.arn import aws_account_of
from .._resources import advice
from .._resources.persona_mapping import Mapping, PersonaMappings
from .._resources.spelling import same_spelling
from .parallel import each
from .plan import Remove, Replace, SameAccount, Step, Wanted

# What a failure needs is loaded before the first write: nothing shall be in the way of putting a mapping back.
NEEDED_BY_FAILURES = (advice, failures, retries)

# How long the list may lag behind a write, in seconds: what Datadog's Terraform provider allows for.
LONGEST_LAG = 30.0
# How long to look for a mapping whose creation was not answered, before it is sent again; in seconds. Sending it again
# is safe then: Datadog refuses a second mapping of a pattern (API reference).
LONGEST_SEARCH = 7.0
# Pauses between questions whether an AWS account is integrated, in seconds.
LONGEST_PAUSE = 5.0
# After so many steps in a row without an answer, retries and all, the rest is not tried.
MOST_UNANSWERED = 10

T = TypeVar("T")


class ReplaceFailed(CloudAuthError):
    """A replacement failed, at or after the removal of the old mapping.

    :ivar lost: the old mapping, if it is gone; None if it is there, or somebody has mapped the pattern meanwhile.
    :ivar changed: whether anything was written.
    """

    def __init__(self, message: str, cause: BaseException, lost: Mapping | None = None, changed: bool = True) -> None:
        known = cause if isinstance(cause, CloudAuthError) else CloudAuthError("")
        super().__init__(message, known.http_status, known.errors)
        self.lost = lost
        self.fate_unknown = changed


class Applier:
    """Carries out steps.

    :param same: whether an account identifier names the account of a mapping.
    :param wait_timeout: how long to wait for Datadog to know an AWS account, or to show a write; in seconds.
    :param concurrency: how many steps are carried out at once.
    """

    def __init__(
        self, mappings: PersonaMappings, same: SameAccount, clock: Clock, wait_timeout: float, concurrency: int
    ) -> None:
        self._mappings = mappings
        self._same = same
        self._clock = clock
        self._wait_timeout = wait_timeout
        self._lag = min(LONGEST_LAG, wait_timeout)
        self._search = min(LONGEST_SEARCH, wait_timeout)
        self._concurrency = concurrency
        self._integration_deadlines: dict[str | None, float] = {}
        self._unanswered = 0

    def apply(self, steps: Sequence[Step]) -> list[Outcome]:
        """Carry out ``steps``: first those that remove something, then the creations. A failure stops no other step."""
        removing = [step for step in steps if step.before]
        creating = [step for step in steps if not step.before]
        return each(self._outcome, removing, self._concurrency) + each(self._outcome, creating, self._concurrency)

    def settle(self, outcomes: Sequence[Outcome]) -> str:
        """Wait until Datadog lists what was written, which the next task relies on.

        Returns a warning, or an empty string if it does.
        """
        done = [outcome for outcome in outcomes if outcome.changed and not outcome.error]
        made = {outcome.mapping.id for outcome in done if outcome.step.after and outcome.mapping}
        gone = {outcome.step.before.id for outcome in done if outcome.step.before}
        if not done or not self._wait_timeout:
            return ""
        try:
            listed = self._until(lambda: self._lists(made, gone), self._wait_timeout)
        except CloudAuthError as error:
            return f"All was written, but it could not be seen in Datadog's list of persona mappings: {error}"
        if listed:
            return ""
        return (
            f"All was written, but Datadog's list of persona mappings does not show it after {self._wait_timeout} s "
            "(wait_timeout). A task that reads the list now may see what was there before."
        )

    def _outcome(self, step: Step) -> Outcome:
        try:
            self._clock.check()
            self._check_answering()
            outcome = self._carry_out(step)
        except CloudAuthError as error:
            if isinstance(error, Interrupted):
                error = _naming(step, error)
            self._unanswered = self._unanswered + 1 if isinstance(error, NoAnswer) else 0
            return Outcome(step, None, error.fate_unknown, error)
        self._unanswered = 0
        return outcome

    def _check_answering(self) -> None:
        if self._unanswered >= MOST_UNANSWERED:
            raise NoAnswer(f"Not tried, since {self._unanswered} changes in a row have got no answer.")

    def _carry_out(self, step: Step) -> Outcome:
        if isinstance(step, Remove):
            return Outcome(step, step.before, self._remove(step.before))
        if isinstance(step, Replace):
            return Outcome(step, *self._replace(step.before, step.after))
        return Outcome(step, *self._create(step.after))

    def _remove(self, mapping: Mapping) -> bool:
        """Remove ``mapping``. Returns whether this did it: False if somebody else had."""
        try:
            return self._mappings.delete(mapping)
        except RequestFailed as problem:
            if problem.fate_unknown and self._sees_gone(mapping):
                return True
            raise

    def _sees_gone(self, mapping: Mapping) -> bool:
        try:
            return self._until(lambda: self._lists(set(), {mapping.id}), self._search)
        except RequestFailed:
            return False  # The error that led here says what matters: it is not known.

    def _replace(self, old: Mapping, want: Wanted) -> tuple[Mapping, bool]:
        """Map the pattern of ``old`` to another account or, failing that, to the old one again.

        :returns: the new mapping, and whether this has written anything (or somebody else did all at the same time).
        :raises ReplaceFailed: the new mapping could not be made; the message says what became of the old one.
        """
        try:
            removed = self._mappings.delete(old)
        except (RequestFailed, Interrupted) as problem:
            if not problem.fate_unknown:
                raise
            return self._put_back(old, want, problem), True
        try:
            self._clock.check()
            mapping, made = self._create(want, old)
        except BaseException as problem:  # Whatever it is: the old mapping is gone, and has to come back.
            if not removed:
                raise
            return self._put_back(old, want, problem), True
        return mapping, removed or made

    def _put_back(self, old: Mapping, want: Wanted, problem: BaseException) -> Mapping:
        """Restore ``old`` after ``problem``. Returns the new mapping if it turns out to have been made after all."""
        said = str(problem) if isinstance(problem, CloudAuthError) else f"Unexpected fault: {problem!r}."
        with self._clock.shielded():
            try:
                there = self._restore(old)
            except CloudAuthError as second:
                raise ReplaceFailed(f"{said} {_how_to_restore(old, str(second))}", problem, lost=old) from problem
        if same_spelling(old.account_identifier, there.account_identifier, there.account_uuid):
            kept = there.id == old.id
            fate = "is still there" if kept else f"had been removed and has been put back, with the id {there.id}"
            raise ReplaceFailed(
                f"{said} The old mapping of {old.arn_pattern} to {old.account_identifier} {fate}.",
                problem,
                changed=not kept,
            )
        try:
            return self._confirmed(want, there, ours=True)
        except CloudAuthError as error:
            error.fate_unknown = True  # The old mapping has been removed in any case.
            raise

    def _restore(self, old: Mapping) -> Mapping:
        """Map the pattern of ``old`` as before. Returns the mapping that the pattern has then, whoever made it."""

        def find() -> Mapping | None:
            return self._look_for(old.arn_pattern, self._search, but=old)

        try:
            return self._mappings.create(old.arn_pattern, old.account_identifier, find)
        except Conflict:
            # The pattern is mapped. If the list never shows a newer mapping, the old one was not removed.
            there = self._look_for(old.arn_pattern, self._lag, but=old) or self._listed(old.arn_pattern)
            if there is None:
                raise
            return there

    def _create(self, want: Wanted, old: Mapping | None = None) -> tuple[Mapping, bool]:
        """Create the mapping, once Datadog knows its AWS account.

        :param old: a mapping of the pattern that was just removed; the list may still show it.
        :returns: the mapping, and whether this made it (or somebody else, at the same time).
        """
        tries = 0
        while True:
            try:
                return self._create_once(want, old)
            except NotIntegrated:
                if not self._wait_for_integration(want.arn_pattern, tries):
                    raise
            tries += 1

    def _create_once(self, want: Wanted, old: Mapping | None) -> tuple[Mapping, bool]:
        def find() -> Mapping | None:
            found = self._look_for(want.arn_pattern, self._search, old)
            return self._confirmed(want, found, ours=True) if found else None

        try:
            return self._mappings.create(want.arn_pattern, want.account_identifier, find), True
        except Conflict as conflict:
            conflict.fate_unknown = conflict.repeated
            found = self._look_for(want.arn_pattern, self._lag, old)
            if found is None:
                raise
            return self._confirmed(want, found, conflict.repeated), conflict.repeated

    def _confirmed(self, want: Wanted, found: Mapping, ours: bool) -> Mapping:
        """``found``, if it is of the wanted account.

        :param ours: whether it may have been made by this task.
        :raises Refused: it is of another account.
        """
        try:
            same = self._same(want.account_identifier, found)
        except CloudAuthError as error:
            error.fate_unknown = ours
            raise
        if not same:
            raise Refused(
                f"Could not create the persona mapping of {want.arn_pattern} to {want.account_identifier}: somebody "
                f"else has mapped the pattern to {found.account_identifier} at the same time. Find out who, and run "
                "the task again."
            )
        return found

    def _wait_for_integration(self, arn_pattern: str, tries: int) -> bool:
        """Let some time pass, if any is left for this AWS account; all of its mappings wait together."""
        now = self._clock.now()
        deadline = self._integration_deadlines.setdefault(aws_account_of(arn_pattern), now + self._wait_timeout)
        if now >= deadline:
            return False
        self._clock.sleep(min(2.0**tries, LONGEST_PAUSE, deadline - now))
        return True

    def _look_for(self, arn_pattern: str, seconds: float, but: Mapping | None = None) -> Mapping | None:
        """The mapping of the pattern, as soon as it is listed within ``seconds``; ``but`` is not the one looked for."""
        return self._until(lambda: self._listed(arn_pattern, but), seconds)

    def _listed(self, arn_pattern: str, but: Mapping | None = None) -> Mapping | None:
        for mapping in self._mappings.list():
            if mapping.arn_pattern == arn_pattern and not (but and mapping.id == but.id):
                return mapping
        return None

    def _lists(self, made: set[str], gone: set[str]) -> bool:
        ids = {mapping.id for mapping in self._mappings.list()}
        return made <= ids and not gone & ids

    def _until(self, look: Callable[[], T], seconds: float) -> T:
        """What ``look`` returns as soon as it is true, or after ``seconds``."""
        found = look()
        if not found:
            for _slept in pauses(self._clock, seconds):
                found = look()
                if found:
                    break
        return found


def _naming(step: Step, stop: Interrupted) -> Interrupted:
    """``stop``, saying which mapping it has come over."""
    if step.subject.arn_pattern not in str(stop):
        stop.args = (f"{stop} Nothing was done about {step.subject.arn_pattern}.",)
    return stop


def _how_to_restore(old: Mapping, problem: str) -> str:
    return (
        f"The old mapping had been removed, and putting it back failed too: {problem} So AWS callers that match "
        f"{old.arn_pattern} have lost their access to Datadog. To bring the old mapping back, apply arn_pattern: "
        f"{old.arn_pattern} with account_identifier: {old.account_identifier} (the account's UUID is "
        f"{old.account_uuid})."
    )
