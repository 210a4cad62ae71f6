"""The embedded server survives what happens on laptops: users are killed, it is killed, the machine is switched off."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

USER = """
import sys
from pathlib import Path
from sokopesa.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.ensure_database("market"), flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not one of pytest's: where we are root, PostgreSQL runs as a user who cannot enter those."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-postgres-", ignore_cleanup_errors=True) as parent:
        yield Path(parent) / "data"
        kill_server(Path(parent) / "data")


@contextmanager
def user_of(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the server until the end of the block, and the address that it was given."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.communicate(timeout=60)


def postmaster(folder: Path) -> psutil.Process | None:
    """The server that works in this folder."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.status() != psutil.STATUS_ZOMBIE and process.cmdline()[1:3] == ["-D", str(folder)]:
                return process
    return None


def kill_server(folder: Path) -> None:
    """As a machine that is switched off would."""
    if server := postmaster(folder):
        doomed = [server, *server.children()]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        give_up_at = time.monotonic() + 30
        while psutil.pid_exists(server.pid):  # until it is buried PostgreSQL takes it for alive
            assert time.monotonic() < give_up_at, "nobody buries the server"
            time.sleep(0.05)


def wait_until_gone(folder: Path) -> None:
    give_up_at = time.monotonic() + 30
    while postmaster(folder):
        assert time.monotonic() < give_up_at, "the server still runs"
        time.sleep(0.05)


def remember(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'still here' AS what")


def recall(url: str) -> str:
    with psycopg.connect(url) as connection:
        ((what,),) = connection.execute("SELECT what FROM kept").fetchall()
    return str(what)


def test_a_killed_user_does_not_keep_the_server_running_for_ever(folder: Path) -> None:
    with user_of(folder) as (process, url):
        remember(url)
        process.kill()
    assert postmaster(folder)
    with user_of(folder) as (_, url):
        assert recall(url) == "still here"
    wait_until_gone(folder)


def test_the_server_stays_while_somebody_else_uses_it(folder: Path) -> None:
    with user_of(folder) as (_, url):
        remember(url)
        with user_of(folder):
            pass
        assert recall(url) == "still here"
    wait_until_gone(folder)


def test_a_server_that_was_killed_starts_again(folder: Path) -> None:
    with user_of(folder) as (process, url):
        remember(url)
        process.kill()
        kill_server(folder)
    with user_of(folder) as (_, url):
        assert recall(url) == "still here"
    wait_until_gone(folder)


def test_a_lock_file_that_was_cut_short(folder: Path) -> None:
    """PostgreSQL was killed while it wrote it."""
    with user_of(folder) as (process, url):
        remember(url)
        process.kill()
        kill_server(folder)
    lock = folder / "postmaster.pid"
    lock.write_text("".join(lock.read_text(encoding="utf-8").splitlines(keepends=True)[:5]), encoding="utf-8")
    with user_of(folder) as (_, url):
        assert recall(url) == "still here"


def test_a_lock_file_whose_number_is_now_another_process(folder: Path) -> None:
    """The machine was switched off; since then the number was given to somebody else."""
    with user_of(folder) as (process, url):
        remember(url)
        process.kill()
        kill_server(folder)
    lock = folder / "postmaster.pid"
    _, *rest = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    lock.write_text("".join([f"{os.getpid()}\n", *rest]), encoding="utf-8")
    with user_of(folder) as (_, url):
        assert recall(url) == "still here"


def test_a_server_that_is_still_starting_is_waited_for(folder: Path) -> None:
    with user_of(folder) as (_, url):
        remember(url)
        lock = folder / "postmaster.pid"
        ready = lock.read_text(encoding="utf-8")
        lock.write_text(ready.replace("ready   ", "starting"), encoding="utf-8")
        threading.Timer(2, lambda: lock.write_text(ready, encoding="utf-8")).start()
        with user_of(folder) as (_, same):
            assert recall(same) == "still here"
