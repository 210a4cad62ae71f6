"""Days that pass for one purchase: everything that happened to it, and everything that is awaited of it, moves back.

The market is not told; whatever looks at a deadline next, its worker or a page, finds it passed. M-PESA's receipts, the
ledger and SMS keep their moments: what was booked was booked when it was.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg

Connection = psycopg.Connection[dict[str, Any]]

OF_ORDER = "order_id IN (SELECT id FROM orders_order WHERE purchase_id = %(purchase)s)"
OF_PARCEL = f"shipment_id IN (SELECT id FROM shipping_shipment WHERE {OF_ORDER})"
OF_DISPUTE = f"dispute_id IN (SELECT id FROM aftersale_dispute WHERE {OF_ORDER})"

ROWS = {
    "orders_purchase": "id = %(purchase)s",
    "orders_event": "purchase_id = %(purchase)s",
    "orders_order": "purchase_id = %(purchase)s",
    "orders_clock": OF_ORDER,
    "refunds_refund": OF_ORDER,
    "shipping_shipment": OF_ORDER,
    "shipping_extension": OF_ORDER,
    "shipping_trackingevent": OF_PARCEL,
    "aftersale_cancelrequest": OF_ORDER,
    "aftersale_dispute": OF_ORDER,
    "aftersale_disputeevent": OF_DISPUTE,
    "aftersale_evidence": OF_DISPUTE,
    "aftersale_plan": OF_DISPUTE,
    "aftersale_ruling": OF_DISPUTE,
    "aftersale_appeal": OF_DISPUTE,
}
"""Where a purchase's moments are, and which rows are its own."""

DATED = """
    SELECT column_name AS name, data_type = 'date' AS is_day FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND data_type IN ('date', 'timestamp with time zone')
"""

AGE = {True: "%(days)s", False: "make_interval(days => %(days)s)"}
"""What is taken from a date, and from a moment."""

PROMISED = "SELECT promised_until FROM orders_order JOIN orders_purchase p ON p.id = purchase_id WHERE p.number = %s"


def days_pass(connection: Connection, number: str, *, days: int) -> None:
    """Make all that a purchase is about so many days older. The guards that keep the past as it was are let sleep."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        purchase = connection.execute(
            "SELECT id FROM orders_purchase WHERE number = %s FOR UPDATE", [number]
        ).fetchone()
        assert purchase, f"there is no purchase {number}"
        for table, own in ROWS.items():
            moments = connection.execute(DATED, [table]).fetchall()
            back = ", ".join(f"{each['name']} = {each['name']} - {AGE[each['is_day']]}" for each in moments)
            connection.execute(
                f"UPDATE {table} SET {back} WHERE {own}".encode(), {"purchase": purchase["id"], "days": days}
            )


def until_last_promised_day(connection: Connection, number: str, *, today: date) -> None:
    """Let days pass until the last one on which the goods may still come."""
    row = connection.execute(PROMISED, [number]).fetchone()
    assert row
    days_pass(connection, number, days=(row["promised_until"] - today) // timedelta(days=1))
