# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""botocore's chain of places that may give AWS credentials, none of which waits forever. Loaded when it is asked."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session

PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


class TookTooLong(Exception):
    """A program that prints credentials did not end in time."""


class CodeNeeded(Exception):
    """A profile asks for an MFA code, and there is nobody to ask."""


@contextmanager
def bounded_session(profile: str | None, timeout: int) -> Iterator[Session]:
    """A session whose programs and servers have to answer within ``timeout`` seconds each, and which asks nobody."""
    from botocore import credentials
    from botocore.config import Config
    from botocore.session import Session

    for name in PROFILE_VARIABLES:
        if os.environ.get(name, "").strip() in ("", "None"):  # Ansible makes "None" of a null.
            os.environ.pop(name, None)
    session = Session(profile=profile)
    session.set_default_client_config(
        Config(connect_timeout=timeout, read_timeout=timeout, retries={"max_attempts": 1})
    )
    usual = credentials.ProcessProvider

    class Bounded(usual):  # type: ignore[misc, valid-type]  # botocore has no annotations
        """botocore makes one for each profile that leads to another."""

        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(
                *arguments, **{**settings, "popen": lambda *args, **more: _Program(timeout, *args, **more)}
            )

    credentials.ProcessProvider = Bounded
    try:
        session.get_component("credential_provider").get_provider("assume-role")._prompter = _ask_nobody  # noqa: SLF001 - no other way in
        yield session
    finally:
        credentials.ProcessProvider = usual


class _Program(subprocess.Popen[Any]):
    """A program without a terminal, which is ended when it takes too long, with all that it has started."""

    def __init__(self, timeout: int, *arguments: Any, **settings: Any) -> None:
        self._timeout = timeout
        super().__init__(*arguments, **{**settings, "stdin": subprocess.DEVNULL, "start_new_session": True})

    def communicate(self, *_arguments: Any, **_settings: Any) -> tuple[Any, Any]:
        """What the program prints."""
        try:
            return super().communicate(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait()
            for pipe in filter(None, (self.stdout, self.stderr)):
                pipe.close()
            raise TookTooLong(
                f"the credential_process of the AWS configuration did not end within {self._timeout} s (timeout)"
            ) from None


def _ask_nobody(_prompt: str) -> str:
    raise CodeNeeded("the profile asks for an MFA code, and a task has nobody to ask")
