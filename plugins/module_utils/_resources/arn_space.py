# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of mapping that share one space of ARN patterns (API reference). Loaded when Datadog reports a conflict."""

from __future__ import annotations

from . import aws_intake, aws_persona
from .kind import Kind

SHARED = (aws_persona.KIND, aws_intake.KIND)


def siblings_of(kind: Kind) -> list[Kind]:
    """The other kinds in which a pattern of ``kind`` can be taken."""
    return [other for other in SHARED if other.name != kind.name] if kind in SHARED else []
