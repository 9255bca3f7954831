# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where requests go: a Datadog site, as users write it, becomes the base URL of its API."""

from __future__ import annotations

from string import ascii_lowercase, digits

from .._errors import InvalidOption, without_user

# Sites are subdomains of these (API reference). New ones appear every year, so the subdomain is not checked.
DOMAINS = ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")

LABEL = frozenset(ascii_lowercase + digits + "-")


def base_url_of_site(site: str) -> str:
    """The API's base URL for ``site``, for example ``https://api.datadoghq.eu`` for ``https://app.datadoghq.eu``.

    :raises InvalidOption: the site is not Datadog's, or more than a site; the keys would go there.
    """
    host = site.lower().removeprefix("https://")
    bare = host[4:] if host.startswith(("app.", "api.")) else host
    if not bare.endswith(tuple(f".{domain}" for domain in DOMAINS)) and bare not in DOMAINS:
        raise _no_site(site)
    if not all(map(_is_label, bare.split("."))):
        raise _no_site(site)
    return f"https://api.{bare}"


def _is_label(text: str) -> bool:
    """Whether ``text`` can stand between two dots of a host's name."""
    return text.strip("-") == text != "" and LABEL.issuperset(text)


def _no_site(site: str) -> InvalidOption:
    return InvalidOption(
        "site",
        f"'{without_user(site)}' is not a Datadog site: it is the bare name of a host under "
        f"{', '.join(DOMAINS[:-1])} or {DOMAINS[-1]}, for example datadoghq.eu or us5.datadoghq.com. "
        "For a proxy or a sandbox give api_url",
    )
