# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every module has: where Datadog is, and how to log in. What the task says takes precedence over the
environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._errors import InvalidOption
from .._http.call import Connection
from .._http.credentials import BearerToken, Credentials, Keys
from .sites import base_url_of_site, clean_base_url

if TYPE_CHECKING:
    Spec = dict[str, dict[str, Any]]

DEFAULT_SITE = "datadoghq.com"

CONNECTION_OPTIONS: Spec = {
    "api_key": {"type": "str", "no_log": True},
    "app_key": {"type": "str", "no_log": True, "aliases": ["application_key"]},
    "bearer_token": {"type": "str", "no_log": True},
    "cloud_provider_type": {"type": "str", "choices": ["aws"]},
    "org_uuid": {"type": "str"},
    "cloud_provider_region": {"type": "str"},
    "aws_profile": {"type": "str"},
    "site": {"type": "str", "default": DEFAULT_SITE},
    "api_url": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 5},
}
# The environment variables of options, in the order in which they count: the first that is set and not blank.
VARIABLES = {
    "api_key": ("DD_API_KEY", "DATADOG_API_KEY"),
    "app_key": ("DD_APP_KEY", "DATADOG_APP_KEY"),
    "bearer_token": ("DD_BEARER_TOKEN", "DATADOG_BEARER_TOKEN"),
    "cloud_provider_type": ("DD_CLOUD_PROVIDER_TYPE", "DATADOG_CLOUD_PROVIDER_TYPE"),
    "org_uuid": ("DD_ORG_UUID", "DATADOG_ORG_UUID"),
    "site": ("DD_SITE",),
    "api_url": ("DATADOG_HOST",),
}
SECRETS = ("api_key", "app_key", "bearer_token")
# The ways to log in, and the options that choose each; in this order the environment is searched for them.
WAYS = {
    "cloud identity": ("cloud_provider_type",),
    "token": ("bearer_token",),
    "keys": ("api_key", "app_key"),
}
LONGEST_TIMEOUT = 3600
MOST_RETRIES = 100


class Settings:
    """The connection options of a task, and what the environment has in their place.

    :param params: the options, with defaults.
    :param given: the names of the options that the task itself gives, not blank.
    """

    def __init__(self, params: Mapping[str, Any], given: frozenset[str]) -> None:
        self._params = params
        self._given = given
        self._environment = {option: _first_set(names) for option, names in VARIABLES.items()}

    def connection(self) -> Connection:
        """Where and how to reach Datadog.

        :raises InvalidOption: the options don't lead there.
        """
        ca_path = self._params["ca_path"]
        if ca_path and not os.path.exists(ca_path):
            raise InvalidOption("ca_path", f"there is no file or folder {ca_path}")
        base_url, set_by = self._where()
        return Connection(
            base_url,
            self._credentials(),
            set_by,
            (ca_path or True) if self._params["validate_certs"] else False,
            within(1, LONGEST_TIMEOUT, self._params, "timeout"),
            within(0, MOST_RETRIES, self._params, "retries"),
        )

    def secrets(self) -> list[str]:
        """What Ansible must hide besides the options that it knows to be secret: the environment's secrets, and a
        password in a URL, which is refused later."""
        values = [self._environment[option][1] for option in SECRETS]
        for option in ("site", "api_url"):
            value = self._value(option)
            values.append(value.rpartition("@")[0].rpartition("/")[2] if "@" in value else "")
        return [value.strip() for value in values if value.strip()]

    def _where(self) -> tuple[str, str]:
        """The base URL, and what has set it."""
        if "api_url" in self._given:
            return clean_base_url(self._params["api_url"]), "api_url"
        if "site" in self._given:
            return base_url_of_site(self._params["site"]), "site"
        for option, check in (("api_url", clean_base_url), ("site", base_url_of_site)):
            variable, value = self._environment[option]
            if value:
                return check(value.strip()), variable
        return base_url_of_site(DEFAULT_SITE), "the default of site"

    def _credentials(self) -> Credentials:
        way = self._way()
        if way == "cloud identity":
            return self._cloud_identity()
        for option in ("org_uuid", "cloud_provider_region", "aws_profile"):
            if option in self._given:  # What it names may be another organization than that of the keys.
                raise InvalidOption(
                    option,
                    f"it is only for logging in with a cloud identity, but this task would use the {way}. "
                    "Set cloud_provider_type: aws",
                )
        if way == "token":
            return BearerToken(self._secret("bearer_token"))
        missing = [option for option in WAYS["keys"] if not self._value(option)]
        if missing:
            raise InvalidOption(" and ".join(missing), f"no key is given. {_ways_to_log_in()}")
        return Keys(self._secret("api_key"), self._secret("app_key"))

    def _way(self) -> str:
        """How to log in: as the task says, or else as the environment says.

        :raises InvalidOption: the task says two ways.
        """
        said = [way for way, options in WAYS.items() if self._given.intersection(options)]
        if len(said) > 1:
            options = [option for way in said for option in WAYS[way] if option in self._given]
            raise InvalidOption(
                " and ".join(options),
                "these are different ways to log in, and a request can use only one. Choose one",
            )
        found = [way for way, options in WAYS.items() if any(self._environment[option][1] for option in options)]
        return (said or found or ["keys"])[0]

    def _cloud_identity(self) -> Credentials:
        from .._http.aws_identity import AwsIdentity

        provider = self._value("cloud_provider_type").lower()
        if provider != "aws":
            raise InvalidOption("cloud_provider_type", f"'{provider}' is not supported; aws is the only cloud provider")
        org_uuid = self._value("org_uuid")
        if not org_uuid:
            raise InvalidOption(
                "org_uuid",
                "logging in by a cloud identity needs the UUID of the organization. Set org_uuid (or the variable "
                f"{_any_of('org_uuid')}); the module current_user_info, run with keys or a token, shows it",
            )
        return AwsIdentity(org_uuid, self._params["cloud_provider_region"], self._params["aws_profile"])

    def _secret(self, option: str) -> str:
        """A key or a token, fit for a header.

        :raises InvalidOption: it can't be one.
        """
        secret = self._value(option)
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise InvalidOption(
                option, "it contains a character that no key or token has, such as a space or a line break"
            )
        return secret

    def _value(self, option: str) -> str:
        """The value of the task or else of the environment, without whitespace around it."""
        value = self._params[option] if option in self._given else self._environment[option][1]
        return str(value or "").strip()


def within(least: int, most: int, params: Mapping[str, Any], option: str) -> int:
    """The value of a number that has bounds.

    :raises InvalidOption: it lies outside.
    """
    value: int = params[option]
    if not least <= value <= most:
        raise InvalidOption(option, f"{value} is not between {least} and {most}")
    return value


def _first_set(variables: tuple[str, ...]) -> tuple[str, str]:
    """The first variable that is set and not blank, and its value; two empty texts if none is."""
    for variable in variables:
        value = os.environ.get(variable, "")
        if value.strip():
            return variable, value
    return "", ""


def _any_of(option: str) -> str:
    return " or ".join(VARIABLES[option])


def _ways_to_log_in() -> str:
    return (
        "There are three ways to log in: api_key and app_key (or the variables "
        f"{_any_of('api_key')}, and {_any_of('app_key')}); bearer_token (or {_any_of('bearer_token')}); or "
        f"cloud_provider_type: aws with org_uuid (or {_any_of('cloud_provider_type')}, and {_any_of('org_uuid')}). "
        "Create keys in Datadog under Organization Settings, API Keys and Application Keys"
    )
