# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is tried again, how often, and after which pauses."""

from __future__ import annotations

import pytest

from ansible_collections.datadog_community.cloud_auth.tests.unit.harness import (
    MAPPINGS,
    PERSONA,
    FakeClock,
    organization,
    run,
)

PASSING = {
    **{str(status): {"status": status} for status in (429, 500, 502, 503, 504)},
    "closed": {"lose": "close"},
    "reset": {"lose": "reset"},
    "halfway": {"lose": "partial"},
    "time-out": {"delay_after": 60},
}
LASTING = {str(status): {"status": status} for status in (400, 403, 418, 501, 505)}
LASTING.update(redirect={"redirect": "https://elsewhere.example/"}, html={"junk": "html"})


def read(retries=5, **fault):
    """Read one mapping, with trouble."""
    api = organization(PERSONA, PERSONA.wanted("runner")).fault(method="GET", **fault)
    return run("persona_mapping_info", api, {"retries": retries}), api


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(fault):
    ended, api = read(times=5, **fault)

    assert not ended.failed, ended.result
    assert len(ended["persona_mappings"]) == 1
    assert api.methods == ["GET"] * 6


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING)
def test_what_stays_is_not(fault):
    ended, api = read(**fault)

    assert ended.failed
    assert api.methods == ["GET"]


@pytest.mark.parametrize("fault", [PASSING["503"], PASSING["closed"]])
@pytest.mark.parametrize("retries", [0, 1, 5])
def test_tries_are_bounded_and_told(fault, retries):
    ended, api = read(retries, times=None, **fault)

    assert ended.failed
    assert len(api.methods) == retries + 1
    assert (f"(Sent {retries + 1} times.)" in ended["msg"]) == (retries > 0)


def test_back_off_is_exponential_and_bounded(script):
    for _try in range(11):
        script.expect("GET", MAPPINGS, 503)

    run("persona_mapping_info", script, {"retries": 10})

    for number, pause in enumerate(FakeClock.slept):
        longest = min(30, 0.5 * 2**number)
        assert longest / 2 <= pause <= longest
    assert len(FakeClock.slept) == 10
