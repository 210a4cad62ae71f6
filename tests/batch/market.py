"""What a disbursement needs: PostgreSQL, the callback door, workers and the simulated network, as processes of their
own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import httpx
import psycopg
from tests.batch.lines import FLOAT_SHILLINGS, PHONES, phone
from tests.batch.nursery import Nursery, Worker
from tests.crash.postgres import ROOT, Postgres
from tests.crash.programs import DOOR, SOKOPESA, Program, door
from tests.stack import environment_without_django, free_ports

B2C = "600981"
PATIENCE_SECONDS = 60

FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "callback_lost", "operation": "b2c", "probability": 0.02},
    {"kind": "callback_duplicated", "operation": "b2c", "probability": 0.02, "seconds": 1},
    {"kind": "callback_delayed", "operation": "b2c", "probability": 0.02, "seconds": 4},
    {"kind": "callback_early", "operation": "b2c", "probability": 0.02, "seconds": 1},
    {"kind": "queue_timeout", "operation": "b2c", "probability": 0.01, "seconds": 2},
    {"kind": "lost_answer", "operation": "b2c", "probability": 0.02},
    {"kind": "lost_answer", "operation": "b2c", "probability": 0.02, "how": "dropped"},
    {"kind": "server_error", "operation": "b2c", "probability": 0.01},
    {"kind": "too_many_requests", "operation": "b2c", "probability": 0.0005},
)
"""What the network does to instructions beside the kills. Each is got over without a person."""

HURRY = {
    "SOKOPESA_MPESA_TIMEOUT": "8",
    "SOKOPESA_MPESA_PAYOUT_FIRST_QUESTION": "1",
    "SOKOPESA_MPESA_PAYOUT_LIFETIME": "6",
}


_FIGURES = """
SELECT
    count(*) FILTER (WHERE attempt = 1)
        / greatest(extract(epoch FROM max(sent_at) FILTER (WHERE attempt = 1) - min(sent_at)), 1),
    count(*) FILTER (WHERE asked > 0), count(*) FILTER (WHERE attempt > 1), count(*) FILTER (WHERE tries > 1)
FROM payouts_transfer
"""


class Market:
    """Everything in one folder of its own."""

    def __init__(self, folder: Path, *, workers: int, rate: float, seed: int) -> None:
        self.folder = folder
        self.books = folder / "network.db"
        self.postgres = Postgres(folder / "postgres")
        self._count, self._rate, self._seed = workers, rate, seed
        self._port, self._network_port = free_ports(2)
        self.network_url = f"http://127.0.0.1:{self._network_port}"
        self._programs: list[Program] = []
        self._workers: list[Worker] = []
        self._nursery: Nursery | None = None
        self._eye: psycopg.Connection[tuple[object, ...]] | None = None

    def open(self) -> None:
        """Start everything but the workers."""
        self.postgres.start()
        self.postgres.require_durability()
        self._environment = {
            **environment_without_django(),
            **HURRY,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "sokopesa.settings",
            "DATABASE_URL": self.postgres.url,
            "SOKOPESA_SECRET_KEY": "a secret of this test",
            "SOKOPESA_MPESA_BASE_URL": self.network_url,
            "SOKOPESA_MPESA_CONSUMER_KEY": "test",
            "SOKOPESA_MPESA_CONSUMER_SECRET": "test",
            "SOKOPESA_MPESA_CALLBACK_BASE_URL": f"http://127.0.0.1:{self._port}",
            "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1",
            "SOKOPESA_MPESA_B2C_SHORTCODE": B2C,
            "SOKOPESA_MPESA_B2C_INITIATOR": "testapi",
            "SOKOPESA_MPESA_B2C_INITIATOR_PASSWORD": "Safaricom999!*!",
            "SOKOPESA_MPESA_CERTIFICATE": str(self.folder / "certificate.pem"),
            "SOKOPESA_MPESA_PAYOUTS_PER_SECOND": str(self._rate),
            "SOKOPESA_SMS_PROVIDER": "log",
        }
        simulator = str(Path(sysconfig.get_path("scripts")) / "mpesa-simulator")
        books = ["--books", str(self.books), "--seed", str(self._seed), "--host", "127.0.0.1"]
        self._run("network", [simulator, "serve", "--port", str(self._network_port), *books])
        self._furnish()
        for command in ("migrate", "createcachetable"):
            subprocess.run([SOKOPESA, "manage", command], env=self._environment, check=True, capture_output=True)
        self._run("door", door(DOOR, self._port))

    def _run(self, name: str, command: list[str]) -> Program:
        program = Program(name, command, self._environment, self.folder / f"{name}.log")
        program.start()
        self._programs.append(program)
        return program

    def _furnish(self) -> None:
        """Phones with wallets, and a float; then the faults."""
        with httpx.Client(base_url=self.network_url, timeout=120) as network:
            give_up_at = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    certificate = network.get("/simulator/v1/certificate").content
                    break
                except httpx.TransportError:
                    if time.monotonic() > give_up_at:
                        raise
                    time.sleep(0.1)
            (self.folder / "certificate.pem").write_bytes(certificate)
            control = f"{self.network_url}/simulator/v1"
            hurry = {"callback_seconds": 0.1, "result_seconds": 0.1}
            network.patch(f"{control}/settings", json=hurry).raise_for_status()
            for number in range(PHONES):
                person = {"name": "ASHA TEST", "balance": 0}
                network.put(f"{control}/subscribers/{phone(number)}", json=person).raise_for_status()
            filled = {"balances": {"utility": FLOAT_SHILLINGS}}
            network.put(f"{control}/organisations/{B2C}", json=filled).raise_for_status()

    def break_things(self, *faults: dict[str, object]) -> None:
        """Put these faults in force instead of all others."""
        httpx.put(f"{self.network_url}/simulator/v1/faults", json={"faults": faults}, timeout=120).raise_for_status()

    def start_workers(self) -> None:
        """They begin to send at once."""
        self._nursery = Nursery(self._environment, self.folder / "nursery.log")
        for number in range(1, self._count + 1):
            name = f"worker-{number}"
            worker = Worker(name, self.folder / f"{name}.log", self._nursery)
            worker.start()
            self._workers.append(worker)

    def at_work(self) -> list[Worker]:
        """The workers that have begun to ask the database what there is to do."""
        rows = self._look(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        return [worker for worker in self._workers if (worker.name,) in rows]

    def lines(self, *words: str) -> None:
        """Run ``tests.batch.lines`` with the market's settings."""
        command = [sys.executable, "-m", "tests.batch.lines", *words]
        subprocess.run(command, env=self._environment, cwd=ROOT, check=True)

    def ask(self, *command: str) -> tuple[int, str]:
        """Exit status and output of a ``sokopesa`` command."""
        done = subprocess.run([SOKOPESA, *command], env=self._environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def states(self) -> dict[str, int]:
        """How many transfers are in each state."""
        rows = self._look("SELECT state, count(*) FROM payouts_transfer GROUP BY state")
        return {str(state): int(str(count)) for state, count in rows}

    def figures(self) -> str:
        """What became of the lines, in words."""
        [figures] = self._look(_FIGURES)
        rate, asked, again, turned_away = (float(str(figure)) for figure in figures)
        return (
            f"{rate:.1f} lines a second from the first call to the last; {asked:,.0f} were asked after, {again:,.0f}"
            f" sent anew after M-PESA had forgotten them, {turned_away:,.0f} called again after they were turned away"
        )

    def _look(self, query: str) -> list[tuple[object, ...]]:
        if self._eye is None:
            self._eye = psycopg.connect(self.postgres.url, autocommit=True)
        return self._eye.execute(query.encode()).fetchall()

    def supervise(self) -> None:
        """Start again whatever ended by itself."""
        for program in [*self._programs, *self._workers]:
            program.restart_if_ended()

    def close(self) -> None:
        """Stop everything in order."""
        if self._eye is not None:
            self._eye.close()
        for worker in self._workers:
            worker.stop()
        if self._nursery is not None:
            self._nursery.close()
        for program in reversed(self._programs):
            program.stop()
        self.postgres.stop()
