"""PostgreSQL as it runs in a laptop's market, to be killed and started again on the same folder."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
"""Without these nothing that a kill shows would be worth anything."""

_ADOPT_ORPHANS = 36
"""Linux's PR_SET_CHILD_SUBREAPER."""


def adopt_orphans() -> None:
    """Become the parent of every process below us whose parent dies. PostgreSQL takes a dead process that nobody has
    buried for a living one, and some containers bury late or never. Elsewhere than on Linux this is init's business."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)


class Postgres:
    """An embedded server whose keeper is a process of its own, so that both die as a laptop's would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keeper: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, recovering whatever a kill left. Raises RuntimeError if it does not come up."""
        command = [sys.executable, "-m", "tests.crash.postgres_keeper", str(self._folder)]
        self._keeper = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._keeper.stdout is not None
        self.url = self._keeper.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"PostgreSQL did not start again; its log is {self._folder / 'log'}")

    def require_durability(self) -> None:
        """Raises AssertionError if the server may forget what it has acknowledged."""
        with psycopg.connect(self.url) as connection:
            for setting in MUST_BE_ON:
                assert connection.execute(f"SHOW {setting}".encode()).fetchone() == ("on",), setting

    def kill(self) -> float:
        """SIGKILL to the keeper, the postmaster and every process of it at once; the moment of it."""
        assert self._keeper is not None
        postmaster = self._postmaster()
        doomed = [postmaster, *postmaster.children()]
        self._keeper.kill()
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        moment = time.time()
        self._keeper.communicate()
        _bury(doomed)
        return moment

    def kill_backend(self, rng: random.Random) -> float:
        """SIGKILL to one process that serves a connection: PostgreSQL then throws all of them out and recovers."""
        serving: list[tuple[int]] = []
        # It may recover still from the last one.
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url) as connection:
            serving = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
        for (pid,) in rng.sample(serving, min(1, len(serving))):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        return time.time()

    def stop(self) -> None:
        """Shut it down in order."""
        if self._keeper is not None:
            self._keeper.communicate()

    def _postmaster(self) -> psutil.Process:
        lock = (self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return psutil.Process(int(lock[0]))


def _bury(processes: list[psutil.Process]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for process in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, 0)
        while psutil.pid_exists(process.pid) and process.is_running():
            assert time.monotonic() < give_up_at, f"{process} does not die"
            time.sleep(0.01)
