"""The demo as a person starts it, in processes of its own, for tests to use from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sysconfig
import threading
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

OPENED = "Sokopesa is open"
PATIENCE_SECONDS = 90
"""For a start or a stop on a machine that is busy with other things."""

HURRY = {
    "SOKOPESA_MPESA_FIRST_QUESTION": "1",
    "SOKOPESA_MPESA_PROMPT_LIFETIME": "10",
    "SOKOPESA_MPESA_TIMEOUT": "2",
}
"""The market asks M-PESA after a second, waits two for its answers and takes a prompt for lapsed after ten, so that no
test waits for minutes."""


class Stack:
    """``sokopesa demo`` on ports and in a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        port, simulator_port = free_ports(2)
        self.shop = f"http://127.0.0.1:{port}"
        self.simulator = f"http://127.0.0.1:{simulator_port}"
        self.environment = {
            **environment_without_django(),
            **HURRY,
            "PORT": str(port),
            "SIMULATOR_PORT": str(simulator_port),
            "SOKOPESA_DATA": str(data),
        }

    def start(self) -> None:
        """Return once it has said that it is open. After `stop` it may be started again."""
        self._said: list[str] = []
        self._opened = threading.Event()
        self._process = subprocess.Popen(
            demo_command(), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._opened.wait(PATIENCE_SECONDS)
        if OPENED not in self.output:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"The demo did not open (exit status {self._process.returncode}):\n{self.output}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or send another signal to it alone; the exit status."""
        self._process.send_signal(how)
        try:
            return self._process.wait(PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._listener.join()

    def processes(self) -> list[psutil.Process]:
        """All processes, ours aside, that this demo started and that still run, whoever their parent is now."""
        return [process for process in psutil.process_iter() if process.pid != os.getpid() and self._owns(process)]

    def database(self) -> psycopg.Connection[dict[str, Any]]:
        """The market's own database, while the demo runs. We look in as a guest: the folder's lock file says where
        the server's socket is (its fifth line), for joining as `EmbeddedPostgres` would keep the server from stopping.
        """
        return psycopg.connect(
            host=self._socket, user="postgres", dbname="sokopesa", autocommit=True, row_factory=dict_row
        )

    def command(self, *words: str) -> str:
        """Run ``sokopesa`` with these words against the market's database, as its operator does; what it prints.

        Raises:
            subprocess.CalledProcessError: its exit status is not 0.
        """
        environment = {**self.environment, "DATABASE_URL": f"postgresql://postgres@/sokopesa?host={self._socket}"}
        done = subprocess.run([sokopesa(), *words], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def _socket(self) -> str:
        return (self.data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[4]

    @property
    def output(self) -> str:
        """All that the demo has printed since it started."""
        return "".join(self._said)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._said.append(line)
                if OPENED in line:
                    self._opened.set()
        self._opened.set()

    def _owns(self, process: psutil.Process) -> bool:
        """PostgreSQL overwrites its environment with its title, but works in its folder."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            inherited = process.environ().get("SOKOPESA_DATA") == str(self.data)
            return inherited or Path(process.cwd()).is_relative_to(self.data)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


def demo_command() -> list[str]:
    """What ``make demo`` runs."""
    return [sokopesa(), "demo"]


def sokopesa() -> str:
    """The command, as it is installed here."""
    return str(Path(sysconfig.get_path("scripts")) / "sokopesa")


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def environment_without_django() -> dict[str, str]:
    """Ours, without what other tests in this run have set for themselves."""
    ours = ("SOKOPESA_", "DJANGO_", "DATABASE_URL", "PORT", "SIMULATOR_PORT")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
