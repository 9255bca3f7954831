# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and bearer tokens: what they send, and what they say after a refusal."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken, Keys

KEYS = Keys("facade00facade00", "decade00decade00")
TOKEN = BearerToken("ddpat_0123456789abcdef")


def send(path, headers, action):
    raise AssertionError("these credentials log in without a request")


@pytest.mark.parametrize(
    ("credentials", "headers"),
    [
        (KEYS, {"DD-API-KEY": "facade00facade00", "DD-APPLICATION-KEY": "decade00decade00"}),
        (TOKEN, {"Authorization": "Bearer ddpat_0123456789abcdef"}),
    ],
)
class TestBoth:
    def test_each_request_carries_one_way_to_log_in(self, credentials, headers):
        assert credentials.headers(send) == headers

    def test_headers_may_be_changed_by_whoever_gets_them(self, credentials, headers):
        credentials.headers(send).clear()
        assert credentials.headers(send) == headers

    def test_sending_them_again_does_not_help(self, credentials, headers):
        assert not credentials.rejected(headers)

    @pytest.mark.parametrize("status", [401, 403])
    def test_advice_names_the_options_to_check(self, credentials, headers, status):
        advice = credentials.advice(status)
        assert any(word in advice for word in ("api_key and app_key", "bearer_token", "the token"))
        assert advice.endswith(".")

    def test_other_refusals_are_not_about_credentials(self, credentials, headers):
        assert credentials.advice(400) == ""


def test_keys_are_secrets():
    assert KEYS.secrets() == ["facade00facade00", "decade00decade00"]


def test_a_token_is_a_secret():
    assert TOKEN.secrets() == ["ddpat_0123456789abcdef"]


def test_their_names_are_those_of_the_options():
    assert (KEYS.name, TOKEN.name) == ("api_key and app_key", "bearer_token")
