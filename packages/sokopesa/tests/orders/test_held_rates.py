"""A price in another currency: rounded once, promised for half an hour, and never charged unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from selling import sent_by

from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.models import ExchangeRate, Offer, ShippingMethod
from sokopesa.orders import checkout as steps
from sokopesa.orders.errors import PriceChanged, RateChanged
from sokopesa.orders.holding import RATE_HOLDS
from sokopesa.orders.models import Checkout, HeldRate, OrderLine, Purchase
from sokopesa.orders.quotes import Wanted, quote, quote_by

pytestmark = pytest.mark.django_db
Market = Any
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LAST_MOMENT = NOW + RATE_HOLDS - timedelta(microseconds=1)
TOO_LATE = NOW + RATE_HOLDS


def rate(kes: str, as_of: date = TODAY, source: str = "Central Bank of Kenya") -> ExchangeRate:
    return ExchangeRate.objects.create(currency="USD", kes_per_unit=Decimal(kes), as_of=as_of, source=source)


@dataclass
class Abroad:
    """A market at five past two in Nairobi, with goods priced in dollars."""

    market: Market

    def __post_init__(self) -> None:
        self.market.now = NOW

    def offer(self, price_minor: int = 9_600, shipping_minor: int = 0) -> Offer:
        return self.market.offer(price_cents=price_minor, shipping_cents=shipping_minor, stock=50, currency="USD")

    def checkout(self, offer: Offer | None = None, quantity: int = 1) -> Checkout:
        return self.market.checkout(offer=offer or self.offer(), quantity=quantity)


@pytest.fixture
def abroad(market: Market) -> Abroad:
    return Abroad(market)


def place(checkout: Checkout, kes: int, now: datetime = NOW) -> Purchase:
    return steps.place(checkout_id=checkout.pk, agreed_total_cents=kes * 100, now=now)


@dataclass(frozen=True)
class Sale:
    """What is sold at what rate, and what the buyer pays for it."""

    price_minor: int
    shipping_minor: int
    quantity: int
    kes_per_unit: str
    total_kes: int

    def __str__(self) -> str:
        return f"{self.quantity}x{self.price_minor}+{self.shipping_minor}@{self.kes_per_unit}"


class TestPromise:
    def test_buy_now_promises_the_rate_of_the_day_for_half_an_hour(self, abroad: Abroad) -> None:
        rate("130.00")
        checkout = abroad.checkout()
        held = HeldRate.objects.get(checkout=checkout)
        assert (held.kes_per_unit, held.as_of, held.source) == (Decimal(130), TODAY, "Central Bank of Kenya")
        assert (held.quoted_at, held.expires_at) == (NOW, NOW + timedelta(minutes=30))
        assert quote(checkout, now=NOW).total_cents == 1_248_000

    def test_a_promise_is_kept_to_its_last_moment_whatever_the_rate_is_by_then(self, abroad: Abroad) -> None:
        known = rate("130.00")
        checkout = abroad.checkout()
        ExchangeRate.objects.filter(pk=known.pk).update(kes_per_unit=140)
        assert quote(checkout, now=LAST_MOMENT).total_cents == 1_248_000
        assert place(checkout, 12_480, LAST_MOMENT).total_cents == 1_248_000

    def test_at_its_end_the_rate_of_the_day_is_promised_anew(self, abroad: Abroad) -> None:
        known = rate("130.00")
        checkout = abroad.checkout()
        ExchangeRate.objects.filter(pk=known.pk).update(kes_per_unit=140)
        renewed = quote(checkout, now=TOO_LATE)
        assert renewed.total_cents == 1_344_000
        assert renewed.holds_until == TOO_LATE + RATE_HOLDS
        assert HeldRate.objects.count() == 1

    def test_a_promise_made_before_midnight_in_nairobi_outlives_the_day(self, abroad: Abroad) -> None:
        late = datetime(2026, 11, 24, 20, 50, tzinfo=UTC)
        abroad.market.now = late
        rate("130.00")
        rate("140.00", as_of=date(2026, 11, 25))
        checkout = abroad.checkout()
        assert quote(checkout, now=late + timedelta(minutes=15)).total_cents == 1_248_000
        assert quote(checkout, now=late + timedelta(minutes=30)).total_cents == 1_344_000

    def test_a_price_in_shillings_changes_only_with_the_price(self, market: Market) -> None:
        checkout = market.checkout()
        assert not HeldRate.objects.exists()
        assert place(checkout, 1_250, market.now + timedelta(hours=5)).total_cents == 125_000

    def test_the_order_keeps_rate_source_day_and_promise(self, abroad: Abroad) -> None:
        rate("130.2500", as_of=date(2026, 11, 20), source="A bank")
        checkout = abroad.checkout()
        place(checkout, 12_504)
        ExchangeRate.objects.all().delete()
        snapshot = OrderLine.objects.get().snapshot
        assert {name: value for name, value in snapshot.items() if name.startswith("rate")} == {
            "rate": "130.2500",
            "rate_as_of": "2026-11-20",
            "rate_source": "A bank",
            "rate_quoted_at": "2026-11-24T11:05:00+00:00",
            "rate_expires_at": "2026-11-24T11:35:00+00:00",
        }
        assert (snapshot["price_minor"], snapshot["currency"]) == (9_600, "USD")


class TestAgreement:
    def test_a_stale_one_is_refused_with_rate_and_new_total_and_nothing_is_lost(self, abroad: Abroad) -> None:
        rate("130.00", as_of=date(2026, 11, 23))
        checkout = abroad.checkout()
        rate("131.00")
        with pytest.raises(RateChanged) as refusal:
            place(checkout, 12_480, TOO_LATE)
        assert str(refusal.value) == (
            "The rate changed to KES 131.00 for 1 USD (Central Bank of Kenya, 24 Nov): the total is now KES 12,576 "
            "instead of KES 12,480. Nothing has been charged. Please check it and press Pay again."
        )
        assert not Purchase.objects.exists()
        assert Offer.objects.get().stock == 50
        checkout.refresh_from_db()
        assert checkout.step == Checkout.Step.PAY
        assert place(checkout, 12_576, TOO_LATE).total_cents == 1_257_600

    def test_a_rate_that_ran_out_and_is_the_same_costs_no_second_look(self, abroad: Abroad) -> None:
        rate("130.00")
        checkout = abroad.checkout()
        assert place(checkout, 12_480, TOO_LATE).total_cents == 1_248_000
        assert OrderLine.objects.get().snapshot["rate_quoted_at"] == "2026-11-24T11:35:00+00:00"

    @pytest.mark.parametrize("at", [NOW, TOO_LATE])
    def test_a_price_that_the_seller_changed_is_not_blamed_on_the_rate(self, abroad: Abroad, at: datetime) -> None:
        rate("130.00")
        offer = abroad.offer()
        checkout = abroad.checkout(offer)
        Offer.objects.filter(pk=offer.pk).update(price_minor=9_700)
        with pytest.raises(PriceChanged, match=r"The price has changed .* KES 12,610 instead of KES 12,480"):
            place(checkout, 12_480, at)

    def test_another_total_than_was_shown_is_never_charged(self, abroad: Abroad) -> None:
        rate("130.00")
        checkout = abroad.checkout()
        for kes in (12_479, 12_481, 0):
            with pytest.raises(PriceChanged):
                place(checkout, kes)
        assert not Purchase.objects.exists()


class TestWithoutARate:
    def test_nothing_is_begun(self, abroad: Abroad) -> None:
        with pytest.raises(RateMissing, match="USD, and today's exchange rate has not reached us yet"):
            abroad.checkout()
        assert not Checkout.objects.exists()

    @pytest.mark.parametrize(("age", "sells"), [(0, True), (7, True), (8, False)])
    def test_a_rate_of_more_than_seven_days_sells_nothing(self, abroad: Abroad, age: int, sells: bool) -> None:
        rate("130.00", as_of=TODAY - timedelta(days=age))
        if sells:
            assert place(abroad.checkout(), 12_480)
        else:
            with pytest.raises(RateMissing):
                abroad.checkout()

    def test_nothing_is_placed_when_the_promise_ran_out_and_no_rate_followed(self, abroad: Abroad) -> None:
        rate("130.00", as_of=TODAY - timedelta(days=7))
        checkout = abroad.checkout()
        with pytest.raises(RateMissing):
            place(checkout, 12_480, NOW + timedelta(days=1))
        assert not Purchase.objects.exists()
        rate("130.00", as_of=TODAY + timedelta(days=1))
        assert place(checkout, 12_480, NOW + timedelta(days=1))


class TestRounding:
    @pytest.mark.parametrize(
        "sale",
        [
            Sale(1, 0, 1, "0.0001", total_kes=1),  # a cent is never given away
            Sale(1, 0, 1, "100.0000", total_kes=1),  # 0.01 at 100 is one shilling, and no more
            Sale(1, 0, 1, "100.0001", total_kes=2),
            Sale(1, 1, 1, "99.9999", total_kes=2),  # goods and shipping each
            Sale(100, 0, 1, "129.9999", total_kes=130),
            Sale(100, 0, 1, "130.0000", total_kes=130),
            Sale(100, 0, 1, "130.0001", total_kes=131),
            Sale(1_999, 350, 3, "129.3000", total_kes=8_208),  # 3 × 2,585 + 453, where the whole at once gave 8,207
            Sale(1, 0, 20, "129.3000", total_kes=40),  # 20 × 2, where 20 × 1.293 at once gave 26
            Sale(192_307_692, 0, 1, "130.0000", total_kes=250_000_000),  # from 249,999,999.60
        ],
        ids=str,
    )
    def test_each_piece_and_the_shipping_round_up_to_the_shilling_and_that_is_what_is_charged(
        self, abroad: Abroad, sale: Sale
    ) -> None:
        rate(sale.kes_per_unit)
        checkout = abroad.checkout(abroad.offer(sale.price_minor, sale.shipping_minor), quantity=sale.quantity)
        shown = quote(checkout, now=NOW)
        purchase = place(checkout, sale.total_kes)
        line = OrderLine.objects.get()
        assert shown.total_cents == purchase.total_cents == sale.total_kes * 100
        assert line.total_cents == line.quantity * line.unit_cents == purchase.goods_cents

    def test_only_what_was_rounded_is_called_rounded(self, abroad: Abroad) -> None:
        rate("129.30")
        assert quote(abroad.checkout(abroad.offer(1_999)), now=NOW).parcels[0].is_rounded
        assert not quote(abroad.checkout(abroad.offer(1_000)), now=NOW).parcels[0].is_rounded


@given(
    price=st.integers(1, 10**9),
    shipping=st.integers(0, 10**7),
    quantity=st.integers(1, 20),
    kes=st.decimals(min_value="0.0001", max_value="99999.9999", places=4),
)
def test_a_total_is_never_less_than_the_seller_asked_and_at_most_a_shilling_a_piece_more(
    price: int, shipping: int, quantity: int, kes: Decimal
) -> None:
    offer = sent_by(
        Offer(price_minor=price, currency="USD"),
        ShippingMethod(cost_minor=shipping, min_days=1, max_days=2, day_rule="calendar"),
    )
    held = HeldRate(currency="USD", kes_per_unit=kes, as_of=TODAY, source="A bank")
    (found,) = quote_by({"USD": held}, [Wanted(offer, quantity)], now=NOW).parcels
    exact = (Fraction(price) * quantity + shipping) * Fraction(kes)
    assert found.total_cents % 100 == 0
    assert exact <= found.total_cents < exact + 100 * (quantity + 1)
    assert found.is_rounded == (found.total_cents != exact)


def test_the_database_refuses_a_promise_that_promises_nothing(abroad: Abroad) -> None:
    rate("130.00")
    held = HeldRate.objects.get(checkout=abroad.checkout())
    for wrong in ({"expires_at": NOW}, {"kes_per_unit": 0}, {"source": ""}, {"currency": "KES"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HeldRate.objects.filter(pk=held.pk).update(**wrong)
