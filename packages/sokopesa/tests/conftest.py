"""The real PostgreSQL for every test that asks for a database, started once a run and gone after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from sokopesa.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="sokopesa-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: EmbeddedPostgres) -> None:
    where = urlsplit(postgres.url())
    default = connections["default"].settings_dict
    default.update(NAME="sokopesa", USER=where.username, HOST=parse_qs(where.query)["host"][0], PORT="")
    default["OPTIONS"].pop("pool", None)


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For tests that really commit, in one thread or many. Afterwards every table is emptied, past the ledger's guards
    that forbid it to everybody else (which is why pytest-django's own ``transaction=True`` cannot be used here)."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        with connections["default"].cursor() as cursor:
            tables = [
                name for name in connections["default"].introspection.table_names(cursor) if name != "django_migrations"
            ]
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        connections.close_all()
