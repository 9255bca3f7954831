# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OIDC token: how it is sent, what is checked before, and what is told of it. What it shares with other ways is in
test_token_exchange.py."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._errors import (
    ApiError,
    InvalidOption,
    RequestFailed,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http import oidc_token, token_exchange
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.oidc_token import (
    OidcToken,
    TokenSource,
)

ORG = "12345678-90ab-cdef-1234-567890abcdef"
NOON = 1_800_000_000.0
TERRAFORM, TERRAFORM_EU = "https://app.terraform.io", "https://app.eu.terraform.io"
GITHUB = "https://token.actions.githubusercontent.com"
KUBERNETES = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
AUDIENCE = f"datadog/{ORG}"
POD = {"iss": KUBERNETES, "sub": "system:serviceaccount:ci:ansible", "aud": ["datadog"], "exp": NOON + 600}
RUN = {"iss": TERRAFORM, "sub": "organization:corp:project:p:workspace:w:run_phase:apply", "aud": AUDIENCE}


def part(value):
    return urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")


def jwt(claims):
    return ".".join((part({"alg": "RS256", "typ": "JWT"}), part(claims), part(b"signature of the issuer")))


class Datadog:
    """Issues a token, or raises what it is told; ``proofs`` are those that were sent."""

    def __init__(self):
        self.proofs = []
        self.refusal = None

    def send(self, _path, headers, _action):
        scheme, _space, proof = headers["Authorization"].partition(" ")
        assert scheme == "Delegated"
        self.proofs.append(proof)
        refusal = vars(self)["refusal"]  # pylint would take it for None, which it is until a test sets it.
        if refusal:
            raise refusal
        return {"data": {"attributes": {"access_token": f"T{len(self.proofs)}"}}}


@pytest.fixture
def datadog(monkeypatch):
    for module in (oidc_token, token_exchange):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: NOON, monotonic=lambda: 0.0))
    return Datadog()


def given_as(token, **options):
    return OidcToken(TokenSource("oidc_token", text=token), **options)


def refusal(datadog, credentials):
    """The words of a refusal before anything was sent."""
    with pytest.raises(RequestFailed) as caught:
        credentials.headers(datadog.send)
    assert not datadog.proofs
    assert not caught.value.may_pass
    return str(caught.value)


# Header, claims and signature of RFC 7515, appendix A.1: an issuer that is no URL.
RFC_7515 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
    "9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


class TestForm:
    @pytest.mark.parametrize(
        ("issuer", "is_custom"),
        [
            (TERRAFORM, False),
            (TERRAFORM_EU, False),
            (GITHUB, False),
            (f"{GITHUB}/corp", False),
            (f"{GITHUB}.evil.example", True),
            (f"{TERRAFORM}/", True),
            (f"{TERRAFORM}.evil.example", True),
            ("http://app.terraform.io", True),
            (KUBERNETES, True),
            ("https://gitlab.com", True),
            ("", True),
            (None, False),
            (["https://gitlab.com"], False),
            (7, False),
        ],
    )
    def test_the_issuer_decides(self, datadog, issuer, is_custom):
        token = jwt({**RUN, "iss": issuer})
        given_as(token).headers(datadog.send)
        assert datadog.proofs == [f"oidc-{token}" if is_custom else token]

    def test_without_an_issuer_it_is_sent_as_it_is(self, datadog):
        token = jwt({"sub": "x"})
        given_as(token).headers(datadog.send)
        assert datadog.proofs == [token]

    @pytest.mark.parametrize("is_custom", [True, False])
    @pytest.mark.parametrize("issuer", [TERRAFORM, GITHUB, KUBERNETES, None])
    def test_the_option_goes_before_the_issuer(self, datadog, issuer, is_custom):
        token = jwt({**RUN, "iss": issuer})
        given_as(token, is_custom=is_custom).headers(datadog.send)
        assert datadog.proofs == [f"oidc-{token}" if is_custom else token]

    def test_vector_of_the_standard(self, datadog, monkeypatch):
        monkeypatch.setattr(oidc_token, "time", SimpleNamespace(time=lambda: 1300819379.0))
        given_as(RFC_7515).headers(datadog.send)
        assert datadog.proofs == [f"oidc-{RFC_7515}"]

    def test_that_vector_has_expired_a_second_later(self, datadog, monkeypatch):
        monkeypatch.setattr(oidc_token, "time", SimpleNamespace(time=lambda: 1300819380.0))
        assert refusal(datadog, given_as(RFC_7515)) == (
            "Could not log in with the OIDC token: the token (oidc_token), of issuer joe, subject (none), audience "
            "(none), has expired at 2011-03-22T18:43:00Z. Get a new one, or set the clock of the host "
            "where the module runs."
        )


class TestNoToken:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "is empty."),
            ("secret", "is not a JWT, which has three parts"),
            ("a.b", "is not a JWT, which has three parts"),
            ("a.b.c.d", "is not a JWT, which has three parts"),
            ("a.b.c.d.e", "is not a JWT, which has three parts"),
            ("a..c", "is not a JWT, which has three parts"),
            ("a.b.c\nd", "is not a JWT, which has three parts"),
            ("ä.b.c", "is not a JWT, which has three parts"),
            (f"Bearer {jwt(POD)}", "is not a JWT, which has three parts"),
            (f"oidc-{jwt(POD)}", "begins with oidc-, which the module adds where it is needed"),
            ("a.b.c", "its second part does not hold claims"),
            (f"a.{part([1])}.c", "its second part does not hold claims"),
            (f"a.{part({})}.c", "its second part does not hold claims"),
            (f"a.{part(None)}.c", "its second part does not hold claims"),
            (f"a.{part(b'[' * 100000)}.c", "its second part does not hold claims"),
            (f"a.{part(b'{')}.c", "its second part does not hold claims"),
            ("a.////.c", "is not a JWT, which has three parts"),
        ],
    )
    def test_what_is_none_is_refused_and_never_shown(self, datadog, text, words):
        message = refusal(datadog, given_as(text))
        assert message.startswith("Could not log in with the OIDC token: the token (oidc_token) ")
        assert words in message
        assert len(text) < 6 or text not in message

    @pytest.mark.parametrize("org_uuid", [" ", "a b", f"{ORG}\n", "ä"])
    def test_what_no_uuid_can_be(self, org_uuid):
        with pytest.raises(InvalidOption, match=r"^org_uuid: it contains a character that no UUID has"):
            given_as(jwt(POD), org_uuid=org_uuid)

    @given(text=st.text() | st.from_regex(r"\A[0-9A-Za-z_-]*(\.[0-9A-Za-z_-]*){2}\Z"))
    @example("0.0.0")
    @example("e30.e30.e30")
    def test_any_text_is_refused_in_words(self, text):
        with pytest.raises(oidc_token.Unusable, match=r"^(is|begins with) "):
            oidc_token._claims_of(oidc_token._read(TokenSource("oidc_token", text=text)))


class TestEnd:
    @pytest.mark.parametrize("end", [NOON, NOON - 1, int(NOON), 0, -1, -(10**30), float("-inf")])
    def test_it_is_over(self, datadog, end):
        assert "has expired" in refusal(datadog, given_as(jwt({**POD, "exp": end})))

    @pytest.mark.parametrize("end", [NOON + 1, 10**30, float("inf"), float("nan"), None, "0", [], {}])
    def test_datadog_decides(self, datadog, end):
        given_as(jwt({**POD, "exp": end})).headers(datadog.send)
        assert datadog.proofs

    def test_a_moment_of_no_year_is_not_shown(self, datadog):
        assert "has expired. Get a new one" in refusal(datadog, given_as(jwt({**POD, "exp": -1e300})))


class TestOrganization:
    @pytest.mark.parametrize("issuer", [TERRAFORM, TERRAFORM_EU])
    @pytest.mark.parametrize(
        "audience", [None, "", "datadog", [], ["datadog"], [AUDIENCE, "datadog/2"], 7, {"a": 1}, "datadog/corp"]
    )
    def test_hcp_terraform_has_to_name_exactly_one(self, datadog, issuer, audience):
        message = refusal(datadog, given_as(jwt({**RUN, "iss": issuer, "aud": audience})))
        assert "must have one audience that is datadog/ and the UUID of the organization" in message
        assert "TFC_WORKLOAD_IDENTITY_AUDIENCE" in message

    @pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE, 7]])
    @pytest.mark.parametrize("org_uuid", [None, ORG, ORG.upper()])
    def test_the_same_in_any_case(self, datadog, audience, org_uuid):
        given_as(jwt({**RUN, "aud": audience}), org_uuid=org_uuid).headers(datadog.send)
        assert datadog.proofs

    @pytest.mark.parametrize("issuer", [TERRAFORM, GITHUB, KUBERNETES, None])
    def test_another_one_is_refused(self, datadog, issuer):
        other = "00000000-0000-0000-0000-000000000000"
        message = refusal(datadog, given_as(jwt({**RUN, "iss": issuer}), org_uuid=other))
        assert f"is for another organization than org_uuid, {other}." in message
        assert f"audience {AUDIENCE}" in message

    @pytest.mark.parametrize("issuer", [GITHUB, KUBERNETES, None])
    @pytest.mark.parametrize("audience", [None, "sts.amazonaws.com", []])
    def test_others_may_name_it_elsewhere(self, datadog, issuer, audience):
        given_as(jwt({"iss": issuer, "aud": audience, "sub": "x"}), org_uuid=ORG).headers(datadog.send)
        assert datadog.proofs

    def test_a_custom_provider_may_be_hcp_terraform(self, datadog):
        given_as(jwt({**RUN, "aud": "corp"}), is_custom=True).headers(datadog.send)
        assert datadog.proofs


class TestFile:
    def test_it_is_read_anew_for_each_login(self, datadog, tmp_path):
        file = tmp_path / "token"
        credentials = OidcToken(TokenSource("oidc_token_file", path=str(file)))
        for name in ("first", "second"):
            file.write_text(f"\n {jwt({**POD, 'sub': name})} \n")
            credentials.rejected(credentials.headers(datadog.send))
        assert datadog.proofs == [f"oidc-{jwt({**POD, 'sub': name})}" for name in ("first", "second")]

    def test_home(self, datadog, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "token").write_text(jwt(POD))
        OidcToken(TokenSource("DD_OIDC_TOKEN_FILE", path="~/token")).headers(datadog.send)
        assert datadog.proofs

    @pytest.mark.parametrize(
        ("path", "content", "words"),
        [
            ("none", None, "can't be read on the host where the module runs (No such file or directory)."),
            ("", None, "can't be read on the host where the module runs (Is a directory)."),
            ("\0", None, "can't be read on the host where the module runs (the path can't be one)."),
            ("token", b"", "is empty."),
            ("token", b"a.b.c" * 100_000, "is longer than 64 KiB, so it is no token."),
            ("token", b"\xff\xfe.b.c", "is not a JWT"),
        ],
    )
    def test_what_can_not_be_read(self, datadog, tmp_path, path, content, words):
        if content is not None:
            (tmp_path / path).write_bytes(content)
        where = f"{tmp_path}/{path}"
        message = refusal(datadog, OidcToken(TokenSource("DD_OIDC_TOKEN_FILE", path=where)))
        assert message.startswith(
            f"Could not log in with the OIDC token: the token (DD_OIDC_TOKEN_FILE, {where}) {words}"
        )

    def test_an_expired_one_in_the_middle_of_the_work_says_whose_it_is(self, datadog, tmp_path):
        file = tmp_path / "token"
        credentials = OidcToken(TokenSource("oidc_token_file", path=str(file)))
        file.write_text(jwt(POD))
        credentials.rejected(credentials.headers(datadog.send))
        file.write_text(jwt({**POD, "exp": NOON - 60}))
        with pytest.raises(
            RequestFailed, match=r"of issuer .*, subject system:serviceaccount:ci:ansible, audience datad"
        ):
            credentials.headers(datadog.send)


class TestRefusal:
    def message(self, datadog, claims, words="Unauthorized", **options):
        errors = [{"title": "Unauthorized", "detail": words}]
        datadog.refusal = ApiError("Could not log in: Datadog answered 401.", 401, errors)
        token = jwt(claims)
        with pytest.raises(ApiError) as caught:
            given_as(token, **options).headers(datadog.send)
        assert not any(piece in str(caught.value) for piece in token.split("."))
        return str(caught.value)

    @pytest.mark.parametrize(
        ("claims", "options", "modules"),
        [
            (POD, {}, ("oidc_provider_info", "oidc_persona_mapping_info", "oidc_custom_provider: false")),
            (RUN, {}, ("terraform_persona_mapping_info", "oidc_custom_provider: true")),
            ({**RUN, "iss": GITHUB}, {}, ("github_persona_mapping_info", "oidc_custom_provider: true")),
            (RUN, {"is_custom": True}, ("oidc_provider_info", "oidc_persona_mapping_info")),
            (POD, {"is_custom": False}, ("the issuers that Datadog takes: HCP", "oidc_custom_provider: true")),
            ({**RUN, "iss": f"{GITHUB}/corp"}, {}, ("github_persona_mapping_info",)),
        ],
    )
    def test_it_names_the_claims_and_what_to_compare_them_with(self, datadog, claims, options, modules):
        message = self.message(datadog, claims, **options)
        audience = claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
        assert f"Compare issuer {claims['iss']}, subject {claims['sub']}, audience {audience} with " in message
        assert all(module in message for module in modules)

    @pytest.mark.parametrize("words", ["Token is expired", "used before issued: check your clock", "not yet valid"])
    def test_time_is_told_as_such(self, datadog, words):
        message = self.message(datadog, POD, words)
        assert "Get a new token, and set the clock" in message
        assert f"issuer {KUBERNETES}" in message

    def test_claims_are_fit_for_a_message(self, datadog):
        claims = {"iss": "x" * 1000, "sub": "a\nb\ud800\x1b[31m", "aud": ["one", 7, "two"]}
        message = self.message(datadog, claims)
        assert f"issuer {'x' * 200}..., subject a?b??[31m, audience one and two with" in message

    def test_missing_claims_are_said_to_be_missing(self, datadog):
        assert "Compare issuer (none), subject (none), audience (none) with" in self.message(datadog, {"sub": 7})


def test_all_that_could_be_used_again_is_secret(datadog):
    credentials = given_as(jwt(POD))
    assert credentials.secrets() == []
    credentials.headers(datadog.send)
    assert credentials.secrets() == [jwt(POD), jwt(POD).rpartition(".")[2], "T1"]


def test_a_signature_of_a_few_letters_would_hide_them_everywhere(datadog):
    short = f"{jwt(POD).rpartition('.')[0]}.c2ln"
    credentials = given_as(short)
    credentials.headers(datadog.send)
    assert credentials.secrets() == [short, "T1"]


def test_a_refused_token_is_secret(datadog):
    credentials = given_as(jwt({**POD, "exp": 1}))
    refusal(datadog, credentials)
    assert jwt({**POD, "exp": 1}) in credentials.secrets()
