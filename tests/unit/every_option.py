# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every documented option of every module is given a value by at least one unit test, or the run fails.

An option is called ``module.option`` here, and an option of an entry ``module.option.suboption``. It is enough that one
of the modules is given an option of the connection, ``connection.option``: the code behind them is the same.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PACKAGE = "ansible_collections.datadog_community.cloud_auth.plugins"
# The fragment whose options all modules have.
SHARED = "connection"

_given: set[str] = set()


def note(module: str, arguments: Mapping[str, Any]) -> None:
    """Remember what a run of a module is given."""
    _given.update(_names(module, arguments))


def _names(prefix: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    for option, value in arguments.items():
        if value is not None:
            yield f"{prefix}.{option}"
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                yield from _names(f"{prefix}.{option}", entry)


def documented() -> set[str]:
    """The options that the modules document, by themselves or by the fragments that they name."""
    return {name for path in sorted((PLUGINS / "modules").glob("*.py")) for name in _documented(path)}


def _documented(module: Path) -> Iterator[str]:
    page = _page(module, "DOCUMENTATION")
    yield from _options(module.stem, page.get("options", {}))
    for fragment in page.get("extends_documentation_fragment", ()):
        name, _dot, part = fragment.partition("cloud_auth.")[2].partition(".")
        prefix = name if name == SHARED else module.stem
        yield from _options(prefix, _fragment(name, part.upper() or "DOCUMENTATION")["options"])


def _page(path: Path, variable: str) -> dict[str, Any]:
    """The documentation in a file, which is not imported for that."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [variable]:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{path} holds no {variable}")


def _fragment(name: str, variable: str) -> dict[str, Any]:
    """A fragment of documentation."""
    fragments = importlib.import_module(f"{PACKAGE}.doc_fragments.{name}").ModuleDocFragment
    return yaml.safe_load(getattr(fragments, variable))


def _options(prefix: str, options: Mapping[str, Any]) -> Iterator[str]:
    for name, option in options.items():
        yield f"{prefix}.{name}"
        yield from _options(f"{prefix}.{name}", option.get("suboptions", {}))


def missing() -> list[str]:
    """The options that no test has given a value to."""
    shared = {f"{SHARED}.{name.partition('.')[2]}" for name in _given}
    return sorted(documented() - _given - shared)


class Watch:
    """A plugin of pytest. With several processes, each of them tells the first one what its tests have given."""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over, or judge."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["options"] = sorted(_given)
        elif missing() and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over."""
        _given.update(getattr(node, "workeroutput", {}).get("options", ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is missing."""
        options = missing()
        if options:
            terminalreporter.section("options without a test", red=True)
            terminalreporter.line("No unit test gives a value to: " + ", ".join(options))
