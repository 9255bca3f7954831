# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that do not end are ended: those that drip, and those that flood. Texts that can't be written end no task."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import (
    CI,
    RUNNER,
    assert_clear,
    present,
    task,
)
from datadog_sandbox import Sandbox, samples

MIB = 2**20
PROMISED = 400 * MIB


class Endless:
    """A server of one answer that it sends piece by piece.

    :ivar sent: how many bytes of the body it could send before the client left.
    :ivar left: whether the client did leave.
    """

    def __init__(self, piece: bytes, pause: float, patience: float) -> None:
        self.sent = 0
        self.left = False
        self._piece = piece
        self._pause = pause
        self._patience = patience
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    @contextmanager
    def serving(self) -> Iterator[Endless]:
        """Serve within the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._socket.close()
            self._thread.join()

    def _serve(self) -> None:
        try:
            connection, _address = self._socket.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % PROMISED
            )
            end = time.monotonic() + self._patience
            try:
                while self.sent < PROMISED and time.monotonic() < end:
                    connection.sendall(self._piece)
                    self.sent += len(self._piece)
                    time.sleep(self._pause)
            except OSError:
                self.left = True


ANSWERS = {"a byte now and then": (b" ", 0.3, 120.0), "blanks without end": (b" " * MIB, 0.0, 120.0)}


@pytest.mark.waits
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_does_not_end_is_ended(play, answer):
    """A timeout of 1 s gives it 10 s in all, however much comes in that time, and 64 MiB, however fast they come."""
    keys = {"api_key": "facade00" * 4, "app_key": "decade00" * 5}
    with Endless(*ANSWERS[answer]).serving() as server:
        arguments = {**keys, "api_url": server.url, "timeout": 1, "retries": 0}
        result = play(task(arguments, module="persona_mapping_info")).result
    assert_clear(result, "list the persona mappings")
    assert server.left
    assert server.sent < 80 * MIB  # What lies in the buffers between counts, too.


# Half of an emoji, which JSON can escape and no encoding can write; and the halves of one in the wrong order.
HALVES = ("Ada \ud83d", "\ude00 Ada \ud83d")


def told(sandbox: Sandbox, path: str, **texts: str) -> None:
    """From now on, all records of this list hold these texts; they are escaped, as Datadog's JSON can have them."""
    answer = requests.get(
        sandbox.url + path, headers={"DD-API-KEY": samples.API_KEY, "DD-APPLICATION-KEY": samples.APP_KEY}
    )
    whole = answer.json()
    for record in whole["data"] if isinstance(whole["data"], list) else [whole["data"]]:
        record["attributes"].update(texts)
    sandbox.add_fault(method="GET", path=f"{path}$", times=None, status=200, body=json.dumps(whole))


@pytest.mark.parametrize("name", HALVES)
def test_half_an_emoji_in_a_name_ends_no_audit(play, name):
    mapped = present(RUNNER, CI)
    provider = {"id": "cluster", "provider_name": "cluster", "issuer_url": "https://kubernetes.corp.example"}
    with Sandbox(mappings=[mapped], oidc_providers=[provider]) as sandbox:
        told(sandbox, "/api/v2/users", name=name)
        told(sandbox, "/api/v2/current_user", name=name)
        told(sandbox, "/api/v2/wif/oidc/provider", provider_name=name)
        run = play(
            task({}, "current_user_info"),
            task({"resolve_accounts": True}, "persona_mapping_info"),
            task({"email": CI}, "service_account_info"),
            task({}, "oidc_provider_info"),
            sandbox=sandbox,
            options=("-vvv",),
        )

    assert run.status == 0, run.output
    assert [result["failed"] for result in run.results] == [False] * 4
    user, mappings, account, providers = run.results
    assert user["user"]["name"] is None
    assert mappings["persona_mappings"][0]["account_email"] == CI
    assert account["service_accounts"][0]["name"] is None
    assert [found["provider_name"] for found in providers["oidc_providers"]] == [
        name.encode("utf-8", "replace").decode()
    ]
    assert "Traceback" not in run.output
