# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: start the sandbox in the foreground, say how to use it, stop on a signal."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import samples
from .recorder import Record
from .sandbox import Sandbox
from .settings import ERROR_SHAPES, PATHS, Settings
from .state import checked

DEFAULT_PORT = 8474


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; returns the exit status: 0, or 2 if it can't start or can't write a file."""
    options = _parser().parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        sandbox = _started(options)
    except (OSError, OverflowError, TypeError, ValueError) as error:
        print(f"The sandbox can't start: {error}", file=sys.stderr)
        return 2
    try:
        _run(sandbox, options, stopped)
    except OSError as error:
        print(f"The sandbox has ended: {error}", file=sys.stderr)
        return 2
    return 0


def _run(sandbox: Sandbox, options: argparse.Namespace, stopped: threading.Event) -> None:
    """Raises OSError if a file can't be written."""
    print(introduction(sandbox), flush=True)
    try:
        if options.port_file:
            _write(options.port_file, f"{sandbox.port}\n")
        stopped.wait()
    finally:
        sandbox.stop()
    if options.state:
        _write(options.state, json.dumps(sandbox.state(), indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A local stand-in for Datadog's cloud authentication API."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    add("--port", type=int, default=DEFAULT_PORT, help="0 picks a free one (default %(default)s)")
    add("--port-file", type=Path, metavar="FILE", help="write the port here as soon as requests are answered")
    add("--tls-cert", metavar="FILE", help="serve https with this certificate (PEM)")
    add("--tls-key", metavar="FILE", help="the certificate's key (PEM)")
    add("--state", type=Path, metavar="FILE", help="load the state from here if it exists, save it here on stopping")
    add("--seed", type=int, help="make the ids repeatable")
    add("--latency", type=float, default=0.0, metavar="SECONDS", help="wait before each request")
    add(
        "--list-lag",
        type=_lag,
        default=0.0,
        metavar="SECONDS",
        help="how far the list is behind the writes; 0,25: replicas",
    )
    add(
        "--get-lag",
        type=_lag,
        default=0.0,
        metavar="SECONDS",
        help="how far GET of one mapping is behind, in the same way",
    )
    add("--rate-limit", type=_rate_limit, metavar="N/SECONDS", help="answer 429 beyond N requests a period")
    add("--error-shape", choices=ERROR_SHAPES, default="objects", help="of most errors (default %(default)s)")
    add(
        "--paths",
        choices=PATHS,
        default="both",
        help="the spellings of the path that are answered (default %(default)s)",
    )
    add("--sts", metavar="URL", help="pass the proofs of AWS identities on to this STS, and believe it who they are")
    add("--strict", action="store_true", help="AWS accounts that are not listed in the state are not integrated")
    add(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting, see the README",
    )
    add("--quiet", action="store_true", help="don't print a line for each request")
    return parser


def _rate_limit(text: str) -> tuple[int, int]:
    requests, _slash, seconds = text.partition("/")
    return int(requests), int(seconds)


def _lag(text: str) -> float | list[float]:
    """Seconds, or several numbers with commas between them, one for each replica."""
    lags = [float(part) for part in text.split(",")]
    return lags if len(lags) > 1 else lags[0]


def _setting(text: str) -> tuple[str, Any]:
    """The value is JSON, or a text that needs no quotes."""
    name, equals, value = text.partition("=")
    known = list(Settings().as_dict())
    if not equals or name not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE with one of the names {', '.join(known)}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _started(options: argparse.Namespace) -> Sandbox:
    """Raises OSError, OverflowError, TypeError or ValueError, in words for whoever starts it."""
    sandbox = _sandbox(options)
    try:
        return sandbox.start()
    except OSError as error:
        place = f"port {options.port} of {options.host}"
        if error.errno == errno.EADDRINUSE:
            other = f"Choose another one with --port (make sandbox PORT={options.port + 1}), or any with --port 0."
            raise OSError(f"{place} is taken, perhaps by another sandbox. {other}") from None
        raise OSError(f"{place} can't be used: {error.strerror}.") from None


def _sandbox(options: argparse.Namespace) -> Sandbox:
    if bool(options.tls_cert) != bool(options.tls_key):
        raise ValueError("--tls-cert and --tls-key belong together")
    given = {
        "host": options.host,
        "port": options.port,
        "tls": (options.tls_cert, options.tls_key) if options.tls_cert else None,
        "seed": options.seed,
        "log": None if options.quiet else _print_record,
        "latency": options.latency,
        "list_lag": options.list_lag,
        "get_lag": options.get_lag,
        "rate_limit": options.rate_limit,
        "error_shape": options.error_shape,
        "paths": options.paths,
        "sts": options.sts,
        "strict_aws_accounts": options.strict,
        **dict(options.set),
    }
    sandbox = Sandbox(**given)
    try:
        state = _load(options.state)
        return Sandbox(**given, **checked(state)) if state is not None else sandbox
    except (OSError, TypeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"the state in {options.state} can't be used: {why}") from None


def _load(path: Path | None) -> Any:
    """What the file has as JSON, or None if there is no file. Raises OSError, ValueError."""
    if path is None or not path.exists():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"it is not JSON in UTF-8: {error}") from None


def _write(path: Path, text: str) -> None:
    """In one step: whoever waits for the file must not find half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _print_record(record: Record) -> None:
    told = [f"{record.method} {record.target} -> {record.status or 'connection lost'}"]
    if record.lag:
        told.append(f"as of {record.lag:g} s ago")
    if record.about:
        told.append(f"({record.about})")
    if record.reason:
        told.append(record.reason)
    print("  ".join(told), flush=True)


def introduction(sandbox: Sandbox) -> str:
    """What to paste into another shell, and which accounts and keys there are."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sandbox.env.items()]
    state = sandbox.state()
    privileged = {role["id"] for role in state["roles"] if "org_management" in role["permissions"]}
    accounts = [_account_line(account, privileged) for account in state["accounts"][:20]]
    keys = [_key_line(key, held) for key, held in state["app_keys"].items() if key != sandbox.env["DD_APP_KEY"]]
    return "\n".join(
        [
            f"Datadog sandbox on {sandbox.url}; stop it with Ctrl-C. Paste into another shell:",
            "",
            *exports,
            "",
            *_without_keys(sandbox, state["aws_access_keys"]),
            f"  {'account (email)':<28}{'handle':<38}kind",
            *accounts,
            "",
            "Other application keys:",
            *keys,
        ]
    )


def _without_keys(sandbox: Sandbox, identities: dict[str, dict[str, Any]]) -> list[str]:
    """How to log in as an AWS identity. Indented, for programs that take the lines with export as they stand."""
    variables = sandbox.keyless_env
    identity = identities.get(variables.get("AWS_ACCESS_KEY_ID", ""))
    if identity is None:
        return []
    exports = [f"  export {name}={shlex.quote(value)}" for name, value in variables.items() if name != "DATADOG_HOST"]
    arn = identity["arn"]
    return [
        f"Or log in without keys, as the AWS identity {arn}. That needs botocore.",
        f"With the keys, first map {arn.rpartition('/')[0]}/*, for example to terraform@corp.example.",
        "Then paste these as well; they take precedence over the keys:",
        "",
        *exports,
        "",
    ]


def _account_line(account: dict[str, Any], privileged: set[str]) -> str:
    kind = "service account" if account["service_account"] else "person"
    remarks = [kind, *(["disabled"] if account["disabled"] else [])]
    if privileged.intersection(account["roles"]):
        remarks.append("privileged: only a key with every permission may map to it")
    return f"  {account['email']:<28}{account['handle']:<38}{', '.join(remarks)}"


def _key_line(key: str, held: list[str]) -> str:
    return f"  {key}  {samples.APP_KEY_NOTES.get(key, ', '.join(held))}"
