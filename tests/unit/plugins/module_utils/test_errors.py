# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors: a sentence, the facts beside it, and which class an answer's status stands for."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils import _errors as errors
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.creation import KeyTaken
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine.plan import Plan, PlanRefused
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    CloudAuthError,
    InvalidOption,
    NoAnswer,
    RateLimited,
    without_user,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.request_errors import class_of
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping


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
    assert error.option == "site"


def test_the_same_error_can_get_another_message():
    error = RateLimited("Short.", 429, ["slow down"])
    error.may_pass, error.may_be_executed, error.wait = True, True, 7.0

    again = error.like("Long.")

    assert (str(error), str(again), type(again)) == ("Short.", "Long.", RateLimited)
    assert again.facts == error.facts
    assert (again.may_pass, again.may_be_executed, again.wait) == (True, True, 7.0)


@pytest.mark.parametrize(
    "error",
    [
        InvalidOption("site", "is wrong"),
        KeyTaken("Somebody else was faster.", AuthMapping("1", "pattern")),
        PlanRefused("Too many.", Plan([], [], [])),
    ],
)
def test_an_error_that_takes_more_than_a_message_can_get_another_one(error):
    again = error.like("Long.")

    assert (str(again), type(again)) == ("Long.", type(error))
    assert vars(again) == vars(error)


def test_a_failed_login_says_nothing_about_the_fate_of_the_request():
    error = NoAnswer("Lost.", may_pass=True, may_be_executed=True)

    login = error.of_login()

    assert (login.may_be_executed, login.may_pass, str(login), type(login)) == (False, True, "Lost.", NoAnswer)
    assert (error.may_be_executed, error.at_login, login.at_login) == (True, False, True)


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
        (401, "", "Unauthorized"),
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
