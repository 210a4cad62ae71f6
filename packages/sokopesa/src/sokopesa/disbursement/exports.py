"""Refund files and their lines as an auditor reads them."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

REFUND_FILES = source(
    "refund_files",
    "disbursement_refundfile",
    key="number",
    columns={
        "id": "int", "number": "int", "day": "date", "cut_off_at": "time", "closed_at": "time", "shortcode": "text",
        "lines": "int", "total_cents": "int", "control": "text", "sha256": "text", "size_bytes": "int",
        "state": "text",
    },
    control="total_cents",
)  # fmt: skip

FILE_LINES = source(
    "file_lines",
    "disbursement_fileline",
    key="id",
    columns={
        "id": "int", "file_id": "int", "position": "int", "refund_id": "int", "part": "int", "parts": "int",
        "amount_cents": "int", "msisdn": "text", "receipt": "text", "state": "text", "ended_at": "time",
    },
    control="amount_cents",
)  # fmt: skip
