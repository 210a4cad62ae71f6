"""Many buyers at the same moment, each with a connection of its own: nothing is sold twice, nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import BasketItem, Checkout, OrderLine, Purchase
from sokopesa.people.models import Address, User

pytestmark = pytest.mark.usefixtures("committing")
Market = Any
AllAtOnce = Callable[..., list[object]]


def ready(market: Market, buyer: User, address: Address, offers: list[Offer]) -> Checkout:
    """The buyer's basket of these offers, in this order, with every question answered."""
    for offer in offers:
        basket = baskets.add(offer_id=offer.pk, quantity=1, buyer=buyer, now=market.now)
    checkout = steps.start_from(basket, buyer=buyer, now=market.now)
    Checkout.objects.filter(pk=checkout.pk).update(
        reviewed=True, address=address, payment_method="mpesa", msisdn=buyer.phone
    )
    BasketItem.objects.filter(basket=basket).delete()
    return checkout


def test_two_hundred_checkouts_for_the_last_fifty_pieces_sell_fifty(market: Market) -> None:
    offer, buyers = market.offer(stock=50), [market.buyer() for _ in range(20)]
    homes = {buyer: market.address(buyer) for buyer in buyers}
    checkouts = [ready(market, buyer, homes[buyer], [offer]) for _ in range(10) for buyer in buyers]

    def press_pay(checkout: Checkout) -> object:
        try:
            return steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
        except SoldOut as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(24) as pool:
        outcomes = list(pool.map(press_pay, checkouts))
    assert sum(isinstance(outcome, Purchase) for outcome in outcomes) == 50
    assert sum(isinstance(outcome, SoldOut) for outcome in outcomes) == 150
    assert Offer.objects.get().stock == 0
    assert OrderLine.objects.aggregate(pieces=Sum("quantity")) == {"pieces": 50}


def test_the_same_goods_in_opposite_order_never_wait_for_each_other(market: Market, all_at_once: AllAtOnce) -> None:
    offers = [market.offer(stock=1_000) for _ in range(4)]
    buyer = market.buyer()
    home = market.address(buyer)
    checkouts = [ready(market, buyer, home, offers if n % 2 else offers[::-1]) for n in range(24)]

    def press_pay(mine: list[Checkout]) -> list[Purchase]:
        return [steps.place(checkout_id=checkout.pk, agreed_total_cents=500_000, now=market.now) for checkout in mine]

    outcomes = all_at_once(*(lambda mine=checkouts[n::8]: press_pay(mine) for n in range(8)))
    assert all(isinstance(outcome, list) and len(outcome) == 3 for outcome in outcomes)
    assert {offer.stock for offer in Offer.objects.all()} == {976}


def test_adding_in_many_tabs_counts_every_piece(market: Market, all_at_once: AllAtOnce) -> None:
    buyer, offer = market.buyer(), market.offer(stock=50)
    all_at_once(
        *[lambda: baskets.add(offer_id=offer.pk, quantity=1, buyer=buyer, now=market.now)] * 8,
    )
    assert [item.quantity for item in BasketItem.objects.all()] == [8]


def test_two_tabs_of_one_basket_cannot_buy_what_only_one_can_have(market: Market, all_at_once: AllAtOnce) -> None:
    offers = [market.offer(stock=1), market.offer(stock=5)]
    buyer = market.buyer()
    home = market.address(buyer)
    checkouts = [ready(market, buyer, home, offers) for _ in range(4)]
    outcomes = all_at_once(
        *(
            lambda pk=checkout.pk: steps.place(checkout_id=pk, agreed_total_cents=250_000, now=market.now)
            for checkout in checkouts
        )
    )
    assert sum(isinstance(outcome, Purchase) for outcome in outcomes) == 1
    assert [offer.stock for offer in Offer.objects.order_by("id")] == [0, 4]
