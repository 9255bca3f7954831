# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test matched_by_pattern: what matches, and what is refused."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from jinja2 import StrictUndefined, UndefinedError

from ansible_collections.datadog_community.cloud_auth.plugins.test.matched_by_pattern import TestModule

STS = "arn:aws:sts::123456789012:assumed-role/"

is_matched = TestModule().tests()["matched_by_pattern"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (f"{STS}deploy/*", True),
        (f"{STS}deploy/i-0123", True),
        (f"{STS}deploy/i-01", False),
        (f"{STS}Deploy/*", False),
        (f"{STS}deploy-2/*", False),
        (f"{STS}deploy", False),
        ("arn:aws:iam::123456789012:role/deploy", False),
    ],
)
def test_a_caller_is_matched_or_not(pattern, expected):
    assert is_matched(f"{STS}deploy/i-0123", pattern) is expected


@pytest.mark.parametrize(
    ("caller", "words"),
    [
        ("arn:aws:iam::123456789012:role/deploy", "it is the ARN of an IAM role"),
        (f"{STS}deploy/*", "wildcard"),
        ("deploy", "it is not an ARN"),
        ([], "select('datadog_community.cloud_auth.matched_by_pattern', pattern)"),
    ],
)
def test_what_is_no_caller_is_refused(caller, words):
    with pytest.raises(AnsibleFilterError) as caught:
        is_matched(caller, f"{STS}deploy/*")

    assert words in str(caught.value)
    assert "matched_by_pattern" in str(caught.value)


class Vaulted:
    """A vaulted text before ansible-core 2.19."""

    __ENCRYPTED__ = True

    def __init__(self, text):
        self.data = text

    def __str__(self):
        return self.data


def test_a_vaulted_text_is_a_text():
    caller, pattern = "arn:aws:sts::123456789012:assumed-role/x/s", "arn:aws:sts::123456789012:assumed-role/x/*"

    assert TestModule().tests()["matched_by_pattern"](Vaulted(caller), Vaulted(pattern)) is True


def test_an_undefined_variable_is_named():
    with pytest.raises(UndefinedError, match="'caller' is undefined"):
        TestModule().tests()["matched_by_pattern"](StrictUndefined(name="caller"), "x")


def test_swapped_arguments_are_recognized():
    caller, pattern = "arn:aws:sts::123456789012:assumed-role/x/s", "arn:aws:sts::123456789012:assumed-role/x/*"

    with pytest.raises(
        AnsibleFilterError, match=r"a caller's ARN has no wildcard\. The two look swapped: write caller is "
    ):
        TestModule().tests()["matched_by_pattern"](pattern, caller)
    with pytest.raises(AnsibleFilterError, match=r"a caller's ARN has no wildcard\.$"):
        TestModule().tests()["matched_by_pattern"](pattern, pattern)
