"""Money that came too late may still buy the goods, if its payer says so while there are any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.catalog.models import Offer
from sokopesa.ledger import accounts
from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies, trial_balance
from sokopesa.notices.models import Notice
from sokopesa.orders import checkout as steps
from sokopesa.orders.actions import lapse
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.errors import CannotBeRevived, GoodsGone
from sokopesa.payments.models import Receipt
from sokopesa.payments.reviving import revival_of, revive
from sokopesa.payments.withdrawing import withdraw
from sokopesa.refunds.models import Refund

Market = Any
LATER = timedelta(days=2)


def pay_late(market: Market, purchase: Purchase, receipt: str = "UKN1AAAAAA", cents: int = 125_000) -> Refund:
    """Money for a purchase that is over arrives, and is owed back."""
    payment = Payment(
        receipt=receipt,
        purchase_id=purchase.pk,
        amount_cents=cents,
        paid_at=market.now + LATER,
        learned_from="confirmation",
        msisdn=purchase.buyer.phone,
    )
    credit_payments([payment], now=market.now + LATER)
    return Refund.objects.get(receipt=receipt)


def in_escrow() -> int:
    return sum(cents for code, cents in trial_balance().items() if code.startswith("escrow:"))


@pytest.fixture(params=["lapsed", "cancelled"])
def over(request: pytest.FixtureRequest, market: Market) -> Callable[[], Purchase]:
    """Makes a purchase that is over."""

    def make() -> Purchase:
        purchase = market.purchase()
        if request.param == "lapsed":
            lapse([purchase.pk], now=market.now)
        else:
            withdraw(purchase, now=market.now)
        purchase.refresh_from_db()
        return purchase

    return make


@pytest.mark.django_db
def test_the_buyer_has_the_goods_after_all(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    refund = pay_late(market, purchase)
    assert balance_cents(accounts.refunds(refund.pk)) == -125_000
    revive(refund, now=market.now + LATER)

    purchase.refresh_from_db()
    refund.refresh_from_db()
    order = purchase.orders.get()
    receipt = Receipt.objects.get()
    assert (purchase.state, refund.state, order.state) == ("paid", "used", "awaiting_shipment")
    assert purchase.paid_at == market.now + LATER
    # three business days of packing and up to two on the way after the day of revival, Wednesday the 25th
    assert (order.promised_from, order.promised_until) == (date(2026, 11, 30), date(2026, 12, 2))
    assert (receipt.purchase, receipt.unplaced) == (purchase, "")
    assert Offer.objects.get().stock == 9
    assert balance_cents(accounts.refunds(refund.pk)) == balance_cents(UNMATCHED) == 0
    assert in_escrow() == -125_000
    assert discrepancies() == []
    assert purchase.events.last().kind == "revived"
    notice = Notice.objects.get(key=f"revived:{refund.number}")
    assert (notice.to, len(notice.text) <= 160) == (purchase.buyer.phone, True)
    assert "UKN1AAAAAA" in notice.text


@pytest.mark.django_db
def test_a_second_press_changes_nothing(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    refund = pay_late(market, purchase)
    for _ in range(3):
        assert revive(refund, now=market.now + LATER).state == "paid"
    assert Offer.objects.get().stock == 9
    assert in_escrow() == -125_000
    assert purchase.events.filter(kind="revived").count() == 1
    assert Notice.objects.filter(key__startswith="revived").count() == 1


@pytest.mark.django_db
def test_when_the_goods_are_gone_the_refund_stands(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    refund = pay_late(market, purchase)
    Offer.objects.update(stock=0)
    with pytest.raises(GoodsGone, match=r"sold out\. So the order cannot be revived\. The money comes back"):
        revive(refund, now=market.now + LATER)
    before = purchase.state
    purchase.refresh_from_db()
    refund.refresh_from_db()
    assert (purchase.state, refund.state, purchase.orders.get().state) == (before, "owed", before)
    assert balance_cents(accounts.refunds(refund.pk)) == -125_000
    assert Receipt.objects.get().purchase is None
    revival = revival_of(purchase, [refund], today=date(2026, 11, 25))
    assert revival
    assert "sold out" in str(revival.gone)


@pytest.mark.django_db
def test_only_money_that_pays_the_whole_order_revives_it(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    part = pay_late(market, purchase, cents=100_000)
    assert revival_of(purchase, [part], today=date(2026, 11, 25)) is None
    with pytest.raises(CannotBeRevived, match="comes back to you as promised"):
        revive(part, now=market.now + LATER)


@pytest.mark.django_db
def test_a_further_late_payment_stays_owed(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    first, second = pay_late(market, purchase), pay_late(market, purchase, "UKN1BBBBBB")
    revive(second, now=market.now + LATER)
    purchase.refresh_from_db()
    assert revival_of(purchase, [first, second], today=date(2026, 11, 25)) is None
    with pytest.raises(CannotBeRevived):
        revive(first, now=market.now + LATER)
    assert Receipt.objects.get(purchase=purchase).code == "UKN1BBBBBB"
    assert balance_cents(accounts.refunds(first.pk)) == -125_000


@pytest.mark.django_db
def test_what_is_over_becomes_paid_in_no_other_way(market: Market, over: Callable[[], Purchase]) -> None:
    purchase = over()
    pay_late(market, purchase)
    with pytest.raises(IntegrityError, match="only by a refund of its own"), transaction.atomic():
        Purchase.objects.filter(pk=purchase.pk).update(state="paid", paid_at=market.now)


def test_both_tabs_and_both_refunds_at_once_revive_it_once(market: Market, all_at_once: Any) -> None:
    purchase = market.purchase()
    withdraw(purchase, now=market.now)
    refunds = [pay_late(market, purchase, receipt) for receipt in ("UKN1AAAAAA", "UKN1BBBBBB")]
    all_at_once(*[lambda one=refund: revive(one, now=market.now + LATER) for refund in refunds * 2])
    purchase.refresh_from_db()
    assert purchase.state == "paid"
    assert sorted(Refund.objects.values_list("state", flat=True)) == ["owed", "used"]
    assert Offer.objects.get().stock == 9
    assert in_escrow() == -125_000
    assert Entry.objects.filter(kind="refund-used").count() == 1
    assert discrepancies() == []


def test_the_last_piece_revives_one_order(market: Market, all_at_once: Any) -> None:
    offer = market.offer(stock=2, price_cents=125_000, shipping_cents=0)
    refunds = []
    for n in range(2):
        checkout = market.checkout(offer=offer)
        purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
        withdraw(purchase, now=market.now)
        refunds.append(pay_late(market, purchase, f"UKN{n:07d}"))
    Offer.objects.update(stock=1)
    outcomes = all_at_once(*[lambda one=refund: revive(one, now=market.now + LATER) for refund in refunds])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["GoodsGone", "Purchase"]
    assert Offer.objects.get().stock == 0
    assert in_escrow() == -125_000
