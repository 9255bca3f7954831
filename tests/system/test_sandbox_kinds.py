# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox has all four kinds of mapping, under both spellings of the path."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system.sandbox_client import (
    CI,
    CI_UUID,
    CLAIMS,
    DEPLOY,
    GITHUB,
    GITHUB_INTAKE,
    INTAKE,
    KINDS,
    LI,
    MAPPINGS,
    NOT_FOUND,
    NOT_INTEGRATED,
    OMAR,
    PERSONA_KINDS,
    RUNNER,
    Client,
    detail,
)
from datadog_sandbox import Sandbox, samples

NAMES = {MAPPINGS: "persona", INTAKE: "intake", GITHUB: "github_persona", GITHUB_INTAKE: "github_intake"}
GITHUB_KINDS = (GITHUB, GITHUB_INTAKE)


@pytest.fixture(params=list(KINDS), ids=lambda path: NAMES[path])
def path(request):
    """The path of each kind in turn."""
    return request.param


class TestEveryKind:
    def test_create_get_list_delete(self, client, sandbox, path):
        json_type, matcher, other = KINDS[path]
        created = client.create_in(path)
        assert created.status_code == 201
        data = created.json()["data"]
        account = {}
        if path in PERSONA_KINDS:
            account = {"account_identifier": OMAR, "account_uuid": "11111111-a0ae-11ed-88af-be56a8628f02"}
        enrolled = {"par_enrollment_enabled": False} if path == INTAKE else {}
        assert data == {"id": data["id"], "type": json_type, "attributes": {**matcher, **account, **enrolled}}
        assert sandbox.mappings(kind=NAMES[path]) == [{"id": data["id"], **matcher, **account}]
        second = client.create_in(path, LI, **other).json()["data"]
        assert client.get(path).json() == {"data": [data, second]}
        assert client.get(f"{path}/{data['id']}").json() == {"data": data}
        answer = client.delete(f"{path}/{data['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert client.get(path).json() == {"data": [second]}
        assert client.get(f"{path}/{data['id']}").content == NOT_FOUND

    def test_each_knows_only_its_own(self, client, path):
        mapping_id = client.create_in(path).json()["data"]["id"]
        for other in set(KINDS) - {path}:
            assert client.get(other).json() == {"data": []}
            assert client.get(f"{other}/{mapping_id}").status_code == 404
            assert client.delete(f"{other}/{mapping_id}").status_code == 404

    def test_taken(self, client, sandbox, path):
        client.create_in(path)
        answer = client.create_in(path, LI)
        assert (answer.status_code, "already mapped" in detail(answer)) == (409, True)
        assert len(sandbox.mappings(kind=NAMES[path])) == 1

    def test_the_type_of_another_kind(self, client, path):
        for other in set(KINDS) - {path}:
            attributes = {**KINDS[other][1], "account_identifier": OMAR}
            answer = client.post(path, json={"data": {"type": KINDS[other][0], "attributes": attributes}})
            assert (answer.status_code, KINDS[path][0] in detail(answer)) == (400, True)

    def test_a_matcher_is_needed(self, client, path):
        matcher = next(iter(KINDS[path][1]))
        for nonsense in (None, "", {}, 5, [RUNNER]):
            assert client.create_in(path, **{matcher: nonsense}).status_code == 400

    def test_permissions(self, sandbox, path):
        with Client(sandbox, samples.READ_ONLY_APP_KEY) as reader:
            assert [reader.get(path).status_code, reader.create_in(path).status_code] == [200, 403]
        with Client(sandbox, samples.NO_PERMISSIONS_APP_KEY) as nobody:
            assert nobody.get(path).status_code == 403

    def test_lag(self, client, sandbox, clock, path):
        sandbox.settings.update(list_lag=5, get_lag=5)
        created = client.create_in(path).json()["data"]
        assert client.get(path).json() == {"data": []}
        assert client.get(f"{path}/{created['id']}").status_code == 404
        clock.now += 5
        assert client.get(path).json() == {"data": [created]}
        assert client.get(f"{path}/{created['id']}").json() == {"data": created}

    def test_state(self, client, sandbox, path):
        client.create_in(path)
        state = sandbox.state()
        sandbox.reset()
        assert client.get(path).json() == {"data": []}
        sandbox.set_state(**state)
        assert sandbox.state() == state
        with Sandbox(**state) as other:
            assert other.mappings(kind=NAMES[path]) != []
            assert other.state() == state

    def test_what_someone_else_does(self, client, sandbox, path):
        account = {"account_identifier": LI} if path in PERSONA_KINDS else {}
        change = {"kind": NAMES[path], **KINDS[path][1]}
        sandbox.add_fault(method="POST", change=[{"create": {**change, **account}}])
        assert client.create_in(path).status_code == 409
        sandbox.add_fault(change=[{"delete": change}])
        assert client.get(path).json() == {"data": []}

    def test_the_record_says_which_mapping_it_was(self, client, sandbox, path):
        created = client.create_in(path).json()["data"]["id"]
        client.get(path)
        client.delete(f"{path}/{created}")
        client.delete(f"{path}/{created}")
        who = RUNNER if path in (MAPPINGS, INTAKE) else f"sub={CLAIMS['sub']}, repository={CLAIMS['repository']}"
        about = f"{who} as {OMAR}" if path in PERSONA_KINDS else who
        assert [request.about for request in sandbox.requests] == [about, None, about, None]
        assert [request.reason for request in sandbox.requests] == [None, None, None, "Not Found"]


class TestPersonaKinds:
    @pytest.mark.parametrize("path", PERSONA_KINDS)
    def test_accounts(self, client, path):
        created = client.create_in(path, CI).json()["data"]["attributes"]
        assert (created["account_identifier"], created["account_uuid"]) == (CI_UUID, CI_UUID)
        for bad in ("nobody@corp.example", "peter.gone@corp.example"):
            assert client.create_in(path, bad, **KINDS[path][2]).status_code == 400
        assert client.create_in(path, "ada.admin@corp.example", **KINDS[path][2]).status_code == 403

    @pytest.mark.parametrize("path", PERSONA_KINDS)
    def test_a_service_account_without_roles(self, client, sandbox, path):
        sandbox.merge_state(accounts=[{"email": "new@corp.example", "service_account": True}])
        answer = client.create_in(path, "new@corp.example")
        assert (answer.status_code, "has no roles" in detail(answer)) == (400, True)


class TestOneSpaceOfPatterns:
    @pytest.mark.parametrize(("first", "second"), [(MAPPINGS, INTAKE), (INTAKE, MAPPINGS)])
    def test_persona_and_intake_conflict(self, client, first, second):
        created = client.create_in(first).json()["data"]["id"]
        answer = client.create_in(second)
        assert (answer.status_code, NAMES[first] in detail(answer)) == (409, True)
        client.delete(f"{first}/{created}")
        assert client.create_in(second).status_code == 201

    def test_whatever_taking_a_taken_pattern_does(self, client, sandbox):
        client.create_in(INTAKE)
        for what in ("both", "update"):
            sandbox.settings.on_taken = what
            assert client.create_in(MAPPINGS).status_code == 409

    def test_the_short_form_of_the_state(self, client, sandbox):
        sandbox.set_state(intake_patterns=[RUNNER])
        assert [mapping["arn_pattern"] for mapping in sandbox.mappings(kind="intake")] == [RUNNER]
        assert client.create_in(MAPPINGS).status_code == 409
        sandbox.merge_state(intake_patterns=[DEPLOY])
        assert len(client.get(INTAKE).json()["data"]) == 2

    def test_claims_conflict_within_their_kind_only(self, client):
        assert [client.create_in(path).status_code for path in GITHUB_KINDS] == [201, 201]


class TestIntake:
    @pytest.mark.parametrize(
        ("setting", "extra"),
        [
            (True, {"par_enrollment_enabled": True}),
            (False, {"par_enrollment_enabled": False}),
            (None, {}),
        ],
    )
    def test_an_attribute_that_clients_may_not_know(self, client, sandbox, setting, extra):
        sandbox.settings.par_enrollment_enabled = setting
        assert client.create_in(INTAKE).json()["data"]["attributes"] == {"arn_pattern": RUNNER, **extra}

    @pytest.mark.parametrize("path", [MAPPINGS, INTAKE])
    def test_the_aws_account_must_be_integrated(self, client, path):
        answer = client.create_in(path, arn_pattern="arn:aws:iam::111111111111:user/x")
        assert (answer.status_code, answer.content) == (400, NOT_INTEGRATED)

    def test_patterns_are_checked(self, client):
        assert client.create_in(INTAKE, arn_pattern="arn:aws:iam::123456789012:role/x").status_code == 400


@pytest.mark.parametrize("path", GITHUB_KINDS)
class TestClaims:
    def test_all_that_there_are(self, client, path):
        names = [
            "sub",
            "actor",
            "actor_id",
            "enterprise",
            "enterprise_id",
            "environment",
            "event_name",
            "job_workflow_ref",
            "ref",
            "ref_type",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "repository_visibility",
            "runner_environment",
            "workflow",
            "workflow_ref",
        ]
        assert len(names) == 18
        claims = {name: "repo:corp/.*" if name == "sub" else f"^{name}$" for name in names}
        answer = client.create_in(path, claim_matchers=claims)
        assert answer.json()["data"]["attributes"]["claim_matchers"] == claims

    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"repository": "^corp/app$"}, "sub is required"),
            ({"sub": ""}, "sub is required"),
            ({"sub": "x", "branch": "main"}, "unknown claim branch"),
            ({"sub": "x", "ref": 5}, "regular expression"),
            ({"sub": "x", "ref": ""}, "regular expression"),
            ({"sub": "x", "ref": None}, "regular expression"),
        ],
    )
    def test_refused(self, client, path, claims, words):
        answer = client.create_in(path, claim_matchers=claims)
        assert (answer.status_code, words in detail(answer)) == (400, True)
        assert answer.json()["errors"][0]["source"] == {"pointer": "/data/attributes/claim_matchers"}

    def test_order_does_not_count(self, client, path):
        client.create_in(path)
        turned = dict(reversed(CLAIMS.items()))
        assert client.create_in(path, claim_matchers=turned).status_code == 409
        assert client.create_in(path, claim_matchers={"sub": CLAIMS["sub"]}).status_code == 201

    def test_no_aws_account_is_needed(self, client, sandbox, path):
        sandbox.settings.strict_aws_accounts = True
        sandbox.set_state(aws_accounts={})
        assert client.create_in(path).status_code == 201


class TestPaths:
    def test_both_spellings_lead_to_the_same(self, client, path):
        other = path.replace("cloud_auth", "wif")
        created = client.create_in(path).json()["data"]
        assert client.get(other).json() == {"data": [created]}
        assert client.get(f"{other}/{created['id']}").json() == {"data": created}
        assert client.delete(f"{other}/{created['id']}").status_code == 204

    @pytest.mark.parametrize(("only", "gone"), [("cloud_auth", "wif"), ("wif", "cloud_auth")])
    def test_one_spelling_alone(self, client, sandbox, path, only, gone):
        mapping_id = client.create_in(path).json()["data"]["id"]
        sandbox.settings.paths = only
        assert client.get(path.replace("cloud_auth", only)).status_code == 200
        dead = path.replace("cloud_auth", gone)
        for answer in (client.get(dead), client.post(dead), client.delete(f"{dead}/{mapping_id}")):
            assert (answer.status_code, answer.json()) == (404, {"errors": ["Not found"]})
        assert len(sandbox.mappings(kind=NAMES[path])) == 1


class TestControl:
    @pytest.mark.parametrize(
        "state",
        [
            {"intake_mappings": [{"id": "x"}]},
            {"github_persona_mappings": [{"claim_matchers": CLAIMS}]},
            {"github_intake_mappings": [{"claim_matchers": "x"}]},
            {"github_intake_mappings": [{"claim_matchers": CLAIMS}] * 2},
            {"mappings": [], "intake_patterns": [RUNNER, RUNNER]},
        ],
        ids=str,
    )
    def test_nonsense_is_refused_and_changes_nothing(self, client, sandbox, state):
        sandbox.create_mapping(RUNNER, OMAR)
        before = sandbox.state()
        assert client.put("/sandbox/state", json=state).status_code == 400
        assert sandbox.state() == before

    @pytest.mark.parametrize(
        "change",
        [
            {"create": {"kind": "intake", "arn_pattern": RUNNER, "account_identifier": OMAR}},
            {"create": {"kind": "github_intake", "arn_pattern": RUNNER}},
            {"create": {"kind": "gitlab", "arn_pattern": RUNNER}},
            {"delete": {"kind": "github_persona", "claim_matchers": "x"}},
        ],
        ids=str,
    )
    def test_nonsense_as_a_change(self, sandbox, change):
        with pytest.raises(ValueError, match=r"must be|needs"):
            sandbox.add_fault(change=[change])

    def test_a_kind_that_does_not_exist(self, sandbox):
        with pytest.raises(ValueError, match="kind must be one of persona, intake"):
            sandbox.mappings(kind="gitlab")
        with pytest.raises(ValueError, match="needs claim_matchers"):
            sandbox.create_mapping(RUNNER, kind="github_intake")
