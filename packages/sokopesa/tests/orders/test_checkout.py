"""From Buy Now to a placed purchase."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.kernel.phone import NotSafaricom
from sokopesa.orders import checkout as steps
from sokopesa.orders.errors import AlreadyPlaced, NotForSale, NotReady, PriceChanged, QuantityRefused
from sokopesa.orders.models import Checkout, Order, Purchase
from sokopesa.orders.numbers import REFERENCE_LENGTH, is_number, luhn_digit, new_number, reference
from sokopesa.orders.queries import Wanted, purchase_of, purchases_of

pytestmark = pytest.mark.django_db
Market = Any


def test_placing_freezes_price_promise_and_listing(market: Market) -> None:
    offer = market.offer(price_cents=120_000, shipping_cents=5_000, stock=3)
    checkout = market.checkout(offer=offer, quantity=2)
    purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=245_000, now=market.now)
    Offer.objects.filter(pk=offer.pk).update(price_minor=999_00)
    ShippingMethod.objects.update(max_days=30, cost_minor=1)

    order = purchase_of(purchase.buyer, purchase.number).orders.all()[0]
    assert (purchase.goods_cents, purchase.shipping_cents, purchase.total_cents) == (240_000, 5_000, 245_000)
    assert (order.promised_from, order.promised_until) == (date(2026, 11, 26), date(2026, 11, 28))
    assert order.lines.all()[0].snapshot["price_minor"] == 120_000
    assert order.deliver_to[0] == "Asha Test"
    assert Offer.objects.get(pk=offer.pk).stock == 1
    assert [event.kind for event in purchase.events.all()] == ["placed"]


def test_placing_twice_is_one_purchase_and_one_reservation(market: Market) -> None:
    checkout = market.checkout(offer=market.offer(stock=5))
    first = steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
    second = steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
    assert first == second
    assert Purchase.objects.count() == Order.objects.count() == 1
    assert Offer.objects.get().stock == 4


def test_what_was_placed_cannot_be_answered_anew_from_an_old_tab(market: Market) -> None:
    checkout = market.checkout()
    steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
    with pytest.raises(AlreadyPlaced):
        steps.charge_number(checkout=checkout, msisdn="254711000111")


def test_a_changed_price_is_agreed_to_again_and_nothing_is_reserved(market: Market) -> None:
    offer = market.offer(stock=5)
    checkout = market.checkout(offer=offer)
    Offer.objects.filter(pk=offer.pk).update(price_minor=130_000)
    with pytest.raises(PriceChanged, match="KES 1,350 instead of KES 1,250"):
        steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
    assert Offer.objects.get().stock == 5
    assert steps.place(checkout_id=checkout.pk, agreed_total_cents=135_000, now=market.now).total_cents == 135_000


def test_goods_that_sell_out_between_buy_now_and_pay_are_refused_in_words(market: Market) -> None:
    offer = market.offer(stock=1)
    slow, quick = market.checkout(offer=offer), market.checkout(offer=offer)
    steps.place(checkout_id=quick.pk, agreed_total_cents=125_000, now=market.now)
    with pytest.raises(SoldOut, match="sold out"):
        steps.place(checkout_id=slow.pk, agreed_total_cents=125_000, now=market.now)
    assert Checkout.objects.get(pk=slow.pk).purchase is None
    assert Purchase.objects.count() == 1


def test_a_missing_step_is_named(market: Market) -> None:
    checkout = steps.start(offer_id=market.offer().pk, quantity=1, buyer=market.buyer(), now=market.now)
    with pytest.raises(NotReady) as refusal:
        steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
    assert refusal.value.step == "review"


@pytest.mark.parametrize("quantity", [0, -1, 21, 32_000])
def test_impossible_quantities_are_refused(market: Market, quantity: int) -> None:
    with pytest.raises(QuantityRefused, match="from 1 to 20"):
        steps.start(offer_id=market.offer(stock=50).pk, quantity=quantity, buyer=None, now=market.now)


def test_a_withdrawn_or_unknown_offer_is_not_for_sale(market: Market) -> None:
    offer = market.offer()
    Offer.objects.filter(pk=offer.pk).update(is_live=False)
    for offer_id in (offer.pk, 987_654):
        with pytest.raises(NotForSale):
            steps.start(offer_id=offer_id, quantity=1, buyer=None, now=market.now)


def test_only_a_safaricom_line_can_be_charged(market: Market) -> None:
    with pytest.raises(NotSafaricom, match="Airtel"):
        steps.charge_number(checkout=market.checkout(), msisdn="254733123456")


def test_an_address_of_somebody_else_is_refused(market: Market) -> None:
    checkout = market.checkout()
    with pytest.raises(NotReady):
        steps.deliver_to(checkout=checkout, address=market.address(market.buyer()))


def test_a_stranger_cannot_read_a_purchase(market: Market) -> None:
    purchase = market.purchase()
    with pytest.raises(Purchase.DoesNotExist):
        purchase_of(market.buyer(), purchase.number)


def test_the_list_costs_the_same_queries_for_one_and_for_many(market: Market, django_assert_num_queries: Any) -> None:
    buyer = market.buyer()
    for _ in range(12):
        market.purchase(buyer=buyer)
    for wanted in (1, 2):
        with django_assert_num_queries(4):
            for purchase in purchases_of(buyer, page=wanted):
                assert [line.snapshot["title"] for order in purchase.orders.all() for line in order.lines.all()]
    found = purchases_of(buyer, Wanted(text=purchase.number))
    assert [item.number for item in found] == [purchase.number]


def test_the_database_refuses_cents_and_totals_that_do_not_add_up(market: Market) -> None:
    purchase = market.purchase()
    for wrong in ({"goods_cents": 125_050, "total_cents": 125_050}, {"total_cents": 1}, {"state": "paid"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Purchase.objects.filter(pk=purchase.pk).update(**wrong)


@given(st.integers(0, 14), st.integers(1, 9))
def test_a_slip_in_one_digit_of_an_order_number_is_noticed(place: int, slip: int) -> None:
    number = new_number()
    wrong = number[:place] + str((int(number[place]) + slip) % 10) + number[place + 1 :]
    assert is_number(number)
    assert not is_number(wrong)


@given(st.sets(st.integers(0, 10**14 - 1), min_size=2, max_size=20))
def test_references_are_as_unique_as_the_numbers_and_fit_mpesa(bodies: set[int]) -> None:
    numbers = [(body := f"8{n:014d}") + luhn_digit(body) for n in bodies]
    references = {reference(number) for number in numbers}
    assert len(references) == len(numbers)
    assert all(len(text) == REFERENCE_LENGTH <= 12 and text.isalnum() for text in references)
