# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the rest: options come in, results, warnings and failures go out."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.validation import check_required_if
from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._clock import Clock
from .._errors import CloudAuthError, InvalidOption
from .._http.client import REQUESTS_IMPORT_ERROR, Client, Connection

if TYPE_CHECKING:
    from .._engine.plan import Plan
    from .._engine.reconcile import Engine
    from .results import Outcome

    Spec = dict[str, dict[str, Any]]
    Params = dict[str, Any]
    RequiredIf = Sequence[Sequence[object]]

KEY_VARIABLES = {"api_key": ["DD_API_KEY", "DATADOG_API_KEY"], "app_key": ["DD_APP_KEY", "DATADOG_APP_KEY"]}

# A wait for Datadog's rate limit that is worth a word, in seconds.
LONG_WAIT = 30


def first_set(*variables: str) -> str:
    """The value of the first environment variable that is set and not blank; a fallback in argument specs."""
    for variable in variables:
        value = os.environ.get(variable, "")
        if value.strip():
            return value
    raise AnsibleFallbackNotFound


CONNECTION_OPTIONS: Spec = {
    "api_key": {"type": "str", "no_log": True, "fallback": (first_set, KEY_VARIABLES["api_key"])},
    "app_key": {
        "type": "str",
        "no_log": True,
        "aliases": ["application_key"],
        "fallback": (first_set, KEY_VARIABLES["app_key"]),
    },
    "site": {"type": "str", "default": "datadoghq.com", "fallback": (first_set, ["DD_SITE"])},
    "api_url": {"type": "str", "fallback": (first_set, ["DATADOG_HOST"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 5},
}


def run(options: Spec, work: Callable[[Task], dict[str, Any]], required_if: RequiredIf = ()) -> None:
    """The body of every module: read the options, do the work, and end with its result or its error.

    :param options: the argument spec of the module's own options.
    :param work: returns the result; a result that holds ``failed`` is a failure.
    :param required_if: as for AnsibleModule.
    """
    spec = {**CONNECTION_OPTIONS, **options}
    module = AnsibleModule(argument_spec=_for_ansible(spec), required_if=required_if, supports_check_mode=True)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))
    task = Task(_given(module, spec), module.check_mode)
    try:
        _check_required(task.params, required_if)
        result = work(task)
    except CloudAuthError as error:
        result = {"failed": True, "msg": str(error), **error.facts}
    except KeyboardInterrupt:
        result = {"failed": True, "msg": "Interrupted before anything was written."}
    for warning in task.warnings():
        module.warn(warning)
    # The process ends here, and Python would look through all that is loaded for garbage: 5 % of a task and more.
    gc.freeze()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


class Task:
    """One run of a module.

    :ivar params: the options. What is blank counts as not given: it is the option's default, or None.
    """

    def __init__(self, params: Params, check_mode: bool) -> None:
        self.params = params
        self._check_mode = check_mode
        self._warnings: list[str] = []
        self._clock = Clock()

    @cached_property
    def client(self) -> Client:
        """The way to Datadog.

        :raises InvalidOption: the options don't lead there.
        """
        return Client(_connection(self.params), self._clock, self._concurrency)

    def engine(self) -> Engine:
        """What plans and applies."""
        from .._engine.reconcile import Engine

        wait_timeout = within(0, None, self.params, "wait_timeout")
        return Engine(self.client, self._clock, wait_timeout, self._concurrency, self._warnings)

    def carry_out(self, plan: Plan, engine: Engine) -> list[Outcome]:
        """Apply ``plan``, or in check mode predict what that would do."""
        if not plan.steps:
            return []
        if self._check_mode:
            from .results import predict

            return predict(plan)
        from .._stopping import stoppable

        with stoppable(self._clock):
            return engine.apply(plan)

    def warnings(self) -> list[str]:
        """Sentences that the user should read, whatever has become of the task."""
        waited = self.client.seconds_limited if "client" in self.__dict__ else 0
        if waited < LONG_WAIT:
            return self._warnings
        return [*self._warnings, f"Requests had to wait for Datadog's rate limit, {waited:.0f} s in all."]

    @property
    def _concurrency(self) -> int:
        return within(1, 32, self.params, "concurrency") if "concurrency" in self.params else 1


def within(least: int, most: int | None, params: Params, option: str) -> int:
    """The value of a number that has bounds.

    :raises InvalidOption: it lies outside.
    """
    value: int = params[option]
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise InvalidOption(option, f"{value} is not {bounds}")
    return value


def _for_ansible(spec: Spec) -> Spec:
    """``spec``, but options with aliases take their fallback later: Ansible would warn that both are set."""
    return {
        name: {key: value for key, value in option.items() if key != "fallback" or "aliases" not in option}
        for name, option in spec.items()
    }


def _given(module: AnsibleModule, spec: Spec) -> Params:
    """The options, where nothing or a blank string counts as not given.

    Surveys and credentials of Automation Controller set options that were left empty to an empty string, of which
    ansible-core 2.19 and newer can make null.
    """
    params = {name: module.params[name] for name in spec}
    for name, option in spec.items():
        value = params[name]
        if value is None or (isinstance(value, str) and not value.strip()):
            params[name] = _instead(option)
            if option.get("no_log"):
                module.no_log_values.discard(value)  # or every blank in the output would be masked
                if params[name]:
                    module.no_log_values.add(params[name])
    # A password in a URL is refused later, but Ansible shows the options of a failed task.
    for name in ("site", "api_url"):
        if "@" in (params[name] or ""):
            module.no_log_values.add(params[name].rpartition("@")[0].rpartition("/")[2])
    return params


def _instead(option: dict[str, Any]) -> object:
    """The value of an option that was not given."""
    if "fallback" in option:
        fallback, variables = option["fallback"]
        try:
            return fallback(*variables)
        except AnsibleFallbackNotFound:
            pass
    return option.get("default")


def _check_required(params: Params, required_if: RequiredIf) -> None:
    """Hold ``required_if`` against the options once more: now that blank ones count as not given."""
    try:
        check_required_if(required_if, {name: value for name, value in params.items() if value is not None})
    except TypeError as error:
        raise CloudAuthError(f"{error}. (An empty string counts as not given.)") from None


def _connection(params: Params) -> Connection:
    api_key, app_key = _keys(params)
    ca_path = params["ca_path"]
    if ca_path and not os.path.exists(ca_path):
        raise InvalidOption("ca_path", f"there is no file or folder {ca_path}")
    return Connection(
        _base_url(params),
        api_key,
        app_key,
        (ca_path or True) if params["validate_certs"] else False,
        within(1, None, params, "timeout"),
        within(0, None, params, "retries"),
    )


def _base_url(params: Params) -> str:
    # One is loaded, not both: a part of a second on every task.
    if params["api_url"]:
        from .api_url import check_base_url

        return check_base_url(params["api_url"])
    from .sites import base_url_of_site

    return base_url_of_site(params["site"])


def _keys(params: Params) -> tuple[str, str]:
    """The API key and the application key, fit for a header.

    :raises InvalidOption: one is missing, or can't be a key.
    """
    missing = [name for name in KEY_VARIABLES if not params[name]]
    if missing:
        ways = [f"{name} (or the variable {' or '.join(KEY_VARIABLES[name])})" for name in missing]
        raise InvalidOption(
            " and ".join(missing),
            f"no key is given. Set {' and '.join(ways)}. Keys are made in Datadog under Organization Settings, API "
            "Keys and Application Keys",
        )
    keys = []
    for name in KEY_VARIABLES:
        key = params[name].strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise InvalidOption(name, "it holds a character that no key has, such as a blank or a line break")
        keys.append(key)
    return keys[0], keys[1]
