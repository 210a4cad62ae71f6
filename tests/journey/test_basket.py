"""Goods of two sellers, put aside before signing in, paid for with one PIN."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewShopper
from tests.journey.errands import GOODS
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper

pytestmark = pytest.mark.browser

STREET = {"Full name": "Asha Test", "Building or estate": "Jamii House"}


def put_aside(shopper: Shopper) -> None:
    """A lantern and exercise books, each from a seller of its own."""
    for goods, vendor in (("solar-lantern", "Mwangaza Solar"), (GOODS, "")):
        shopper.go(f"/p/{goods}/")
        if vendor:
            shopper.follow(f"Choose {vendor}")
            offer = shopper.page.get_by_role("region", name="Price and delivery")
            expect(offer).to_contain_text(vendor)
        shopper.press("Add to basket")
        expect(shopper.heading).to_have_text("Your basket")


def check_out(shopper: Shopper, handset: Handset) -> None:
    """From the basket to a paid order."""
    shopper.press("Checkout")
    shopper.is_told("Review your order", "Parcel 1 of 2", "Parcel 2 of 2", "One payment for 2 parcels.")
    shopper.press("Continue")
    shopper.sign_in_by(handset)
    expect(shopper.heading).to_have_text("Where should we deliver?")
    shopper.page.get_by_label("Street or building", exact=True).check()
    shopper.write(STREET)
    shopper.page.get_by_label("Town", exact=True).fill("Nairobi")
    shopper.page.get_by_label("County", exact=True).select_option("Nairobi")
    shopper.press("Continue")
    shopper.page.get_by_label("M-PESA", exact=True).check()
    shopper.press("Continue")
    shopper.press("Continue")
    shopper.is_told("Check and pay", "Leaves your M-PESA")
    shopper.press_pay()


def test_goods_of_two_sellers_are_paid_for_at_once(shopper: Shopper, handset: Handset) -> None:
    put_aside(shopper)
    shopper.reads("Parcel 1 of 2", "Parcel 2 of 2")
    quantity = shopper.page.get_by_label("Quantity of").first
    quantity.select_option("2")
    expect(shopper.page.get_by_role("link", name="Basket, 3 pieces")).to_be_visible()
    shopper.page.get_by_text("Change how Mwangaza Solar sends it").click()
    shopper.page.get_by_role("button", name="Courier to the door").first.click()
    shopper.reads("Courier to the door, tracked, KES 550")
    check_out(shopper, handset)
    handset.type_pin()
    number = shopper.number
    shopper.has_paid()
    shopper.go(f"/orders/{number}/")
    numbers = re.findall(r"Part (\d{16}-\d)", shopper.page.get_by_role("main").inner_text())
    assert [number[-2:] for number in numbers] == ["-1", "-2"]
    shopper.go("/basket/")
    shopper.reads("Nothing in it yet")


def test_the_basket_works_without_javascript(new_shopper: NewShopper) -> None:
    shopper = new_shopper(javascript=False)
    put_aside(shopper)
    shopper.page.get_by_label("Quantity of").first.select_option("2")
    shopper.page.get_by_role("button", name="Update").first.click()
    expect(shopper.page.get_by_role("link", name="Basket, 3 pieces")).to_be_visible()
    shopper.page.get_by_role("button", name="Remove").first.click()
    expect(shopper.page.get_by_role("link", name="Basket, 1 piece")).to_be_visible()
    shopper.press("Checkout")
    expect(shopper.heading).to_have_text("Review your order")
