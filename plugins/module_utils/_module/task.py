# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the rest: options come in, results, warnings and failures go out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._clock import Clock
from .._errors import CloudAuthError, InvalidOption, unexpected
from .._http.client import REQUESTS_IMPORT_ERROR, Client
from .._secrets import hidden_in, hide, hide_in
from .connection import CONNECTION_OPTIONS, Spec, connection_of, secrets_of
from .settings import Settings, within
from .values import Misfit, misfits, stripped

if TYPE_CHECKING:
    from .._engine.engine import Engine
    from .._http.redaction import Redaction
    from .._resources.kind import Kind

    Params = dict[str, Any]

# A wait for Datadog's rate limit that is worth a word, in seconds.
LONG_WAIT = 30
MOST_AT_ONCE = 32
# -vvv
VERBOSE = 3
LONGEST_WAIT_TIMEOUT = 86400
# How much of another library's error is shown, in characters.
LONGEST_WORDS = 500


class Module(AnsibleModule):
    """An Ansible module to which what is blank counts as not given, in which whitespace around a value means nothing,
    and that explains the errors that Ansible itself finds in the options.

    Surveys and credentials of Automation Controller set options that were left empty to an empty string, of which
    ansible-core 2.19 and newer can make null; blocks in YAML end in a line break.

    :ivar given: the names of the options that the task gives, not blank; aliases stand for their options.
    :ivar blank: the names of those that it gives, but blank.
    :ivar misfits: values that Ansible converts, but that can't be meant.
    """

    given: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    misfits: Sequence[Misfit] = ()

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]  # ansible-core has few annotations
        aliases = {alias: name for name, option in self.argument_spec.items() for alias in option.get("aliases", ())}
        options = {name: self.argument_spec.get(aliases.get(name, name), {"type": "raw"}) for name in self.params}
        given = {name: stripped(value, options[name]) for name, value in self.params.items()}
        self.params = {name: value for name, value in given.items() if value is not None and value != ""}
        self.blank = frozenset(given) - frozenset(self.params)
        self.given = frozenset(aliases.get(name, name) for name in self.params)
        self.misfits = [misfit for name, value in self.params.items() for misfit in misfits(name, value, options[name])]

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End the task as failed. What Ansible itself finds wrong with the options gets a word on what to do."""
        if not hasattr(self, "validation_result") or self.validation_result.error_messages:
            from .hints import explained

            msg = explained(str(msg), self.argument_spec, self.blank, self.params)
        if "exception" in result and self._verbosity >= VERBOSE:
            # From ansible-core 2.19 on, fail_json leaves it out unless ANSIBLE_DISPLAY_TRACEBACK says otherwise.
            self._return_formatted({"failed": True, "msg": msg, **result})
            raise SystemExit(1)
        super().fail_json(msg=msg, **result)

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        hide_in(self.no_log_values)  # where the options are wrong, there is no task that has done so
        super()._return_formatted(hidden_in(kwargs))  # type: ignore[no-untyped-call]  # as above


def run(options: Spec, work: Callable[[Task], dict[str, Any]], **rules: Any) -> None:
    """The body of every module: read the options, do the work, and end with its result or its error.

    :param options: the argument spec of the module's own options.
    :param work: returns the result; a result that holds ``failed`` is a failure.
    :param rules: as for AnsibleModule, such as ``required_if``.
    """
    spec = {**CONNECTION_OPTIONS, **options}
    module = Module(spec, supports_check_mode=True, **rules)  # type: ignore[no-untyped-call]  # as above
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=_without_requests(REQUESTS_IMPORT_ERROR))
    task = Task(module)
    result = _result_of(work, task)
    for warning in task.all_warnings():
        module.warn(hidden_in(warning))
    # The process ends here, and Python would look through all that is loaded for garbage: 5 % of a task and more.
    gc.freeze()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def _without_requests(error: Exception) -> str:
    """What to do about the ``error`` that importing requests has raised."""
    python = sys.executable or "python3"
    words = " ".join(str(error).split())[:LONGEST_WORDS].rstrip(".")
    return (
        f"{missing_required_lib('requests')} The reason: {type(error).__name__}, {words}. Install it, or repair it: "
        f"{python} -m pip install --upgrade requests"
    )


def _result_of(work: Callable[[Task], dict[str, Any]], task: Task) -> dict[str, Any]:
    """The result of ``work``, whatever it raises."""
    try:
        task.check_values()
        result = work(task)
    except CloudAuthError as error:
        return {"failed": True, "msg": str(error), "changed": False, **error.facts}
    except KeyboardInterrupt:  # While something is written, a signal is no exception: see Clock.handle_signals.
        return {"failed": True, "msg": "Interrupted before anything was written.", "changed": False}
    except Exception as error:  # noqa: BLE001 - a bug of our own ends in a result, too
        told = unexpected(error).noted(
            "It is not known what was changed: check mode shows what is left to do."
            if task.has_written
            else "Nothing has been changed."
        )
        result = {"failed": True, "msg": str(told), "changed": task.has_written, **told.facts}
    return task.without_secrets(result) if "exception" in result else result


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
        self._misfits = module.misfits
        self.warnings: list[str] = []
        self._clock = Clock()
        self._client: Client | None = None
        self._settings = Settings(self.params, self.given)
        self._no_log_values = module.no_log_values
        hide_in(self._no_log_values)
        hide(*secrets_of(self._settings))

    @property
    def client(self) -> Client:
        """The way to Datadog.

        :raises InvalidOption: the options don't lead there.
        """
        if self._client is None:
            self._client = Client(connection_of(self._settings), self._clock, self._concurrency)
        return self._client

    @property
    def clock(self) -> Clock:
        """What passes the time."""
        return self._clock

    def check_values(self) -> None:
        """:raises InvalidOption: a value can't be meant, although Ansible takes it."""
        if self._misfits:
            raise InvalidOption(*self._misfits[0])

    def engine(self, kind: Kind) -> Engine:
        """What plans and applies."""
        from .._engine.engine import Engine

        wait_timeout = within(0, LONGEST_WAIT_TIMEOUT, self.params, "wait_timeout")
        return Engine(self.client, kind, self._clock, wait_timeout, self._concurrency, self.warnings)

    @property
    def has_written(self) -> bool:
        """Whether something was written, or may have been."""
        return self._client is not None and self._client.has_written

    def without_secrets(self, result: dict[str, Any]) -> dict[str, Any]:
        """``result`` without the secrets that are known so far."""
        from .._http.redaction import Redaction

        secrets = {*self._no_log_values, *(self._client.secrets() if self._client else ())}
        scrubbed: dict[str, Any] = _scrubbed(result, Redaction(secrets))
        return scrubbed

    def all_warnings(self) -> list[str]:
        """The warnings, and what is known only at the end."""
        waited = self._client.seconds_limited if self._client else 0
        if waited < LONG_WAIT:
            return self.warnings
        return [*self.warnings, f"Requests waited {waited:.0f} s in total for Datadog's rate limit."]

    @property
    def _concurrency(self) -> int:
        return within(1, MOST_AT_ONCE, self.params, "concurrency") if "concurrency" in self.params else 1


def _scrubbed(value: Any, redaction: Redaction) -> Any:
    """``value`` with all texts in it scrubbed, however deep they lie."""
    if isinstance(value, str):
        return redaction.scrub(value)
    if isinstance(value, list):
        return [_scrubbed(item, redaction) for item in value]
    if isinstance(value, dict):
        return {name: _scrubbed(item, redaction) for name, item in value.items()}
    return value


def _without_nulls(value: Any) -> Any:
    """``value`` without what is null in dictionaries, however deep they lie."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value
