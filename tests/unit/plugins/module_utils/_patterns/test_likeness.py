# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was probably meant by a pattern or by claim matchers that nobody has mapped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.claims import claim_matchers
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.likeness import (
    forms_of_mapped,
    forms_of_said,
)

ROLE = "arn:aws:sts::123456789012:assumed-role/web/*"
SESSION = "arn:aws:sts::123456789012:assumed-role/web/nightly"


def alike(said, mapped):
    if isinstance(said, dict):
        said, mapped = claim_matchers(said), claim_matchers(mapped)
    return bool(forms_of_said(said) & forms_of_mapped(mapped))


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        ("arn:aws:iam::123456789012:role/web", ROLE),
        ("arn:aws:iam::123456789012:role/team/sub/web", ROLE),
        ("arn:aws:iam::123456789012:role/web", SESSION),
        ("ARN:AWS:IAM::123456789012:ROLE/Web", ROLE),
        ("arn:aws:sts::123456789012:role/web", ROLE),
        ("arn:aws:sts::123456789012:assumed-role/web", ROLE),
        ("arn:aws:sts::123456789012:assumed-role/web/", ROLE),
        ("arn:aws:sts::123456789012:assumed-role/team/web/*", ROLE),
        ("arn:aws:iam::123456789012:assumed-role/web/*", ROLE),
        ("arn:aws:sts::123456789012:assumed-role/WEB/*", ROLE),
        (ROLE, "arn:aws:sts::123456789012:assumed-role/web"),
        ("arn:aws:iam::123456789012:user/Jane", "arn:aws:iam::123456789012:user/jane"),
        ("arn:aws:iam::123456789012:user/team", "arn:aws:iam::123456789012:user/team/*"),
        ({"sub": "repo:corp/x:.*"}, {"sub": "^repo:corp/x:.*$"}),
        ({"sub": "^repo:corp/x:.*$"}, {"sub": "repo:Corp/X:.*"}),
        ({"sub": "repo:corp/x"}, {"sub": "repo:corp/x", "ref": "^main$"}),
        ({"sub": "repo:corp/x", "ref": "main"}, {"sub": "repo:corp/x", "ref": "^main$"}),
    ],
)
def test_what_was_probably_meant(said, mapped):
    assert alike(said, mapped)


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        ("arn:aws:iam::123456789012:role/web", "arn:aws:sts::123456789012:assumed-role/web-2/*"),
        ("arn:aws:iam::123456789012:role/web", "arn:aws:sts::210987654321:assumed-role/web/*"),
        (ROLE, SESSION),
        (SESSION, ROLE),
        (SESSION, "arn:aws:sts::123456789012:assumed-role/web/daily"),
        ("arn:aws:iam::123456789012:user/web", ROLE),
        ("any text", ROLE),
        ("arn:aws:iam::123456789012:role/", ROLE),
        ("*", ""),
        ({"sub": "repo:corp/x"}, {"sub": "repo:corp/y"}),
    ],
)
def test_what_was_probably_not_meant(said, mapped):
    assert not alike(said, mapped)


@given(st.text(), st.text())
def test_any_text_has_forms(said, mapped):
    assert all(form for form in forms_of_said(said) | forms_of_mapped(mapped))
