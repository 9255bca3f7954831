# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "Troubleshooting" against the code: each message has an entry, and each entry is of a message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.datadog_community.cloud_auth.tests.system.playbook import LI, RUNNER, present, task

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/docsite/rst/troubleshooting.rst"
WORD = re.compile(r"[A-Za-z]{2,}")
# A text of fewer words is a part of a message.
WORDS_OF_A_MESSAGE = 3
# Texts that are compared with or built into others, and mean nothing on their own.
NO_MESSAGES = {
    "Tunnel connection failed",
    "Tunnel connection failed: ([0-9]{3}[ A-Za-z-]{0,60})",
    "Unsupported parameters for [^:]*: (.*?)\\. Supported parameters include:",
    "Could not find a suitable TLS CA certificate bundle",
    "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=",
    "expired ?token|token .{0,40}is expired",
    "invalid ?client ?token|signature ?does ?not ?match|signature we calc|token .{0,40}is invalid",
    "signature (expired|not yet)|request ?(has )?expired|clock|skew",
    "dictionary requested|unable to eval|(unable to convert to|cannot be converted to a|must be a) (dict|list)",
    "missing required arguments: ([\\w, ]+) found in ([\\w >-]+)",
    "state is absent but any of the following are missing: (\\w+), id",
    "a … without an ID",
    "an empty error",
    "because Datadog does not show all of it",
    "no ID, number",
    "of no known type",
    "of the pattern",
    "the default of site",
    "may have been removed",
    "may still be",
    "GitHub persona mapping",
    "GitHub intake mapping",
    "HCP Terraform persona mapping",
    "OIDC persona mapping",
    "workload_identity_federation_config_read (formerly cloud_auth_config_read)",
    "workload_identity_federation_config_write (formerly cloud_auth_config_write)",
    "Nothing has been changed.",
}
ENTRY = re.compile(r"^``(.+)``\n((?:    .*\n)+)", re.MULTILINE)
# The last two sections: their entries are of messages of the playbooks, and of no message of ours.
PLAYBOOKS = "\nMessages of the playbooks\n---"
LAST_SECTION = "\nMessages from Ansible itself\n---"


def text_of(node: ast.AST) -> str | None:
    """The text of a literal, with an ellipsis for each value that is filled in; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


def texts_in(node: ast.AST) -> Iterator[str]:
    """All texts below ``node`` but docstrings."""
    for child in ast.iter_child_nodes(node):
        text = text_of(child)
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if text is not None:
            yield text
        if not isinstance(child, ast.JoinedStr):
            yield from texts_in(child)
            continue
        for part in child.values:
            if isinstance(part, ast.FormattedValue):
                yield from texts_in(part)


def texts_of_the_code() -> set[str]:
    sources = (ROOT / "plugins/module_utils").rglob("*.py")
    return {text for source in sources for text in texts_in(ast.parse(source.read_text()))}


def messages() -> set[str]:
    texts = {text.strip("… ") for text in texts_of_the_code()}
    return {
        text for text in texts if sum(map(bool, map(WORD.search, text.split()))) >= WORDS_OF_A_MESSAGE
    } - NO_MESSAGES


def all_entries() -> dict[str, str]:
    found = ENTRY.findall(GUIDE.read_text())
    assert len(found) == len(dict(found)), "an entry stands twice"
    return dict(found)


def entries_of_ansible() -> dict[str, str]:
    return dict(ENTRY.findall(GUIDE.read_text().partition(LAST_SECTION)[2]))


def entries_of_playbooks() -> dict[str, str]:
    return dict(ENTRY.findall(GUIDE.read_text().partition(PLAYBOOKS)[2].partition(LAST_SECTION)[0]))


def entries() -> dict[str, str]:
    theirs = entries_of_ansible() | entries_of_playbooks()
    assert theirs
    return {entry: words for entry, words in all_entries().items() if entry not in theirs}


def pattern(text: str) -> str:
    """Matches a text whose ellipses stand for something."""
    return ".*".join(re.escape(piece) for piece in text.split("…"))


def test_each_message_has_an_entry():
    shown = "\n".join(entries())
    assert not [message for message in messages() if not re.search(pattern(message), shown)]


def test_each_entry_is_of_a_message():
    # An entry may be built from several texts, or show what is filled in. Take away all pieces of phrases and names: no
    # word may be left.
    texts = {text for text in texts_of_the_code() if " " in text or "_" in text}
    pieces = {piece.strip() for text in texts for piece in text.split("…")}
    longest_first = sorted((piece for piece in pieces if WORD.search(piece)), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    assert not [entry for entry in entries() if WORD.search(pattern.sub("…", entry))]


def test_entries_of_playbooks_are_of_their_messages():
    texts = " ".join(path.read_text() for path in sorted((ROOT / "playbooks").rglob("*.yml")))
    # A text in a template goes on after a line break, or in the next pair of quotes.
    texts = re.sub(r"'\s*~\s*'", "", re.sub(r"\s+", " ", texts))
    pieces = {entry: [piece.strip(" .:") for piece in entry.split("…")] for entry in entries_of_playbooks()}
    assert len(pieces) > 10
    assert [entry for entry, said in pieces.items() if not all(piece in texts for piece in said)] == []


def test_each_entry_says_what_to_do():
    without = [entry for entry, words in all_entries().items() if not re.search(r"[.:]\s+\*\*Fix:\*\*\s+\S", words)]
    assert not without


def test_ansibles_own_messages_are_shown_as_ansible_prints_them(play):
    wrong_mappings = [
        "a text",
        ["a text"],
        None,
        {},
        [{"account_identifier": LI}],
        [{"arn_pattern": RUNNER, "owner": LI}],
    ]
    run = play(
        *(task({"mappings": mappings}, "persona_mappings") for mappings in wrong_mappings),
        task({"mappings": [], "concurrency": "many"}, "persona_mappings"),
        task({}),
        task(present(), environment={"PYTHONPATH": str(without_requests(play.folder))}),
    )
    patterns = {entry: re.compile(pattern(entry)) for entry in entries_of_ansible()}
    found = [[entry for entry, shape in patterns.items() if shape.search(result["msg"])] for result in run.results]
    assert all(found), [result["msg"] for result, entry in zip(run.results, found, strict=True) if not entry]
    missing = play(task({}, "persona_maping"))
    unseen = set(patterns) - {entry for entries in found for entry in entries}
    assert [bool(patterns[entry].search(missing.output)) for entry in unseen] == [True], unseen


def without_requests(folder: Path) -> Path:
    """A folder that hides requests from Python."""
    hiding = folder / "hiding"
    hiding.mkdir()
    (hiding / "requests.py").write_text("raise ImportError")
    return hiding


def test_what_is_no_message_is_still_in_the_code():
    assert {text.strip("… ") for text in texts_of_the_code()} >= NO_MESSAGES


def test_the_collector_sees_all_kinds_of_texts():
    code = 'def f(x):\n    """A docstring."""\n    raise E("one", f"two {x or \'six\'} " "three", (x or "four"))'
    assert list(texts_in(ast.parse(code))) == ["one", "two … three", "six", "four"]
