# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules for mappings document alike: one mapping, a set of them, or reading them; of any kind."""

from __future__ import annotations


class ModuleDocFragment:
    """Notes of all of them; options by what the module does; and more options where mappings lead to an account."""

    DOCUMENTATION = r"""
options: {}
notes:
  - Datadog documents this API as a public beta, which may change.
  - Reading needs the permission C(workload_identity_federation_config_read), formerly C(cloud_auth_config_read).
seealso:
  - name: Cloud Authentication API
    description: The reference of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/cloud-authentication/
"""

    # One mapping.
    ONE = r"""
options:
  state:
    description:
      - V(present) makes sure that the mapping is there.
      - V(absent) makes sure that no mapping matches all of the given options. A mapping that matches only some of them
        stays. A warning says so if it has the given pattern, claim matchers or ID. If nothing has them, a warning names
        the mapping that was probably meant, for example if the ARN of a role is given.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - The ID of the mapping, in any case. Only for O(state=absent).
    type: str
  wait_timeout:
    description:
      - How long to wait, in seconds, until Datadog's list shows what was written and, for AWS, until Datadog recognizes
        an account that has only just been integrated, from 0 to 86400. V(0) does not wait.
      - It also limits how long a creation that got no answer is in doubt. For the list, and for such a doubt, 30
        seconds are always enough. A doubt about a mapping that was removed is waited out whatever this says.
    type: int
    default: 60
attributes:
  diff_mode:
    support: full
    details: Before and after hold the options that describe the mapping; they are empty where there is none.
  idempotent:
    support: full
notes:
  - Writing needs the permission C(workload_identity_federation_config_write), formerly C(cloud_auth_config_write).
  - It may take several minutes until a change takes effect on the authentication itself.
"""

    # A set of mappings; the fragments of matchers add what an entry holds.
    SET = r"""
options:
  state:
    description:
      - V(present) makes sure that the mappings are there, V(absent) that they are not. With V(absent), a warning names
        the mapping that was probably meant if an entry names none.
    type: str
    choices:
      - present
      - absent
    default: present
  mappings:
    description:
      - The mappings.
      - You can pass back what the modules return, as it is. Values that only Datadog can know are accepted and ignored.
    type: list
    elements: dict
    required: true
  purge:
    description:
      - Whether to remove the mappings of this kind that are not in O(mappings). Only for O(state=present).
      - With an empty O(mappings), this would remove everything. It is refused unless O(max_removals) is given.
      - A mapping of which Datadog does not show everything, such as one whose account is gone, is left alone, with a
        warning.
    type: bool
    default: false
  max_removals:
    description:
      - How many mappings may be removed or replaced at most, from 0 to 1000000. If there would be more, the task fails
        and nothing is written, in check mode too. By default there is no limit.
    type: int
  concurrency:
    description:
      - How many requests are sent at once, from 1 to 32.
    type: int
    default: 8
  wait_timeout:
    description:
      - How long to wait, in seconds, until Datadog's list shows what was written and, for AWS, until Datadog recognizes
        an account that has only just been integrated, from 0 to 86400. V(0) does not wait.
      - It also limits how long a creation that got no answer is in doubt. For the list, and for such a doubt, 30
        seconds are always enough. A doubt about a mapping that was removed is waited out whatever this says.
    type: int
    default: 60
attributes:
  diff_mode:
    support: full
    details:
      - Before and after hold only what changes, as one dictionary each.
      - The keys are what callers are matched by, as text. The values are the accounts. If Datadog names an account by
        its UUID, and its email is known, the value is C(email (UUID)). Where mappings have no account, the value
        is the name of the kind of mapping.
  idempotent:
    support: full
notes:
  - Writing needs the permission C(workload_identity_federation_config_write), formerly C(cloud_auth_config_write).
  - It may take several minutes until a change takes effect on the authentication itself.
  - The first removal or replacement runs by itself. The others follow, several at once, when it has succeeded.
  - Once a mapping is lost, nothing further is removed or replaced. After ten failures in a row (no answer, server
    error, failed login), the task stops trying. What was not tried is listed with what failed.
  - A task that is stopped by a signal such as C(SIGINT) or C(SIGTERM) begins no further change, and reports what it
    has done. A task that is killed can't do so. Run it again, and only what is left is done.
"""

    # Reading.
    INFO = r"""
options:
  id:
    description:
      - Only the mapping with this ID, in any case.
    type: str
"""

    # One mapping that leads to an account.
    PERSONA_ONE = r"""
options:
  account_identifier:
    description:
      - The Datadog account, by its email, its handle, or its UUID, in any case. Datadog does not accept the UUID of
        a person for a new mapping.
      - Unless it is written as in the mapping, the account is looked up with Datadog's Users API.
      - Required with O(state=present). With O(state=absent), the mapping is removed only if it leads to this account.
    type: str
  replace:
    description:
      - Whether a mapping that leads to another account is replaced by one that leads to O(account_identifier).
      - Datadog can't update a mapping, so the new one is created first. If Datadog refuses it, nothing has changed.
        If Datadog reports a conflict with the old one, which is to be expected, the old one is removed and the new one
        is created. If that fails, the old one is put back, and the task fails. Putting back is tried for at least five
        minutes, whatever O(retries) and O(wait_timeout) say.
      - A task that is stopped by a signal such as C(SIGINT) or C(SIGTERM) puts the old mapping back as well. A task
        that is killed between removal and creation can't do so. Run it again, and the new mapping is created.
      - If V(false), a mapping that leads to another account is left as it is, and the task fails, in check mode too.
    type: bool
    default: true
notes:
  - The account that the module logs in as must also have every permission of the account that is mapped to.
  - Looking up accounts needs the permission C(user_access_read).
"""

    # A set of mappings that lead to accounts.
    PERSONA_SET = r"""
options:
  replace:
    description:
      - Whether mappings that lead to other accounts are replaced by mappings to the given ones.
      - Datadog can't update a mapping, so the new one is created first. If Datadog refuses it, nothing has changed.
        If Datadog reports a conflict with the old one, which is to be expected, the old one is removed and the new one
        is created. If that fails, the old one is put back, and the change counts as failed. Putting back is tried for
        at least five minutes, whatever O(retries) and O(wait_timeout) say.
      - A task that is stopped by a signal such as C(SIGINT) or C(SIGTERM) puts the old mapping back as well. A task
        that is killed between removal and creation can't do so. Run it again, and the new mapping is created.
      - If V(false) and there are such mappings, the task fails and nothing is written, in check mode too.
    type: bool
    default: true
notes:
  - The account that the module logs in as must also have every permission of the accounts that are mapped to.
  - Looking up accounts needs the permission C(user_access_read).
"""

    # Reading mappings that lead to accounts.
    PERSONA_INFO = r"""
options:
  account_identifier:
    description:
      - Only the mappings to this Datadog account, by its email, its handle, or its UUID, in any case. A warning says
        so if Datadog has no such account.
      - If Datadog does not show the account of a mapping, it is not known whether the mapping leads to this one. It is
        left out, and a warning counts and names such mappings.
      - Unless it is written as in the mappings, the account is looked up with Datadog's Users API, which needs the
        permission C(user_access_read).
    type: str
  resolve_accounts:
    description:
      - Whether to look up the email and the name of the account of each mapping that is returned. Each account is
        looked up once, which needs the permission C(user_access_read).
    type: bool
    default: false
"""
