# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the keys go, and how: redirects, TLS with authorities of one's own, proxies."""

from __future__ import annotations

import pytest
import trustme

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import assert_clear, present, task, writes
from ansible_collections.datadog_community.cloud_auth.tests.system.proxy import Proxy
from datadog_sandbox import Sandbox

PASSWORD = "pass/word+of the proxy"
IN_URL = "agent:pass%2Fword%2Bof%20the%20proxy"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The path of a certificate authority's certificate; beside it lie those of two servers."""
    folder = tmp_path_factory.mktemp("authority")
    made = trustme.CA()
    made.cert_pem.write_to_path(str(folder / "authority.pem"))
    for name in ("127.0.0.1", "other.example"):
        made.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}.pem"))
    return folder / "authority.pem"


def serving(authority, name="127.0.0.1"):
    """A sandbox with the certificate of the host ``name``."""
    certificate = str(authority.with_name(f"{name}.pem"))
    return Sandbox(tls=(certificate, certificate))


def test_redirects_to_another_host_are_not_followed(play):
    with Sandbox() as sandbox, Sandbox(host="localhost") as elsewhere:
        target = f"{elsewhere.url}/api/v2/cloud_auth/aws/persona_mapping"
        sandbox.add_fault(method="GET", redirect=target, times=2)
        sandbox.add_fault(method="POST", redirect=target, status=308)
        results = play(
            task({}, "persona_mapping_info"), task(present()), task(present(wait_timeout=0)), sandbox=sandbox
        ).results
        for result, status in zip(results, (307, 307, 308), strict=True):
            assert_clear(result, str(status), "redirect to 127.0.0.1, which is not followed")
            assert result["http_status"] == status
            assert not result["changed"]
        assert elsewhere.request_count == 0
        assert sandbox.mappings() == []


def test_a_site_in_the_task_goes_before_the_environment(play):
    """The keys of one organization must not get to where another one is."""
    with Sandbox() as sandbox, Proxy("nobody:knows") as proxy:
        arguments = present(site="https://app.datadoghq.eu/", retries=0)
        variables = {"HTTPS_PROXY": proxy.url(), "DD_SITE": "us5.datadoghq.com"}
        result = play(task(arguments), sandbox=sandbox, environment=variables).result
        assert_clear(result, "api.datadoghq.eu", "407")
        assert proxy.seen == [("CONNECT", "api.datadoghq.eu:443", 407)]
        assert sandbox.requests == []


def test_tls(play, authority):
    with serving(authority) as sandbox, serving(authority, "other.example") as other:
        untrusted, trusted, unchecked, wrong_name = play(
            task(present()),
            task(present(ca_path=str(authority))),
            task(present(validate_certs=False)),
            task(present(ca_path=str(authority)), environment={"DATADOG_HOST": other.url}),
            sandbox=sandbox,
        ).results
        assert_clear(untrusted, "TLS certificate of 127.0.0.1", "certificate verify failed", "ca_path")
        assert_clear(wrong_name, "TLS certificate of 127.0.0.1")
        assert (trusted["changed"], unchecked["changed"], unchecked["failed"]) == (True, False, False)
        assert other.request_count == 0

        variables = {"REQUESTS_CA_BUNDLE": str(authority)}
        by_variable = play(task(present()), sandbox=sandbox, environment=variables).result
        assert (by_variable["changed"], by_variable["failed"]) == (False, False)


def test_plain_http_where_tls_is_meant(play, authority):
    with serving(authority) as sandbox:
        variables = {"DATADOG_HOST": sandbox.url.replace("https:", "http:")}
        result = play(task(present(retries=0)), sandbox=sandbox, environment=variables).result
        assert_clear(result, "Could not list the persona mappings", "127.0.0.1")
        assert sandbox.requests == []


def test_a_proxy(play, authority):
    with serving(authority) as sandbox, Proxy() as proxy:
        variables = {"HTTPS_PROXY": proxy.url(), "REQUESTS_CA_BUNDLE": str(authority)}
        there, around = play(
            task(present()),
            task(present(), environment={"NO_PROXY": "127.0.0.1"}),
            sandbox=sandbox,
            environment=variables,
        ).results
        assert there["changed"]
        assert not around["failed"]
        assert proxy.seen == [("CONNECT", f"127.0.0.1:{sandbox.port}", 200)]
        assert len(writes(sandbox)) == 1


def test_a_proxy_with_a_password(play, authority):
    with serving(authority) as sandbox, Proxy(f"agent:{PASSWORD}") as proxy:
        variables = {"HTTPS_PROXY": proxy.url(IN_URL), "REQUESTS_CA_BUNDLE": str(authority)}
        right, wrong, none = play(
            task(present(retries=0)),
            task(present(retries=0), environment={"HTTPS_PROXY": proxy.url("agent:wrong%2Fpassword")}),
            task(present(retries=0), environment={"HTTPS_PROXY": proxy.url()}),
            sandbox=sandbox,
            environment=variables,
        ).results
        assert right["changed"]
        for result in (wrong, none):
            assert_clear(result, "the proxy 127.0.0.1:", "(HTTPS_PROXY) refused", "407")
            assert "wrong" not in result["msg"]
        assert [status for _method, _target, status in proxy.seen] == [200, 407, 407]


def test_a_proxy_that_is_not_there_or_not_one(play, authority):
    with serving(authority) as sandbox, Proxy() as proxy:
        gone = proxy.url(IN_URL)
    with serving(authority) as sandbox:
        results = play(
            task(present(retries=0), environment={"HTTPS_PROXY": gone}),
            task(present(retries=0), environment={"HTTPS_PROXY": f"nonsense://{IN_URL}@127.0.0.1:1"}),
            sandbox=sandbox,
        ).results
        assert_clear(results[0], "proxy", "connection refused")
        assert_clear(results[1], "proxy", "HTTPS_PROXY")
        for result in results:
            assert "word" not in result["msg"]
        assert sandbox.request_count == 0


def test_plain_http_to_a_loopback_address_goes_to_no_proxy(play):
    """Whoever runs the proxy would read the keys."""
    with Sandbox() as sandbox, Proxy() as proxy:
        variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), proxy.url())
        assert play(task(present()), sandbox=sandbox, environment=variables).result["changed"]
        assert proxy.seen == []
