# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datadog's rate limit: waiting as long as it says, together, within bounds, and saying so."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    JANE,
    KINDS,
    OMAR,
    PERSONA,
    USERS,
    FakeClock,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    run,
)

LIMITED = {"status": 429, "body": {"errors": ["Too many requests"]}}


def requests_of(kind):
    """Each sort of request, and a task that sends it."""
    requests = {
        "list": ({"method": "GET", "path": f"{kind.path}$"}, kind.one, kind.wanted("runner", OMAR)),
        "read": ({"method": "GET", "path": f"{kind.path}/"}, kind.info, {}),
        "users": ({"path": USERS}, kind.one, kind.wanted("runner", CI_EMAIL)),
        "create": ({"method": "POST"}, kind.one, kind.wanted("new", OMAR)),
        "delete": ({"method": "DELETE"}, kind.one, kind.absent("runner")),
    }
    return {name: request for name, request in requests.items() if kind.has_account or name != "users"}


REQUESTS = [(kind, name) for kind in KINDS for name in requests_of(kind)]
every_request = pytest.mark.parametrize(
    ("kind", "request_kind"), REQUESTS, ids=[f"{kind.one}-{name}" for kind, name in REQUESTS]
)
HEADERS = {
    "reset": ({"X-RateLimit-Reset": "7"}, 7, 7),
    "reset before retry-after": ({"X-RateLimit-Reset": "7", "Retry-After": "100"}, 7, 7),
    "retry-after": ({"Retry-After": "9"}, 9, 9),
    "fraction": ({"X-RateLimit-Reset": "2.5"}, 2.5, 2.5),
    "junk, then retry-after": ({"X-RateLimit-Reset": "soon", "Retry-After": "4"}, 4, 4),
    "date": ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.1, 2),
    "missing": ({}, 0.1, 2),
    "zero": ({"X-RateLimit-Reset": "0"}, 0.1, 2),
    "absurd": ({"X-RateLimit-Reset": "1893456000"}, 0.1, 2),
    "long": ({"X-RateLimit-Reset": "3000"}, 300, 300),
}


def task(kind, request, api):
    """What strikes the request, and a task that sends it."""
    which, module, arguments = requests_of(kind)[request]
    [existing] = api.sandbox.mappings(kind.sandbox)
    return which, module, {**arguments, "id": existing["id"]} if request == "read" else arguments


# All headers with one request, and all requests with one header and with none.
WAITS = [(kind, name, headers) for kind, name in REQUESTS for headers in ("reset", "missing")] + [
    (PERSONA, "list", headers) for headers in HEADERS
]


@pytest.mark.parametrize(("kind", "request_kind", "headers"), WAITS)
def test_it_is_waited_as_long_as_the_headers_say(kind, request_kind, headers):
    headers, least, most = HEADERS[headers]
    api = organization(kind, kind.wanted("runner"))
    which, module, arguments = task(kind, request_kind, api)
    api.fault(**which, **LIMITED, headers=headers)
    begun = FakeClock.time

    ended = run(module, api, arguments)

    assert not ended.failed, ended.result
    assert [request.status for request in api.sandbox.requests].count(429) == 1
    assert least <= FakeClock.since(begun) <= most
    assert [warning for warning in ended.warnings if "rate limit" in warning] == (
        ["Requests waited 300 s in total for Datadog's rate limit."] if least == 300 else []
    )


@every_request
@pytest.mark.parametrize("retries", [0, 5])
def test_it_is_an_error_when_it_never_ends(kind, request_kind, retries):
    api = organization(kind, kind.wanted("runner"))
    which, module, arguments = task(kind, request_kind, api)
    api.fault(**which, **LIMITED, headers={"X-RateLimit-Reset": "20"}, times=None)
    begun = FakeClock.time

    ended = run(module, api, {**arguments, "retries": retries})

    assert ended.failed
    assert ended["http_status"] == 429
    assert ended["errors"] == ["Too many requests"]
    assert "This is Datadog's rate limit. Run the task again later, or raise retries." in ended["msg"]
    assert [request.status for request in api.sandbox.requests].count(429) == retries + 1
    assert FakeClock.since(begun) == 20 * retries
    assert ended.result.get("changed", False) is False
    assert [warning for warning in ended.warnings if "waited 100 s in total" in warning] or retries < 5


def test_a_limit_that_passes_in_between_is_counted_anew():
    api = InProcess(mappings=[PERSONA.wanted("runner")])
    for _time in range(3):
        api.fault(method="GET", **LIMITED, headers={"Retry-After": "1"})

    assert not run("persona_mapping", api, {**PERSONA.wanted("new", CI_EMAIL), "retries": 3}).failed


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_what_is_left_of_a_limit_is_used_and_nothing_more(concurrency):
    """100 creations, 10 requests every 10 s; each period rejects less than one burst."""
    api = InProcess(rate_limit=(10, 10))
    wants = [PERSONA.wanted(f"runner-{number}", JANE) for number in range(100)]
    begun = FakeClock.time

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": concurrency})

    assert not ended.failed, ended.result
    assert ended["summary"]["created"] == 100
    periods = FakeClock.since(begun) / 10
    rejected = [request.status for request in api.sandbox.requests].count(429)
    assert rejected < concurrency * max(1, periods)
    if concurrency == 1:  # On this clock several threads that wait make more time pass than one.
        assert rejected == 0
        assert FakeClock.since(begun) <= 1.15 * 100


@every_kind
def test_each_of_datadogs_limits_is_waited_for_by_itself(kind):
    """The limit on users is used up by somebody else; mappings have a limit of their own, which is not."""
    name = f"cloud_auth_{kind.sandbox}_mapping"
    api = InProcess(rate_limits={name: (100, 60), "users": (2, 60)})
    wants = [kind.wanted(f"runner-{number}", CI_EMAIL) for number in range(10)]
    begun = FakeClock.time

    for check in (True, False):  # Each looks one account up, where there are accounts.
        assert not run(kind.many, api, {"mappings": wants, "concurrency": 1}, check).failed

    assert FakeClock.time == begun


@every_persona_kind
def test_a_limit_that_is_used_up_holds_back_what_falls_under_it(kind):
    api = InProcess(rate_limits={"users": (1, 30)})
    wants = [kind.wanted("a", JANE), kind.wanted("b", OMAR), kind.wanted("c", CI_EMAIL)]
    begun = FakeClock.time

    ended = run(kind.many, api, {"mappings": wants, "concurrency": 1}, check=True)

    assert not ended.failed
    assert 60 <= FakeClock.since(begun) <= 62  # Three accounts are looked up; headers have whole seconds.
    assert [request.status for request in api.sandbox.requests].count(429) == 0
    assert [warning for warning in ended.warnings if "s in total for Datadog's rate limit" in warning]


def test_a_limit_on_every_answer_is_no_reason_to_wait():
    api = InProcess(rate_limit=(1000, 60))
    begun = FakeClock.time

    run("persona_mapping", api, PERSONA.wanted("runner"))

    assert FakeClock.time == begun


def test_a_limit_whose_size_is_not_told_is_kept_all_the_same():
    api = InProcess().fault(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"})
    begun = FakeClock.time

    assert run("persona_mapping", api, PERSONA.wanted("runner"))["changed"] is True
    assert FakeClock.since(begun) == 12
