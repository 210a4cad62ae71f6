"""What we owe back, as an auditor reads it."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

REFUNDS = source(
    "refunds",
    "refunds_refund",
    key="id",
    columns={
        "id": "int", "number": "text", "key": "text", "cause": "text", "purchase_id": "int", "order_id": "int",
        "receipt": "text", "received_cents": "int", "amount_cents": "int", "topped_up_cents": "int", "msisdn": "text",
        "payee": "text", "state": "text", "waits_for": "text", "owed_at": "time", "promised_until": "date",
        "reconciled_at": "time", "reconciled_from": "text", "paid_at": "time",
    },
    control="amount_cents",
)  # fmt: skip
