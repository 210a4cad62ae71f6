"""Thinking better of what is paid: the buyer asks, and the seller comes to the question."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journey.buying import Bought
from tests.journey.shopper import Shopper


def ask_to_cancel(shopper: Shopper, reason: str) -> None:
    """From My Orders, as the market's help says."""
    shopper.go("/orders/")
    shopper.follow("View Detail")
    shopper.follow("Cancel Order")
    expect(shopper.heading).to_have_text("Cancel Order")
    shopper.page.get_by_label("Reason").select_option(reason)
    shopper.press("Submit")
    shopper.reads("You asked to cancel", "The seller answers until", "Without an answer it counts as approved.")


def open_request(seller: Shopper, bought: Bought) -> None:
    """On the seller's page, from the list of those who ask."""
    seller.go("/seller/")
    seller.follow("Answer them")
    seller.follow(f"Answer about order {bought.part}")
    seller.reads("The buyer asks to cancel", "No answer counts as yes.")
