"""The chart of accounts: what each code means. Kinds, and which may never be overdrawn, are the database's to know:
`ledger_describe` in ``migrations/0004_booking.py``."""

from __future__ import annotations

UNMATCHED = "unmatched"
"""Money that arrived and that we cannot place yet."""

MPESA_CHARGES = "mpesa-charges"
"""What Safaricom charged us."""

COMMISSION = "commission"
"""The market's share of completed orders."""

IN_TRANSIT = "in-transit"
"""Money between two of our own M-PESA accounts: one statement told that it left, the other not yet that it came."""

BANK = "bank"
"""The bank account that M-PESA settles to, and out of which floats are filled."""

GOODWILL = "goodwill"
"""What we gave back to buyers out of our own pocket."""

WRITE_OFF = "write-off"
"""Differences that two people agreed not to pursue."""


def mpesa(shortcode: str) -> str:
    """The money in our paybill's own M-PESA account."""
    return f"mpesa:{shortcode}"


def working(shortcode: str) -> str:
    """The same shortcode's Working Account, from which businesses are paid and which the bank fills."""
    return f"mpesa:{shortcode}:working"


def b2c(shortcode: str) -> str:
    """The float that refunds and sellers are paid from: the Utility Account of the B2C shortcode."""
    return f"mpesa:b2c:{shortcode}"


def b2c_charges(shortcode: str) -> str:
    """The B2C shortcode's Charges Paid Account, out of which M-PESA takes its charge for each payment. It goes below
    nought until M-PESA settles it."""
    return f"mpesa:b2c:{shortcode}:charges"


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
