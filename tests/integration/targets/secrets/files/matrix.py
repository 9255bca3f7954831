# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks against a server that repeats in good answers all that it was sent: no secret is in what they show.

    python matrix.py --sandbox tests/sandbox --interpreter python3

Each way to log in is tried with -vvv; one of them, or all with --all, without it as well, which shows a part of that.
Results are shown by debug, and written to a file by copy. It runs with the ansible-playbook on the path, on whichever
ansible-core that is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from pathlib import Path

NAMESPACE = "datadog_community.cloud_auth"
TERRAFORM = "terraform@corp.example"
PATIENCE = 500  # seconds, for one playbook on a machine that is very busy
API_KEY = "5e1f0a7c" * 4
APP_KEY = "b0a7d00d" * 5
BEARER = "ddpat_Sentinel0123456789abcdefSentinel"
SIGNATURE = "U2VudGluZWxTaWduYXR1cmVPZkFUb2tlbg"
AWS_SECRET = "SentinelSecret/K7MDENG+bPxRfiCYEXAMPLEKEY"
AWS_TOKEN = "SentinelSession+FQoGZXIvYXdzEXAMPLETOKEN=="
# What is not to be changed in answers: by these, modules find what they look for.
IDS = {"id", "type", "uuid", "account_uuid", "arn_pattern", "claim_matchers", "provider_id", "access_token", "expires"}
MARK = "repeated:"
# The modules that are run with each way to log in, and those that are run with one.
ALWAYS = [
    ("current_user_info", {}),
    ("persona_mapping", {"arn_pattern": "arn:aws:iam::123456789012:user/one", "account_identifier": "ci@corp.example"}),
]
ONCE = [
    ("persona_mapping_info", {"resolve_accounts": True}),
    ("github_persona_mapping_info", {}),
    ("terraform_persona_mapping_info", {}),
    ("oidc_provider_info", {}),
    ("service_account_info", {"email": TERRAFORM}),
    ("intake_mappings", {"mappings": [{"arn_pattern": "arn:aws:iam::123456789012:user/two"}]}),
    ("service_account", {"email": "new@corp.example", "name": "New", "roles": ["Datadog Standard Role"]}),
]


def serving(sandbox_folder):
    """The sandbox, which repeats what it was sent on the same connection; ``sent`` collects all that it was sent."""
    sys.path.insert(0, sandbox_folder)
    from dataclasses import replace

    from datadog_sandbox import Sandbox, samples

    class Repeating(Sandbox):
        def __init__(self, **settings):
            super().__init__(**settings)
            self.sent = set()
            self._of_connection = []

        async def _handle(self, request):
            if not request.reused:  # of another task, which can't know the secrets of this one
                self._of_connection = []
            said = self._of_connection
            said += [text for text in carried_by(request.headers) if text not in said]
            self.sent.update(said)
            answer, loss = await super()._handle(request)
            if answer.status in (200, 201) and answer.body:
                answer = replace(answer, body=json.dumps(repeated(json.loads(answer.body), said)).encode())
            return answer, loss

    pod = {"iss": "https://kubernetes.corp.example", "sub": "system:serviceaccount:ci:ansible"}
    matchers = [{"claim": "sub", "values": [pod["sub"]], "mode": "exact"}]
    aws = {"secret": AWS_SECRET, "session_token": AWS_TOKEN, "arn": samples.AWS_ARN}
    server = Repeating(
        mappings=[{"arn_pattern": samples.AWS_PATTERN, "account_identifier": TERRAFORM}],
        github_persona_mappings=[
            {"claim_matchers": {"sub": "repo:corp/app:ref:refs/heads/main"}, "account_identifier": TERRAFORM}
        ],
        oidc_providers=[{"id": "cluster", "provider_name": "cluster", "issuer_url": pod["iss"]}],
        oidc_persona_mappings=[{"provider_id": "cluster", "account_identifier": TERRAFORM, "claim_matchers": matchers}],
        terraform_persona_mappings=[
            {
                "issuer_url": "https://app.terraform.io",
                "sub_pattern": "organization:corp:project:infra:workspace:*:run_phase:*",
                "account_identifier": TERRAFORM,
            }
        ],
        tokens={BEARER: {"account": TERRAFORM, "permissions": ["*"]}},
        api_keys=[API_KEY],
        app_keys={APP_KEY: {"permissions": ["*"], "account": TERRAFORM}},
        aws_access_keys={samples.AWS_ACCESS_KEY_ID: aws},
    )
    token = server.oidc_token(**pod, exp=int(time.time()) + 86400).rpartition(".")[0] + "." + SIGNATURE
    return server, token


def carried_by(headers):
    """The secrets in the headers of a request, each as a server sees it and can take it apart."""
    for name in ("dd-api-key", "dd-application-key"):
        if name in headers:
            yield headers[name]
    scheme, _blank, carried = headers.get("authorization", "").partition(" ")
    if carried:
        yield carried
    parts = carried.split("|")
    if scheme == "Delegated" and len(parts) == 4:
        yield parts[1]
        signed = json.loads(b64decode(parts[1]))
        yield signed["Authorization"][0].rpartition("=")[2]
        yield signed["X-Amz-Security-Token"][0]
    elif scheme == "Delegated":
        yield carried.rpartition(".")[2]


def repeated(value, said):
    """``value``, whose texts repeat what was said; IDs, and what modules look for, stay as they are."""
    if isinstance(value, str):
        return " ".join([value, MARK, *said])
    if isinstance(value, list):
        return [repeated(item, said) for item in value]
    if isinstance(value, dict):
        answer = {name: item if name in IDS else repeated(item, said) for name, item in value.items()}
        if isinstance(value.get("attributes"), dict) and "issuer_url" in value["attributes"]:
            # Of what can only be read, modules return all attributes, whatever their names.
            answer["attributes"][" ".join(["noted", *said])] = said[0]
        return answer
    return value


def ways(server, token):
    """The environment of each way to log in, the options of its tasks, and the modules of these."""
    where = {"DATADOG_HOST": server.url}
    keys = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
    aws = {"AWS_SECRET_ACCESS_KEY": AWS_SECRET, "AWS_SESSION_TOKEN": AWS_TOKEN, "AWS_EC2_METADATA_DISABLED": "true"}
    keyless = {**server.keyless_env, **aws, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    oidc = {"DD_OIDC_TOKEN": token, "DD_ORG_UUID": keyless["DD_ORG_UUID"]}
    lookup = {"bearer_token": "{{ lookup('" + NAMESPACE + ".delegated_token') }}"}
    return {
        "keys in the environment": ({**where, **keys}, {}, ALWAYS),
        "keys in the task": (where, {"api_key": API_KEY, "app_key": APP_KEY}, ALWAYS),
        "bearer token in the environment": ({**where, "DD_BEARER_TOKEN": BEARER}, {}, ALWAYS),
        "OIDC token in the environment": ({**where, **oidc}, {}, ALWAYS),
        "OIDC token in the task": (where, {"oidc_token": token, "org_uuid": oidc["DD_ORG_UUID"]}, ALWAYS),
        "AWS identity": (keyless, {}, ALWAYS + ONCE),
        "bearer token of the lookup": (keyless, lookup, ALWAYS),
    }


def playbook(options, modules, file):
    """All results are shown by debug, and written to the file."""
    tasks, shown = [], {}
    for module, arguments in modules:
        name = f"{NAMESPACE}.{module}"
        tasks.append({"name": module, name: {**arguments, **options}, "register": module, "ignore_errors": True})
        shown[module] = "{{ " + module + " }}"
    tasks.append({"name": "Show", "ansible.builtin.debug": {"msg": shown}})
    tasks.append({"name": "Write", "ansible.builtin.copy": {"content": shown, "dest": str(file), "mode": "0600"}})
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]


def run(folder, interpreter, way, verbosity):
    """What such a playbook prints, and what it writes."""
    environment, options, modules = way
    file, book = Path(folder, "written"), Path(folder, "playbook.yml")
    file.unlink(missing_ok=True)
    book.write_text(json.dumps(playbook(options, modules, file)))
    ours = ("DD_", "DATADOG_", "AWS_", "HTTP", "http", "ALL_", "all_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ended = subprocess.run(
        [
            "ansible-playbook",
            "-i",
            "localhost,",
            "-e",
            f"ansible_python_interpreter={interpreter}",
            *verbosity,
            str(book),
        ],
        check=False,
        env={**inherited, **environment, "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
    )
    printed = ended.stdout.decode("utf-8", "replace")
    if ended.returncode or not file.is_file():
        raise SystemExit(f"The playbook ended with status {ended.returncode}:\n{printed}")
    return printed, file.read_text()


def shown(text, secrets):
    """How often a text holds secrets, and the first place."""
    places = [place for secret in secrets if secret for place in [text.find(secret)] if place >= 0]
    excerpt = text[max(0, min(places) - 200) : min(places) + 100] if places else ""
    return sum(text.count(secret) for secret in secrets if secret), excerpt


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sandbox", required=True, help="the folder of the sandbox")
    parser.add_argument("--interpreter", required=True, help="the Python of the modules")
    parser.add_argument("--way", action="append", help="only this way to log in; may be repeated")
    parser.add_argument("--all", action="store_true", help="each way without -vvv, too")
    arguments = parser.parse_args()
    server, token = serving(arguments.sandbox)
    errors = []
    with server, tempfile.TemporaryDirectory() as folder:
        for name, way in ways(server, token).items():
            if arguments.way and name not in arguments.way:
                continue
            is_plain_too = arguments.all or len(way[2]) > len(ALWAYS)
            for verbosity in ([], ["-vvv"]) if is_plain_too else (["-vvv"],):
                server.reset()
                server.sent.clear()
                outputs = run(folder, arguments.interpreter, way, verbosity)
                title = " ".join([name, *verbosity])
                secrets = [*server.sent, AWS_SECRET, AWS_TOKEN, SIGNATURE]
                for place, text in {"printed": outputs[0], "written": outputs[1]}.items():
                    count, excerpt = shown(text, secrets)
                    if count:
                        errors.append(f"{title}: {count} secrets {place}: ...{excerpt}...")
                    if text.count(MARK) < len(way[2]) - 1:
                        errors.append(f"{title}: too little was repeated to prove anything:\n{text}")
                print(f"{title}: {len(server.sent)} secrets were sent, {outputs[1].count(MARK)} texts repeated them")
    print("\n".join(errors))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
