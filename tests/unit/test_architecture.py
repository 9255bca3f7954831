# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tree is the map: five packages in plugins/module_utils, arrows between them go down only, and no file is big."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "plugins/module_utils"
# What each package may import besides itself; what all may import is not in it.
BELOW = {
    "_module": {"_engine", "_resources", "_http", "_patterns"},
    "_engine": {"_resources", "_http", "_patterns"},
    "_resources": {"_http", "_patterns"},
    "_http": set(),
    "_patterns": set(),
}
# The files beside the packages, for all but _patterns, and what each may import.
FOR_ALL = {"_errors": set(), "_clock": {"_errors"}, "_parallel": set(), "_secrets": set(), "_version": set()}
CONTRIBUTING = ROOT.parents[1] / "CONTRIBUTING.md"
LONGEST_FILE = 300  # lines
MOST_MODULES = 24  # of a package
FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def name_of(path: Path) -> tuple[str, ...]:
    """What imports call a file: the package, if it is in one, and the module."""
    return path.with_suffix("").parts


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """What a file imports from this folder, also late or for types only. Each is the name of a file."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any("ansible_collections" in alias.name for alias in node.names), "imports here are relative"
        if isinstance(node, ast.ImportFrom):
            assert "ansible_collections" not in (node.module or ""), "imports here are relative"
            yield from _targets(path, node)


def _targets(path: Path, node: ast.ImportFrom) -> Iterator[tuple[str, ...]]:
    if not node.level:
        return
    folder = path.parts[: len(path.parts) - node.level]
    named = (*folder, *(node.module.split(".") if node.module else ()))
    if Path(*named).with_suffix(".py") in FILES:
        yield named
    else:
        yield from ((*named, alias.name) for alias in node.names)


def test_the_tree_is_the_map():
    assert {path.parts[0] for path in FILES if len(path.parts) > 1} == set(BELOW)
    assert {path.stem for path in FILES if len(path.parts) == 1} == set(FOR_ALL)
    assert all(len(path.parts) <= 2 for path in FILES)


@pytest.mark.parametrize("package", BELOW)
def test_no_package_has_more_modules_than_one_can_remember(package):
    assert 0 < len([path for path in FILES if path.parts[0] == package]) <= MOST_MODULES


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_file_is_long(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=str)
def test_arrows_go_down_only(path):
    own = path.parts[0] if len(path.parts) > 1 else path.stem
    allowed = FOR_ALL[own] if own in FOR_ALL else {own, *BELOW[own], *(FOR_ALL if own != "_patterns" else ())}
    assert not [target for target in imports(path) if target[0] not in allowed]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_flags_are_keyword_only(path):
    """What True means has to stand where a function is called."""
    functions = [
        node
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    assert not [
        f"{function.name}: {argument.arg}"
        for function in functions
        for argument in (*function.args.posonlyargs, *function.args.args)
        if argument.annotation and "bool" in ast.unparse(argument.annotation).split(" | ")
    ]


def not_known() -> dict[str, list[str]]:
    """The names that each package does not know, as the table in CONTRIBUTING says."""
    rows = re.findall(r"^\| `(_\w+)/` \|.*\|(.*)\|$", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE)
    return {package: re.findall(r"`(\w+)`", names) for package, names in rows}


def names_in(path: Path) -> Iterator[str]:
    """All names in the code of a file, but for those in texts and comments."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Constant):
            texts = [value for _field, value in ast.iter_fields(node) if isinstance(value, str)]
            yield from ".".join(texts).split(".")


@pytest.mark.parametrize("package", BELOW)
def test_no_package_knows_what_it_is_not_to_know(package):
    names = not_known()[package]
    known = {name for path in FILES if path.parts[0] == package for name in names_in(path)}
    assert len(names) > 1
    assert not known.intersection(names)


def test_what_packages_do_not_know_is_known_to_others():
    """Otherwise the table goes on about names that are gone."""
    known = {name for path in FILES for name in names_in(path)}
    assert {name for names in not_known().values() for name in names} <= known


def test_there_are_no_circles():
    """Imports that are late, or for types only, count: who reads one file of a circle has to read all of them."""
    arrows = {name_of(path): set(imports(path)) for path in FILES}
    assert set().union(*arrows.values()) <= set(arrows)
    while leaves := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in leaves:
            del arrows[name]
    assert not arrows
