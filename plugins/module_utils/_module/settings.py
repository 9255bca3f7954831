# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says of how to reach Datadog, and what the environment says in its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._errors import InvalidOption

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
LONGEST_TIMEOUT = 3600


class Settings:
    """The connection options of a task, and what the environment has in their place.

    :param params: the options, with defaults.
    :param given: the names of the options that the task itself gives, not blank.
    """

    def __init__(self, params: Mapping[str, Any], given: frozenset[str]) -> None:
        self.params = params
        self.given = given
        self._environment = {option: _first_set(names) for option, names in VARIABLES.items()}

    def value(self, option: str) -> str:
        """The value of the task or else of the environment, without whitespace around it."""
        value = self.params[option] if option in self.given else self.variable(option)[1]
        return str(value or "").strip()

    def flag(self, option: str) -> bool | None:
        """What the task says, or None if it says nothing."""
        return self.params[option] if option in self.given else None

    @property
    def timeout(self) -> int:
        """Seconds to wait for whatever has to answer.

        :raises InvalidOption: out of bounds.
        """
        return within(1, LONGEST_TIMEOUT, self.params, "timeout")

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
