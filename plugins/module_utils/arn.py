# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ARN patterns and caller ARNs: which pattern can match a caller, which does, and what was probably meant.

A pattern is matched against the ARN that ``aws sts get-caller-identity`` prints, which has one of three shapes
(API reference)::

    arn:aws:sts::<12 digits>:assumed-role/<role name>/<session name>
    arn:aws:sts::<12 digits>:federated-user/<name>
    arn:aws:iam::<12 digits>:user/[path/...]<user name>

One ``*`` may stand for the whole last segment, after a specific resource.
"""

from __future__ import annotations

from string import ascii_letters, digits
from typing import NamedTuple

# The service that issues each type of resource.
SERVICES = {"assumed-role": "sts", "federated-user": "sts", "user": "iam"}

# The API reference's characters of a name; IAM itself also allows "+", "=" and ",".
NAME = frozenset(ascii_letters + digits + "_.@-")
PATH_SEGMENT = NAME | {":"}


class ImpossibleArn(ValueError):
    """A pattern that no caller can match, or a caller ARN that AWS never prints.

    :ivar reason: why, as the end of a sentence.
    :ivar suggestion: the ARN that was probably meant, or None.
    """

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        self.reason = reason
        self.suggestion = suggestion
        super().__init__(f"{reason}. Did you mean {suggestion}?" if suggestion else f"{reason}.")


class Arn(NamedTuple):
    """The parts of an ARN; ``segments`` is the resource split at its slashes."""

    partition: str
    service: str
    region: str
    account: str
    segments: list[str]

    def __str__(self) -> str:
        resource = "/".join(self.segments)
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{resource}"


def check_pattern(pattern: str) -> list[str]:
    """Check that a caller can match ``pattern``.

    :returns: warnings on rules that Datadog may relax (each a sentence); usually none.
    :raises ImpossibleArn: no caller can match the pattern.
    """
    arn = _parse(pattern)
    _check_resource_type(arn)
    _check_fields(arn)
    _check_segments(arn)
    _check_wildcard(arn)
    return _warnings(arn)


def check_caller(caller_arn: str) -> None:
    """Check that ``caller_arn`` is an ARN of a caller, as ``aws sts get-caller-identity`` prints it.

    :raises ImpossibleArn: it is none: not an ARN, the ARN of a role, or a pattern.
    """
    arn = _parse(caller_arn)
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


def aws_account_of(pattern: str) -> str | None:
    """The 12-digit id of the AWS account that ``pattern`` is in, or None where it has none."""
    fields = pattern.split(":", 5)
    return fields[4] if len(fields) == 6 and is_account_id(fields[4]) else None


def is_account_id(text: str) -> bool:
    """Whether ``text`` is the id of an AWS account: 12 digits."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def _impossible(reason: str, meant: Arn | None = None) -> ImpossibleArn:
    """The error with a suggestion that itself passes the check, if ``meant`` leads to one."""
    if meant is None:
        return ImpossibleArn(reason)
    try:
        check_pattern(str(meant))
    except ImpossibleArn as second:
        return ImpossibleArn(reason, second.suggestion)
    return ImpossibleArn(reason, str(meant))


def _parse(text: str) -> Arn:
    if " " in text or not text.isprintable():
        raise ImpossibleArn("no ARN contains white space or control characters")
    fields = text.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        raise ImpossibleArn("it is not an ARN, which looks like arn:aws:sts::123456789012:assumed-role/my-role/*")
    return Arn(fields[1], fields[2], fields[3], fields[4], fields[5].split("/"))


def _check_resource_type(arn: Arn) -> None:
    kind = arn.segments[0]
    if kind == "role":
        raise _impossible(
            "it is the ARN of an IAM role, but a caller that has assumed the role shows an assumed-role ARN",
            _assumed_role(arn, arn.segments[1:]),
        )
    if kind not in SERVICES:
        raise _impossible(f"callers are of the types assumed-role, federated-user and user, not '{kind}'")
    if arn.service != SERVICES[kind]:
        raise _impossible(
            f"the ARN of a caller of the type {kind} has the service {SERVICES[kind]}, not '{arn.service}'",
            arn._replace(service=SERVICES[kind]),
        )


def _assumed_role(arn: Arn, names: list[str]) -> Arn | None:
    """The pattern for every session of the role that ``names`` (path and name) ends with: the path is dropped."""
    specific = [name for name in names if name and "*" not in name]
    if not specific:
        return None
    return arn._replace(service="sts", region="", segments=["assumed-role", specific[-1], "*"])


def _check_fields(arn: Arn) -> None:
    if arn.partition != "aws" and not arn.partition.startswith("aws-"):
        raise _impossible(f"'{arn.partition}' is not an AWS partition")
    if arn.region:
        raise _impossible(f"the ARN of a caller has no region, here '{arn.region}'", arn._replace(region=""))
    if not is_account_id(arn.account):
        raise _impossible(f"an AWS account id has 12 digits, not '{arn.account}'")


def _check_segments(arn: Arn) -> None:
    kind, names = arn.segments[0], arn.segments[1:]
    if not names or names == [""]:
        raise _impossible(f"no name follows '{kind}'")
    if kind == "assumed-role" and len(names) == 2 and names[1] == "":
        raise _impossible("the session after the role is empty", _assumed_role(arn, names))
    if "" in names:
        raise _impossible("a segment between two slashes is empty")
    if kind == "assumed-role" and len(names) > 2:
        raise _impossible(
            "assumed-role is followed by the role's name, without its path, and one session",
            arn._replace(segments=[kind, *names[-2:]]),
        )
    if kind == "federated-user" and len(names) > 1:
        raise _impossible("federated-user is followed by exactly one name")


def _check_wildcard(arn: Arn) -> None:
    kind, names = arn.segments[0], arn.segments[1:]
    if any("*" in name for name in names[:-1]):
        raise _impossible("the wildcard * may only be the last segment")
    if "*" in names[-1] and names[-1] != "*":
        raise _impossible("the wildcard * must be a whole segment, not a part of one")
    if names == ["*"]:
        raise _impossible(f"the wildcard * may not follow '{kind}' directly, only a specific resource")


def _warnings(arn: Arn) -> list[str]:
    kind, names = arn.segments[0], arn.segments[1:]
    found = []
    if arn.partition != "aws":
        found.append(f"Datadog supports the partition aws today, not {arn.partition}.")
    if kind == "assumed-role" and len(names) == 1:
        session = str(arn._replace(segments=[*arn.segments, "*"]))
        found.append(f"It has no session, so it matches no caller today; {session} matches every session.")
    for position, name in enumerate(names, 1):
        allowed = PATH_SEGMENT if kind == "user" and position < len(names) else NAME
        if name != "*" and not allowed.issuperset(name):
            found.append(f"Datadog's names consist of letters, digits and _ . @ - today, unlike '{name}'.")
    return found
