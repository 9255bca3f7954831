# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates one mapping, until it is proved whether it is there.

Datadog's API has no update and no idempotency keys. Sending a creation again is safe once it is proved that it was not
executed; while a mapping of the key is there, Datadog refuses a second one (API reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._clock import poll_intervals
from .._errors import CloudAuthError, Conflict, NotFound, NotIntegrated, Refused, RequestFailed, as_error
from .._http.limits import Reservation
from .._resources.identifiers import names_account
from .._resources.kind import AuthMapping
from .book import LAG, Listing
from .confirmation import beside
from .context import StepContext, Wait, Work
from .creation_policy import CreationPolicy, KeyTaken, OnConflict
from .plan import Wanted
from .removal import remove_at_once, told
from .spellings import doubled_by, respelling_in, taken_for
from .step_result import WriteResult, WriteState


def create(
    step: StepContext,
    want: Wanted,
    policy: CreationPolicy,
    old: AuthMapping | None = None,
    reservation: Reservation | None = None,
) -> Work[WriteResult]:
    """Create the mapping that ``want`` describes.

    :param old: the mapping that the key has or had.
    :param reservation: holds back what the first try needs of a rate limit.
    """
    return (yield from _Creation(step, want, policy, old).run(reservation))


class _Creation:
    """The creation of one mapping."""

    def __init__(self, step: StepContext, want: Wanted, policy: CreationPolicy, old: AuthMapping | None) -> None:
        self._step = step
        self._task = step.task
        self._book = step.task.book
        self._want = want
        self._policy = policy
        self._old = old
        self._write = step.creation(want, policy.seconds)
        self._deadline: float | None = None
        self._integration_tries = 0
        self._conflict_since = 0.0
        self._conflict_pauses: Iterator[float] | None = None

    def run(self, reservation: Reservation | None) -> Work[WriteResult]:
        """Carry it out, and return what is known of it. Whatever is raised is part of that."""
        try:
            mapping = yield from self._create(reservation)
        except BaseException as error:  # noqa: BLE001 - what is known of the write must not be lost with any error
            return WriteResult(self._write.state, error=as_error(error))
        return WriteResult(self._write.state, mapping)

    def _create(self, reservation: Reservation | None) -> Work[AuthMapping]:
        while True:
            try:
                created = self._write.send(reservation)
            except RequestFailed as error:
                found = yield from self._after(error)
            else:
                found = created and (yield from self._checked(created))
            if found:
                return found

    # ---- an answer

    def _checked(self, created: AuthMapping) -> Work[AuthMapping]:
        """``created``, if it leads to the wanted account; otherwise it is removed again.

        :raises Refused: it leads elsewhere.
        """
        is_old = self._old is not None and created.id == self._old.id
        if is_old and self._policy.on_conflict is OnConflict.RETURN:
            return created  # An update in place, or nothing at all: the caller judges it.
        if created.id in self._task.known and not is_old:
            self._write.note_unchanged()
            return self._confirmed([created])  # It is not new, so it must not be removed again.
        doubled = (
            (yield from doubled_by(self._step, self._want.key, created)) if created.key != self._want.key else None
        )
        if doubled:
            return self._confirmed([doubled])
        if self._is_wanted(created) is not False:
            return created
        with self._step.shielded():  # Who must not have this access must not keep it.
            removal = remove_at_once(self._step, created)
        raise Refused(
            f"Could not create the {self._task.kind.title} of {self._want.key} to {self._want.account_identifier}: "
            f"Datadog mapped it to another account, {created.account_identifier} (its UUID is {created.account_uuid}). "
            f"{told(removal, created)} Write the account's handle."
        )

    def _is_wanted(self, found: AuthMapping) -> bool | None:
        """Whether ``found`` leads to the wanted account; None if that can't be told."""
        identifier = self._want.account_identifier
        if not identifier:
            return True
        if self._policy.puts_back and self._old and self._old.account_uuid:
            return names_account(self._old.account_uuid, found)
        return self._task.accounts.is_account_of(identifier, found)

    # ---- an error

    def _after(self, error: RequestFailed) -> Work[AuthMapping | None]:
        """The mapping, if it is there despite ``error``; None once the request may be sent again."""
        if isinstance(error, Conflict):
            return (yield from self._after_conflict(error))
        if error.may_be_executed and self._policy.on_conflict is not OnConflict.INSIST:
            return (yield from self._after_doubt(error))
        if isinstance(error, NotIntegrated) and self._policy.waits_for_integration:
            self._integration_tries += 1
            if not self._task.wait_for_integration(self._integration_tries - 1):
                raise error
        elif not (isinstance(error, NotFound) and self._write.follow_move()):
            # A mapping could not have been there if Datadog had never known its AWS account.
            error.may_pass |= self._policy.puts_back and isinstance(error, NotIntegrated)
            self._write.prepare_retry(error)
        return None

    def _after_doubt(self, error: RequestFailed) -> Work[AuthMapping | None]:
        """The request may have been executed: a list that is proof decides."""
        if self._policy.on_conflict is OnConflict.RETURN:
            try:  # While the old mapping is there, Datadog refuses a second one, so this needs no proof.
                self._write.prepare_retry(error)
            except RequestFailed:
                pass  # Sent often enough.
            else:
                return None
        listing = yield from self._proved(error)
        shown = self._shown(listing)
        if shown:
            return self._confirmed(shown)
        self._write.settle(is_executed=False)
        like = respelling_in(listing, self._want.key)
        if like and like.id not in self._task.known:
            self._write.note_in_doubt()
        self._write.prepare_retry(error)
        return None

    # ---- a conflict

    def _after_conflict(self, error: Conflict) -> Work[AuthMapping | None]:
        self._conflict_since = self._conflict_since or self._write.sent_at
        if self._policy.on_conflict is OnConflict.RETURN:
            raise error
        if self._policy.on_conflict is OnConflict.INSIST:
            return (yield from self._insist(error))
        holder = self._task.held_by_sibling(self._want.key)
        if holder:
            raise error.noted(holder)
        return (yield from self._find_holder(error))

    def _find_holder(self, error: Conflict) -> Work[AuthMapping | None]:
        """Who has the key? The check for conflicts may lag as well, so None: send the request again."""
        key = self._want.key
        is_held = self._book.conflict_proves(key, self._write.sent_at)
        while True:
            now = self._book.now()
            until = now if is_held else self._until(self._book.shows_from(key))
            listing = yield Wait(until, error)
            shown, now = self._shown(listing), self._book.now()
            if shown and self._book.proves(listing, key, shown):
                return self._confirmed(shown)
            if is_held:
                return (yield from self._held_otherwise(listing, error))
            if self._deadline is not None and now >= self._deadline:
                held = f"{self._task.kind.name_of(shown[0])}, with the ID {shown[0].id}" if shown else ""
                raise error.noted(held and f"Somebody else may have created {held}.")
            if not shown or now >= until:
                return None

    def _held_otherwise(self, listing: Listing, error: Conflict) -> Work[AuthMapping]:
        """The mapping that has the key in another spelling.

        :raises Conflict: ``error``: there is none, or it leads elsewhere.
        """
        like = respelling_in(listing, self._want.key)
        if not like:
            raise error.noted(self._not_listed(listing))
        proof_from = self._conflict_since + LAG
        yield from taken_for(self._step, self._want.key, like, proof_from, self._until(proof_from), error)
        return self._confirmed([like])

    def _insist(self, error: Conflict) -> Work[AuthMapping | None]:
        """Nobody may be mapped: the request goes first, and lists only judge the conflict."""
        key = self._want.key
        listing = self._book.look(self._task.mappings.client.retry_policy(0.0))  # No list may hold the request back.
        shown = self._shown(listing)
        if self._write.state is WriteState.NOT_KNOWN and any(self._is_wanted(mapping) for mapping in shown):
            # An earlier try seems to have been executed. Nobody is waiting, so the proof can.
            shown = self._shown((yield from self._proved(error)))
            if shown:
                return self._confirmed(shown)
            self._write.settle(is_executed=False)
            return None
        if self._remove_own(shown):
            pass  # Then the request can go again.
        elif self._book.conflict_proves(key, self._write.sent_at):
            if shown and self._book.proves(listing, key, shown) and self._decides(listing, shown):
                return self._confirmed(shown)
            if not self._policy.puts_back and listing.sent_at >= self._book.lacks_from(key):
                raise error.noted(self._not_listed(listing))
        self._conflict_pauses = self._conflict_pauses or poll_intervals(self._task.clock, self._policy.seconds or LAG)
        if next(self._conflict_pauses, None) is None and self._book.conflict_proves(key, self._write.sent_at):
            raise error.noted(self._not_listed(listing))
        return None

    def _remove_own(self, shown: Sequence[AuthMapping]) -> bool:
        """Try once more to remove what this task has created for another account; whether that is in the way."""
        own = [mapping for mapping in shown if self._book.has_created(mapping)]
        for mapping in own:
            remove_at_once(self._step, mapping)
        return bool(own)

    # ---- a list

    def _proved(self, error: CloudAuthError) -> Work[Listing]:
        """A list that proves which mappings of the key are there, or that there are none.

        :raises CloudAuthError: ``error``: neither can be proved in time.
        """
        key = self._want.key
        while True:
            until = self._until(self._book.lacks_from(key))
            listing = yield Wait(until, error, must_end=self._policy.on_conflict is OnConflict.INSIST)
            shown = self._shown(listing)
            if self._book.proves(listing, key, shown) and self._decides(listing, shown):
                return listing
            if self._book.now() >= until and (listing.error or listing.sent_at >= until):
                raise error.noted(
                    f"Checking whether it was executed failed too: {listing.error}" if listing.error else ""
                )

    def _decides(self, listing: Listing, shown: Sequence[AuthMapping]) -> bool:
        """Whether what is shown also tells whether a request in doubt was executed."""
        is_wanted = any(self._is_wanted(mapping) for mapping in shown)
        return is_wanted or listing.sent_at >= self._book.lacks_from(self._want.key)

    def _until(self, moment: float) -> float:
        """Until when to wait for what is proved at ``moment``: wait_timeout limits it, unless something was removed."""
        if self._policy.on_conflict is OnConflict.INSIST:
            return moment
        if self._deadline is None:
            self._deadline = self._book.now() + self._task.wait_timeout
        return min(moment, self._deadline)

    def _shown(self, listing: Listing) -> list[AuthMapping]:
        """The mappings of the key but the one that is to be replaced by this one, which stands beside it."""
        shown = listing.of(self._want.key)
        old = self._old
        if not old or self._policy.on_conflict is not OnConflict.RETURN:
            return shown
        # An update would keep its ID.
        return [mapping for mapping in shown if (mapping.id, mapping.account_uuid) != (old.id, old.account_uuid)]

    def _confirmed(self, shown: Sequence[AuthMapping]) -> AuthMapping:
        """The one of ``shown``, which are there, that leads to the wanted account.

        :raises KeyTaken: none does.
        """
        verdicts = {self._is_wanted(mapping): mapping for mapping in shown}
        found = verdicts.get(True)
        if found:
            self._write.settle(is_executed=True)
            self._step.warnings += beside(self._task.kind, found, shown)
            return found
        may_be_own = any(self._step.may_have_created(mapping) for mapping in shown)
        if not may_be_own:
            self._write.settle(is_executed=False)
        if None in verdicts:  # Raises an error that says why it can't be told.
            self._task.accounts.same(self._want.account_identifier or "", verdicts[None])
        raise KeyTaken(self._task.kind, self._want, shown[0], self._old, may_be_own=may_be_own)

    def _not_listed(self, listing: Listing) -> str:
        if listing.error:
            return f"Datadog's list, which may tell what has it, can't be read: {listing.error}"
        return f"Datadog's list shows no {self._task.kind.title} of it."
