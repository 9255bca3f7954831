# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that find nothing name what was probably meant: nobody must believe that access is gone while it stays."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    INTAKE,
    PERSONA,
    every_kind,
    organization,
    run,
)

ROLE = "arn:aws:sts::123456789012:assumed-role/runner/*"
UNKNOWN = "c5c758c6-0000-0000-0000-000000000000"
AWS = pytest.mark.parametrize("kind", [PERSONA, INTAKE], ids=lambda kind: kind.one)


def id_of(kind, api, name="runner"):
    [found] = [
        mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox) if mapping[kind.option] == kind.matcher(name)
    ]
    return found


def tasks(kind, matcher, **more):
    """The tasks that name a mapping by this matcher, and what the warnings of each end with."""
    unwanted = {kind.option: matcher, **more}
    gone = " It was not removed."
    return [
        (kind.one, {"state": "absent", **unwanted}, gone),
        (kind.many, {"state": "absent", "mappings": [kind.unwanted("other"), unwanted]}, gone),
        (kind.info, unwanted, ""),
    ]


@AWS
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:iam::123456789012:role/runner",
        "arn:aws:iam::123456789012:role/team/runner",
        "arn:aws:sts::123456789012:assumed-role/runner",
        "arn:aws:sts::123456789012:assumed-role/RUNNER/*",
    ],
)
def test_the_pattern_that_was_probably_meant_is_named(kind, pattern, check):
    api = organization(kind, kind.wanted("runner"))
    expected = f"No {kind.title} has the arn_pattern {pattern}. Did you mean the {kind.title} of {ROLE}"

    for module, arguments, end in tasks(kind, pattern):
        ended = run(module, api, arguments, check)
        assert (ended.failed, ended["changed"]) == (False, False)
        [warning] = ended.warnings
        assert warning.startswith(expected)
        assert warning.endswith(f", with the ID {id_of(kind, api)}?{end}")
    assert kind.text("runner") in api.held(kind)


@every_kind
def test_in_another_case_it_is_another_mapping(kind):
    matcher = kind.matcher("RUNNER")
    api = organization(kind, kind.wanted("runner"))

    for module, arguments, end in tasks(kind, matcher):
        ended = run(module, api, arguments)
        assert ended["changed"] is False
        [warning] = ended.warnings
        assert f"Did you mean the {kind.title} of {kind.text('runner')}" in warning
        assert warning.endswith(f"?{end}")


@every_kind
def test_nothing_is_said_of_what_is_found_or_is_like_nothing(kind):
    for name in ("runner", "elsewhere"):
        for module, arguments, _end in tasks(kind, kind.matcher(name)):
            api = organization(kind, kind.wanted("runner"), kind.wanted("other"))
            assert run(module, api, arguments).warnings == []


@every_kind
@pytest.mark.parametrize("check", [False, True])
def test_an_id_that_nobody_has_with_what_is_mapped_is_told(kind, check):
    api = organization(kind, kind.wanted("runner"))

    for module, arguments in (
        (kind.one, {"state": "absent", "id": UNKNOWN, **kind.unwanted("runner")}),
        (kind.info, {"id": UNKNOWN, **kind.unwanted("runner")}),
    ):
        ended = run(module, api, arguments, check)
        assert (ended.failed, ended["changed"]) == (False, False)
        [warning] = ended.warnings
        assert warning.startswith(f"No {kind.title} has the ID {UNKNOWN}. There is the {kind.title} of ")
        assert warning.endswith(f", with the ID {id_of(kind, api)}.")


@AWS
def test_an_id_that_nobody_has_with_what_was_probably_meant(kind):
    api = organization(kind, kind.wanted("runner"))
    role = {"arn_pattern": "arn:aws:iam::123456789012:role/runner"}

    for module, arguments in (
        (kind.one, {"state": "absent", "id": UNKNOWN, **role}),
        (kind.info, {"id": UNKNOWN, **role}),
    ):
        [warning] = run(module, api, arguments).warnings
        assert f"Did you mean the {kind.title} of {kind.text('runner')}" in warning


@every_kind
def test_an_id_that_nobody_has_is_absent(kind):
    api = organization(kind, kind.wanted("runner"))

    assert run(kind.one, api, {"state": "absent", "id": UNKNOWN}).warnings == []
    assert run(kind.one, api, {"state": "absent", "id": UNKNOWN, **kind.unwanted("elsewhere")}).warnings == []
    assert run(kind.info, api, {"id": UNKNOWN, **kind.unwanted("elsewhere")}).warnings == []


@every_kind
def test_an_id_in_upper_case_is_this_id(kind):
    api = organization(kind, kind.wanted("runner"))
    mapping_id = id_of(kind, api).upper()

    assert len(run(kind.info, api, {"id": mapping_id})[kind.many]) == 1
    ended = run(kind.one, api, {"state": "absent", "id": mapping_id, **kind.unwanted("runner")})
    assert [ended["changed"], ended.warnings] == [True, []]


def test_all_that_may_be_meant_is_named():
    sessions = [f"arn:aws:sts::123456789012:assumed-role/runner/{name}" for name in ("a", "b", "*")]
    api = organization(PERSONA, *({**PERSONA.wanted("x"), "arn_pattern": pattern} for pattern in sessions))

    ended = run(PERSONA.one, api, {"state": "absent", "arn_pattern": "arn:aws:iam::123456789012:role/runner"})

    [warning] = ended.warnings
    assert all(f" of {pattern} to " in warning for pattern in sessions)
