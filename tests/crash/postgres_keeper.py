"""Keeps a PostgreSQL server running until its own input ends: ``python -m tests.crash.postgres_keeper FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from sokopesa.embedded_postgres import EmbeddedPostgres

if __name__ == "__main__":
    server = EmbeddedPostgres(Path(sys.argv[1]))
    url = server.ensure_database("sokopesa")
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()
