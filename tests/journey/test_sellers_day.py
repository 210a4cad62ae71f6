"""A seller's day on a small phone: a new order is shipped, and a buyer who thought better of it gets the money back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewHandset, NewShopper
from tests.journey.shopper import Shopper
from tests.network import Network, Sim
from tests.stack import Stack

pytestmark = pytest.mark.browser


def bought(new_shopper: NewShopper, new_handset: NewHandset) -> Shopper:
    """Somebody who has just paid for the usual goods."""
    shopper = new_shopper()
    shopper.buy()
    new_handset(shopper.sim).type_pin()
    shopper.has_paid()
    return shopper


def member_of_its_shop(stack: Stack, purchase: str) -> Sim:
    """The phone of whoever acts for the shop that sold the purchase's one order."""
    with stack.database() as connection:
        found = connection.execute(
            "SELECT phone FROM orders_order JOIN people_sellermember USING (seller_id)"
            " JOIN people_user ON people_user.id = user_id WHERE number = %s",
            [f"{purchase}-1"],
        ).fetchone()
    assert found
    return Sim(found["phone"], pin="1234")


def test_a_seller_ships_and_answers(
    stack: Stack, network: Network, new_shopper: NewShopper, new_handset: NewHandset
) -> None:
    content, regretful = (bought(new_shopper, new_handset) for _ in range(2))
    numbers = {shopper: shopper.number for shopper in (content, regretful)}
    seller = new_shopper(member_of_its_shop(stack, numbers[content]))
    network.wait_for_sms(seller.sim.msisdn, numbers[content])
    seller.errands.sign_in(seller.sim)

    seller.go("/")
    seller.follow("My shop")
    seller.reads("What waits for you, and until when.", "Held until buyers are safe")
    seller.follow("To ship")
    order = seller.page.get_by_role("article", name=f"Order {numbers[content]}-1")
    expect(order).to_contain_text("Ship until")
    order.get_by_role("link", name=re.compile("^Ship")).click()
    seller.write({"Courier": "Fargo Courier", "Tracking number": seller.sim.local})
    seller.press("Ship")
    seller.reads("That is a phone number.")
    seller.write({"Tracking number": f"FC {numbers[content][:9]}"})
    seller.press("Ship")
    seller.reads("Shipped by Fargo Courier", "The buyer has been told.", "Shipped")

    regretful.go(f"/orders/{numbers[regretful]}/")
    regretful.follow("Cancel Order")
    regretful.page.get_by_label("Reason").select_option(index=1)
    regretful.press("Submit")
    seller.follow("Cancelling")
    row = seller.page.get_by_role("row").filter(has_text=numbers[regretful])
    row.get_by_role("link", name="Answer").click()
    seller.reads("The buyer asks to cancel", "No answer counts as yes.")
    seller.press("Approve")
    seller.reads("Cancelled. The buyer gets the money back; please do not ship it.")
    regretful.go(f"/orders/{numbers[regretful]}/")
    regretful.reads("Cancelled")
    network.wait_for_sms(content.sim.msisdn, "Fargo Courier")
