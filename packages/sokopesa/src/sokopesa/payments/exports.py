"""Receipts as an auditor reads them."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

RECEIPTS = source(
    "receipts",
    "payments_receipt",
    key="code",
    columns={
        "code": "text", "shortcode": "text", "amount_cents": "int", "charge_cents": "int", "tariff": "text",
        "purchase_id": "int", "account": "text", "msisdn": "text", "paid_at": "time", "learned_at": "time",
        "learned_from": "text", "unplaced": "text",
    },
    control="amount_cents",
)  # fmt: skip
