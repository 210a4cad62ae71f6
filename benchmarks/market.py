"""The market's real processes, started for a benchmark on one database: doors and workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.planting import PAYBILL_TOKEN, SHORTCODE
from sokopesa.demo.run import SCRIPTS

PATIENCE = 120.0
SETTINGS = {
    "SOKOPESA_MPESA_SHORTCODE": SHORTCODE,
    "SOKOPESA_MPESA_PAYBILL_TOKEN": PAYBILL_TOKEN,
    "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1,196.201.214.200",
    "SOKOPESA_MPESA_BASE_URL": "http://127.0.0.1:9",
    "SOKOPESA_SMS_PROVIDER": "log",
}
"""Nobody is at the other end of M-PESA's API: what is measured is what callbacks set going."""


class Process:
    """One of the market's processes with all that it started, its output in a file."""

    def __init__(self, command: Sequence[str], *, url: str, log: Path) -> None:
        environment = {**os.environ, **SETTINGS, "DATABASE_URL": url}
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                command, env=environment, stdout=output, stderr=output
            )
        self._family = psutil.Process(self._process.pid)

    def check(self) -> None:
        """Raises:
        RuntimeError: it has ended by itself.
        """
        if self._process.poll() is not None:
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{self._log.stem} has ended by itself:\n{tail}")

    def processor_seconds(self) -> float:
        """Processor time that it has used so far."""
        times = [member.cpu_times() for member in self._members()]
        return float(sum(time.user + time.system for time in times))

    def resident_megabytes(self) -> float:
        """Memory that it holds now."""
        return float(sum(member.memory_info().rss for member in self._members())) / 1e6

    def stop(self) -> None:
        """Ask it to end, and wait. A server that was still starting leaves its workers behind; they end too."""
        started = self._family.children(recursive=True) if self._process.poll() is None else []
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for member in started:
            with suppress(psutil.NoSuchProcess):
                member.kill()

    def _members(self) -> list[psutil.Process]:
        return [self._family, *self._family.children(recursive=True)]


class Market:
    """Starts processes on one database. ``folder`` takes their logs."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self.running: list[Process] = []

    def start(self, name: str, command: Sequence[str]) -> Process:
        """Start a process of ours; its log is named for it."""
        self.running.append(Process(command, url=self._url, log=self._folder / f"{name}.log"))
        return self.running[-1]

    def open_door(self, *, door_only: bool = True, workers: int = 1) -> tuple[Process, int]:
        """The server as docs/operations.md starts it, and its port, once it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        only = ("--door-only",) if door_only else ()
        options = ("--port", str(port), "--workers", str(workers), *only)
        door = self.start("door", [str(SCRIPTS / "sokopesa"), "serve", *options])
        give_up_at = time.monotonic() + PATIENCE
        while True:
            door.check()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)
            else:
                return door, port

    def start_worker(self, name: str = "worker") -> Process:
        """One `sokopesa worker`."""
        return self.start(name, [str(SCRIPTS / "sokopesa"), "worker"])


@contextmanager
def market_on(url: str) -> Iterator[Market]:
    """A market whose processes end with the block."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-bench-logs-") as folder:
        market = Market(url, Path(folder))
        try:
            yield market
            for process in market.running:
                process.check()
        finally:
            for process in reversed(market.running):
                process.stop()
