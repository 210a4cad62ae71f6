"""Statements and what people decided about them, as an auditor reads them."""

from __future__ import annotations

from sokopesa.ledger.exports.parquet import Source, source

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

DAY_CLOSES = Source(
    "day_closes",
    {
        "id": "int", "code": "text", "day": "date", "opening_cents": "int", "in_cents": "int", "out_cents": "int",
        "closing_cents": "int", "stated_opening_cents": "int", "stated_in_cents": "int", "stated_out_cents": "int",
        "stated_closing_cents": "int", "items_cents": "int", "open_count": "int", "ledger_head": "text",
        "signed_by_id": "int", "signed_at": "time", "countersigned_by_id": "int", "countersigned_at": "time",
        "known_entry": "int", "known_transaction": "int", "known_snapshot": "text",
    },
    """
    SELECT id, code, day, opening_cents, in_cents, out_cents, closing_cents, stated_opening_cents, stated_in_cents,
        stated_out_cents, stated_closing_cents, (
            SELECT coalesce(sum((item ->> 'cents')::bigint) FILTER (WHERE item ->> 'kind' <> 'moved'), 0)::bigint
            FROM jsonb_array_elements(items) AS item
        ), open_count, ledger_head, signed_by_id, signed_at, countersigned_by_id, countersigned_at,
        (knew ->> 'entry')::bigint, (knew ->> 'transaction')::bigint, knew ->> 'snapshot'
    FROM reconciliation_dayclose ORDER BY id
    """,
    "closing_cents",
)  # fmt: skip
"""``known_*`` say which entries were known when the day was closed; ``items_cents`` is the difference that is named."""
