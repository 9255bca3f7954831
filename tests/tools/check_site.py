# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a built website and what leads to it.

Links and pictures inside the site are there, guides have no open reference, all entries have an anchor, and README's
links lead to pages of the site.

python tests/tools/check_site.py <folder of the site>
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import readme

ROOT = Path(__file__).resolve().parents[2]


class Page(HTMLParser):
    """What a page links to, its anchors, and what lacks one: references that Sphinx could not resolve, and entries."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.open_references: list[str] = []
        self.entries_without_anchor: list[str] = []
        self.empty_headers: list[str] = []
        self._in_link = 0
        self._header = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and anchors."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.links |= {given[name] for name in ("href", "src") if name in given}
        self._in_link += tag == "a"
        self._header = "" if tag == "th" else self._header
        if {"xref", "std-ref"} <= set(given.get("class", "").split()) and not self._in_link:
            self.open_references.append(f"line {self.getpos()[0]}")
        if tag == "dt" and "id" not in given:
            self.entries_without_anchor.append(f"line {self.getpos()[0]}")

    def handle_data(self, data: str) -> None:
        """Note what a header of a table says."""
        self._header += data

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a link, and a header that says nothing."""
        self._in_link -= tag == "a"
        if tag == "th" and not self._header.strip():
            self.empty_headers.append(f"line {self.getpos()[0]}")


def faults(site: Path) -> list[str]:
    """Return what is wrong with the site, one line each."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    found = [] if pages else [f"{site} holds no pages"]
    for path, page in sorted(pages.items()):
        name = path.relative_to(site.resolve())
        found += [f"{name}: a reference leads nowhere ({place})" for place in page.open_references]
        found += [f"{name}: a header of a table is empty ({place})" for place in page.empty_headers]
        if name.parts[0] == "docsite":
            found += [f"{name}: an entry has no anchor ({place})" for place in page.entries_without_anchor]
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            if parts.path.startswith("/"):
                found.append(f"{name}: {link} leads out of the site")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                found.append(f"{name}: {link} is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: {link} has no such anchor")
    return found


def dead_in_readme(site: Path) -> list[str]:
    """Return README's links to pages or anchors that the site does not have, one line each."""
    found = []
    for link in sorted(readme.links((ROOT / "README.md").read_text())):
        if link.startswith(readme.WEBSITE):
            page, _hash, anchor = link.removeprefix(readme.WEBSITE).partition("#")
            target = site / (page or "index.html")
            if not target.is_file() or (anchor and anchor not in Page(target).anchors):
                found.append(f"README.md: {link} is not there")
    return found


def main(site: Path) -> int:
    """Say what is wrong; return 0 if nothing is."""
    found = [*faults(site), *dead_in_readme(site)]
    print("\n".join(found) or f"All links inside {site} lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
