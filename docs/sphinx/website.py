# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Sphinx extension: short headings, messages with anchors that the search finds, links to Ansible and to edit."""

import json
import re
from pathlib import Path

from docutils import nodes

NAME = "datadog_community.cloud_auth"
# antsibull's heading of a plugin's page.
PLUGIN_HEADING = re.compile(rf"^{re.escape(NAME)}\.(\w+) \w+ -- (.*)\n\++$", re.MULTILINE)
# An anchor is made of this many words of a message: enough to tell messages apart, and short enough for a link.
WORDS_OF_AN_ANCHOR = 8
EDIT = "https://github.com/datadog-community/cloud_auth/edit/main/"
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
# Labels of Ansible's own documentation. Its inventory would have to be read from the network.
OF_ANSIBLE = {
    "common_return_values": "reference_appendices/common_return_values.html",
}
# The same for the pages of other collections' plugins.
PLUGIN_OF_ANSIBLE = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)_(\w+)")


def shorten_headings(app, docname, source):  # noqa: ARG001 -- Sphinx's arguments
    """Head a plugin's page with its short name, which the side bar shows as well."""

    def heading(found):
        name, description = found.groups()
        return f"{name}\n{'+' * len(name)}\n\n{description}."

    for capitals in (NAME.title(), NAME.title().replace("_", r"\_")):  # antsibull's way to write the name
        source[0] = source[0].replace(capitals, NAME)
    source[0] = PLUGIN_HEADING.sub(heading, source[0])
    if source[0].rstrip().endswith("is empty."):  # before the first release, and so without a heading
        source[0] += "\n\nChangelog\n=========\n\nThere is no release yet.\n"


def anchor_entries(app, doctree):
    """Give each entry of a definition list an anchor, and remember it for the search.

    So people find a message, and can send each other a link to it.
    """
    docname = app.env.docname
    taken = set(doctree.ids)
    entries = []
    for item in doctree.findall(nodes.definition_list_item):
        term, text = item[0], " ".join(child.astext() for child in item[1:])
        message = term.astext()
        words = re.findall(r"[a-z0-9_]+", message.lower())[:WORDS_OF_AN_ANCHOR]
        anchor = base = "-".join(words)
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        term["ids"].append(anchor)
        term.append(nodes.reference("", "¶", refid=anchor, classes=["headerlink"], reftitle="Link to this entry"))
        entries.append(
            {"page": f"{docname}.html", "anchor": anchor, "message": message, "text": " ".join(text.split())}
        )
    if docname.startswith("docsite/"):
        remembered(app)[docname] = entries


def remembered(app):
    """Return the entries of each guide."""
    if not hasattr(app.env, "cloud_auth_entries"):
        app.env.cloud_auth_entries = {}
    return app.env.cloud_auth_entries


def write_entries(app, exception):
    """Write what search.js searches."""
    if exception is None:
        entries = [entry for _guide, found in sorted(remembered(app).items()) for entry in found]
        (Path(app.outdir) / "_static/entries.js").write_text(f"window.ENTRIES = {json.dumps(entries)};\n")


def link_to_ansible(app, env, node, contnode):  # noqa: ARG001 -- Sphinx's arguments
    """Resolve a reference to Ansible's own documentation."""
    target = node.get("reftarget", "")
    page = OF_ANSIBLE.get(target)
    if page is None and (found := PLUGIN_OF_ANSIBLE.fullmatch(target)):
        namespace, name, plugin, kind = found.groups()
        page = f"collections/{namespace}/{name}/{plugin}_{kind}.html"
    return nodes.reference("", "", contnode, refuri=ANSIBLE + page, internal=False) if page else None


def link_to_edit(app, pagename, templatename, context, doctree):  # noqa: ARG001 -- Sphinx's arguments
    """Let a guide and the front page lead to their sources; antsibull does that for the pages of plugins."""
    folder, _slash, name = pagename.rpartition("/")
    source = {"docsite": f"docs/docsite/rst/{name}.rst", "": "docs/sphinx/pages/index.rst" if name == "index" else ""}
    if source.get(folder):
        context["meta"] = {"github_url": EDIT + source[folder], **(context.get("meta") or {})}


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", shorten_headings)
    app.connect("doctree-read", anchor_entries)
    app.connect("missing-reference", link_to_ansible)
    app.connect("html-page-context", link_to_edit)
    app.connect("build-finished", write_entries)
