"""The chart of accounts: what each code means, and which may never be overdrawn."""

from __future__ import annotations

from sokopesa.ledger.models import Account

UNMATCHED = "unmatched"
"""Money that arrived and that we cannot place yet."""

MPESA_CHARGES = "mpesa-charges"
"""What Safaricom charged us."""

COMMISSION = "commission"
"""The market's share of completed orders."""


def mpesa(shortcode: str) -> str:
    """The money in our paybill's own M-PESA account."""
    return f"mpesa:{shortcode}"


def escrow(holder: int | str) -> str:
    """A buyer's money that is not the seller's yet: of one order, by its id, or of a whole purchase, by its number."""
    return f"escrow:{holder}"


def refunds(refund_id: int) -> str:
    """What we owe back to a buyer by one refund."""
    return f"refunds:{refund_id}"


_BY_FIRST_WORD: dict[str, tuple[Account.Kind, bool]] = {
    "mpesa": (Account.Kind.ASSET, False),
    "escrow": (Account.Kind.LIABILITY, True),
    "seller": (Account.Kind.LIABILITY, False),
    "refunds": (Account.Kind.LIABILITY, True),
    UNMATCHED: (Account.Kind.LIABILITY, True),
    COMMISSION: (Account.Kind.INCOME, False),
    MPESA_CHARGES: (Account.Kind.EXPENSE, False),
}


def describe(code: str) -> tuple[Account.Kind, bool]:
    """Kind of the account, and whether it is guarded.

    Raises:
        KeyError: the code is not in the chart of accounts.
    """
    return _BY_FIRST_WORD[code.split(":", 1)[0]]
