# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the web site of "make docs"."""

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


def name_as_it_is(app, docname, source):  # noqa: ARG001 -- Sphinx's arguments
    """Undo antsibull's capitals in the name of the collection."""
    source[0] = source[0].replace(project.title(), project)


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", name_as_it_is)
