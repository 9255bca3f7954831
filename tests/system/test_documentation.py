# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in more than one place is the same in all of them: modules, options, versions, links, targets."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

import readme
import stage
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module import connection, settings, task
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.connection import (
    CONNECTION_OPTIONS,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options import MOST_REMOVALS
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.settings import VARIABLES
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import CLAIMS
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import Kind
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import KINDS
from ansible_collections.datadog_community.cloud_auth.tests.system.pages import (
    MODULES,
    documented_options,
    documented_returns,
    pages,
    plugins_of,
)

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.datadog_community.cloud_auth"
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
GUIDES = sorted((ROOT / "docs/docsite/rst").glob("*.rst"))
FRONT_PAGE = ROOT / "docs/sphinx/pages/index.rst"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests/sandbox").glob("*.md")])
ALL_CORES = tomllib.loads((ROOT / "tests/cores.toml").read_text())["core"]
CORES = [core["version"] for core in ALL_CORES if "candidate" not in core]
CANDIDATES = [core["version"] for core in ALL_CORES if "candidate" in core]


def read(path: str) -> str:
    return (ROOT / path).read_text()


def load(path: str) -> Any:
    return yaml.safe_load(read(path))


def words_of(option: dict[str, Any]) -> str:
    return " ".join(option["description"])


class SpecFound(Exception):
    """Ends a module when it has told Ansible what it takes."""


def told_to_ansible(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The argument spec of a module and the rules beside it, as its main() gives them to Ansible."""
    main = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}").main
    with mock.patch.object(task, "Module", side_effect=SpecFound) as module, pytest.raises(SpecFound):
        main()
    return module.call_args.args[0], module.call_args.kwargs


# ---- Modules and options


def test_the_modules_are_those_of_the_kinds():
    shapes = [f"{kind.name}{shape}" for kind in KINDS for shape in ("", "s", "_info")]
    ways_in = ["oidc_persona_mapping_info", "oidc_provider_info", "terraform_persona_mapping_info"]
    accounts = ["account_info", "current_user_info", "service_account", "service_account_info"]
    assert sorted([*accounts, *ways_in, *shapes]) == MODULES


def test_the_action_group_is_the_modules():
    assert load("meta/runtime.yml")["action_groups"]["all"] == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_pages_have_what_all_pages_have(name):
    doc = pages()[name]["doc"]
    assert doc["module"] == name
    assert doc["attributes"].keys() == {"action_group", "check_mode", "diff_mode", "idempotent", "platform"}
    writes = "N/A" if name.endswith("_info") else "full"
    assert {attribute: how["support"] for attribute, how in doc["attributes"].items()} == {
        "action_group": "full",
        "check_mode": "full",
        "diff_mode": writes,
        "idempotent": writes,
        "platform": "full",
    }
    assert [link for link in doc["seealso"] if "link" in link]
    assert pages()[name]["examples"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_pages_of_a_kind_link_to_each_other(kind):
    group = {f"{kind.name}{shape}" for shape in ("", "s", "_info")}
    for name in group:
        links = {link["module"] for link in pages()[name]["doc"]["seealso"] if "module" in link}
        assert links == {f"datadog_community.cloud_auth.{other}" for other in group - {name}}


def check_options(spec: dict[str, Any], documented: dict[str, Any]) -> None:
    """The argument spec and the documentation say the same."""
    assert spec.keys() == documented.keys()
    for name, option in spec.items():
        page = documented[name]
        for part in ("type", "default", "choices", "aliases", "elements", "required"):
            assert option.get(part) == page.get(part), (name, part)
        check_options(option.get("options", {}), page.get("suboptions", {}))


@pytest.mark.parametrize("name", MODULES)
def test_options_are_documented_as_they_are(name):
    spec, _rules = told_to_ansible(name)
    check_options(spec, documented_options(name))


@pytest.mark.parametrize("option", CONNECTION_OPTIONS)
def test_variables_are_documented_as_they_are(option):
    variables = list(VARIABLES.get(option, ()))
    in_readme = re.search(rf"^\| `{option}` \| (.*?) \|", README, re.MULTILINE)
    assert re.findall(r"`(\w+)`", in_readme[1] if in_readme else "") == variables
    for name in MODULES:
        assert re.findall(r"E\((\w+)\)", words_of(documented_options(name)[option])) == variables


@pytest.mark.parametrize(
    ("option", "bounds"),
    [
        ("timeout", (1, settings.LONGEST_TIMEOUT)),
        ("retries", (0, connection.MOST_RETRIES)),
        ("wait_timeout", (0, task.LONGEST_WAIT_TIMEOUT)),
        ("concurrency", (1, task.MOST_AT_ONCE)),
        ("max_removals", (0, MOST_REMOVALS)),
    ],
)
def test_bounds_are_documented_as_they_are(option, bounds):
    pages_with_it = [documented_options(name) for name in MODULES if option in documented_options(name)]
    assert pages_with_it
    for options in pages_with_it:
        assert f"from {bounds[0]} to {bounds[1]}" in words_of(options[option])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_required_when_is_told_in_words(kind):
    _spec, rules = told_to_ansible(kind.name)
    (_state, _present, needed), (_again, _absent, any_of, _any) = rules["required_if"]
    options = documented_options(kind.name)
    assert [name for name in options if "Required with O(state=present)" in words_of(options[name])] == sorted(needed)
    one, other = any_of
    assert f"With O(state=absent), O({one}) or O({other}) is required." in words_of(options[one])


def test_claims_are_described_alike_everywhere():
    described = [
        page
        for kind in KINDS
        for name in (kind.name, f"{kind.name}s", f"{kind.name}_info")
        for options in (documented_options(name),)
        for where in (options, options.get("mappings", {}).get("suboptions", {}))
        for page in [where.get("claim_matchers", {}).get("suboptions")]
        if page
    ]
    assert len(described) == 6
    assert all(page == described[0] and set(page) == set(CLAIMS) for page in described)


# ---- Return values: Ansible has no fragments for them, so copies have to agree


def flat(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All return values, those inside of others included, by path."""
    for name, value in values.items():
        yield f"{path}{name}", value
        yield from flat(value.get("contains", {}), f"{path}{name}.")


def returned_by(kind: Kind, shape: str) -> dict[str, dict[str, Any]]:
    """What a module returns, by path. The value that is named for the kind is called ``mapping`` here."""
    own = f"{kind.name}s" if shape == "_info" else kind.name
    values = documented_returns(f"{kind.name}{shape}")
    return dict(flat({"mapping" if name == own else name: value for name, value in values.items()}))


# Where kinds without accounts have less to say: nothing can be replaced.
ABOUT_REPLACING = {
    "summary.replaced",
    "replaced",
    "failed_mappings.operation",
    "failed_mappings.before",
    "failed_mappings.created",
}
SHAPES = ("", "s", "_info")


def assert_agree(pages_of_values: Iterable[dict[str, dict[str, Any]]], parts: tuple[str, ...], without=()) -> None:
    """Values at the same path are described in the same words, but for the names of modules."""
    known: dict[str, list[Any]] = {}
    for values in pages_of_values:
        for path, value in values.items():
            if path not in without:
                said = [re.sub(r"M\([\w.]+\)", "M()", json.dumps(value.get(part))) for part in parts]
                assert known.setdefault(path, said) == said, path


@pytest.mark.parametrize("shape", SHAPES)
def test_modules_of_one_shape_describe_what_they_return_in_the_same_words(shape):
    parts = ("description", "returned", "type", "elements")
    assert_agree((returned_by(kind, shape) for kind in KINDS), parts, ABOUT_REPLACING)
    for has_account in (True, False):
        alike = [kind for kind in KINDS if kind.has_account is has_account]
        assert_agree((returned_by(kind, shape) for kind in alike), parts)


@pytest.mark.parametrize("option", ["arn_pattern", "claim_matchers"])
def test_modules_with_one_matcher_have_the_same_samples(option):
    alike = [kind for kind in KINDS if kind.matcher.option == option]
    for shape in SHAPES:
        texts = {"failed_mappings.msg", "lost_mapping", "lost_mappings"}
        assert_agree((returned_by(kind, shape) for kind in alike), ("sample",), ABOUT_REPLACING | texts)


def test_all_modules_describe_errors_in_the_same_words():
    single = [name for name in MODULES if not name.endswith("mappings")]
    for name in single:
        for value in ("http_status", "errors"):
            said, other = documented_returns(name)[value], documented_returns(single[0])[value]
            assert [said[part] for part in ("description", "returned")] == [
                other[part] for part in ("description", "returned")
            ]


@pytest.mark.parametrize("name", MODULES)
def test_each_return_value_has_a_sample(name):
    values = dict(flat(documented_returns(name)))
    assert not [path for path, value in values.items() if not {"sample", "contains"} & set(value)]


# ---- Versions


def test_the_version_is_the_same_everywhere():
    from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._version import VERSION

    assert load("galaxy.yml")["version"] == VERSION
    released = list(load("changelogs/changelog.yaml")["releases"])
    if VERSION.endswith("-dev"):
        assert VERSION.removesuffix("-dev") not in released
    else:
        assert VERSION in released
    files = re.findall(r"datadog_community-cloud_auth-(.+?)\.tar\.gz", (ROOT / "README.md").read_text())
    assert files == [VERSION.removesuffix("-dev")]


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_since_when_they_are_there(name):
    added = tuple(map(int, pages()[name]["doc"]["version_added"].split(".")))
    assert added <= tuple(map(int, load("galaxy.yml")["version"].removesuffix("-dev").split(".")))


def test_the_supported_ansible_cores_are_the_same_everywhere():
    line = re.search(r"^- ansible-core (.*)$", README, re.MULTILINE)
    assert re.findall(r"2\.\d+", line[1]) == CORES
    tested = README.replace("\n", " ").partition("The collection is tested with ")[2].partition("modules on")[0]
    assert tested.startswith(f"ansible-core {CORES[0]} to {CORES[-1]}")
    assert re.findall(r"release candidate of ([\d.]+)", tested) == CANDIDATES
    assert load("meta/runtime.yml")["requires_ansible"] == f">={CORES[0]}.0"
    # CI asks for the list.
    workflow = load(".github/workflows/ci.yml")["jobs"]
    assert any("tests/tools/cores.py" in step.get("run", "") for step in workflow["cores"]["steps"])
    assert workflow["ansible-test"]["strategy"]["matrix"]["core"] == "${{ fromJSON(needs.cores.outputs.list) }}"


def oldest_botocore() -> str:
    """The oldest botocore that unit tests are run with."""
    (oldest,) = re.findall(r"^botocore==([\d.]+) ; python", read("requirements/ansible_test/units.in"), re.MULTILINE)
    return oldest


def test_the_oldest_botocore_is_the_same_everywhere():
    oldest = oldest_botocore()
    needed = f"botocore>={oldest}"
    assert f"also needs `botocore` {oldest} or newer" in " ".join(README.split())
    assert f'pip install "{needed}"' in read("docs/docsite/rst/without_keys.rst")
    # ansible-builder installs it from there: without it, no job logs in as an AWS identity.
    assert needed in read("requirements.txt").splitlines()
    assert re.search(rf"^botocore=={re.escape(oldest)} ;", read("tests/unit/requirements.txt"), re.MULTILINE)


def test_the_oldest_python_and_requests_are_the_same_everywhere():
    pythons = sorted({python for core in ALL_CORES for python in core["modules"]}, key=lambda text: int(text[2:]))
    assert load("tests/config.yml")["modules"]["python_requires"] == f">={pythons[0]}"
    assert f"modules on Python {pythons[0]} to {pythons[-1]}" in README.replace("\n", " ")
    (requests,) = (line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("requests"))
    oldest = requests.removeprefix("requests>=")
    botocore = oldest_botocore()
    pinned = read("requirements/oldest.in").splitlines()
    assert {f"requests=={oldest}", f"botocore=={botocore}", f"ansible-core=={CORES[0]}.*"} <= {*pinned}
    assert f"This needs Python {pythons[0]} with venv." in read("Makefile")
    assert all(
        pages()[name]["doc"]["requirements"]
        == [
            f"python >= {pythons[0]}",
            f"requests >= {oldest}",
            f"botocore >= {botocore} (only with O(cloud_provider_type))",
        ]
        for name in MODULES
    )
    assert f"- Python {pythons[0]} or newer where the modules run, with `requests` {oldest} or newer" in README


# ---- Pages


def test_the_readme_has_the_sections_that_automation_hub_and_the_ansible_community_ask_for():
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == [
        "Description",
        "Requirements",
        "Installation",
        "Use Cases",
        "Testing",
        "Contributing",
        "Communication",
        "Support",
        "Release Notes and Roadmap",
        "Related Information",
        "License",
    ]


PLUGINS = {"module": MODULES, **{kind: plugins_of(kind) for kind in ("filter", "lookup", "test")}}


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


def test_the_table_of_environment_variables_is_that_of_the_code():
    page = (ROOT / "docs/docsite/rst/environment_variables.rst").read_text()
    rows = re.findall(r"^   \* - ``(\w+)``\n     - ``(\w+)``, ``(\w+)``$", page, re.MULTILINE)
    assert {option: tuple(variables) for option, *variables in rows} == VARIABLES


def test_the_page_of_environment_variables_has_all():
    page = (ROOT / "docs/docsite/rst/environment_variables.rst").read_text()
    described = re.findall(r"^(?:\.\. envvar:: |            )(\w+)$", page, re.MULTILINE)
    assert sorted(described) == load("docs/docsite/config.yml")["envvar_directives"]
    mentioned = re.findall(r"E\((\w+)\)", json.dumps(pages()))
    assert mentioned
    assert set(mentioned) <= set(described)


def test_the_map_of_the_code_has_all_modules():
    modules = {path.name for path in (ROOT / "plugins/module_utils").rglob("*.py")}
    the_map = CONTRIBUTING.partition("## A map of the code")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+\.py)`", the_map)) == modules


def test_all_guides_are_in_the_table_of_contents():
    listed = [page for section in load("docs/docsite/extra-docs.yml")["sections"] for page in section["toctree"]]
    assert sorted(listed) == [path.stem for path in GUIDES]
    assert all(f"{readme.WEBSITE}docsite/{name}.html" in README for name in listed)


def test_readme_leads_somewhere_wherever_it_is_shown():
    files = [str(path) for path in stage.sources()]
    targets = readme.links(README)
    assert len(targets) > 20
    assert readme.dead(targets, files) == []
    assert readme.dead(
        {"docs/images/mapping.svg", f"{readme.FILES}docs/none.md", readme.WEBSITE + "none.html"}, files
    ) == [
        "docs/images/mapping.svg",
        f"{readme.WEBSITE}none.html",
        f"{readme.FILES}docs/none.md",
    ]


def test_the_website_is_named_as_the_documentation():
    assert load("galaxy.yml")["documentation"] == readme.WEBSITE


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
    assert all(label.startswith((f"{COLLECTION}.docsite.", "plugin", "communication_for_")) for label in labels)
    references = {match for text in texts for match in re.findall(r":ref:`(?:[^`<]*<)?([^`>]+)>?`", text)}
    assert references <= labels


def test_pictures_of_guides_are_where_the_guides_say():
    """By relative paths, which work where the repository is read as well as on the website."""
    named = [
        (page.parent / path).resolve()
        for page in GUIDES
        for path in re.findall(r"^ *\.\. (?:image|figure):: (.*)$", page.read_text(), re.MULTILINE)
    ]
    assert set(named) == set((ROOT / "docs/images").iterdir())


def test_guides_name_what_they_refer_to_in_words():
    """A plain renderer shows a reference as it is written: a title, and not a label alone."""
    for page in (*GUIDES, FRONT_PAGE):
        bare = re.findall(r":ref:`[^`<]+`", page.read_text())
        assert bare == [], page.name


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
