"""Whether the accounts that refunds and sellers are paid from hold enough: by our books and by M-PESA's word, whichever
is less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from sokopesa.ledger import accounts
from sokopesa.ledger.queries import balance_cents
from sokopesa.payouts import balances
from sokopesa.payouts.errors import FloatTooLow
from sokopesa.payouts.models import Transfer

Via = Transfer.Via


@dataclass(frozen=True, slots=True)
class Float:
    """What is in an account: ``booked_cents`` by our books, ``told_cents`` by M-PESA's last word (None before it ever
    spoke), of which ``promised_cents`` are on their way out already."""

    shortcode: str
    booked_cents: int
    told_cents: int | None
    told_at: datetime | None
    promised_cents: int

    @property
    def free_cents(self) -> int:
        """What may still be promised; below nought where more was promised than there is."""
        least = self.booked_cents if self.told_cents is None else min(self.booked_cents, self.told_cents)
        return least - self.promised_cents


def of(shortcode: str) -> Float:
    """How much there is in the Utility Account, out of which phones are paid."""
    told = balances.told_float(shortcode)
    return Float(
        shortcode,
        booked_cents=balances.float_cents(shortcode),
        told_cents=told.cents if told else None,
        told_at=told.at if told else None,
        promised_cents=balances.promised_cents(shortcode, Via.B2C, Via.PORTAL),
    )


def of_working(shortcode: str) -> Float:
    """How much there is in the Working Account, out of which businesses are paid; M-PESA is not asked about it."""
    return Float(
        shortcode,
        booked_cents=balance_cents(accounts.working(shortcode)),
        told_cents=None,
        told_at=None,
        promised_cents=balances.promised_cents(shortcode, Via.B2B),
    )


def hold(shortcode: str) -> None:
    """Nobody else promises anything out of these accounts until our transaction ends. Whoever holds one locks no
    disbursement, run or rule after it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('float ' || %s, 0))", [shortcode])


def require(shortcode: str, *, phones_cents: int = 0, businesses_cents: int = 0) -> None:
    """So much may still be promised, and nobody else promises it meanwhile.

    Raises:
        FloatTooLow: it may not.
    """
    hold(shortcode)
    for account, cents, find in (("Utility", phones_cents, of), ("Working", businesses_cents, of_working)):
        if cents and (free_cents := find(shortcode).free_cents) < cents:
            raise FloatTooLow(f"{account} Account of {shortcode}", cents, free_cents)
