# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that modules document."""

from __future__ import annotations


class ModuleDocFragment:
    """What the attributes mean, and what all modules support alike."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/datadog_community.cloud_auth.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - datadog_community.cloud_auth.all
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change in check mode, when run with C(--diff).
  idempotent:
    description: When run twice in a row, the second run changes nothing and says so.
  platform:
    description: Where the module runs.
    support: full
    platforms: posix
"""

    # Modules that only read have nothing to compare.
    INFO = r"""
options: {}
attributes:
  diff_mode:
    support: N/A
  idempotent:
    support: N/A
"""
