# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the website of "make docs"; website.py is what is special about it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = title = html_short_title = "datadog_community.cloud_auth"
copyright = "the datadog_community.cloud_auth contributors"  # noqa: A001 -- Sphinx's name

extensions = ["sphinx_antsibull_ext", "website"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "documentation_home_url": "https://github.com/datadog-community/cloud_auth",
    "topbar_links": {
        "Repository": "https://github.com/datadog-community/cloud_auth",
        "Issues": "https://github.com/datadog-community/cloud_auth/issues",
    },
}
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
