# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an ARN pattern, and what was probably meant."""

from __future__ import annotations

from typing import NamedTuple

from .arn import NAME, USUAL, ImpossibleArn, is_account_id

# The service that issues each type of resource.
SERVICES = {resource_type: service for resource_type, (service, _names) in USUAL.items()}

PATH_SEGMENT = NAME | {":"}

# Of patterns that may well describe callers.
NOT_ACCEPTED = "is not accepted by Datadog"


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


def diagnose(pattern: str) -> list[str]:
    """Check that a caller can match ``pattern``.

    :returns: warnings on rules that Datadog may relax (each a sentence).
    :raises ImpossibleArn: no caller can match the pattern.
    """
    arn = parse(pattern)
    _check_resource_type(arn)
    _check_fields(arn)
    _check_segments(arn)
    _check_wildcard(arn)
    return _warnings(arn)


def parse(text: str) -> Arn:
    """The parts of ``text``.

    :raises ImpossibleArn: it is no ARN.
    """
    if " " in text or not text.isprintable():
        raise ImpossibleArn("no ARN contains whitespace or control characters")
    fields = text.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        raise ImpossibleArn("it is not an ARN, which looks like arn:aws:sts::123456789012:assumed-role/my-role/*")
    return Arn(fields[1], fields[2], fields[3], fields[4], fields[5].split("/"))


def _impossible(reason: str, meant: Arn | None = None) -> ImpossibleArn:
    """The error with a suggestion that itself passes the check, if ``meant`` leads to one."""
    if meant is None:
        return ImpossibleArn(reason)
    try:
        diagnose(str(meant))
    except ImpossibleArn as second:
        return ImpossibleArn(reason, second.suggestion)
    return ImpossibleArn(reason, str(meant))


def _check_resource_type(arn: Arn) -> None:
    resource_type = arn.segments[0]
    if resource_type == "role":
        raise _impossible(
            "it is the ARN of an IAM role, but a caller that has assumed the role has an assumed-role ARN",
            _assumed_role(arn, arn.segments[1:]),
        )
    if (arn.service, arn.segments) == ("iam", ["root"]):
        raise ImpossibleArn(
            "it is the root user of an AWS account, for which Datadog documents no pattern. Map a role or a user",
            verdict=NOT_ACCEPTED,
        )
    if resource_type not in SERVICES:
        raise _impossible(f"a caller is an assumed-role, a federated-user or a user, not '{resource_type}'")
    if arn.service != SERVICES[resource_type]:
        raise _impossible(
            f"the ARN of a caller of type {resource_type} has the service {SERVICES[resource_type]}, not "
            f"'{arn.service}'",
            arn._replace(service=SERVICES[resource_type]),
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
        raise _impossible(f"an AWS account ID has 12 digits, not '{arn.account}'")


def _check_segments(arn: Arn) -> None:
    resource_type, names = arn.segments[0], arn.segments[1:]
    if not names or names == [""]:
        raise _impossible(f"no name follows '{resource_type}'")
    if resource_type == "assumed-role" and len(names) == 2 and names[1] == "":
        raise _impossible("the session after the role is empty", _assumed_role(arn, names))
    if "" in names:
        raise _impossible("a segment between two slashes is empty")
    if resource_type == "assumed-role" and len(names) > 2:
        raise _impossible(
            "assumed-role is followed by the role's name, without its path, and one session",
            arn._replace(segments=[resource_type, *names[-2:]]),
        )
    if resource_type == "federated-user" and len(names) > 1:
        raise _impossible("federated-user is followed by exactly one name")


_WITH_A_NAME = {
    "assumed-role": "assumed-role/ROLE/*",
    "federated-user": "federated-user/NAME",
    "user": "user/PATH/*",
}


def _check_wildcard(arn: Arn) -> None:
    resource_type, names = arn.segments[0], arn.segments[1:]
    if any("*" in name for name in names[:-1]):
        raise _no_wildcard("the wildcard * may only be the last segment")
    if "*" in names[-1] and names[-1] != "*":
        raise _no_wildcard("the wildcard * must be a whole segment, not a part of one")
    if names == ["*"]:
        example = _WITH_A_NAME[resource_type]
        raise _no_wildcard(
            f"the wildcard * would match every {resource_type} of the AWS account: write a name before it, as in "
            f"{example}"
        )


def _no_wildcard(reason: str) -> ImpossibleArn:
    return ImpossibleArn(reason, verdict=NOT_ACCEPTED)


def _warnings(arn: Arn) -> list[str]:
    resource_type, names = arn.segments[0], arn.segments[1:]
    found = []
    if arn.partition != "aws":
        found.append(f"Datadog supports only the partition aws today, not {arn.partition}.")
    if resource_type == "assumed-role" and len(names) == 1:
        session = str(arn._replace(segments=[*arn.segments, "*"]))
        found.append(f"It has no session, so it matches no caller today; {session} matches every session.")
    for position, name in enumerate(names, 1):
        allowed = PATH_SEGMENT if resource_type == "user" and position < len(names) else NAME
        if name != "*" and not allowed.issuperset(name):
            found.append(f"Datadog documents only letters, digits and _ . @ - in names, unlike '{name}'.")
    return found
