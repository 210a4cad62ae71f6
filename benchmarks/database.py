"""PostgreSQL for one run: fresh, in a temporary folder, durable, and set as docs/operations.md recommends."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from sokopesa.demo.run import SCRIPTS
from sokopesa.embedded_postgres import EmbeddedPostgres

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "2GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "wal_buffers": "64MB",
    "effective_cache_size": "6GB",
    "random_page_cost": "1.1",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "jit": "off",
}
"""The section *PostgreSQL* of docs/operations.md says what each is for."""

_MIGRATED = "migrated"


class Server:
    """A running server with one migrated database, which every benchmark gets a copy of."""

    def __init__(self, folder: Path) -> None:
        first = EmbeddedPostgres(folder)
        with psycopg.connect(first.url(), autocommit=True) as connection:
            for name, value in SETTINGS.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        first.stop()
        self._postgres = EmbeddedPostgres(folder)
        environment = {**os.environ, "DATABASE_URL": self._postgres.ensure_database(_MIGRATED)}
        for command in ("migrate", "createcachetable"):
            subprocess.run(  # noqa: S603 - our own command
                [str(SCRIPTS / "sokopesa"), "manage", command, "--verbosity", "0"], env=environment, check=True
            )

    def fresh(self, name: str) -> str:
        """Make the database ``name`` with the market's tables and nothing in them; its URL, which is also put into
        ``DATABASE_URL`` for the processes that are started from now on."""
        with psycopg.connect(self._postgres.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_MIGRATED))
            )
        os.environ["DATABASE_URL"] = url = self._postgres.url(name)
        return url

    def drop(self, name: str) -> None:
        """Let go of a benchmark's database and its disk space."""
        with psycopg.connect(self._postgres.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Shut down; the folder goes with its owner."""
        self._postgres.stop()


@contextmanager
def running_server() -> Iterator[Server]:
    """A server whose files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-bench-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder) / "postgres")
        try:
            yield server
        finally:
            server.stop()
