# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every module has: where Datadog is, and how to log in. What the task says takes precedence over the
environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._errors import InvalidOption
from .._http.call import Connection
from .login import credentials_of
from .sites import advice_on, base_url_of_site, clean_base_url

# An argument spec, as AnsibleModule takes it.
Spec = dict[str, dict[str, Any]]

DEFAULT_SITE = "datadoghq.com"

CONNECTION_OPTIONS: Spec = {
    "api_key": {"type": "str", "no_log": True},
    "app_key": {"type": "str", "no_log": True, "aliases": ["application_key"]},
    "bearer_token": {"type": "str", "no_log": True},
    "cloud_provider_type": {"type": "str", "choices": ["aws"]},
    "oidc_token": {"type": "str", "no_log": True},
    "oidc_token_file": {"type": "path", "no_log": False},
    "oidc_custom_provider": {"type": "bool"},
    "org_uuid": {"type": "str"},
    "cloud_provider_region": {"type": "str"},
    "aws_profile": {"type": "str"},
    "site": {"type": "str", "default": DEFAULT_SITE},
    "api_url": {"type": "str", "aliases": ["api_host"]},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 5},
}
# The environment variables of options, in the order in which they count: the first that is set and not blank. The table
# in docs/docsite/rst/environment_variables.rst shows the same.
VARIABLES = {
    "api_key": ("DD_API_KEY", "DATADOG_API_KEY"),
    "app_key": ("DD_APP_KEY", "DATADOG_APP_KEY"),
    "bearer_token": ("DD_BEARER_TOKEN", "DATADOG_BEARER_TOKEN"),
    "cloud_provider_type": ("DD_CLOUD_PROVIDER_TYPE", "DATADOG_CLOUD_PROVIDER_TYPE"),
    "oidc_token": ("DD_OIDC_TOKEN", "DATADOG_OIDC_TOKEN"),
    "oidc_token_file": ("DD_OIDC_TOKEN_FILE", "DATADOG_OIDC_TOKEN_FILE"),
    "org_uuid": ("DD_ORG_UUID", "DATADOG_ORG_UUID"),
    "site": ("DD_SITE", "DATADOG_SITE"),
    "api_url": ("DD_HOST", "DATADOG_HOST"),
}
SECRETS = tuple(name for name, option in CONNECTION_OPTIONS.items() if option.get("no_log"))
LONGEST_TIMEOUT = 3600
MOST_RETRIES = 100


class Settings:
    """The connection options of a task, and what the environment has in their place.

    :param params: the options, with defaults.
    :param given: the names of the options that the task itself gives, not blank.
    """

    def __init__(self, params: Mapping[str, Any], given: frozenset[str]) -> None:
        self._params = params
        self.given = given
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
            credentials_of(self),
            set_by=set_by,
            verify=(ca_path or True) if self._params["validate_certs"] else False,
            timeout=self.timeout,
            retries=within(0, MOST_RETRIES, self._params, "retries"),
            site_advice=advice_on(base_url),
        )

    def secrets(self) -> list[str]:
        """What Ansible must hide besides the options that it knows to be secret: the environment's secrets, and a
        password in a URL, which is refused later."""
        values = [self.variable(option)[1] for option in SECRETS]
        for option in ("site", "api_url"):
            value = self.value(option)
            values.append(value.rpartition("@")[0].rpartition("/")[2] if "@" in value else "")
        return [value.strip() for value in values if value.strip()]

    def _where(self) -> tuple[str, str]:
        """The base URL, and what has set it."""
        if "api_url" in self.given:
            return clean_base_url(self._params["api_url"]), "api_url"
        if "site" in self.given:
            return base_url_of_site(self._params["site"]), "site"
        for option, check in (("api_url", clean_base_url), ("site", base_url_of_site)):
            variable, value = self.variable(option)
            if value:
                return check(value.strip()), variable
        return base_url_of_site(DEFAULT_SITE), "the default of site"

    def value(self, option: str) -> str:
        """The value of the task or else of the environment, without whitespace around it."""
        value = self._params[option] if option in self.given else self.variable(option)[1]
        return str(value or "").strip()

    def flag(self, option: str) -> bool | None:
        """What the task says, or None if it says nothing."""
        return self._params[option] if option in self.given else None

    @property
    def timeout(self) -> int:
        """Seconds to wait for whatever has to answer.

        :raises InvalidOption: out of bounds.
        """
        return within(1, LONGEST_TIMEOUT, self._params, "timeout")

    def variable(self, option: str) -> tuple[str, str]:
        """The variable that stands for an option in the environment, and its value; two empty texts if none does."""
        return self._environment.get(option, ("", ""))

    def variables_of(self, option: str) -> str:
        """The variables that can stand for an option, for a message."""
        return " or ".join(VARIABLES[option])


def within(least: int, most: int, params: Mapping[str, Any], option: str) -> int:
    """The value of a number that has bounds.

    :raises InvalidOption: it lies outside.
    """
    value: int = params[option]
    if not least <= value <= most:
        raise InvalidOption(option, f"{value} is not between {least} and {most}")
    return value


def _first_set(variables: tuple[str, ...]) -> tuple[str, str]:
    """The first variable that is set and counts, and its value; two empty texts if none does."""
    for variable in variables:
        value = os.environ.get(variable, "").strip()
        # Ansible exports a null in ``environment:`` as the text None.
        if value not in ("", "None") and (variable != "DD_HOST" or _is_url(value)):
            return variable, value
    return "", ""


def _is_url(text: str) -> bool:
    """Whether ``text`` is meant as a URL. Datadog's tracers know DD_HOST as the name of a host."""
    return text.lower().startswith(("https://", "http://"))
