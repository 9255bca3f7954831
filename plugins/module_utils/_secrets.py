# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are registered with ansible-core when they are got, so that nothing that a task returns shows them."""

from __future__ import annotations

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]  # as below
except ImportError:  # ansible-core 2.21 and older
    register_secrets = None

# What those older ones hide in the results of a module: the values of AnsibleModule, while one runs.
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
