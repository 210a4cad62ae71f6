"""What is put aside to buy: by whom, how much of it, and what is told when it changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from selling import beside

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import ExchangeRate, Offer, ShippingMethod
from sokopesa.orders import basket as baskets
from sokopesa.orders.basket import MOST_LINES, Agreed
from sokopesa.orders.errors import BasketFull, NotForSale, OwnGoods, QuantityRefused
from sokopesa.orders.models import Basket, BasketItem
from sokopesa.orders.viewing import BasketLine, view
from sokopesa.people import sellers
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db
Market = Any


def put(market: Market, offer: Offer, quantity: int = 1, **whose: Any) -> Basket:
    return baskets.add(offer_id=offer.pk, quantity=quantity, now=market.now, **{"buyer": None, **whose})


def only_line(market: Market, basket: Basket) -> BasketLine:
    (line,) = view(basket, now=market.now).lines
    return line


class TestAdding:
    def test_pieces_of_one_offer_make_one_line_and_a_buyer_has_one_basket(self, market: Market) -> None:
        buyer, offer = market.buyer(), market.offer(stock=9)
        assert put(market, offer, 2, buyer=buyer) == put(market, offer, 3, buyer=buyer)
        assert [item.quantity for item in BasketItem.objects.all()] == [5]
        assert baskets.count(buyer_id=buyer.pk, guest_basket=None) == 5

    def test_it_costs_three_queries(self, market: Market, statements: list[str]) -> None:
        buyer, offer = market.buyer(), market.offer()
        statements.clear()
        put(market, offer, buyer=buyer)
        assert len(statements) == 3

    def test_a_guests_basket_is_nobodys_but_the_guests(self, market: Market) -> None:
        guests = put(market, market.offer())
        mine = put(market, market.offer(), buyer=market.buyer())
        for other in (mine.pk, guests.pk + 999, None):
            assert put(market, market.offer(), guest_basket=other).pk not in {mine.pk, guests.pk}
        assert put(market, market.offer(), guest_basket=guests.pk) == guests

    @pytest.mark.parametrize(("before", "more"), [(0, 0), (0, -1), (0, 21), (19, 2), (20, 1)])
    def test_more_than_twenty_of_one_offer_are_refused(self, market: Market, before: int, more: int) -> None:
        buyer, offer = market.buyer(), market.offer(stock=99)
        if before:
            put(market, offer, before, buyer=buyer)
        with pytest.raises(QuantityRefused, match=f"{before} are in your basket" if before else "from 1 to 20"):
            put(market, offer, more, buyer=buyer)
        assert baskets.count(buyer_id=buyer.pk, guest_basket=None) == before

    def test_no_more_than_there_are_with_those_in_the_basket(self, market: Market) -> None:
        buyer, offer = market.buyer(), market.offer(stock=3)
        put(market, offer, 2, buyer=buyer)
        with pytest.raises(SoldOut, match="Only 3 pieces"):
            put(market, offer, 2, buyer=buyer)

    def test_what_is_not_for_sale_is_refused(self, market: Market) -> None:
        withdrawn, unsendable = market.offer(), market.offer()
        Offer.objects.filter(pk=withdrawn.pk).update(is_live=False)
        ShippingMethod.objects.filter(profile=unsendable.profile).update(is_live=False)
        for offer_id in (withdrawn.pk, unsendable.pk, 987_654):
            with pytest.raises(NotForSale):
                baskets.add(offer_id=offer_id, quantity=1, buyer=None, now=market.now)
        assert not BasketItem.objects.exists()

    def test_nobody_buys_from_a_shop_of_their_own(self, market: Market) -> None:
        buyer, offer = market.buyer(), market.offer()
        sellers.add_member(seller=offer.seller, phone=buyer.phone)
        with pytest.raises(OwnGoods, match="your own shop"):
            put(market, offer, buyer=buyer)

    def test_fifty_different_goods_are_the_most(self, market: Market) -> None:
        buyer, first = market.buyer(), market.offer()
        for offer in [first, *(beside(first) for _ in range(MOST_LINES - 1))]:
            put(market, offer, buyer=buyer)
        with pytest.raises(BasketFull, match="50 different goods"):
            put(market, market.offer(), buyer=buyer)
        put(market, first, buyer=buyer)
        assert baskets.count(buyer_id=buyer.pk, guest_basket=None) == MOST_LINES + 1

    def test_a_method_of_another_profile_is_no_choice(self, market: Market) -> None:
        offer, other = market.offer(), market.offer()
        basket = put(market, offer, method_id=other.methods[0].pk)
        assert BasketItem.objects.get().method is None
        put(market, offer, method_id=offer.methods[0].pk, guest_basket=basket.pk)
        assert BasketItem.objects.get().method == offer.methods[0]


class TestParcels:
    def test_goods_of_one_profile_travel_together_and_shipping_is_paid_once(self, market: Market) -> None:
        buyer = market.buyer()
        kettle, pot = market.offer(price_cents=120_000, shipping_cents=5_000), market.offer(shipping_cents=7_000)
        cup = beside(kettle, price_minor=30_000)
        for offer, quantity in ((kettle, 1), (pot, 1), (cup, 4)):
            basket = put(market, offer, quantity, buyer=buyer)
        shown = view(basket, now=market.now)
        assert [[line.offer for line in parcel.lines] for parcel in shown.parcels] == [[kettle, cup], [pot]]
        assert [parcel.quoted.shipping_cents for parcel in shown.parcels] == [5_000, 7_000]
        assert shown.total_cents == 120_000 + 4 * 30_000 + 5_000 + 120_000 + 7_000
        assert [(seller, cents) for seller, cents in shown.by_seller] == [
            (kettle.seller, 245_000),
            (pot.seller, 127_000),
        ]

    def test_the_way_of_sending_is_chosen_for_the_whole_parcel(self, market: Market) -> None:
        kettle = market.offer(shipping_cents=5_000)
        quick = quick_way(kettle)
        basket = put(market, kettle)
        put(market, beside(kettle), guest_basket=basket.pk)
        baskets.choose_method(basket, profile_id=kettle.profile_id, method_id=quick.pk, now=market.now)
        (parcel,) = view(basket, now=market.now).parcels
        assert (parcel.quoted.method, parcel.quoted.shipping_cents) == (quick, 40_000)
        slow = next(way for way in parcel.quoted.ways if not way.is_chosen)
        assert (slow.extra_cents, slow.saved_cents) == (-35_000, 35_000)

        stranger = market.offer().methods[0]
        baskets.choose_method(basket, profile_id=kettle.profile_id, method_id=stranger.pk, now=market.now)
        assert view(basket, now=market.now).parcels[0].quoted.method == quick
        ShippingMethod.objects.filter(pk=quick.pk).update(is_live=False)
        assert view(basket, now=market.now).parcels[0].quoted.shipping_cents == 5_000

    def test_it_costs_one_query_for_one_line_and_for_fifty(self, market: Market, statements: list[str]) -> None:
        buyer, first = market.buyer(), market.offer()
        basket = put(market, first, buyer=buyer)
        statements.clear()
        view(basket, now=market.now)
        assert len(statements) == 1
        for _ in range(24):
            put(market, beside(first), buyer=buyer)
            put(market, market.offer(), buyer=buyer)
        statements.clear()
        assert len(view(basket, now=market.now).lines) == 49
        assert len(statements) == 1


def quick_way(offer: Offer, **values: Any) -> ShippingMethod:
    terms: dict[str, Any] = {"cost_minor": 40_000, "min_days": 0, "max_days": 0, "day_rule": "calendar", **values}
    return ShippingMethod.objects.create(profile=offer.profile, name="By rider", currency=offer.currency, **terms)


class TestChanges:
    def test_another_price_is_told_until_it_is_agreed_to(self, market: Market) -> None:
        offer = market.offer(price_cents=120_000)
        basket = put(market, offer)
        assert not only_line(market, basket).is_changed
        Offer.objects.filter(pk=offer.pk).update(price_minor=130_000)
        seen = only_line(market, basket)
        assert seen.change == "The price is now KES 1,300 instead of KES 1,200."

        Offer.objects.filter(pk=offer.pk).update(price_minor=140_000)
        baskets.agree(basket, {seen.item.pk: seen.agreed}, now=market.now)
        again = only_line(market, basket)
        assert again.change == "The price is now KES 1,400 instead of KES 1,300."
        baskets.agree(basket, {again.item.pk: again.agreed}, now=market.now)
        assert not only_line(market, basket).is_changed

    def test_fewer_pieces_are_told_and_agreed_to(self, market: Market) -> None:
        offer = market.offer(stock=5)
        basket = put(market, offer, 4)
        Offer.objects.filter(pk=offer.pk).update(stock=1)
        line = only_line(market, basket)
        assert (line.quantity, line.change) == (1, "Only 1 is left of the 4 you wanted.")
        assert view(basket, now=market.now).goods_cents == 120_000
        baskets.agree(basket, {line.item.pk: line.agreed}, now=market.now)
        assert (BasketItem.objects.get().quantity, only_line(market, basket).change) == (1, "")

    @pytest.mark.parametrize(
        ("becomes", "said"),
        [
            ({"is_live": False}, "has withdrawn this."),
            ({"stock": 0}, "is sold out."),
        ],
    )
    def test_what_is_gone_stays_in_sight_and_is_counted_by_nothing(
        self, market: Market, becomes: dict[str, object], said: str
    ) -> None:
        gone, other = market.offer(), market.offer(price_cents=50_000, shipping_cents=0)
        basket = put(market, gone)
        put(market, other, guest_basket=basket.pk)
        Offer.objects.filter(pk=gone.pk).update(**becomes)
        shown = view(basket, now=market.now)
        (line,) = shown.gone
        assert said in line.change
        assert shown.total_cents == 50_000
        baskets.agree(basket, {line.item.pk: line.agreed}, now=market.now)
        assert [item.offer for item in BasketItem.objects.all()] == [other]

    def test_goods_that_can_no_longer_be_sent_or_priced_are_gone(self, market: Market) -> None:
        ExchangeRate.objects.create(currency="USD", kes_per_unit=Decimal(130), as_of=date(2026, 11, 23), source="Bank")
        unsendable, foreign = market.offer(), market.offer(price_cents=1_000, currency="USD")
        basket = put(market, unsendable)
        put(market, foreign, guest_basket=basket.pk)
        assert view(basket, now=market.now).gone == ()
        ShippingMethod.objects.filter(profile=unsendable.profile).update(is_live=False)
        first, second = view(basket, now=market.now + timedelta(days=30)).gone
        assert first.change.endswith("cannot send this at present.")
        assert second.change == "There is no price today: the exchange rate has not reached us yet."

    def test_a_rate_that_moves_the_price_is_a_change_of_price(self, market: Market) -> None:
        rate = ExchangeRate.objects.create(
            currency="USD", kes_per_unit=Decimal(130), as_of=date(2026, 11, 23), source="Bank"
        )
        basket = put(market, market.offer(price_cents=1_000, currency="USD"))
        ExchangeRate.objects.filter(pk=rate.pk).update(kes_per_unit=131)
        assert only_line(market, basket).change == "The price is now KES 1,310 instead of KES 1,300."


class TestQuantities:
    def test_another_quantity_within_what_there_is(self, market: Market) -> None:
        basket = put(market, market.offer(stock=5), 2)
        item = BasketItem.objects.get()
        baskets.change_quantity(basket, item_id=item.pk, quantity=5, now=market.now)
        for wrong in (0, 21, -3):
            with pytest.raises(QuantityRefused):
                baskets.change_quantity(basket, item_id=item.pk, quantity=wrong, now=market.now)
        with pytest.raises(SoldOut):
            baskets.change_quantity(basket, item_id=item.pk, quantity=6, now=market.now)
        assert BasketItem.objects.get().quantity == 5

    def test_somebody_elses_line_is_not_touched(self, market: Market) -> None:
        put(market, market.offer(), 2)
        theirs, mine = BasketItem.objects.get(), put(market, market.offer())
        baskets.change_quantity(mine, item_id=theirs.pk, quantity=1, now=market.now)
        baskets.remove(mine, item_id=theirs.pk, now=market.now)
        baskets.agree(mine, {theirs.pk: Agreed(1, 0)}, now=market.now)
        theirs.refresh_from_db()
        assert theirs.quantity == 2


class TestSigningIn:
    def both(self, market: Market, buyer: User) -> tuple[Offer, Offer]:
        shared, brought = market.offer(stock=99), market.offer()
        put(market, shared, 15, buyer=buyer)
        guests = put(market, shared, 15)
        put(market, brought, guest_basket=guests.pk)
        baskets.adopt(guest_basket=guests.pk, buyer=buyer, now=market.now)
        return shared, brought

    def test_what_a_guest_put_aside_joins_what_the_buyer_has(self, market: Market) -> None:
        buyer = market.buyer()
        shared, brought = self.both(market, buyer)
        assert {item.offer: item.quantity for item in buyer.basket.items.all()} == {shared: 20, brought: 1}
        assert Basket.objects.count() == 1

    def test_a_basket_of_somebody_else_is_not_adopted(self, market: Market) -> None:
        theirs = put(market, market.offer(), buyer=market.buyer())
        buyer = market.buyer()
        baskets.adopt(guest_basket=theirs.pk, buyer=buyer, now=market.now)
        assert baskets.count(buyer_id=buyer.pk, guest_basket=None) == 0
        assert theirs.items.count() == 1

    def test_goods_of_ones_own_shop_are_told_afterwards(self, market: Market) -> None:
        buyer, offer = market.buyer(), market.offer()
        sellers.add_member(seller=offer.seller, phone=buyer.phone)
        baskets.adopt(guest_basket=put(market, offer).pk, buyer=buyer, now=market.now)
        assert "your own shop" in only_line(market, buyer.basket).change
