# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""botocore's chain of AWS credentials, for real, against local servers: each link ends in a mapping that was read.

Each login is a module in a process of its own: botocore reads some of its environment when it is loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.aws_proof import AwsKeys, prove
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import present, task
from datadog_sandbox import Sandbox, samples

ROOT = Path(__file__).resolve().parents[2]
ORG = samples.ORG_UUID
# Those of a session of a role, and those of a user.
KEYS = AwsKeys("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FQoGZXIvYXdzEXAMPLETOKEN==")
USER_KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "K7MDENG/bPxRfiCYEXAMPLEKEY/wJalrXUtnFEMI", None)
ROLE = "arn:aws:iam::123456789012:role/runner"
SESSION = "arn:aws:sts::123456789012:assumed-role/runner/session"
USER = "arn:aws:iam::123456789012:user/runner"
ACCESS_KEYS = {
    KEYS.access_key: {"secret": KEYS.secret_key, "session_token": KEYS.token, "arn": SESSION},
    USER_KEYS.access_key: {"secret": USER_KEYS.secret_key, "arn": USER},
}
PATTERNS = [USER, "arn:aws:sts::123456789012:assumed-role/runner/*"]

# Runs the module as Ansible does, without unpacking it first: arguments in, result out.
MODULE = """
import sys
import conftest
from ansible.module_utils import basic
from ansible_collections.datadog_community.cloud_auth.plugins.modules import persona_mapping_info

basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[1].encode(), "legacy"
persona_mapping_info.main()
"""


class Host:
    """A machine with an AWS configuration of its own, and a stand-in for the services that give credentials."""

    def __init__(self, home: Path, server: Services, sandbox: Sandbox) -> None:
        self.home = home
        self.server = server
        self.sandbox = sandbox
        self.variables = {"AWS_EC2_METADATA_DISABLED": "true"}
        (home / ".aws").mkdir()

    def config(self, text: str) -> None:
        (self.home / ".aws/config").write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        """What a login finds here, besides what belongs to Python."""
        way = {"DATADOG_HOST": self.sandbox.url, "DD_CLOUD_PROVIDER_TYPE": "aws", "DD_ORG_UUID": ORG}
        return {"HOME": str(self.home), "no_proxy": "*", **way, **self.variables}

    def log_in(self, profile: str | None = None, region: str | None = None) -> dict[str, Any]:
        """List the mappings, and return the module's result."""
        foreign = ("AWS_", "DD_", "DATADOG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        options = {"aws_profile": profile, "cloud_provider_region": region, "retries": 0}
        command = [sys.executable, "-W", "error", "-c", MODULE, json.dumps({"ANSIBLE_MODULE_ARGS": options})]
        environment = {**kept, **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert not done.stderr, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def arn(self, profile: str | None = None) -> str:
        """As whom a module has logged in that has read the mappings."""
        result = self.log_in(profile)
        assert not result.get("failed"), result
        assert [mapping["arn_pattern"] for mapping in result["persona_mappings"]] == PATTERNS
        return self.last_arn()

    def last_arn(self) -> str:
        """As whom the last one has logged in."""
        assert [request.status for request in self.sandbox.requests[-2:]] == [200, 200]
        return str(self.sandbox.requests[-2].about).partition(" as ")[0]

    def error(self, profile: str | None = None) -> str:
        """What a login fails with."""
        return str(self.log_in(profile)["msg"])


class Services(ThreadingHTTPServer):
    """What gives credentials over HTTP, by path; it notes the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, object]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the list of the server."""

    server: Services

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.server.requests.append((path, {name.lower(): value for name, value in self.headers.items()}))
        status, answer = self.server.answers.get(path, (404, "not found"))
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_message: object) -> None:
        """Be silent."""


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def host(tmp_path: Path, services: Services) -> Iterator[Host]:
    mappings = [present(pattern, "terraform@corp.example") for pattern in PATTERNS]
    with Sandbox(mappings=mappings, aws_access_keys=ACCESS_KEYS) as sandbox:
        yield Host(tmp_path, services, sandbox)


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """The URL of moto's stand-in for AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address, port = server.get_host_and_port()
    yield f"http://{address}:{port}"
    server.stop()


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def as_json(keys: AwsKeys, token: str = "Token") -> dict[str, str]:
    """Credentials as most of AWS's services write them."""
    return {
        "AccessKeyId": keys.access_key,
        "SecretAccessKey": keys.secret_key,
        token: keys.token or "",
        "Expiration": f"{in_an_hour():%Y-%m-%dT%H:%M:%SZ}",
    }


def of_instance(keys: AwsKeys) -> dict[str, tuple[int, object]]:
    """The answers of the metadata service of an instance with a role."""
    return {
        "/latest/api/token": (200, "session"),
        "/latest/meta-data/iam/security-credentials/": (200, "runner"),
        "/latest/meta-data/iam/security-credentials/runner": (200, {"Code": "Success", **as_json(keys)}),
    }


def program(home: Path, output: str, status: int = 0) -> str:
    """A ``credential_process``: the command of a program that prints ``output``."""
    script = home / "credentials.py"
    stream = "stderr" if status else "stdout"
    script.write_text(f"import sys\nprint({output!r}, file=sys.{stream})\nsys.exit({status})\n")
    return f"{sys.executable} {script}"


PROFILE = f"""
[profile runner]
aws_access_key_id = {USER_KEYS.access_key}
aws_secret_access_key = {USER_KEYS.secret_key}
"""


class TestFiles:
    def test_environment(self, host):
        host.variables |= {"AWS_ACCESS_KEY_ID": USER_KEYS.access_key, "AWS_SECRET_ACCESS_KEY": USER_KEYS.secret_key}
        assert host.arn() == USER
        host.variables |= {"AWS_ACCESS_KEY_ID": KEYS.access_key, "AWS_SECRET_ACCESS_KEY": KEYS.secret_key}
        host.variables["AWS_SESSION_TOKEN"] = KEYS.token
        assert host.arn() == SESSION

    def test_profile(self, host):
        host.config(PROFILE)
        assert host.arn("runner") == USER
        host.variables["AWS_PROFILE"] = "runner"
        assert host.arn() == USER

    def test_a_profile_of_the_task_goes_before_keys_in_the_environment(self, host):
        host.variables |= {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "other"}
        host.config(PROFILE)
        assert host.arn("runner") == USER

    @pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
    def test_region_of_the_proof(self, host, region):
        host.config(PROFILE)
        assert "persona_mappings" in host.log_in("runner", region)
        assert host.last_arn() == USER

    def test_missing_profile(self, host):
        assert host.error("runner").startswith("aws_profile: there is no profile runner")

    def test_nothing(self, host):
        assert "there are no AWS credentials" in host.error()

    def test_broken_configuration(self, host):
        host.config("[profile")
        assert "Unable to parse config file" in host.error()

    def test_half_a_profile(self, host):
        host.config(f"[profile runner]\naws_access_key_id = {KEYS.access_key}\n")
        assert "Partial credentials" in host.error("runner")


class TestProgram:
    def test_credential_process(self, host):
        output = json.dumps({"Version": 1, **as_json(KEYS, "SessionToken")})
        host.config(f"[profile runner]\ncredential_process = {program(host.home, output)}\n")
        assert host.arn("runner") == SESSION

    def test_that_fails(self, host):
        """What it prints may hold a secret."""
        host.config(f"[profile runner]\ncredential_process = {program(host.home, 'No smart card.', 3)}\n")
        error = host.error("runner")
        assert "the credential_process of the AWS configuration failed. Check the AWS configuration" in error
        assert "smart card" not in error

    @pytest.mark.parametrize("output", ["", "junk", "[]", "{}", '{"Version": 1}'])
    def test_that_prints_junk(self, host, output):
        host.config(f"[profile runner]\ncredential_process = {program(host.home, output)}\n")
        assert "getting AWS credentials failed:" in host.error("runner")

    def test_that_is_missing(self, host):
        host.config("[profile runner]\ncredential_process = /nowhere/credentials\n")
        assert "getting AWS credentials failed:" in host.error("runner")


ASSUMED = "arn:aws:sts::123456789012:assumed-role/runner/"


class TestSts:
    """The same STS gives credentials and tells the sandbox whose they are, as AWS does for Datadog."""

    @pytest.fixture
    def at_sts(self, host, sts) -> Host:
        host.variables |= {"AWS_ENDPOINT_URL_STS": sts}
        host.sandbox.settings.update(sts=sts)
        host.config(
            f"""
            [profile base]
            aws_access_key_id = AKIABASE
            aws_secret_access_key = base
            [profile runner]
            role_arn = {ROLE}
            source_profile = base
            """.replace("            ", "")
        )
        return host

    def test_assumed_role(self, at_sts):
        assert at_sts.arn("runner").startswith(f"{ASSUMED}botocore-session-")

    @pytest.mark.parametrize(("region", "of_task"), [("us-east-1", None), ("eu-west-1", "eu-west-1")])
    def test_region_in_which_a_role_is_assumed(self, at_sts, services, region, of_task):
        """botocore assumes no role without a region, and doesn't read AWS_REGION."""
        at_sts.variables["AWS_ENDPOINT_URL_STS"] = services.url
        at_sts.log_in("runner", of_task)
        assert f"/{region}/sts/aws4_request" in services.requests[0][1]["authorization"]

    def test_region_of_the_aws_configuration_goes_first(self, at_sts, services):
        at_sts.variables |= {"AWS_ENDPOINT_URL_STS": services.url, "AWS_DEFAULT_REGION": "eu-central-1"}
        at_sts.log_in("runner", "eu-west-1")
        assert "/eu-central-1/sts/aws4_request" in services.requests[0][1]["authorization"]

    def test_assumed_role_from_the_environment(self, at_sts):
        at_sts.variables |= {"AWS_ACCESS_KEY_ID": "AKIABASE", "AWS_SECRET_ACCESS_KEY": "base"}
        at_sts.config(f"[profile runner]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
        assert at_sts.arn("runner").startswith(ASSUMED)

    def test_web_identity(self, at_sts):
        """As pods of EKS have it by IAM roles for service accounts."""
        token = at_sts.home / "token"
        token.write_text("header.payload.signature")
        at_sts.variables |= {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
        at_sts.variables["AWS_ROLE_SESSION_NAME"] = "pod"
        assert at_sts.arn() == f"{ASSUMED}pod"

    def test_missing_token_of_a_web_identity(self, at_sts):
        at_sts.variables |= {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(at_sts.home / "token")}
        assert "getting AWS credentials failed:" in at_sts.error()

    @pytest.mark.parametrize(
        ("code", "advice"),
        [("AccessDenied", "Check the AWS configuration"), ("ExpiredToken", "Renew the AWS credentials")],
    )
    def test_refusal(self, at_sts, services, code, advice):
        words = "is not authorized to perform: sts:AssumeRole" if code == "AccessDenied" else "token is expired"
        answer = f"<ErrorResponse><Error><Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>"
        services.answers["/"] = (403, answer)
        at_sts.variables["AWS_ENDPOINT_URL_STS"] = services.url
        error = at_sts.error("runner")
        assert f"({code})" in error
        assert advice in error

    def test_keys_in_a_damaged_answer_are_not_shown(self, at_sts, services):
        services.answers["/"] = (200, f"<AssumeRoleResponse><SecretAccessKey>{KEYS.secret_key}")
        at_sts.variables["AWS_ENDPOINT_URL_STS"] = services.url
        error = at_sts.error("runner")
        assert "can't be read" in error
        assert KEYS.secret_key not in error

    def test_out_of_reach(self, at_sts):
        at_sts.variables |= {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
        assert "Check the network and the proxy variables" in at_sts.error("runner")


class TestContainer:
    def test_credentials(self, host, services, tmp_path):
        """As tasks of ECS and pods of EKS have it (Pod Identity)."""
        services.answers["/credentials"] = (200, as_json(KEYS))
        token = tmp_path / "token"
        token.write_text("pod-token")
        host.variables |= {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{services.url}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        }
        assert host.arn() == SESSION
        assert services.requests[0][1]["authorization"] == "pod-token"

    def test_out_of_reach(self, host):
        host.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:9/credentials"
        assert host.error().endswith("Check the network and the proxy variables.")


class TestInstance:
    @pytest.fixture
    def instance(self, host, services) -> Host:
        host.variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": services.url}
        services.answers |= of_instance(KEYS)
        return host

    def test_role_of_the_instance(self, instance, services):
        assert instance.arn() == SESSION
        assert services.requests[-1][1]["x-aws-ec2-metadata-token"] == "session"

    def test_instance_without_a_role(self, instance, services):
        services.answers["/latest/meta-data/iam/security-credentials/"] = (404, "")
        assert "there are no AWS credentials" in instance.error()

    def test_out_of_reach(self, instance):
        instance.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:9"
        assert "there are no AWS credentials" in instance.error()


class TestSingleSignOn:
    START = "https://corp.awsapps.com/start"

    @pytest.fixture
    def signed_on(self, host, services) -> Callable[[datetime], Host]:
        """A host at which somebody has said ``aws sso login``, until a time."""
        host.variables["AWS_ENDPOINT_URL_SSO"] = services.url
        host.config(
            f"[profile runner]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = runner\n"
            f"[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = {self.START}\n"
        )
        role = {
            "accessKeyId": KEYS.access_key,
            "secretAccessKey": KEYS.secret_key,
            "sessionToken": KEYS.token,
            "expiration": int(in_an_hour().timestamp() * 1000),
        }
        services.answers["/federation/credentials"] = (200, {"roleCredentials": role})

        def sign_on(until: datetime) -> Host:
            cache = host.home / ".aws/sso/cache"
            cache.mkdir(parents=True)
            token = {"accessToken": "sso-token", "expiresAt": f"{until:%Y-%m-%dT%H:%M:%SZ}", "startUrl": self.START}
            (cache / f"{sha1(b'corp').hexdigest()}.json").write_text(json.dumps({**token, "region": "eu-west-1"}))
            return host

        return sign_on

    def test_session(self, signed_on, services):
        assert signed_on(in_an_hour()).arn("runner") == SESSION
        assert services.requests[0][1]["x-amz-sso_bearer_token"] == "sso-token"

    def test_ended_session(self, signed_on):
        host = signed_on(in_an_hour() - timedelta(days=1))
        assert host.error("runner").endswith("Log in again: aws sso login --profile runner.")

    def test_revoked_session(self, signed_on, services):
        services.answers["/federation/credentials"] = (401, {"__type": "UnauthorizedException", "message": "no"})
        host = signed_on(in_an_hour())
        assert host.error("runner").endswith("Log in again: aws sso login --profile runner.")

    def test_nobody_signed_on(self, signed_on, host):
        assert host.error("runner").endswith("Log in again: aws sso login --profile runner.")


class TestPlaybooks:
    """The same for real: what Ansible does to the environment of modules is in no one's way."""

    @pytest.fixture
    def read(self, play, host) -> Callable[..., str]:
        """Reads the mappings by a playbook, and returns the ARN that has logged in."""

        def run(**options: Any) -> str:
            ended = play(task(options, "persona_mapping_info"), environment=host.environment)
            assert [mapping["arn_pattern"] for mapping in ended.result["persona_mappings"]] == PATTERNS, ended.output
            return host.last_arn()

        return run

    def test_assumed_role(self, read, host, sts):
        host.variables |= {"AWS_ENDPOINT_URL_STS": sts}
        host.sandbox.settings.update(sts=sts)
        host.config(f"{PROFILE}[profile role]\nrole_arn = {ROLE}\nsource_profile = runner\nrole_session_name = play\n")
        assert read(aws_profile="role") == f"{ASSUMED}play"

    def test_container(self, read, host, services):
        services.answers["/credentials"] = (200, as_json(KEYS))
        host.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{services.url}/credentials"
        assert read() == SESSION

    def test_instance(self, read, host, services):
        host.variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": services.url}
        services.answers |= of_instance(KEYS)
        assert read() == SESSION


class TestDatadogsClient:
    """Datadog's own Python client makes the same proof, but for the User-Agent."""

    @pytest.mark.parametrize("region", [None, "us-east-1", "eu-west-1", "us-gov-west-1"])
    def test_same_proof(self, region):
        from datadog_api_client.aws import AWSAuth, AWSCredentials

        data = AWSAuth(region).generate_aws_auth_data(ORG, AWSCredentials(*KEYS))
        headers = json.loads(b64decode(data.headers_encoded))
        at = datetime.strptime(headers["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        ours = prove(KEYS, ORG, region, at).split("|")
        assert headers.pop("User-Agent")[0].startswith("datadog-api-client-python/")
        our_headers = json.loads(b64decode(ours.pop(1)))
        assert our_headers.pop("User-Agent") == ["datadog_community.cloud_auth"]
        assert list(our_headers.items()) == list(headers.items())
        assert ours == [data.body_encoded, data.method, data.url_encoded]
