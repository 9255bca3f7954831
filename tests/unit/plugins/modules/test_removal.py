# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removal: gone in the end, whoever removed it, or told. And of the mapping that was meant only."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    JANE,
    OMAR,
    PERSONA,
    every_kind,
    organization,
    run,
)
from ansible_collections.datadog_community.cloud_auth.tests.unit.trouble import (
    FORBIDDEN,
    every_lag,
    every_loss,
    executed_or_not,
    path_moves,
    someone_deletes,
)

NAME = "runner"
PATTERN = PERSONA.text(NAME)
ABSENT = PERSONA.absent(NAME)


@pytest.fixture
def api():
    """A sandbox in which the pattern is Jane's."""
    return organization(PERSONA, PERSONA.wanted(NAME))


def run_either(module, api, kind=PERSONA, **options):
    """Remove the mapping by one of the two modules that can."""
    return run(module, api, {"state": "absent", **of_either(module, kind), **options})


def of_either(module, kind):
    return kind.unwanted(NAME) if module == kind.one else {"mappings": [kind.unwanted(NAME)]}


either_module = pytest.mark.parametrize("module", [PERSONA.one, PERSONA.many])


@every_loss
@executed_or_not
@every_lag
@every_kind
def test_the_answer_is_lost(kind, loss, execute, lag):
    api = organization(kind, kind.wanted(NAME), list_lag=lag).fault(method="DELETE", execute=execute, **loss)

    ended = run(kind.one, api, kind.absent(NAME))

    assert not ended.failed, ended.result
    assert ended["changed"] is True
    assert not api.held(kind)


def test_what_is_given_up_but_seen_has_worked(api):
    api.fault(method="DELETE", times=None, execute=True, lose="reset")

    assert run("persona_mapping", api, {**ABSENT, "retries": 0})["changed"] is True


@pytest.mark.parametrize("read", [{"status": 403}, {"status": 500}], ids=["refused", "no list"])
def test_what_is_given_up_and_not_seen_is_told_as_a_possible_change(read):
    api = organization(PERSONA, PERSONA.wanted(NAME))
    api.fault(method="DELETE", times=None, execute=True, lose="reset")
    api.fault(method="GET", skip=1, times=None, **read)

    ended = run("persona_mapping", api, {**ABSENT, "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    assert ended["msg"].startswith("Could not remove the persona mapping")
    assert ended["msg"].endswith("It is not known whether the mapping was removed.")


@every_kind
@every_lag
@pytest.mark.parametrize("how_many", ["one", "many"])
def test_someone_else_removes_it_first(kind, lag, how_many):
    api = organization(kind, kind.wanted(NAME), list_lag=lag)
    api.fault(method="DELETE", change=[someone_deletes(kind, NAME)])

    ended = run_either(getattr(kind, how_many), api, kind)

    assert not ended.failed, ended.result
    assert ended["changed"] is False
    assert ended["diff"] == {"before": {}, "after": {}}
    assert not api.held(kind)


@either_module
def test_a_404_for_what_is_listed_is_not_believed(api, module):
    api.fault(method="DELETE", status=404, junk="html", times=None)

    ended = run_either(module, api)

    assert api.mappings == {PATTERN: JANE}
    assert ended.failed


def test_the_path_moves_between_list_and_removal(api):
    api.fault(method="DELETE", execute=True, change=path_moves)

    ended = run("persona_mapping", api, ABSENT)

    assert ended["changed"] is True
    assert not api.mappings


@every_kind
def test_the_path_moves_and_is_gone(script, kind):
    listed, moved = kind.listed(1, NAME), kind.path.replace("/cloud_auth/", "/wif/")
    script.expect("GET", kind.path, body={"data": [listed]})
    script.expect("DELETE", f"{kind.path}/{listed['id']}", 404)
    script.expect("GET", kind.path, 404)
    script.expect("GET", moved, body={"data": [listed]})
    script.expect("DELETE", f"{moved}/{listed['id']}", 404)
    for _look in range(9):  # after 0.5, 1.5, 3.5, 7.5, 12.5, ... and 30 s
        script.expect("GET", moved, body={"data": [listed]})

    ended = run(kind.one, script, kind.absent(NAME))

    assert ended.failed
    assert ended["http_status"] == 404
    assert ended["changed"] is False
    assert ended["msg"].endswith("But Datadog still lists the mapping.")


@pytest.mark.parametrize("statuses", [(204, 403), (403, 204)])
def test_of_two_mappings_of_the_pattern_one_stays(script, statuses):
    script.expect("GET", PERSONA.path, body={"data": [PERSONA.listed(1, NAME), PERSONA.listed(2, NAME, OMAR)]})
    for number, status in enumerate(statuses, 1):
        body = b"" if status == 204 else FORBIDDEN["body"]
        script.expect("DELETE", f"{PERSONA.path}/{PERSONA.listed(number, NAME)['id']}", status, body)

    ended = run("persona_mapping", script, {**ABSENT, "wait_timeout": 0})

    assert ended.failed
    assert ended["changed"] is True
