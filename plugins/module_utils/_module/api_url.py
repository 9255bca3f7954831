# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where requests go if not to a site: a whole base URL, checked, for keys are sent there."""

from __future__ import annotations

from .._errors import InvalidOption, without_user


def check_base_url(api_url: str) -> str:
    """``api_url`` without a trailing slash, when keys may be sent there.

    :raises InvalidOption: not an https URL (http only to a loopback address), or one with user, query or fragment.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(api_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidOption("api_url", "the URL can't be read: its host or port is malformed") from None
    if "@" in parts.netloc:
        raise InvalidOption("api_url", "the URL must not hold a user or a password; keys go into api_key and app_key")
    if not (api_url.isascii() and api_url.isprintable()) or " " in api_url or "\\" in api_url:
        raise InvalidOption("api_url", "the URL contains a character that no URL has; write it percent-encoded")
    if parts.query or parts.fragment or api_url.endswith(("?", "#")):
        raise InvalidOption("api_url", "the URL must end before any ? or #; paths of the API are added to it")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidOption("api_url", f"'{without_user(api_url)}' is not a whole URL such as https://api.datadoghq.eu")
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidOption(
            "api_url",
            f"http:// would send the keys in clear over the network to {host}; write https:// "
            "(http:// is for a loopback address only)",
        )
    return parts.scheme + api_url[len(parts.scheme) :].rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address) is this machine itself, without asking a name server."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
