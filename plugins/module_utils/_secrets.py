# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are registered when they are got, so that nothing that a task returns shows them, whoever repeats them."""

from __future__ import annotations

from typing import Any

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]  # as below
except ImportError:  # ansible-core 2.21 and older
    register_secrets = None

HIDDEN = "********"
# The names in a result are mostly our own, and a key that is a mere word ("test") must not change them.
SHORTEST_IN_NAMES = 8
# All that are known. While a module runs, they are its own no_log values, which an ansible-core before 2.22 hides in
# what the module returns.
_no_log_values: set[str] = set()


def hide_in(no_log_values: set[str]) -> None:
    """From now on, secrets are registered with the module that these values are of, too."""
    global _no_log_values  # noqa: PLW0603 - a process has one module, as ansible-core's own register has one process
    _no_log_values = no_log_values


def hide(*secrets: str) -> None:
    """Register ``secrets``; empty ones are none."""
    known = {secret for secret in secrets if secret}
    _no_log_values.update(known)
    if register_secrets is not None:
        register_secrets(known)


def hidden_in(value: Any) -> Any:
    """``value`` without the secrets that are known, however deep they lie.

    From 2.22 on, ansible-core itself hides them only in what it displays: callbacks, such as the one that writes the
    events of a job of Automation Controller, and what a playbook writes to files would hold them.
    """
    return _hidden_in(value, sorted(filter(None, _no_log_values), key=len, reverse=True))


def _hidden_in(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        return _without(value, secrets)
    if isinstance(value, (list, tuple)):
        return [_hidden_in(item, secrets) for item in value]
    if isinstance(value, dict):
        in_names = [secret for secret in secrets if len(secret) >= SHORTEST_IN_NAMES]
        return {_without(name, in_names): _hidden_in(item, secrets) for name, item in value.items()}
    return value


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
