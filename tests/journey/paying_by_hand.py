"""Paying by the phone's own menu."""

from __future__ import annotations

import re

from tests.journey.handset import Handset
from tests.journey.shopper import Shopper


def terms_to_pay_by(shopper: Shopper) -> dict[str, str]:
    """What the page says to type on the phone, by name."""
    shopper.page.get_by_text("Pay by Pay Bill").click()
    names = ("Business number", "Account number", "Amount")
    return {
        name: shopper.page.get_by_role("term").filter(has_text=re.compile(f"^{name}$")).locator("+ dd").inner_text()
        for name in names
    }


def pay_bill(handset: Handset, business: str, account: str, amount: str) -> None:
    """Lipa na M-PESA, Pay Bill, on the phone."""
    handset.page.get_by_role("link", name="Pay Bill").click()
    form = handset.page.get_by_label("Pay Bill", exact=True)
    form.get_by_label("Business number").fill(business)
    form.get_by_label("Account number").fill(account)
    form.get_by_label("Amount in shillings").fill(amount)
    form.get_by_label("PIN").fill(handset.sim.pin)
    form.get_by_role("button", name="Send").click()
