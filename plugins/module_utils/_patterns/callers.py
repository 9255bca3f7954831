# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS callers: their ARNs, which pattern matches one, and which pattern the callers of a role have."""

from __future__ import annotations

from .arn import ImpossibleArn

NO_ROLE = "it is not the ARN of an IAM role, which looks like arn:aws:iam::123456789012:role/my-role"


def check_caller(caller_arn: str) -> None:
    """Check that ``caller_arn`` is an ARN of a caller, as ``aws sts get-caller-identity`` prints it.

    :raises ImpossibleArn: it is none: not an ARN, the ARN of a role, or a pattern.
    """
    from .diagnosis import parse

    arn = parse(caller_arn)
    if arn.segments[0] == "role":
        raise ImpossibleArn(
            "it is the ARN of an IAM role; a caller that has assumed it is arn:"
            f"{arn.partition}:sts::{arn.account}:assumed-role/{arn.segments[-1]}/<session name>"
        )
    if "*" in caller_arn:
        raise ImpossibleArn("a caller's ARN has no wildcard")


def matches(pattern: str, caller_arn: str) -> bool:
    """Whether ``pattern`` matches ``caller_arn``. ``*`` stands for one whole segment; upper and lower case differ."""
    if not pattern.endswith("/*"):
        return pattern == caller_arn
    stem = pattern[:-1]
    rest = caller_arn[len(stem) :]
    return caller_arn.startswith(stem) and rest != "" and "/" not in rest


def pattern_of_role(role_arn: str, session: str = "*") -> str:
    """The pattern of the callers that have assumed the IAM role with this ARN. Callers don't show the path of a role.

    :param session: the name of the only session to match, or ``*`` for all.
    :raises ImpossibleArn: there can be no such role, or no such session.
    """
    from .diagnosis import diagnose, parse

    if not role_arn.startswith("arn:"):
        raise ImpossibleArn(NO_ROLE)
    arn = parse(role_arn)
    if (arn.service, arn.segments[0]) != ("iam", "role") or len(arn.segments) < 2 or "*" in role_arn:
        raise ImpossibleArn(NO_ROLE)
    if session != "*" and not _is_name(session):
        raise ImpossibleArn(
            f"'{session}' is not the name of a session: write one name, without a slash or whitespace, or * for all "
            "sessions"
        )
    pattern = str(arn._replace(service="sts", segments=["assumed-role", arn.segments[-1], session]))
    diagnose(pattern)
    return pattern


def _is_name(text: str) -> bool:
    return text.isprintable() and text != "" and not set("*/ ").intersection(text)
