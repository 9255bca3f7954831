# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two texts name one Datadog account, as far as that can be told without asking Datadog."""

from __future__ import annotations

from .kind import AuthMapping


def as_uuid(text: str) -> str | None:
    """``text`` in the canonical spelling of a UUID, or None if it is none."""
    from uuid import UUID

    try:
        return str(UUID(text))
    except ValueError:
        return None


def canonical_id(identifier: str) -> str:
    """``identifier`` as IDs are compared: their case means nothing."""
    return as_uuid(identifier) or identifier


def is_identifier_of(identifier: str, handle: str, uuid: str) -> bool:
    """Whether ``identifier`` is the handle or the UUID, letting case and the spelling of UUIDs aside."""
    wanted = identifier.lower()
    if wanted in (handle.lower(), uuid.lower()):
        return True
    wanted_uuid = as_uuid(wanted)
    return wanted_uuid is not None and wanted_uuid in (as_uuid(handle), as_uuid(uuid))


def names_account(identifier: str, mapping: AuthMapping) -> bool:
    """Whether ``identifier`` names the account of ``mapping``, by its spelling alone."""
    return is_identifier_of(identifier, mapping.account_identifier or "", mapping.account_uuid or "")


def tells_accounts_apart(identifier: str, mapping: AuthMapping) -> bool:
    """Whether it is plain without asking Datadog if ``identifier`` names the account of ``mapping``: it does, or it is
    another UUID than that of the account."""
    if names_account(identifier, mapping):
        return True
    return as_uuid(identifier) is not None and as_uuid(mapping.account_uuid or "") is not None
