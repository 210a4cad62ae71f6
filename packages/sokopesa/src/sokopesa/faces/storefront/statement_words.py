"""What a buyer's statement says of itself, alike on the page and in every file."""

from __future__ import annotations

from datetime import datetime

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.statement import Statement
from sokopesa.kernel import phone
from sokopesa.kernel.clock import EAT, nairobi_date


def what_it_is() -> str:
    """What nobody may take it for, first."""
    return (
        "our own record of your orders. It is not an M-PESA statement: for one, dial *334# or use the M-PESA app. "
        "It is not a tax invoice: ask the seller for one."
    )


def about_it() -> str:
    """How its amounts came about."""
    return (
        "M-PESA's charge is computed by the tariff of the day of payment, for M-PESA does not tell us. It is taken "
        "once for each payment, and stands with the payment's first order. Net is what was billed less all refunds, "
        "also those that are still on their way. Orders that were never paid are left out."
    )


def made_for(statement: Statement) -> str:
    """Whose it is, of which orders, and when it was made."""
    only = f", only {' and '.join(statement.only)}" if statement.only else ""
    made = f"{written_day(statement.made_at)}, {statement.made_at.astimezone(EAT):%H:%M}"
    name = statement.buyer.name or f"{CONFIGURATION.site_name} buyer"
    return f"{name}, {phone.masked(statement.buyer.phone)}. {statement.period}{only}. Made {made}."


def written_day(moment: datetime) -> str:
    """The day of a moment in Nairobi."""
    day = nairobi_date(moment)
    return f"{day.day} {day:%b %Y}"
