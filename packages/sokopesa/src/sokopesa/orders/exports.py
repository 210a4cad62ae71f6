"""Orders as an auditor reads them: to whose purchase each belongs, and what was paid for it."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

ORDERS = source(
    "orders",
    "orders_order",
    key="id",
    columns={
        "id": "int", "number": "text", "purchase_id": "int", "seller_id": "int", "state": "text",
        "total_cents": "int", "refunded_cents": "int",
    },
    control="total_cents",
)  # fmt: skip
