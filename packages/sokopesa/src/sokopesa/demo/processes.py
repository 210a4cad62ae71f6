"""Starting, watching and stopping the demo's processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE = 30.0
"""Seconds that a process may take to answer for the first time, and to finish when it is told to."""


class CannotStart(Exception):  # noqa: N818 - its text is the sentence that the person reads
    """The demo cannot run; the text says why and what to do."""


def require_free_port(port: int, *, setting: str) -> None:
    """Raises:
    CannotStart: something else listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} is in use, perhaps by this demo, running already. "
                f"Stop what uses it, or choose another: make demo {setting}={port + 10}"
            ) from error


@dataclass(frozen=True, slots=True)
class Program:
    """What to run; ``answers_at`` is an address that says it is ready."""

    name: str
    command: Sequence[str]
    answers_at: str | None = None


class Processes:
    """The demo's children. Each has its own session, so that a Ctrl-C reaches us alone and we stop them in order."""

    def __init__(self, *, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = dict(environment)
        self._logs = logs
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, program: Program) -> None:
        """Start it, its output in a log file of its name."""
        with (self._logs / f"{program.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                program.command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )
        self._running.append((program, process))

    def wait_until_ready(self) -> None:
        """Raises:
        CannotStart: one ended, or did not answer in time.
        """
        give_up_at = time.monotonic() + PATIENCE
        for program, process in self._running:
            while program.answers_at and not _answers(program.answers_at):
                if process.poll() is not None or time.monotonic() > give_up_at:
                    raise CannotStart(f"The {program.name} did not start. {self._log_tail(program)}")
                time.sleep(0.1)

    def ended(self) -> str | None:
        """A sentence about the first process that has ended by itself, if any has."""
        for program, process in self._running:
            if process.poll() is not None:
                return f"The {program.name} has ended by itself. {self._log_tail(program)}"
        return None

    def stop(self) -> None:
        """End all, last started first; whoever does not finish in time is killed, with all that it started."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for _, process in reversed(self._running):
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # A server told to stop while it starts may leave a child of its own behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _log_tail(self, program: Program) -> str:
        path = self._logs / f"{program.name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        return f"Its log, {path}, ends:\n" + "\n".join(lines)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False
