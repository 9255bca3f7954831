# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites and base URLs: the API's host for each spelling, and no key to any other host."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.sites import (
    base_url_of_site,
    clean_base_url,
    is_loopback,
)

# The API's reference, and its newer sites.
SITES = [
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "ddog-gov.com",
    "us2.ddog-gov.com",
]
# Sites that are not known yet.
NEW_SITES = ["us9.datadoghq.com", "eu2.datadoghq.eu", "us-west-7.ddog-gov.com", "a.b.datadoghq.com", "x.datadoghq.eu"]


@pytest.mark.parametrize("prefix", ["", "app.", "api.", "https://", "https://app.", "https://api.", "HTTPS://App."])
@pytest.mark.parametrize("site", SITES + NEW_SITES)
def test_every_spelling_of_a_site_leads_to_its_api(site, prefix):
    expected = f"https://api.{site}"

    assert base_url_of_site(prefix + site) == expected
    assert base_url_of_site((prefix + site).upper()) == expected
    assert base_url_of_site((prefix + site).title()) == expected
    assert base_url_of_site(expected) == expected


@pytest.mark.parametrize("around", ["{}/", "https://{}/", " {} ", "{}\n", "\thttps://app.{}/ \r\n"])
@pytest.mark.parametrize("site", SITES)
def test_a_site_may_be_pasted_from_a_browser(site, around):
    assert base_url_of_site(around.format(site)) == f"https://api.{site}"


@pytest.mark.parametrize(
    "site",
    [
        "",
        ".",
        "com",
        "corp.example",
        "datadoghq",
        "datadoghq.org",
        "datadoghq.com.evil.example",
        "evildatadoghq.com",
        "evil-datadoghq.com",
        "us5-datadoghq.com",
        "datadoghq.com.",
        ".datadoghq.com",
        "us5..datadoghq.com",
        "-us5.datadoghq.com",
        "us5-.datadoghq.com",
        "us_5.datadoghq.com",
        "http://datadoghq.com",
        "ftp://datadoghq.com",
        "https://",
        "https:/datadoghq.com",
        "https://https://datadoghq.com",
        "//datadoghq.com",
        "datadoghq.com/api",
        "https://app.datadoghq.com/account/login",
        "corp.example/datadoghq.com",
        "corp.example/.datadoghq.com",
        "corp.example?.datadoghq.com",
        "corp.example#.datadoghq.com",
        "corp.example\\.datadoghq.com",
        "datadoghq.com:443",
        "datadoghq.com?x=1",
        "datadoghq.com#x",
        "user@datadoghq.com",
        "datadoghq.com@corp.example",
        "datadoghq.com//",
        "https:// datadoghq.com",
        "us5.\ndatadoghq.com",
        "datadoghq .com",
        "dätadoghq.com",
        "dаtadoghq.com",  # noqa: RUF001 - a Cyrillic letter, on purpose
        "us5。datadoghq.com",
        "ｕｓ5.datadoghq.com",  # noqa: RUF001 - letters of another width, on purpose
        "xn--dtadoghq-0za.com",
        "us%35.datadoghq.com",
        "[::1].datadoghq.com",
        "*.datadoghq.com",
    ],
)
def test_anything_else_is_refused(site):
    with pytest.raises(InvalidOption, match="not a Datadog site") as refused:
        base_url_of_site(site)

    assert str(refused.value).startswith("site: ")
    assert "api_url" in str(refused.value)


HOST = re.compile(r"https://api\.([a-z0-9-]+\.)*(datadoghq\.com|datadoghq\.eu|ddog-gov\.com)")


@given(
    st.text(st.sampled_from("aZ09.-/:@?#%\\ \n\u212a\u017fé"), max_size=12),
    st.sampled_from(["", *SITES]),
    st.text(max_size=3),
)
@example("", "datadoghq.com", ".example")
def test_keys_go_to_datadog_only(before, site, after):
    try:
        url = base_url_of_site(before + site + after)
    except InvalidOption:
        return
    assert HOST.fullmatch(url)


@pytest.mark.parametrize(
    "text",
    [
        "jane:geheim1234@datadoghq.com",
        "https://jane:geheim1234@datadoghq.com",
        "https://jane:geheim1234/x@datadoghq.com",
    ],
)
def test_a_password_in_a_site_is_not_shown(text):
    with pytest.raises(InvalidOption) as refused:
        base_url_of_site(text)

    assert "geheim1234" not in str(refused.value)
    assert "@datadoghq.com" in str(refused.value)


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://api.datadoghq.eu", None),
        ("https://api.datadoghq.eu/", "https://api.datadoghq.eu"),
        ("https://proxy.corp.example:8443/datadog/", "https://proxy.corp.example:8443/datadog"),
        ("HTTPS://proxy.corp.example", "https://proxy.corp.example"),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::7]:8443", None),
        ("http://127.0.0.1:8080", None),
        ("http://127.0.0.2", None),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:8080", None),
        ("http://LOCALHOST", None),
    ],
)
def test_a_whole_url_is_taken_as_it_is(api_url, expected):
    assert clean_base_url(api_url) == (expected or api_url)


@pytest.mark.parametrize(
    ("api_url", "error"),
    [
        ("http://api.datadoghq.com", "unencrypted"),
        ("http://192.0.2.7:8080", "unencrypted over the network to 192.0.2.7"),
        ("http://[2001:db8::7]", "unencrypted"),
        ("http://0.0.0.0", "unencrypted"),
        ("http://128.0.0.1", "unencrypted"),
        ("http://localhost.corp.example", "unencrypted"),
        ("http://127.0.0.1.corp.example", "unencrypted"),
        ("http://localhost@corp.example", "user or a password"),
        ("https://jane@proxy.corp.example", "user or a password"),
        ("https://@proxy.corp.example", "user or a password"),
        ("https://proxy.corp.example?x=1", "before any"),
        ("https://proxy.corp.example/?", "before any"),
        ("https://proxy.corp.example#x", "before any"),
        ("https://proxy.corp.example/#", "before any"),
        ("https://proxy corp.example", "a character that is not allowed in a URL"),
        ("https://proxy.corp.example\\@evil.example", "user or a password"),
        ("https://proxy.corp.example\\evil", "a character that is not allowed in a URL"),
        ("https://proxy.corp.example/\n", "a character that is not allowed in a URL"),
        (" https://proxy.corp.example", "a character that is not allowed in a URL"),
        ("https://pröxy.corp.example", "a character that is not allowed in a URL"),
        ("https://[::1", "can't be read"),
        ("https://proxy.corp.example:port", "can't be read"),
        ("https://proxy.corp.example:99999", "can't be read"),
        ("https://", "not a complete URL"),
        ("https:///path", "not a complete URL"),
        ("proxy.corp.example", "not a complete URL"),
        ("localhost:8080", "not a complete URL"),
        ("ftp://proxy.corp.example", "not a complete URL"),
        ("file:///etc/passwd", "not a complete URL"),
        ("/path", "not a complete URL"),
        ("https://proxy.corp.example/api", "ends in a path of the API"),
        ("https://api.datadoghq.eu/api/v1/", "ends in a path of the API"),
        ("https://api.datadoghq.eu/api/v2", "ends in a path of the API"),
    ],
)
def test_a_url_that_keys_must_not_go_to_is_refused(api_url, error):
    with pytest.raises(InvalidOption, match=error) as refused:
        clean_base_url(api_url)

    assert str(refused.value).startswith("api_url: ")


@pytest.mark.parametrize(
    "api_url",
    [
        "https://jane:geheim1234@proxy.corp.example",
        "http://jane:geheim1234@proxy.corp.example",
        "https://jane:geheim1234@proxy.corp.example:port",
        "https://jane:[geheim1234@proxy.corp.example",
        "jane:geheim1234@proxy.corp.example",
        "https:/jane:geheim1234@proxy.corp.example",
        "ftp:jane:geheim1234/@proxy.corp.example",
    ],
)
def test_a_password_in_a_url_is_not_shown(api_url):
    with pytest.raises(InvalidOption) as refused:
        clean_base_url(api_url)

    assert "geheim1234" not in str(refused.value)


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:@\[\]/?#%-]{0,20}"))
def test_any_text_is_a_fit_url_or_refused(text):
    try:
        url = clean_base_url(text)
    except InvalidOption:
        return
    assert re.fullmatch(r"https?://[!-~]+", url)
    assert not set("@?# ") & set(url.split("/")[2])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("::", False),
        ("corp.example", False),
        ("127.1.corp.example", False),
        ("", False),
    ],
)
def test_loopback_is_told_without_a_name_server(host, expected):
    assert is_loopback(host) is expected
