# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is wrong, a playbook's user reads one clear sentence, never a traceback, and nothing is written."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    OMAR,
    RUNNER,
    Scenario,
    absent,
    assert_clear,
    present,
    state_of,
    task,
    writes,
)
from datadog_sandbox import Sandbox, samples


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


def test_what_is_refused_before_any_request(play, sandbox):
    refused = [
        (present("arn:aws:iam::123456789012:role/team/runner"), ["arn:aws:sts::123456789012:assumed-role/runner/*"]),
        (present("arn:aws:sts::123456789012:assumed-role/*"), ["wildcard"]),
        (present("terraform-runner"), ["arn_pattern", "not an ARN"]),
        (present(account="two words"), ["account_identifier", "whitespace"]),
        (present(account=""), ["account_identifier"]),
        ({"state": "absent", "arn_pattern": ""}, ["arn_pattern", "id"]),
        (present(id="c5c758c6-18c2-4484-ae3f-46b84128404a"), ["id", "absent"]),
        (present(timeout=0), ["timeout", "between 1 and 3600"]),
        (present(ca_path="/no/such/file.pem"), ["ca_path", "/no/such/file.pem"]),
        (present(api_url="http://datadog.corp.example"), ["api_url", "unencrypted"]),
        (present(api_url="https://somebody:else@corp.example"), ["api_url", "password"]),
        (present(api_url="", site="datadoghq.corp.example"), ["site", "not a Datadog site"]),
        (present(api_url="", site="datadoghq.com/evil"), ["site", "not a Datadog site"]),
        (present(api_key="two words of a key"), ["api_key", "character"]),
    ]
    # Without DATADOG_HOST: what is not refused would try to reach Datadog, which has no such keys.
    keys = {"api_key": samples.API_KEY, "app_key": samples.APP_KEY}
    tasks = [task({"api_url": sandbox.url, **keys, "retries": 0, **arguments}) for arguments, _words in refused]
    for result, (_arguments, words) in zip(play(*tasks).results, refused, strict=True):
        assert_clear(result, *words)
        assert not result["changed"]
    assert sandbox.requests == []


def test_missing_keys(play, sandbox):
    none, one, blank = play(
        task(present()),
        task(present(app_key=samples.APP_KEY)),
        task(present(api_key=samples.API_KEY, app_key=" ")),
        environment={"DATADOG_HOST": sandbox.url, "DD_API_KEY": ""},
    ).results
    assert_clear(none, "api_key", "app_key", "DD_API_KEY", "DATADOG_API_KEY", "DD_APP_KEY", "Organization Settings")
    for result, missing in ((one, "api_key"), (blank, "app_key")):
        assert_clear(result, f"DD_{missing.upper()}", f"DATADOG_{missing.upper()}")
        assert result["msg"].startswith(f"{missing}: ")
    assert sandbox.requests == []


def test_wrong_keys_and_missing_permissions(play, sandbox):
    sandbox.set_state(mappings=[present("arn:aws:iam::123456789012:user/omar", OMAR)])
    wrong_api, wrong_app, no_read, no_write, no_delete, privileged = play(
        task(present(api_key="0123456789abcdef0123456789abcdef")),
        task(present(app_key="0123456789abcdef0123456789abcdef01234567")),
        task(present(app_key=samples.NO_PERMISSIONS_APP_KEY)),
        task(present(app_key=samples.READ_ONLY_APP_KEY)),
        task(absent("arn:aws:iam::123456789012:user/omar", app_key=samples.READ_ONLY_APP_KEY)),
        task(present(account="ada.admin@corp.example")),
        sandbox=sandbox,
    ).results
    for result in (wrong_api, wrong_app):
        assert_clear(result, "403", "Forbidden", "api_key and app_key are valid", "127.0.0.1", "from DATADOG_HOST")
    assert_clear(no_read, "403", "workload_identity_federation_config_read")
    assert_clear(no_write, RUNNER, OMAR, "workload_identity_federation_config_write")
    assert_clear(no_delete, "user/omar", "workload_identity_federation_config_write")
    assert_clear(privileged, "ada.admin@corp.example", "every permission")
    for result in (wrong_api, wrong_app, no_read, no_write, no_delete, privileged):
        assert result["http_status"] == 403
        assert result["errors"]
        assert not result["changed"]
    assert len(sandbox.mappings()) == 1


def test_what_datadog_refuses(play, sandbox):
    sandbox.set_state(intake_patterns=[RUNNER])
    names = ("nobody@corp.example", "peter.gone@corp.example", "11111111-a0ae-11ed-88af-be56a8628f02")
    accounts = [present("arn:aws:iam::123456789012:user/x", name) for name in names]
    *predicted, unknown, disabled, uuid, intake = play(
        *(task(arguments, check_mode=True) for arguments in accounts),
        *map(task, accounts),
        task(present(wait_timeout=1)),
        sandbox=sandbox,
    ).results
    for result, name in zip(predicted, names, strict=True):
        assert_clear(result, name, "real run", "would fail")
        assert not result["changed"]
    assert_clear(unknown, "400", "The account nobody@corp.example was not found", "pointer /data/attributes/account_id")
    assert_clear(disabled, "400", "is disabled")
    assert_clear(uuid, "does not accept the UUID of a person")
    assert_clear(intake, "409", f"It is taken by the intake mapping of {RUNNER}, with the ID")
    assert [unknown["http_status"], intake["http_status"]] == [400, 409]
    assert sandbox.mappings() == []


def test_nobody_there(play):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        keys = {"api_key": samples.API_KEY, "app_key": samples.APP_KEY}
        refused, again, unknown = play(
            task(present(api_url=url, retries=0, **keys)),
            task({"mappings": [present()], "api_url": url, "retries": 1, **keys}, "persona_mappings"),
            task({"api_url": "https://datadog.invalid", "retries": 0, **keys}, "persona_mapping_info"),
        ).results
    assert_clear(refused, url.removeprefix("http://"), "nothing is listening")
    assert_clear(again, "nothing is listening", "Sent 2 times")
    assert_clear(unknown, "datadog.invalid", "name")
    assert not any(result["changed"] for result in (refused, again, unknown))


def test_wrong_place(play, sandbox):
    results = play(
        task(present(api_url=f"{sandbox.url}/elsewhere")),
        task(present(api_url=f"{sandbox.url}/elsewhere", state="absent")),
        sandbox=sandbox,
    ).results
    for result in results:
        assert_clear(result, "404", "Check site and api_url")
        assert not result["changed"]


def test_answers_that_can_not_be_read(play):
    """No write follows them, and "can't be read" is never taken for "is not there"."""
    kinds = ["html", "empty", "cut", "null", "list", "deep", "encoding", "gzip", "huge"]
    readable = ["charset", "content_type"]
    scenarios = [
        Scenario(
            kind,
            absent(retries=0) if kind in ("null", "list") else present(retries=0),
            faults=[{"method": "GET", "status": 200, "junk": kind, "execute": True, "times": None}],
            settings={"mappings": [present()]},
        )
        for kind in kinds + readable
    ]
    for name, result, sandbox in play.scenarios(scenarios):
        assert not result["changed"], name
        assert writes(sandbox) == [], name
        assert state_of(sandbox) == {RUNNER: OMAR}, name
        if name in kinds:
            assert_clear(result, "Could not list the persona mappings")


def test_errors_in_any_shape(play):
    shapes = {
        "objects": {"status": 403, "body": {"errors": [{"title": "Forbidden", "detail": "No, Sir", "meta": {"a": 1}}]}},
        "strings": {"status": 403, "body": {"errors": ["No", "Sir"]}},
        "html": {"status": 502, "junk": "html"},
        "nothing": {"status": 500, "junk": "empty"},
        "huge": {"status": 400, "junk": "huge"},
        "deep": {"status": 401, "junk": "deep"},
        "encoding": {"status": 403, "junk": "encoding"},
    }
    scenarios = [Scenario(name, present(retries=0), [{"method": "GET", **fault}]) for name, fault in shapes.items()]
    results = {played.name: played.result for played in play.scenarios(scenarios)}
    for name, fault in shapes.items():
        assert_clear(results[name], str(fault["status"]))
        assert results[name]["http_status"] == fault["status"]
        assert not results[name]["changed"]
    assert "Forbidden: No, Sir" in results["objects"]["msg"]
    assert "No; Sir" in results["strings"]["msg"]
    assert "Bad Gateway" in results["html"]["msg"]
