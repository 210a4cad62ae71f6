"""Money of a paid order goes back to whoever paid, once, and never more than was paid."""

from __future__ import annotations

from typing import Any

import pytest

from sokopesa.aftersale.errors import MoreThanIsLeft
from sokopesa.aftersale.giving_back import give_back
from sokopesa.ledger.accounts import escrow, refunds
from sokopesa.ledger.queries import balance_cents
from sokopesa.notices.models import Notice
from sokopesa.orders.changing import locked
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Market = Any


def test_what_is_given_back_leaves_the_escrow_and_is_owed_to_the_phone_that_paid(market: Market) -> None:
    order = locked(market.paid_order(total_cents=100_000).pk)
    refund = give_back(order, cents=30_000, cause=Refund.Cause.CANCELLED_ORDER, key="cancel:1", now=market.now)
    assert refund is not None
    assert (refund.order, refund.msisdn, refund.amount_cents) == (order, order.purchase.buyer.phone, 30_000)
    assert (balance_cents(escrow(order.pk)), balance_cents(refunds(refund.pk))) == (-70_000, -30_000)
    order.refresh_from_db()
    assert order.refunded_cents == 30_000
    said = Notice.objects.get(kind="refund").text
    assert said.startswith(f"We owe you KES 300: order {order.number} was cancelled, receipt UKP")
    assert len(said) <= 160
    assert order.events.filter(kind="refund-owed").count() == 1


def test_the_same_reason_pays_once(market: Market) -> None:
    order = locked(market.paid_order(total_cents=100_000).pk)
    give_back(order, cents=30_000, cause=Refund.Cause.DISPUTE, key="dispute:1", now=market.now)
    assert give_back(order, cents=30_000, cause=Refund.Cause.DISPUTE, key="dispute:1", now=market.now) is None
    assert order.refunded_cents == 30_000


@pytest.mark.parametrize("cents", [0, -100, 70_100])
def test_no_more_than_is_left(market: Market, cents: int) -> None:
    order = locked(market.paid_order(total_cents=100_000).pk)
    give_back(order, cents=30_000, cause=Refund.Cause.DISPUTE, key="dispute:1", now=market.now)
    with pytest.raises(MoreThanIsLeft, match="At most KES 700"):
        give_back(order, cents=cents, cause=Refund.Cause.DISPUTE, key="dispute:2", now=market.now)
