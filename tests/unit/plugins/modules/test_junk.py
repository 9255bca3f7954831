# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever arrives, with whatever status: a clear sentence, and no write after a read that can't be understood."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    JANE,
    JANE_UUID,
    MAPPINGS,
    OMAR,
    USERS,
    InProcess,
    mapping,
    role,
    run,
    wanted,
)
from datadog_sandbox.faults import JUNK

PATTERN = role("runner")
STATUSES = [200, 204, 307, 400, 401, 403, 404, 409, 429, 500, 503, 599]
ABSENT = {"state": "absent", "arn_pattern": PATTERN}
# Each kind of request, and a task that sends it.
REQUESTS = {
    "list": (
        {"method": "GET", "path": f"{MAPPINGS}$"},
        "persona_mapping",
        {**wanted(PATTERN, OMAR), "wait_timeout": 0},
    ),
    "list for info": ({"method": "GET", "path": f"{MAPPINGS}$"}, "persona_mapping_info", {}),
    "read": ({"method": "GET", "path": f"{MAPPINGS}/"}, "persona_mapping_info", {"id": "some-id"}),
    "users": ({"path": USERS}, "persona_mapping", wanted(PATTERN, CI_EMAIL)),
    "users for info": ({"path": USERS}, "persona_mapping_info", {"account_identifier": CI_EMAIL}),
    "create": ({"method": "POST"}, "persona_mapping", wanted(role("new"), OMAR)),
    "delete": ({"method": "DELETE"}, "persona_mapping", ABSENT),
    "replace": ({"method": "DELETE"}, "persona_mapping", wanted(PATTERN, CI_EMAIL)),
}
# Of these, the requests that only read.
READS = [name for name, (which, _module, _arguments) in REQUESTS.items() if which.get("method", "GET") == "GET"]


def may_be_executed(status):
    """Whether a request may have been executed that is answered so: not when it was refused."""
    return status < 300 or status >= 500


def is_a_good_list(body):
    """Whether a client has to believe ``body``, although it isn't true."""
    try:
        items = json.loads(body)["data"]
        return all(
            isinstance(item["attributes"][key], str) for item in items for key in mapping(1, PATTERN)["attributes"]
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def check(request, **fault):
    """Strike every request of the kind by the fault, and check all that has to hold whatever arrives."""
    which, module, arguments = REQUESTS[request]
    if "body" in fault and not isinstance(fault["body"], bytes):
        fault["body"] = json.dumps(fault["body"]).encode()
    api = InProcess(mappings=[wanted(PATTERN, JANE)]).fault(times=None, **which, **fault)
    before = api.mappings

    ended = run(module, api, {**arguments, "retries": 1})

    assert "Traceback" not in ended.output
    if ended.failed:
        assert ended["msg"].endswith((".", ")", ". ")), ended["msg"]
        assert ended["msg"].encode()
        assert "Unexpected fault" not in ended["msg"]
        assert len(ended.output) < 20_000
        if request in READS and not is_a_good_list(fault.get("body")):
            assert not api.writes
    if not ended.result.get("changed", False):
        assert api.mappings == before
    if module == "persona_mapping" and not ended.failed and not fault.get("execute"):
        assert api.mappings.get(arguments["arn_pattern"]) or arguments == ABSENT
    return ended


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("junk", sorted(set(JUNK) - {"huge"}))
def test_every_junk_with_every_status(request_kind, junk):
    """More than 1,200 runs."""
    for status in STATUSES:
        for execute in (True, False) if may_be_executed(status) else (False,):
            ended = check(request_kind, junk=junk, status=status, execute=execute)
            if status >= 300 and status != 404 and request_kind in READS:
                assert ended.failed
                assert ended.result.get("http_status") == (None if junk == "gzip" else status)


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("status", [200, 400, 503])
def test_ten_megabytes(request_kind, status):
    check(request_kind, junk="huge", status=status)


@pytest.mark.parametrize("request_kind", READS)
@pytest.mark.parametrize("junk", ["html", "empty", "cut", "null", "list", "deep", "encoding", "gzip"])
def test_a_good_status_with_junk_is_a_failure(request_kind, junk):
    assert check(request_kind, junk=junk).failed


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("junk", ["content_type", "charset"])
def test_a_wrong_label_on_good_json_is_no_problem(request_kind, junk):
    assert not check(request_kind, junk=junk, execute=True).failed or request_kind == "replace"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the answer is empty, not JSON"),
        (b"<style>x</style><b>Bad</b>\n Gateway", "the answer is application/json, 35 bytes, 'Bad Gateway', not JSON"),
        (b"\x00\x01", "the answer is application/json, 2 bytes, not JSON"),
        (b"null", "the answer is null, not an object"),
        (b"[]", "the answer is a list, not an object"),
        (b"{}", "the answer has no 'data'"),
        (b'{"data": {}}', "'data' of the answer is an object, not a list"),
        (b'{"data": [7]}', "data[0] is a number, not an object"),
        (b'{"data": [{"type": "x"}]}', "data[0] is of the type 'x', not aws_cloud_auth_config"),
    ],
)
def test_what_is_wrong_is_said(body, words):
    ended = check("list", body=body, content_type="application/json")

    assert ended["msg"].startswith(f"Could not list the persona mappings: Datadog answered 200, but {words}")
    assert ended["http_status"] == 200


# Values in place of those that the API documents.
WRONG = [None, True, False, 0, 1.5, -1, "", "x", [], {}, [None], {"x": 1}, "\ud800"]
PLACES = [
    ("data",),
    ("data", 0),
    ("data", 0, "id"),
    ("data", 0, "type"),
    ("data", 0, "attributes"),
    ("data", 0, "attributes", "arn_pattern"),
    ("data", 0, "attributes", "account_identifier"),
    ("data", 0, "attributes", "account_uuid"),
]
REMOVED = object()


def altered(answer, place, value):
    """The answer with another value at the place, or with none."""
    answer = copy.deepcopy(answer)
    inside = answer
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    if value is REMOVED:
        del inside[place[-1]]
    return answer


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_wrong_types_and_missing_keys_in_the_list(place):
    answer = {"data": [mapping(1, PATTERN)]}
    for value in [*WRONG, REMOVED]:
        text = isinstance(value, str) and value != "\ud800"
        good = (
            value == []
            if place == ("data",)
            else value is REMOVED
            if place == ("data", 0)
            else text and value != ""
            if place[-1] == "id"
            else text and place[-1] not in ("data", "type", "attributes", 0)
        )
        ended = check("list for info", body=altered(answer, place, value))
        assert ended.failed is not good, (place, value, ended.result)


@pytest.mark.parametrize("place", PLACES[1:], ids=lambda place: ".".join(map(str, place)))
def test_wrong_types_and_missing_keys_after_a_creation(place):
    one = {"data": mapping(1, role("new"), OMAR)}
    for value in [*WRONG, REMOVED]:
        ended = check("create", body=altered(one, ("data", *place[2:]), value), status=201, execute=True)
        assert not ended.failed, value  # It is read then whether it was made.


USER_PLACES = [
    ("data",),
    ("data", 0),
    ("data", 0, "id"),
    ("data", 0, "attributes"),
    ("data", 0, "attributes", "handle"),
    ("data", 0, "attributes", "email"),
    ("data", 0, "attributes", "disabled"),
    ("meta",),
    ("meta", "page"),
    ("meta", "page", "total_filtered_count"),
]


@pytest.mark.parametrize("place", USER_PLACES, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("request_kind", ["users", "users for info"])
def test_wrong_types_and_missing_keys_among_users(place, request_kind):
    user = {"id": JANE_UUID, "attributes": {"handle": JANE, "email": JANE, "disabled": False}}
    answer = {"data": [user], "meta": {"page": {"total_filtered_count": 1}}}

    for value in [*WRONG, REMOVED]:
        check(request_kind, body=altered(answer, place, value))


@pytest.mark.parametrize("location", ["https://elsewhere.example/x", "//[", "http://[::1", "", "\u00e9", "x" * 5000])
@pytest.mark.parametrize("request_kind", REQUESTS)
def test_redirects_are_not_followed(request_kind, location):
    for status in (301, 302, 303, 307, 308):
        ended = check(request_kind, status=status, headers={"Location": location}, execute=False)
        assert ended.failed
        assert ended["http_status"] == status
        assert "a redirect" in ended["msg"]
        assert "which is not followed because the credentials would go there" in ended["msg"]
        assert ("to elsewhere.example" in ended["msg"]) == ("elsewhere" in location)


# --- fuzzing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([PATTERN, JANE, JANE_UUID]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "type", "attributes", "errors", "meta", "page", "title", "detail", "source"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@st.composite
def nearly_good(draw):
    """A good answer but for one value."""
    answer = draw(st.sampled_from([{"data": [mapping(1, PATTERN), mapping(2, role("other"))]}, USERS_ANSWER]))
    return altered(answer, draw(st.sampled_from(PLACES[:6])), draw(JSON))


USERS_ANSWER = {
    "data": [
        {
            "id": JANE_UUID,
            "type": "aws_cloud_auth_config",
            "attributes": {"handle": JANE, "email": JANE, "arn_pattern": PATTERN, "account_identifier": JANE},
        }
    ]
}
BODIES = st.binary(max_size=200) | st.builds(lambda value: json.dumps(value).encode(), JSON | nearly_good())


@settings(max_examples=50)
@given(
    request_kind=st.sampled_from(sorted(REQUESTS)),
    body=BODIES,
    status=st.sampled_from(STATUSES),
    content_type=st.sampled_from(["application/json", "text/html; charset=utf-16", "", "x" * 500, "\u2603"]),
    execute=st.booleans(),
)
def test_fuzzed_answers(request_kind, body, status, content_type, execute):
    executed = execute and may_be_executed(status)
    check(request_kind, body=body, status=status, content_type=content_type, execute=executed)


@settings(max_examples=50)
@given(request_kind=st.sampled_from(READS), body=BODIES)
def test_fuzzed_good_answers(request_kind, body):
    check(request_kind, body=body)


@settings(max_examples=40)
@given(
    errors=st.lists(
        JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "title": JSON,
                "detail": JSON,
                "status": JSON,
                "source": st.dictionaries(st.sampled_from(["pointer", "parameter", "header"]), JSON) | JSON,
                "meta": JSON,
            },
        ),
        max_size=30,
    ),
    request_kind=st.sampled_from(sorted(REQUESTS)),
)
def test_fuzzed_errors(errors, request_kind):
    check(request_kind, status=400, body={"errors": errors}, execute=False)
