# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the rest: options come in, results, warnings and failures go out."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._clock import Clock
from .._errors import CloudAuthError
from .._http.client import REQUESTS_IMPORT_ERROR, Client
from .connection import CONNECTION_OPTIONS, Settings, within

if TYPE_CHECKING:
    from .._engine.engine import Engine
    from .._resources.kind import Kind

    Spec = dict[str, dict[str, Any]]
    Params = dict[str, Any]

# A wait for Datadog's rate limit that is worth a word, in seconds.
LONG_WAIT = 30
MOST_AT_ONCE = 32
LONGEST_WAIT_TIMEOUT = 86400


class Module(AnsibleModule):
    """An Ansible module to which what is blank counts as not given, in which whitespace around a value means nothing,
    and that explains the errors that Ansible itself finds in the options.

    Surveys and credentials of Automation Controller set options that were left empty to an empty string, of which
    ansible-core 2.19 and newer can make null; blocks in YAML end in a line break.

    :ivar given: the names of the options that the task gives, not blank; aliases stand for their options.
    """

    given: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]  # ansible-core has few annotations
        stripped = {name: _stripped(value, self.argument_spec.get(name, {})) for name, value in self.params.items()}
        self.params = {name: value for name, value in stripped.items() if value is not None and value != ""}
        self.blank = frozenset(stripped) - frozenset(self.params)
        aliases = {alias: name for name, option in self.argument_spec.items() for alias in option.get("aliases", ())}
        self.given = frozenset(aliases.get(name, name) for name in self.params)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End the task as failed. What Ansible itself finds wrong with the options gets a word on what to do."""
        if not hasattr(self, "validation_result") or self.validation_result.error_messages:
            from .hints import explained

            msg = explained(str(msg), self.argument_spec, self.blank, self.params)
        super().fail_json(msg=msg, **result)


def run(options: Spec, work: Callable[[Task], dict[str, Any]], **rules: Any) -> None:
    """The body of every module: read the options, do the work, and end with its result or its error.

    :param options: the argument spec of the module's own options.
    :param work: returns the result; a result that holds ``failed`` is a failure.
    :param rules: as for AnsibleModule, such as ``required_if``.
    """
    spec = {**CONNECTION_OPTIONS, **options}
    module = Module(spec, supports_check_mode=True, **rules)  # type: ignore[no-untyped-call]  # as above
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))
    task = Task(module)
    try:
        result = work(task)
    except CloudAuthError as error:
        result = {"failed": True, "msg": str(error), "changed": False, **error.facts}
    except KeyboardInterrupt:  # While something is written, a signal is no exception: see Clock.handle_signals.
        result = {"failed": True, "msg": "Interrupted before anything was written.", "changed": False}
    for warning in task.all_warnings():
        module.warn(warning)
    # The process ends here, and Python would look through all that is loaded for garbage: 5 % of a task and more.
    gc.freeze()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


class Task:
    """One run of a module.

    :ivar params: the options.
    :ivar check_mode: whether nothing must be written.
    :ivar warnings: collects sentences for the user, which are shown even if the task fails.
    """

    def __init__(self, module: Module) -> None:
        # Before 2.21, Ansible returns the options, too. In a large set, nulls would take more room than all else.
        module.params = {name: _without_nulls(value) for name, value in module.params.items()}
        self.params: Params = module.params
        self.check_mode: bool = module.check_mode
        self.given = module.given
        self.blank = module.blank
        self.warnings: list[str] = []
        self._clock = Clock()
        self._settings = Settings(self.params, self.given)
        module.no_log_values.update(self._settings.secrets())

    @cached_property
    def client(self) -> Client:
        """The way to Datadog.

        :raises InvalidOption: the options don't lead there.
        """
        return Client(self._settings.connection(), self._clock, self._concurrency)

    def engine(self, kind: Kind) -> Engine:
        """What plans and applies."""
        from .._engine.engine import Engine

        wait_timeout = within(0, LONGEST_WAIT_TIMEOUT, self.params, "wait_timeout")
        return Engine(self.client, kind, self._clock, wait_timeout, self._concurrency, self.warnings)

    def all_warnings(self) -> list[str]:
        """The warnings, and what is known only at the end."""
        waited = self.client.seconds_limited if "client" in self.__dict__ else 0
        if waited < LONG_WAIT:
            return self.warnings
        return [*self.warnings, f"Requests waited {waited:.0f} s in total for Datadog's rate limit."]

    @property
    def _concurrency(self) -> int:
        return within(1, MOST_AT_ONCE, self.params, "concurrency") if "concurrency" in self.params else 1


def _stripped(value: Any, option: Mapping[str, Any]) -> Any:
    """``value`` without whitespace around texts, however deep they lie."""
    if option.get("type") == "dict" and not isinstance(value, (dict, str, type(None))):
        return str(value)  # Of a text ansible-core says what is wrong with it; of others it may raise a TypeError.
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_stripped(item, {**option, "type": option.get("elements")}) for item in value]
    if isinstance(value, dict):
        inner = option.get("options", {})
        return {name: _stripped(item, inner.get(name, {})) for name, item in value.items()}
    return value


def _without_nulls(value: Any) -> Any:
    """``value`` without what is null in dictionaries, however deep they lie."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value
