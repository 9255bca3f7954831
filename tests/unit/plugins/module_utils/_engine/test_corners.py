# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hardly ever happens to a write: a path that moves and is gone, two mappings of one key, a fault of our own."""

from __future__ import annotations

from unittest import mock

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._engine import apply
from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    CI_EMAIL,
    JANE,
    JANE_UUID,
    OMAR,
    PERSONA,
    USERS,
    every_kind,
    every_persona_kind,
    organization,
    run,
)

NAME = "runner"


def moved(kind):
    """The other spelling of the path."""
    return kind.path.replace("/cloud_auth/", "/wif/")


@every_kind
def test_a_creation_by_a_path_that_moves_and_is_gone_fails(script, kind):
    script.expect("GET", kind.path, body={"data": []})
    script.expect("POST", kind.path, 404)
    script.expect("GET", kind.path, 404)
    script.expect("GET", moved(kind), body={"data": []})
    script.expect("POST", moved(kind), 404)

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended.failed
    assert ended["http_status"] == 404
    assert ended["changed"] is False


@every_kind
def test_a_removal_by_a_path_that_moves_and_is_gone_is_no_success(script, kind):
    listed = kind.listed(1, NAME)
    script.expect("GET", kind.path, body={"data": [listed]})
    script.expect("DELETE", f"{kind.path}/{listed['id']}", 404)
    script.expect("GET", kind.path, 404)
    script.expect("GET", moved(kind), body={"data": [listed]})
    script.expect("DELETE", f"{moved(kind)}/{listed['id']}", 404)

    ended = run(kind.one, script, {"state": "absent", **kind.unwanted(NAME)})

    assert ended.failed
    assert ended["http_status"] == 404
    assert ended["changed"] is False


@every_persona_kind
def test_of_two_mappings_that_are_there_after_a_lost_answer_the_wanted_one_counts(script, kind):
    both = [kind.listed(1, NAME, OMAR, "x"), kind.listed(2, NAME, JANE)]
    script.expect("GET", kind.path, body={"data": []})
    script.expect("POST", kind.path, 503)
    script.expect("GET", kind.path, body={"data": both})
    script.expect("GET", USERS, body={"data": [{"id": JANE_UUID, "attributes": {"handle": JANE}}]})
    script.expect("GET", kind.path, body={"data": both})

    ended = run(kind.one, script, kind.wanted(NAME))

    assert ended["changed"] is True
    assert ended[kind.one] == kind.returned(2, NAME)


@every_persona_kind
def test_an_old_mapping_that_was_put_back_in_vain_is_named_with_the_new_one(kind):
    """It is not known whether it was removed, and Datadog takes a second one."""
    api = organization(kind, kind.wanted(NAME), on_taken="both")
    api.fault(method="POST", status=409).fault(method="DELETE", status=500, times=None)

    ended = run(kind.one, api, {**kind.wanted(NAME, CI_EMAIL), "retries": 0})

    assert ended.failed
    assert ended["changed"] is True
    old, new = (mapping["id"] for mapping in api.sandbox.mappings(kind.sandbox))
    assert f"it was created again, with the ID {new}. But it is there, too, with the ID {old}." in ended["msg"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_fault_of_our_own_takes_no_other_outcome_with_it(concurrency):
    api = organization(PERSONA, *(PERSONA.wanted(f"{NAME}-{number}") for number in range(4)))
    plain, struck = apply.remove, PERSONA.text(f"{NAME}-1")

    def remove(context, mapping):
        if mapping.key == struck:
            raise RuntimeError("odd")
        return plain(context, mapping)

    with mock.patch.object(apply, "remove", remove):
        arguments = {"mappings": [], "purge": True, "max_removals": 4, "concurrency": concurrency}
        ended = run("persona_mappings", api, arguments)

    assert ended.failed
    assert ended["summary"]["removed"] == 3
    [failed] = ended["failed_mappings"]
    assert failed["msg"].startswith(
        "Unexpected error: RuntimeError('odd') in plugins/module_utils/_engine/apply.py, line "
    )
    assert failed["msg"].endswith(". It is not known whether the mapping was removed.")
    assert set(api.held(PERSONA)) == {struck}
