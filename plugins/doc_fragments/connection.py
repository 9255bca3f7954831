# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules of the collection document alike: the connection to Datadog."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module, and the notes and requirements that go with them."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The Datadog API key.
      - If not given, the value of the environment variable E(DD_API_KEY) or else E(DATADOG_API_KEY) is used, unless
        another way to log in takes precedence.
      - Create API keys in Datadog under Organization Settings, API Keys.
    type: str
  app_key:
    description:
      - The Datadog application key. It acts as the account that owns it, within the permissions of both.
      - If not given, the value of the environment variable E(DD_APP_KEY) or else E(DATADOG_APP_KEY) is used, unless
        another way to log in takes precedence.
      - Create application keys in Datadog under Organization Settings, Application Keys.
    type: str
    aliases:
      - application_key
  bearer_token:
    description:
      - A personal access token or a service access token, used instead of O(api_key) and O(app_key).
      - If the task gives no way to log in, the value of the environment variable E(DD_BEARER_TOKEN) or else
        E(DATADOG_BEARER_TOKEN) is used.
    type: str
  cloud_provider_type:
    description:
      - V(aws) logs in with the AWS identity of the host where the module runs, instead of keys or a token. A persona
        mapping must map that identity to a Datadog account already. O(org_uuid) is required.
      - The module finds AWS credentials as the AWS command line does, through the library C(botocore), which is
        needed for this way only.
      - If the task gives no way to log in, the value of the environment variable E(DD_CLOUD_PROVIDER_TYPE) or else
        E(DATADOG_CLOUD_PROVIDER_TYPE) is used.
    type: str
    choices:
      - aws
  oidc_token:
    description:
      - An OIDC token (JWT) of the workload that the module runs in, such as a GitLab job, instead of keys. A persona
        mapping must map that workload to a Datadog account already.
      - The claims of the token are read before anything is sent. A token that has expired, or that is for another
        organization than O(org_uuid), is refused. Datadog verifies it.
      - If the task gives no way to log in, the value of the environment variable E(DD_OIDC_TOKEN) or else
        E(DATADOG_OIDC_TOKEN) is used.
    type: str
    version_added: 1.1.0
  oidc_token_file:
    description:
      - A file that contains such a token, on the host where the module runs. It is read again for each login, since
        Kubernetes, for example, replaces the token in a projected volume before it expires.
      - If the task gives no way to log in, the value of the environment variable E(DD_OIDC_TOKEN_FILE) or else
        E(DATADOG_OIDC_TOKEN_FILE) is used.
    type: path
    version_added: 1.1.0
  oidc_custom_provider:
    description:
      - Whether Datadog knows the issuer of the token as a custom OIDC provider, rather than by itself.
      - By default, this follows from the issuer in the token. It is V(false) for HCP Terraform and GitHub Actions, and
        V(true) for every other issuer.
      - Only with O(oidc_token) or O(oidc_token_file).
    type: bool
    version_added: 1.1.0
  org_uuid:
    description:
      - The UUID of the Datadog organization to log in to. Required with O(cloud_provider_type). With an OIDC token, it
        must be the one that the audience of the token names, if it names one. It is ignored otherwise.
      - M(datadog_community.cloud_auth.current_user_info) returns it to anybody who can log in with keys or a token.
      - If not given, the value of the environment variable E(DD_ORG_UUID) or else E(DATADOG_ORG_UUID) is used.
    type: str
  cloud_provider_region:
    description:
      - The AWS region whose Security Token Service (STS) verifies the identity, for example V(eu-west-1). By default
        it is the global one.
      - Only with O(cloud_provider_type).
    type: str
  aws_profile:
    description:
      - The profile of the AWS configuration to take the AWS credentials from. By default, C(botocore) goes through its
        usual sources, such as variables, the default profile, web identities, containers and instance metadata.
      - Only with O(cloud_provider_type).
    type: str
  site:
    description:
      - The Datadog site of the organization, as in the address of Datadog's web pages, for example V(datadoghq.eu),
        V(us5.datadoghq.com) or V(https://app.datadoghq.com/). V(https://), V(app.) and V(api.) in front and a slash
        at the end are accepted, in any case.
      - Every name under V(datadoghq.com), V(datadoghq.eu) and V(ddog-gov.com) is accepted. Anything else is refused,
        since the credentials are sent there.
      - If neither O(site) nor O(api_url) is given, and no variable sets O(api_url), the value of the environment
        variable E(DD_SITE) or else E(DATADOG_SITE) is used.
    type: str
    default: datadoghq.com
  api_url:
    description:
      - The complete base URL of the API instead of O(site), for a gateway of your own or a sandbox. It takes
        precedence over O(site).
      - It begins with V(https://). V(http://) is accepted only for loopback addresses, and never uses a proxy, so
        credentials don't cross a network unencrypted.
      - If neither O(site) nor O(api_url) is given, the value of the environment variable E(DD_HOST) or else
        E(DATADOG_HOST) is used. The former counts only if it is a URL, because other software takes it for the name of
        a host.
    type: str
    aliases:
      - api_host
  validate_certs:
    description:
      - Whether the TLS certificate of the API is validated. Without validation, anybody on the way can read the
        credentials.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of certificates of the authorities to trust, in PEM format, instead of the default ones.
    type: path
  timeout:
    description:
      - How long to wait for a connection, and for each piece of an answer, in seconds, from 1 to 3600. A whole answer
        may take ten times as long.
    type: int
    default: 30
  retries:
    description:
      - How many times a request is sent again after an error that may pass, from 0 to 100. Such errors are a lost
        connection, Datadog's rate limit (429), and an answer with the status 408, 425, 500, 502 to 504, or 520 to 524.
      - The creation of a mapping is never repeated blindly. If its answer is lost, the module first reads whether it
        was executed.
    type: int
    default: 5
requirements:
  - python >= 3.9
  - requests >= 2.25.1
  - botocore >= 1.32.0 (only with O(cloud_provider_type))
notes:
  - There are four ways to log in, and the modules never fall back from one to another. Options in the task or in
    C(module_defaults) take precedence over the environment, and options of two ways in one task are refused. If only
    the environment gives credentials, an OIDC token is used first, then a cloud identity, then a bearer token, then
    the keys.
  - Whitespace around a value is removed. An empty or blank value counts as not given. So does the text V(None) in a
    variable, which Ansible makes of a null in C(environment).
  - With O(cloud_provider_type), C(botocore) also reads AWS's own environment variables, such as E(AWS_PROFILE).
  - The standard proxy variables such as E(HTTPS_PROXY) and E(NO_PROXY) are honored.
"""
