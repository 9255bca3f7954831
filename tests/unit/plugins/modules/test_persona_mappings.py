# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for a set: all of it in one task, its guards, its brake, and what fails in part."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    CI_UUID,
    INTAKE,
    JANE,
    JANE_UUID,
    KINDS,
    MAPPINGS,
    OMAR,
    PERSONA,
    USERS,
    InProcess,
    every_kind,
    every_persona_kind,
    organization,
    role,
    run,
)

ELSEWHERE = role("runner", "210987654321")
CI_LABEL = f"{CI_EMAIL} ({CI_UUID})"
by_arn = pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.one)
every_concurrency = pytest.mark.parametrize("concurrency", [1, 8])


def some(kind, count, account="", first=0):
    """So many wanted mappings."""
    return [kind.wanted(f"runner-{number}", account) for number in range(first, first + count)]


def a_set(count, account=JANE, first=0):
    """So many wanted persona mappings."""
    return some(PERSONA, count, account, first)


def name(kind, number):
    """One of them as messages show it."""
    return kind.text(f"runner-{number}")


def counts(ended):
    """The summary, less the zeros."""
    return {name: count for name, count in ended["summary"].items() if count}


def truth(api, kind):
    """All mappings as the modules return them, by matcher as messages show it."""
    return dict(
        zip(
            api.held(kind),
            [
                {key: shown[key] for key in ("id", *kind.returned(1, "x"))}
                for shown in api.sandbox.mappings(kind.sandbox)
            ],
        )
    )


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_a_set_in_sync_costs_one_request(script, kind, check):
    listed = [kind.listed(number, f"runner-{number}") for number in range(50)]
    script.expect("GET", kind.path, body={"data": listed})

    ended = run(kind.many, script, {"mappings": some(kind, 50)}, check)

    assert ended.result == {
        "changed": False,
        "summary": {"created": 0, "replaced": 0, "removed": 0, "unchanged": 50, "failed": 0},
        "created": [],
        "replaced": [],
        "removed": [],
        "failed_mappings": [],
        "diff": {"before": {}, "after": {}},
    }


@every_persona_kind
@every_concurrency
def test_all_kinds_of_changes_at_once(kind, concurrency):
    api = organization(kind, *some(kind, 2), kind.wanted("old", OMAR), kind.wanted("older", OMAR))
    wants = [*some(kind, 1), *some(kind, 1, CI_EMAIL, 1), *some(kind, 1, OMAR, 2)]

    ended = run(kind.many, api, {"mappings": wants, "purge": True, "concurrency": concurrency})

    now = truth(api, kind)
    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert ended["summary"] == {"created": 1, "replaced": 1, "removed": 2, "unchanged": 1, "failed": 0}
    assert ended["created"] == [now[name(kind, 2)]]
    assert ended["replaced"] == [{**now[name(kind, 1)], "previous_account_identifier": JANE}]
    assert [mapping[kind.option] for mapping in ended["removed"]] == [kind.matcher("old"), kind.matcher("older")]
    assert ended["diff"] == {
        "before": {kind.text("old"): OMAR, kind.text("older"): OMAR, name(kind, 1): JANE},
        "after": {name(kind, 1): CI_LABEL, name(kind, 2): OMAR},
    }
    assert api.held(kind) == {name(kind, 0): JANE, name(kind, 1): CI_UUID, name(kind, 2): OMAR}


@pytest.mark.parametrize("kind", [KINDS[1], KINDS[3]], ids=lambda kind: kind.one)
@every_concurrency
def test_all_kinds_of_changes_where_there_are_no_accounts(kind, concurrency):
    api = organization(kind, *some(kind, 2), kind.wanted("old"))

    ended = run(kind.many, api, {"mappings": some(kind, 2, first=1), "purge": True, "concurrency": concurrency})

    assert not ended.failed, ended.result
    assert ended["summary"] == {"created": 1, "replaced": 0, "removed": 2, "unchanged": 1, "failed": 0}
    assert ended["created"] == [truth(api, kind)[name(kind, 2)]]
    assert ended["diff"] == {
        "before": {name(kind, 0): kind.title, kind.text("old"): kind.title},
        "after": {name(kind, 2): kind.title},
    }
    assert set(api.held(kind)) == {name(kind, 1), name(kind, 2)}


@every_kind
def test_removals_come_before_creations(kind):
    api = organization(kind, kind.wanted("old"))

    run(kind.many, api, {"mappings": some(kind, 2), "purge": True, "concurrency": 32})

    assert api.writes == ["DELETE", "POST", "POST"]


@every_kind
def test_the_second_run_changes_nothing(kind):
    api = InProcess()
    arguments = {"mappings": some(kind, 20, CI_EMAIL), "purge": True, "max_removals": 0}
    run(kind.many, api, arguments)
    api.sandbox.clear_requests()

    ended = run(kind.many, api, arguments)

    assert counts(ended) == {"unchanged": 20}
    assert [request.path for request in api.sandbox.requests] == [kind.path, *([USERS] if kind.has_account else [])]


@every_kind
def test_equal_entries_are_one(kind):
    ended = run(kind.many, InProcess(), {"mappings": [*some(kind, 2), *some(kind, 2, JANE.upper())]})

    assert counts(ended) == {"created": 2}


@every_kind
def test_what_a_task_returned_can_be_given_back(kind):
    """The entries of all lists, as they stand, undo what it did."""
    api = organization(kind, *some(kind, 3))
    done = run(kind.many, api, {"mappings": some(kind, 1, OMAR, first=1), "purge": True})
    api.sandbox.clear_requests()

    ended = run(kind.many, api, {"mappings": [*done["created"], *done["replaced"], *done["removed"]]})

    assert not ended.failed, ended.result
    assert set(api.held(kind)) == {name(kind, number) for number in range(3)}


@every_kind
def test_absent_removes_what_is_there(kind):
    api = organization(kind, *some(kind, 3))
    entries = [{kind.option: entry[kind.option]} for entry in some(kind, 3, first=1)]

    ended = run(kind.many, api, {"mappings": entries, "state": "absent"})

    assert counts(ended) == {"removed": 2}
    assert list(api.held(kind)) == [name(kind, 0)]


@every_persona_kind
def test_absent_with_an_account_removes_only_what_belongs_to_it(kind):
    api = organization(kind, *some(kind, 1), *some(kind, 1, OMAR, 1), *some(kind, 1, CI_EMAIL, 2))

    ended = run(kind.many, api, {"mappings": some(kind, 3, CI_EMAIL), "state": "absent"})

    assert counts(ended) == {"removed": 1}
    assert list(api.held(kind)) == [name(kind, 0), name(kind, 1)]
    [warning] = ended.warnings
    assert f"{name(kind, 0)} (mapped to {JANE})" in warning


@by_arn
def test_purge_only_in_some_aws_accounts(kind):
    api = organization(kind, *some(kind, 2), {**kind.wanted("x"), "arn_pattern": ELSEWHERE})
    arguments = {"mappings": some(kind, 1), "purge": True, "purge_aws_accounts": ["123456789012"]}

    ended = run(kind.many, api, arguments)

    assert counts(ended) == {"removed": 1, "unchanged": 1}
    assert list(api.held(kind)) == [name(kind, 0), ELSEWHERE]


@every_kind
def test_everything_can_be_purged_on_purpose(kind):
    api = organization(kind, *some(kind, 3))

    ended = run(kind.many, api, {"mappings": [], "purge": True, "max_removals": 3})

    assert counts(ended) == {"removed": 3}
    assert not api.held(kind)


# --- guards


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"mappings": a_set(3), "max_removals": 2, "purge": True},
            ["3 mappings would be lost (2 removed, 1 replaced)"],
        ),
        (
            {"mappings": [], "max_removals": 4, "purge": True},
            ["5 mappings would be lost", "but max_removals is 4", "runner-4"],
        ),
        ({"mappings": a_set(5, OMAR), "max_removals": 0}, ["2 mappings would be lost (0 removed, 2 replaced)"]),
        ({"mappings": a_set(5), "max_removals": 1, "state": "absent"}, ["2 mappings would be lost", "runner-1"]),
        ({"mappings": a_set(3, OMAR), "replace": False}, [f"mapped to {JANE}, not to {OMAR}", "replace is false"]),
        ({"mappings": a_set(2, "x@corp.example")}, ["no account", "x@corp.example (for", "Nothing has been changed"]),
    ],
)
def test_guards_that_have_to_read_write_nothing(arguments, words, check):
    api = InProcess(mappings=[*a_set(2), *a_set(3, OMAR, 2)])

    ended = run("persona_mappings", api, arguments, check)

    assert ended.failed
    assert ended["changed"] is False
    assert not api.writes
    for word in words:
        assert word in ended["msg"]


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_a_guard_returns_what_it_has_stopped(kind, check):
    api = organization(kind, *some(kind, 3))
    before = truth(api, kind)
    wants = [*some(kind, 1, OMAR), *some(kind, 1, first=7)]

    ended = run(kind.many, api, {"mappings": wants, "purge": True, "max_removals": 1}, check)

    replaced = {**kind.wanted("runner-0", OMAR), "previous_account_identifier": JANE}
    assert ended.failed
    assert ended["changed"] is False
    assert ended["summary"] == {
        "created": 1,
        "replaced": 1 if kind.has_account else 0,
        "removed": 2,
        "unchanged": 0 if kind.has_account else 1,
        "failed": 0,
    }
    assert ended["created"] == [kind.wanted("runner-7")]
    assert ended["replaced"] == ([replaced] if kind.has_account else [])
    assert ended["removed"] == [before[name(kind, 1)], before[name(kind, 2)]]
    assert ended["failed_mappings"] == []
    assert set(ended["diff"]["before"]) == {
        name(kind, number) for number in ((0, 1, 2) if kind.has_account else (1, 2))
    }
    assert set(ended["diff"]["after"]) == {name(kind, number) for number in ((0, 7) if kind.has_account else (7,))}
    assert not api.writes
    assert truth(api, kind) == before


@every_persona_kind
@pytest.mark.parametrize("check", [False, True])
def test_replacements_that_are_not_allowed_are_returned(kind, check):
    api = organization(kind, *some(kind, 2))

    ended = run(kind.many, api, {"mappings": some(kind, 2, CI_EMAIL), "replace": False}, check)

    assert ended.failed
    assert counts(ended) == {"replaced": 2}
    assert [entry["previous_account_identifier"] for entry in ended["replaced"]] == [JANE, JANE]
    assert ended["diff"]["after"] == {name(kind, 0): CI_EMAIL, name(kind, 1): CI_EMAIL}
    assert f"{name(kind, 1)} is mapped to {JANE}, not to {CI_LABEL}" in ended["msg"]


@pytest.mark.parametrize(
    ("arguments", "option", "words"),
    [
        ({"mappings": [*a_set(7), *a_set(7, OMAR)]}, "mappings", ["one account only", "runner-4", "and 2 more"]),
        (
            {"mappings": [{"arn_pattern": f"x{n}", "account_identifier": JANE} for n in range(9)]},
            "arn_pattern",
            ["x4 can match no", "and 4 more"],
        ),
        ({"mappings": [{"arn_pattern": role("r")}]}, "mappings", ["entry 1", role("r"), "no account_identifier"]),
        ({"mappings": a_set(1), "purge": True, "purge_aws_accounts": []}, "purge_aws_accounts", ["is empty"]),
    ],
)
def test_bad_options_send_nothing(script, arguments, option, words):
    ended = run("persona_mappings", script, arguments)

    assert ended.failed
    assert ended["changed"] is False
    assert ended["msg"].startswith(f"{option}: ")
    for word in words:
        assert word in ended["msg"]


@pytest.mark.parametrize("kind", KINDS[2:], ids=lambda kind: kind.one)
@pytest.mark.parametrize("matchers", ["text", "a=b", 7, 1.5, True, ["x"], [7], [["x"]], [None], {"x": "y"}, {}])
def test_claims_that_are_none_send_nothing(script, kind, matchers):
    """ansible-core itself raises a TypeError for some of these."""
    entry = {**kind.wanted("x"), "claim_matchers": matchers}

    for module, arguments in ((kind.one, entry), (kind.many, {"mappings": [entry]})):
        ended = run(module, script, arguments)
        assert ended.failed
        assert ended.result.get("changed", False) is False


@every_kind
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mappings": [], "purge": True}, ["mappings: ", "list is empty", "max_removals"]),
        ({"purge": True, "state": "absent"}, ["purge: ", "only for state: present"]),
        ({"max_removals": -1}, ["max_removals: ", "-1 is not between 0"]),
        ({"concurrency": 0}, ["concurrency: ", "0 is not between 1 and 32"]),
        ({"concurrency": 33}, ["concurrency: ", "33 is not between 1 and 32"]),
        ({"wait_timeout": 86401}, ["wait_timeout: ", "86401 is not between 0 and 86400"]),
        ({"mappings": [{}]}, ["missing required arguments"]),
        ({"unknown": 1}, ["Unsupported parameters", "unknown"]),
        ({"mappings": ["text"]}, ["mappings takes a list of dictionaries"]),
        ({"mappings": "text"}, ["mappings takes a list of dictionaries"]),
        ({"mappings": [7]}, ["mappings takes a list of dictionaries"]),
        ({"mappings": [["text"]]}, ["mappings takes a list of dictionaries"]),
    ],
)
def test_bad_options_of_every_kind_send_nothing(script, kind, options, words):
    ended = run(kind.many, script, {"mappings": some(kind, 1), **options})

    assert ended.failed
    for word in words:
        assert word in ended["msg"]


def test_only_mappings_by_arn_are_purged_by_aws_account(script):
    for kind in KINDS:
        given = {"mappings": some(kind, 1), "purge": True, "purge_aws_accounts": ["1"]}
        words = "12 digits" if kind.option == "arn_pattern" else "Unsupported parameters"
        assert words in run(kind.many, script, given)["msg"]


# --- failures in part


@every_persona_kind
@every_concurrency
def test_one_failure_stops_no_other_change_and_the_next_run_does_the_rest(kind, concurrency):
    api = organization(kind, *some(kind, 2), kind.wanted("old", OMAR))
    api.fault(method="POST", contains="runner-3", status=400, body={"errors": ["not now"]})
    [old] = [mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox) if mapping["account_identifier"] == OMAR]
    api.fault(method="DELETE", path=old, status=403, body={"errors": ["not you"]})
    wants = [*some(kind, 1), *some(kind, 1, CI_EMAIL, 1), *some(kind, 3, first=2)]
    arguments = {"mappings": wants, "purge": True, "concurrency": concurrency}

    ended = run(kind.many, api, arguments)

    assert ended.failed
    assert ended["changed"] is True
    assert counts(ended) == {"created": 2, "replaced": 1, "unchanged": 1, "failed": 2}
    failures = {failure["operation"]: failure for failure in ended["failed_mappings"]}
    assert failures["create"][kind.option] == kind.matcher("runner-3")
    assert failures["create"]["account_identifier"] == JANE
    assert "not now" in failures["create"]["msg"]
    assert failures["remove"][kind.option] == kind.matcher("old")
    assert ended["msg"].startswith("2 of the changes failed (2 created, 1 replaced, 0 removed, 1 unchanged); ")
    assert "not now" in ended["msg"]
    assert "not you" in ended["msg"]
    assert ended["diff"] == {
        "before": {name(kind, 1): JANE},
        "after": {name(kind, 1): CI_LABEL, name(kind, 2): JANE, name(kind, 4): JANE},
    }

    again = run(kind.many, api, arguments)

    assert counts(again) == {"created": 1, "removed": 1, "unchanged": 4}
    assert api.held(kind) == {**{name(kind, number): JANE for number in range(5)}, name(kind, 1): CI_UUID}


def test_each_account_is_looked_up_once():
    api = InProcess(mappings=[*a_set(30, CI_EMAIL), *a_set(30, OMAR, 30)])
    wants = [*a_set(10, CI_EMAIL), *a_set(10, CI_EMAIL.upper(), 10), *a_set(40, JANE_UUID, 20)]

    ended = run("persona_mappings", api, {"mappings": wants, "concurrency": 1, "replace": False})

    assert ended.failed  # 40 belong to another account.
    assert [request.path for request in api.sandbox.requests] == [MAPPINGS, USERS]  # Two UUIDs need no look-up.
    assert not api.writes


@every_persona_kind
@every_concurrency
def test_check_mode_looks_each_account_up_once(kind, concurrency):
    api = organization(kind, *some(kind, 10, OMAR))
    wants = [*some(kind, 5, CI_EMAIL), *some(kind, 5, CI_EMAIL.upper(), 5), *some(kind, 10, JANE, 10)]

    ended = run(kind.many, api, {"mappings": wants, "concurrency": concurrency}, check=True)

    assert counts(ended) == {"created": 10, "replaced": 10}
    assert [request.path for request in api.sandbox.requests] == [kind.path, USERS, USERS]


@every_persona_kind
def test_check_mode_names_all_that_would_fail(kind):
    wants = [*some(kind, 1), *some(kind, 2, "nobody@corp.example", 1), kind.wanted("x", "peter.gone@corp.example")]

    ended = run(kind.many, InProcess(), {"mappings": wants}, check=True)

    assert ended.failed
    assert counts(ended) == {"created": 1, "failed": 3}
    assert ended["changed"] is True  # The rest would be done.
    assert [failed["operation"] for failed in ended["failed_mappings"]] == ["create"] * 3
    assert "nobody@corp.example" in ended["failed_mappings"][0]["msg"]
    assert "is disabled. Enable it" in ended["failed_mappings"][2]["msg"]


@by_arn
def test_a_pattern_that_another_kind_holds_is_found_there(kind):
    other = INTAKE if kind is PERSONA else PERSONA
    api = organization(other, other.wanted("runner-0"))
    [holder] = api.sandbox.mappings(other.sandbox)

    ended = run(kind.many, api, {"mappings": some(kind, 2)})

    assert counts(ended) == {"created": 1, "failed": 1}
    to = f" to {JANE}" if other.has_account else ""
    assert (
        f"It is taken by the {other.title} of {name(kind, 0)}{to}, with the ID {holder['id']}, as listed."
        in ended["failed_mappings"][0]["msg"]
    )


@by_arn
def test_a_kind_that_can_not_be_read_changes_nothing_about_the_conflict(kind):
    other = INTAKE if kind is PERSONA else PERSONA
    api = organization(other, other.wanted("runner-0")).fault(path=other.path, status=403, times=None)

    ended = run(kind.one, api, kind.wanted("runner-0"))

    assert ended.failed
    assert ended["http_status"] == 409
    assert "It is taken by" not in ended["msg"]


def test_two_thousand_mappings_in_sync_cost_one_request(script):
    listed = [PERSONA.listed(number, f"runner-{number}") for number in range(2_000)]
    script.expect("GET", MAPPINGS, body={"data": listed})

    ended = run("persona_mappings", script, {"mappings": a_set(2_000), "purge": True}, check=True)

    assert counts(ended) == {"unchanged": 2_000}
