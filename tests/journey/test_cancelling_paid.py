"""Thinking better of what is paid: the seller agrees, refuses, or says nothing (R36–R42)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.ageing import days_pass
from tests.journey.buying import Bought, buy_and_pay
from tests.journey.cancelling import ask_to_cancel, open_request
from tests.journey.conftest import SignedIn
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books", "by_file")]

OWED = """
    SELECT refund.amount_cents, refund.owed_at, to_char(refund.promised_from, 'FMDD Mon') AS earliest,
        to_char(refund.promised_until, 'FMDD Mon YYYY') AS latest, request.answer_by
    FROM refunds_refund refund JOIN orders_order part ON part.id = refund.order_id
    LEFT JOIN aftersale_cancelrequest request ON request.order_id = part.id WHERE part.number = %s
"""


@pytest.fixture
def bought(shopper: Shopper, network: Network, books: MarketBooks) -> Bought:
    shopper.errands.sign_in(shopper.sim)
    return buy_and_pay(shopper, network, books)


def has_back(shopper: Shopper, bought: Bought, books: MarketBooks) -> None:
    """The page tells of the whole price's refund and of the two days between which it comes."""
    owed = books.wait_for(OWED, [bought.part])
    assert owed["amount_cents"] == 54_000
    shopper.reads("Cancelled", "KES 540", f"{owed['earliest']} and {owed['latest']}")
    expect(shopper.page.get_by_role("link", name="Cancel Order")).to_have_count(0)


def test_the_seller_agrees(
    shopper: Shopper, bought: Bought, signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    """A reason must be chosen; the money's two days are shown before, while it waits, and afterwards."""
    shopper.go("/orders/")
    shopper.follow("View Detail")
    shopper.reads("The seller ships", "If not, what is not shipped is cancelled")
    shopper.follow("Cancel Order")
    shopper.reads("You get back KES 540, shipping included.", "The seller has 72 hours to answer")
    shopper.press("Submit")
    shopper.reads("Choose the reason that fits best.")
    shopper.page.get_by_label("Reason").select_option("I found it cheaper")
    shopper.write({"What the seller should know": "My neighbour sells them for 300."})
    shopper.press("Submit")
    shopper.reads("You asked to cancel", "If the seller agrees today, the money is back between", "Contact Now")
    expect(shopper.page.get_by_role("link", name="Cancel Order")).to_have_count(0)
    network.wait_for_sms(bought.seller.msisdn, f"Order {bought.part}: the buyer asks to cancel")

    seller = signed_in(bought.seller)
    open_request(seller, bought)
    seller.reads("I found it cheaper", "on the buyer's side", "My neighbour sells them for 300.", "KES 540")
    seller.press("Approve")
    seller.reads("Cancelled. The buyer gets the money back; please do not ship it.")
    expect(seller.page.get_by_role("button", name="Approve")).to_have_count(0)

    shopper.page.reload()
    has_back(shopper, bought, books)
    shopper.reads("The seller agreed to cancel.")


def test_the_seller_refuses(shopper: Shopper, bought: Bought, signed_in: SignedIn, network: Network) -> None:
    """The buyer is owed the reason, the order goes on, and asking again is possible."""
    ask_to_cancel(shopper, "I changed my mind")
    seller = signed_in(bought.seller)
    open_request(seller, bought)
    seller.page.get_by_text("Refuse instead").click()
    seller.press("Refuse")
    seller.reads("Say why not. The buyer reads it.")
    seller.page.get_by_role("textbox").fill("The parcel is packed, and the rider is on the way.")
    seller.press("Refuse")
    seller.reads("Refused. The buyer reads why; the order waits to be shipped.")

    network.wait_for_sms(shopper.sim.msisdn, f"The seller did not agree to cancel order {bought.part}")
    shopper.page.reload()
    shopper.reads("The seller did not agree to cancel", "The parcel is packed, and the rider is on the way.")
    shopper.reads("The seller ships", "You asked to cancel the whole order. Reason: I changed my mind.")
    expect(shopper.page.get_by_role("link", name="Cancel Order")).to_be_visible()


def test_the_seller_says_nothing(
    shopper: Shopper, bought: Bought, signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    """After 72 hours it is cancelled, by whoever works for the market, and as of that moment."""
    takes_long_to_ship(books, bought)
    ask_to_cancel(shopper, "Delivery takes too long")
    asked = shopper.page.get_by_text(re.compile("The seller answers until"))
    expect(asked).to_contain_text("2 days 23 h left")
    days_pass(books.connection, bought.number, days=2)
    shopper.page.reload()
    shopper.reads("You asked to cancel", "23 h")

    days_pass(books.connection, bought.number, days=1)
    network.wait_for_sms(bought.seller.msisdn, f"Order {bought.part}: you did not answer")
    shopper.page.reload()
    has_back(shopper, bought, books)
    shopper.reads("The seller did not answer in time, so the request to cancel is approved.")
    owed = books.wait_for(OWED, [bought.part])
    assert owed["owed_at"] == owed["answer_by"], "recorded as of the deadline"
    seller = signed_in(bought.seller)
    seller.go(f"/seller/{bought.shop}/orders/{bought.part}/")
    seller.reads("The seller did not answer in time", "Given back", "Nothing is awaited any more.")


def takes_long_to_ship(books: MarketBooks, bought: Bought) -> None:
    """The shop has a fortnight to ship; otherwise its own deadline, which also cancels, would come before."""
    later = """
        UPDATE orders_clock SET due_at = due_at + interval '14 days'
        WHERE kind = 'ship' AND order_id = (SELECT id FROM orders_order WHERE number = %s)
    """
    books.connection.execute(later, [bought.part])
