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
    KINDS,
    OMAR,
    USERS,
    every_kind,
    organization,
    role,
    run,
)
from datadog_sandbox.faults import JUNK

PATTERN = role("runner")
STATUSES = [200, 204, 307, 400, 401, 403, 404, 409, 429, 503, 599]


def requests_of(kind):
    """Each sort of request, and a task that sends it."""
    listing, reading = ({"method": "GET", "path": f"{kind.path}{end}"} for end in ("$", "/"))
    requests = {
        "list": (listing, kind.one, {**kind.wanted("runner", OMAR), "wait_timeout": 0}),
        "list for info": (listing, kind.info, {}),
        "read": (reading, kind.info, {"id": "some-id"}),
        "users": ({"path": USERS}, kind.one, kind.wanted("runner", CI_EMAIL)),
        "users for info": ({"path": USERS}, kind.info, {"account_identifier": CI_EMAIL}),
        "create": ({"method": "POST"}, kind.one, kind.wanted("new", OMAR)),
        "delete": ({"method": "DELETE"}, kind.one, kind.absent("runner")),
        "replace": ({"method": "DELETE"}, kind.one, kind.wanted("runner", CI_EMAIL)),
    }
    of_accounts = ("users", "users for info", "replace")
    return {name: request for name, request in requests.items() if kind.has_account or name not in of_accounts}


# All of them by the name of the module and their own; the first are those of persona mappings.
REQUESTS = {f"{kind.one}-{name}": (kind, *request) for kind in KINDS for name, request in requests_of(kind).items()}
# Of these, the requests that only read.
READS = [name for name, (_kind, which, *_task) in REQUESTS.items() if which.get("method", "GET") == "GET"]
CREATIONS = [name for name in REQUESTS if name.endswith("-create")]


def may_be_executed(status):
    """Whether a request may have been executed that is answered so: not when it was refused."""
    return status < 300 or status >= 500


def is_a_good_list(kind, body):
    """Whether a client has to believe ``body``, although it isn't true: null, or a list with something like a mapping.

    What of it is odd is no obstacle; see test_odd_records.
    """
    try:
        items = json.loads(body)["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    if not isinstance(items, list):
        return items is None
    found = [item for item in items if isinstance(item, dict)]
    inside = [item["attributes"] for item in found if isinstance(item.get("attributes"), dict)]
    return (
        not items or any(item.get("id") for item in found) or any(attributes.get(kind.option) for attributes in inside)
    )


def check(request, **fault):
    """Strike every request of the kind by the fault, and check all that has to hold whatever arrives."""
    kind, which, module, arguments = REQUESTS[request]
    if "body" in fault and not isinstance(fault["body"], bytes):
        fault["body"] = json.dumps(fault["body"]).encode()
    api = organization(kind, kind.wanted("runner")).fault(times=None, **which, **fault)
    before = api.held(kind)

    ended = run(module, api, {**arguments, "retries": 1})

    assert "Traceback" not in ended.output
    if ended.failed:
        assert ended["msg"].endswith((".", ")", ". ")), ended["msg"]
        assert ended["msg"].encode()
        assert "Unexpected error" not in ended["msg"]
        assert len(ended.output) < 20_000
        if request in READS and not is_a_good_list(kind, fault.get("body")):
            assert not api.writes
    if not ended.result.get("changed", False):
        assert api.held(kind) == before
    if module == kind.one and not ended.failed and not fault.get("execute"):
        name = "new" if request in CREATIONS else "runner"
        assert kind.text(name) in api.held(kind) or arguments.get("state") == "absent"
    return ended


def check_junk(request, junk, status):
    """Executed, if that can be, and not."""
    for execute in (True, False) if may_be_executed(status) else (False,):
        ended = check(request, junk=junk, status=status, execute=execute)
        if status >= 300 and status != 404 and request in READS:
            assert ended.failed
            assert ended.result.get("http_status") == (None if junk == "gzip" else status)


@pytest.mark.parametrize("request_kind", ["persona_mapping-list", "persona_mapping-create"])
@pytest.mark.parametrize("junk", sorted(JUNK))
@pytest.mark.parametrize("status", STATUSES)
def test_every_junk_with_every_status(request_kind, junk, status):
    check_junk(request_kind, junk, status)


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status(request_kind, status):
    check_junk(request_kind, "html", status)


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("junk", sorted(set(JUNK) - {"huge"}))
def test_a_good_status_with_junk_is_an_error_but_for_a_wrong_label(request_kind, junk):
    labeled = junk in ("content_type", "charset")

    ended = check(request_kind, junk=junk, execute=labeled)

    if labeled:
        assert not ended.failed or request_kind.endswith("-replace")
    elif request_kind in READS:
        assert ended.failed


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
        (b'{"data": [{"type": "x"}]}', "data[0] has no 'id'"),
    ],
)
def test_what_is_wrong_is_said(body, words):
    ended = check("persona_mapping-list", body=body, content_type="application/json")

    assert ended["msg"].startswith(f"Could not list the persona mappings: Datadog answered 200, but {words}")
    assert ended["http_status"] == 200


# Values instead of those that the API documents.
WRONG = [None, True, 7, 1.5, "", "x", [], {}, [None], "\ud800"]
PLACES = [("data",), ("data", 0), ("data", 0, "id"), ("data", 0, "type"), ("data", 0, "attributes")]


def places_of(kind):
    """Where a list holds a value that matters."""
    return [*PLACES, *(("data", 0, "attributes", name) for name in kind.listed(1, "runner")["attributes"])]


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


@every_kind
def test_wrong_types_and_missing_keys_in_the_list(kind):
    for place in places_of(kind):
        for value in [*WRONG, REMOVED]:
            ended = check(f"{kind.one}-list for info", body=altered({"data": [kind.listed(1, "runner")]}, place, value))
            assert ended.failed is not is_good(place, value), (place, value, ended.result)


def is_good(place, value):
    """Whether a list of one mapping is one that a client can read in which ``value`` stands at ``place``."""
    if place == ("data",):
        return value in ([], None)
    if place == ("data", 0):
        return value is REMOVED
    return True  # With an ID, or what callers are matched by, it is a mapping, however odd.


@every_kind
def test_wrong_types_and_missing_keys_after_a_creation(kind):
    one = {"data": kind.listed(1, "new", OMAR)}
    for place in places_of(kind)[1:]:
        for value in [*WRONG, REMOVED]:
            answer = altered(one, ("data", *place[2:]), value)
            ended = check(f"{kind.one}-create", body=answer, status=201, execute=True)
            # It is read then whether it was created. Another account, though, is one that must not have this access.
            assert not ended.failed or "Datadog mapped it to another account" in ended["msg"], value


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
@pytest.mark.parametrize("request_kind", ["persona_mapping-users", "persona_mapping-users for info"])
def test_wrong_types_and_missing_keys_among_users(place, request_kind):
    user = {"id": JANE_UUID, "attributes": {"handle": JANE, "email": JANE, "disabled": False}}
    answer = {"data": [user], "meta": {"page": {"total_filtered_count": 1}}}

    for value in [*WRONG, REMOVED]:
        check(request_kind, body=altered(answer, place, value))


LOCATIONS = ["https://elsewhere.example/x", "//[", "http://[::1", "", "\u00e9", "x" * 5000]
REDIRECTS = [
    *((request, 307, LOCATIONS[0]) for request in REQUESTS),
    *(("persona_mapping-list", status, location) for status in (301, 302, 303, 308) for location in LOCATIONS),
]


@pytest.mark.parametrize(("request_kind", "status", "location"), REDIRECTS)
def test_redirects_are_not_followed(request_kind, status, location):
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
    kind = draw(st.sampled_from(KINDS))
    answer = draw(st.sampled_from([{"data": [kind.listed(1, "runner"), kind.listed(2, "other")]}, USERS_ANSWER]))
    return altered(answer, draw(st.sampled_from(PLACES)), draw(JSON))


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


@settings(max_examples=80)
@given(
    request_kind=st.sampled_from(sorted(REQUESTS)),
    body=BODIES,
    status=st.just(200) | st.sampled_from(STATUSES),
    content_type=st.sampled_from(["application/json", "text/html; charset=utf-16", "", "x" * 500, "\u2603"]),
    execute=st.booleans(),
)
def test_fuzzed_answers(request_kind, body, status, content_type, execute):
    executed = execute and may_be_executed(status)
    check(request_kind, body=body, status=status, content_type=content_type, execute=executed)
