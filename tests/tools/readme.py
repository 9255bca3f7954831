# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the links and pictures of README lead.

Galaxy and Automation Hub show README outside of the repository, so a relative address leads nowhere there. What is ours
must be there: as a file of the repository, or as a page of the website.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

REPOSITORY = "https://github.com/datadog-community/cloud_auth"
FILES = f"{REPOSITORY}/blob/main/"
PICTURES = "https://raw.githubusercontent.com/datadog-community/cloud_auth/main/"
WEBSITE = "https://datadog-community.github.io/cloud_auth/"
# The rest of what README links to. Nobody asks these on a test run: it needs no network.
ELSEWHERE = {
    f"{REPOSITORY}/issues",
    "https://docs.ansible.com/ansible/latest/collections_guide/index.html",
    "https://docs.ansible.com/ansible/latest/community/communication.html",
    "https://docs.datadoghq.com/account_management/workload_identity_federation/",
    "https://docs.datadoghq.com/api/latest/cloud-authentication/",
    "https://forum.ansible.com/c/help/6",
    "https://github.com/DataDog/terraform-provider-datadog/blob/master/docs/resources/aws_wif_identity_mapping.md",
}
# Where the sources of the website's pages are; {0} is the name of the page.
SOURCES = {
    r"docsite/(\w+)\.html": "docs/docsite/rst/{0}.rst",
    r"(\w+)_module\.html": "plugins/modules/{0}.py",
    r"(\w+)_(filter|lookup|test)\.html": "plugins/{1}/{0}.py",
    r"(changelog)\.html": "CHANGELOG.rst",
    r"(?:index\.html)?": "docs/docsite/extra-docs.yml",
}
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def links(markdown: str) -> set[str]:
    """Return the targets of all links and pictures in a text, as written."""
    return set(re.findall(r"\]\(([^)\s]+)\)", CODE.sub("`", markdown)))


def source(page: str) -> str | None:
    """Return the file that a page of the website, without its anchor, is made from; None for an unknown page."""
    for shape, file in SOURCES.items():
        if found := re.fullmatch(shape, page):
            return file.format(*found.groups())
    return None


def dead(targets: Iterable[str], files: Iterable[str]) -> list[str]:
    """Return the targets that lead nowhere, outside of a repository that has these files."""
    there = set(files)

    def is_alive(target: str) -> bool:
        address = target.partition("#")[0]
        for start in (FILES, PICTURES):
            if address.startswith(start):
                return address.removeprefix(start) in there
        if address.startswith(WEBSITE):
            return source(address.removeprefix(WEBSITE)) in there
        return target in ELSEWHERE

    return sorted(target for target in targets if not is_alive(target))
