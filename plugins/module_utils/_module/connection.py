# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every module has: where Datadog is, and how to log in. What the task says takes precedence over the
environment."""

from __future__ import annotations

import os
from typing import Any

from .._errors import InvalidOption
from .._http.call import Connection
from .login import credentials_of
from .settings import Settings, within
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
SECRETS = tuple(name for name, option in CONNECTION_OPTIONS.items() if option.get("no_log"))
MOST_RETRIES = 100


def connection_of(settings: Settings) -> Connection:
    """Where and how to reach Datadog.

    :raises InvalidOption: the options don't lead there.
    """
    ca_path = settings.params["ca_path"]
    if ca_path and not os.path.exists(ca_path):
        raise InvalidOption("ca_path", f"there is no file or folder {ca_path}")
    base_url, set_by = _where(settings)
    return Connection(
        base_url,
        credentials_of(settings),
        set_by=set_by,
        verify=(ca_path or True) if settings.params["validate_certs"] else False,
        timeout=settings.timeout,
        retries=within(0, MOST_RETRIES, settings.params, "retries"),
        site_advice=advice_on(base_url),
    )


def secrets_of(settings: Settings) -> list[str]:
    """What Ansible must hide besides the options that it knows to be secret: the environment's secrets, and a password
    in a URL, which is refused later."""
    values = [settings.variable(option)[1] for option in SECRETS]
    for option in ("site", "api_url"):
        value = settings.value(option)
        values.append(value.rpartition("@")[0].rpartition("/")[2] if "@" in value else "")
    return [value.strip() for value in values if value.strip()]


def _where(settings: Settings) -> tuple[str, str]:
    """The base URL, and what has set it."""
    if "api_url" in settings.given:
        return clean_base_url(settings.params["api_url"]), "api_url"
    if "site" in settings.given:
        return base_url_of_site(settings.params["site"]), "site"
    for option, check in (("api_url", clean_base_url), ("site", base_url_of_site)):
        variable, value = settings.variable(option)
        if value:
            return check(value.strip()), variable
    return base_url_of_site(DEFAULT_SITE), "the default of site"
