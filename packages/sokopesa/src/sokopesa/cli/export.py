"""What goes into an auditor's export: the tables of every room that has something to prove, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sokopesa.ledger.exports.parquet import Source


APPROVALS = """
SELECT 'disbursement', number::text, state, maker_id, approver_id, approved_at, total_cents FROM disbursement_batch
UNION ALL
SELECT 'payout run', number::text, state, maker_id, decider_id, decided_at, total_cents FROM settlements_run
UNION ALL
SELECT 'release', receipt_id, release.state, maker_id, decider_id, decided_at, amount_cents
FROM payments_release release JOIN payments_receipt ON code = receipt_id
UNION ALL
SELECT 'resolution', discrepancy_id::text, state, maker_id, decider_id, decided_at, amount_cents
FROM reconciliation_resolution
UNION ALL
SELECT 'redirection', number, redirection.state, maker_id, decider_id, decided_at, amount_cents
FROM disbursement_redirection redirection JOIN refunds_refund refund ON refund.id = refund_id
UNION ALL
SELECT 'goodwill', given.id::text, state, maker_id, decider_id, decided_at, amount_cents
FROM disbursement_goodwill given
ORDER BY 1, 2, 6
"""
"""Whatever two people have to agree about, in whichever room: who made it, and who decided."""


def sources() -> tuple[Source, ...]:
    """The tables, in the order in which they are written."""
    from sokopesa.disbursement.exports import FILE_LINES, REFUND_FILES
    from sokopesa.ledger.exports.parquet import LEDGER, Source
    from sokopesa.orders.exports import ORDERS
    from sokopesa.payments.exports import RECEIPTS
    from sokopesa.payouts.exports import TRANSFERS
    from sokopesa.reconciliation.exports import DAY_CLOSES, DISCREPANCIES, STATEMENT_IMPORTS, STATEMENT_LINES
    from sokopesa.refunds.exports import REFUNDS

    columns = {
        "what": "text", "number": "text", "state": "text", "maker_id": "int", "decider_id": "int",
        "decided_at": "time", "amount_cents": "int",
    }  # fmt: skip
    approvals = Source("approvals", columns, APPROVALS, "amount_cents")
    payments = (ORDERS, RECEIPTS, REFUNDS, TRANSFERS, REFUND_FILES, FILE_LINES)
    return (*LEDGER, *payments, STATEMENT_IMPORTS, STATEMENT_LINES, DISCREPANCIES, DAY_CLOSES, approvals)
