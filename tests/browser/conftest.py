# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser, and the website as a server would serve it. "make browser" builds the website first."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WEBSITE = ROOT / "build/docs/html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def website():
    """The URL of the website."""
    assert (WEBSITE / "index.html").is_file(), "There is no website: run 'make docs' first"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=WEBSITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, f"These tests need a browser: install one of {', '.join(BROWSERS)}"
    with sync_playwright() as playwright:
        # As root, and in containers, Chromium has no sandbox of its own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, website):
    """Open a page of the website, or another URL, in a window of that width and height."""
    pages = []

    def open_page(address, width=1400, height=900):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(120_000)  # a busy machine is slow, and no test is about that
        pages.append(page)
        page.goto(address if "://" in address else f"{website}/{address}")
        return page

    yield open_page
    for page in pages:
        page.close()
