"""Before payment an order is cancelled at once, and once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.catalog.models import Offer
from sokopesa.orders import checkout as steps
from sokopesa.orders.actions import lapse, mark_paid
from sokopesa.orders.cancelling import cancel_unpaid
from sokopesa.orders.errors import OverAlready, PaidMeanwhile
from sokopesa.orders.models import Purchase

pytestmark = pytest.mark.django_db
Market = Any


def test_cancelling_frees_the_goods_ends_the_order_and_is_written_down_once(market: Market) -> None:
    checkout = market.checkout(offer=market.offer(stock=5), quantity=2)
    purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=245_000, now=market.now)
    assert cancel_unpaid(purchase, now=market.now)
    assert not cancel_unpaid(purchase, now=market.now)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.orders.get().state, Offer.objects.get().stock) == ("cancelled", "cancelled", 5)
    assert [event.kind for event in purchase.events.all()] == ["placed", "cancelled"]


def test_what_is_paid_is_not_cancelled(market: Market) -> None:
    purchase = market.purchase()
    mark_paid({purchase.pk: market.now}, words={purchase.pk: "Paid."})
    with pytest.raises(PaidMeanwhile, match="was not cancelled"):
        cancel_unpaid(purchase, now=market.now)
    assert purchase.orders.get().state == "awaiting_shipment"


def test_what_lapsed_is_not_cancelled_and_gives_its_goods_back_once(market: Market) -> None:
    purchase = market.purchase()
    lapse([purchase.pk], now=market.now)
    with pytest.raises(OverAlready, match="not paid in time"):
        cancel_unpaid(purchase, now=market.now)
    assert Offer.objects.get().stock == 10


@pytest.mark.parametrize("before", Purchase.State)
@pytest.mark.parametrize("after", Purchase.State)
def test_the_database_holds_the_table_of_moves(market: Market, before: Purchase.State, after: Purchase.State) -> None:
    purchase = market.purchase()
    mine = Purchase.objects.filter(pk=purchase.pk)
    if before != "awaiting_payment":
        mine.update(state=before, paid_at=market.now if before == "paid" else None)
    change = {"state": after, "paid_at": market.now if after == "paid" else None}
    if after == "paid" and before in ("lapsed", "cancelled"):
        with pytest.raises(IntegrityError, match="only by a refund of its own"), transaction.atomic():
            mine.update(**change)
    elif before == after or after in Purchase.MOVES[before]:
        mine.update(**change)
    else:
        with pytest.raises(IntegrityError, match=f"{before} cannot become {after}"), transaction.atomic():
            mine.update(**change)
