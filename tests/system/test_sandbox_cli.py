# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox from the command line: started as users start it, with Python alone, and stopped by a signal."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from datadog_sandbox import Sandbox, samples

SANDBOX = Path(__file__).parents[1] / "sandbox"
MAPPINGS = "/api/v2/cloud_auth/aws/persona_mapping"
# Without site packages: what the sandbox needs must be in the standard library.
COMMAND = (sys.executable, "-S", str(SANDBOX))
PATTERN = "arn:aws:iam::123456789012:user/deploy"


@pytest.fixture
def start(tmp_path):
    """Starts the sandbox with options, and returns its process and port once requests are answered."""
    running = []

    def run(*options: str) -> tuple[subprocess.Popen, int]:
        port_file = tmp_path / f"port-{len(running)}"
        command = [*COMMAND, "--port", "0", "--port-file", str(port_file), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        deadline = time.monotonic() + 20
        while not port_file.exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process, int(port_file.read_text(encoding="utf-8"))

    yield run
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def stop(process: subprocess.Popen, number: int = signal.SIGTERM) -> tuple[str, str]:
    """Ends the process, checks that it took it well, and returns what it wrote."""
    process.send_signal(number)
    output = process.communicate(timeout=20)
    assert process.returncode == 0
    return output


def exported(output: str) -> dict[str, str]:
    return dict(re.findall(r"^export (\w+)=(\S+)$", output, re.MULTILINE))


def keys(environment: dict[str, str]) -> dict[str, str]:
    return {"DD-API-KEY": environment["DD_API_KEY"], "DD-APPLICATION-KEY": environment["DD_APP_KEY"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_start_use_stop(start, number):
    process, port = start()
    # As long as it runs, what it wrote so far can't be read to its end: so take the keys from another sandbox.
    answer = requests.get(f"http://127.0.0.1:{port}{MAPPINGS}", headers=keys(Sandbox().env), timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"data": []})
    output, errors = stop(process, number)
    assert exported(output) == {**Sandbox().env, "DATADOG_HOST": f"http://127.0.0.1:{port}"}
    assert "terraform@corp.example" in output
    assert "can't read users" in output
    assert f"  export DD_ORG_UUID={samples.ORG_UUID}" in output
    assert f"GET {MAPPINGS} -> 200" in output
    assert errors == ""


def test_the_log_says_what_each_request_was_about(start):
    process, port = start()
    body = {
        "data": {
            "type": "aws_cloud_auth_config",
            "attributes": {"arn_pattern": PATTERN, "account_identifier": "omar.haddad@corp.example"},
        }
    }
    for _time in range(2):
        requests.post(f"http://127.0.0.1:{port}{MAPPINGS}", json=body, headers=keys(Sandbox().env), timeout=10)
    output, _errors = stop(process)
    about = f"({PATTERN} as omar.haddad@corp.example)"
    assert [line for line in output.splitlines() if line.startswith("POST")] == [
        f"POST {MAPPINGS} -> 201  {about}",
        f"POST {MAPPINGS} -> 409  {about}  The ARN pattern {PATTERN} is already mapped",
    ]


def test_the_introduction_is_flushed_at_once(start):
    process, port = start("--quiet")
    lines = iter(process.stdout.readline, "")
    assert any(line == f"export DATADOG_HOST=http://127.0.0.1:{port}\n" for line in lines)
    stop(process)


def test_options_are_settings(start):
    process, port = start(
        *("--latency", "0.001", "--list-lag", "2", "--get-lag", "0,3", "--rate-limit", "100/10"),
        *("--error-shape", "strings", "--strict", "--paths", "wif", "--sts", "http://127.0.0.1:1/"),
        *("--set", "conflict_check_lag=[0, 30]", "--set", "overlaps=conflict", "--set", "latency=0.002"),
    )
    settings = requests.get(f"http://127.0.0.1:{port}/sandbox/settings", timeout=10).json()
    assert settings == {
        "latency": 0.002,
        "list_lag": 2,
        "get_lag": [0, 3],
        "replica_choice": "turns",
        "get_flaps": 0,
        "conflict_lag": 0,
        "conflict_check_lag": [0, 30],
        "conflict_check_misses": False,
        "conflict_first": False,
        "conflict_names": True,
        "overlaps": "conflict",
        "sub_rule": True,
        "stored_as": [],
        "answer_types": {},
        "list_page": None,
        "list_paging": "both",
        "on_taken": "conflict",
        "rate_limit": [100, 10],
        "rate_limits": {},
        "error_shape": "strings",
        "partitions": ["aws"],
        "paths": "wif",
        "strict_aws_accounts": True,
        "par_enrollment_enabled": False,
        "login_lag": 0,
        "token_lifetime": 900,
        "token_expires": True,
        "session_token_required": False,
        "aws_now": None,
        "sts": "http://127.0.0.1:1/",
        "github_proof": "plain",
        "custom_oidc": "enabled",
    }
    stop(process)


def test_the_state_is_kept_in_a_file_on_request(start, tmp_path):
    path = tmp_path / "state.json"
    mapping = {"arn_pattern": PATTERN, "account_identifier": "omar.haddad@corp.example"}
    process, port = start("--state", str(path))
    answer = requests.patch(f"http://127.0.0.1:{port}/sandbox/state", json={"mappings": [mapping]}, timeout=10)
    assert answer.status_code == 204
    stop(process)
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved["mappings"][0]["arn_pattern"] == PATTERN
    process, port = start("--state", str(path))
    state = requests.get(f"http://127.0.0.1:{port}/sandbox/state", timeout=10).json()
    assert state["mappings"] == saved["mappings"]
    stop(process)
    assert json.loads(path.read_text(encoding="utf-8")) == saved


def test_nothing_is_written_otherwise(start, tmp_path):
    process, _rest = start()
    stop(process)
    assert [path.name for path in tmp_path.iterdir()] == ["port-0"]


def test_a_client_that_is_still_waiting_does_not_keep_it(start):
    process, port = start("--latency", "60")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /api/v2/users HTTP/1.1\r\n\r\n")
        time.sleep(0.1)
        stop(process)
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--set", "color=blue"], "is not NAME=VALUE with one of the names latency, list_lag"),
        (["--set", "latency"], "'latency' is not NAME=VALUE"),
        (["--list-lag", "0,soon"], "--list-lag"),
    ],
    ids=str,
)
def test_options_that_mean_nothing(option, message):
    ended = subprocess.run([*COMMAND, *option], capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "loopback addresses only"),
        (["--port", "70000"], "0-65535"),
        (["--tls-cert", "cert.pem"], "belong together"),
        (["--tls-cert", "no.pem", "--tls-key", "no.pem"], "No such file"),
        (["--latency", "-1"], "latency must be"),
        (["--sts", "sts.example"], "sts must be"),
        (["--rate-limit", "0/10"], "rate_limit must be"),
        (["--set", "replica_choice=best"], "replica_choice must be one of turns, random"),
    ],
)
def test_what_can_not_be_started(options, message):
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("The sandbox can't start: ")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def refused(*options: str) -> str:
    """What it says when it can't be started, or can't end well."""
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    [line] = ended.stderr.splitlines()
    return line


def test_a_port_that_is_taken():
    with Sandbox() as other:
        assert refused("--port", str(other.port)) == (
            f"The sandbox can't start: port {other.port} of 127.0.0.1 is taken, perhaps by another sandbox. "
            f"Choose another one with --port (make sandbox PORT={other.port + 1}), or any with --port 0."
        )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "it is not JSON in UTF-8: Expecting property name"),
        ("\xff", "it is not JSON in UTF-8: 'utf-8' codec"),
        ("[]", "the state must be an object"),
        ('{"mappings": {}}', "mappings must be a list"),
        ('{"colors": []}', "it has no section colors; there are roles, accounts, mappings"),
        ('{"list_lag": 5}', "it has no section list_lag, which is a setting"),
        ('{"api_keys": [5]}', "api_keys must be a list of texts"),
        ('{"accounts": [{"email": "a@b.example", "color": 5}]}', "an account has no color"),
        ('{"accounts": [{"email": "a@b.example", "disabled": "no"}]}', "must be true or false"),
        ('{"mappings": [{"arn_pattern": "x"}]}', "a mapping needs arn_pattern and account_identifier"),
        ('{"intake_mappings": [{"arn_pattern": "x", "account_identifier": "y"}]}', "has no account_identifier"),
        ('{"intake_mappings": [{"arn_pattern": "x", "id": [1]}]}', "id of a mapping must be a text"),
        ('{"github_intake_mappings": [{"claim_matchers": {"sub": []}}]}', "claim matchers of a mapping must be texts"),
    ],
)
def test_a_state_file_that_can_not_be_used(tmp_path, content, words):
    path = tmp_path / "state.json"
    path.write_bytes(content.encode("latin-1"))
    line = refused("--port", "0", "--state", str(path))
    assert line.startswith(f"The sandbox can't start: the state in {path} can't be used: ")
    assert words in line
    assert path.read_bytes() == content.encode("latin-1")


def test_a_state_file_that_can_not_be_read(tmp_path):
    assert refused("--port", "0", "--state", str(tmp_path)).endswith("can't be used: Is a directory")


def test_a_port_file_that_can_not_be_written(tmp_path):
    ended = subprocess.run(
        [*COMMAND, "--port", "0", "--port-file", str(tmp_path / "missing" / "port")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert ended.stderr.startswith("The sandbox has ended: [Errno 2] No such file or directory: ")


def test_make_takes_a_port():
    """Only what make would run is looked at, not run."""
    for given, wanted in (([], "tests/sandbox"), (["PORT=8490"], "tests/sandbox --port 8490")):
        command = ["make", "--no-print-directory", "--dry-run", "--silent", "sandbox", *given]
        listed = subprocess.run(
            command,
            cwd=SANDBOX.parents[1],
            env={name: text for name, text in os.environ.items() if name != "PORT"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert listed.stdout.splitlines()[-1].rstrip().endswith(f"python {wanted}")
