"""What goes into an auditor's export: the tables of every room that has something to prove, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sokopesa.ledger.exports.parquet import Source


def sources() -> tuple[Source, ...]:
    """The tables, in the order in which they are written."""
    from sokopesa.disbursement.exports import FILE_LINES, REFUND_FILES
    from sokopesa.ledger.exports.parquet import LEDGER
    from sokopesa.orders.exports import ORDERS
    from sokopesa.payments.exports import RECEIPTS
    from sokopesa.payouts.exports import TRANSFERS
    from sokopesa.reconciliation.exports import DISCREPANCIES, STATEMENT_IMPORTS, STATEMENT_LINES
    from sokopesa.refunds.exports import REFUNDS

    payments = (ORDERS, RECEIPTS, REFUNDS, TRANSFERS, REFUND_FILES, FILE_LINES)
    return (*LEDGER, *payments, STATEMENT_IMPORTS, STATEMENT_LINES, DISCREPANCIES)
