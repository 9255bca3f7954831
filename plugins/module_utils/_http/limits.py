# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All of Datadog's rate limits: a gate for each, at which its requests wait together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .._clock import Clock
from .rate_gate import LONGEST_WAIT, Passage, RateGate

# How much of a limit's name counts, in characters.
LONGEST_NAME = 100


class NotHeld(Exception):
    """A limit has too little left, and resets too late to be waited for.

    :ivar seconds: until then; infinite if the limit never has enough.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Reservation:
    """What is held back of limits for requests to come, which are sent one after the other.

    :ivar gates: where a slot is held back, for each endpoint.
    """

    def __init__(self, gates: dict[str, RateGate]) -> None:
        self.gates = gates


class Limits:
    """A gate for each of Datadog's limits, which answers name (``X-RateLimit-Name``, API reference).

    Which limit an endpoint falls under is known from its first answer; until then, and where no answer has a name, its
    requests pass one gate that they all share.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._gates: dict[str, RateGate] = {"": RateGate(clock)}
        self._names: dict[str, str] = {}
        self._under_way: set[Passage] = set()
        self._reservations: list[Reservation] = []

    @property
    def waited(self) -> float:
        """Seconds that requests have been held back so far, in all gates."""
        with self._lock:
            return sum(gate.waited for gate in self._gates.values())

    def enter(self, endpoint: str, reservation: Reservation | None = None) -> Passage:
        """Wait until a request to ``endpoint`` may be sent. It has to :meth:`leave`.

        :param reservation: may hold a slot back for it.
        """
        while True:
            with self._lock:
                gate, held_at = self._gate_of(endpoint), reservation.gates.get(endpoint) if reservation else None
                pause = gate.pause_of_held() if held_at else max(each.pause() for each in self._gates_for(endpoint))
                if pause <= 0:
                    return self._let_through(Passage(endpoint, gate, self._clock.now(), held_at), reservation)
                gate.count_wait(pause)
            self._clock.sleep(pause)

    def leave(
        self,
        passage: Passage,
        headers: Mapping[str, str] | None = None,
        reservation: Reservation | None = None,
        *,
        rejected: bool = False,
    ) -> None:
        """A request that was let through has ended.

        :param headers: those of its answer, if there was one.
        :param rejected: whether it was not executed because of a limit. What was held back for it is so again.
        """
        with self._lock:
            self._under_way.remove(passage)
            if headers is not None:
                self._learn_name(passage.endpoint, headers.get("X-RateLimit-Name", "")[:LONGEST_NAME])
            own = self._gate_of(passage.endpoint)
            if headers is not None:
                own.update(headers, passage, self._others_at(own))
            for gate in self._gates.values():
                gate.leave(passage, is_elsewhere=headers is not None and gate is not own)
            if rejected and reservation in self._reservations and reservation and passage.held_at:
                reservation.gates[passage.endpoint] = passage.held_at
                passage.held_at.hold(1)

    def close(self, endpoint: str, seconds: float) -> None:
        """Let nothing through for ``seconds`` of what shares a limit with ``endpoint``: a request has been rejected."""
        with self._lock:
            self._gate_of(endpoint).close(seconds)

    @contextmanager
    def reserve(self, *endpoints: str) -> Iterator[Reservation]:
        """Hold a slot back for a request to each of ``endpoints``, as soon as there is one for all of them.

        Of a limit that is not known, nothing is held back.

        :raises NotHeld: there won't be soon. It has not been waited for.
        """
        reservation = self._held_back(endpoints)
        try:
            yield reservation
        finally:
            with self._lock:
                self._reservations.remove(reservation)
                for gate in reservation.gates.values():
                    gate.hold(-1)

    def _held_back(self, endpoints: tuple[str, ...]) -> Reservation:
        while True:
            with self._lock:
                # An endpoint whose limit is not known may share that of the other one.
                known = [self._gate_of(endpoint) for endpoint in endpoints if endpoint in self._names]
                shared = known[0] if known else self._gates[""]
                gates = {each: self._gate_of(each) if each in self._names else shared for each in endpoints}
                slots = Counter(gates.values())
                pause, gate = max(((gate.pause_before_holding(slots[gate]), gate) for gate in slots), key=_pause_in)
                if pause > LONGEST_WAIT:
                    raise NotHeld(pause)
                if pause <= 0:
                    for each in slots:
                        each.hold(slots[each])
                    self._reservations.append(Reservation(gates))
                    return self._reservations[-1]
                gate.count_wait(pause)
            self._clock.sleep(pause)

    def _gate_of(self, endpoint: str) -> RateGate:
        """The gate of the limit that ``endpoint`` falls under, as far as that is known."""
        return self._gates[self._names.get(endpoint, "")]

    def _gates_for(self, endpoint: str) -> list[RateGate]:
        """The gates that a request has to pass: until its limit is known, all with slots that it might take."""
        gates = [self._gate_of(endpoint)]
        if endpoint not in self._names:
            gates += [gate for gate in self._gates.values() if gate.is_promised and gate not in gates]
        return gates

    def _let_through(self, passage: Passage, reservation: Reservation | None) -> Passage:
        if reservation and passage.held_at:
            del reservation.gates[passage.endpoint]
            passage.held_at.use_held(passage)
        if passage.endpoint not in self._names:
            for gate in self._gates.values():
                if gate is not passage.gate:
                    gate.doubt(passage)
        passage.gate.enter(passage)
        self._under_way.add(passage)
        return passage

    def _learn_name(self, endpoint: str, name: str) -> None:
        """Which limit an endpoint falls under; an answer without a name is about the one that is known."""
        if endpoint in self._names and not name:
            return
        self._names[endpoint] = name
        gate = self._gates.setdefault(name, RateGate(self._clock))
        for reservation in self._reservations:
            if endpoint in reservation.gates:
                reservation.gates[endpoint].hold(-1)
                reservation.gates[endpoint] = gate
                gate.hold(1)

    def _others_at(self, gate: RateGate) -> set[Passage]:
        """The requests under way that count, or may count, at ``gate``."""
        names = self._names
        return {each for each in self._under_way if each.endpoint not in names or self._gate_of(each.endpoint) is gate}


def _pause_in(pair: tuple[float, RateGate]) -> float:
    return pair[0]
