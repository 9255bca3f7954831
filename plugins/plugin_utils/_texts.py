# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that templates hand to filters, tests and lookups."""

from __future__ import annotations

from jinja2 import Undefined


def as_text(value: object) -> str | None:
    """``value`` as a text, or None if it is none. Before ansible-core 2.19, a vaulted text is no str, and an undefined
    variable reaches filters.

    :raises UndefinedError: it is an undefined variable; the message names it.
    """
    if isinstance(value, Undefined) or getattr(value, "__ENCRYPTED__", False):
        return str(value)
    return value if isinstance(value, str) else None


def plain(value: object) -> object:
    """``value``, or its text if it is a vaulted one."""
    text = as_text(value)
    return value if text is None else text
