# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in by a cloud identity or an OIDC token: the proof is exchanged for a token of Datadog."""

from __future__ import annotations

from collections.abc import Callable

from .accounts import Account
from .errors import refuse
from .messages import Answer, Request, encode
from .oidc import Admitted, OidcLogin, is_token
from .organization import Organization
from .proof import Proof, Unproven
from .settings import Settings
from .sts import caller_arn


class Login:
    """The endpoint for delegated tokens. ``wall`` returns seconds since 1970."""

    def __init__(self, organization: Organization, settings: Settings, wall: Callable[[], float]) -> None:
        self._organization = organization
        self._settings = settings
        self._wall = wall
        self._oidc = OidcLogin(organization, settings)

    def answer(self, request: Request) -> Answer:
        """A new token for the account that the caller is mapped to. Raises Refused."""
        try:
            who, account_uuid = self._admit(_proof(request))
        except Unproven as reason:
            raise refuse(401, str(reason)) from None
        account = self._account(who, account_uuid)
        token = self._organization.issue_token(account, self._settings.token_lifetime)
        attributes = {"access_token": token}
        if self._settings.token_expires:
            attributes["expires"] = str(int(self._wall() + self._settings.token_lifetime))
        data = {"type": "delegated_token", "id": self._organization.new_id(), "attributes": attributes}
        return Answer(200, encode({"data": data}), about=f"{who} as {account.handle}")

    def _admit(self, proof: str) -> Admitted:
        """Raises Unproven or Refused."""
        if is_token(proof):
            return self._oidc.admit(proof, self._wall())
        arn = self._caller_arn(Proof.parse(proof))
        mapping = self._organization.mapping_of(arn)
        if mapping is None:
            raise refuse(401, f"Authenticated as {arn} but no identity mapping was found.")
        return Admitted(arn, mapping.account_uuid)

    def _caller_arn(self, proof: Proof) -> str:
        if proof.org_uuid != self._organization.org_uuid:
            raise Unproven(f"There is no organization {proof.org_uuid}")
        if self._settings.session_token_required and not proof.has_session_token:
            raise Unproven("X-Amz-Security-Token is missing")
        proof.check_age(self._wall() if self._settings.aws_now is None else self._settings.aws_now)
        if self._settings.sts:
            return caller_arn(self._settings.sts, proof)
        key = self._organization.aws_access_keys.get(proof.access_key_id)
        proof.check_signature(key)
        assert key is not None
        return key.arn

    def _account(self, who: str, account_uuid: str) -> Account:
        account = self._organization.accounts.by_id(account_uuid)
        if account is None or account.disabled:
            raise refuse(401, f"Authenticated as {who} but the account of its identity mapping is disabled.")
        return account


def _proof(request: Request) -> str:
    """Raises Unproven, or Refused for a request of another form."""
    scheme, _space, proof = request.headers.get("authorization", "").partition(" ")
    if scheme != "Delegated" or not proof:
        raise Unproven("The Authorization header must be Delegated with a proof")
    if request.body:
        raise refuse(400, "The body must be empty")
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise refuse(400, "Content-Type must be application/json")
    return proof
