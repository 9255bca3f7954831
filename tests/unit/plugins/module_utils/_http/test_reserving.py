# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client holds back what requests that follow each other need of rate limits."""

from __future__ import annotations

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import LimitReached, RateLimited
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Call, Connection
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import Client
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import FakeClock, Script

REMOVE = Call("DELETE", "/x", "remove it", item="1")
CREATE = Call("POST", "/x", "create it", body={})


@pytest.fixture
def client(script, monkeypatch):
    monkeypatch.setattr(
        requests.adapters.HTTPAdapter, "send", lambda _adapter, prepared, **settings: script(prepared, settings)
    )
    return Client(Connection("https://api.datadoghq.example", BearerToken("token")), FakeClock())


def limit(left, reset="10", size="5"):
    return {
        "X_RateLimit_Name": "writes",
        "X_RateLimit_Limit": size,
        "X_RateLimit_Remaining": left,
        "X_RateLimit_Reset": reset,
    }


def ask(client, call, reservation=None):
    return client.send(call, lambda answer: answer, reservation)


def test_after_the_first_request_the_second_does_not_wait(client, script: Script):
    script.expect("POST", "/x", body={}, **limit("2"))
    script.expect("DELETE", "/x/1", 204, **limit("1"))
    script.expect("GET", "/x", body={}, **limit("4"))
    script.expect("POST", "/x", body={}, **limit("3"))
    ask(client, CREATE)
    begun = FakeClock.time

    with client.reserve(REMOVE, CREATE) as reservation:
        ask(client, REMOVE, reservation)
        assert FakeClock.time == begun
        ask(client, Call("GET", "/x", "read it"))  # This is not what something is held back for.
        assert FakeClock.since(begun) == 11  # Resets are told in whole seconds.
        ask(client, CREATE, reservation)

    assert FakeClock.since(begun) == 11


def test_a_request_that_was_rejected_keeps_what_is_held_back(client, script: Script):
    script.expect("POST", "/x", body={}, **limit("5"))
    script.expect("DELETE", "/x/1", 429)
    script.expect("DELETE", "/x/1", 204)
    ask(client, CREATE)

    with client.reserve(REMOVE, CREATE) as reservation:
        with pytest.raises(RateLimited):
            ask(client, REMOVE, reservation)
        assert list(reservation.gates) == [CREATE.endpoint, REMOVE.endpoint]
        ask(client, REMOVE, reservation)
        assert list(reservation.gates) == [CREATE.endpoint]


def test_nothing_is_begun_if_the_limit_resets_too_late(client, script: Script):
    script.expect("POST", "/x", body={}, **limit("1", reset="900"))
    ask(client, CREATE)
    begun = FakeClock.time

    with pytest.raises(LimitReached) as error, client.reserve(REMOVE, CREATE):
        raise AssertionError("it was begun")

    assert FakeClock.time == begun
    assert str(error.value) == (
        "Could not create it: Datadog's rate limit has too little left for all requests that it takes, and resets in "
        "15 minutes only. Run the task again then. Host: api.datadoghq.example, from api_url."
    )
    assert error.value.may_be_executed is False


def test_nothing_is_begun_if_the_limit_is_never_enough(client, script: Script):
    script.expect("POST", "/x", body={}, **limit("1", size="1"))
    ask(client, CREATE)

    with pytest.raises(LimitReached, match="does not allow the requests for it in one period"):
        client.reserve(REMOVE, CREATE).__enter__()


def test_what_is_raised_meanwhile_ends_the_reservation(client, script: Script):
    script.expect("POST", "/x", body={}, **limit("2"))
    script.expect("POST", "/x", body={}, **limit("1"))
    ask(client, CREATE)
    begun = FakeClock.time

    with pytest.raises(KeyError), client.reserve(REMOVE, CREATE):
        raise KeyError

    ask(client, CREATE)
    assert FakeClock.time == begun
