# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs with the project that docs/examples/awx ships: what AWX shows of them is true, complete, and holds no key."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ansible.release
import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.tests.system.examples.awx import (
    API_KEY,
    APP_KEY,
    AWX,
    MOST_OF_A_PAGE,
    MOST_OF_AN_EVENT,
    Controller,
    Job,
    Playbook,
    holds,
    injected,
)
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    LI,
    OMAR,
    RUNNER,
    collections_path,
    state_of,
    writes,
)
from datadog_sandbox import Sandbox, samples

CREDENTIAL = {"api_key": API_KEY, "app_key": APP_KEY}
DRY_RUN = ("--check",)
USER = "arn:aws:iam::123456789012:user/jane"
DEPLOY = "arn:aws:sts::123456789012:assumed-role/deploy/*"
ELSEWHERE = "arn:aws:sts::210987654321:assumed-role/deploy/*"
NOT_INTEGRATED = "arn:aws:sts::111111111111:assumed-role/deploy/*"
ROLE = "arn:aws:iam::123456789012:role/deploy"
CORE = tuple(int(part) for part in ansible.release.__version__.split(".")[:2])


def mappings(by_pattern: dict[str, str]) -> list[dict[str, str]]:
    return [{"arn_pattern": pattern, "account_identifier": account} for pattern, account in by_pattern.items()]


def many(count: int) -> list[str]:
    """Patterns of 75 characters, as they are where roles have long names."""
    return [f"arn:aws:sts::123456789012:assumed-role/{f'platform-team-{n:05}-'.ljust(34, 'x')}/*" for n in range(count)]


def organization(by_pattern: dict[str, str] | None = None, permissions_of: str = samples.APP_KEY) -> Sandbox:
    """A sandbox with keys that have other spellings in URLs."""
    permissions = samples.APP_KEYS[permissions_of]
    return Sandbox(api_keys=[API_KEY], app_keys={APP_KEY: permissions}, mappings=mappings(by_pattern or {}))


@pytest.fixture
def controller(tmp_path):
    return Controller(tmp_path)


@pytest.fixture
def launch(controller):
    """Launches a job with the credential; at its end the keys are nowhere to be found."""

    def run(playbook: str, sandbox: Sandbox, *options: str, **settings: Any) -> Job:
        job = controller.launch(playbook, CREDENTIAL, {"DATADOG_HOST": sandbox.url}, *options, **settings)
        assert job.leaks(API_KEY, APP_KEY) == []
        return job

    return run


def test_the_dry_run_shows_what_the_job_does(controller, launch):
    with organization({USER: LI, DEPLOY: OMAR, ELSEWHERE: OMAR}) as sandbox:
        controller.write_mappings(mappings({RUNNER: OMAR, USER: OMAR}), purge=["123456789012"], most=2)
        before = state_of(sandbox)
        dry = launch("dry_run.yml", sandbox, *DRY_RUN)
        assert (dry.status, dry.changed(), writes(sandbox), state_of(sandbox)) == (0, 1, [], before)
        assert dry.result()["diff"] == {"before": {USER: LI, DEPLOY: OMAR}, "after": {USER: OMAR, RUNNER: OMAR}}

        # As if somebody had launched the job again as a job of the type "run", which needs no role on "apply".
        again = launch("dry_run.yml", sandbox)
        assert (again.status, writes(sandbox), state_of(sandbox)) == (0, [], before)

        real = launch("apply.yml", sandbox)
        assert (real.status, real.changed()) == (0, 2)
        assert real.result()["diff"] == dry.result()["diff"]
        assert real.result()["summary"] == dry.result()["summary"]
        assert state_of(sandbox) == {RUNNER: OMAR, USER: OMAR, ELSEWHERE: OMAR}

        again = launch("apply.yml", sandbox)
        assert (again.status, again.changed()) == (0, 0)


def test_leaks_are_found_where_there_are_some(controller):
    """Were the search blind, or the credential not injected, the tests that find no leak would prove nothing."""
    project = controller.project
    spellings = (API_KEY, quote(API_KEY, safe=""), base64.b64encode(API_KEY.encode()).decode())
    shown = [f'{{"name": "Leak", "ansible.builtin.debug": {{"msg": "{spelling}"}}}}' for spelling in spellings]
    for number, task in enumerate(shown):
        (project / f"leak_{number}.yml").write_text(
            f'[{{"hosts": "localhost", "gather_facts": false, "tasks": [{task}]}}]'
        )
        job = controller.launch(f"leak_{number}.yml", CREDENTIAL, {})
        assert {name.rsplit("/", 1)[-1] for name in job.leaks(API_KEY)} >= {"output", "stdout"}
        assert any("job_events" in name for name in job.leaks(API_KEY))
        assert job.leaks(APP_KEY) == []
    command = (job.artifacts / "command").read_bytes()
    assert holds(command, API_KEY)
    assert holds(command, APP_KEY)


def test_a_site_left_empty_is_the_default_one(controller):
    assert injected(CREDENTIAL) == {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_SITE": ""}
    controller.write_mappings([])
    controller.set_options(retries="0", timeout="2")
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "DATADOG_HOST": ""}
    job = controller.launch("apply.yml", CREDENTIAL, nowhere)
    assert "api.datadoghq.com" in job.result()["msg"]
    job = controller.launch("apply.yml", {**CREDENTIAL, "site": "app.datadoghq.eu"}, nowhere)
    assert "api.datadoghq.eu" in job.result()["msg"]


@pytest.mark.parametrize(
    ("existing", "options", "words"),
    [
        ({}, DRY_RUN, "Missing: 1. Mapped to another account: 0. Not in the list: 0."),
        ({RUNNER: LI}, (), "Missing: 0. Mapped to another account: 1. Not in the list: 0."),
        (
            {RUNNER: OMAR, DEPLOY: LI},
            (),
            "Missing: 0. Mapped to another account: 0. Not in the list: 1.",
        ),
    ],
    ids=["missing", "other account", "extra"],
)
def test_drift_fails_the_job_and_is_left_as_it_is(controller, launch, existing, options, words):
    """Even if the job is none of the type check."""
    with organization(existing) as sandbox:
        controller.write_mappings(mappings({RUNNER: OMAR}), purge=["123456789012"], most=5)
        job = launch("drift.yml", sandbox, *options)
        assert job.status == 2
        assert words in job.result("ansible.builtin.assert")["msg"]
        diff = job.result()["diff"]
        assert (diff["before"], diff["after"]) != ({}, {})
        assert (writes(sandbox), state_of(sandbox)) == ([], existing)


def test_without_drift_the_job_succeeds(controller, launch):
    with organization({RUNNER: OMAR, ELSEWHERE: LI}) as sandbox:
        controller.write_mappings(mappings({RUNNER: OMAR.upper()}), purge=["123456789012"])
        job = launch("drift.yml", sandbox)
        assert (job.status, job.changed()) == (0, 0)


# ---- What AWX's page shows


def crowd(count: int) -> list[str]:
    """Accounts whose emails are long."""
    return [f"{f'site-reliability-{n:02}-'.ljust(60, 'x')}@engineering.corp.example" for n in range(count)]


@pytest.mark.parametrize("playbook", ["apply.yml", "dry_run.yml", "drift.yml"])
def test_the_page_shows_each_change_and_their_sum(controller, launch, playbook):
    """The diff of all of them would be one event, of which AWX shows the start."""
    old = many(62)
    added = "arn:aws:sts::123456789012:assumed-role/added/*"
    with organization(dict.fromkeys(old, LI)) as sandbox:
        wanted = {**dict.fromkeys(old[:60], OMAR), old[60]: LI, added: CI}
        controller.write_mappings(mappings(wanted), purge=["123456789012"], most=61)
        job = launch(playbook, sandbox)
    assert job.cut() == []
    text = "".join(job.shown())
    would = "" if playbook == "apply.yml" else "would "
    for pattern in old[:60]:
        assert text.count(f'(item={would}replace) => {{\r\n    "msg": "{pattern}: {LI} -> {OMAR}"') == 1
    assert text.count(f'(item={would}create) => {{\r\n    "msg": "{added}: ') == 1
    assert text.count(f'(item={would}remove) => {{\r\n    "msg": "{old[61]}: {LI}"') == 1
    assert "create: 1, replace: 60, remove: 1, unchanged: 1, failed: 0" in text


def test_the_page_shows_each_failure(controller, launch):
    patterns = [f"arn:aws:sts::111111111111:assumed-role/{f'role-{n:02}-'.ljust(64, 'x')}/*" for n in range(20)]
    with organization() as sandbox:
        controller.write_mappings(mappings({RUNNER: OMAR, **dict.fromkeys(patterns, LI)}))
        controller.set_options(wait_timeout=0)
        job = launch("apply.yml", sandbox)
        assert (job.status, state_of(sandbox)) == (2, {RUNNER: OMAR})
    assert job.cut() == []
    shown = "".join(job.shown())
    for pattern in patterns:
        assert f"(item=create {pattern})" in shown
    assert "111111111111 with Datadog first" in shown
    assert "20 of the changes failed" in job.result("ansible.builtin.assert")["msg"]


def test_the_page_shows_what_a_guard_has_stopped(controller, launch):
    with organization(dict.fromkeys(many(9), LI)) as sandbox:
        controller.write_mappings([], purge=["123456789012"], most=5)
        job = launch("apply.yml", sandbox)
    assert (job.status, job.cut()) == (2, [])
    text = "".join(job.shown())
    assert "Nothing was changed. 9 mappings would be lost (9 removed" in text
    assert text.count("(item=would remove)") == 9
    assert "(item=remove)" not in text


LONG = "arn:aws:iam::123456789012:user/" + "team/" * 20 + "x" * 64
EVERYTHING_FAILED = {
    "changed": True,
    "msg": "2 of the changes failed. " + "Words that Datadog sent, and what to do. " * 100,
    "summary": {"created": 0, "replaced": 0, "removed": 0, "unchanged": 0, "failed": 2},
    "failed_mappings": [
        {"arn_pattern": LONG, "operation": "replace", "account_identifier": OMAR, "msg": "Words. " * 1000}
    ]
    * 2,
    "lost_mappings": [{"arn_pattern": LONG, "account_identifier": crowd(1)[0]}] * 2,
}


def report(controller: Controller, result: dict[str, Any]) -> Job:
    """Run a job that only shows a result, and fails if it is that of a failed task."""
    tasks = Path(collections_path(), "ansible_collections/datadog_community/cloud_auth/playbooks/tasks")
    shown = [{"name": name, "ansible.builtin.import_tasks": str(tasks / f"{name}.yml")} for name in ("show", "fail")]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": shown, "vars": {"_shown": result}}
    (controller.project / "report_only.yml").write_text(json.dumps([play]))
    return controller.launch("report_only.yml", CREDENTIAL, {})


def test_a_result_that_says_nothing_is_a_failure(controller):
    assert report(controller, {"changed": False}).status == 2


def test_long_messages_are_cut_by_the_playbook_but_no_mapping_is(controller):
    job = report(controller, EVERYTHING_FAILED)
    assert job.status == 2
    lost = f"{LONG} has no mapping now. It was mapped to {crowd(1)[0]}."
    assert [lost in text for text in job.shown()].count(True) == 2
    assert max(map(len, job.shown())) < MOST_OF_A_PAGE
    assert job.result("ansible.builtin.assert")["msg"].startswith("2 of the changes failed.")


# ---- The workflow: drift, approval, apply

REVIEW = {"cloud_auth_review": True}


def test_what_was_reviewed_is_applied(controller, launch):
    with organization({USER: LI}) as sandbox:
        controller.write_mappings(mappings({USER: OMAR}), most=1)
        drift = launch("drift.yml", sandbox, "--check", extra_vars=REVIEW)
        assert drift.status == 2
        assert drift.artifacts_of_stats()["cloud_auth_reviewed_revision"] == controller.revision
        review = launch("review.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert review.status == 0
        assert "create 0, replace 1, remove 0 at revision" in review.output
        apply = launch("apply.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert (apply.status, state_of(sandbox)) == (0, {USER: OMAR})
        # Nobody is asked now, for the workflow ends here.
        assert launch("drift.yml", sandbox, "--check", extra_vars=REVIEW).status == 0


def test_what_came_after_the_review_is_not_applied(controller, launch):
    with organization({USER: LI}) as sandbox:
        controller.write_mappings(mappings({USER: OMAR}), most=1)
        drift = launch("drift.yml", sandbox, "--check", extra_vars=REVIEW)
        reviewed, controller.revision = controller.revision, "decade" + "2" * 34
        apply = launch("apply.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert (apply.status, apply.cut(), writes(sandbox)) == (2, [], [])
        message = apply.result("ansible.builtin.assert")["msg"]
        assert reviewed in message
        assert controller.revision in message


def test_what_could_not_be_compared_is_not_applied(controller, launch):
    """AWX asks for approval after each failure of the drift job."""
    with organization({USER: LI}) as sandbox:
        controller.write_mappings(mappings({USER: OMAR}), most=1)
        sandbox.add_fault(method="GET", status=403)
        drift = launch("drift.yml", sandbox, "--check", extra_vars=REVIEW)
        assert (drift.status, list(drift.artifacts_of_stats())) == (2, ["cloud_auth_stopped_by"])
        review = launch("review.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert review.status == 2
        assert "There is nothing to approve. Could not list" in review.output
        apply = launch("apply.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert (apply.status, apply.cut(), writes(sandbox)) == (2, [], [])
        assert "none, because the drift job could not compare" in apply.result("ansible.builtin.assert")["msg"]


def test_nobody_is_asked_to_approve_what_a_limit_stops(controller, launch):
    with organization({USER: LI}) as sandbox:
        controller.write_mappings(mappings({USER: OMAR}), most=0)
        drift = launch("drift.yml", sandbox, extra_vars=REVIEW)
        assert drift.status == 2
        review = launch("review.yml", sandbox, extra_vars={**REVIEW, **drift.artifacts_of_stats()})
        assert (review.status, review.cut()) == (2, [])
        assert "but max_removals is 0" in review.result("ansible.builtin.assert")["msg"]


# ---- The survey


def survey(**answers: str) -> dict[str, Any]:
    """The extra variables that a survey makes; those that are not answered have the defaults of setup.yml."""
    (play,) = yaml.load((AWX / "setup.yml").read_text(), Loader=Playbook)
    templates = [task["awx.awx.job_template"] for task in play["tasks"] if "awx.awx.job_template" in task]
    (questions,) = [template["survey_spec"]["spec"] for template in templates if "survey_spec" in template]
    defaults = {question["variable"]: question["default"] for question in questions}
    given = {f"cloud_auth_{name}": answer for name, answer in answers.items()}
    assert given.keys() <= defaults.keys()
    return {"extra_vars": {**defaults, **given}}


def test_a_survey_manages_one_mapping(launch):
    one = "datadog_community.cloud_auth.persona_mapping"
    with organization({USER: LI}) as sandbox:
        made = launch("one_mapping.yml", sandbox, **survey(arn_pattern=RUNNER, account_identifier=OMAR))
        assert (made.status, state_of(sandbox)) == (0, {USER: LI, RUNNER: OMAR})

        refused = launch("one_mapping.yml", sandbox, **survey(arn_pattern=USER, account_identifier=OMAR))
        assert (refused.status, state_of(sandbox)[USER]) == (2, LI)
        assert LI in refused.result(one)["msg"]

        taken = launch("one_mapping.yml", sandbox, **survey(arn_pattern=USER, account_identifier=OMAR, replace="true"))
        assert (taken.status, state_of(sandbox)[USER]) == (0, OMAR)

        number = made.result(one)["persona_mapping"]["id"]
        removed = launch("one_mapping.yml", sandbox, **survey(state="absent", id=number))
        assert (removed.status, state_of(sandbox)) == (0, {USER: OMAR})

        empty = launch("one_mapping.yml", sandbox, **survey())
        assert empty.status == 2
        assert "state is present but all of the following are missing" in empty.result(one)["msg"]
        assert state_of(sandbox) == {USER: OMAR}


@pytest.mark.parametrize("unanswered", ["", " ", None])
def test_blanks_around_answers_are_dropped(launch, unanswered):
    with organization() as sandbox:
        answers = survey(arn_pattern=f" {RUNNER}\n", account_identifier=f"\t{OMAR} ", id=unanswered)
        job = launch("one_mapping.yml", sandbox, **answers)
        assert (job.status, state_of(sandbox)) == (0, {RUNNER: OMAR})


def test_numbers_and_booleans_may_be_strings_and_what_is_empty_is_not_given(controller, launch):
    """Answers of surveys are strings; ansible-core 2.19 and newer make null of those that were left empty."""
    numbers = {"concurrency": "4", "wait_timeout": "0", "timeout": "10", "retries": "0"}
    booleans = {"replace": "yes", "validate_certs": "True", "purge": "false"}
    empty = {"site": "", "api_url": "", "api_key": "", "app_key": ""}
    with organization({RUNNER: LI}) as sandbox:
        controller.write_mappings(mappings({RUNNER: OMAR}), most="1")
        controller.set_options(**{name: f"{{{{ given_{name} }}}}" for name in (*numbers, *booleans, *empty)})
        given = {f"given_{name}": value for name, value in {**numbers, **booleans, **empty}.items()}
        job = launch("apply.yml", sandbox, extra_vars=given)
        assert (job.status, state_of(sandbox)) == (0, {RUNNER: OMAR})


# ---- Without stored Datadog keys


BY_IDENTITY = "credential_type_aws.yml"
# As AWX's own credential type "Amazon Web Services" injects them.
AWS = {
    "AWS_ACCESS_KEY_ID": samples.AWS_ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": samples.AWS_SECRET_ACCESS_KEY,
    "AWS_SECURITY_TOKEN": samples.AWS_SESSION_TOKEN,
    "AWS_SESSION_TOKEN": samples.AWS_SESSION_TOKEN,
}
LETS_IN = {RUNNER: "terraform@corp.example"}


def test_jobs_log_in_by_their_aws_identity(controller):
    controller.write_mappings(mappings({**LETS_IN, USER: OMAR}))
    credential = {"org_uuid": samples.ORG_UUID}
    with organization(LETS_IN) as sandbox:
        environment = {"DATADOG_HOST": sandbox.url, **AWS}
        # Each task logs in; what was changed is shown with the names of accounts, which is a task of its own.
        for options, methods in ((DRY_RUN, ["POST"]), ((), ["POST", "POST", "POST"])):
            sandbox.clear_requests()
            job = controller.launch("apply.yml", credential, environment, *options, "-vvvv", file=BY_IDENTITY)
            assert (job.status, job.changed(), writes(sandbox)) == (0, 2 if len(methods) > 1 else 1, methods)
            assert job.leaks(AWS["AWS_SECRET_ACCESS_KEY"], AWS["AWS_SESSION_TOKEN"]) == []
        assert len(state_of(sandbox)) == 2
        assert all("dd-api-key" not in request.headers for request in sandbox.requests)


def test_a_job_without_aws_credentials_says_so(controller):
    controller.write_mappings(mappings(LETS_IN))
    with organization(LETS_IN) as sandbox:
        environment = {"DATADOG_HOST": sandbox.url, "AWS_EC2_METADATA_DISABLED": "true"}
        job = controller.launch("apply.yml", {"org_uuid": samples.ORG_UUID}, environment, file=BY_IDENTITY)
        assert (job.status, sandbox.request_count) == (2, 0)
        assert "there are no AWS credentials" in job.result()["msg"]


# ---- What fails


ECHO = f"no such keys: {API_KEY} {quote(APP_KEY, safe='')} {base64.b64encode(APP_KEY.encode()).decode()}"
FAILURES = {
    "may not read": {"permissions": samples.NO_PERMISSIONS_APP_KEY, "words": "403"},
    "may not write": {"permissions": samples.READ_ONLY_APP_KEY, "words": "403"},
    "401 that echoes": {"fault": {"status": 401, "body": {"errors": [ECHO]}}, "words": "********"},
    "500 that echoes": {"fault": {"status": 500, "body": f"<html>{ECHO}</html>"}, "words": "********"},
    "500 on writing": {
        "fault": {"method": "POST", "status": 500, "body": {"errors": [{"detail": ECHO}]}},
        "words": "500",
    },
    "cut off": {"fault": {"junk": "cut"}, "words": "JSON"},
    "unreachable": {"url": "http://127.0.0.1:1", "words": "127.0.0.1"},
    "keys in the URL": {"url": f"https://{quote(API_KEY, safe='')}@proxy.corp.example", "words": "api_url"},
    "bad pattern": {"wanted": {ROLE: OMAR}, "words": "can match no AWS caller"},
    "not integrated": {"wanted": {NOT_INTEGRATED: OMAR}, "words": "not integrated"},
    "guard": {"existing": {RUNNER: LI, USER: LI}, "words": "but max_removals is 1."},
    "guard left empty": {"existing": {RUNNER: LI}, "most": "", "words": "cloud_auth_max_removals must be"},
    "no credential": {"credential": {}, "words": "DD_API_KEY"},
    "mistaken credential": {"credential": {"api_key": APP_KEY, "app_key": API_KEY}, "words": "403"},
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_job_says_why_and_holds_no_key(controller, name):
    case = FAILURES[name]
    wanted = mappings(case.get("wanted", {RUNNER: OMAR}))
    controller.write_mappings(wanted, purge=["123456789012"], most=case.get("most", 1))
    controller.set_options(retries="0", wait_timeout="0")
    with organization(case.get("existing"), case.get("permissions", samples.APP_KEY)) as sandbox:
        before = state_of(sandbox)
        if "fault" in case:
            sandbox.add_fault(times=None, **case["fault"])
        address = {"DATADOG_HOST": case.get("url", sandbox.url)}
        job = controller.launch("apply.yml", case.get("credential", CREDENTIAL), address, "--diff", "-vvvv")
        assert state_of(sandbox) == before
    assert job.status == 2
    assert case["words"] in "".join([*job.shown(), job.result("ansible.builtin.assert")["msg"]])
    assert "Traceback" not in job.output
    assert job.leaks(API_KEY, APP_KEY) == []


def test_a_thousand_changes_fit_into_an_event(controller, launch):
    """Replacements are what returns the most."""
    patterns = many(1000)
    with organization(dict.fromkeys(patterns, LI)) as sandbox:
        controller.write_mappings(mappings(dict.fromkeys(patterns, OMAR)), most=1000)
        job = launch("apply.yml", sandbox, "--diff")
        assert (job.status, job.changed()) == (0, 2)
        assert job.result()["summary"]["replaced"] == 1000
        assert len(job.result()["diff"]["after"]) == 1000
        assert len(str(job.result())) < MOST_OF_AN_EVENT


def test_ten_thousand_mappings_in_sync(controller, launch):
    """An ansible-core before 2.21 returns the arguments of a task as well. They alone are more than AWX keeps."""
    wanted = dict.fromkeys(many(10_000), OMAR)
    with organization(wanted) as sandbox:
        controller.write_mappings(mappings(wanted))
        job = launch("apply.yml", sandbox, *DRY_RUN)
        assert (job.status, job.changed(), sandbox.request_count) == (0, 0, 1)
        if CORE >= (2, 21):
            assert job.result()["summary"]["unchanged"] == 10_000
            assert len(str(job.result())) < 2000
        else:
            assert job.result() == {}
