"""Sellers side by side: the cheapest first, what sooner costs, nothing hidden."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from selling import sent_by

from sokopesa.catalog.models import ExchangeRate, Offer, ShippingMethod
from sokopesa.catalog.pricing import Rates
from sokopesa.catalog.ranking import buyable, rank, ways
from sokopesa.kernel.calendar import add_business_days, is_business_day

MONDAY = date(2026, 3, 2)
RATES = Rates({"USD": ExchangeRate(currency="USD", kes_per_unit=Decimal("129.30"), as_of=MONDAY)})


def offer(
    pk: int,
    shillings: int = 1_000,
    *,
    shipping: int = 0,
    days: tuple[int, int] = (5, 9),
    stock: int = 3,
    currency: str = "KES",
    rule: str = "calendar",
) -> Offer:
    """Sent in one way, packed within a business day."""
    return sent_by(
        Offer(pk=pk, price_minor=shillings * 100, currency=currency, stock=stock), method(pk, shipping, days, rule)
    )


def method(
    pk: int, shipping: int = 0, days: tuple[int, int] = (5, 9), rule: str = "calendar", **values: Any
) -> ShippingMethod:
    low, high = days
    return ShippingMethod(pk=pk, cost_minor=shipping * 100, min_days=low, max_days=high, day_rule=rule, **values)


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    made = []
    for pk in range(1, draw(st.integers(min_value=1, max_value=8)) + 1):
        low = draw(st.integers(min_value=0, max_value=20))
        made.append(
            offer(
                pk,
                draw(st.integers(min_value=1, max_value=20)),
                shipping=draw(st.integers(min_value=0, max_value=5)),
                days=(low, low + draw(st.integers(min_value=0, max_value=10))),
                stock=draw(st.integers(min_value=0, max_value=1)),
                currency=draw(st.sampled_from(["KES", "USD"])),
                rule=draw(st.sampled_from(["calendar", "business"])),
            )
        )
    return made


@given(offers())
def test_every_offer_is_shown_and_the_cheapest_leads(made: list[Offer]) -> None:
    ranked = rank(made, RATES, on=MONDAY)
    assert {each.offer.pk for each in ranked} == {each.pk for each in made}
    assert [each.is_buyable for each in ranked] == sorted((each.is_buyable for each in ranked), reverse=True)
    for_sale = buyable(ranked)
    totals = [each.price.total_cents for each in for_sale]
    assert totals == sorted(totals)
    assert sum(each.is_best for each in for_sale) == 0 or for_sale[0].is_best
    for each in for_sale:
        assert each.extra_cents == each.price.total_cents - totals[0]
        assert each.window.latest + timedelta(days=each.days_sooner) == for_sale[0].window.latest
        # Nobody pays for waiting: whatever is sooner than the first offer costs more than it.
        assert not each.is_faster or each.extra_cents > 0


@given(offers(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_in_the_database(made: list[Offer], random: Random) -> None:
    expected = rank(made, RATES, on=MONDAY)
    random.shuffle(made)
    assert rank(made, RATES, on=MONDAY) == expected


def test_the_faster_seller_shows_what_it_costs_more_and_saves() -> None:
    slow = offer(1, 1_000, shipping=150, days=(12, 20))
    fast = offer(2, 1_400, shipping=50, days=(1, 3))
    first, second = rank([fast, slow], RATES, on=MONDAY)
    assert first.offer is slow
    assert first.is_best
    assert (second.extra_cents, second.days_sooner) == (30_000, 17)
    assert second.is_faster
    assert not second.is_best


def test_faster_and_cheaper_goes_first_and_the_other_stays_visible() -> None:
    better = offer(2, 900, days=(1, 2))
    worse = offer(1, 1_000, days=(5, 9))
    first, second = rank([worse, better], RATES, on=MONDAY)
    assert first.offer is better
    assert (second.extra_cents, second.days_sooner) == (10_000, -7)
    assert not second.is_faster


def test_shipping_counts_when_sellers_are_compared() -> None:
    free_shipping = offer(1, 1_200)
    cheap_goods = offer(2, 1_000, shipping=300)
    assert [each.offer.pk for each in rank([cheap_goods, free_shipping], RATES, on=MONDAY)] == [1, 2]


def test_of_equal_prices_the_sooner_one_goes_first() -> None:
    assert [each.offer.pk for each in rank([offer(1), offer(2, days=(2, 3))], RATES, on=MONDAY)] == [2, 1]


def test_a_sold_out_bargain_is_shown_last_and_sets_no_standard() -> None:
    first, last = rank([offer(1, 10, stock=0), offer(2, 1_000)], RATES, on=MONDAY)
    assert first.offer.pk == 2
    assert first.extra_cents == 0
    assert not last.is_buyable
    assert not last.is_best


def test_an_offer_whose_currency_has_no_rate_is_left_out() -> None:
    assert [each.offer.pk for each in rank([offer(1, currency="USD"), offer(2)], Rates({}), on=MONDAY)] == [2]
    assert rank([offer(1, currency="USD")], Rates({}), on=MONDAY) == ()


@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31)), offers())
def test_windows_lie_ahead_and_business_windows_end_on_business_days(day: date, made: list[Offer]) -> None:
    for each in rank(made, RATES, on=day):
        assert day < each.window.earliest <= each.window.latest
        leaves = add_business_days(day, 1)
        if each.method.day_rule == "business":
            assert is_business_day(each.window.earliest)
            assert is_business_day(each.window.latest)
            assert add_business_days(leaves, each.method.min_days) == each.window.earliest
        else:
            assert (each.window.latest - leaves).days == each.method.max_days


def test_business_days_skip_the_weekend() -> None:
    friday = date(2026, 3, 6)
    (only,) = rank([offer(1, days=(0, 2), rule="business")], RATES, on=friday)
    assert (only.window.earliest, only.window.latest) == (date(2026, 3, 9), date(2026, 3, 11))


def test_a_parcel_from_abroad_is_packed_on_business_days_and_flies_on_all() -> None:
    friday = date(2026, 3, 6)
    packed_slowly = sent_by(offer(1), method(1, days=(4, 5)), handling_days=2)
    (only,) = rank([packed_slowly], RATES, on=friday)
    leaves = date(2026, 3, 10)  # Tuesday: Monday is the first business day after it was paid
    assert (only.window.earliest, only.window.latest) == (leaves + timedelta(4), leaves + timedelta(5))


def test_a_public_holiday_is_no_day_for_packing() -> None:
    eve = date(2026, 12, 11)  # a Friday; Saturday is Jamhuri Day, which moves nothing, and Monday is a working day
    assert rank([offer(1, days=(0, 0))], RATES, on=eve)[0].window.latest == date(2026, 12, 14)
    before_christmas = date(2026, 12, 24)
    assert rank([offer(1, days=(0, 0))], RATES, on=before_christmas)[0].window.latest > date(2026, 12, 26)


def test_the_default_way_is_the_cheapest_and_of_equals_the_fastest() -> None:
    express, slow, brisk = method(1, 500, (1, 2)), method(2, 100, (5, 9)), method(3, 100, (3, 5))
    made = sent_by(offer(1), express, slow, brisk, method(4, 0, (1, 1), is_live=False))
    assert [each.pk for each in made.methods] == [3, 2, 1]
    found = ways(made, RATES, on=MONDAY)
    assert [(way.method.pk, way.extra_cents, way.days_sooner) for way in found] == [
        (3, 0, 0),
        (2, 0, -4),
        (1, 40_000, 3),
    ]


def test_business_days_weigh_more_than_days_when_two_ways_cost_the_same() -> None:
    made = sent_by(offer(1), method(1, 0, (5, 5), "business"), method(2, 0, (6, 6), "calendar"))
    assert made.default_method == made.methods[0]
    assert made.methods[0].pk == 2


def test_what_cannot_be_sent_is_left_out() -> None:
    assert rank([sent_by(offer(1), method(1, is_live=False)), offer(2)], RATES, on=MONDAY)[0].offer.pk == 2
    assert rank([sent_by(offer(1))], RATES, on=MONDAY) == ()
