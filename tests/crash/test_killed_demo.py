"""`make demo` whose terminal is closed leaves nothing; after one that is killed the next one works."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests.stack import PATIENCE_SECONDS, Stack, demo_command, free_ports


@pytest.fixture
def demo() -> Iterator[Stack]:
    """One that runs, in a folder that PostgreSQL's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-killed-", ignore_cleanup_errors=True) as folder:
        stack = Stack(Path(folder))
        stack.start()
        yield stack
        for process in stack.processes():
            process.kill()


def buyers(demo: Stack) -> int:
    """How many people there are who neither work at the market nor act for a shop."""
    query = """
        SELECT count(*) AS many FROM people_user
        WHERE NOT is_staff AND id NOT IN (SELECT user_id FROM people_sellermember)
    """
    with demo.database() as connection:
        (row,) = connection.execute(query).fetchall()
    return int(row["many"])


def test_closing_the_terminal_leaves_nothing(demo: Stack) -> None:
    assert demo.stop(signal.SIGHUP) == 0
    assert demo.processes() == []


def test_a_killed_demo_is_taken_up_by_the_next(demo: Stack) -> None:
    """What it left is ended, or used again; the data are there, and Ctrl-C then leaves nothing."""
    with demo.database() as connection:
        connection.execute(
            "INSERT INTO people_user (phone, password, is_superuser, name, language, is_staff, is_active, created_at)"
            " VALUES ('254722000001', '!', false, 'Asha', 'en', false, true, now())"
        )
    assert demo.stop(signal.SIGKILL) == -signal.SIGKILL
    assert demo.processes()

    demo.start()
    assert buyers(demo) == 1
    assert httpx.get(f"{demo.shop}/", timeout=20).status_code == 200
    assert demo.stop() == 0
    assert demo.processes() == []


def test_a_demo_of_which_nothing_is_left_but_the_folder(demo: Stack) -> None:
    """The machine was switched off."""
    demo.stop(signal.SIGKILL)
    left = demo.processes()
    for process in left:
        process.kill()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while any(psutil.pid_exists(process.pid) for process in left):
        assert time.monotonic() < give_up_at
        time.sleep(0.1)

    demo.start()
    assert httpx.get(f"{demo.shop}/", timeout=20).status_code == 200
    assert demo.stop() == 0
    assert demo.processes() == []


def test_a_second_demo_in_the_same_folder_is_refused_and_harms_nobody(demo: Stack) -> None:
    port, simulator_port = free_ports(2)
    environment = {**demo.environment, "PORT": str(port), "SIMULATOR_PORT": str(simulator_port)}
    second = subprocess.run(demo_command(), env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "is running already" in " ".join(second.stdout.split())
    assert httpx.get(f"{demo.shop}/", timeout=20).status_code == 200
    assert demo.stop() == 0
