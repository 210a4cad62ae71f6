"""Lists and listings stay true when those who change the same goods do so at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sokopesa.catalog import listing, stock
from sokopesa.catalog.errors import StockMoved
from sokopesa.catalog.listing import NewProduct, Terms
from sokopesa.catalog.models import ListedProduct, Offer, Product

Market = Any


@pytest.mark.parametrize("attempt", range(3))
def test_when_all_sellers_sell_their_last_piece_at_once_the_goods_are_sold_out(
    market: Market, all_at_once: Callable[..., list[object]], attempt: int
) -> None:
    offers = [market.offer(stock=1) for _ in range(4)]
    product = Product.objects.get(pk=offers[0].product_id)
    for offer in offers[1:]:
        offer.variant = product.variants.create(name=f"Of seller {offer.seller_id}")
        offer.product = product
        offer.save()
    sold = all_at_once(*(partial(stock.reserve, offer_id=offer.pk, quantity=1) for offer in offers))
    assert sold == [None] * 4
    assert not Offer.objects.filter(product=product, stock__gt=0).exists()
    assert not ListedProduct.objects.get(product=product).is_buyable

    back = all_at_once(*(partial(stock.release, offer_id=offer.pk, quantity=1) for offer in offers))
    assert back == [None] * 4
    assert ListedProduct.objects.get(product=product).is_buyable


def test_goods_whose_form_is_sent_twice_at_once_are_listed_once(
    market: Market, all_at_once: Callable[..., list[object]]
) -> None:
    offer = market.offer()
    mug = NewProduct("Enamel mug", "Holds 350 ml.", offer.product.category, "No brand", "x.svg")
    send = partial(listing.list_once, mug, seller=offer.seller, now=market.now)
    listed = all_at_once(send, send, send)
    assert listed == [Product.objects.get(title="Enamel mug")] * 3


def test_of_two_who_count_the_shelf_at_once_one_is_told_to_look_again(
    market: Market, all_at_once: Callable[..., list[object]]
) -> None:
    offer = market.offer(price_cents=120_000, stock=10)
    seen = Terms(120_000, 10)
    counted = (
        partial(listing.revise, seller=offer.seller, offer_id=offer.pk, seen=seen, wanted=Terms(120_000, stock))
        for stock in (20, 30)
    )
    answers = all_at_once(*counted)
    assert sorted(type(answer) for answer in answers if answer) == [StockMoved]
    offer.refresh_from_db()
    assert offer.stock == (20 if answers[0] is None else 30)
