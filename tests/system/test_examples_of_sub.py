# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No example teaches a sub that Datadog's rule forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import (
    check_claims,
    claim_matchers,
)
from datadog_sandbox.claims import why_refused

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("README.md", "docs", "playbooks", "plugins", "tests/integration", "tests/sandbox/README.md")
FILES = [
    path
    for place in PLACES
    for path in ([ROOT / place] if (ROOT / place).is_file() else sorted((ROOT / place).rglob("*")))
    if path.suffix in (".md", ".rst", ".yml", ".py", ".json")
]
# As YAML or as JSON.
SUB = re.compile(r"""\bsub["']?(?:: |=)["']?([^\s"'`,}]+)""")


def examples():
    """Every text in these files that looks like a value of sub."""
    for path in FILES:
        for sub in SUB.findall(path.read_text(encoding="utf-8")):
            if "repo" in sub:
                yield str(path.relative_to(ROOT)), sub.removesuffix("\\n")


def test_there_are_examples_all_over():
    assert len(list(examples())) > 35
    assert {Path(path).parts[0] for path, _sub in examples()} >= {"docs", "plugins", "tests"}


@pytest.mark.parametrize(("path", "sub"), sorted(set(examples())))
def test_an_example_follows_the_rule(path, sub):
    sub = sub.removesuffix(":") if sub.endswith("main:") else sub  # In a message, a colon may follow.

    assert why_refused({"sub": sub}, sub_rule=True) is None
    assert list(check_claims(claim_matchers({"sub": sub}))) == []
