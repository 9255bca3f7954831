# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``import ansible_collections.datadog_community.cloud_auth`` work from a checkout, wherever it lies."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

NAME = ("ansible_collections", "datadog_community", "cloud_auth")
ROOT = Path(__file__).resolve().parent


def register() -> None:
    """Register the packages down to the collection, the last one with this folder as its place."""
    if ROOT.parts[-len(NAME) :] == NAME:
        return  # in such a tree (that is where ansible-test runs) Python or ansible-test finds it
    parent: ModuleType | None = None
    for depth, part in enumerate(NAME, start=1):
        name = ".".join(NAME[:depth])
        package = sys.modules.setdefault(name, ModuleType(name))
        package.__path__ = [str(ROOT)] if depth == len(NAME) else list(getattr(package, "__path__", []))
        if parent is not None:
            setattr(parent, part, package)
        parent = package


register()
