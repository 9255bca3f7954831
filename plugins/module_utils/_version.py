# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's version, as galaxy.yml has it, which does not go along to where a task runs."""

from __future__ import annotations

VERSION = "1.1.0"
