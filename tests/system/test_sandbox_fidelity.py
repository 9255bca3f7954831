# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox answers Datadog's own client as Datadog does: everything decodes, and nothing is left unparsed."""

from __future__ import annotations

import time
import uuid

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.aws import AWSAuth
from datadog_api_client.exceptions import ApiException, ApiValueError, ForbiddenException, NotFoundException
from datadog_api_client.v2.api.cloud_authentication_api import CloudAuthenticationApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.api.service_accounts_api import ServiceAccountsApi
from datadog_api_client.v2.api.users_api import UsersApi
from datadog_api_client.v2.model.api_error_response import APIErrorResponse
from datadog_api_client.v2.model.git_hub_oidc_claim_patterns import GitHubOIDCClaimPatterns
from datadog_api_client.v2.model.jsonapi_error_response import JSONAPIErrorResponse
from datadog_api_client.v2.model.relationship_to_role_data import RelationshipToRoleData
from datadog_api_client.v2.model.relationship_to_roles import RelationshipToRoles
from datadog_api_client.v2.model.relationship_to_user import RelationshipToUser
from datadog_api_client.v2.model.relationship_to_user_data import RelationshipToUserData
from datadog_api_client.v2.model.roles_type import RolesType
from datadog_api_client.v2.model.service_account_create_attributes import ServiceAccountCreateAttributes
from datadog_api_client.v2.model.service_account_create_data import ServiceAccountCreateData
from datadog_api_client.v2.model.service_account_create_request import ServiceAccountCreateRequest
from datadog_api_client.v2.model.user_relationships import UserRelationships
from datadog_api_client.v2.model.user_update_attributes import UserUpdateAttributes
from datadog_api_client.v2.model.user_update_data import UserUpdateData
from datadog_api_client.v2.model.user_update_request import UserUpdateRequest
from datadog_api_client.v2.model.users_type import UsersType

from ansible_collections.datadog_community.cloud_auth.tests.system.datadog_client import Client
from datadog_sandbox import Sandbox, samples

pytestmark = pytest.mark.filterwarnings("ignore:Using unstable operation:UserWarning")

PATTERN = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
OMAR = "omar.haddad@corp.example"
CI_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
CLAIMS = {"sub": "repo:corp/app:ref:refs/heads/main", "repository_owner": "^corp$"}
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox):
    built = Client(sandbox)
    yield built
    built.transport.close()


@pytest.fixture
def client_with(sandbox):
    """Builds clients with other keys."""
    built = []

    def build(**keys: str) -> Client:
        built.append(Client(sandbox, **keys))
        return built[-1]

    yield build
    for each in built:
        each.transport.close()


def create(client: Client, arn_pattern: str = PATTERN, account_identifier: str = OMAR):
    """Create an AWS persona mapping."""
    return client.create(arn_pattern=arn_pattern, account_identifier=account_identifier)


def leftovers(model) -> list[str]:
    """Where a decoded answer holds what the client's models don't know, or could not parse."""
    found = []

    def visit(value, path):
        if getattr(value, "_unparsed", False):
            found.append(f"{path}: unparsed")
        if isinstance(value, dict):
            parts = value.items()
        elif isinstance(value, list):
            parts = enumerate(value)
        else:
            parts = getattr(value, "_data_store", {}).items()
        known = getattr(type(value), "attribute_map", None)
        for name, part in parts:
            if known is not None and name not in known and name != "value":
                found.append(f"{path}.{name}: unknown")
            visit(part, f"{path}.{name}")

    visit(model, type(model).__name__)
    return found


@pytest.mark.parametrize(
    ("kind", "extra", "place"),
    [("no_such_type", {}, ".type: unparsed"), ("aws_cloud_auth_config", {"more": 1}, ".attributes.more: unknown")],
    ids=["unknown type", "additional attribute"],
)
def test_leftovers_are_found(client, sandbox, kind, extra, place):
    """The check that the other tests rely on does see what it looks for."""
    attributes = {"account_identifier": OMAR, "account_uuid": CI_UUID, "arn_pattern": PATTERN, **extra}
    sandbox.add_fault(method="GET", body={"data": {"id": UNKNOWN_ID, "type": kind, "attributes": attributes}})
    assert any(found.endswith(place) for found in leftovers(client.get(UNKNOWN_ID)))


class TestMappings:
    def test_create(self, client, sandbox):
        created = create(client)
        assert leftovers(created) == []
        assert str(created.data.type) == "aws_cloud_auth_config"
        assert uuid.UUID(created.data.id).version == 4
        assert created.data.attributes.arn_pattern == PATTERN
        assert created.data.attributes.account_identifier == OMAR
        assert [mapping["id"] for mapping in sandbox.mappings()] == [created.data.id]

    def test_get(self, client):
        created = create(client)
        read = client.get(created.data.id)
        assert leftovers(read) == []
        assert read == created

    def test_list(self, client):
        assert client.list().data == []
        both = [create(client).data, create(client, "arn:aws:iam::123456789012:user/team/ci", CI_UUID).data]
        listed = client.list()
        assert leftovers(listed) == []
        assert listed.data == both

    def test_delete(self, client, sandbox):
        created = create(client)
        assert client.delete(created.data.id) is None
        assert sandbox.mappings() == []
        assert [request.status for request in sandbox.requests] == [201, 204]

    def test_answers_are_json_api(self, client):
        _data, status, headers = client.transport.call_api(
            "/api/v2/cloud_auth/aws/persona_mapping",
            "GET",
            header_params={"DD-API-KEY": samples.API_KEY, "DD-APPLICATION-KEY": samples.APP_KEY},
            response_type=(dict,),
            host=client.transport.configuration.host,
        )
        assert (status, headers["Content-Type"]) == (200, "application/vnd.api+json")


@pytest.mark.parametrize("kind", ["github_persona", "github_intake"])
class TestGitHub:
    @pytest.fixture
    def client(self, client_with, kind):
        return client_with(kind=kind)

    @pytest.fixture
    def account(self, kind):
        """The attributes of a mapping beside its claim matchers."""
        return {"account_identifier": OMAR} if kind == "github_persona" else {}

    def test_create_get_list_delete(self, client, account):
        assert client.list().data == []
        created = client.create(claim_matchers=CLAIMS, **account)
        assert uuid.UUID(created.data.id).version == 4
        attributes = created.data.attributes.to_dict()
        assert attributes.pop("claim_matchers") == CLAIMS
        assert account.items() <= attributes.items()
        read, listed = client.get(created.data.id), client.list()
        assert [leftovers(answer) for answer in (created, read, listed)] == [[], [], []]
        assert (read, listed.data) == (created, [created.data])
        assert client.delete(created.data.id) is None
        assert client.list().data == []

    def test_every_claim_that_the_client_knows(self, client, account):
        names = GitHubOIDCClaimPatterns.attribute_map
        claims = {name: "repo:corp/.*" if name == "sub" else f"^{name}$" for name in names}
        created = client.create(claim_matchers=claims, **account)
        assert created.data.attributes.claim_matchers.to_dict() == claims
        assert leftovers(created) == []

    def test_errors(self, client, account):
        client.create(claim_matchers=CLAIMS, **account)
        with pytest.raises(ApiException) as raised:
            client.create(claim_matchers=CLAIMS, **account)
        assert leftovers(client.error(raised.value, JSONAPIErrorResponse)) == []
        assert raised.value.status == 409
        with pytest.raises(NotFoundException):
            client.get(UNKNOWN_ID)


class TestErrors:
    def fails(self, client, status, kind, call, *arguments):
        """Calls, and returns the error object, after it decoded without leftovers."""
        with pytest.raises(kind) as raised:
            call(*arguments)
        assert raised.value.status == status
        decoded = client.error(raised.value, JSONAPIErrorResponse)
        assert leftovers(decoded) == []
        assert len(decoded.errors) == 1
        return decoded.errors[0]

    @pytest.mark.parametrize(
        ("pattern", "identifier", "pointer"),
        [
            ("arn:aws:iam::123456789012:role/my-role", OMAR, "/data/attributes/arn_pattern"),
            (PATTERN, "nobody@corp.example", "/data/attributes/account_identifier"),
            (PATTERN, "11111111-a0ae-11ed-88af-be56a8628f02", "/data/attributes/account_identifier"),
        ],
        ids=["role pattern", "unknown account", "UUID of a person"],
    )
    def test_bad_request(self, client, pattern, identifier, pointer):
        error = self.fails(client, 400, ApiException, create, client, pattern, identifier)
        assert (error.status, error.source.pointer) == ("400", pointer)

    def test_aws_account_not_integrated(self, client):
        error = self.fails(client, 400, ApiException, create, client, "arn:aws:iam::111111111111:user/x")
        assert error.to_dict() == {
            "title": "Generic Error",
            "detail": "AWS Account Id is not integrated with this Datadog account",
        }

    def test_conflict(self, client):
        create(client)
        assert self.fails(client, 409, ApiException, create, client).title == "Conflict"

    def test_conflict_with_an_intake_mapping(self, client, sandbox):
        sandbox.set_state(intake_patterns=[PATTERN])
        assert "intake" in self.fails(client, 409, ApiException, create, client).detail

    def test_not_found(self, client):
        for call in (client.get, client.delete):
            error = self.fails(client, 404, NotFoundException, call, UNKNOWN_ID)
            assert error.to_dict() == {"status": "404", "title": "Not Found"}

    def test_missing_permission(self, client_with):
        reader = client_with(app_key=samples.READ_ONLY_APP_KEY)
        assert samples.WRITE in self.fails(reader, 403, ForbiddenException, create, reader).detail
        nobody = client_with(app_key=samples.NO_PERMISSIONS_APP_KEY)
        assert samples.READ in self.fails(nobody, 403, ForbiddenException, nobody.list).detail

    def test_account_with_more_permissions_than_the_caller(self, client):
        error = self.fails(client, 403, ForbiddenException, create, client, PATTERN, "ada.admin@corp.example")
        assert "every permission" in error.detail


class TestErrorsInStrings:
    def fails(self, client, status, call):
        with pytest.raises(ApiException) as raised:
            call()
        assert raised.value.status == status
        decoded = client.error(raised.value, APIErrorResponse)
        assert leftovers(decoded) == []
        return decoded.errors

    @pytest.mark.parametrize("keys", [{"app_key": "f" * 40}, {"api_key": "f" * 32}], ids=["app key", "API key"])
    def test_wrong_key(self, client_with, keys):
        wrong = client_with(**keys)
        assert self.fails(wrong, 403, wrong.list) == ["Forbidden"]

    def test_too_many_requests(self, client, sandbox):
        sandbox.settings.rate_limit = (1, 60)
        client.list()
        assert self.fails(client, 429, client.list) == ["Too many requests"]

    def test_other_errors_on_request(self, client, sandbox):
        sandbox.settings.error_shape = "strings"
        assert self.fails(client, 404, lambda: client.get(UNKNOWN_ID)) == ["Not Found"]


class TestUsers:
    def test_current_user(self, client):
        answer = client.users.get_current_user()
        assert leftovers(answer) == []
        assert answer.data.attributes.handle == "jane.doe@corp.example"
        assert answer.data.relationships.org.data.id == samples.ORG_UUID
        included = [item.get_oneof_instance() for item in answer.included]
        assert [leftovers(item) for item in included] == [[], []]
        assert sorted(type(item).__name__ for item in included) == [
            "Organization",
            "Role",
        ]

    def test_list(self, client):
        users = client.users.list_users(filter="jane.doe@corp.example")
        assert leftovers(users) == []
        assert users.meta.page.total_filtered_count == 3
        assert users.meta.page.total_count == len(samples.ACCOUNTS)
        jane = users.data[0].attributes
        assert (jane.handle, jane.email) == ("jane.doe@corp.example", "Jane.Smith@corp.example")

    def test_pages(self, client):
        pages = [client.users.list_users(page_size=4, page_number=number).data for number in range(4)]
        assert [len(page) for page in pages] == [4, 4, 2, 0]
        assert len(list(client.users.list_users_with_pagination(page_size=4))) == len(samples.ACCOUNTS)

    def test_status(self, client):
        disabled = client.users.list_users(filter_status="Disabled").data
        assert [user.attributes.email for user in disabled] == ["peter.gone@corp.example"]
        assert disabled[0].attributes.disabled is True

    def test_service_account(self, client):
        user = client.users.list_users(filter=CI_UUID).data[0]
        assert (user.id, user.attributes.handle, user.attributes.service_account) == (CI_UUID, CI_UUID, True)

    def test_missing_permission(self, client_with):
        restricted = client_with(app_key=samples.NO_USERS_APP_KEY)
        with pytest.raises(ForbiddenException) as raised:
            restricted.users.list_users()
        assert "user_access_read" in restricted.error(raised.value, JSONAPIErrorResponse).errors[0].detail


class TestServiceAccounts:
    """Created, read, changed, given a role, and disabled."""

    def test_all_of_it(self, client, sandbox):
        service_accounts, roles = ServiceAccountsApi(client.transport), RolesApi(client.transport)
        [standard] = roles.list_roles(filter=samples.STANDARD_ROLE).data
        [read_only] = roles.list_roles(filter=samples.READ_ONLY_ROLE).data
        held = RelationshipToRoles(data=[RelationshipToRoleData(id=standard.id, type=RolesType.ROLES)])
        attributes = ServiceAccountCreateAttributes(email="bot@corp.example", name="Bot", service_account=True)
        data = ServiceAccountCreateData(
            attributes=attributes, relationships=UserRelationships(roles=held), type=UsersType.USERS
        )
        created = service_accounts.create_service_account(ServiceAccountCreateRequest(data=data))
        bot = created.data.id
        user = RelationshipToUser(data=RelationshipToUserData(id=bot, type=UsersType.USERS))
        answers = [
            created,
            roles.list_roles(),
            client.users.get_user(bot),
            client.users.update_user(bot, self.change(bot, name="Runner")),
            roles.add_user_to_role(read_only.id, user),
            roles.remove_user_from_role(standard.id, user),
        ]
        assert [leftovers(answer) for answer in answers] == [[]] * 6
        assert client.users.disable_user(bot) is None
        read = client.users.get_user(bot).data
        assert (read.attributes.name, read.attributes.disabled) == ("Runner", True)
        assert [role.id for role in read.relationships.roles.data] == [read_only.id]
        client.users.update_user(bot, self.change(bot, disabled=False))
        assert client.users.get_user(bot).data.attributes.disabled is False
        assert {request.status for request in sandbox.requests} == {200, 201, 204}

    def change(self, account_id, **attributes):
        """The body of a change."""
        data = UserUpdateData(attributes=UserUpdateAttributes(**attributes), id=account_id, type=UsersType.USERS)
        return UserUpdateRequest(data=data)


class TestDelegatedAuthentication:
    """The client logs in as the AWS identity that it finds in the environment."""

    @pytest.fixture
    def log_in(self, sandbox, monkeypatch):
        """Builds clients without keys."""
        variables = sandbox.keyless_env
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        for name in ("DD_API_KEY", "DD_APP_KEY"):
            monkeypatch.delenv(name, raising=False)
        built = []

        def build(region: str | None = None) -> UsersApi:
            configuration = Configuration(
                host=sandbox.url,
                delegated_auth_provider=AWSAuth(region),
                delegated_auth_org_uuid=variables["DD_ORG_UUID"],
            )
            configuration.unstable_operations["list_aws_cloud_auth_persona_mappings"] = True
            built.append(ApiClient(configuration))
            return built[-1]

        yield build
        for each in built:
            each.close()

    @pytest.mark.parametrize("region", [None, "us-east-1", "eu-west-1"])
    def test_it_is_let_in(self, log_in, sandbox, region):
        sandbox.create_mapping(samples.AWS_PATTERN, "terraform@corp.example")
        client = log_in(region)
        mappings = CloudAuthenticationApi(client).list_aws_cloud_auth_persona_mappings()
        assert leftovers(mappings) == []
        assert [mapping.attributes.arn_pattern for mapping in mappings.data] == [samples.AWS_PATTERN]
        user = UsersApi(client).get_current_user()
        assert (leftovers(user), user.data.attributes.email) == ([], "terraform@corp.example")
        assert [request.path.rpartition("/")[2] for request in sandbox.requests] == [
            "delegated-token",
            "persona_mapping",
            "current_user",
        ]

    def test_it_is_told_when_its_token_ends(self, log_in, sandbox):
        sandbox.create_mapping(samples.AWS_PATTERN, "terraform@corp.example")
        client = log_in()
        before = time.time()
        UsersApi(client).get_current_user()
        ends = client.configuration._delegated_token_credentials.expiration.timestamp()
        assert before + 899 <= ends <= time.time() + 900

    def test_it_is_refused(self, log_in, sandbox):
        with pytest.raises(ApiValueError, match="no identity mapping was found"):
            UsersApi(log_in()).get_current_user()
        [request] = sandbox.requests
        assert request.status == 401
