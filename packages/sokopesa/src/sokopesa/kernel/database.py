"""One statement for many rows, or one that is sent again and again. Django's own cursors write parameters into the
statement's text; here the server binds them, which for arrays of thousands is several times quicker, and knows their
sizes when it plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.types.numeric import Int8BinaryDumper


def fetch(
    statement: str, parameters: Sequence[object] | Mapping[str, object] = (), *, often: bool = False
) -> list[tuple[Any, ...]]:
    """The statement's rows, on Django's connection and in its transaction. Write ``%b`` for arrays: their binary form
    costs a tenth of their text.

    What is sent ``often`` each connection parses and plans once: for small statements, whose best plan does not hang on
    how much they are given. Their whole numbers go as ``bigint``, or it would be another statement for each size.

    Raises:
        django.db.Error: what the database refused, as everywhere in Django.
    """
    connection.ensure_connection()
    kind = _OftenCursor if often else psycopg.Cursor
    with connection.wrap_database_errors, kind(connection.connection) as cursor:
        cursor.execute(statement, parameters, binary=True, prepare=often)
        return cursor.fetchall() if cursor.rownumber is not None else []


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


class _OftenCursor(psycopg.Cursor[tuple[Any, ...]]):
    def __init__(self, on: psycopg.Connection[Any]) -> None:
        super().__init__(on)
        self.adapters.register_dumper(int, Int8BinaryDumper)
