"""What goes into an auditor's export: the tables of every room that has something to prove, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sokopesa.ledger.exports.parquet import Source


def sources() -> tuple[Source, ...]:
    """The tables, in the order in which they are written."""
    from sokopesa.ledger.exports.parquet import LEDGER
    from sokopesa.orders.exports import ORDERS
    from sokopesa.payments.exports import RECEIPTS
    from sokopesa.payouts.exports import TRANSFERS
    from sokopesa.refunds.exports import REFUNDS

    return (*LEDGER, ORDERS, RECEIPTS, REFUNDS, TRANSFERS)
