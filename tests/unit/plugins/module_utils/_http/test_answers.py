# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as JSON: whatever arrives is either of the shape that is asked for, or called by its name."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.answers import (
    BadShape,
    field,
    parse_json,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def refusal(function, *arguments):
    """The words with which ``function`` refuses an answer, or None if it takes it."""
    try:
        function(*arguments)
    except BadShape as error:
        return str(error)
    return None


@given(values, st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-8-sig"]))
def test_json_is_read_in_every_encoding_it_may_have(value, encoding):
    assert parse_json(json.dumps(value, ensure_ascii=False).encode(encoding, "surrogatepass")) == value


@given(st.binary())
@example(b"")
@example(b"[" * 100_000)
@example(b"\xff\xfe\x00")
@example(b"1" * 5000 + b"x")
@example(b'{"data": [{"id": "c5c7')
def test_any_body_is_json_or_said_not_to_be(body):
    assert refusal(parse_json, body) in (None, "not JSON")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text", str),
        (1, int),
        (True, bool),
        ([1], list),
        ({"a": 1}, dict),
        ("", str),
        (0, int),
        (False, bool),
        (1.5, float),
    ],
)
def test_a_member_of_the_right_kind_is_returned(value, kind):
    assert field({"key": value}, "key", kind, "data") is value


@pytest.mark.parametrize(
    ("value", "kind", "error"),
    [
        (["key"], str, "data is a list, not an object"),
        (None, str, "data is null, not an object"),
        ("key", str, "data is a string, not an object"),
        (b"key", str, "data is a value, not an object"),
        ({}, str, "data has no 'key'"),
        ({"key": None}, str, "'key' of data is null, not a string"),
        ({"key": 1}, str, "'key' of data is a number, not a string"),
        ({"key": True}, int, "'key' of data is a boolean, not a number"),
        ({"key": 1.5}, int, "'key' of data is a number, not a number"),
        ({"key": 1}, bool, "'key' of data is a number, not a boolean"),
        ({"key": {}}, list, "'key' of data is an object, not a list"),
        ({"key": []}, dict, "'key' of data is a list, not an object"),
        ({"key": "\ud800"}, str, "'key' of data is not valid text"),
    ],
)
def test_a_member_that_is_not_as_documented_is_called_by_its_name(value, kind, error):
    with pytest.raises(BadShape) as raised:
        field(value, "key", kind, "data")

    assert str(raised.value) == error


@given(values | st.dictionaries(st.just("key"), values), st.sampled_from([str, int, float, bool, list, dict]))
def test_any_member_is_of_its_kind_or_refused(value, kind):
    words = refusal(field, value, "key", kind, "data")

    if words is None:
        assert isinstance(value["key"], kind)
        assert isinstance(value["key"], bool) == (kind is bool)
    else:
        assert "data" in words
