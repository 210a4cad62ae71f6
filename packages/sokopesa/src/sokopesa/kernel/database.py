"""One statement for many rows. Django's own cursors write parameters into the statement's text; here the server binds
them, which for arrays of thousands is several times quicker, and knows their sizes when it plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql


def fetch(statement: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """The statement's rows, on Django's connection and in its transaction. Write ``%b`` for arrays: their binary form
    costs a tenth of their text.

    Raises:
        django.db.Error: what the database refused, as everywhere in Django.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, binary=True)
        return cursor.fetchall() if cursor.description else []


def copy_in(table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """Rows into a table as fast as PostgreSQL takes them. ``blocks`` are CSV, whole lines or not; quoted is what is
    empty, and null what is not even quoted. On Django's connection and in its transaction.

    Raises:
        django.db.Error: what the database refused.
    """
    connection.ensure_connection()
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor, cursor.copy(into) as copy:
        for block in blocks:
            copy.write(block)
