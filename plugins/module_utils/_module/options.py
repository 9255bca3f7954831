# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of tasks on mappings: what they are for each kind, and how they become what is wanted. Nothing has been
sent yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._engine.plan import Purge, Unwanted, Wanted
from .._errors import InvalidOption
from .._patterns.arn import is_account_id
from .._patterns.claims import CLAIMS, REQUIRED, claim_matchers
from .._patterns.invisible import invisible_in
from .._resources.kind import ARN_PATTERN, Key, Kind
from .connection import Spec
from .settings import within
from .values import NAMES

if TYPE_CHECKING:
    from .._engine.query import Query

# The options as AnsibleModule has converted them.
Params = Mapping[str, Any]

STATE: Spec = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
WAIT: Spec = {"wait_timeout": {"type": "int", "default": 60}}
ACCOUNT: Spec = {"account_identifier": {"type": "str"}}
REPLACE: Spec = {"replace": {"type": "bool", "default": True}}
# What the info modules and the results hold besides, so that an entry can be given back as it stands.
IGNORED_OF_ALL: Spec = {"id": {"type": "str"}}
IGNORED_OF_PERSONA: Spec = {
    name: {"type": "str"} for name in ("account_uuid", "account_email", "account_name", "previous_account_identifier")
}
MOST_REMOVALS = 1_000_000


def options_of_one(kind: Kind) -> Spec:
    """The options of the module for one mapping."""
    mapping_id: Spec = {"id": {"type": "str", "aliases": [f"{kind.name}_id"]}}
    account = {**ACCOUNT, **REPLACE} if kind.has_account else {}
    return {**STATE, **_matcher(kind), **mapping_id, **account, **WAIT}


def rules_of_one(kind: Kind) -> dict[str, Any]:
    """Which of them are required when."""
    option = kind.matcher.option
    needed = (option, "account_identifier") if kind.has_account else (option,)
    return {"required_if": [("state", "present", needed), ("state", "absent", (option, "id"), True)]}


def options_of_set(kind: Kind) -> Spec:
    """The options of the module for a set of mappings."""
    key = {kind.matcher.option: {**_matcher(kind)[kind.matcher.option], "required": True}}
    account = {**ACCOUNT, **IGNORED_OF_PERSONA} if kind.has_account else {}
    mappings: Spec = {
        "mappings": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {**key, **account, **IGNORED_OF_ALL},
        }
    }
    by_account: Spec = {"purge_aws_accounts": {"type": "list", "elements": "str"}} if _is_by_arn(kind) else {}
    return {
        **STATE,
        **mappings,
        "purge": {"type": "bool", "default": False},
        **by_account,
        "max_removals": {"type": "int"},
        **(REPLACE if kind.has_account else {}),
        "concurrency": {"type": "int", "default": 8},
        **WAIT,
    }


def options_of_info(kind: Kind) -> Spec:
    """The options of the module that reads mappings."""
    account: Spec = {**ACCOUNT, "resolve_accounts": {"type": "bool", "default": False}} if kind.has_account else {}
    caller: Spec = {"caller_arn": {"type": "str"}} if _is_by_arn(kind) else {"claims": {"type": "dict"}}
    return {"id": {"type": "str"}, **_matcher(kind), **account, **caller}


def wanted_one(kind: Kind, params: Params) -> Wanted:
    """The mapping that a task wants to be present."""
    if params["id"]:
        raise InvalidOption("id", "it is only for state: absent, because Datadog chooses the IDs of new mappings")
    return Wanted(_key_of(kind, params) or "", _account_of(params))


def unwanted_one(kind: Kind, params: Params) -> Unwanted:
    """The mapping that a task wants to be absent."""
    return Unwanted(_key_of(kind, params), _account_of(params), text_of(params, "id"))


def wanted_many(kind: Kind, entries: Sequence[Params]) -> list[Wanted]:
    """The mappings that a task wants to be present."""
    wanted = [Wanted(_key_of_entry(kind, *entry), _account_of(entry[1])) for entry in enumerate(entries, 1)]
    for number, want in enumerate(wanted, 1):
        if kind.has_account and want.account_identifier is None:
            raise InvalidOption("mappings", f"entry {number}, {want.key}, has no account_identifier")
    return wanted


def unwanted_many(kind: Kind, entries: Sequence[Params]) -> list[Unwanted]:
    """The mappings that a task wants to be absent."""
    return [Unwanted(_key_of_entry(kind, *entry), _account_of(entry[1])) for entry in enumerate(entries, 1)]


def query_of(kind: Kind, params: Params) -> Query:
    """Which mappings a task asks for."""
    from .._engine.query import Query  # Tasks that write need not pay for loading what answers questions.

    return Query(
        text_of(params, "id"),
        _key_of(kind, params),
        _account_of(params),
        text_of(params, "caller_arn"),
        _claims_of(params),
    )


def purge_of(params: Params, blank: Collection[str]) -> Purge | None:
    """What a task wants to be purged, or None for nothing.

    :param blank: the options that the task gives, but blank.
    :raises InvalidOption: that may be more, or less, than is meant.
    """
    accounts = params.get("purge_aws_accounts")
    if params["purge"] and "purge_aws_accounts" in blank:
        accounts = []  # What is to be limited must not become everything.
    for account in accounts or ():
        _check_visible("purge_aws_accounts", account)
        if not is_account_id(account):
            raise InvalidOption("purge_aws_accounts", _why_no_account(account))
    if not params["purge"]:
        if accounts is not None:
            raise InvalidOption(
                "purge_aws_accounts", "it limits what purge removes, and purge is false. Set purge: true"
            )
        return None
    if params["state"] == "absent":
        raise InvalidOption("purge", "it is only for state: present; with state: absent, mappings lists what to remove")
    if accounts is not None and not accounts:
        raise InvalidOption(
            "purge_aws_accounts",
            "the list is empty, so purge has nothing to do. Leave it out to purge in all AWS accounts",
        )
    if not params["mappings"] and params["max_removals"] is None:
        raise InvalidOption(
            "mappings",
            "the list is empty, and purge would remove every mapping. If that is intended, limit their number with "
            "max_removals",
        )
    return Purge(None if accounts is None else frozenset(accounts))


def most_removals_of(params: Params, blank: Collection[str]) -> int | None:
    """How many mappings a task may remove or replace, or None for any number.

    :param blank: the options that the task gives, but blank.
    :raises InvalidOption: the number is out of bounds, or missing where one was meant.
    """
    if "max_removals" in blank:
        raise InvalidOption(
            "max_removals", "it is blank, so nothing would limit the removals. Give a number, or leave it out"
        )
    return None if params["max_removals"] is None else within(0, MOST_REMOVALS, params, "max_removals")


def _is_by_arn(kind: Kind) -> bool:
    return kind.matcher is ARN_PATTERN


def _matcher(kind: Kind) -> Spec:
    if _is_by_arn(kind):
        return {"arn_pattern": {"type": "str"}}
    claims: Spec = {claim: {"type": "str"} for claim in CLAIMS}
    claims[REQUIRED]["required"] = True
    return {"claim_matchers": {"type": "dict", "options": claims}}


def _key_of(kind: Kind, params: Params) -> Key | None:
    """What mappings are matched by in ``params``, or None if it is not given.

    :raises InvalidOption: it says nothing that every mapping of the kind has to say.
    """
    if _is_by_arn(kind):
        return text_of(params, kind.matcher.option)
    value = params[kind.matcher.option]
    if value is None:
        return None
    for claim, text in value.items():
        _check_visible("claim_matchers", str(text), f"{claim}: ")
    matchers = claim_matchers(value)
    if REQUIRED not in matchers.as_dict():
        raise InvalidOption("claim_matchers", f"{REQUIRED} is blank, and every mapping needs it")
    return matchers


def _key_of_entry(kind: Kind, number: int, entry: Params) -> Key:
    key = _key_of(kind, entry)
    if key is None:
        raise InvalidOption("mappings", f"entry {number} has an empty {kind.matcher.option}")
    return key


def _account_of(params: Params) -> str | None:
    """The account identifier in ``params``, or None if it is blank or the kind has none.

    :raises InvalidOption: it can't name any account.
    """
    value = text_of(params, "account_identifier")
    if not value:
        return None
    if value.split() != [value]:
        raise InvalidOption("account_identifier", f"{value!r} contains whitespace, which no email, handle or ID does")
    return value


def _claims_of(params: Params) -> dict[str, str] | None:
    """The claims of a job, or None if they are not given.

    :raises InvalidOption: they can't be those of a job.
    """
    if params.get("claims") is None:
        return None
    from .._patterns.jobs import claims_of_job

    for claim in CLAIMS:
        if isinstance(params["claims"].get(claim), (list, dict)):
            raise InvalidOption("claims", f"{claim} is {NAMES[type(params['claims'][claim])]}, not text")
    claims = claims_of_job(params["claims"])
    for claim in CLAIMS:
        _check_visible("claims", claims.get(claim, ""), f"{claim}: ")
    if not claims.get(REQUIRED):
        raise InvalidOption("claims", f"there is no {REQUIRED}, which the token of each job has. Give all claims of it")
    return claims


def text_of(params: Params, option: str) -> str | None:
    """The text of an option, or None if it is not given.

    :raises InvalidOption: nobody can see all of it.
    """
    text: str = params.get(option) or ""
    _check_visible(option, text)
    return text or None


def _check_visible(option: str, text: str, place: str = "") -> None:
    character = invisible_in(text)
    if character:
        raise InvalidOption(
            option,
            f"{place}{text!a} contains a character that can't be seen, {character}. It may have been copied along. "
            "Type the text again",
        )


def _why_no_account(account: str) -> str:
    error = f"'{account}' is not the ID of an AWS account, which has 12 digits"
    if account.isdigit() and len(account) < 12:
        return f"{error}. Write it in quotes: YAML reads a leading 0 as the sign of an octal number, or drops it"
    return error
