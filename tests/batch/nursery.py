"""Workers that are there at once: each is forked from a process that has loaded `sokopesa worker` already and done
nothing else. To load it anew takes seconds, in which there would be nothing to kill.

The nursery itself reads a worker's name and its log's path from each line, and answers with the process it became.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.postgres import ROOT

STOP_WITHIN_SECONDS = 30


class Nursery:
    """The process that workers are forked from."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.batch.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )

    def fork(self, name: str, log: Path) -> int:
        """A worker's process. PostgreSQL knows it by its name."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\t{log}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Workers that live go on."""
        self._process.communicate()


@dataclass
class Worker:
    """One worker after the other of the same name. ``failures`` counts those that ended without being killed."""

    name: str
    log: Path
    nursery: Nursery
    failures: int = 0
    _process: int = field(default=0, init=False)

    def start(self) -> None:
        """The next one."""
        self._process = self.nursery.fork(self.name, self.log)

    def kill(self) -> None:
        """SIGKILL; it is dead by then."""
        self._end(signal.SIGKILL)

    def restart_if_ended(self) -> None:
        """What a supervisor does."""
        if self._process and not self._lives():
            self.failures += 1
            self.start()

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)
        self._process = 0

    def _end(self, by: signal.Signals) -> None:
        give_up_at = time.monotonic() + STOP_WITHIN_SECONDS
        while self._process and self._lives():
            with suppress(ProcessLookupError):
                os.kill(self._process, by if time.monotonic() < give_up_at else signal.SIGKILL)
            time.sleep(0.01 if by is signal.SIGKILL else 0.2)

    def _lives(self) -> bool:
        with suppress(ChildProcessError):  # ours to bury only if the nursery is gone
            os.waitpid(self._process, os.WNOHANG)
        try:
            os.kill(self._process, 0)
        except ProcessLookupError:
            return False
        return True


def _raise_workers() -> None:
    from sokopesa.cli.django import set_up_django

    set_up_django()
    from sokopesa.worker.main import run

    assert threading.active_count() == 1, "a thread would be missing in what is forked"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who dies is buried at once
    for line in sys.stdin:
        name, log = line.rstrip("\n").split("\t")
        if child := os.fork():
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()
            continue
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ["PGAPPNAME"] = name
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for inherited, own in enumerate((nothing, written, written)):
            os.dup2(own, inherited)
        status = 1
        try:
            asyncio.run(run())
            status = 0
        finally:
            if status:
                traceback.print_exc()
            os._exit(status)


if __name__ == "__main__":
    _raise_workers()
