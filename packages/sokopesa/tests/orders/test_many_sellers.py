"""One checkout, many sellers: one payment, an order for each parcel, all goods or none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selling import beside, sent_by

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.actions import lapse
from sokopesa.orders.cancelling import cancel_unpaid
from sokopesa.orders.errors import (
    AlreadyPlaced,
    BasketChanged,
    BasketEmpty,
    NotForSale,
    NotToBox,
    OwnGoods,
    PriceChanged,
)
from sokopesa.orders.models import Basket, BasketItem, Checkout, Order, Purchase
from sokopesa.orders.quotes import Wanted, quote, quote_by
from sokopesa.orders.reviving import missing
from sokopesa.people import sellers
from sokopesa.people.models import Address, User

pytestmark = pytest.mark.django_db
Market = Any
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def buyer(market: Market) -> User:
    return market.buyer()  # type: ignore[no-any-return]


def fill(market: Market, buyer: User, *wanted: tuple[Offer, int]) -> Basket:
    for offer, quantity in wanted:
        basket = baskets.add(offer_id=offer.pk, quantity=quantity, buyer=buyer, now=market.now)
    return basket


def answered(market: Market, buyer: User, basket: Basket, **which: int) -> Checkout:
    """Every question answered; only *Pay* is left to press."""
    checkout = steps.start_from(basket, buyer=buyer, now=market.now, **which)
    steps.review(checkout=checkout)
    steps.deliver_to(checkout=checkout, address=market.address(buyer))
    steps.pay_with_mpesa(checkout=checkout)
    steps.charge_number(checkout=checkout, msisdn=buyer.phone)
    return checkout


def place(market: Market, checkout: Checkout, total_cents: int = 0) -> Purchase:
    agreed = total_cents or quote(checkout, now=market.now).total_cents
    return steps.place(checkout_id=checkout.pk, agreed_total_cents=agreed, now=market.now)


def three_parcels(market: Market, buyer: User) -> tuple[list[Offer], Basket]:
    kettle = market.offer(price_cents=120_000, shipping_cents=5_000, stock=5)
    cup = beside(kettle, price_minor=30_000, stock=9)
    pot = market.offer(price_cents=80_000, shipping_cents=7_000, stock=5)
    pan = market.offer(price_cents=60_000, shipping_cents=0, stock=5)
    return [kettle, cup, pot, pan], fill(market, buyer, (kettle, 1), (cup, 4), (pot, 2), (pan, 1))


class TestPlacing:
    def test_an_order_for_each_parcel_and_one_sum(self, market: Market, buyer: User) -> None:
        (kettle, cup, pot, pan), basket = three_parcels(market, buyer)
        purchase = place(market, answered(market, buyer, basket), 125_000 + 4 * 30_000 + 167_000 + 60_000)
        orders = list(purchase.orders.order_by("number").prefetch_related("lines"))
        assert [order.number for order in orders] == [f"{purchase.number}-{n}" for n in (1, 2, 3)]
        assert [order.seller for order in orders] == [kettle.seller, pot.seller, pan.seller]
        assert [order.total_cents for order in orders] == [245_000, 167_000, 60_000]
        assert [[(line.offer_id, line.quantity) for line in order.lines.all()] for order in orders] == [
            [(kettle.pk, 1), (cup.pk, 4)],
            [(pot.pk, 2)],
            [(pan.pk, 1)],
        ]
        assert [offer.stock for offer in Offer.objects.order_by("id")] == [4, 5, 3, 4]

    def test_what_was_bought_leaves_the_basket_and_nothing_else_does(self, market: Market, buyer: User) -> None:
        (kettle, _, pot, pan), basket = three_parcels(market, buyer)
        place(market, answered(market, buyer, basket, seller_id=kettle.seller_id))
        assert [item.offer for item in basket.items.order_by("id")] == [pot, pan]

    def test_buying_now_leaves_the_basket_alone(self, market: Market, buyer: User) -> None:
        offer = market.offer()
        fill(market, buyer, (offer, 2))
        place(market, market.checkout(buyer=buyer, offer=offer))
        assert BasketItem.objects.get().quantity == 2

    def test_placing_twice_is_one_purchase(self, market: Market, buyer: User) -> None:
        _, basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        first = place(market, checkout)
        assert steps.place(checkout_id=checkout.pk, agreed_total_cents=1, now=market.now) == first
        assert (Purchase.objects.count(), Order.objects.count()) == (1, 3)
        with pytest.raises(AlreadyPlaced):
            steps.choose(checkout=checkout, methods={}, now=market.now)
        with pytest.raises(AlreadyPlaced):
            steps.leave_out(checkout=checkout, profile_id=1)

    def test_every_seller_names_its_own_promise(self, market: Market, buyer: User) -> None:
        (kettle, *_), basket = three_parcels(market, buyer)
        rider = ShippingMethod.objects.create(
            profile=kettle.profile,
            name="By rider",
            cost_minor=40_000,
            min_days=0,
            max_days=0,
            day_rule="calendar",
            is_tracked=True,
        )
        checkout = answered(market, buyer, basket)
        chosen = steps.choose(checkout=checkout, methods={kettle.profile_id: rider.pk}, now=market.now)
        purchase = place(market, checkout, chosen.total_cents)
        first, second, _ = purchase.orders.order_by("number")
        assert (first.promised_from, first.promised_until) == (date(2026, 11, 26), date(2026, 11, 26))
        assert (first.shipping_name, first.is_tracked, first.shipping_cents) == ("By rider", True, 40_000)
        assert (second.promised_until, second.shipping_name) == (date(2026, 11, 28), "Standard delivery")
        assert {line.snapshot["shipping"] for line in first.lines.all()} == {"By rider"}

    def test_what_fell_short_is_named_and_nothing_is_taken(self, market: Market, buyer: User) -> None:
        (_, cup, _, pan), basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        Offer.objects.filter(pk=cup.pk).update(stock=3)
        Offer.objects.filter(pk=pan.pk).update(stock=0)
        with pytest.raises(SoldOut) as refusal:
            place(market, checkout)
        assert f"Only 3 pieces of “{cup.product}”" in str(refusal.value)
        assert f"“{pan.product}” from {pan.seller} is sold out." in str(refusal.value)
        assert [offer.stock for offer in Offer.objects.order_by("id")] == [5, 3, 5, 0]
        assert not Purchase.objects.exists()
        assert basket.items.count() == 4

    def test_a_price_that_changed_is_agreed_to_again(self, market: Market, buyer: User) -> None:
        (kettle, *_), basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        total = quote(checkout, now=market.now).total_cents
        Offer.objects.filter(pk=kettle.pk).update(price_minor=121_000)
        with pytest.raises(PriceChanged):
            place(market, checkout, total)
        assert place(market, checkout, total + 1_000).total_cents == total + 1_000

    def test_an_offer_withdrawn_on_the_way_is_named(self, market: Market, buyer: User) -> None:
        (_, cup, *_), basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        Offer.objects.filter(pk=cup.pk).update(is_live=False)
        with pytest.raises(NotForSale, match=f"{cup.seller} has withdrawn “{cup.product}”"):
            place(market, checkout, 1)

    def test_who_joined_the_shop_on_the_way_does_not_buy_from_it(self, market: Market, buyer: User) -> None:
        (kettle, *_), basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        sellers.add_member(seller=kettle.seller, phone=buyer.phone)
        with pytest.raises(OwnGoods):
            place(market, checkout, 1)

    def test_it_costs_the_same_statements_for_one_line_and_for_fifty(
        self, market: Market, statements: list[str]
    ) -> None:
        counted = set()
        for lines in (1, 50):
            buyer, offers = market.buyer(), [market.offer()]
            offers += [beside(offers[0]) if n % 2 else market.offer() for n in range(lines - 1)]
            checkout = answered(market, buyer, fill(market, buyer, *((offer, 1) for offer in offers)))
            total = quote(checkout, now=market.now).total_cents
            statements.clear()
            place(market, checkout, total)
            counted.add(len(statements))
        assert counted == {5}


class TestBeginning:
    def test_a_basket_that_has_changed_is_agreed_to_first(self, market: Market, buyer: User) -> None:
        (_, cup, pot, _), basket = three_parcels(market, buyer)
        Offer.objects.filter(pk=cup.pk).update(price_minor=31_000)
        with pytest.raises(BasketChanged):
            steps.start_from(basket, buyer=buyer, now=market.now)
        assert steps.start_from(basket, seller_id=pot.seller_id, buyer=buyer, now=market.now)

    def test_an_empty_basket_is_not_checked_out(self, market: Market, buyer: User) -> None:
        basket = fill(market, buyer, (market.offer(), 1))
        with pytest.raises(BasketEmpty):
            steps.start_from(basket, seller_id=0, buyer=buyer, now=market.now)
        baskets.remove(basket, item_id=BasketItem.objects.get().pk, now=market.now)
        with pytest.raises(BasketEmpty):
            steps.start_from(basket, buyer=buyer, now=market.now)

    def test_ways_chosen_in_the_basket_go_with_it(self, market: Market, buyer: User) -> None:
        offer = market.offer()
        rider = ShippingMethod.objects.create(
            profile=offer.profile, name="By rider", cost_minor=40_000, min_days=0, max_days=0, day_rule="calendar"
        )
        basket = fill(market, buyer, (offer, 1))
        baskets.choose_method(basket, profile_id=offer.profile_id, method_id=rider.pk, now=market.now)
        checkout = steps.start_from(basket, buyer=buyer, now=market.now)
        assert quote(checkout, now=market.now).parcels[0].method == rider
        now = steps.start(offer_id=offer.pk, quantity=1, method_id=rider.pk, buyer=buyer, now=market.now)
        assert quote(now, now=market.now).parcels[0].method == rider

    def test_a_way_that_is_none_of_the_parcels_changes_nothing(self, market: Market, buyer: User) -> None:
        offer, stranger = market.offer(), market.offer()
        checkout = steps.start_from(fill(market, buyer, (offer, 1)), buyer=buyer, now=market.now)
        for methods in ({offer.profile_id: stranger.methods[0].pk}, {stranger.profile_id: stranger.methods[0].pk}):
            steps.choose(checkout=checkout, methods=methods, now=market.now)
        assert quote(checkout, now=market.now).parcels[0].method == offer.methods[0]


class TestPostOfficeBoxes:
    def box(self, buyer: User) -> Address:
        return Address.objects.create(
            user=buyer,
            kind="po_box",
            recipient="Asha Test",
            phone=buyer.phone,
            box_number="12",
            postcode="00100",
            post_office="Nairobi",
        )

    def test_a_parcel_that_does_not_go_there_is_never_placed(self, market: Market, buyer: User) -> None:
        (kettle, *_), basket = three_parcels(market, buyer)
        ShippingMethod.objects.filter(profile=kettle.profile).update(to_po_box=False)
        post = ShippingMethod.objects.create(
            profile=kettle.profile,
            name="By post",
            cost_minor=9_000,
            min_days=2,
            max_days=6,
            day_rule="business",
            to_po_box=True,
        )
        checkout, box = answered(market, buyer, basket), self.box(buyer)
        steps.deliver_to(checkout=checkout, address=box)
        with pytest.raises(NotToBox, match=f"Standard delivery from {kettle.seller} cannot go to a P.O. Box"):
            place(market, checkout)
        (stranded,) = quote(checkout, now=market.now).stranded(box)
        assert [(way.method, way.extra_cents) for way in stranded.ways_to(box)] == [(post, 4_000)]
        steps.choose(checkout=checkout, methods={kettle.profile_id: post.pk}, now=market.now)
        assert place(market, checkout).orders.count() == 3

    def test_a_parcel_can_be_left_out_and_stays_in_the_basket(self, market: Market, buyer: User) -> None:
        (kettle, cup, pot, _), basket = three_parcels(market, buyer)
        checkout = answered(market, buyer, basket)
        assert steps.leave_out(checkout=checkout, profile_id=kettle.profile_id)
        assert [line.offer for line in place(market, checkout).orders.first().lines.all()] == [pot]
        assert [item.offer for item in basket.items.order_by("id")] == [kettle, cup]
        alone = steps.start_from(basket, buyer=buyer, now=market.now)
        assert not steps.leave_out(checkout=alone, profile_id=kettle.profile_id)


class TestAfterwards:
    def test_a_payment_fills_the_escrow_of_each_order(self, market: Market, buyer: User) -> None:
        _, basket = three_parcels(market, buyer)
        purchase = place(market, answered(market, buyer, basket))
        market.pay(purchase)
        orders = purchase.orders.order_by("number")
        assert [order.state for order in orders] == ["awaiting_shipment"] * 3
        assert [balance_cents(escrow(order.pk)) for order in orders] == [-245_000, -167_000, -60_000]

    @pytest.mark.parametrize("how", ["lapses", "is cancelled"])
    def test_all_goods_go_back_when_it_is_not_paid(self, market: Market, buyer: User, how: str) -> None:
        _, basket = three_parcels(market, buyer)
        purchase = place(market, answered(market, buyer, basket))
        if how == "lapses":
            lapse([purchase.pk], now=market.now)
        else:
            cancel_unpaid(purchase, now=market.now)
        assert {order.state for order in purchase.orders.all()} <= {"lapsed", "cancelled"}
        assert [offer.stock for offer in Offer.objects.order_by("id")] == [5, 9, 5, 5]
        lines = [line for order in purchase.orders.all() for line in order.lines.all()]
        assert missing(lines) is None
        Offer.objects.filter(pk=lines[-1].offer_id).update(stock=0)
        assert "sold out" in str(missing(lines))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 20), st.integers(1, 5)), min_size=1, max_size=12))
def test_parts_add_up_to_the_whole_however_goods_are_spread(goods: list[tuple[int, int, int]]) -> None:
    profiles: dict[int, Offer] = {}
    wanted = []
    for n, (price, quantity, profile) in enumerate(goods, start=1):
        way = ShippingMethod(pk=profile, cost_minor=profile * 5_050, min_days=1, max_days=2, day_rule="calendar")
        offer = sent_by(Offer(pk=n, price_minor=price, currency="KES"), way)
        offer.profile.pk = profile
        offer.profile = offer.profile
        profiles.setdefault(profile, offer)
        wanted.append(Wanted(offer, quantity))
    quoted = quote_by({}, wanted, now=NOW)
    assert len(quoted.parcels) == len(profiles)
    assert sum(parcel.total_cents for parcel in quoted.parcels) == quoted.total_cents
    assert quoted.goods_cents == sum(-(-price // 100) * 100 * quantity for price, quantity, _ in goods)
    assert quoted.shipping_cents == sum(-(-profile * 5_050 // 100) * 100 for profile in profiles)
    assert quoted.pieces == sum(quantity for _, quantity, _ in goods)
