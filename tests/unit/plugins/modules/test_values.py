# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values in every form that Ansible takes: what is meant is taken for it, and what can't be meant is refused."""

from __future__ import annotations

import json

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    GITHUB_INTAKE,
    GITHUB_PERSONA,
    INTAKE,
    JANE,
    PERSONA,
    InProcess,
    every_kind,
    organization,
    role,
    run,
)

PATTERN = role("runner")
AWS = pytest.mark.parametrize("kind", [PERSONA, INTAKE], ids=lambda kind: kind.one)
GITHUB = pytest.mark.parametrize("kind", [GITHUB_PERSONA, GITHUB_INTAKE], ids=lambda kind: kind.one)
# With which words each state takes an option.
STATES = ({"state": "present"}, {"state": "absent"})


def texts_of(entry):
    """An entry of a list in the forms of a text that Ansible takes, with whitespace around its values."""
    padded = {name: f" {value}\t" for name, value in entry.items()}
    return [
        json.dumps(padded),
        str(padded),
        " ".join(f"{name}='{value}'" for name, value in padded.items()),
        ", ".join(f"{name}={value.strip()}" for name, value in padded.items()),
    ]


# --- whitespace


@AWS
def test_whitespace_is_stripped_from_entries_that_are_texts(kind):
    for text in texts_of(kind.wanted("runner")):
        api = organization(kind, kind.wanted("runner"))
        assert run(kind.many, api, {"mappings": [text]})["changed"] is False, text
        gone = run(kind.many, api, {"state": "absent", "mappings": [text]})
        assert gone["changed"] is True, text
        assert not api.held(kind)


@GITHUB
def test_whitespace_is_stripped_from_claims_in_json(kind):
    matcher = {claim: f"\n{text} " for claim, text in kind.matcher("runner").items()}
    api = organization(kind, kind.wanted("runner"))

    for arguments in (
        {"claim_matchers": json.dumps(matcher)},
        {"claim_matchers": matcher},
    ):
        account = {"account_identifier": JANE} if kind.has_account else {}
        assert run(kind.one, api, {**arguments, **account})["changed"] is False
    entry = json.dumps({"claim_matchers": matcher})
    assert run(kind.many, api, {"state": "absent", "mappings": [entry]})["changed"] is True


@pytest.mark.parametrize(
    "accounts", ["123456789012, 210987654321", " 123456789012 ,210987654321\n", [" 123456789012 "]]
)
def test_whitespace_is_stripped_from_lists_that_are_a_text(accounts):
    api = organization(PERSONA, PERSONA.wanted("runner"))

    ended = run(
        "persona_mappings", api, {"mappings": [PERSONA.wanted("x")], "purge": True, "purge_aws_accounts": accounts}
    )

    assert not ended.failed, ended.result
    assert list(api.mappings) == [role("x")]


@pytest.mark.parametrize("mappings", ["a text", "{broken", 7, True, {"arn_pattern": PATTERN}, [["arn_pattern"]]])
def test_what_ansible_can_not_read_is_left_to_its_own_words(script, mappings):
    ended = run("persona_mappings", script, {"mappings": mappings})

    assert ended.failed
    assert "mappings" in ended["msg"]


# --- what is no text


@every_kind
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("value", "words"), [(True, "a boolean"), (False, "a boolean"), (["x"], "a list"), ({"a": "b"}, "a dictionary")]
)
def test_what_is_no_text_is_refused(script, kind, state, value, words):
    if kind.option == "arn_pattern":
        tasks = {"it": {"arn_pattern": value}, "arn_pattern of entry 2": None}
    else:
        tasks = {"ref": {"claim_matchers": {"sub": "x", "ref": value}}, "claim_matchers.ref of entry 2": None}
    for place, given in tasks.items():
        account = {"account_identifier": JANE} if kind.has_account else {}
        odd = next(iter(tasks.values()))
        if given:
            ended = run(kind.one, script, {**state, **odd, **account})
        else:
            ended = run(kind.many, script, {**state, "mappings": [kind.wanted("x"), {**odd, **account}]})
        assert ended.failed
        option = next(iter(odd)) if given else "mappings"
        claim_list = kind.option == "claim_matchers" and isinstance(value, list)
        expected = "takes one regular expression, not a list" if claim_list else f"is {words}, not text"
        assert ended["msg"].startswith(f"{option}: {place} {expected}"), ended["msg"]
        assert ("Write it in quotes" in ended["msg"]) is isinstance(value, bool)
        assert ("Write one text, in quotes." in ended["msg"]) is (not claim_list and not isinstance(value, bool))


@every_kind
def test_what_is_no_text_in_an_entry_that_is_json_is_refused(script, kind):
    value = ["x"] if kind.option == "arn_pattern" else {"sub": {"a": "b"}}

    ended = run(kind.many, script, {"state": "absent", "mappings": [json.dumps({kind.option: value})]})

    assert ended.failed
    assert "of entry 1 is a " in ended["msg"]


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("persona_mapping_info", {"caller_arn": ["x"]}, "caller_arn: it is a list, not text."),
        ("persona_mapping_info", {"id": True}, "id: it is a boolean, not text. Write it in quotes"),
        ("persona_mapping_info", {"account_identifier": {"a": 1}}, "account_identifier: it is a dictionary, not text."),
        ("persona_mapping", {"state": "absent", "persona_mapping_id": ["x"]}, "persona_mapping_id: it is a list"),
        (
            "github_persona_mapping_info",
            {"claim_matchers": {"sub": True}},
            "claim_matchers: sub is a boolean, not text.",
        ),
        ("persona_mapping_info", {"site": ["datadoghq.eu"]}, "site: it is a list, not text."),
        ("persona_mapping_info", {"ca_path": True}, "ca_path: it is a boolean, not text."),
        ("persona_mapping_info", {"timeout": True}, "timeout: it is a boolean, not a number. Write a number: "),
        ("persona_mapping_info", {"retries": False}, "retries: it is a boolean, not a number."),
        ("persona_mappings", {"mappings": [], "max_removals": True}, "max_removals: it is a boolean, not a number."),
        ("persona_mappings", {"mappings": [], "concurrency": True}, "concurrency: it is a boolean, not a number."),
        (
            "persona_mappings",
            {"mappings": [], "purge": True, "purge_aws_accounts": ["123456789012", True]},
            "purge_aws_accounts: entry 2 is a boolean, not text.",
        ),
    ],
)
def test_whatever_the_option(script, module, arguments, message):
    ended = run(module, script, arguments)

    assert ended.failed
    assert ended["msg"].startswith(message), ended["msg"]


def test_a_secret_that_is_no_text_is_not_shown(script):
    ended = run("persona_mapping_info", script, {"bearer_token": ["ddpat_0123456789abcdef"]}, environment={})

    assert ended["msg"] == "bearer_token: it is a list, not text. Write one text, in quotes."
    assert "0123456789abcdef" not in ended.output


@pytest.mark.parametrize("number", [123456789, 1.5])
def test_a_number_is_taken_for_its_digits(number):
    """IDs of repositories are numbers, and few people write them in quotes."""
    api = InProcess()
    claims = {"sub": "repo:corp/app:ref:refs/heads/main", "repository_id": number}

    run("github_intake_mapping", api, {"claim_matchers": claims})
    ended = run("github_intake_mapping_info", api, {"claim_matchers": {**claims, "repository_id": str(number)}})

    assert len(ended["github_intake_mappings"]) == 1


# --- what nobody sees

INVISIBLE = pytest.mark.parametrize("letter", ["\u200b", "\ufeff", "\u00a0", "\u3164", "\n"])


@every_kind
@INVISIBLE
@pytest.mark.parametrize("check", [False, True])
def test_a_matcher_with_an_invisible_character_is_refused(script, kind, letter, check):
    def odd(matcher):
        return (
            f"{matcher[:-3]}{letter}{matcher[-3:]}" if isinstance(matcher, str) else {**matcher, "ref": f"m{letter}n"}
        )

    entry = {**kind.wanted("x"), kind.option: odd(kind.matcher("x"))}
    unwanted = {kind.option: entry[kind.option]}
    for module, arguments in (
        (kind.one, entry),
        (kind.one, {"state": "absent", **unwanted}),
        (kind.many, {"mappings": [entry]}),
        (kind.many, {"state": "absent", "mappings": [unwanted]}),
        (kind.info, unwanted),
    ):
        ended = run(module, script, arguments, check)
        assert ended.failed
        assert ended["msg"].startswith(f"{kind.option}: ")
        assert "contains a character that can't be seen, " in ended["msg"]
        assert letter not in ended["msg"]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("persona_mapping", {"state": "absent", "id": "c5c7\u200b58c6"}),
        ("persona_mapping_info", {"id": "c5c7\ufeff58c6"}),
        ("persona_mapping_info", {"account_identifier": "jane\u200b@corp.example"}),
        (
            "persona_mapping",
            {"state": "absent", "arn_pattern": PATTERN, "account_identifier": "j\u00adane@corp.example"},
        ),
        ("persona_mapping_info", {"caller_arn": "arn:aws:sts::123456789012:assumed-role/x/y\u200b"}),
        ("persona_mappings", {"mappings": [], "purge": True, "purge_aws_accounts": ["123456789012\u200b"]}),
    ],
)
def test_so_is_any_other_name(script, module, arguments):
    ended = run(module, script, arguments)

    assert ended.failed
    assert "contains a character that can't be seen, " in ended["msg"]


def test_at_the_end_a_no_break_space_is_whitespace():
    api = organization(PERSONA, PERSONA.wanted("runner"))

    assert (
        run("persona_mapping", api, {"state": "absent", "arn_pattern": f"\u00a0{PATTERN}\u3000\n"})["changed"] is True
    )
