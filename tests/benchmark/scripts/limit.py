# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit: POST all mappings by nothing but requests, so many at once. Prints the seconds, without the start."""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests


def main(file: str, concurrency: int) -> None:
    mappings = json.loads(Path(file).read_text(encoding="utf-8"))
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=concurrency))
    session.headers.update({"DD-API-KEY": os.environ["DD_API_KEY"], "DD-APPLICATION-KEY": os.environ["DD_APP_KEY"]})
    url = os.environ["DATADOG_HOST"] + "/api/v2/cloud_auth/aws/persona_mapping"

    def create(mapping: dict[str, str]) -> None:
        body = {"data": {"type": "aws_cloud_auth_config", "attributes": mapping}}
        session.post(url, json=body, timeout=30).raise_for_status()

    begun = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(create, mappings))
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
