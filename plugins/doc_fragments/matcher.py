# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callers are matched by: patterns of ARNs, or expressions for claims. Options of one mapping, of the entries of a
set, and of reading.

Ansible joins fragments option by option, so the options inside of an entry have to come from one fragment. What entries
of different kinds share is put together here.
"""

from __future__ import annotations

from textwrap import indent

CLAIMS = r"""
sub:
  description:
    - The subject. It names the repository and what the job runs for, for example
      V(repo:corp/app:ref:refs/heads/main), V(repo:corp/app:environment:production) or V(repo:corp/app:pull_request).
    - Its expression is matched against the whole subject, so it needs no V(^) and no V($). It must begin with
      C(repo:OWNER/), where C(OWNER) is the name of an owner, not an expression. What begins otherwise causes a
      warning.
  type: str
  required: true
actor:
  description: The name of the account that started the workflow run.
  type: str
actor_id:
  description: The ID of the account that started the workflow run.
  type: str
enterprise:
  description: The name of the enterprise that the repository belongs to.
  type: str
enterprise_id:
  description: The ID of the enterprise that the repository belongs to.
  type: str
environment:
  description: The name of the environment that the job uses.
  type: str
event_name:
  description: The name of the event that triggered the workflow run, for example V(push).
  type: str
job_workflow_ref:
  description: >-
    The path and the ref of the reusable workflow of the job, for example
    V(corp/workflows/.github/workflows/deploy.yml@refs/heads/main).
  type: str
ref:
  description: The Git ref that triggered the workflow run, for example V(refs/heads/main).
  type: str
ref_type:
  description: The type of the Git ref, for example V(branch).
  type: str
repository:
  description: The name of the repository with that of its owner, for example V(corp/app).
  type: str
repository_id:
  description: The ID of the repository, which stays the same when it is renamed.
  type: str
repository_owner:
  description: The name of the organization or user that owns the repository.
  type: str
repository_owner_id:
  description: The ID of the organization or user that owns the repository, which never changes hands.
  type: str
repository_visibility:
  description: The visibility of the repository, one of V(internal), V(private) and V(public).
  type: str
runner_environment:
  description: The type of the runner of the job, V(github-hosted) or V(self-hosted).
  type: str
workflow:
  description: The name of the workflow.
  type: str
workflow_ref:
  description: The path and the ref of the workflow, for example V(corp/app/.github/workflows/ci.yml@refs/heads/main).
  type: str
"""

ARN_ENTRY = r"""
arn_pattern:
  description:
    - The pattern that the ARN of an AWS caller has to match, as in the module for one mapping.
  type: str
  required: true
"""

CLAIMS_ENTRY = f"""
claim_matchers:
  description:
    - Regular expressions for the claims of a GitHub Actions job, as in the module for one mapping.
  type: dict
  required: true
  suboptions: {indent(CLAIMS, "    ")}
"""

IGNORED = r"""
id:
  description:
    - Accepted and ignored, so that an entry can be what a module has returned.
  type: str
"""

ACCOUNT_ENTRY = r"""
account_identifier:
  description:
    - The Datadog account, by its email, its handle, or its UUID, in any case.
    - Required with O(state=present). With O(state=absent), a mapping is removed only if it leads to this account.
  type: str
account_uuid:
  description:
    - Accepted and ignored, like O(mappings[].id).
  type: str
account_email:
  description:
    - Accepted and ignored, like O(mappings[].id).
  type: str
account_name:
  description:
    - Accepted and ignored, like O(mappings[].id).
  type: str
previous_account_identifier:
  description:
    - Accepted and ignored, like O(mappings[].id).
  type: str
"""

PURGE_AWS_ACCOUNTS = r"""
  purge_aws_accounts:
    description:
      - Purge only mappings whose pattern is in one of these AWS accounts, given by their IDs of 12 digits. Quote
        them, so that no leading zero is lost.
      - Only with O(purge).
    type: list
    elements: str
"""


def entries(*options: str) -> str:
    """The options, with those of an entry of ``mappings``."""
    return "options:\n  mappings:\n    suboptions:" + indent("".join(options), " " * 6)


class ModuleDocFragment:
    """Options by what callers are matched by, and by what the module does.

    ansible-test takes a plain assignment for a literal, so what is put together is annotated.
    """

    ARN_ONE = r"""
options:
  arn_pattern:
    description:
      - The pattern that the ARN of an AWS caller has to match, as C(aws sts get-caller-identity) prints it.
      - It is one of C(arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), C(arn:aws:sts::ACCOUNT:federated-user/NAME)
        and C(arn:aws:iam::ACCOUNT:user/NAME), where a path may stand before the name of a user. The last segment may
        be V(*) for all sessions of a role, or all users in a path.
      - The ARN of an IAM role, C(arn:aws:iam::ACCOUNT:role/ROLE), matches no caller. The pattern that is usually
        meant is C(arn:aws:sts::ACCOUNT:assumed-role/ROLE/*). The filter
        P(datadog_community.cloud_auth.role_arn_to_pattern#filter) returns it.
      - With O(state=present), a pattern that can match no caller is refused before any request is sent. Rules that
        Datadog may relax, such as the partition V(aws), only cause a warning. So does an assumed role without a
        session, which Datadog accepts. With O(state=absent), any text is accepted, as long as all of its characters can
        be seen.
      - Required with O(state=present). With O(state=absent), O(arn_pattern) or O(id) is required.
    type: str
notes:
  - The AWS account has to be integrated with the Datadog organization first.
  - Persona and intake mappings for AWS share their patterns. One pattern can't be in both.
"""

    ARN_INFO = r"""
options:
  arn_pattern:
    description:
      - Only the mapping of exactly this pattern.
    type: str
  caller_arn:
    description:
      - Only the mappings whose pattern matches this ARN of an AWS caller, as C(aws sts get-caller-identity) prints
        it.
    type: str
"""

    ARN_SET: str = entries(ARN_ENTRY, IGNORED) + PURGE_AWS_ACCOUNTS

    PERSONA_ARN_SET: str = entries(ARN_ENTRY, ACCOUNT_ENTRY, IGNORED) + PURGE_AWS_ACCOUNTS

    CLAIMS_ONE: str = f"""
options:
  claim_matchers:
    description:
      - Regular expressions for the claims of a GitHub Actions job, which are in the token that GitHub issues to it.
        All of them have to match.
      - Begin each with V(^) and end it with V($), except for C(sub), which is matched as a whole. For the others,
        Datadog does not document whether it adds them, and without them an expression may match longer texts, such as
        those of a stranger's repository. An expression without them, or one that is not valid, causes a warning.
      - The order of the claims does not matter. A blank or null claim counts as not given.
      - Required with O(state=present). With O(state=absent), O(claim_matchers) or O(id) is required.
    type: dict
    suboptions: {indent(CLAIMS, "      ")}
notes:
  - GitHub mappings are a preview, and may not be available in every organization.
"""

    CLAIMS_INFO: str = f"""
options:
  claim_matchers:
    description:
      - Only the mapping of exactly these claim matchers, in any order.
    type: dict
    suboptions: {indent(CLAIMS, "      ")}
  claims:
    description:
      - Only the mappings that let in a GitHub Actions job with these claims, as its token holds them.
      - Give all claims of the token. Claims that mappings don't match are ignored. A claim that is not given counts as
        empty, and a warning says so if that leaves a mapping out.
      - The expression for C(sub) has to match all of it, and the others a part. Datadog does not document whether it
        anchors those, and which dialect of regular expressions it reads. So a mapping may be returned that does not
        let the job in, but none that does is left out.
    type: dict
    version_added: 1.1.0
"""

    CLAIMS_SET: str = entries(CLAIMS_ENTRY, IGNORED)

    PERSONA_CLAIMS_SET: str = entries(CLAIMS_ENTRY, ACCOUNT_ENTRY, IGNORED)
