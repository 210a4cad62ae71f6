"""Lists can be narrowed and sorted, their numbers are right, and they follow whatever changes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.catalog import browsing, delivery, finding, listed, pricing, stock
from sokopesa.catalog.errors import RateMissing
from sokopesa.catalog.filters import DAYS_TO_CHOOSE, Filters, Sort
from sokopesa.catalog.finding import PRICE_STEPS_CENTS
from sokopesa.catalog.models import Category, DayRule, ExchangeRate, ListedProduct, Offer, Product, Variant

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)

MakeProduct = Callable[..., Product]
MakeOffer = Callable[..., Offer]


def titles(listing: browsing.Listing) -> list[str]:
    return [card.product.title for card in listing.cards]


def shelf_shows(filters: Filters | None = None, sort: Sort = Sort.NEWEST, on: date = MONDAY) -> list[str]:
    return titles(browsing.category("light", on=on, filters=filters or Filters(), sort=sort).listing)


@pytest.fixture
def lamps(make_product: MakeProduct, make_offer: MakeOffer, dollar: ExchangeRate) -> None:
    listed.follow_rates(on=MONDAY)
    make_offer(make_product("Cheap lamp", brand="Nuru"), price_minor=40_000, shipping_minor=0, min_days=20, max_days=25)
    make_offer(make_product("Fast lamp"), price_minor=150_000, shipping_minor=5_000, min_days=0, max_days=1)
    make_offer(
        make_product("Foreign lamp"),
        currency="USD",
        price_minor=1_000,  # KES 1,293
        shipping_minor=0,
        min_days=9,
        max_days=12,
        ships_from_country="CN",
    )
    make_offer(make_product("Lost lamp"), price_minor=10_000, stock=0)


@pytest.mark.usefixtures("lamps")
def test_lists_are_narrowed() -> None:
    assert shelf_shows() == ["Foreign lamp", "Fast lamp", "Cheap lamp", "Lost lamp"]
    assert shelf_shows(Filters(in_stock=True)) == ["Foreign lamp", "Fast lamp", "Cheap lamp"]
    assert shelf_shows(Filters(from_kenya=True)) == ["Fast lamp", "Cheap lamp"]
    assert shelf_shows(Filters(brands=("NURU",))) == ["Cheap lamp"]
    assert shelf_shows(Filters(least_cents=129_300, most_cents=129_300)) == ["Foreign lamp"]
    assert shelf_shows(Filters(most_cents=129_299)) == ["Cheap lamp"]
    assert shelf_shows(Filters(within_days=3)) == ["Fast lamp"]
    assert shelf_shows(Filters(within_days=3, from_kenya=True, most_cents=100_000)) == []


@pytest.mark.usefixtures("lamps")
def test_lists_are_sorted_and_what_is_sold_out_comes_last() -> None:
    assert shelf_shows(sort=Sort.CHEAPEST) == ["Cheap lamp", "Foreign lamp", "Fast lamp", "Lost lamp"]
    assert shelf_shows(sort=Sort.SOONEST) == ["Fast lamp", "Foreign lamp", "Cheap lamp", "Lost lamp"]
    found = browsing.search("lamp", on=MONDAY, sort=Sort.CHEAPEST, filters=Filters(in_stock=True))
    assert titles(found.listing) == ["Cheap lamp", "Foreign lamp", "Fast lamp"]


@pytest.mark.usefixtures("lamps")
def test_the_last_piece_sold_and_one_that_comes_back_show_at_once() -> None:
    offer = Offer.objects.get(product__title="Fast lamp")
    stock.reserve(offer_id=offer.pk, quantity=4)
    assert "Fast lamp" in shelf_shows(Filters(in_stock=True))
    stock.reserve(offer_id=offer.pk, quantity=1)
    assert "Fast lamp" not in shelf_shows(Filters(in_stock=True))
    stock.release(offer_id=offer.pk, quantity=1)
    assert "Fast lamp" in shelf_shows(Filters(in_stock=True))


@pytest.mark.usefixtures("lamps")
def test_a_new_price_method_profile_title_or_shelf_shows_at_once(make_product: MakeProduct) -> None:
    offer = Offer.objects.get(product__title="Cheap lamp")
    offer.price_minor = 900_000
    offer.save()
    assert shelf_shows(sort=Sort.CHEAPEST)[2] == "Cheap lamp"
    method = offer.profile.methods.get()
    method.min_days, method.max_days = 0, 0
    method.save()
    assert shelf_shows(sort=Sort.SOONEST)[0] == "Cheap lamp"
    offer.profile.handling_days = 20
    offer.profile.ships_from_country = "TZ"
    offer.profile.save()
    assert shelf_shows(sort=Sort.SOONEST)[2] == "Cheap lamp"
    assert shelf_shows(Filters(from_kenya=True)) == ["Fast lamp"]
    method.is_live = False
    method.save()
    assert shelf_shows(Filters(in_stock=True)) == ["Foreign lamp", "Fast lamp"]
    product = offer.product
    product.title = "Zebra torch"
    product.category = Category.objects.create(slug="zoo", name="Zoo", blurb="Z", position=2, picture="z.svg")
    product.save()
    assert "Zebra torch" not in shelf_shows()
    assert titles(browsing.search("zebra", on=MONDAY).listing) == ["Zebra torch"]
    product.category.name = "Menagerie"
    product.category.save()
    assert titles(browsing.search("menagerie", on=MONDAY).listing) == ["Zebra torch"]
    assert browsing.search("zoo", on=MONDAY).listing.total == 0


@pytest.mark.usefixtures("lamps")
def test_foreign_prices_follow_the_rate_and_go_with_it() -> None:
    ExchangeRate.objects.create(
        currency="USD", kes_per_unit=Decimal("20"), as_of=MONDAY + timedelta(days=1), source="Central Bank of Kenya"
    )
    tuesday = MONDAY + timedelta(days=1)
    assert listed.follow_rates(on=tuesday) == 1
    assert shelf_shows(sort=Sort.CHEAPEST, on=tuesday)[0] == "Foreign lamp"
    assert listed.follow_rates(on=tuesday) == 0
    assert listed.follow_rates(on=MONDAY + timedelta(days=30)) == 1
    assert shelf_shows(Filters(in_stock=True)) == ["Fast lamp", "Cheap lamp"]


def test_following_a_rate_goes_on_where_it_was_broken_off(
    make_offer: MakeOffer, dollar: ExchangeRate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "STEP", 2)
    for _ in range(5):
        make_offer(currency="USD")
    listed._take_over(on=MONDAY)
    assert listed._step("USD") == 2
    assert ListedProduct.objects.filter(is_buyable=True).count() == 2
    assert listed.follow_rates(on=MONDAY) == 3
    assert ListedProduct.objects.filter(is_buyable=True).count() == 5


WORDS = ("lamp", "red", "solar")
OFFER = st.fixed_dictionaries(
    {
        "price_minor": st.sampled_from([4_000, 49_900, 50_000, 199_900, 200_000, 700_000, 3_000_000]),
        "shipping_minor": st.sampled_from([0, 100, 30_000]),
        "currency": st.sampled_from(["KES", "KES", "USD"]),
        "stock": st.sampled_from([0, 1, 9]),
        "is_live": st.sampled_from([True, True, False]),
        "ships_from_country": st.sampled_from(["KE", "CN"]),
        "handling_days": st.sampled_from([1, 2, 5, 20]),
        "max_days": st.integers(1, 30),
        "day_rule": st.sampled_from(DayRule.values),
    }
)
GOODS = st.fixed_dictionaries(
    {
        "words": st.sets(st.sampled_from(WORDS)),
        "brand": st.sampled_from(["Nuru", "Mwanga", "Taa Bora"]),
        "shelf": st.integers(0, 1),
        "offers": st.lists(OFFER, max_size=3),
    }
)
FILTERS = st.builds(
    Filters,
    shelf_id=st.none() | st.integers(0, 1),
    brands=st.sampled_from([(), ("nuru",), ("Mwanga", "Taa Bora")]),
    least_cents=st.none() | st.sampled_from([0, 50_000, 200_000]),
    most_cents=st.none() | st.sampled_from([49_900, 250_000]),
    within_days=st.none() | st.sampled_from([3, 7, 14, 30]),
    from_kenya=st.booleans(),
    in_stock=st.booleans(),
)


@dataclasses.dataclass(frozen=True)
class Fact:
    """What a product is known for, reckoned the long way."""

    pk: int
    shelf_id: int
    brand: str
    price: int | None
    days: int | None
    slowness: int | None
    kenya: bool

    def passes(self, filters: Filters) -> bool:
        return (
            (filters.shelf_id is None or self.shelf_id == filters.shelf_id)
            and (not filters.brands or self.brand.lower() in [each.lower() for each in filters.brands])
            and (filters.least_cents is None or (self.price is not None and self.price >= filters.least_cents))
            and (filters.most_cents is None or (self.price is not None and self.price <= filters.most_cents))
            and (filters.within_days is None or (self.days is not None and self.days <= filters.within_days))
            and (not filters.from_kenya or self.kenya)
            and (not filters.in_stock or self.price is not None)
        )


def fact(product: Product, *, on: date) -> Fact:
    rates = pricing.rates(on=on)
    prices, speeds, kenya = [], [], False
    for offer in product.offers.filter(is_live=True, stock__gt=0):
        method = offer.default_method
        if method is None:
            continue
        try:
            prices.append(rates.price(offer, method).total_cents)
        except RateMissing:
            continue
        handling = offer.profile.handling_days
        is_business = method.day_rule == DayRule.BUSINESS
        latest = delivery.window(method, handling_days=handling, on=on).latest
        slowness = 7 * handling + (7 if is_business else 5) * method.max_days
        speeds.append((slowness, 0 if is_business else handling, (latest - on).days))
        kenya |= offer.profile.ships_from_country == "KE"
    soonest = min(speeds, default=(None, None, None))
    return Fact(
        pk=product.pk,
        shelf_id=product.category_id,
        brand=product.brand,
        price=min(prices, default=None),
        days=soonest[2],
        slowness=soonest[0],
        kenya=kenya,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_numbers_and_order_are_those_of_going_through_everything(
    data: st.DataObject, make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    goods = data.draw(st.lists(GOODS, max_size=7))
    filters, sort, day = data.draw(FILTERS), data.draw(st.sampled_from(Sort)), data.draw(st.integers(0, 40))
    for model in (Offer, Variant, Product):
        model.objects.all().delete()
    on = MONDAY + timedelta(days=day)
    ExchangeRate.objects.update_or_create(
        currency="USD", as_of=on, defaults={"kes_per_unit": Decimal("129.30"), "source": "Central Bank of Kenya"}
    )
    listed.follow_rates(on=on)
    shelves = [
        Category.objects.get_or_create(
            slug=f"shelf-{n}", defaults={"name": f"Shelf {n}", "blurb": "b", "position": n, "picture": "p"}
        )[0]
        for n in (0, 1)
    ]
    products = []
    for each in goods:
        title = " ".join(["Thing", *sorted(each["words"])])
        product = make_product(title, brand=each["brand"], category=shelves[each["shelf"]])
        for offer in each["offers"]:
            make_offer(product, min_days=0, **offer)
        products.append(product)
    if filters.shelf_id is not None:
        filters = dataclasses.replace(filters, shelf_id=shelves[filters.shelf_id].pk)

    found = browsing.search("lamp", on=on, filters=filters, sort=sort, as_typed=True)

    facts = [fact(each, on=on) for each in products if "lamp" in each.title]
    if not facts:
        assert found.listing.total == 0
        return
    without = {
        name: [each for each in facts if each.passes(dataclasses.replace(filters, **reset))]
        for name, reset in {
            "none": {},
            "shelf": {"shelf_id": None},
            "brand": {"brands": ()},
            "price": {"least_cents": None, "most_cents": None},
            "days": {"within_days": None},
        }.items()
    }
    shown = [card.product.pk for card in found.listing.cards]
    assert sorted(shown) == sorted(each.pk for each in without["none"])
    assert found.listing.total == len(shown)
    facets = found.facets
    assert facets is not None
    assert facets.seen == len(facts)
    assert facets.shelves == Counter(each.shelf_id for each in without["shelf"])
    assert facets.brands == Counter(each.brand for each in without["brand"])
    ends = (0, *PRICE_STEPS_CENTS, 10**12)
    assert list(facets.prices) == [
        sum(least <= each.price < end for each in without["price"] if each.price is not None)
        for least, end in pairwise(ends)
    ]
    assert facets.days == {
        days: sum(each.days <= days for each in without["days"] if each.days is not None) for days in DAYS_TO_CHOOSE
    }
    assert facets.from_kenya == sum(each.kenya for each in without["none"])
    assert facets.in_stock == sum(each.price is not None for each in without["none"])
    by_pk = {each.pk: each for each in facts}
    order = [by_pk[pk] for pk in shown]
    assert order == sorted(order, key=lambda each: each.price is None)
    keys = {Sort.CHEAPEST: lambda each: each.price, Sort.SOONEST: lambda each: each.slowness}
    if sort in keys:
        values = [keys[sort](each) for each in order if each.price is not None]
        assert values == sorted(values)


def test_of_many_a_part_is_counted_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch, make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    """Past `ENOUGH` other statements run; with a small one they are tried on a small shop."""
    monkeypatch.setattr(finding, "ENOUGH", 6)
    monkeypatch.setattr(finding, "CANDIDATES_OF_MANY", 8)
    monkeypatch.setattr(finding, "PAGES_OF_MANY", 2)
    monkeypatch.setattr(finding, "PAGE_SIZE", 4)
    for number in range(10):
        title = f"Lamp {number}" if number % 5 else f"Torch {number}"
        make_offer(make_product(title, description="A lamp."), price_minor=100_000 - 1_000 * number, stock=number % 4)
    for text, sort in [("lamp", Sort.BEST), ("torch", Sort.BEST), ("lamp", Sort.CHEAPEST), ("lamp", Sort.SOONEST)]:
        found = browsing.search(text, on=MONDAY, sort=sort)
        assert found.listing.more is (text == "lamp")
        cards = [
            card
            for page in range(1, found.listing.pages + 1)
            for card in browsing.search(text, page, on=MONDAY, sort=sort).listing.cards
        ]
        assert len({card.product.pk for card in cards}) == len(cards) == (8 if text == "lamp" else 2)
        assert [card.is_sold_out for card in cards] == sorted(card.is_sold_out for card in cards)
    many = browsing.search("lamp", on=MONDAY)
    assert (many.listing.total, many.listing.pages, many.listing.ends_early) == (6, 2, True)
    assert many.facets is not None
    assert many.facets.is_sample
    few = browsing.search("lamp", on=MONDAY, filters=Filters(most_cents=113_000))
    assert (few.listing.total, few.listing.more) == (2, False)
    cheapest = browsing.search("lamp", on=MONDAY, sort=Sort.CHEAPEST).listing.cards
    assert [card.product.title for card in cheapest][:2] == ["Lamp 9", "Lamp 7"]
