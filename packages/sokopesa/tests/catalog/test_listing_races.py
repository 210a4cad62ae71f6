"""Lists stay true when those who change the same goods do so at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sokopesa.catalog import stock
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
