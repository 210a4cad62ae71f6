"""Goods that are bought and paid, for tests of what comes afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from tests.journey.errands import GOODS
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network, Sim

OPEN = """
    SELECT part.number, member.phone, seller.slug AS shop FROM orders_order part
    JOIN orders_purchase purchase ON purchase.id = part.purchase_id
    JOIN orders_clock clock ON clock.order_id = part.id AND clock.kind = 'ship'
    JOIN people_seller seller ON seller.id = part.seller_id
    JOIN people_sellermember membership ON membership.seller_id = seller.id
    JOIN people_user member ON member.id = membership.user_id
    WHERE purchase.number = %s
"""
"""The order of a purchase, once the market has told its seller to ship, and the phone of whoever acts for the shop."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase of one order: its number, that of the order, and the shop with the phone of who acts for it."""

    number: str
    part: str
    shop: str
    seller: Sim


def buy_and_pay(
    shopper: Shopper, network: Network, books: MarketBooks, *, goods: str = GOODS, quantity: int = 1
) -> Bought:
    """Somebody who is signed in orders, and enters the PIN, without a page; done when it is the seller's turn."""
    number = shopper.errands.place(shopper.sim, goods, quantity)
    network.type_pin(shopper.sim)
    order = books.wait_for(OPEN, [number])
    return Bought(number, order["number"], order["shop"], Sim(order["phone"]))
