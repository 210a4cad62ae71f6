"""What must stand in the books, written into temporary tables beside them for the auditor's questions."""

from __future__ import annotations

from collections import Counter

import psycopg
from tests.crash.messages import Message
from tests.crash.traffic import Traffic


def write(connection: psycopg.Connection[tuple[object, ...]], traffic: Traffic) -> None:
    """``told``: each message and how often it was acknowledged. ``sale``: each purchase, planted long ago or just now;
    ``receipt`` is null where nobody paid, ``spoken_of`` false where M-PESA has not said anything yet."""
    connection.execute(
        "CREATE TEMPORARY TABLE told (kind text, digest bytea, body bytea, receipt text, prompt_id uuid, times int)"
    )
    connection.execute(
        "CREATE TEMPORARY TABLE sale"
        " (number text, prompt_id uuid, msisdn text, cents bigint, spoken_of boolean, receipt text)"
    )
    cursor = connection.cursor()
    with cursor.copy("COPY told FROM STDIN") as copy:
        for message, times in _alike(traffic.acknowledged):
            copy.write_row([*_identity(message), message.receipt, message.sale.prompt, times])
    with cursor.copy("COPY sale FROM STDIN") as copy:
        for sale in [*traffic.told, *traffic.to_come]:
            receipt = traffic.receipts.get(sale)
            copy.write_row(
                [sale.number, sale.prompt, sale.msisdn, sale.total_cents, receipt is not None, receipt or None]
            )
    connection.execute("ANALYZE told, sale")


def _identity(message: Message) -> tuple[str, bytes, bytes]:
    return message.kind, message.digest, message.body


def _alike(acknowledged: Counter[Message]) -> list[tuple[Message, int]]:
    """Duplicates are told apart by nothing but their number."""
    times: Counter[tuple[str, bytes, bytes]] = Counter()
    for message, count in acknowledged.items():
        times[_identity(message)] += count
    first = {_identity(message): message for message in reversed(acknowledged)}
    return [(message, times[identity]) for identity, message in first.items()]
