# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spellings: which texts name one account without asking Datadog."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.identifiers import (
    as_uuid,
    is_identifier_of,
    names_account,
)
from ansible_collections.datadog_community.cloud_auth.plugins.module_utils._resources.kind import AuthMapping

PERSON = "12bbdc5c-5966-47e0-8733-285f9e44bcf4"
SERVICE = "9d9c0565-a0ae-11ed-88af-be56a8628f3f"


@given(st.uuids())
def test_a_uuid_has_one_canonical_spelling(uuid):
    for spelling in (str(uuid), str(uuid).upper(), uuid.hex, uuid.urn, f"{{{uuid}}}"):
        assert as_uuid(spelling) == str(uuid)
        assert is_identifier_of(spelling, "jane.doe@corp.example", str(uuid))
        assert is_identifier_of(spelling, str(uuid), PERSON)


@given(st.text())
def test_any_other_text_is_no_uuid(text):
    found = as_uuid(text)

    assert found is None or str(UUID(text)) == found
    assert is_identifier_of(text, text, PERSON)


@pytest.mark.parametrize(
    ("identifier", "same"),
    [
        ("jane.doe@corp.example", True),
        ("Jane.Doe@CORP.example", True),
        (PERSON, True),
        (PERSON.upper().replace("-", ""), True),
        (SERVICE, False),
        ("jane@corp.example", False),
        ("jane.doe", False),
        ("", False),
    ],
)
def test_a_person_is_named_by_handle_or_uuid(identifier, same):
    assert is_identifier_of(identifier, "jane.doe@corp.example", PERSON) is same


@pytest.mark.parametrize(
    ("identifier", "same"),
    [(SERVICE, True), (SERVICE.upper(), True), (SERVICE.replace("-", ""), True), ("ci@corp.example", False)],
)
def test_a_service_account_is_named_by_its_uuid(identifier, same):
    assert is_identifier_of(identifier, SERVICE, SERVICE) is same
    assert is_identifier_of(identifier, SERVICE.upper(), SERVICE.upper()) is same


@pytest.mark.parametrize(
    ("identifier", "same"),
    [("JANE.doe@corp.example", True), (PERSON.upper(), True), (SERVICE, False), ("", False)],
)
def test_a_mapping_belongs_to_whom_its_handle_or_uuid_names(identifier, same):
    assert names_account(identifier, AuthMapping("1", "pattern", "jane.doe@corp.example", PERSON)) is same


@pytest.mark.parametrize("identifier", ["jane.doe@corp.example", PERSON])
def test_a_mapping_without_an_account_belongs_to_nobody(identifier):
    assert not names_account(identifier, AuthMapping("1", "pattern"))
