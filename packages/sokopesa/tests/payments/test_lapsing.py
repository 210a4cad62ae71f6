"""Orders that nobody pays give their goods back, and money that comes too late is kept safe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.catalog.models import Offer
from sokopesa.notices.models import Notice
from sokopesa.orders import checkout as steps
from sokopesa.payments import prompts
from sokopesa.payments.errors import NotPaidInTime
from sokopesa.payments.lapsing import PAY_WITHIN, lapse_due
from sokopesa.payments.models import Receipt
from sokopesa.payments.settlement import settle
from sokopesa.refunds.models import Refund
from sokopesa.refunds.queries import owed_cents

pytestmark = pytest.mark.django_db
Market = Callbacks = Any


def test_unpaid_goods_come_back_after_a_day_and_not_before(market: Market) -> None:
    checkout = market.checkout(offer=market.offer(stock=5), quantity=2)
    purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=245_000, now=market.now)
    assert lapse_due(now=market.now + PAY_WITHIN - timedelta(seconds=1)) == 0
    assert Offer.objects.get().stock == 3
    assert lapse_due(now=market.now + PAY_WITHIN) == 1
    purchase.refresh_from_db()
    assert (purchase.state, purchase.orders.get().state, Offer.objects.get().stock) == ("lapsed", "lapsed", 5)
    assert lapse_due(now=market.now + 2 * PAY_WITHIN) == 0
    assert Offer.objects.get().stock == 5


def test_an_order_whose_prompt_may_still_be_paid_does_not_lapse(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    assert lapse_due(now=market.now + 3 * PAY_WITHIN) == 0
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    assert lapse_due(now=market.now + 3 * PAY_WITHIN) == 0
    purchase.refresh_from_db()
    assert purchase.state == "paid"


def test_a_lapsed_order_is_not_asked_for_again_and_late_money_is_safe_and_told(
    market: Market, callbacks: Callbacks
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.ended(prompt, 1032))
    settle(now=market.now)
    lapse_due(now=market.now + PAY_WITHIN)
    with pytest.raises(NotPaidInTime, match="order them again"):
        prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=market.now + PAY_WITHIN)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    purchase.refresh_from_db()
    assert purchase.state == "lapsed"
    assert owed_cents() == 125_000
    assert Refund.objects.get().cause == "late_payment"
    assert Receipt.objects.get().unplaced.endswith("which was not paid in time")
    assert "you paid too late" in Notice.objects.get().text
