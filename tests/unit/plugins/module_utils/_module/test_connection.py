# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection: what the task says goes before the environment, and one way to log in is used, or none."""

from __future__ import annotations

import itertools
import os
from socket import gethostname

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import InvalidOption
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.aws_identity import AwsIdentity
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.credentials import BearerToken, Keys
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.oidc_token import (
    OidcToken,
    TokenSource,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.connection import (
    CONNECTION_OPTIONS,
    SECRETS,
    connection_of,
    secrets_of,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.settings import (
    VARIABLES,
    Settings,
    within,
)

ORG = "5c1d3a7e-a0ae-11ed-88af-be56a8628f00"
# The ways to log in: options of a task, variables, and the class that they lead to.
WAYS = {
    "oidc": ({"oidc_token": "a.b.c"}, OidcToken),
    "identity": ({"cloud_provider_type": "aws", "org_uuid": ORG}, AwsIdentity),
    "token": ({"bearer_token": "ddpat_token"}, BearerToken),
    "keys": ({"api_key": "a" * 32, "app_key": "b" * 40}, Keys),
}
PLACES = {
    "api_url": ("https://proxy.corp.example", "https://proxy.corp.example"),
    "site": ("datadoghq.eu", "https://api.datadoghq.eu"),
}
# DD_HOST counts only if it is a URL.
VARIABLE = {**{option: names[0] for option, names in VARIABLES.items()}, "api_url": "DATADOG_HOST"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("DD_", "DATADOG_")):
            monkeypatch.delenv(name)


def settings(options=(), environment=(), monkeypatch=None):
    """The settings of a task that gives ``options``, with these variables by the name of the option they stand for."""
    for option, value in dict(environment).items():
        monkeypatch.setenv(VARIABLE.get(option, option), value)
    defaults = {name: option.get("default") for name, option in CONNECTION_OPTIONS.items()}
    given = frozenset(name for name, value in dict(options).items() if str(value).strip())
    return Settings({**defaults, **dict(options)}, given)


def pairs():
    """Each combination of a way, or none, in the task and a set of ways in the environment."""
    ways = [None, *WAYS]
    sets = itertools.chain.from_iterable(itertools.combinations(WAYS, count) for count in range(5))
    return list(itertools.product(ways, sets))


@pytest.mark.parametrize(("said", "around"), pairs())
def test_the_task_goes_before_the_environment_and_that_has_an_order(monkeypatch, said, around):
    options = WAYS[said][0] if said else {}
    environment = {name: value for way in around for name, value in WAYS[way][0].items()}
    found = settings(options, environment, monkeypatch)

    if not said and not around:
        with pytest.raises(InvalidOption, match=r"^api_key and app_key: no key is given\."):
            connection_of(found)
        return
    expected = said or next(way for way in WAYS if way in around)
    assert isinstance(connection_of(found).credentials, WAYS[expected][1])


@pytest.mark.parametrize("ways", [*itertools.combinations(WAYS, 2), *itertools.combinations(WAYS, 3), tuple(WAYS)])
def test_a_task_that_says_two_ways_is_refused(monkeypatch, ways):
    options = {name: value for way in ways for name, value in WAYS[way][0].items()}

    with pytest.raises(InvalidOption, match="these are different ways to log in") as refused:
        connection_of(settings(options))

    named = str(refused.value).partition(":")[0].split(" and ")
    assert set(named) == set(options) - {"org_uuid"}


def test_org_uuid_alone_is_no_way_to_log_in(monkeypatch):
    """Whoever gives it in the task means a cloud identity; in the environment it may be there for others."""
    with pytest.raises(
        InvalidOption, match=r"^org_uuid: it is only for logging in with a cloud identity or an OIDC token"
    ):
        connection_of(settings({"org_uuid": ORG}, WAYS["keys"][0], monkeypatch))
    found = settings({}, {**WAYS["keys"][0], "org_uuid": ORG}, monkeypatch)

    assert isinstance(connection_of(found).credentials, Keys)


@pytest.mark.parametrize("option", ["api_key", "app_key"])
def test_one_key_of_the_task_and_one_of_the_environment_are_a_pair(monkeypatch, option):
    found = connection_of(settings({option: "task"}, {**WAYS["keys"][0], **WAYS["token"][0]}, monkeypatch))

    other = {"api_key": "app_key", "app_key": "api_key"}[option]
    names = {"api_key": "DD-API-KEY", "app_key": "DD-APPLICATION-KEY"}
    assert found.credentials.headers(None) == {names[option]: "task", names[other]: WAYS["keys"][0][other]}


@pytest.mark.parametrize("missing", ["api_key", "app_key"])
@pytest.mark.parametrize("in_task", [True, False])
def test_half_of_a_pair_never_falls_back_to_another_way(monkeypatch, missing, in_task):
    """Here with a token in the environment: the task has said that it means keys."""
    half = {name: key for name, key in WAYS["keys"][0].items() if name != missing}
    found = settings(half if in_task else {}, WAYS["token"][0] if in_task else half, monkeypatch)

    with pytest.raises(InvalidOption, match=rf"^{missing}: it is not given, although ") as refused:
        connection_of(found)
    assert f"on {gethostname()}, the host where the module runs" in str(refused.value)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("way", ["identity", "oidc"])
@pytest.mark.parametrize("text", ["Corp", "corp.example", "12345678-90ab-cdef-1234-567890abcde"])
def test_an_organization_that_is_no_uuid_is_refused(text, way):
    with pytest.raises(
        InvalidOption, match=rf"^org_uuid: '{text}' is not a UUID, which looks like .*current_user_info"
    ):
        connection_of(settings({**WAYS[way][0], "org_uuid": text}))


@pytest.mark.parametrize(
    ("options", "environment", "origin"),
    [
        ({"bearer_token": "token"}, {"bearer_token": "other", "api_key": "x"}, ""),
        ({}, {"bearer_token": "token"}, " The token is from DD_BEARER_TOKEN."),
        (
            {},
            {"bearer_token": "token", "api_key": "x"},
            " The token is from DD_BEARER_TOKEN, which is used before the keys.",
        ),
    ],
)
def test_a_token_of_the_environment_is_told_where_it_fails(monkeypatch, options, environment, origin):
    credentials = connection_of(settings(options, environment, monkeypatch)).credentials

    for status in (401, 403):
        assert credentials.advice(status).endswith(origin or ". A new token works after a few seconds.") or not origin
        assert ("DD_BEARER_TOKEN" in credentials.advice(status)) is bool(origin)
    assert credentials.advice(500) == ""


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("us1.datadoghq.com", "us1.datadoghq.com is none of the known sites: datadoghq.com, us3.datadoghq.com, "),
        (
            "corp.datadoghq.eu",
            "A subdomain of an organization's own is no site; what such organizations need is often datadoghq.eu.",
        ),
        ("us5.datadoghq.com", ""),
        ("datadoghq.com", ""),
    ],
)
def test_a_site_that_is_not_known_has_advice_ready(site, words):
    advice = connection_of(settings({"site": site, **WAYS["keys"][0]})).site_advice

    assert words in advice
    assert bool(advice) is bool(words)
    assert connection_of(settings({"api_url": "https://gateway.corp.example", **WAYS["keys"][0]})).site_advice == ""


def test_what_is_missing_names_all_ways_and_their_variables():
    with pytest.raises(InvalidOption) as refused:
        connection_of(settings())

    for option in ("api_key", "app_key", "bearer_token", "cloud_provider_type", "org_uuid", "oidc_token_file"):
        assert option in str(refused.value)
        for variable in VARIABLES[option]:
            assert variable in str(refused.value)
    assert "Organization Settings" in str(refused.value)
    assert f"Variables are read on {gethostname()}, the host where the module runs." in str(refused.value)


@pytest.mark.parametrize("in_task", [True, False])
def test_a_cloud_identity_needs_an_organization(monkeypatch, in_task):
    way = {"cloud_provider_type": "aws"}
    found = settings(way if in_task else {}, {} if in_task else way, monkeypatch)

    with pytest.raises(InvalidOption, match=r"^org_uuid: .*DD_ORG_UUID or DATADOG_ORG_UUID.*current_user_info"):
        connection_of(found)


def test_the_organization_of_the_environment_will_do(monkeypatch):
    found = connection_of(settings({"cloud_provider_type": "aws"}, {"org_uuid": f" {ORG}\n"}, monkeypatch))

    assert found.credentials._org_uuid == ORG


def test_options_of_the_identity_are_handed_over():
    more = {"cloud_provider_region": "eu-west-1", "aws_profile": "runner"}
    found = connection_of(settings({**WAYS["identity"][0], **more})).credentials

    assert (found._region, found._profile) == ("eu-west-1", "runner")


FILE = {"oidc_token_file": "/run/token"}


@pytest.mark.parametrize(
    ("options", "environment", "source"),
    [
        ({"oidc_token": " a.b.c\n"}, {}, TokenSource("oidc_token", text="a.b.c")),
        (FILE, {}, TokenSource("oidc_token_file", path="/run/token")),
        ({}, {"oidc_token": "a.b.c"}, TokenSource("DD_OIDC_TOKEN", text="a.b.c")),
        ({}, FILE, TokenSource("DD_OIDC_TOKEN_FILE", path="/run/token")),
        ({}, {"DATADOG_OIDC_TOKEN_FILE": "/run/token"}, TokenSource("DATADOG_OIDC_TOKEN_FILE", path="/run/token")),
        # The task goes before the environment, and there the token itself before a file.
        (FILE, {"oidc_token": "a.b.c"}, TokenSource("oidc_token_file", path="/run/token")),
        ({"oidc_token": "a.b.c"}, FILE, TokenSource("oidc_token", text="a.b.c")),
        ({}, {**FILE, "oidc_token": "a.b.c"}, TokenSource("DD_OIDC_TOKEN", text="a.b.c")),
        (FILE, {"oidc_token_file": "/other"}, TokenSource("oidc_token_file", path="/run/token")),
    ],
)
def test_which_oidc_token_is_used(monkeypatch, options, environment, source):
    assert connection_of(settings(options, environment, monkeypatch)).credentials._source == source


def test_two_oidc_tokens_in_one_task_are_refused():
    with pytest.raises(InvalidOption, match=r"^oidc_token and oidc_token_file: these are different ways to log in"):
        connection_of(settings({"oidc_token": "a.b.c", **FILE}))


@pytest.mark.parametrize("custom", [True, False, None])
def test_options_of_the_oidc_token_are_handed_over(custom):
    more = {"org_uuid": ORG} if custom is None else {"oidc_custom_provider": custom}
    found = connection_of(settings({**FILE, **more})).credentials

    assert (found._is_custom, found._org_uuid) == (custom, ORG if custom is None else None)


def test_the_organization_of_the_environment_holds_for_oidc_tokens(monkeypatch):
    assert connection_of(settings(FILE, {"org_uuid": ORG}, monkeypatch)).credentials._org_uuid == ORG


@pytest.mark.parametrize("way", ["identity", "token", "keys"])
def test_oidc_custom_provider_is_for_oidc_tokens_only(way):
    with pytest.raises(
        InvalidOption, match=r"^oidc_custom_provider: it is only for logging in with an OIDC token, but"
    ):
        connection_of(settings({**WAYS[way][0], "oidc_custom_provider": False}))


@pytest.mark.parametrize("option", ["cloud_provider_region", "aws_profile"])
@pytest.mark.parametrize("way", ["oidc", "token", "keys"])
def test_what_aws_needs_is_for_aws_only(way, option):
    with pytest.raises(InvalidOption, match=rf"^{option}: it is only for logging in with a cloud identity, but this"):
        connection_of(settings({**WAYS[way][0], option: "x"}))


@pytest.mark.parametrize("provider", ["gcp", "AWS2"])
def test_other_clouds_are_refused(monkeypatch, provider):
    found = settings({}, {"cloud_provider_type": provider, "org_uuid": ORG}, monkeypatch)

    with pytest.raises(InvalidOption, match=f"^cloud_provider_type: '{provider.lower()}' is not supported"):
        connection_of(found)


def test_the_variable_may_be_in_capitals(monkeypatch):
    found = settings({}, {"cloud_provider_type": " AWS ", "org_uuid": ORG}, monkeypatch)

    assert isinstance(connection_of(found).credentials, AwsIdentity)


@pytest.mark.parametrize("option", VARIABLES)
@pytest.mark.parametrize("blank", ["", " ", "\n", "None", " None\n"])
def test_the_first_variable_that_is_not_blank_counts(monkeypatch, option, blank):
    """Ansible makes the text None of a null in the environment of a task."""
    first, *others = VARIABLES[option]
    for other in others:
        monkeypatch.setenv(first, blank)
        monkeypatch.setenv(other, "value")
        assert settings().value(option) == "value"
    monkeypatch.setenv(first, "https://first")
    assert settings().value(option) == "https://first"


@pytest.mark.parametrize("host", ["web1", "127.0.0.1", "api.datadoghq.eu", "ftp://x"])
def test_dd_host_counts_only_if_it_is_a_url(monkeypatch, host):
    """Datadog's tracers take it for the name of the host of the agent."""
    monkeypatch.setenv("DD_HOST", host)
    assert settings().value("api_url") == ""
    monkeypatch.setenv("DATADOG_HOST", "https://api.datadoghq.eu")
    assert settings().value("api_url") == "https://api.datadoghq.eu"
    monkeypatch.setenv("DD_HOST", "HTTPS://api.us5.datadoghq.com")
    assert settings().value("api_url") == "HTTPS://api.us5.datadoghq.com"


HEX_32, HEX_40 = "0123456789abcdef" * 2, "0123456789ABCDEF01234567" + "0123456789abcdef"


def test_keys_that_look_swapped_are_refused():
    with pytest.raises(InvalidOption, match=r"^api_key and app_key: they look swapped: an API key has 32"):
        connection_of(settings({"api_key": HEX_40, "app_key": HEX_32}))
    for api_key, app_key in (
        (HEX_32, HEX_40),
        (HEX_32, HEX_32),
        (HEX_40, HEX_40),
        (HEX_40, "x" * 32),
        ("x" * 40, HEX_32),
    ):
        assert connection_of(settings({"api_key": api_key, "app_key": app_key}))


@pytest.mark.parametrize("option", ["api_key", "app_key", "bearer_token"])
@pytest.mark.parametrize(
    "secret", ['"0123456789abcdef"', "'0123456789abcdef'", '0123"456789abcdef', "\u201c0123456789\u201d"]
)
def test_a_key_with_quotes_is_refused(option, secret):
    given = {option: secret} if option == "bearer_token" else {**WAYS["keys"][0], option: secret}

    with pytest.raises(InvalidOption, match=rf"^{option}: it contains quotes, which no key or token has\.") as refused:
        connection_of(settings(given))
    assert "0123" not in str(refused.value)


# --- where


@pytest.mark.parametrize("said", [None, "site", "api_url", "both"])
@pytest.mark.parametrize("around", [(), ("site",), ("api_url",), ("site", "api_url")])
def test_where_requests_go(monkeypatch, said, around):
    names = {None: (), "both": ("api_url", "site")}.get(said, (said,))
    options = {name: PLACES[name][0] for name in names}
    environment = {"site": "us5.datadoghq.com", "api_url": "http://127.0.0.1:8474"}
    expected = {"site": "https://api.us5.datadoghq.com", "api_url": "http://127.0.0.1:8474"}

    found = connection_of(
        settings({**WAYS["keys"][0], **options}, {name: environment[name] for name in around}, monkeypatch)
    )

    if said:
        option = "api_url" if "api_url" in names else "site"
        assert (found.base_url, found.set_by) == (PLACES[option][1], option)
    elif around:
        option = "api_url" if "api_url" in around else "site"
        assert (found.base_url, found.set_by) == (expected[option], VARIABLE[option])
    else:
        assert (found.base_url, found.set_by) == ("https://api.datadoghq.com", "the default of site")


def test_what_is_not_used_is_not_checked(monkeypatch):
    found = settings({**WAYS["keys"][0], "site": "datadoghq.eu"}, {"api_url": "nonsense"}, monkeypatch)

    assert connection_of(found).host == "api.datadoghq.eu"


@pytest.mark.parametrize("option", ["site", "api_url"])
@pytest.mark.parametrize("in_task", [True, False])
def test_what_is_no_place_is_refused(monkeypatch, option, in_task):
    wrong = {option: "corp.example"}
    found = settings({**WAYS["keys"][0], **(wrong if in_task else {})}, {} if in_task else wrong, monkeypatch)

    with pytest.raises(InvalidOption, match=f"^{option}: "):
        connection_of(found)


# --- the rest


@pytest.mark.parametrize("option", [option for option in SECRETS if option != "oidc_token"])
@pytest.mark.parametrize("text", ["with a blank", "with\nline break", "umlaut-\u00fc", "nul-\x00"])
def test_what_fits_into_no_header_is_refused(option, text):
    way = WAYS["token" if option == "bearer_token" else "keys"][0]

    with pytest.raises(InvalidOption) as refused:
        connection_of(settings({**way, option: text}))

    assert (
        str(refused.value)
        == f"{option}: it contains a character that no key or token has, such as a space or a line break."
    )


@pytest.mark.parametrize(
    ("options", "environment", "secrets"),
    [
        ({}, {}, []),
        ({"api_key": "in the task"}, {}, []),  # Ansible itself hides those.
        ({}, {"api_key": "one", "app_key": "two", "bearer_token": "three"}, ["one", "two", "three"]),
        ({"bearer_token": "x"}, {"api_key": "one"}, ["one"]),
        ({}, {"oidc_token": "a.b.c", "oidc_token_file": "/no/secret"}, ["a.b.c"]),
        ({"site": "https://user:pass@corp.example"}, {}, ["user:pass"]),
        ({}, {"api_url": "//password@corp.example"}, ["password"]),
    ],
)
def test_what_has_to_be_hidden(monkeypatch, options, environment, secrets):
    assert secrets_of(settings(options, environment, monkeypatch)) == secrets


@pytest.mark.parametrize(
    ("option", "error"),
    [("timeout", 0), ("timeout", -5), ("timeout", 3601), ("timeout", 10**30), ("retries", -1), ("retries", 101)],
)
def test_numbers_have_bounds(option, error):
    with pytest.raises(InvalidOption, match=rf"^{option}: {error} is not between \d+ and \d+\.$"):
        connection_of(settings({**WAYS["keys"][0], option: error}))


@pytest.mark.parametrize(
    ("options", "verify"),
    [({}, True), ({"validate_certs": False}, False), ({"ca_path": "/"}, "/")],
)
def test_authorities(options, verify):
    assert connection_of(settings({**WAYS["keys"][0], **options})).verify == verify


def test_authorities_that_are_not_there():
    with pytest.raises(InvalidOption, match=r"^ca_path: there is no file or folder /no/such\.$"):
        connection_of(settings({**WAYS["keys"][0], "ca_path": "/no/such"}))


@pytest.mark.parametrize(("value", "fits"), [(0, False), (1, True), (8, True), (9, False)])
def test_both_bounds_are_within(value, fits):
    if fits:
        assert within(1, 8, {"x": value}, "x") == value
        return
    with pytest.raises(InvalidOption, match=rf"^x: {value} is not between 1 and 8\.$"):
        within(1, 8, {"x": value}, "x")
