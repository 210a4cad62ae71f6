"""Thinking better of it while M-PESA's request is on the phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewHandset, NewShopper
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False])
def test_an_order_is_cancelled_while_the_request_waits(
    new_shopper: NewShopper, new_handset: NewHandset, javascript: bool
) -> None:
    """The page goes on following the request, says not to answer it, and knows when it is gone."""
    shopper = new_shopper(javascript=javascript)
    handset = new_handset(shopper.sim)
    shopper.buy()
    payment = shopper.page.url
    shopper.is_told("Check your phone")
    shopper.follow("Cancel this order")
    expect(shopper.heading).to_have_text("Cancel this order?")
    shopper.press("Cancel the order")
    expect(shopper.page.get_by_text("You cancelled this order")).to_be_visible()
    shopper.go(payment)
    shopper.is_told("You cancelled this order", "Do not enter your PIN.")
    handset.cancel()
    shopper.reads("Nothing was taken from your M-PESA account.")
    expect(shopper.page.get_by_role("button")).to_have_count(0)


def test_who_enters_the_pin_after_cancelling_is_owed_the_money_or_has_the_goods(
    shopper: Shopper, handset: Handset
) -> None:
    """M-PESA takes the money all the same; the page says when it comes back, and lets it buy the goods after all."""
    shopper.buy()
    shopper.is_told("Check your phone")
    shopper.follow("Cancel this order")
    shopper.press("Cancel the order")
    order = shopper.page.url
    handset.type_pin()
    shopper.go(order.replace("/orders/", "/pay/"))
    shopper.reads("Your payment came after you cancelled", "KES 540 goes back to")
    shopper.go(order)
    shopper.press("Revive this order")
    shopper.reads("Billed", "You used it for this order.")
    shopper.go(order.replace("/orders/", "/pay/"))
    shopper.has_paid()
