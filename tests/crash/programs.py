"""The market's own processes, run as a supervisor runs them: whatever ends is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.postgres import ROOT

DOOR = "sokopesa.intake.asgi:application"
"""What takes M-PESA's callbacks in, and does nothing else."""

SOKOPESA = str(Path(sysconfig.get_path("scripts")) / "sokopesa")
WORKER = (SOKOPESA, "worker")


def door(application: str, port: int) -> list[str]:
    """The door in a process of its own, as docs/operations.md starts it; ``application`` may be a broken one."""
    start = f"from sokopesa.serving import serve; serve({application!r}, host='127.0.0.1', port={port})"
    return [sys.executable, "-c", start]


@dataclass
class Program:
    """A process with all that it starts. ``failures`` counts how often it ended without being killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    failures: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; it may take its time to be of use."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment, cwd=ROOT, start_new_session=True
            )

    def kill(self) -> float:
        """SIGKILL to it and to what it started; the moment of it."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        moment = time.time()
        self._process.wait()
        self._process = None
        return moment

    def restart_if_ended(self) -> None:
        """What a supervisor does. One that was killed is left to whoever killed it."""
        if self._process is not None and self._process.poll() is not None:
            self.failures += 1
            self.start()

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self.kill()
