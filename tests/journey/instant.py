"""Refunds that leave at once do so by rules that the demo begins with. Tests of the other ways let these rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.journey.ageing import Connection

HOLDS_LATER = "UPDATE disbursement_instantrule SET valid_from = valid_from + %s * interval '1 year'"


@contextmanager
def no_refund_leaves_at_once(connection: Connection) -> Iterator[None]:
    """Every rule holds from next year on; afterwards as before. The guards that keep rules as they are sleep."""
    _hold(connection, 1)
    try:
        yield
    finally:
        _hold(connection, -1)


def _hold(connection: Connection, years: int) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(HOLDS_LATER, [years])
