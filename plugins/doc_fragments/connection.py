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
      - If not given, or empty, the value of the environment variable E(DD_API_KEY) or else E(DATADOG_API_KEY) is
        used.
      - API keys are made in Datadog under Organization Settings, API Keys.
    type: str
  app_key:
    description:
      - The Datadog application key. It acts as the account that owns it, within the permissions of both.
      - If not given, or empty, the value of the environment variable E(DD_APP_KEY) or else E(DATADOG_APP_KEY) is
        used.
      - Application keys are made in Datadog under Organization Settings, Application Keys.
    type: str
    aliases:
      - application_key
  site:
    description:
      - The Datadog site of the organization, as in the address of Datadog's web pages, for example V(datadoghq.eu),
        V(us5.datadoghq.com) or V(app.datadoghq.com). V(https://), V(app.) and V(api.) in front are accepted, in any
        case.
      - Every name under V(datadoghq.com), V(datadoghq.eu) and V(ddog-gov.com) is accepted, anything else is refused,
        since the keys are sent there.
      - If not given, or empty, the value of the environment variable E(DD_SITE) is used.
      - Ignored if O(api_url) is given.
    type: str
    default: datadoghq.com
  api_url:
    description:
      - The whole base URL of the API in place of O(site), for a gateway of your own or a sandbox.
      - It begins with V(https://). Only for a loopback address it may begin with V(http://), which is never sent
        through a proxy, so that keys don't cross a network in clear.
      - If not given, or empty, the value of the environment variable E(DATADOG_HOST) is used.
    type: str
  validate_certs:
    description:
      - Whether the TLS certificate of the API is validated. Without that, anybody on the way can read the keys.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of certificates of the authorities that are trusted, in PEM format, in place of the default
        ones.
    type: path
  timeout:
    description:
      - How long to wait for a connection, and for each piece of an answer, in seconds.
    type: int
    default: 30
  retries:
    description:
      - How often a request is sent again after a fault that may pass, such as a lost connection, an answer with the
        status 500, 502, 503 or 504, or Datadog's rate limit (429).
      - The creation of a mapping is never repeated blindly. If its answer is lost, the module first reads whether it
        was executed.
    type: int
    default: 5
requirements:
  - python >= 3.9
  - requests >= 2.25.1
notes:
  - Datadog documents this API as a public beta, which may change.
  - Persona mappings are called identity mappings of Workload Identity Federation in newer pages of Datadog's
    documentation.
  - The application key and its owner need the permission C(workload_identity_federation_config_read), formerly
    C(cloud_auth_config_read).
  - The standard proxy variables such as E(HTTPS_PROXY) and E(NO_PROXY) are honoured.
"""
