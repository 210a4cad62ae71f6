"""Whether the account that refunds are paid from holds enough: by our books and by M-PESA's word, whichever is less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sokopesa.disbursement.errors import FloatTooLow
from sokopesa.payouts import balances
from sokopesa.payouts.models import Transfer


@dataclass(frozen=True, slots=True)
class Float:
    """What is in the account: ``booked_cents`` by our books, ``told_cents`` by M-PESA's last word (None before it ever
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
    """How much there is in our account with this shortcode."""
    told = balances.told_float(shortcode)
    return Float(
        shortcode,
        booked_cents=balances.float_cents(shortcode),
        told_cents=told.cents if told else None,
        told_at=told.at if told else None,
        promised_cents=balances.promised_cents(shortcode, Transfer.Via.B2C, Transfer.Via.PORTAL),
    )


def require(shortcode: str, cents: int) -> None:
    """Raises `FloatTooLow` unless so much may still be promised."""
    found = of(shortcode)
    if found.free_cents < cents:
        raise FloatTooLow(shortcode, cents, found.free_cents)
