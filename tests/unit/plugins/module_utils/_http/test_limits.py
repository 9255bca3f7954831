# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits by name: which requests fall under which one, as far as answers have told."""

from __future__ import annotations

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.limits import LONGEST_NAME
from ansible_collections.datadog_community.cloud_auth.tests.unit.rate_limits import (
    CREATE,
    LIST,
    REMOVE,
    USERS,
    limits,
    named,
    send,
    told,
)


def test_a_limit_that_is_used_up_holds_back_only_what_falls_under_it():
    all_limits, clock = limits()
    send(all_limits, clock, USERS, **named("users", remaining="9"))
    send(all_limits, clock, LIST, **named("mappings", remaining="0", reset="30"))

    assert send(all_limits, clock, USERS) == 0
    assert send(all_limits, clock, LIST) == 30
    assert all_limits.waited == 30


def test_endpoints_of_one_limit_wait_together():
    all_limits, clock = limits()
    for endpoint in (LIST, CREATE, REMOVE):
        send(all_limits, clock, endpoint, **named("mappings", remaining="3"))
    all_limits.close(CREATE, 20)

    assert send(all_limits, clock, LIST) == 20
    assert send(all_limits, clock, REMOVE) == 20


def test_what_is_not_named_passes_one_gate():
    all_limits, clock = limits()
    send(all_limits, clock, LIST)
    all_limits.close(LIST, 5)

    assert send(all_limits, clock, USERS) == 5  # Nothing is known of it yet.


def test_an_answer_without_a_name_is_about_the_limit_that_is_known():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("mappings", reset="8"))
    send(all_limits, clock, LIST, X_RateLimit_Remaining="0", X_RateLimit_Reset="8")

    assert send(all_limits, clock, USERS) == 0
    assert send(all_limits, clock, LIST) == 8


def test_an_endpoint_may_come_under_another_limit():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("old", remaining="4"))
    send(all_limits, clock, LIST, **named("new", remaining="4"))
    all_limits.close(LIST, 5)

    send(all_limits, clock, USERS, **named("old", remaining="4"))

    assert send(all_limits, clock, USERS) == 0


def test_a_name_of_any_length_is_a_name():
    all_limits, clock = limits()
    send(all_limits, clock, LIST, **named("x" * 100_000))

    assert len(all_limits._names[LIST]) == LONGEST_NAME


def test_waits_in_several_gates_are_added():
    all_limits, clock = limits()
    for endpoint, name in ((LIST, "mappings"), (USERS, "users")):
        send(all_limits, clock, endpoint, **named(name, remaining="0", reset="10"))
        send(all_limits, clock, endpoint)

    assert all_limits.waited == 20


def test_a_limit_is_counted_from_its_first_request_on():
    """Two requests went out before the first answer told of the limit; both count."""
    all_limits, clock = limits()
    first, second = all_limits.enter(LIST), all_limits.enter(LIST)
    all_limits.leave(first, told(remaining="4", limit="5"))
    all_limits.leave(second)

    assert [send(all_limits, clock, LIST) for _request in range(4)] == [0, 0, 0, 10]
