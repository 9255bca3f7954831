# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages, each tried on purpose: the reason is the real one, and what to do comes in the order of what helps most."""

from __future__ import annotations

import socket

import pytest
import requests
import urllib3

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    GITHUB_INTAKE,
    GITHUB_PERSONA,
    INTAKE,
    JANE,
    OMAR,
    PERSONA,
    FakeClock,
    InProcess,
    every_kind,
    organization,
    role,
    run,
)

STS, IAM = "arn:aws:sts::123456789012:", "arn:aws:iam::123456789012:"
GITHUB = pytest.mark.parametrize("kind", [GITHUB_PERSONA, GITHUB_INTAKE], ids=lambda kind: kind.one)


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        (f"{STS}assumed-role/*/x", "is not accepted by Datadog: the wildcard * may only be the last segment."),
        (f"{IAM}root", "is not accepted by Datadog: it is the root user of an AWS account"),
        (f"{IAM}group/x", "can match no AWS caller: "),
    ],
)
def test_why_a_pattern_is_refused(script, pattern, verdict):
    ended = run("persona_mapping", script, {"arn_pattern": pattern, "account_identifier": JANE})

    assert f"{pattern} {verdict}" in ended["msg"]


@every_kind
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_403_names_keys_and_site_before_the_permission(kind, method):
    ended = run(kind.one, InProcess().fault(method=method, status=403), kind.wanted("x"))

    keys, permission = ended["msg"].index("Check that api_key and app_key"), ended["msg"].index("This needs the perm")
    assert keys < permission


@pytest.mark.parametrize("site", ["us1.datadoghq.com", "corp.datadoghq.com"])
def test_a_site_that_does_not_exist_is_told_at_once(site):
    def unknown(prepared, settings):
        error = urllib3.exceptions.NewConnectionError(None, "Name or service not known")
        error.__cause__ = socket.gaierror(-2, "Name or service not known")
        raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, prepared.url, error))

    ended = run("persona_mapping_info", unknown, {"site": site})

    assert ended.failed
    assert f"{site} is none of the known sites: datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, " in ended["msg"]
    assert ended["msg"].endswith(f"often datadoghq.com. Host: api.{site}, from site.")
    assert FakeClock.slept == []
    assert run("persona_mapping_info", unknown, {"site": "datadoghq.eu"})["msg"].endswith("(Sent 6 times.)")


def test_check_mode_says_would():
    api = organization(PERSONA, PERSONA.wanted("runner", OMAR))
    arguments = {"mappings": [PERSONA.wanted("new", "nobody@corp.example"), PERSONA.wanted("other")]}

    ended = run("persona_mappings", api, arguments, check=True)

    assert ended["msg"].startswith("1 of the changes would fail (1 created, ")
    assert "Fix the cause before the real run." in ended["msg"]
    assert "only what is left" not in ended["msg"]


@every_kind
def test_entries_of_one_key_are_named_by_their_numbers(script, kind):
    if not kind.has_account:
        return
    entries = [kind.wanted("a"), kind.wanted("b"), kind.wanted("a", OMAR)]

    ended = run(kind.many, script, {"mappings": entries})

    assert ended["msg"] == (
        f"mappings: entries 1 and 3 map {kind.text('a')} to two accounts, {JANE} and {OMAR}. Each can be mapped to one "
        "account only."
    )


@GITHUB
@pytest.mark.parametrize("is_set", [False, True])
def test_a_missing_sub_reads_as_missing(script, kind, is_set):
    claims = {"claim_matchers": {"ref": "^x$"}}
    if is_set:
        ended = run(kind.many, script, {"mappings": [kind.wanted("x"), {**kind.wanted("x"), **claims}]})
    else:
        ended = run(kind.one, script, {**kind.wanted("x"), **claims})

    place = "claim_matchers of entry 2 of mappings" if is_set else "claim_matchers"
    assert f"It is missing in {place}." in ended["msg"]


@every_kind
def test_absent_without_a_key_says_what_is_needed(script, kind):
    ended = run(kind.one, script, {"state": "absent"})

    assert ended["msg"].endswith(f"Say which mapping is to be absent: give {kind.option} or id.")


@pytest.mark.parametrize("kind", [INTAKE, GITHUB_INTAKE], ids=lambda kind: kind.one)
@pytest.mark.parametrize("name", ["account_identifier", "email"])
def test_an_intake_mapping_leads_to_no_account(script, kind, name):
    for module, arguments in (
        (kind.one, {**kind.wanted("x"), name: JANE}),
        (kind.many, {"mappings": [{**kind.wanted("x"), name: JANE}]}),
        (kind.info, {name: JANE}),
    ):
        ended = run(module, script, arguments)
        assert ended["msg"].endswith(
            f"An intake mapping has no account: leave {name} out, or use the module for persona mappings."
        )


@GITHUB
def test_keys_with_commas_in_them_are_told_apart(kind):
    matchers = [{"sub": f"repo:corp/{name}", "ref": "^x$"} for name in ("a", "b")]
    api = organization(kind, *({**kind.wanted("x"), "claim_matchers": matcher} for matcher in matchers))

    ended = run(kind.many, api, {"mappings": [], "purge": True, "max_removals": 1})

    assert "sub: repo:corp/a, ref: ^x$; sub: repo:corp/b, ref: ^x$." in ended["msg"]


def test_patterns_are_told_apart_alike():
    api = organization(PERSONA, PERSONA.wanted("a"), PERSONA.wanted("b"))

    ended = run("persona_mappings", api, {"mappings": [], "purge": True, "max_removals": 1})

    assert f"{role('a')}; {role('b')}." in ended["msg"]
