# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ARN patterns the API accepts (API reference), written independently of the collection's own check."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ARN = re.compile(r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.*)")
_NAME = r"[A-Za-z0-9_.@-]+"
_SESSION = r"[A-Za-z0-9_.@+=,-]+"
_PATH = r"[A-Za-z0-9_.@:-]+/"

# A role without a session is accepted although it matches no caller (seen: Datadog's own examples had it).
_RESOURCES = {
    "sts": re.compile(rf"assumed-role/{_NAME}(/({_SESSION}|\*))?|federated-user/{_NAME}"),
    "iam": re.compile(rf"user/(({_PATH})*{_NAME}|({_PATH})+\*)"),
}


def why_refused(pattern: str, partitions: Iterable[str]) -> str | None:
    """Why the API refuses ``pattern``; None if it accepts it."""
    arn = _ARN.fullmatch(pattern)
    if arn is None:
        return "it is not an ARN"
    if arn["partition"] not in partitions:
        return f"the partition {arn['partition']!r} is not supported"
    if arn["service"] not in _RESOURCES:
        return "the service must be sts or iam"
    if arn["region"]:
        return "the region must be empty"
    if not re.fullmatch(r"[0-9]{12}", arn["account"]):
        return "the AWS account ID must have 12 digits"
    if not _RESOURCES[arn["service"]].fullmatch(arn["resource"]):
        return "the resource must be assumed-role/ROLE/SESSION, federated-user/NAME or user/NAME, * only at its end"
    return None


def matches(pattern: str, arn: str) -> bool:
    """Whether the caller with this ARN is meant by ``pattern``."""
    return arn.startswith(pattern[:-1]) if pattern.endswith("/*") else arn == pattern


def covers(wide: str, pattern: str) -> bool:
    """Whether every caller that ``pattern`` means is meant by ``wide`` as well."""
    return pattern.startswith(wide[:-1]) if wide.endswith("/*") else pattern == wide


def aws_account_of(pattern: str) -> str:
    """The AWS account ID of a pattern that is accepted."""
    return pattern.split(":")[4]
