"""Books with real commits, and a hand that goes past every guard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from sokopesa.ledger.accounts import COMMISSION, MPESA_CHARGES, escrow, mpesa
from sokopesa.ledger.actions import Draft, book, credit, debit

PAYBILL = mpesa("174379")


class Books:
    """Entries as a market makes them. ``noon`` is twelve o'clock in Nairobi on 2 March 2026."""

    noon = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def payment(self, number: int, cents: int = 125_000) -> Draft:
        """A buyer's payment into the escrow of a purchase, ``number`` minutes after noon."""
        return Draft(
            key=f"receipt:SG{number}",
            kind="payment",
            happened_at=self.noon + timedelta(minutes=number),
            legs=(debit(PAYBILL, cents), credit(escrow(f"8{number}"), cents)),
            memo=f"From 0712 ***678, order 8{number}",
        )

    def charge(self, number: int, cents: int = 1_500) -> Draft:
        """A charge that M-PESA took from the paybill, half a minute after the payment of that number."""
        return Draft(
            key=f"charge:{number}",
            kind="charge",
            happened_at=self.noon + timedelta(minutes=number, seconds=30),
            legs=(debit(MPESA_CHARGES, cents), credit(PAYBILL, cents)),
        )

    def sale(self, number: int, cents: int = 4_000) -> Draft:
        """The market's share of a sale. It touches no account of a payment, so neither waits for the other."""
        return Draft(
            key=f"sale:{number}",
            kind="sale",
            happened_at=self.noon + timedelta(minutes=number),
            legs=(debit(f"seller:{number}", cents), credit(COMMISSION, cents)),
        )

    def begin(self) -> None:
        """Five payments, two of them of the same amount, and a charge, each in a transaction of its own."""
        for number, cents in enumerate([125_000, 70_000, 70_000, 9_900, 250_000], start=1):
            book([self.payment(number, cents)])
        book([self.charge(1)])

    def forge(self, *statements: str) -> None:
        """Run SQL as somebody who has switched off all triggers, and counts on nobody noticing."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement)

    def wipe(self) -> None:
        """Empty the ledger, as none of its users can."""
        self.forge("TRUNCATE ledger_block, ledger_posting, ledger_entry, ledger_account RESTART IDENTITY")


@pytest.fixture
def books(committing: None) -> Books:
    """Books with real commits, empty."""
    return Books()
