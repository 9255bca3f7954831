# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors: a sentence, the facts beside it, and which class an answer's status stands for."""

from __future__ import annotations

from copy import copy

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import _errors as errors
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.creation import KeyTaken
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import Wanted
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    CloudAuthError,
    InvalidOption,
    NoAnswer,
    RateLimited,
    without_user,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.request_errors import class_of
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import AWS_PERSONA


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (CloudAuthError("Words."), {}),
        (CloudAuthError("Words.", 403), {"http_status": 403}),
        (CloudAuthError("Words.", 400, ["no"]), {"http_status": 400, "errors": ["no"]}),
        (CloudAuthError("Words.", None, []), {}),
    ],
)
def test_facts_are_what_is_known(error, facts):
    assert str(error) == "Words."
    assert error.facts == facts
    assert error.may_be_executed is False


def test_errors_do_not_share_their_lists():
    CloudAuthError("one").errors.append("more")

    assert CloudAuthError("two").errors == []


@pytest.mark.parametrize(
    ("error", "message"),
    [("is wrong", "site: is wrong."), ("Is wrong.", "site: Is wrong."), ("is it?", "site: is it?")],
)
def test_an_invalid_option_is_named_in_a_whole_sentence(error, message):
    error = InvalidOption("site", error)

    assert str(error) == message


def test_notes_follow_the_sentence_in_their_order():
    error = RateLimited("Too many.", 429, ["slow down"])

    assert error.noted("First.").noted("").noted("Last.") is error
    assert str(error) == "Too many. First. Last."
    assert (error.sentence, error.notes) == ("Too many.", ("First.", "Last."))
    assert error.facts == {"http_status": 429, "errors": ["slow down"]}


@pytest.mark.parametrize(
    "error",
    [
        InvalidOption("site", "is wrong"),
        KeyTaken(AWS_PERSONA, Wanted("pattern", "a"), AuthMapping("1", "pattern", "b"), None),
    ],
)
def test_an_error_that_takes_more_than_a_sentence_can_be_noted(error):
    before = str(error)

    assert str(error.noted("Mind this.")) == f"{before} Mind this."


def test_a_note_on_a_copy_is_not_one_on_the_original():
    error = NoAnswer("Lost.", may_pass=True).noted("Both.")

    again = copy(error).noted("Only here.")

    assert (str(error), str(again), type(again), again.may_pass) == (
        "Lost. Both.",
        "Lost. Both. Only here.",
        NoAnswer,
        True,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@host/x", "...@host/x"),
        ("u@p@host", "...@host"),
        ("https://host/x", "https://host/x"),
    ],
)
def test_what_stands_before_an_at_sign_is_not_shown(text, shown):
    assert without_user(text) == shown


@pytest.mark.parametrize(
    ("status", "words", "name"),
    [
        (401, "", "ApiError"),
        (403, "", "Forbidden"),
        (404, "", "NotFound"),
        (409, "", "Conflict"),
        (429, "", "RateLimited"),
        (400, "Generic Error: AWS Account Id is not integrated with this Datadog account", "NotIntegrated"),
        (400, "AWS ACCOUNT ID IS NOT INTEGRATED", "NotIntegrated"),
        (400, "bad pattern", "ApiError"),
        (403, "not integrated", "Forbidden"),
        (500, "not integrated", "ApiError"),
        (302, "", "ApiError"),
        (410, "", "ApiError"),
    ],
)
def test_the_class_tells_what_can_be_done(status, words, name):
    assert class_of(status, words) is getattr(errors, name)
