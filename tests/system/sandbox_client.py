# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the sandbox, for the tests of the sandbox itself."""

from __future__ import annotations

import socket
import time

import requests

from datadog_sandbox import Sandbox, samples

MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"
INTAKE = "/api/v2/cloud_auth/aws/intake_mapping"
GITHUB = "/api/v2/cloud_auth/github/persona_mapping"
GITHUB_INTAKE = "/api/v2/cloud_auth/github/intake_mapping"
USERS = "/api/v2/users"
CURRENT_USER = "/api/v2/current_user"
DELEGATED_TOKEN = "/api/v2/delegated-token"
RUNNER = "arn:aws:sts::123456789012:assumed-role/terraform-runner/*"
DEPLOY = "arn:aws:iam::123456789012:user/deploy"
CLAIMS = {"sub": "repo:corp/app:ref:refs/heads/main", "repository": "^corp/app$"}
# By path: the JSON type, a matcher, and another one.
KINDS = {
    MAPPINGS: ("aws_cloud_auth_config", {"arn_pattern": RUNNER}, {"arn_pattern": DEPLOY}),
    INTAKE: ("aws_cloud_auth_intake_mapping", {"arn_pattern": RUNNER}, {"arn_pattern": DEPLOY}),
    GITHUB: ("github_oidc_auth_config", {"claim_matchers": CLAIMS}, {"claim_matchers": {"sub": "repo:corp/x"}}),
    GITHUB_INTAKE: (
        "github_oidc_auth_intake_mapping",
        {"claim_matchers": CLAIMS},
        {"claim_matchers": {"sub": "repo:corp/x"}},
    ),
}
PERSONA_KINDS = (MAPPINGS, GITHUB)
OMAR = "omar.haddad@corp.example"
LI = "li.wei@corp.example"
CI = "ci@corp.example"
CI_UUID = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
NOT_INTEGRATED = (
    b'{"errors":[{"title":"Generic Error","detail":"AWS Account Id is not integrated with this Datadog account"}]}'
)
NOT_FOUND = b'{"errors":[{"status":"404","title":"Not Found"}]}'


class Clock:
    """A clock that only tests move, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Client(requests.Session):
    """A bare client of one sandbox; no retries, no redirects."""

    def __init__(self, sandbox: Sandbox, app_key: str = samples.APP_KEY, api_key: str = samples.API_KEY) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.trust_env = False
        self.headers.update({"DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key})

    def request(self, method, url, **options):
        options = {"timeout": 10, **options, "allow_redirects": False}
        return super().request(method, self.sandbox.url + url, **options)

    def create(self, pattern: str = RUNNER, identifier: str = OMAR, **options) -> requests.Response:
        attributes = {"account_identifier": identifier, "arn_pattern": pattern}
        return self.post(
            MAPPINGS, json={"data": {"type": "aws_cloud_auth_config", "attributes": attributes}}, **options
        )

    def create_in(self, path: str, account: str | None = None, **attributes: object) -> requests.Response:
        """Create a mapping of the kind that is at ``path``, by default its first matcher to Omar."""
        if path in PERSONA_KINDS:
            attributes["account_identifier"] = account or OMAR
        json_type, matcher, _other = KINDS[path]
        return self.post(path, json={"data": {"type": json_type, "attributes": {**matcher, **attributes}}})

    def patterns(self) -> list[str]:
        return [mapping["attributes"]["arn_pattern"] for mapping in self.get(MAPPINGS).json()["data"]]

    def users(self, **query: object) -> requests.Response:
        return self.get(USERS, params=query)


def mapping_path(answer: requests.Response) -> str:
    return f"{MAPPINGS}/{answer.json()['data']['id']}"


def detail(answer: requests.Response) -> str:
    return answer.json()["errors"][0]["detail"]


def is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def wait_until(condition, seconds: float = 10) -> None:
    """Until the condition holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def exchange(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the connection is closed."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received
