# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README as Galaxy and Automation Hub show it: rendered by a plain Markdown renderer, outside of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import readme

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


def answer_with_the_file(route):
    file = ROOT / route.request.url.removeprefix(readme.PICTURES)
    if file.is_file():
        route.fulfill(path=file)
    else:
        route.abort()


@pytest.fixture
def page(browser, tmp_path):
    """README in a browser that sees nothing of the network but the pictures in the repository."""
    rendered = tmp_path / "README.html"
    rendered.write_text(MarkdownIt("commonmark").enable("table").render(README.read_text()))
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.route(f"{readme.PICTURES}**", answer_with_the_file)
    page.goto(rendered.as_uri())
    yield page
    page.close()


def targets(page):
    return set(
        page.eval_on_selector_all("a, img", "all => all.map(a => a.getAttribute('href') ?? a.getAttribute('src'))")
    )


def test_no_link_is_dead(page):
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(targets(page)) > 20
    assert readme.dead(targets(page), files) == []


def test_the_release_check_sees_the_links_that_a_renderer_makes(page):
    assert readme.links(README.read_text()) == targets(page)


def test_all_pictures_are_shown(page):
    widths = page.eval_on_selector_all("img", "all => all.map(picture => picture.naturalWidth)")
    assert len(widths) == 2
    assert all(widths)
