# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter role_arn_to_pattern: which pattern a role has, and what is refused."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from jinja2 import StrictUndefined, UndefinedError

from ansible_collections.datadog_community.cloud_auth.plugins.filter.role_arn_to_pattern import FilterModule
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.callers import matches
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._patterns.diagnosis import diagnose

ROLE = "arn:aws:iam::123456789012:role/"
CALLER = "arn:aws:sts::123456789012:assumed-role/"

to_pattern = FilterModule().filters()["role_arn_to_pattern"]


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ([f"{ROLE}deploy"], f"{CALLER}deploy/*"),
        ([f"{ROLE}team/platform/deploy"], f"{CALLER}deploy/*"),
        ([f"{ROLE}deploy", "nightly"], f"{CALLER}deploy/nightly"),
        ([f"{ROLE}a+b=c,d"], f"{CALLER}a+b=c,d/*"),
        ([f"{ROLE}aws-reserved/sso.amazonaws.com/Admin_0123"], f"{CALLER}Admin_0123/*"),
        (["arn:aws-us-gov:iam::123456789012:role/x"], "arn:aws-us-gov:sts::123456789012:assumed-role/x/*"),
    ],
)
def test_the_pattern_is_that_of_the_callers(arguments, pattern):
    assert to_pattern(*arguments) == pattern
    diagnose(pattern)  # It is not refused as one that can match no caller.
    assert matches(pattern, pattern.replace("*", "i-0123"))


@pytest.mark.parametrize(
    ("role_arn", "words"),
    [
        ("deploy", "it is not the ARN of an IAM role, which looks like arn:aws:iam::123456789012:role/my-role"),
        (f"{CALLER}deploy/*", "it is not the ARN of an IAM role"),
        ("arn:aws:iam::123456789012:user/jane", "it is not the ARN of an IAM role"),
        ("arn:aws:sts::123456789012:role/deploy", "it is not the ARN of an IAM role"),
        ("arn:aws:iam::123456789012:role", "it is not the ARN of an IAM role"),
        (f"{ROLE}*", "it is not the ARN of an IAM role"),
        (ROLE, "empty"),
        ("arn:aws:iam::12345:role/deploy", "12 digits"),
        ("arn:aws:iam:eu-west-1:123456789012:role/deploy", "region"),
        ("arn:azure:iam::123456789012:role/deploy", "not an AWS partition"),
        (f"{ROLE}deploy\n", "whitespace"),
        ([f"{ROLE}deploy"], "map('datadog_community.cloud_auth.role_arn_to_pattern')"),
        (None, "as text"),
    ],
)
def test_what_is_no_role_is_refused(role_arn, words):
    with pytest.raises(AnsibleFilterError) as caught:
        to_pattern(role_arn)

    assert words in str(caught.value)
    assert "role_arn_to_pattern" in str(caught.value)


class Vaulted:
    """A vaulted text before ansible-core 2.19."""

    __ENCRYPTED__ = True

    def __init__(self, text):
        self.data = text

    def __str__(self):
        return self.data


def test_a_vaulted_text_is_a_text():
    assert to_pattern(Vaulted(f"{ROLE}deploy"), Vaulted("nightly")) == f"{CALLER}deploy/nightly"


def test_an_undefined_variable_is_named():
    """Before ansible-core 2.19; newer ones do so before."""
    for arguments in ([StrictUndefined(name="my_role")], [f"{ROLE}deploy", StrictUndefined(name="my_role")]):
        with pytest.raises(UndefinedError, match="'my_role' is undefined"):
            to_pattern(*arguments)


@pytest.mark.parametrize("session", ["", "a/b", "a*", "**", "a b", "a\n", 7])
def test_what_is_no_session_is_refused(session):
    with pytest.raises(AnsibleFilterError, match="session"):
        to_pattern(f"{ROLE}deploy", session)
