# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in for others: a token from the options and the environment that the modules have, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleValidationError, UnsupportedError

from .._clock import Clock
from .._errors import InvalidOption, Refused
from .._http.client import REQUESTS_IMPORT_ERROR, Client
from .._http.token_exchange import Token, token_of
from .connection import CONNECTION_OPTIONS, connection_of
from .login import is_exchange
from .settings import Settings
from .values import misfits, stripped

if TYPE_CHECKING:
    from .._http.token_exchange import TokenExchange

Spec = dict[str, dict[str, Any]]


class Login(NamedTuple):
    """A login, and the options that are not about it."""

    token: Token
    params: Mapping[str, Any]


def log_in(options: Mapping[str, Any], others: Spec) -> Login:
    """Log in as the AWS identity, or by the OIDC token, of where this runs.

    :param options: as a user has written them. What is blank counts as not given.
    :param others: the argument spec of options that are not about the connection.
    :raises CloudAuthError: an option can't be used, or Datadog gave no token.
    """
    if REQUESTS_IMPORT_ERROR:
        raise Refused(f"The Python library requests can't be loaded ({REQUESTS_IMPORT_ERROR}). Install it.")
    spec: Spec = {**CONNECTION_OPTIONS, **others}
    values = {name: stripped(value, spec.get(name, {})) for name, value in options.items()}
    values = {name: value for name, value in values.items() if value is not None and value != ""}
    aliases = {alias: name for name, option in spec.items() for alias in option.get("aliases", ())}
    for name, value in values.items():
        for misfit in misfits(name, value, spec.get(aliases.get(name, name), {"type": "raw"})):
            raise InvalidOption(*misfit)
    checked = ArgumentSpecValidator(spec).validate(values)
    if checked.error_messages:
        raise Refused(" ".join(map(_told, checked.errors.errors)))
    params = checked.validated_parameters
    settings = Settings(params, frozenset(aliases.get(name, name) for name in values))
    if not is_exchange(settings):
        raise InvalidOption(
            "cloud_provider_type and oidc_token_file",
            "neither is given, and only an AWS identity or an OIDC token can be exchanged for a token. Keys and other "
            "tokens can't. Set cloud_provider_type: aws with org_uuid, or oidc_token_file",
        )
    connection = connection_of(settings)
    return Login(token_of(Client(connection, Clock()), cast("TokenExchange", connection.credentials)), params)


def _told(error: AnsibleValidationError) -> str:
    unsupported = "Unsupported options: " if isinstance(error, UnsupportedError) else ""
    return f"{unsupported}{error.msg.rstrip('.')}."
