# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the sandbox treats the creation of a pattern that is mapped, until the sandbox has settings for that."""

from __future__ import annotations

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import FakeClock
from datadog_sandbox import Sandbox
from datadog_sandbox.errors import refuse
from datadog_sandbox.mappings import Mapping, Mappings


class _Mappings(Mappings):
    """A pattern can have two mappings."""

    blind = False

    def __init__(self):
        self.freed = {}
        super().__init__(lambda: FakeClock.time)

    def add(self, mapping):
        self._by_id[mapping.id] = mapping
        self._note_change(True, mapping)

    def remove(self, mapping):
        del self._by_id[mapping.id]
        self.freed[mapping.arn_pattern] = FakeClock.time
        self._note_change(False, mapping)

    def by_pattern(self, pattern):
        if self.blind:
            return None
        return next((mapping for mapping in self if mapping.arn_pattern == pattern), None)

    def _note_change(self, added, mapping):
        from datadog_sandbox.mappings import _Change

        self._note(_Change(added, mapping))


def treat_taken_patterns(sandbox: Sandbox, on_taken: str, conflict_lag: float, conflict_first: bool) -> None:
    """Let ``sandbox`` behave so.

    :param on_taken: ``conflict``: 409. ``both``: one more mapping. ``update``: the mapping gets the new account.
    :param conflict_lag: how long a pattern counts as taken after its mapping was removed, in seconds.
    :param conflict_first: whether a 409 goes before a 400 or a 403.
    """
    organization = sandbox._organization
    plain = organization.create
    mappings = organization.mappings = _Mappings()

    def create(pattern, identifier, held):
        taken = mappings.by_pattern(pattern)
        busy = FakeClock.time < mappings.freed.get(pattern, float("-inf")) + conflict_lag
        if conflict_first and (busy or (taken and on_taken == "conflict")):
            raise refuse(409, f"The ARN pattern {pattern} is already mapped")
        if taken and on_taken != "conflict":
            return besides(taken, pattern, identifier, held)
        if busy:
            mappings.blind = True
            try:
                made = plain(pattern, identifier, held)
            finally:
                mappings.blind = False
            del mappings._by_id[made.id]
            mappings._journal.pop()
            mappings._times.pop()
            raise refuse(409, f"The ARN pattern {pattern} is already mapped")
        return plain(pattern, identifier, held)

    def besides(taken, pattern, identifier, held):
        mappings.blind = True
        try:
            made = plain(pattern, identifier, held)
        finally:
            mappings.blind = False
        if on_taken == "both":
            return made
        mappings.remove(made)
        mappings.remove(taken)
        del mappings.freed[pattern]
        updated = Mapping(taken.id, pattern, made.account_identifier, made.account_uuid)
        mappings.add(updated)
        return updated

    organization.create = create
    sandbox.reset()
