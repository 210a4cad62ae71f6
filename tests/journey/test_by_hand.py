"""Paying by the phone's own menu, when no request comes or somebody would rather not wait for one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.handset import Handset
from tests.journey.paying_by_hand import pay_bill, terms_to_pay_by
from tests.journey.shopper import Shopper

pytestmark = pytest.mark.browser


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
