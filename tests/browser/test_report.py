# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML page of the playbook report in a real browser: it loads nothing, runs nothing, and fits a telephone."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.facts import facts_of
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.findings import findings_of
from ansible_collections.datadog_community.cloud_auth.plugins.plugin_utils._report.html import as_html

# Markup that would load something, or run, if a browser took it for markup.
EVIL = (
    '"\'></title></style><img src="https://evil.example/x" onerror="document.title=1"><script>document.title=1</script>'
)
ROLE = "arn:aws:sts::123456789012:assumed-role"
ACCOUNTS = 45


def persona(number: int, pattern: str) -> dict[str, Any]:
    uuid = f"00000000-0000-0000-0000-{number:012}"
    return {"id": f"{number}", "arn_pattern": pattern, "account_identifier": uuid, "account_uuid": uuid}


def content() -> dict[str, Any]:
    """Everything that a report shows, with very long names, and more than is drawn."""
    many = [persona(number, f"{ROLE}/role-{number}/*") for number in range(1, ACCOUNTS)]
    wide = [persona(1, f"{ROLE}/{'a-very-long-role-name-' * 3}/{'session' * 12}"), persona(1, EVIL)]
    uuid = many[0]["account_uuid"]
    account = {"uuid": uuid, "email": f"{'long.' * 20}name@corp.example", "name": EVIL, "roles": [{"name": EVIL}]}
    claims = {"sub": "repo:corp/app:ref:refs/heads/main", "actor": EVIL}
    return {
        "title": f"Who may act as whom {EVIL}",
        "organization": EVIL,
        "written": "today",
        "persona_mappings": many + wide,
        "github_persona_mappings": [{"id": "g", "claim_matchers": claims, "account_uuid": uuid}],
        "intake_mappings": [{"id": "i", "arn_pattern": "arn:aws:iam::123456789012:role/old"}],
        "oidc_providers": [{"id": "p", "provider_name": EVIL, "issuer_url": "https://gitlab.example"}],
        "accounts": [account],
        "unreadable": [{"what": EVIL, "why": EVIL}],
    }


@pytest.fixture(scope="module")
def report(browser, tmp_path_factory):
    """The page, and the URLs that the browser has asked for."""
    facts = facts_of(content())
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(as_html(facts, findings_of(facts)))
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(120_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_load_state("networkidle")
    yield page, asked, file.as_uri()
    page.close()


def test_nothing_is_loaded_but_the_page(report):
    _page, asked, address = report
    assert asked == [address]


def test_nothing_is_run_and_no_text_becomes_markup(report):
    page, _asked, _address = report
    assert page.title() == f"Who may act as whom {EVIL}"
    assert page.locator("script, img, iframe, link, object, a, [onerror], [onload]").count() == 0
    for place in ("h1", "h3", "table", "figure title", ".finding"):
        assert any(EVIL in text for text in page.locator(place).all_text_contents()), place


@pytest.mark.parametrize("width", [1400, 400])
def test_nothing_is_wider_than_the_window(report, width):
    page, _asked, _address = report
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.scrollingElement.scrollWidth") == width
    outside = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, p, td, .tile, code, summary')]"
        ".filter(part => part.getBoundingClientRect().right > innerWidth).map(part => part.textContent)"
    )
    assert outside == []
    # The diagram keeps its size, and is scrolled by itself.
    assert page.locator("figure svg").bounding_box()["width"] >= 860
    assert page.locator("figcaption").is_visible() is (width == 400)


def test_findings_come_first_and_the_diagram_has_a_line_for_each_mapping_that_is_drawn(report):
    page, _asked, _address = report
    titles = page.locator("h2").all_inner_texts()
    assert titles[0] == "Findings"
    assert titles.index("Who may act as whom") > 0
    assert page.locator("svg .card").count() == 41  # 40 accounts, and telemetry
    assert page.locator("svg .line").count() == page.locator("svg .caller").count() > 40
    assert "more accounts are in the tables only" in page.locator("main").inner_text()
