# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mapping that a task without keys has logged in by: it goes last. Loaded by a task that takes some away."""

from __future__ import annotations

from .._errors import CloudAuthError
from .._http.client import Client
from .._resources.current_user import current_user
from .plan import Plan


def own_login(client: Client, plan: Plan) -> tuple[frozenset[str], list[str]]:
    """The IDs of the mappings that ``plan`` takes away from the account that the task acts as, and warnings."""
    taken = [step.before for step in plan.steps if step.before]
    if not taken:
        return frozenset(), []
    try:
        uuid = current_user(client).user["uuid"]
    except CloudAuthError as error:
        text = "Whether this task takes away the mapping that it has logged in by can't be told"
        return frozenset(), [f"{text}: {error}"]
    own = [mapping for mapping in taken if mapping.account_uuid == uuid]
    warnings = [
        f"{mapping.key} leads to the account that this task has logged in as, and is taken away last. If the task "
        "has logged in by that mapping, the next login fails."
        for mapping in own
    ]
    return frozenset(mapping.id for mapping in own), warnings
