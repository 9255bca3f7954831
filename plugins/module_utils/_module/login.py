# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a task logs in: one way, chosen by what the task says, or else by the environment. Never a second one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import InvalidOption
from .._http.credentials import BearerToken, Credentials, Keys

if TYPE_CHECKING:
    from .settings import Settings

OIDC, CLOUD, TOKEN, KEYS = "OIDC token", "cloud identity", "token", "keys"
# The ways to log in, and the options that choose each; in this order the environment is searched for them.
WAYS = {
    OIDC: ("oidc_token", "oidc_token_file"),
    CLOUD: ("cloud_provider_type",),
    TOKEN: ("bearer_token",),
    KEYS: ("api_key", "app_key"),
}
# They come along from shells, and from files that are read by something else.
QUOTES = "\"'`\u2018\u2019\u201c\u201d"
# Options that mean something for some ways only: which, in words, and what chooses one.
ONLY_FOR = {
    "org_uuid": ((OIDC, CLOUD), "a cloud identity or an OIDC token", "cloud_provider_type: aws, or oidc_token_file"),
    "cloud_provider_region": ((CLOUD,), "a cloud identity", "cloud_provider_type: aws"),
    "aws_profile": ((CLOUD,), "a cloud identity", "cloud_provider_type: aws"),
    "oidc_custom_provider": ((OIDC,), "an OIDC token", "oidc_token_file"),
}


def is_exchange(settings: Settings) -> bool:
    """Whether the way that is chosen exchanges a proof for a token.

    :raises InvalidOption: the task chooses two.
    """
    return _way(settings) in (OIDC, CLOUD)


def credentials_of(settings: Settings) -> Credentials:
    """The credentials of the way that the task, or else the environment, chooses.

    :raises InvalidOption: the task chooses two, or what it takes is missing or can't be used.
    """
    way = _way(settings)
    for option, (ways, title, choice) in ONLY_FOR.items():
        if option in settings.given and way not in ways:  # What it names may be another organization than the keys'.
            raise InvalidOption(
                option, f"it is only for logging in with {title}, but this task would use the {way}. Set {choice}"
            )
    if way == OIDC:
        return _oidc_token(settings)
    if way == CLOUD:
        return _cloud_identity(settings)
    if way == TOKEN:
        return BearerToken(_secret(settings, "bearer_token"), _origin_of_token(settings))
    missing = [option for option in WAYS[KEYS] if not settings.value(option)]
    if len(missing) == 1:
        raise _half_of_a_pair(settings, missing[0])
    if missing:
        raise InvalidOption(" and ".join(missing), f"no key is given. {_ways_to_log_in(settings)}")
    return _keys(_secret(settings, "api_key"), _secret(settings, "app_key"))


def _way(settings: Settings) -> str:
    """How to log in: as the task says, or else as the environment says.

    :raises InvalidOption: the task says two ways, or names two tokens.
    """
    said = [way for way, options in WAYS.items() if settings.given.intersection(options)]
    if len(said) > 1 or settings.given.issuperset(WAYS[OIDC]):
        options = [option for way in said for option in WAYS[way] if option in settings.given]
        raise InvalidOption(
            " and ".join(options),
            "these are different ways to log in, and a request can use only one. Choose one",
        )
    found = [way for way, options in WAYS.items() if any(settings.variable(option)[1] for option in options)]
    return (said or found or [KEYS])[0]


def _oidc_token(settings: Settings) -> Credentials:
    from .._http.oidc_token import OidcToken, TokenSource

    said = [option for option in WAYS[OIDC] if option in settings.given]
    option = (said or [option for option in WAYS[OIDC] if settings.variable(option)[1]])[0]
    given_by = option if said else settings.variable(option)[0]
    field = "text" if option == "oidc_token" else "path"
    source = TokenSource(given_by, **{field: settings.value(option)})
    return OidcToken(source, is_custom=settings.flag("oidc_custom_provider"), org_uuid=_org_uuid(settings) or None)


def _cloud_identity(settings: Settings) -> Credentials:
    from .._http.aws_identity import AwsIdentity

    provider = settings.value("cloud_provider_type").lower()
    if provider != "aws":
        raise InvalidOption("cloud_provider_type", f"'{provider}' is not supported; aws is the only cloud provider")
    org_uuid = _org_uuid(settings)
    if not org_uuid:
        raise InvalidOption(
            "org_uuid",
            "logging in by a cloud identity needs the UUID of the organization. Set org_uuid (or the variable "
            f"{settings.variables_of('org_uuid')}); the module current_user_info, run with keys or a token, shows it",
        )
    region, profile = settings.value("cloud_provider_region"), settings.value("aws_profile")
    return AwsIdentity(org_uuid, region or None, profile or None, settings.timeout)


def _origin_of_token(settings: Settings) -> str:
    """Where the token comes from, if that may surprise; an empty text if the task gives it."""
    if "bearer_token" in settings.given:
        return ""
    variable = settings.variable("bearer_token")[0]
    has_keys = any(settings.value(option) for option in WAYS[KEYS])
    return f"from {variable}, which is used before the keys" if has_keys else f"from {variable}"


def _half_of_a_pair(settings: Settings, missing: str) -> InvalidOption:
    [given] = [option for option in WAYS[KEYS] if option != missing]
    source = "" if given in settings.given else f" (by {settings.variable(given)[0]})"
    return InvalidOption(
        missing,
        f"it is not given, although {given} is{source}. Set it, or the variable {settings.variables_of(missing)} "
        f"{_where_variables_are_read()}",
    )


def _where_variables_are_read() -> str:
    """The module may run elsewhere than ``ansible-playbook``, where people set variables."""
    import socket

    return f"on {socket.gethostname()}, the host where the module runs"


def _keys(api_key: str, app_key: str) -> Keys:
    """The two keys.

    :raises InvalidOption: to judge by their lengths, each is the other.
    """
    if _is_hex(api_key, 40) and _is_hex(app_key, 32):
        raise InvalidOption(
            "api_key and app_key",
            "they look swapped: an API key has 32 hexadecimal digits, and an application key has 40",
        )
    return Keys(api_key, app_key)


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and not text.strip("0123456789abcdefABCDEF")


def _org_uuid(settings: Settings) -> str:
    """The UUID of the organization, or an empty text if it is not given.

    :raises InvalidOption: it is none.
    """
    from uuid import UUID

    org_uuid = settings.value("org_uuid")
    try:
        UUID(org_uuid or "0" * 32)
    except ValueError:
        raise InvalidOption(
            "org_uuid",
            f"'{org_uuid}' is not a UUID, which looks like 12345678-90ab-cdef-1234-567890abcdef. The name of an "
            "organization is not its UUID; the module current_user_info, run with keys or a token, shows the UUID",
        ) from None
    return org_uuid


def _secret(settings: Settings, option: str) -> str:
    """A key or a token, fit for a header.

    :raises InvalidOption: it can't be one.
    """
    secret = settings.value(option)
    if any(quote in secret for quote in QUOTES):
        raise InvalidOption(option, "it contains quotes, which no key or token has. Write it without them")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise InvalidOption(option, "it contains a character that no key or token has, such as a space or a line break")
    return secret


def _ways_to_log_in(settings: Settings) -> str:
    variables_of = settings.variables_of
    return (
        "There are four ways to log in: api_key and app_key (or the variables "
        f"{variables_of('api_key')}, and {variables_of('app_key')}); bearer_token (or {variables_of('bearer_token')}); "
        f"cloud_provider_type: aws with org_uuid (or {variables_of('cloud_provider_type')}, and "
        f"{variables_of('org_uuid')}); or oidc_token_file or oidc_token (or {variables_of('oidc_token_file')}, and "
        f"{variables_of('oidc_token')}). Create keys in Datadog under Organization Settings, API Keys and Application "
        f"Keys. Variables are read {_where_variables_are_read()}"
    )
