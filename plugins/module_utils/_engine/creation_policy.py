# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one creation differs from another: in what a conflict means, and in how long it is tried; and how it may end."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .._errors import Refused
from .._resources.kind import AuthMapping, Kind
from .plan import Wanted

# How long to try to put a mapping back, in seconds, whatever the options say: nobody is mapped meanwhile.
RESCUE = 300.0


class OnConflict(Enum):
    """What a creation does when Datadog says that the key is taken.

    :cvar WAIT: wait, with all others, for a proof of who has it.
    :cvar RETURN: leave it to the caller.
    :cvar INSIST: send the request again soon. The key's mapping was removed, so nobody is mapped meanwhile.
    """

    WAIT = "wait"
    RETURN = "return"
    INSIST = "insist"


class CreationPolicy(NamedTuple):
    """How one creation differs from another.

    :ivar seconds: how long the request is tried; None for what the options say.
    :ivar waits_for_integration: whether an unknown AWS account is waited for (wait_timeout).
    :ivar puts_back: whether the mapping was there before: its account and its AWS account are known to Datadog.
    """

    on_conflict: OnConflict
    seconds: float | None = None
    waits_for_integration: bool = False
    puts_back: bool = False


# A key that has no mapping; a key whose mapping is there; a key whose mapping was just removed; that mapping itself.
CREATE = CreationPolicy(OnConflict.WAIT, waits_for_integration=True)
CREATE_BESIDE = CreationPolicy(OnConflict.RETURN)
CREATE_AFTER_REMOVAL = CreationPolicy(OnConflict.INSIST)
PUT_BACK = CreationPolicy(OnConflict.INSIST, seconds=RESCUE, puts_back=True)


class KeyTaken(Refused):
    """The key is mapped to another account than the wanted one.

    :param old: the mapping that is to be replaced.
    :param may_be_own: whether this task may have created it, by a request that got no answer.
    :ivar found: what has the key.
    """

    def __init__(
        self, kind: Kind, want: Wanted, found: AuthMapping, old: AuthMapping | None, *, may_be_own: bool = False
    ) -> None:
        account = found.account_identifier
        reason = (
            f"somebody else has mapped the pattern to {account} at the same time. Find out who, and run the task again."
        )
        if may_be_own:
            reason = (
                f"a request got no answer, and now the pattern is mapped to {account}, with the ID {found.id}. "
                f"Somebody else may have done that, or Datadog took {want.account_identifier} for that account. Find "
                "out, and remove the mapping by its ID if nobody needs it."
            )
        elif found.key != want.key:
            reason = (
                f"Datadog takes the pattern for the same as {found.key}, which is mapped to {account}, with the ID "
                f"{found.id}. Write it like that."
            )
        elif old and found.id == old.id:
            reason = f"the mapping to {account}, with the ID {found.id}, is still there. Run the task again."
        super().__init__(f"Could not create the {kind.title} of {want.key} to {want.account_identifier}: {reason}")
        self.found = found
