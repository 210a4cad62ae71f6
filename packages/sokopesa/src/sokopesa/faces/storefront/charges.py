"""What M-PESA would take today, for pages that show it before anybody pays."""

from __future__ import annotations

from sokopesa.kernel import clock
from sokopesa.payments.charges import Charge, paybill_charge
from sokopesa.payments.errors import AboveLimit


def charge_today(total_cents: int) -> Charge | None:
    """The charge on a payment of ``total_cents``; None where M-PESA does not move so much at once."""
    try:
        return paybill_charge(total_cents, on=clock.nairobi_date(clock.now()))
    except AboveLimit:
        return None
