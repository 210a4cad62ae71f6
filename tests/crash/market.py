"""The market under test: PostgreSQL, the callback door and the workers, as processes of their own."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from tests.crash.messages import PAYBILL_TOKEN
from tests.crash.postgres import ROOT, Postgres
from tests.crash.programs import DOOR, SOKOPESA, WORKER, Program, door
from tests.crash.sales import SHORTCODE
from tests.stack import environment_without_django, free_ports

SUPERVISOR_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Build:
    """What is run. The planted faults replace a part of it; ``settings`` are PostgreSQL's, for our database."""

    door: str = DOOR
    worker: Sequence[str] = WORKER
    settings: tuple[tuple[str, str], ...] = ()


class Market:
    """Everything in one folder of its own."""

    def __init__(self, folder: Path, build: Build, *, workers: int) -> None:
        self.postgres = Postgres(folder / "postgres")
        self._folder, self._build, self._workers = folder, build, workers
        (port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{port}"
        self._port = port

    def open(self) -> None:
        """Start everything; the door and the workers may still be on their way up."""
        self.postgres.start()
        self.postgres.require_durability()
        environment = self._environment = self._environment_for_all()
        for command in ("migrate", "createcachetable"):
            subprocess.run([SOKOPESA, "manage", command], env=environment, check=True, capture_output=True)
        self._apply_settings()
        self.door = Program("door", door(self._build.door, self._port), environment, self._folder / "door.log")
        self.workers = [
            Program(f"worker {number}", self._build.worker, environment, self._folder / f"worker-{number}.log")
            for number in range(1, self._workers + 1)
        ]
        for program in self.programs:
            program.start()

    @property
    def programs(self) -> list[Program]:
        return [self.door, *self.workers]

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection past the market's code."""
        return psycopg.connect(self.postgres.url, autocommit=True)

    def ask(self, *command: str) -> tuple[int, str]:
        """Exit status and output of a ``sokopesa`` command."""
        done = subprocess.run([SOKOPESA, *command], env=self._environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    @asynccontextmanager
    async def supervised(self) -> AsyncIterator[None]:
        """Whatever ends by itself within this block is started again."""
        supervisor = asyncio.create_task(self._supervise())
        try:
            yield
        finally:
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor

    async def _supervise(self) -> None:
        while True:
            for program in self.programs:
                program.restart_if_ended()
            await asyncio.sleep(SUPERVISOR_SECONDS)

    def close(self) -> None:
        """Stop everything in order."""
        for program in self.programs:
            program.stop()
        self.postgres.stop()

    def _apply_settings(self) -> None:
        with self.connect() as connection:
            for name, value in self._build.settings:
                connection.execute(
                    sql.SQL("ALTER DATABASE sokopesa SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )

    def _environment_for_all(self) -> dict[str, str]:
        return {
            **environment_without_django(),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "sokopesa.settings",
            "DATABASE_URL": self.postgres.url,
            "SOKOPESA_SECRET_KEY": "a secret of this test",
            "SOKOPESA_MPESA_SHORTCODE": SHORTCODE,
            "SOKOPESA_MPESA_PAYBILL_TOKEN": PAYBILL_TOKEN,
            "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1",
            # Nothing listens there: only callbacks can settle anything.
            "SOKOPESA_MPESA_BASE_URL": "http://127.0.0.1:9",
            "SOKOPESA_SMS_PROVIDER": "log",
        }
