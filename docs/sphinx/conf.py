# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the website of "make docs"."""

import re

from docutils import nodes

project = title = html_short_title = "datadog_community.cloud_auth"
copyright = "the datadog_community.cloud_auth contributors"  # noqa: A001 -- Sphinx's name

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
# References to the documentation of Ansible itself can only be resolved with an inventory from the network.
suppress_warnings = ["ref.ref"]

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "documentation_home_url": "https://github.com/datadog-community/cloud_auth",
    "topbar_links": {
        "Repository": "https://github.com/datadog-community/cloud_auth",
    },
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False

# antsibull's heading of a plugin's page.
PLUGIN_HEADING = re.compile(rf"^{re.escape(project)}\.(\w+) \w+ -- (.*)\n\++$", re.MULTILINE)
# An anchor is made of this many words of a message: enough to tell messages apart, and short enough for a link.
WORDS_OF_AN_ANCHOR = 8


def shorten_headings(app, docname, source):  # noqa: ARG001 -- Sphinx's arguments
    """Head a plugin's page with its short name, which the side bar shows as well."""

    def heading(found):
        name, description = found.groups()
        return f"{name}\n{'+' * len(name)}\n\n{description}."

    for capitals in (project.title(), project.title().replace("_", r"\_")):  # antsibull's way to write the name
        source[0] = source[0].replace(capitals, project)
    source[0] = PLUGIN_HEADING.sub(heading, source[0])
    if source[0].rstrip().endswith("is empty."):  # before the first release, and so without a heading
        source[0] += "\n\nChangelog\n=========\n\nThere is no release yet.\n"


def anchor_entries(app, doctree):  # noqa: ARG001 -- Sphinx's arguments
    """Give each entry of a definition list an anchor, so that people can send each other links to a message."""
    taken = set(doctree.ids)
    for term in doctree.findall(nodes.term):
        words = re.findall(r"[a-z0-9_]+", term.astext().lower())[:WORDS_OF_AN_ANCHOR]
        anchor = base = "-".join(words)
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        term["ids"].append(anchor)
        term.append(nodes.reference("", "¶", refid=anchor, classes=["headerlink"], reftitle="Link to this entry"))


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", shorten_headings)
    app.connect("doctree-read", anchor_entries)
