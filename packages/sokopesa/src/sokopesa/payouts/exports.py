"""Transfers as an auditor reads them: what M-PESA was told to pay, and what it said."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

TRANSFERS = source(
    "transfers",
    "payouts_transfer",
    key="id",
    columns={
        "id": "text", "key": "text", "purpose": "text", "via": "text", "account": "text", "refund_id": "int",
        "seller_id": "int", "shortcode": "text", "payee": "text", "payee_reference": "text",
        "original_receipt": "text", "amount_cents": "int", "part": "int", "attempt": "int", "state": "text",
        "code": "text", "receipt": "text", "prepared_at": "time", "released_at": "time", "sent_at": "time",
        "ended_at": "time",
    },
    control="amount_cents",
)  # fmt: skip
