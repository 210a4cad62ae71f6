"""Paying by the phone's own menu, when no request comes or somebody would rather not wait for one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper

pytestmark = pytest.mark.browser


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


def test_the_page_sees_a_payment_by_hand(shopper: Shopper, handset: Handset) -> None:
    """The request is cancelled; the same money comes by the phone's menu, the account number typed in small letters."""
    shopper.buy()
    handset.cancel()
    shopper.is_told("You cancelled the request")
    terms = terms_to_pay_by(shopper)
    amount = terms["Amount"].removeprefix("KES ").replace(",", "")
    pay_bill(handset, terms["Business number"], terms["Account number"].lower(), amount)
    receipt = shopper.has_paid()
    handset.page.goto(handset.page.url.split("/phone/")[0] + f"/phone/{handset.sim.msisdn}")
    expect(handset.newest("MPESA")).to_contain_text(receipt)


def test_mpesa_refuses_what_pays_no_order(shopper: Shopper, handset: Handset) -> None:
    """A wrong account number is refused before any money moves."""
    shopper.buy()
    handset.cancel()
    terms = terms_to_pay_by(shopper)
    before = handset.balance.inner_text()
    pay_bill(handset, terms["Business number"], "RENT JUNE", "540")
    expect(handset.page.locator("body")).to_contain_text(re.compile("failed|not accepted|rejected|invalid|wrong", re.I))
    handset.page.goto(handset.page.url.split("/phone/")[0] + f"/phone/{handset.sim.msisdn}")
    expect(handset.balance).to_have_text(before)
    shopper.is_told("You cancelled the request")
