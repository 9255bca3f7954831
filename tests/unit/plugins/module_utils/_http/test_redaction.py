# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datadog's errors in words and as data: all that they say, no secret, and no more than fits in a message."""

from __future__ import annotations

import json
import string
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.redaction import HIDDEN, Redaction

API_KEY = "facade00facade00facade00facade00"
APP_KEY = "decade00decade00decade00decade00decade00"
JSON = "application/json"
FIELDS = ["errors", "title", "detail", "source", "status", "meta"]

keys = st.text(string.ascii_letters + string.digits + "+/=&?%-_~.", min_size=16, max_size=40)
junk = st.recursive(
    st.sampled_from([None, True, 0, 1e999, float("nan"), "", ".", "title"]) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=5,
)


def read(body, secrets=(API_KEY, APP_KEY), content_type=JSON):
    return Redaction(secrets).read(body if isinstance(body, bytes) else json.dumps(body).encode(), content_type)


def spellings(secret):
    raw = secret.encode()
    return (secret, quote(secret, safe=""), b64encode(raw).decode(), urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Forbidden", "Forbidden"),
        ("Rate limit exceeded. ", "Rate limit exceeded"),
        ("", "an empty error"),
        ({"status": "404", "title": "Not Found"}, "Not Found"),
        (
            {"title": "Generic Error", "detail": "AWS Account Id is not integrated with this Datadog account"},
            "Generic Error: AWS Account Id is not integrated with this Datadog account",
        ),
        ({"detail": "Only this."}, "Only this"),
        ({"title": "T", "source": {"pointer": "/data/attributes/title"}}, "T (pointer /data/attributes/title)"),
        (
            {"title": "T", "source": {"pointer": "/p", "parameter": "limit", "header": "Authorization"}},
            "T (pointer /p, parameter limit, header Authorization)",
        ),
        ({"title": "T", "source": "somewhere"}, "T"),
        ({"title": "T", "status": "400", "meta": {"a": 1}}, 'T ({"status": "400", "meta": {"a": 1}})'),
        ({"title": "T", "code": "x1", "meta": {}}, 'T ({"code": "x1"})'),
        ({"status": "400"}, '({"status": "400"})'),
        ({"title": " . "}, '({"title": " . "})'),
        ({"title": ["a", 1]}, "['a', 1]"),
        ({}, "({})"),
        (None, "null"),
        (42, "42"),
        (["a"], '["a"]'),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_an_error_says_in_words_all_that_it_holds(error, words):
    errors, found = read({"errors": [error]})

    assert found == words
    assert errors == [str(error) if isinstance(error, float) else error]


def test_several_errors_are_all_told():
    errors, words = read({"errors": ["one", {"title": "two"}]})

    assert words == "one; two"
    assert errors == ["one", {"title": "two"}]


def test_of_very_many_errors_the_first_are_told():
    errors, words = read({"errors": [f"error {number}" for number in range(50)]})

    assert len(errors) == 20
    assert words.endswith("error 19; and 30 more")


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", JSON, "empty"),
        (b"{}", JSON, "{}"),
        (b'{"errors": []}', JSON, '{"errors": []}'),
        (b'{"errors": "all wrong"}', JSON, '{"errors": "all wrong"}'),
        (b'"all wrong"', JSON, '"all wrong"'),
        (b'" "', JSON, '" "'),
        (b"", "text/html", "empty"),
        (b'{"errors": ["cut', JSON, 'application/json, 16 bytes, \'{"errors": ["cut\''),
        (
            b"<html><style>h1 {}</style><h1>502</h1>\n<p>Bad gateway</p>",
            "text/html;x",
            "text/html, 57 bytes, '502 Bad gateway'",
        ),
        (b"<html><script>let x = 1 < 2</script></html>", "text/html", "text/html, 43 bytes"),
        (b"\x00\x01", "", "of no known type, 2 bytes"),
        ("größer\x1b[31m".encode("latin-1"), "text/plain", "text/plain, 11 bytes, 'gr\ufffd\ufffder [31m'"),
        (b"[<b> <i>", "text/html", "text/html, 8 bytes, '['"),
        (b" \n ", "text/html", "text/html, 3 bytes"),
        (b"x", "<b>text</b>/x'; charset", "of no known type, 1 bytes, 'x'"),
        (b"x", f"text/{'x' * 40}{API_KEY}", "of no known type, 1 bytes, 'x'"),
        (b"x", f"text/x-{API_KEY}", f"text/x-{HIDDEN}, 1 bytes, 'x'"),
    ],
)
def test_another_body_is_described(body, content_type, words):
    assert read(body, content_type=content_type) == ([], words)


@given(st.binary() | junk.map(lambda value: json.dumps(value).encode()), st.text())
@example(b'{"errors": [{"title": "\\ud800", "\\ud800": "x"}]}', JSON)
@example(b'{"errors": [{"title": ".", "detail": " "}]}', JSON)
@example(b'{"errors": [""]}', JSON)
@example(b'{"errors": [NaN, 1e999, -Infinity]}', JSON)
@example(b'{"errors": [' + b"[" * 500 + b"]" * 500 + b"]}", JSON)
@example(b'"<b>"', JSON)
def test_whatever_arrives_becomes_words_and_valid_data(body, content_type):
    errors, words = read(body, content_type=content_type)

    assert words
    words.encode()
    json.dumps(errors, allow_nan=False, ensure_ascii=False).encode()


@given(st.lists(junk, min_size=1, max_size=3).map(lambda errors: json.dumps({"errors": errors}).encode()))
def test_errors_of_any_kind_are_words_and_valid_data(body):
    errors, words = read(body)

    assert words
    assert len(errors) == len(json.loads(body)["errors"])
    json.dumps(errors, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "error",
    [
        "x" * 100_000,
        {"title": "x" * 100_000, "detail": "y" * 100_000},
        {"x" * 5000 + str(number): "é" * 5000 for number in range(50)},
        [[["é" * 100] * 20] * 20],
        {"meta": [[[[[["deep"]]]]]]},
        10**4000,
    ],
)
def test_what_is_shown_has_a_bounded_size(error):
    errors, words = read({"errors": [error] * 30})

    assert len(words) < 30_000
    assert len(json.dumps(errors)) < 200_000


def test_what_is_nested_deeply_is_cut():
    errors, _words = read({"errors": [{"meta": [[[[["deep"]]]]]}]})

    assert errors == [{"meta": [[[["..."]]]]}]


@pytest.mark.parametrize(
    "body", [b"<" * 300_000, b"<script" * 40_000, b'{"a": "' + b"<style " * 40_000 + b'"}', b"a" * 300_000]
)
def test_a_hostile_body_is_described_in_time(body):
    assert len(read(body)[1]) < 400


@given(keys, st.integers(0, 250), st.text(max_size=5), st.sampled_from(["html", "string", "object", "unlisted", "cut"]))
@example(API_KEY, 180, "", "html")
@example(API_KEY, 180, "", "unlisted")
def test_no_secret_is_shown_however_it_is_written(secret, padding, around, where):
    for spelling in spellings(secret):
        text = around + " " * (padding % 2) + "x " * (padding // 2) + "key=" + spelling + around
        body = {
            "html": f"<p>{text}</p>",
            "string": json.dumps({"errors": [text]}),
            "object": json.dumps({"errors": [{"title": text, text: {text: [text]}, "source": {"pointer": text}}]}),
            "unlisted": json.dumps({"message": text}, ensure_ascii=False),
            "cut": json.dumps({"errors": [text]})[:-3],
        }[where]
        errors, words = read(body.encode("utf-8", "replace"), (secret,))
        shown = words + json.dumps(errors, ensure_ascii=False)
        assert not any(hidden in shown for hidden in spellings(secret))


@pytest.mark.parametrize("padding", range(160, 200, 3))
def test_half_a_key_is_not_shown_either(padding):
    _errors, words = read(f"<p>{'.' * padding}{API_KEY}</p>".encode(), content_type="text/html")

    assert API_KEY[:4] not in words


def test_a_secret_is_blacked_out_where_it_stands():
    texts = Redaction([API_KEY, APP_KEY, ""])

    assert texts.scrub(f"api_key={API_KEY}&app_key={APP_KEY}.") == f"api_key={HIDDEN}&app_key={HIDDEN}."
    assert texts.scrub("nothing here") == "nothing here"


@pytest.mark.parametrize(
    "write", [str, lambda text: quote(text, safe=""), quote_plus, lambda text: text.replace("/", "\\/")]
)
def test_a_long_secret_is_hidden_in_the_usual_spellings(write):
    """Such as the proof of an AWS identity."""
    secret = f"abc/+= {'x' * 2000}|{'y' * 50}"

    for spelling in (write(secret), *spellings(secret)[2:]):
        assert Redaction([secret]).scrub(f"<{spelling}>") == f"<{HIDDEN}>"


def test_a_secret_within_another_does_not_save_the_other():
    assert Redaction([API_KEY, API_KEY + "more"]).scrub(API_KEY + "more") == HIDDEN
