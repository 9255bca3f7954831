# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules send the same requests as Datadog's own client for Python."""

from __future__ import annotations

from contextlib import closing

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.system import datadog_client
from ansible_collections.datadog_community.cloud_auth.tests.system.kinds import Kind
from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import CI, task
from datadog_sandbox import Sandbox

pytestmark = pytest.mark.filterwarnings("ignore:Using unstable operation:UserWarning")

OLD_ID = "c5c758c6-18c2-4484-ae3f-46b84128404a"


def sandbox_with_one(kind):
    """A sandbox with a mapping of the kind."""
    return Sandbox(**{kind.api.section: [{"id": OLD_ID, **kind.present("old", CI)}]})


def requests_of_the_modules(play, kind):
    """List; read one; list and create; list, look up an account if the kind has any, and remove."""
    account = {"account_identifier": CI} if kind.api.has_account else {}
    with sandbox_with_one(kind) as sandbox:
        run = play(
            task({}, kind.info),
            task({"id": OLD_ID}, kind.info),
            task({**kind.present("new"), "wait_timeout": 0}, kind.one),
            task({"state": "absent", **kind.absent("old"), **account, "wait_timeout": 0}, kind.one),
            sandbox=sandbox,
        )
        assert not any(result["failed"] for result in run.results), run.output
        return sandbox.requests


def requests_of_the_client(kind):
    """The same."""
    with sandbox_with_one(kind) as sandbox:
        client = datadog_client.Client(sandbox, kind=kind.name)
        with closing(client.transport):
            client.list()
            client.get(OLD_ID)
            client.list()
            client.create(**kind.present("new"))
            client.list()
            if kind.api.has_account:
                client.users.list_users(filter=CI, page_size=100, page_number=0)
            client.delete(OLD_ID)
        return sandbox.requests


@pytest.mark.parametrize("kind", [Kind(name) for name in datadog_client.KINDS], ids=str)
def test_the_same_requests(play, kind):
    ours, theirs = requests_of_the_modules(play, kind), requests_of_the_client(kind)
    assert len(ours) == 6 + kind.api.has_account
    for our, their in zip(ours, theirs, strict=True):
        assert (our.method, our.path, our.query, our.json, our.status) == (
            their.method,
            their.path,
            their.query,
            their.json,
            their.status,
        )
        names = ["dd-api-key", "dd-application-key", *(["content-type"] if our.body else [])]
        assert [our.headers[name] for name in names] == [their.headers[name] for name in names]
        assert our.headers["accept"] in ("application/json", their.headers["accept"])
