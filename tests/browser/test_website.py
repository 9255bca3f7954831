# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The website in a real browser: the search finds, nothing is out of view or cut off, each guide can be edited."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEBSITE = ROOT / "build/docs/html"
PAGES = sorted(str(path.relative_to(WEBSITE)) for path in WEBSITE.rglob("*.html"))
GUIDES = [page for page in PAGES if page.startswith("docsite/")]
WIDTHS = (1920, 1400, 900, 400)
HEIGHT = 900
TROUBLESHOOTING = "docsite/troubleshooting.html"
# What people search for, and words of an entry that must be among the first three.
SEARCHES = {
    "400": "which takes the email or handle of an account",
    "401": "Check api_key and app_key",
    "403": "This needs the permission",
    "404": "the API was not found there",
    "409": "is already taken, or conflicts with another mapping",
    "429": "This is Datadog's rate limit",
    "500": "This is a problem at Datadog",
    "502": "This is a problem at Datadog",
    "503": "This is a problem at Datadog",
    "can match no AWS caller": "can match no AWS caller",
    "no key is given": "no key is given",
    "max_removals": "max_removals",
    "certificate is not trusted": "is not trusted",
    "connection refused": "connection refused",
    "no identity mapping was found": "no identity mapping was found",
    "botocore": "botocore",
    # A message as Ansible prints it, whole.
    "arn_pattern: arn:aws:iam::123456789012:role/x can match no AWS caller: it is the ARN of an IAM role, but a caller "
    "that has assumed the role has an assumed-role ARN. Did you mean arn:aws:sts::123456789012:assumed-role/x/*?": (
        "it is the ARN of an IAM role"
    ),
}


@pytest.fixture
def search(open_page):
    """Search by the box of the front page; return the found messages, each with its address, and the pages."""

    def search(words):
        page = open_page("index.html")
        # Sphinx reads each page that it has found once more, for a summary. That takes most of the time.
        page.route(
            "**/*.html", lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_()
        )
        page.fill("input[name=q]", words)
        page.press("input[name=q]", "Enter")
        page.wait_for_function("document.querySelector('.search-summary')?.innerText")
        return page

    return search


def found(page):
    return page.eval_on_selector_all(".entries a", "all => all.map(a => [a.innerText, a.getAttribute('href')])")


@pytest.mark.parametrize(("words", "message"), SEARCHES.items(), ids=lambda words: words[:40])
def test_the_search_finds_messages_and_status_codes(search, words, message):
    page = search(words)
    results = zip(found(page), page.locator(".entries p").all_inner_texts(), strict=True)
    (address, *_more) = [address for (term, address), text in list(results)[:3] if message in f"{term} {text}"]
    page.click(f".entries a[href='{address}']")
    assert page.url.endswith(address)
    assert page.locator(":target").bounding_box()["y"] < HEIGHT


def test_the_search_finds_the_ten_most_frequent_messages(open_page, search):
    guide = open_page(TROUBLESHOOTING)
    table = "#most-frequent-messages tbody tr td:first-child"
    wanted = guide.eval_on_selector_all(
        table, "all => all.map(cell => [cell.innerText, cell.querySelector('a').hash.slice(1)])"
    )
    assert len(wanted) == 10
    for words, label in wanted:
        anchors = guide.evaluate(
            "label => { const place = document.getElementById(label); "
            "return [...(place.closest('dl') ?? place.parentElement).querySelectorAll('dt')].map(entry => entry.id); }",
            label,
        )
        addresses = [address for _message, address in found(search(words))[:3]]
        assert {f"{TROUBLESHOOTING}#{anchor}" for anchor in anchors} & set(addresses), words


def test_the_search_still_finds_pages(search):
    page = search("replace")
    assert "Concepts" in page.locator("ul.search").inner_text()


def test_the_search_says_it_if_there_is_nothing(search):
    page = search("xyzzyx")
    assert found(page) == []
    assert "did not match any documents" in page.locator(".search-summary").inner_text()


# ---- What it looks like. Each page is opened once, and looked at in windows of all widths.

LOOK = """() => ({
    width: document.scrollingElement.scrollWidth,
    search: document.querySelector("input[name=q]").getBoundingClientRect().toJSON(),
    line: Math.max(0, ...[...document.querySelectorAll("section > p, dd > p")].map((text) => text.clientWidth)),
    contents: [...document.querySelectorAll("nav.contents")].map((list) => list.checkVisibility()),
    inSideBar: document.querySelectorAll(".wy-menu li.current > ul").length,
    edit: document.querySelector(".wy-breadcrumbs-aside a")?.href,
    pictures: [...document.querySelectorAll(".rst-content img")].map((picture) => picture.clientWidth),
    cutOff: [...document.querySelectorAll("pre")].filter((code) => code.scrollWidth > code.clientWidth).length,
})"""


@pytest.fixture(scope="module")
def looks(browser, website):
    """What each page looks like, by its name and the width of the window."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    result = {}
    for name in PAGES:
        page.goto(f"{website}/{name}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            result[name, width] = page.evaluate(LOOK)
    page.close()
    assert len(result) > 40
    return result


def test_nothing_is_wider_than_the_window(looks):
    assert [(name, width) for (name, width), look in looks.items() if look["width"] > width] == []


def test_the_search_box_is_in_view_on_each_page(looks):
    """On a telephone it is in the menu."""
    out = [at for at, look in looks.items() if at[1] > 400 and not 0 <= look["search"]["top"] < HEIGHT - 30]
    assert out == []


def test_the_side_bar_shows_the_current_page(open_page, website):
    """Below the search box, however long the list is. Later, it is scrolled with the page."""
    page = open_page("index.html")
    for guide in GUIDES:
        page.goto(f"{website}/{guide}")
        page.wait_for_function("document.querySelector('.wy-menu li.current > a')")
        box = page.locator(".wy-side-nav-search").bounding_box()
        current = page.locator(".wy-menu li.current > a").first.bounding_box()
        assert box["y"] + box["height"] <= current["y"] + 1 < HEIGHT, guide


def test_lines_can_be_read_with_ease(looks):
    assert [(at, look["line"]) for at, look in looks.items() if look["line"] > 800] == []


def test_no_code_is_cut_off_on_the_front_page(looks):
    assert [width for width in WIDTHS if width > 400 and looks["index.html", width]["cutOff"]] == []


def test_the_sections_of_a_guide_are_listed_once(looks):
    """In the side bar where there is one, else in the page."""
    with_list = {(name, width): look for (name, width), look in looks.items() if name in GUIDES and look["contents"]}
    assert with_list
    for (name, width), look in with_list.items():
        assert look["contents"] == [width == 400], (name, width)
        assert look["inSideBar"] == 1, name


def test_each_guide_can_be_edited(looks):
    for name in ("index.html", *GUIDES):
        assert (ROOT / looks[name, 1400]["edit"].partition("/edit/main/")[2]).is_file(), name


def test_pictures_fit_a_telephone(looks):
    widths = [width for (name, window), look in looks.items() if window == 400 for width in look["pictures"]]
    assert len(widths) >= 4
    assert max(widths) < 400
