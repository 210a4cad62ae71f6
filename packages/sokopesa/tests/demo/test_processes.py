"""The demo's children are started, watched and stopped, and none outlives it."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from sokopesa.demo.processes import CannotStart, Processes, Program, require_free_port

ABANDONS_ITS_CHILD = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
time.sleep(600)
"""


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_grandchild_is_stopped_too(tmp_path: Path) -> None:
    note = tmp_path / "child"
    processes = Processes(environment=os.environ, logs=tmp_path)
    processes.start(Program("parent", [sys.executable, "-c", ABANDONS_ITS_CHILD, str(note)]))
    give_up_at = time.monotonic() + 30
    while not (note.exists() and note.read_text(encoding="utf-8")):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    child = int(note.read_text(encoding="utf-8"))
    assert alive(child)
    processes.stop()
    while alive(child):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_a_program_that_ends_at_once_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    processes = Processes(environment=os.environ, logs=tmp_path)
    command = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    processes.start(Program("market", command, answers_at="http://127.0.0.1:1/"))
    with pytest.raises(CannotStart, match=r"(?s)The market did not start.*the disk is full"):
        processes.wait_until_ready()
    assert "market" in (processes.ended() or "")


def test_a_busy_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} is in use.*make demo PORT={port + 10}"):
            require_free_port(port, setting="PORT")
