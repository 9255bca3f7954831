# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where requests go: a Datadog site, as users write it, or a whole URL becomes the base URL of the API.

Both are checked, for the credentials are sent there.
"""

from __future__ import annotations

from string import ascii_lowercase, digits

from .._errors import InvalidOption, without_user

# Sites are subdomains of these (API reference). New ones appear every year, so the subdomain is not checked.
DOMAINS = ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")

# Those that are known (API reference).
SITES = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)

LABEL = frozenset(ascii_lowercase + digits + "-")


def base_url_of_site(site: str) -> str:
    """The API's base URL for ``site``, for example ``https://api.datadoghq.eu`` for ``https://app.datadoghq.eu/``.

    :raises InvalidOption: the site is not Datadog's, or more than a site.
    """
    host = site.strip().lower().removeprefix("https://").removesuffix("/")
    bare = host[4:] if host.startswith(("app.", "api.")) else host
    if not bare.endswith(tuple(f".{domain}" for domain in DOMAINS)) and bare not in DOMAINS:
        raise _no_site(site)
    if not all(map(_is_label, bare.split("."))):
        raise _no_site(site)
    return f"https://api.{bare}"


def advice_on(base_url: str) -> str:
    """What to do if nobody knows the host of ``base_url``: sentences for a site that is not known either."""
    site = base_url.removeprefix("https://api.")
    if site in SITES or not site.endswith(tuple(f".{domain}" for domain in DOMAINS)):
        return ""
    domain = next(domain for domain in DOMAINS if site.endswith(domain))
    return (
        f"{site} is none of the known sites: {', '.join(SITES)}. A subdomain of an organization's own is no site; what "
        f"such organizations need is often {domain}."
    )


def clean_base_url(api_url: str) -> str:
    """``api_url`` without a trailing slash, when credentials may be sent there.

    :raises InvalidOption: not an https URL (http only to a loopback address), or one with a user, a query, a fragment,
        or a path of the API itself.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(api_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidOption("api_url", "the URL can't be read: its host or port is malformed") from None
    if "@" in parts.netloc:
        raise InvalidOption(
            "api_url", "the URL must not contain a user or a password; keys go into api_key and app_key"
        )
    if not (api_url.isascii() and api_url.isprintable()) or " " in api_url or "\\" in api_url:
        raise InvalidOption("api_url", "the URL contains a character that is not allowed in a URL; percent-encode it")
    if parts.query or parts.fragment or api_url.endswith(("?", "#")):
        raise InvalidOption("api_url", "the URL must end before any ? or #; paths of the API are added to it")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidOption(
            "api_url", f"'{without_user(api_url)}' is not a complete URL such as https://api.datadoghq.eu"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidOption(
            "api_url",
            f"http:// would send the keys unencrypted over the network to {host}; write https:// "
            "(http:// is accepted only for loopback addresses)",
        )
    base = parts.scheme + api_url[len(parts.scheme) :].rstrip("/")
    if base.endswith(("/api", "/api/v1", "/api/v2")):
        raise InvalidOption(
            "api_url", f"'{api_url}' ends in a path of the API, which is added to it; leave out /api/..."
        )
    return base


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address) is this machine itself, without asking a name server."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_label(text: str) -> bool:
    """Whether ``text`` can stand between two dots of a host's name."""
    return text.strip("-") == text != "" and LABEL.issuperset(text)


def _no_site(site: str) -> InvalidOption:
    return InvalidOption(
        "site",
        f"'{without_user(site)}' is not a Datadog site. Use a host name such as datadoghq.eu or us5.datadoghq.com; for "
        "a gateway or the sandbox use api_url",
    )
