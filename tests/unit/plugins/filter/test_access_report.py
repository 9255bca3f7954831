# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: what it finds, what it shows, and that nothing that comes from Datadog becomes markup."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.datadog_community.cloud_auth.plugins.filter.access_report import FilterModule, access_report

ROLE = "arn:aws:sts::123456789012:assumed-role/deploy"
CI = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"
PETER = "11111111-a0ae-11ed-88af-be56a8628f07"
FORMATS = ("markdown", "html")
# Letters that mean something in HTML, Markdown, tables or Mermaid; one that turns the direction; and a line break.
EVIL = (
    '</code><script>x()</script>\n`` | **b** [a](https://evil.example) ]") www.evil.example --> @all #1 _i_ \u202e ```'
)


def persona(pattern, uuid=CI, email="ci@corp.example", name="CI"):
    """A persona mapping, as the info module returns it with the names of accounts."""
    return {
        "id": "1",
        "arn_pattern": pattern,
        "account_identifier": uuid,
        "account_uuid": uuid,
        "account_email": email,
        "account_name": name,
    }


def github(**claims):
    return {"id": "2", "claim_matchers": claims, "account_identifier": CI, "account_uuid": CI}


def account(uuid=CI, **facts):
    known = {"uuid": uuid, "email": "ci@corp.example", "name": "CI", "service_account": True, "disabled": False}
    return {**known, "roles": [{"id": "r1", "name": "Deployer"}], **facts}


def page(page_format="markdown", **content):
    return access_report({"title": "Report", "organization": "org", "written": "today", **content}, page_format)


def findings(**content):
    """The rows of the findings, each as its title, its subject and its text."""
    part = page(**content).partition("## Findings")[2].partition("##")[0]
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in part.splitlines() if line.startswith("|")]
    return [tuple(unescape(cell).strip("`") for cell in row) for row in rows[2:]]


class Page(HTMLParser):
    """What a browser makes of a page: its tags, its text, and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "style")]

    def handle_data(self, data):
        self.text += data


# ---- Findings


@pytest.mark.parametrize(
    ("content", "title", "words"),
    [
        ({"persona_mappings": [persona("arn:aws:iam::123456789012:role/x/deploy")]}, "Matches no caller", f"{ROLE}/*?"),
        ({"intake_mappings": [{"arn_pattern": ROLE}]}, "May match no caller", "no session"),
        ({"persona_mappings": [persona(ROLE + "/*", PETER, None, None)]}, "Account missing", "1 mapping leads to it"),
        (
            {
                "persona_mappings": [persona(ROLE + "/*", PETER), persona(ROLE + "2/*", PETER)],
                "accounts": [account(PETER, disabled=True)],
            },
            "Account disabled",
            "2 mappings lead to it",
        ),
        (
            {"github_persona_mappings": [github(sub="repo:corp/app:ref:refs/heads/main", ref="main")]},
            "May let others in",
            "claim_matchers.ref: 'main' is not anchored",
        ),
        (
            {"terraform_persona_mappings": [{"id": "3", "sub_pattern": "organization:*:project:x"}]},
            "May let others in",
            "every organization of HCP Terraform",
        ),
        (
            {"oidc_persona_mappings": [{"id": "4", "identity_pattern": "*"}]},
            "May let others in",
            "every identity of its provider",
        ),
        (
            {"oidc_persona_mappings": [{"id": "4", "claim_matchers": [{"claim": "sub", "values": ["*"]}]}]},
            "May let others in",
            "every token of its provider",
        ),
        (
            {"persona_mappings": [persona(ROLE + "/one"), persona(ROLE + "/*", PETER, "peter@corp.example")]},
            "Two mappings for one caller",
            "/one (acts as ci@corp.example) and ",
        ),
        (
            {"persona_mappings": [persona(ROLE + "/*")], "intake_mappings": [{"arn_pattern": ROLE + "/*"}]},
            "Two mappings for one caller",
            "(sends telemetry)",
        ),
        (
            {"github_persona_mappings": [github(sub="repo:corp/a:x"), github(sub="^repo:corp/a:x$", ref="^y$")]},
            "Two mappings for one caller",
            "ref: ^y$",
        ),
    ],
)
def test_findings(content, title, words):
    assert [finding for finding in findings(**content) if finding[0] == title and words in finding[2]]


def test_what_is_well_is_no_finding():
    assert not findings(
        persona_mappings=[persona(ROLE + "/*"), persona(ROLE + "2/one")],
        intake_mappings=[{"id": "5", "arn_pattern": "arn:aws:iam::123456789012:user/agent"}],
        terraform_persona_mappings=[{"sub_pattern": "organization:corp:project:*:workspace:*:run_phase:*"}],
        oidc_persona_mappings=[
            {"id": "6", "identity_pattern": "project:corp/*"},
            {"claim_matchers": [{"claim": "sub", "values": ["*"]}, {"claim": "ns", "values": ["corp"]}]},
        ],
        accounts=[account()],
    )
    assert "None." in page()
    assert "None." in page("html")


# ---- The page


@pytest.mark.parametrize("page_format", FORMATS)
def test_each_account_is_shown_with_its_state_its_roles_and_who_leads_to_it(page_format):
    text = page(
        page_format,
        persona_mappings=[persona(ROLE + "/*"), persona(ROLE + "2/*", PETER, "peter@corp.example", "Peter")],
        oidc_persona_mappings=[
            {"provider_id": "p", "claim_matchers": [{"claim": "ns", "values": ["a", "b"], "mode": "glob"}]}
        ],
        oidc_providers=[
            {"id": "p", "provider_name": "gitlab", "issuer_url": "https://gitlab.example", "required_claims": None}
        ],
        github_intake_mappings=[{"claim_matchers": {"sub": "repo:corp/app:x"}}],
        persona_mapping_without_pattern=[],
        accounts=[account(), account(PETER, email="peter@corp.example", service_account=False, roles=[])],
        unreadable=[{"what": "Others", "why": "Datadog answered 403."}],
    )
    shown = Page(text).text if page_format == "html" else unescape(text)
    for words in (
        ROLE + "/*",
        CI,
        "ci@corp.example",
        "Deployer",
        "active",
        "Person",
        "none",
        "OIDC provider gitlab",
        "ns like a or b",
        "https://gitlab.example",
        "Who sends telemetry",
        "sub: repo:corp/app:x",
        "Others",
        "Datadog answered 403.",
    ):
        assert words in shown


@pytest.mark.parametrize("page_format", FORMATS)
def test_what_is_not_known_of_an_account_is_said_to_be_so(page_format):
    mapping = {"id": "7", "arn_pattern": ROLE + "/*", "account_identifier": "omar@corp.example"}
    shown = unescape(page(page_format, persona_mappings=[mapping, {"id": "8", "arn_pattern": None}]))
    assert "omar@corp.example" in shown
    assert "not known" in shown
    assert "not readable, with the ID 8" in shown


@pytest.mark.parametrize(
    ("page_format", "words"),
    [
        ("markdown", ["25 findings</summary>", "16 more accounts are in the tables only.", "and 19 more"]),
        ("html", ["5 more findings</summary>", "6 more accounts are in the tables only.", "and 17 more"]),
    ],
)
def test_long_lists_are_folded_and_drawn_in_part(page_format, words):
    uuids = [f"00000000-0000-0000-0000-{number:012}" for number in range(45)]
    many = [persona(f"{ROLE}-{number}/*", email="zoe@corp.example") for number in range(25)]
    others = [persona(f"{ROLE}-of-{uuid}/*", uuid, f"{uuid}@corp.example") for uuid in uuids]
    wrong = [{"arn_pattern": f"arn:aws:iam::123456789012:role/r{number}"} for number in range(25)]
    text = page(page_format, persona_mappings=many + others, intake_mappings=wrong)
    for text_shown in (*words, "25 mappings</summary>", *(f"{ROLE}-{number}/*" for number in range(25))):
        assert text_shown in text


def evil_page(page_format):
    return page(
        page_format,
        title=EVIL,
        organization=EVIL,
        persona_mappings=[persona(EVIL, email=EVIL, name=EVIL)],
        github_persona_mappings=[github(sub=EVIL)],
        terraform_persona_mappings=[{"sub_pattern": EVIL, "account_uuid": EVIL, "account_email": EVIL}],
        intake_mappings=[{"arn_pattern": EVIL}],
        oidc_providers=[{"id": "p", "provider_name": EVIL, "issuer_url": EVIL, "required_claims": [{"claim": EVIL}]}],
        accounts=[account(name=EVIL, email=EVIL, roles=[{"name": EVIL}])],
        unreadable=[{"what": EVIL, "why": EVIL}],
    )


def test_nothing_that_comes_from_datadog_becomes_html():
    read = Page(evil_page("html"))
    assert not {"script", "b", "a", "img", "link", "iframe"} & set(read.tags)
    assert read.links == []
    assert "<script>x()</script> `` | **b**" in read.text
    assert "\u202e" not in read.text


def test_nothing_that_comes_from_datadog_becomes_markdown():
    head, _fence, rest = evil_page("markdown").partition("```mermaid\n")
    text = head + rest.partition("\n```\n")[2]
    without_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert len(without_code) < len(text)
    for markup in ("<script", "**b**", "](", "www.", "://", "@all", "#1 ", "_i_", "`", "-->"):
        assert markup not in without_code
    # A pipe in a cell would begin another one.
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 4}


def test_nothing_that_comes_from_datadog_becomes_a_part_of_the_diagram():
    diagram = evil_page("markdown").partition("```mermaid\n")[2].partition("\n```")[0]
    for line in diagram.splitlines()[1:]:
        assert re.fullmatch(r'  \w+(\(\[|\[)"[^"<>`\[\]()|]*"(\]\)|\])( --> \w+)?', line), line


# ---- The filter


@pytest.mark.parametrize(
    ("arguments", "words"), [(([],), "takes a dictionary"), (({}, "pdf"), "makes markdown or html, not 'pdf'")]
)
def test_wrong_arguments_are_told(arguments, words):
    with pytest.raises(AnsibleFilterError, match=words):
        FilterModule().filters()["access_report"](*arguments)
