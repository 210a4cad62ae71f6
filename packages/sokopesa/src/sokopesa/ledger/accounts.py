"""The chart of accounts: what each code means. Kinds, and which may never be overdrawn, are the database's to know:
`ledger_describe` in ``migrations/0004_booking.py``."""

from __future__ import annotations

UNMATCHED = "unmatched"
"""Money that arrived and that we cannot place yet."""

MPESA_CHARGES = "mpesa-charges"
"""What Safaricom charged us."""

COMMISSION = "commission"
"""The market's share of completed orders."""


def mpesa(shortcode: str) -> str:
    """The money in our paybill's own M-PESA account."""
    return f"mpesa:{shortcode}"


def escrow(order_id: int | str) -> str:
    """A buyer's money for one order that is not completed yet. Each order's is guarded by itself: the database lets no
    more be paid out or back for it than came in. By id, because ids that follow each other lie together on disk."""
    return f"escrow:{order_id}"


def refunds(refund_id: int) -> str:
    """What we owe back to a buyer by one refund."""
    return f"refunds:{refund_id}"


def seller(seller_id: int) -> str:
    """What a seller has earned by completed orders and was not paid yet."""
    return f"seller:{seller_id}"
