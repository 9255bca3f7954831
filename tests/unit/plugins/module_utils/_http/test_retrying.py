# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which answers are no final ones, how long is waited before the next try, and what each request says of caches."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    RequestFailed,
    UnreadableAnswer,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.call import Call, Connection
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import Client
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import FakeClock, Script

READ = Call("GET", "/x", "read it")
REMOVE = Call("DELETE", "/x", "remove it", item="1", done_by=204)
CREATE = Call("POST", "/x", "create it", body={})
PASSING = [408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524]
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def client(script, monkeypatch):
    monkeypatch.setattr(
        requests.adapters.HTTPAdapter, "send", lambda _adapter, prepared, **settings: script(prepared, settings)
    )
    return Client(Connection("https://api.datadoghq.example", BearerToken("token")), FakeClock())


def date(seconds, now=NOW):
    return format_datetime(now + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", PASSING)
@pytest.mark.parametrize("call", [READ, REMOVE], ids=["GET", "DELETE"])
def test_it_is_sent_again(client, script: Script, status, call):
    script.expect(call.method, call.full_path, status)
    script.expect(call.method, call.full_path, 204 if call is REMOVE else 200, body=b"" if call is REMOVE else {})

    client.ask(call, lambda answer: answer)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 421, 422, 426, 451, 501, 505, 525])
def test_other_answers_are_final(client, script: Script, status):
    script.expect("GET", "/x", status)

    with pytest.raises(ApiError):
        client.ask(READ, lambda answer: answer)


@pytest.mark.parametrize(
    ("status", "may_be_executed"), [(400, False), (408, True), (425, False), (429, False), (503, True), (524, True)]
)
def test_whether_a_write_may_be_executed(client, script: Script, status, may_be_executed):
    script.expect("POST", "/x", status)

    with pytest.raises(ApiError) as error:
        client.send(CREATE, lambda answer: answer)
    assert error.value.may_be_executed is may_be_executed


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry_After": "7"}, 7, 7),
        ({"Retry_After": "1000"}, 300, 300),
        ({"Retry_After": date(9), "Date": date(0)}, 9, 9),
        ({"Retry_After": date(9).replace("GMT", "+0000"), "Date": date(0)}, 9, 9),
        ({"Retry_After": date(1000), "Date": date(0)}, 300, 300),
        # Without the time of who answered, the clock of this host has to do.
        ({"Retry_After": date(3500, datetime.now(timezone.utc))}, 300, 300),
        ({"Retry_After": date(-1), "Date": date(0)}, 0.1, 1),
        ({"Retry_After": date(4000), "Date": date(0)}, 0.1, 1),
        ({"Retry_After": "Sun, 29 Feb 2026 99:00:00 GMT", "Date": date(0)}, 0.1, 1),
        ({"Retry_After": "soon"}, 0.1, 1),
        ({"X_RateLimit_Reset": "7"}, 0.1, 1),
        ({}, 0.1, 1),
    ],
)
@pytest.mark.parametrize("status", [408, 503])
def test_it_is_waited_as_long_as_is_asked_for(client, script: Script, status, headers, least, most):
    script.expect("GET", "/x", status, **headers)
    script.expect("GET", "/x", body={})
    begun = FakeClock.time

    client.ask(READ, lambda answer: answer)

    assert least <= FakeClock.since(begun) <= most


def test_it_is_not_waited_longer_than_there_is_patience(client, script: Script):
    for _try in range(2):
        script.expect("GET", "/x", 503, Retry_After="200")
    begun = FakeClock.time

    with pytest.raises(RequestFailed, match="Sent 2 times"):
        client.ask(READ, lambda answer: answer, client.retry_policy(30))

    assert FakeClock.since(begun) == 30


@pytest.mark.parametrize("status", [200, 202, 203])
def test_a_removal_is_done_by_one_status_only(client, script: Script, status):
    script.expect("DELETE", "/x/1", status)

    with pytest.raises(UnreadableAnswer, match="an answer to this that means success has the status 204") as error:
        client.send(REMOVE, lambda answer: answer)
    assert error.value.may_be_executed is True
    assert error.value.may_pass is True


def test_what_is_read_comes_from_no_cache(client, script: Script):
    script.expect("GET", "/x", body={})
    script.expect("POST", "/x", body={})
    client.send(READ, lambda answer: answer)
    client.send(CREATE, lambda answer: answer)

    assert [request.headers.get("Cache-Control") for request in script.sent] == ["no-cache", None]
