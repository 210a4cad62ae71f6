"""Statements and what people decided about them, as an auditor reads them."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import source

STATEMENT_IMPORTS = source(
    "statement_imports",
    "reconciliation_statementimport",
    key="id",
    columns={
        "id": "int", "shortcode": "text", "account": "text", "source": "text", "file_name": "text", "sha256": "text",
        "period_from": "time", "period_until": "time", "opening_cents": "int", "closing_cents": "int",
        "line_count": "int", "known_count": "int", "imported_at": "time",
    },
)  # fmt: skip

STATEMENT_LINES = source(
    "statement_lines",
    "reconciliation_statementline",
    key="id",
    columns={
        "id": "int", "statement_import_id": "int", "line_number": "int", "shortcode": "text", "account": "text",
        "receipt": "text", "reason": "text", "occurrence": "int", "completed_at": "time", "initiated_at": "time",
        "paid_in_cents": "int", "withdrawn_cents": "int", "balance_cents": "int", "details": "text",
        "other_party": "text", "msisdn": "text", "linked": "text", "reference": "text",
    },
    control="paid_in_cents",
)  # fmt: skip

DISCREPANCIES = source(
    "discrepancies",
    "reconciliation_discrepancy",
    key="id",
    columns={
        "id": "int", "kind": "text", "code": "text", "receipt": "text", "line_id": "int", "effect_cents": "int",
        "happened_at": "time",
    },
    control="effect_cents",
)  # fmt: skip
