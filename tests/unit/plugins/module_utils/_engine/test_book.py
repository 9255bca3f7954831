# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The book: from when on a list proves what it shows of a key, and what it lacks."""

from __future__ import annotations

from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.book import LAG, Book, Listing
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import NoAnswer
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping

KEY, OTHER = "arn:aws:iam::123456789012:user/jane", "arn:aws:iam::123456789012:user/omar"
MAPPING = AuthMapping("id-1", KEY, "jane.doe@corp.example", "12bbdc5c-5966-47e0-8733-285f9e44bcf4")
BEGUN, LATER = 100.0, 150.0

NOTES = {
    "nothing": lambda _book: None,
    "a creation": lambda book: book.note_created(KEY, MAPPING),
    "a creation under another spelling": lambda book: book.note_created(OTHER, MAPPING),
    "a removal": lambda book: book.note_removed(MAPPING),
    "a creation in doubt": lambda book: book.note_doubt(KEY, may_be_removed=False),
    "a removal in doubt": lambda book: book.note_doubt(KEY, may_be_removed=True),
}
CHANGES = {"a creation", "a creation under another spelling", "a removal", "a removal in doubt"}
every_note = pytest.mark.parametrize("note", NOTES)


def book_after(note):
    """A book in which ``note`` was written at ``LATER``."""
    clock = mock.Mock()
    clock.now.return_value = LATER
    book = Book(mock.Mock(), clock, BEGUN)
    NOTES[note](book)
    return book


@every_note
def test_what_a_list_shows_is_proved_once_it_can_not_be_from_before_a_change(note):
    proved = (LATER if note in CHANGES else BEGUN) + LAG

    book = book_after(note)

    assert book.shows_from(KEY) == proved
    assert not book.conflict_proves(KEY, proved - 1)
    assert book.conflict_proves(KEY, proved)


@every_note
def test_what_a_list_lacks_is_proved_once_no_request_in_doubt_can_be_missing_in_it(note):
    assert book_after(note).lacks_from(KEY) == (BEGUN if note == "nothing" else LATER) + LAG


@every_note
@pytest.mark.parametrize("shown", [[], [MAPPING]], ids=["lacks it", "shows it"])
def test_a_list_proves_from_that_moment_on_if_it_can_be_read(note, shown):
    book = book_after(note)
    moment = book.shows_from(KEY) if shown else book.lacks_from(KEY)

    assert not book.proves(Listing(moment - 1, shown), KEY, shown)
    assert book.proves(Listing(moment, shown), KEY, shown)
    assert not book.proves(Listing(moment, error=NoAnswer("It could not be read.")), KEY, [])


def test_other_keys_are_not_touched():
    book = book_after("a removal in doubt")

    assert (book.shows_from(OTHER), book.lacks_from(OTHER)) == (BEGUN + LAG, BEGUN + LAG)


def test_what_was_removed_is_in_no_list_until_it_is_created_again():
    book = book_after("a removal")
    book._mappings.list_all.return_value = [MAPPING]

    assert not book.look().of(KEY)
    book.note_created(KEY, MAPPING)
    assert book.look().of(KEY) == [MAPPING]
