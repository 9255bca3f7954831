# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proof is exchanged for a token, which is renewed in time: what all ways to log in by a proof have in common."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    CloudAuthError,
    Conflict,
    Forbidden,
    Interrupted,
    InvalidOption,
    NoAnswer,
    NotFound,
    NotIntegrated,
    RateLimited,
    RequestFailed,
    UnreadableAnswer,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import token_exchange
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.token_exchange import TokenExchange

NOON = 1_800_000_000.0


class Badge(TokenExchange):
    """A way to log in whose proofs are P1, P2, ...; ``fault`` is raised instead of the next one."""

    name = "the badge"

    def __init__(self):
        super().__init__()
        self.proofs = 0
        self.fault = None

    def _prove(self):
        fault = vars(self)["fault"]  # pylint would take it for None, which it is until a test sets it.
        if fault:
            raise fault
        self.proofs += 1
        self._hide(f"P{self.proofs}")
        return f"P{self.proofs}"

    def _explain(self, error):
        return "Show another badge."


class Datadog:
    """A stand-in for the client and for Datadog: issues the tokens T1, T2, ... of a life, or raises what it is told."""

    def __init__(self, life=900):
        self.life = life
        self.time = NOON
        self.requests = []
        self.faults = []

    def monotonic(self):
        """Another clock than the wall's."""
        return self.time - NOON

    def send(self, path, headers, action):
        self.requests.append((path, headers, action))
        if self.faults:
            raise self.faults.pop(0)
        attributes = {"access_token": f"T{len(self.requests)}", "expires": str(int(self.time + self.life))}
        return {"data": {"type": "delegated_token", "id": "1", "attributes": attributes}}

    def proof(self, number=-1):
        """The proof that it was sent."""
        return self.requests[number][1]["Authorization"].partition(" ")[2]


@pytest.fixture
def datadog(monkeypatch):
    datadog = Datadog()
    clocks = SimpleNamespace(time=lambda: datadog.time, monotonic=datadog.monotonic)
    monkeypatch.setattr(token_exchange, "time", clocks)
    return datadog


@pytest.fixture
def identity(datadog):
    return Badge()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class TestExchange:
    def test_first_request_exchanges_a_proof_for_a_token(self, identity, datadog):
        assert identity.headers(datadog.send) == bearer("T1")
        ((path, headers, action),) = datadog.requests
        assert (path, action) == ("/api/v2/delegated-token", "log in with the badge")
        assert headers == {"Authorization": "Delegated P1", "Content-Type": "application/json"}

    def test_a_token_serves_many_requests(self, identity, datadog):
        assert {identity.headers(datadog.send)["Authorization"] for _turn in range(1000)} == {"Bearer T1"}
        assert len(datadog.requests) == 1

    def test_headers_may_be_changed_by_whoever_gets_them(self, identity, datadog):
        identity.headers(datadog.send).clear()
        assert identity.headers(datadog.send) == bearer("T1")

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            [],
            "token",
            {},
            {"data": None},
            {"data": [{"attributes": {"access_token": "T"}}]},
            {"data": {"attributes": None}},
            {"data": {"attributes": {}}},
            *[
                {"data": {"attributes": {"access_token": token}}}
                for token in (None, "", " ", "a b", "a\r\nHost: x", "ä", 7, True, ["T"], {"T": "T"})
            ],
        ],
    )
    def test_an_answer_without_a_token_is_unreadable(self, identity, answer):
        with pytest.raises(UnreadableAnswer, match="contains no access token") as caught:
            identity.headers(lambda *_request: answer)
        assert not caught.value.may_be_executed


class TestRenewal:
    @pytest.mark.parametrize(
        ("life", "renewed_after"),
        [(900, 840), (3600, 3540), (121, 61), (120, 60), (119, 59.5), (60, 30), (10, 5), (1, 0.5)],
    )
    def test_a_minute_before_the_end_but_not_before_half_time(self, identity, datadog, life, renewed_after):
        datadog.life = life
        identity.headers(datadog.send)
        datadog.time += renewed_after - 0.01
        assert identity.headers(datadog.send) == bearer("T1")
        datadog.time += 0.01
        assert identity.headers(datadog.send) == bearer("T2")

    @pytest.mark.parametrize(
        "expires",
        [
            None, "", "soon", "NaN", "nan", "inf", "-inf", "-1", "0", "1", "9" * 400, "1" * 5000, "1e999", "2026-01-02",
            True, False, -5, 0, 10**400, float("nan"), float("inf"), float("-inf"), [], {}, [NOON + 5], str(NOON),
            str(NOON - 1), str(NOON * 1000), str(NOON + 86401),
        ],
    )  # fmt: skip
    def test_an_unreadable_end_means_15_minutes(self, identity, datadog, expires):
        attributes = {"access_token": "T", "expires": expires}
        identity.headers(lambda *_request: {"data": {"attributes": attributes}})
        datadog.time += 839
        assert identity.headers(datadog.send) == bearer("T")
        datadog.time += 1
        assert identity.headers(datadog.send) == bearer("T1")

    def test_a_missing_end_means_15_minutes(self, identity, datadog):
        identity.headers(lambda *_request: {"data": {"attributes": {"access_token": "T"}}})
        datadog.time += 840
        assert identity.headers(datadog.send) == bearer("T1")

    @pytest.mark.parametrize("kind", [int, float, str])
    def test_a_number_will_do_for_text(self, identity, datadog, kind):
        attributes = {"access_token": "T", "expires": kind(int(NOON) + 1000)}
        identity.headers(lambda *_request: {"data": {"attributes": attributes}})
        datadog.time += 939
        assert identity.headers(datadog.send) == bearer("T")
        datadog.time += 1
        assert identity.headers(datadog.send) == bearer("T1")

    @given(expires=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
    @example(expires="1800000001")
    def test_whatever_the_end_is_it_lies_ahead(self, expires):
        assert 0 < token_exchange._life(expires, NOON) <= 24 * 60 * 60

    def test_a_clock_that_is_set_makes_no_token_last_longer(self, identity, datadog, monkeypatch):
        identity.headers(datadog.send)
        clocks = SimpleNamespace(time=lambda: datadog.time - 3600, monotonic=datadog.monotonic)
        monkeypatch.setattr(token_exchange, "time", clocks)
        datadog.time += 840
        assert identity.headers(datadog.send) == bearer("T2")

    def test_when_it_ends_is_told_to_whoever_passes_it_on(self, identity, datadog):
        token = identity.token(datadog.send)
        assert (token.text, token.expires) == ("T1", NOON + 900)


class TestRejection:
    def test_a_token_that_was_got_because_of_another_is_given_time_to_become_known(self, identity, datadog):
        identity.rejected(identity.headers(datadog.send))
        new = identity.headers(datadog.send)

        assert not identity.rejected(new)
        assert identity.headers(datadog.send) == new
        datadog.time += 30
        assert identity.rejected(new)
        assert identity.headers(datadog.send) != new

    def test_a_rejected_token_is_replaced(self, identity, datadog):
        assert identity.rejected(identity.headers(datadog.send))
        assert identity.headers(datadog.send) == bearer("T2")

    def test_a_token_that_was_replaced_meanwhile_costs_no_login(self, identity, datadog):
        old = identity.headers(datadog.send)
        identity.rejected(old)
        identity.headers(datadog.send)
        assert identity.rejected(old)
        assert identity.headers(datadog.send) == bearer("T2")
        assert len(datadog.requests) == 2

    def test_two_rejections_before_the_next_login_are_one(self, identity, datadog):
        old = identity.headers(datadog.send)
        assert identity.rejected(old)
        assert identity.rejected(old)
        identity.headers(datadog.send)
        assert len(datadog.requests) == 2


def at_once(work, workers=32):
    """The results of ``work``, done by many threads at the same time; an error counts as one."""
    results = []
    start = threading.Barrier(workers)

    def run():
        start.wait()
        try:
            results.append(work())
        except CloudAuthError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _turn in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Crowd:
    """Holds the first exchange up until all threads have come."""

    def __init__(self, identity, datadog, threads=32):
        self._datadog = datadog
        self._missing = threads
        self._arrived = threading.Semaphore(0)
        lock = identity._lock
        crowd = self

        class Counting:
            def __enter__(self):
                crowd._arrived.release()
                lock.acquire()

            def __exit__(self, *_error):
                lock.release()

        identity._lock = Counting()

    def gather(self):
        while self._missing:
            self._arrived.acquire()
            self._missing -= 1

    def send(self, *request):
        self.gather()
        return self._datadog.send(*request)


class TestThreads:
    def test_32_threads_make_one_exchange(self, identity, datadog):
        crowd = Crowd(identity, datadog)
        assert at_once(lambda: identity.headers(crowd.send)) == [bearer("T1")] * 32
        assert len(datadog.requests) == 1

    def test_32_threads_whose_token_was_revoked_make_one_exchange(self, identity, datadog):
        old = identity.headers(datadog.send)

        def again():
            assert identity.rejected(old)
            return identity.headers(datadog.send)

        assert at_once(again) == [bearer("T2")] * 32
        assert len(datadog.requests) == 2

    def test_32_threads_fail_together(self, identity, datadog):
        datadog.faults = [NoAnswer("Could not log in: no route.")]
        crowd = Crowd(identity, datadog)
        results = at_once(lambda: identity.headers(crowd.send))
        assert {(type(result), str(result)) for result in results} == {(NoAnswer, "Could not log in: no route.")}
        assert len({id(result) for result in results}) == 32
        assert len(datadog.requests) == 1

    def test_what_a_thread_notes_on_its_error_is_not_told_by_the_others(self, identity, datadog):
        datadog.faults = [NoAnswer("Could not log in: no route.")]
        crowd = Crowd(identity, datadog)

        def noted():
            try:
                identity.headers(crowd.send)
            except NoAnswer as error:
                raise error.noted("Once.") from None

        assert {str(result) for result in at_once(noted)} == {"Could not log in: no route. Once."}

    def test_32_threads_without_a_proof_say_so_each(self, identity):
        identity.fault = InvalidOption("cloud_provider_type", "it needs botocore")
        results = at_once(lambda: identity.headers(None))
        assert [str(result) for result in results] == ["cloud_provider_type: it needs botocore."] * 32

    def test_later_requests_try_again(self, identity, datadog):
        datadog.faults = [NoAnswer("lost.")]
        with pytest.raises(NoAnswer):
            identity.headers(datadog.send)
        assert identity.headers(datadog.send) == bearer("T2")

    def test_an_interrupted_login_stops_nobody_else(self, identity, datadog):
        """Another thread may be putting a mapping back, which is not to be interrupted."""
        datadog.faults = [Interrupted("Interrupted by SIGTERM.")]
        crowd = Crowd(identity, datadog)
        results = at_once(lambda: identity.headers(crowd.send))
        assert [str(result) for result in results if result != bearer("T2")] == ["Interrupted by SIGTERM."]
        assert len(results) == 32


def refused(status, *errors, kind=ApiError):
    return kind(f"Could not log in: Datadog answered {status}.", status, list(errors))


class TestRefusal:
    def message(self, identity, datadog, *faults):
        datadog.faults = list(faults)
        with pytest.raises(RequestFailed) as caught:
            identity.headers(datadog.send)
        assert caught.value.http_status == faults[0].http_status
        assert caught.value.errors == faults[0].errors
        return str(caught.value)

    @pytest.mark.parametrize("status", [401, 403])
    def test_the_way_explains_a_refusal(self, identity, datadog, status):
        message = self.message(identity, datadog, refused(status, "x"))
        assert message == f"Could not log in: Datadog answered {status}. Show another badge."

    @pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
    def test_other_refusals_stay_as_they_are(self, identity, datadog, status):
        assert self.message(identity, datadog, refused(status, "x")) == f"Could not log in: Datadog answered {status}."

    @pytest.mark.parametrize(
        ("kind", "status"),
        [(NotIntegrated, 400), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (ApiError, 500)],
    )
    def test_a_refusal_says_nothing_about_the_request_that_needs_the_token(self, identity, datadog, kind, status):
        transport_error = refused(status, kind=kind)
        transport_error.may_pass, transport_error.may_be_executed = status == 500, True
        datadog.faults = [transport_error]
        with pytest.raises(ApiError) as caught:
            identity.headers(datadog.send)
        assert caught.value.__class__ is ApiError
        assert caught.value.may_pass is (status == 500)  # The request that needs the token tries again.
        assert not caught.value.may_be_executed

    def test_a_rate_limit_says_how_long_to_wait(self, identity, datadog):
        transport_error = refused(429, kind=RateLimited)
        transport_error.wait = 7.0
        datadog.faults = [transport_error]
        with pytest.raises(RateLimited) as caught:
            identity.headers(datadog.send)
        assert caught.value.wait == 7.0

    @pytest.mark.parametrize("kind", [NoAnswer, UnreadableAnswer])
    def test_a_lost_exchange_has_written_nothing(self, identity, datadog, kind):
        transport_error = kind("Could not log in: lost.")
        transport_error.may_pass = transport_error.may_be_executed = True
        datadog.faults = [transport_error]
        with pytest.raises(kind, match=r"^Could not log in: lost\.$") as caught:
            identity.headers(datadog.send)
        assert caught.value.may_pass
        assert not caught.value.may_be_executed

    def test_a_fresh_proof_is_not_tried_twice(self, identity, datadog):
        self.message(identity, datadog, refused(401))
        assert len(datadog.requests) == 1

    def slow(self, datadog):
        """An exchange whose first answer takes minutes, as when the rate limit has to be waited for."""

        def send(*request):
            datadog.time += 0 if datadog.requests else 300
            return datadog.send(*request)

        return send

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_proof_that_became_old_while_waiting_is_renewed(self, identity, datadog, status):
        datadog.faults = [refused(status)]
        assert identity.headers(self.slow(datadog)) == bearer("T2")
        assert datadog.proof(0) != datadog.proof(1)

    def test_age_is_no_reason_to_repeat_what_failed_otherwise(self, identity, datadog):
        datadog.faults = [refused(503)]
        with pytest.raises(ApiError):
            identity.headers(self.slow(datadog))
        assert len(datadog.requests) == 1


class TestSecrets:
    def test_nothing_is_secret_before_anything_is_used(self, identity):
        assert identity.secrets() == []

    def test_proofs_are_secret_when_they_are_refused(self, identity, datadog):
        datadog.faults = [refused(401)]
        with pytest.raises(ApiError):
            identity.headers(datadog.send)
        assert identity.secrets() == ["P1"]

    def test_old_tokens_and_proofs_stay_secret(self, identity, datadog):
        for _turn in range(3):
            identity.rejected(identity.headers(datadog.send))
            datadog.time += 60
        assert set(identity.secrets()) == {"P1", "T1", "P2", "T2", "P3", "T3"}


class TestAdvice:
    def test_refusals_of_the_token(self, identity):
        assert "the token that it issued for the badge" in identity.advice(401)
        assert "the badge is mapped to has the permission" in identity.advice(403)

    def test_other_refusals_are_not_about_the_identity(self, identity):
        assert identity.advice(404) == ""
