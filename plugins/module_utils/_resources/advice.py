# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do when Datadog refuses a request about persona mappings. Loaded when it has."""

from __future__ import annotations

from .._errors import Forbidden, NotIntegrated, RequestFailed
from .._http.client import Call
from .._patterns.arn import aws_account_of

# The permissions: API reference.
READ = "workload_identity_federation_config_read (formerly cloud_auth_config_read)"
WRITE = "workload_identity_federation_config_write (formerly cloud_auth_config_write)"


def advise(call: Call, problem: RequestFailed) -> str:
    """What to do about ``problem``: sentences, or an empty string for nothing to say."""
    if isinstance(problem, Forbidden):
        return _about_permissions(call.method)
    return _about_creating(call.body["data"]["attributes"], problem) if call.body else ""


def _about_permissions(method: str) -> str:
    if method == "GET":
        return (
            "Check that api_key and app_key are valid at this site, and that the application key and its owner have "
            f"the permission {READ}."
        )
    advice = f"The application key and its owner need the permission {WRITE}."
    if method == "DELETE":
        return advice
    return f"{advice} The owner must also hold every permission of the account that the pattern is mapped to."


def _about_creating(attributes: dict[str, str], problem: RequestFailed) -> str:
    if isinstance(problem, NotIntegrated):
        account = aws_account_of(attributes["arn_pattern"]) or "of arn_pattern"
        return (
            f"Integrate the AWS account {account} with Datadog first; Datadog knows it some minutes after that "
            "(wait_timeout sets how long to wait)."
        )
    if problem.http_status == 409:
        return (
            "The pattern is mapped already, or conflicts with an intake mapping; intake mappings are another resource, "
            "which the list of persona mappings doesn't show."
        )
    if problem.http_status == 400:
        return (
            "Check arn_pattern and account_identifier: an account is named by its e-mail or handle, a service account "
            "also by its UUID; the UUID of a person is not accepted."
        )
    return ""
