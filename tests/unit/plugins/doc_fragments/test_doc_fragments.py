# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation fragments: each is valid, and those that are put together hold what they are put together from."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
import yaml

from ansible_collections.datadog_community.cloud_auth.plugins import doc_fragments
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._module.options import options_of_set
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kinds import (
    AWS_INTAKE,
    AWS_PERSONA,
    GITHUB_INTAKE,
    GITHUB_PERSONA,
)

FRAGMENTS = {
    f"{file.name}.{variable}": yaml.safe_load(text)
    for file in pkgutil.iter_modules(doc_fragments.__path__)
    for module in [importlib.import_module(f"{doc_fragments.__name__}.{file.name}")]
    for variable, text in vars(module.ModuleDocFragment).items()
    if variable.isupper()
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments_hold_what_ansible_joins(name):
    assert "options" in FRAGMENTS[name]  # Ansible refuses a fragment without it.
    assert set(FRAGMENTS[name]) <= {"attributes", "notes", "options", "requirements", "seealso"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("matcher.PERSONA_ARN_SET", AWS_PERSONA),
        ("matcher.ARN_SET", AWS_INTAKE),
        ("matcher.PERSONA_CLAIMS_SET", GITHUB_PERSONA),
        ("matcher.CLAIMS_SET", GITHUB_INTAKE),
    ],
)
def test_entries_hold_the_options_of_their_kind(name, kind):
    documented = FRAGMENTS[name]["options"]["mappings"]["suboptions"]
    accepted = options_of_set(kind)["mappings"]["options"]
    assert documented.keys() == accepted.keys()
    assert documented.get("claim_matchers", {}).get("suboptions", {}).keys() == (
        accepted.get("claim_matchers", {}).get("options", {}).keys()
    )
