# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ARN patterns: whether an AWS caller can match one.

A pattern is matched against the ARN that ``aws sts get-caller-identity`` prints, which has one of three shapes
(API reference)::

    arn:aws:sts::<12 digits>:assumed-role/<role name>/<session name>
    arn:aws:sts::<12 digits>:federated-user/<name>
    arn:aws:iam::<12 digits>:user/[path/...]<user name>

One ``*`` may stand for the whole last segment, after a specific resource.
"""

from __future__ import annotations

from string import ascii_letters, digits

# The types of callers: the service that issues each, and how many names usually follow.
USUAL = {"assumed-role": ("sts", 2), "federated-user": ("sts", 1), "user": ("iam", 1)}

# The API reference's characters of a name; IAM itself also allows "+", "=" and ",".
NAME = frozenset(ascii_letters + digits + "_.@-")


class ImpossibleArn(ValueError):
    """A pattern that no caller can match, or a caller ARN that AWS never prints.

    :ivar suggestion: the ARN that was probably meant, or None.
    :ivar verdict: what becomes of the pattern, to follow it in a sentence.
    """

    def __init__(self, reason: str, suggestion: str | None = None, *, verdict: str = "can match no AWS caller") -> None:
        self.suggestion = suggestion
        self.verdict = verdict
        super().__init__(f"{reason}. Did you mean {suggestion}?" if suggestion else f"{reason}.")


def is_usual(pattern: str) -> bool:
    """Whether ``pattern`` is of the plain kind about which there is nothing to say. Others may be as good."""
    fields = pattern.split(":")
    if len(fields) != 6 or fields[:2] != ["arn", "aws"] or fields[3] or not is_account_id(fields[4]):
        return False
    resource_type, *names = fields[5].split("/")
    if (fields[2], len(names)) != USUAL.get(resource_type):
        return False
    specific = names[:1] if names[1:] == ["*"] else names
    return all(name and NAME.issuperset(name) for name in specific)


def aws_account_of(pattern: str) -> str | None:
    """The 12-digit ID of the AWS account that ``pattern`` is in, or None where it has none."""
    fields = pattern.split(":", 5)
    return fields[4] if len(fields) == 6 and is_account_id(fields[4]) else None


def is_account_id(text: str) -> bool:
    """Whether ``text`` is the ID of an AWS account: 12 digits."""
    return len(text) == 12 and text.isascii() and text.isdigit()
