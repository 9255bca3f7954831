# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in more than one place is the same in all of them: modules, options, versions, links, targets."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.datadog_community.cloud_auth"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
GUIDES = sorted((ROOT / "docs/docsite/rst").glob("*.rst"))
FRONT_PAGE = ROOT / "docs/site/pages/index.rst"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests/sandbox").glob("*.md")])
CORES = [core["version"] for core in tomllib.loads((ROOT / "tests/cores.toml").read_text())["core"]]


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def module_of(name: str) -> Any:
    return importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")


def documentation_of(name: str) -> dict[str, Any]:
    return yaml.safe_load(module_of(name).DOCUMENTATION)


def connection_documentation() -> dict[str, Any]:
    fragment = importlib.import_module(f"{COLLECTION}.plugins.doc_fragments.connection").ModuleDocFragment
    return yaml.safe_load(fragment.DOCUMENTATION)


def words_of(option: dict[str, Any]) -> str:
    return " ".join(option["description"])


# ---- Modules and options


def test_the_action_group_is_the_modules():
    assert load("meta/runtime.yml")["action_groups"]["all"] == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_modules_use_the_shared_documentation(name):
    documentation = documentation_of(name)
    fragments = {
        f"datadog_community.cloud_auth.{part}" for part in ("connection", "attributes", "attributes.action_group")
    }
    assert set(documentation["extends_documentation_fragment"]) == fragments
    assert {"check_mode", "diff_mode", "idempotent", "platform"} == set(documentation["attributes"])
    assert documentation["module"] == name
    assert documentation["seealso"]
    others = {f"datadog_community.cloud_auth.{other}" for other in MODULES} - {f"datadog_community.cloud_auth.{name}"}
    assert others == {link["module"] for link in documentation["seealso"] if "module" in link}


def check_options(spec: dict[str, Any], documented: dict[str, Any]) -> None:
    """The argument spec and the documentation say the same."""
    assert spec.keys() == documented.keys()
    for name, option in spec.items():
        page = documented[name]
        for part in ("type", "default", "choices", "aliases", "elements", "required"):
            assert option.get(part) == page.get(part), (name, part)
        check_options(option.get("options", {}), page.get("suboptions", {}))


@pytest.mark.parametrize("name", MODULES)
def test_the_options_of_modules_are_documented_as_they_are(name):
    check_options(module_of(name).OPTIONS, documentation_of(name)["options"])


def test_the_options_of_the_connection_are_documented_as_they_are():
    from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.module import CONNECTION_OPTIONS

    documented = connection_documentation()["options"]
    check_options(CONNECTION_OPTIONS, documented)
    for name, option in CONNECTION_OPTIONS.items():
        _function, variables = option.get("fallback", (None, []))
        assert re.findall(r"E\((\w+)\)", words_of(documented[name])) == variables
        in_readme = re.search(rf"^\| `{name}` \| (.*?) \|", README, re.MULTILINE)
        assert re.findall(r"`(\w+)`", in_readme[1] if in_readme else "") == variables


def test_what_is_required_when_is_told_in_words():
    module, options = module_of("persona_mapping"), documentation_of("persona_mapping")["options"]
    assert module.REQUIRED_IF == [
        ("state", "present", ("arn_pattern", "account_identifier")),
        ("state", "absent", ("arn_pattern", "id"), True),
    ]
    for name in ("arn_pattern", "account_identifier"):
        assert "Required with O(state=present)" in words_of(options[name])
    assert "With O(state=absent), O(arn_pattern) or O(id) is required." in words_of(options["arn_pattern"])


# ---- Versions


def test_the_version_is_the_same_everywhere():
    from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._http.client import VERSION

    assert load("galaxy.yml")["version"] == VERSION
    released = list(load("changelogs/changelog.yaml")["releases"])
    if VERSION.endswith("-dev"):
        assert VERSION.removesuffix("-dev") not in released
    else:
        assert VERSION in released


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_since_when_they_are_there(name):
    added = tuple(map(int, documentation_of(name)["version_added"].split(".")))
    assert added <= tuple(map(int, load("galaxy.yml")["version"].removesuffix("-dev").split(".")))


def test_the_supported_ansible_cores_are_the_same_everywhere():
    line = re.search(r"^- ansible-core (.*)$", README, re.MULTILINE)
    assert re.findall(r"2\.\d+", line[1]) == CORES
    assert f"tested with ansible-core {CORES[0]} to {CORES[-1]} " in README
    assert load("meta/runtime.yml")["requires_ansible"] == f">={CORES[0]}.0"
    # CI asks for the list.
    workflow = load(".github/workflows/ci.yml")["jobs"]
    assert any("tests/tools/cores.py" in step.get("run", "") for step in workflow["cores"]["steps"])
    assert workflow["ansible-test"]["strategy"]["matrix"]["core"] == "${{ fromJSON(needs.cores.outputs.list) }}"


def test_the_oldest_python_and_requests_are_the_same_everywhere():
    cores = tomllib.loads((ROOT / "tests/cores.toml").read_text())["core"]
    pythons = sorted({python for core in cores for python in core["modules"]}, key=lambda text: int(text[2:]))
    assert load("tests/config.yml")["modules"]["python_requires"] == f">={pythons[0]}"
    assert f"modules on Python {pythons[0]} to {pythons[-1]}" in README.replace("\n", " ")
    (requests,) = (line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("requests"))
    oldest = requests.removeprefix("requests>=")
    assert connection_documentation()["requirements"] == [f"python >= {pythons[0]}", f"requests >= {oldest}"]
    assert f"- Python {pythons[0]} or newer where the modules run, with `requests` {oldest} or newer" in README


# ---- Pages


def test_the_readme_has_the_sections_that_automation_hub_asks_for():
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == [
        "Description",
        "Requirements",
        "Installation",
        "Use Cases",
        "Testing",
        "Contributing",
        "Support",
        "Release Notes and Roadmap",
        "Related Information",
        "License",
    ]


def plugins_of(kind: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / "plugins" / kind).glob("*.py") if path.stem != "__init__")


PLUGINS = {"module": MODULES, "filter": plugins_of("filter"), "test": plugins_of("test")}


def test_the_readme_names_all_plugins():
    description = README.partition("\n## Description\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| .*", description, re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", "\n".join(table) + description.rpartition("|\n\n")[2].partition("\n\n")[0]))
    assert named == {name for names in PLUGINS.values() for name in names}


def test_the_front_page_lists_all_plugins_and_guides():
    page = FRONT_PAGE.read_text()
    linked = set(re.findall(r"datadog_community\.cloud_auth\.(\w+)#(\w+)>", page))
    assert linked == {(name, kind) for kind, names in PLUGINS.items() for name in names}
    in_side_bar = re.findall(r"^   (?:\w+ <)?([\w/]+)>?$", page[page.index(".. toctree::") :], re.MULTILINE)
    pages = [f"{name}_{kind}" for kind, names in PLUGINS.items() for name in names]
    guides = [path.stem for path in GUIDES]
    assert sorted(in_side_bar) == sorted([*pages, *(f"docsite/{guide}" for guide in guides), "changelog"])
    assert set(re.findall(r"docsite\.(\w+)>`", page)) == set(guides)


def test_the_page_of_environment_variables_has_all():
    page = (ROOT / "docs/docsite/rst/environment_variables.rst").read_text()
    described = re.findall(r"^(?:\.\. envvar:: |            )(\w+)$", page, re.MULTILINE)
    assert sorted(described) == load("docs/docsite/config.yml")["envvar_directives"]
    mentioned = re.findall(r"E\((\w+)\)", yaml.safe_dump(connection_documentation(), width=10000))
    assert mentioned
    assert set(mentioned) <= set(described)


def test_the_map_of_the_code_has_all_rooms():
    rooms = {path.name for path in (ROOT / "plugins/module_utils").rglob("*.py")}
    the_map = CONTRIBUTING.partition("## A map of the code")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+\.py)`", the_map)) == rooms


def test_all_guides_are_in_the_table_of_contents():
    listed = [page for section in load("docs/docsite/extra-docs.yml")["sections"] for page in section["toctree"]]
    assert sorted(listed) == [path.stem for path in GUIDES]
    assert all(f"docs/docsite/rst/{name}.rst" in README for name in listed)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_pages_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _hash, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings], (
            link
        )


def test_references_of_guides_lead_somewhere():
    texts = [path.read_text() for path in (*GUIDES, FRONT_PAGE)]
    labels = {label for text in texts for label in re.findall(r"^\.\. _(.*):$", text, re.MULTILINE)}
    assert all(label.startswith((f"{COLLECTION}.docsite.", "plugin")) for label in labels)
    references = {match for text in texts for match in re.findall(r":ref:`(?:[^`<]*<)?([^`>]+)>?`", text)}
    assert references <= labels
    pictures = {match for text in texts for match in re.findall(r"\.\. image:: /images/(.*)", text)}
    assert pictures == {path.name for path in (ROOT / "docs/images").iterdir()}


@pytest.mark.parametrize("page", [*GUIDES, FRONT_PAGE, ROOT / "README.md"], ids=lambda page: page.name)
def test_commands_can_be_copied(page):
    """A prompt in front would have to be taken away again."""
    blocks = re.findall(
        r"(?:```|code-block:: )(?:console|shell|bash|sh)\n(.*?)(?=^```|^\S)", page.read_text(), re.DOTALL | re.MULTILINE
    )
    assert not [block for block in blocks if re.search(r"^ *[$#] ", block, re.MULTILINE)]


def test_all_targets_of_make_that_are_named_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    files = [*PAGES, *GUIDES, ROOT / ".ci/run", *(ROOT / ".github/workflows").glob("*.yml")]
    command = re.compile(r"(?:^\s*|`|\$ |run: |&& )make ((?:[a-z-]+(?: |$|`))+)", re.MULTILINE)
    named = {
        (path.name, target)
        for path in files
        for run in command.findall(path.read_text())
        for target in run.strip("` \n").split()
    }
    assert {target for _name, target in named} >= {"demo", "test", "docs"}
    assert not [(name, target) for name, target in named if target not in targets]
