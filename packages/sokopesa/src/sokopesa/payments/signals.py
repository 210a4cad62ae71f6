"""Telling open pages that something about a purchase has changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

CHANNEL = "purchase"
"""PostgreSQL channel; the payload is the purchase's number. Listeners hear it when the transaction commits."""


def changed(numbers: Iterable[str]) -> None:
    """Tell whoever watches these purchases, once this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, number) FROM unnest(%s::text[]) AS number", [CHANNEL, sorted(set(numbers))]
        )
