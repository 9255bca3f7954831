# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One of Datadog's rate limits: what headers say of it, and how many requests it lets through."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from .._clock import TICK, Clock

# A limit that resets later than this is none that a task can wait for; such a header counts as missing.
LONGEST_PERIOD = 3600.0
# The longest wait between two tries, in seconds. For a limit that resets later, no request waits: it is sent, and
# Datadog says.
LONGEST_WAIT = 300.0
# A reset that is later than this is no credible one, in seconds.
LONGEST_RESET = 86400.0
# Headers tell whole seconds.
ROUNDED = 1.0


def seconds_of(headers: Mapping[str, str], *names: str, most: float = LONGEST_PERIOD) -> float | None:
    """The first of the headers ``names`` that holds a credible number of seconds.

    A date (which ``Retry-After`` may hold), junk, a negative or an absurd number counts as missing.
    """
    for name in names:
        seconds = number(headers.get(name))
        if seconds is not None and seconds <= most:
            return seconds
    return None


def number(text: str | None) -> float | None:
    """``text`` as a number from 0 on, or None."""
    digits = (text or "").strip()
    if not digits.isascii() or not digits.replace(".", "", 1).isdigit() or len(digits) > 12:
        return None
    return float(digits)


class Passage:
    """A request on its way: from when a gate lets it through until its answer has come, or none will.

    :ivar endpoint: what Datadog counts requests by.
    :ivar gate: the gate that let it through.
    :ivar sent_at: when.
    :ivar held_at: the gate that had held a slot back for it.
    """

    def __init__(self, endpoint: str, gate: RateGate, sent_at: float, held_at: RateGate | None) -> None:
        self.endpoint = endpoint
        self.gate = gate
        self.sent_at = sent_at
        self.held_at = held_at


class RateGate:
    """Lets requests through as the limit that Datadog states allows (``X-RateLimit-*``, API reference).

    What is left of the limit is counted down by each request, and further if the headers of an answer say that others
    use it, too. At nothing left, or after a 429, the gate closes until the limit's reset; then it counts anew. Slots
    can be held back for requests to come, over a reset, too.

    It is not made for several threads: :class:`~.limits.Limits` lets one at a time in.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: set[Passage] = set()
        # Requests under way of which it is not known whether what is left has been counted without them.
        self._in_doubt: set[Passage] = set()
        self._sent_uncounted = 0
        self._limit: int | None = None
        self._period = 0.0
        self._left: int | None = None
        self._told = 0
        # When the period ends: the latest time that it can be, and whether an answer has told; then also the earliest.
        self._reset_at = 0.0
        self._reset_is_told = False
        self._reset_from = 0.0
        self._began_at = 0.0
        self._opens_at = 0.0
        self._held = 0
        # Those of them that have been held back since before the period, and since before the one before it.
        self._held_over = 0
        self._held_long = 0
        self._promised: set[Passage] = set()
        self._counted_until = 0.0
        #: Seconds that requests have been held back so far; simultaneous waits count once.
        self.waited = 0.0

    @property
    def is_promised(self) -> bool:
        """Whether slots are held back, or were so for a request that may not have arrived yet."""
        return self._held > 0 or bool(self._promised)

    def pause(self) -> float:
        """Seconds until a request may be sent for which no slot is held back."""
        now = self._renewed()
        held = self._held
        if self._limit and self._held_long >= self._limit:
            held = self._limit - 1  # All would wait for whoever holds the slots, who may wait for one of them.
        pause = self._pause(now, 1, held, self._in_doubt if self.is_promised else set())
        if self.is_promised:
            pause = max(pause, self._unsettled(now))
        return pause if pause <= LONGEST_WAIT else self._opens_at - now

    def pause_of_held(self) -> float:
        """Seconds until a request may be sent for which a slot is held back: none, unless others used it up."""
        now = self._renewed()
        pause = self._pause(now, 1, 0, set())
        return pause if pause <= LONGEST_WAIT else self._opens_at - now

    def pause_before_holding(self, slots: int) -> float:
        """Seconds until ``slots`` more can be held back; infinite if the limit never has as many."""
        now = self._renewed()
        if self._limit is not None and self._limit < slots:
            return float("inf")
        return max(self._unsettled(now), self._pause(now, slots, self._held, self._in_doubt))

    def hold(self, slots: int) -> None:
        """Hold ``slots`` more back, or fewer."""
        self._held += slots
        self._held_over = min(self._held_over, self._held)
        self._held_long = min(self._held_long, self._held)

    def use_held(self, passage: Passage) -> None:
        """A request is sent now for which a slot was held back."""
        self.hold(-1)
        self._promised.add(passage)

    def enter(self, passage: Passage) -> None:
        """Count a request that is sent now."""
        self._under_way.add(passage)
        if self._left is None:
            self._sent_uncounted += 1
        else:
            self._left -= 1

    def doubt(self, passage: Passage) -> None:
        """A request is sent now that passes another gate, for want of knowledge, and may count here."""
        self._in_doubt.add(passage)

    def leave(self, passage: Passage, *, is_elsewhere: bool = False) -> None:
        """A request has ended, without an answer that tells what is left here.

        :param is_elsewhere: whether it turned out to count elsewhere.
        """
        self._under_way.discard(passage)
        self._promised.discard(passage)
        if passage in self._in_doubt:
            self._in_doubt.remove(passage)
            if self._left is not None and not is_elsewhere:
                self._left -= 1

    def update(self, headers: Mapping[str, str], passage: Passage, others: AbstractSet[Passage]) -> None:
        """Learn what the headers of an answer say about this limit.

        :param passage: its request, which has ended.
        :param others: the requests under way that may count here.
        """
        was_in_doubt = passage in self._in_doubt
        left = number(headers.get("X-RateLimit-Remaining"))
        reset = seconds_of(headers, "X-RateLimit-Reset", most=LONGEST_RESET)
        if left is None or reset is None:
            self.leave(passage)
            return
        self.leave(passage, is_elsewhere=True)
        now = self._renewed()
        earliest, latest = passage.sent_at + reset - ROUNDED, now + reset
        if self._reset_is_told and latest + ROUNDED < self._reset_from:
            return  # It is about an earlier period.
        if self._reset_is_told and earliest > self._reset_at:
            self._left, self._reset_is_told = None, False  # A later period has begun than was thought.
            self._sent_uncounted = 0
        if not self._reset_is_told:
            self._reset_at, self._reset_from, self._reset_is_told = latest, earliest, True
        limit = number(headers.get("X-RateLimit-Limit"))
        self._limit = int(limit) if limit else None
        self._period = seconds_of(headers, "X-RateLimit-Period", most=LONGEST_RESET) or reset
        self._count(int(left), others, was_in_doubt=was_in_doubt)

    def _count(self, told: int, others: AbstractSet[Passage], *, was_in_doubt: bool) -> None:
        """Count with what an answer has told to be left."""
        left = self._left
        if left is None:
            # Requests under way may be among those that are not left, or not.
            left = max(told - len(self._under_way), (self._limit or 0) - self._sent_uncounted)
            self._left, self._told, self._in_doubt = left, told, set(others - self._under_way)
        elif was_in_doubt and told <= self._told:
            self._left = left - 1  # It came after the answer that this count began with.
        if told < (self._left or 0):  # Answers overtake each other: within a period what is left only shrinks.
            self._left, self._told, self._in_doubt = told, told, set(others)

    def close(self, seconds: float) -> None:
        """Let nothing through for ``seconds``: a request has been rejected."""
        now = self._clock.now()
        self._opens_at = max(self._opens_at, now + seconds)
        if self._reset_is_told and now + seconds + ROUNDED < self._reset_from:
            return  # That was in an earlier period, and tells nothing of this one.
        if not self._reset_is_told or self._reset_at - now <= LONGEST_WAIT:
            self._reset_at = self._opens_at
        self._left = 0

    def count_wait(self, pause: float) -> None:
        """A request is held back."""
        until = self._clock.now() + pause
        self.waited += max(0.0, until - max(self._counted_until, self._clock.now()))
        self._counted_until = max(self._counted_until, until)

    def _pause(self, now: float, slots: int, held: int, in_doubt: AbstractSet[Passage]) -> float:
        """Seconds until so many slots are free beside those held back, whether or not the requests in doubt count."""
        if self._left is None or self._left - held - len(in_doubt) >= slots:
            return self._opens_at - now
        if self._left - held >= slots:
            return TICK  # Their answers tell.
        return self._reset_at - now

    def _unsettled(self, now: float) -> float:
        """Seconds in which Datadog may still count with the period before: its end was told in whole seconds."""
        return 0.0 if self._left is None or self._reset_is_told else self._began_at + ROUNDED - now

    def _renewed(self) -> float:
        """The time. Begin a new period, if the old one has passed. Its first answer tells when it ends; till then it is
        assumed to last as long as the one before."""
        now = self._clock.now()
        if self._left is not None and now >= self._reset_at:
            self._left = None if self._limit is None else self._limit - len(self._under_way)
            self._told = self._limit or 0
            self._in_doubt -= self._under_way
            self._sent_uncounted = 0
            self._held_over, self._held_long = self._held, self._held_over
            self._began_at = now
            self._reset_at, self._reset_is_told = now + self._period, False
        return now
