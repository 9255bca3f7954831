# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks on each kind of mapping: what holds for one kind holds for all, under both spellings of the path."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import KINDS, Kind, every_kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, assert_clear, task
from datadog_sandbox import Sandbox
from datadog_sandbox.kinds import PREFIXES


def requests_of(kind: Kind, sandbox: Sandbox) -> list[tuple[str, str]]:
    """The method and the spelling of the path of each request for mappings of a kind."""
    return [
        (request.method, spelling)
        for request in sandbox.requests
        for spelling, prefix in PREFIXES.items()
        if request.path.startswith(prefix + kind.api.path)
    ]


def without_ids(mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mappings as check mode can know them."""
    return [{name: value for name, value in mapping.items() if name != "id"} for mapping in mappings]


@every_kind
def test_one_mapping(play, kind):
    wanted, unwanted = kind.present("runner"), {"state": "absent", **kind.absent("runner")}
    with Sandbox() as sandbox:
        predicted, created, again, found, foreseen, removed, gone = play(
            task(wanted, kind.one, check_mode=True),
            task(wanted, kind.one),
            task(wanted, kind.one),
            task(kind.absent("runner"), kind.info),
            task(unwanted, kind.one, check_mode=True),
            task(unwanted, kind.one),
            task(unwanted, kind.one),
            sandbox=sandbox,
        ).results
        requests = requests_of(kind, sandbox)
        assert sandbox.mappings(kind.name) == []
    changes = [result["changed"] for result in (predicted, created, again, found, foreseen, removed, gone)]
    assert changes == [True, True, False, False, True, True, False]
    there = created[kind.one]
    assert wanted.items() <= there.items()
    assert [predicted[kind.one]] == without_ids([there])
    assert found[kind.many] == [there]
    assert [again[kind.one], foreseen[kind.one], removed[kind.one]] == [there] * 3
    assert kind.one not in gone
    assert predicted["diff"] == created["diff"] == {"before": {}, "after": wanted}
    assert foreseen["diff"] == removed["diff"] == {"before": wanted, "after": {}}
    # What is written is read again; all else is one request.
    methods = ["GET", "GET", "POST", "GET", "GET", "GET", "GET", "GET", "DELETE", "GET", "GET"]
    assert requests == [(method, "cloud_auth") for method in methods]


@every_kind
def test_a_set(play, kind):
    before = [kind.present("kept"), kind.present("other", LI), kind.present("stray")]
    wanted = [kind.present("kept"), kind.present("other"), kind.present("new")]
    arguments = {"mappings": wanted, "purge": True}
    with Sandbox(**{kind.api.section: before}) as sandbox:
        predicted, stopped, changed, again, found, undone, removed = play(
            task(arguments, kind.many, check_mode=True),
            task({**arguments, "max_removals": 0}, kind.many),
            task(arguments, kind.many, register="changed"),
            task(arguments, kind.many),
            task({}, kind.info, register="found"),
            task({"mappings": "{{ changed.removed }}"}, kind.many),
            task({"state": "absent", "mappings": f"{{{{ found.{kind.many} }}}}"}, kind.many),
            sandbox=sandbox,
        ).results
        assert kind.state(sandbox) == [kind.present("stray")]  # what was removed first was brought back
    replaced = int(kind.api.has_account)
    counts = {"created": 1, "replaced": replaced, "removed": 1, "unchanged": 2 - replaced, "failed": 0}
    assert predicted["summary"] == changed["summary"] == stopped["summary"] == counts
    assert predicted["diff"] == changed["diff"] == stopped["diff"]
    for name in ("created", "replaced", "removed"):
        assert without_ids(predicted[name]) == without_ids(changed[name])
    assert_clear(stopped, "max_removals")
    assert not stopped["changed"]
    assert [again["changed"], again["summary"]["unchanged"]] == [False, 3]
    assert [mapping[kind.api.matcher] for mapping in found[kind.many]] == [*map(kind.matcher, ("kept", "new", "other"))]
    assert [undone["summary"]["created"], removed["summary"]["removed"]] == [1, 3]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.api.has_account], ids=str)
def test_no_more_than_one_mapping_is_lost_and_it_can_be_given_back(play, kind):
    before = [kind.present(f"role-{number}") for number in range(6)]
    wanted = [kind.present(f"role-{number}", LI) for number in range(6)]
    with Sandbox(**{kind.api.section: before}) as sandbox:
        # The first creation finds the old mapping in its way. Then neither the new one is let in nor the old one back.
        sandbox.add_fault(method="POST", skip=1, times=2, status=403, body={"errors": ["Forbidden"]})
        replaced, given_back = play(
            task({"mappings": wanted, "concurrency": 8}, kind.many, register="replaced"),
            task({"mappings": "{{ replaced.lost_mappings }}"}, kind.many),
            sandbox=sandbox,
        ).results
        assert sorted(kind.state(sandbox), key=str) == sorted(before, key=str)
    assert_clear(replaced, "6 of the changes failed", "Forbidden")
    assert replaced["changed"]
    assert len(replaced["lost_mappings"]) == 1
    assert [failed["msg"].startswith("Not tried") for failed in replaced["failed_mappings"]] == [False, *[True] * 5]
    assert given_back["summary"]["created"] == 1


def test_claim_matchers(play):
    """What may match strangers warns; what Datadog would refuse is refused before any request."""

    def matched_by(**claims: str) -> dict[str, Any]:
        return task({"claim_matchers": claims}, "github_intake_mapping")

    main = "repo:corp/app:ref:refs/heads/main"
    with Sandbox() as sandbox:
        anchored, alike, open_ended, invalid, unknown, incomplete = play(
            matched_by(ref="^refs/heads/main$", sub=main),
            matched_by(sub=main, ref="^refs/heads/main$", actor="", workflow="{{ omit }}"),
            matched_by(sub=main, ref="refs/heads/main"),
            matched_by(sub="repo:corp/(app"),
            matched_by(sub=main, repo="^corp/app$"),
            matched_by(repository="^corp/app$"),
            sandbox=sandbox,
        ).results
        sent = [request.method for request in sandbox.requests]
    assert [result["changed"] for result in (anchored, alike, open_ended, invalid)] == [True, False, True, True]
    assert [result.get("warnings", []) for result in (anchored, alike)] == [[], []]
    assert "Write '^refs/heads/main$'" in open_ended["warnings"][0]
    assert "unterminated subpattern" in invalid["warnings"][0]
    assert_clear(unknown, "repo", "repository")
    assert_clear(incomplete, "sub")
    assert sent == ["GET", "POST", "GET", "GET", "GET", "POST", "GET", "GET", "POST", "GET"]


def test_the_newer_path(play):
    """Where Datadog answers it only, all works, for one request more in each task."""
    tasks = []
    for kind in KINDS:
        # Persona and intake mappings share their patterns.
        arguments = {"mappings": [kind.present(f"{kind.name}-{number}") for number in (1, 2)]}
        by_id = {"id": f"{{{{ {kind.name}.created[0].id }}}}"}
        tasks += [
            task(arguments, kind.many, register=kind.name),
            task(arguments, kind.many),
            task(by_id, kind.info),
            task({"state": "absent", **by_id}, kind.one),
        ]
    with Sandbox(paths="wif") as sandbox:
        results = play(*tasks, sandbox=sandbox).results
        requests = {kind: requests_of(kind, sandbox) for kind in KINDS}
    old, new = ("GET", "cloud_auth"), ("GET", "wif")
    for number, kind in enumerate(KINDS):
        created, again, read, removed = results[4 * number : 4 * number + 4]
        assert created["summary"]["created"] == again["summary"]["unchanged"] == 2, kind
        assert read[kind.many] == [removed[kind.one]] == created["created"][:1], kind
        # A 404 by ID is believed only once the collection's own path has answered.
        by_id = [old, old, new]
        assert requests[kind] == [
            *(old, new, ("POST", "wif"), ("POST", "wif"), new),
            *(old, new),
            *by_id,
            *(old, new, ("DELETE", "wif"), new),
        ]
