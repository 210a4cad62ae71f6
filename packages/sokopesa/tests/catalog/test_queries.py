"""What the shop's pages are given, and that it costs the same few queries however much there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sokopesa.catalog import browsing, finding, queries
from sokopesa.catalog.choosing import Wanted
from sokopesa.catalog.models import Category, ExchangeRate, Offer, Product

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)

MakeProduct = Callable[..., Product]
MakeOffer = Callable[..., Offer]


def titles(cards: tuple[queries.Card, ...]) -> list[str]:
    return [card.product.title for card in cards]


def test_a_card_tells_the_cheapest_price_its_own_first_day_and_the_sellers(
    make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    lantern = make_product()
    cheap = make_offer(lantern, price_minor=100_000, min_days=10, max_days=20)
    make_offer(lantern, price_minor=150_000, min_days=0, max_days=2)
    make_offer(lantern, price_minor=50_000, stock=0)
    make_offer(lantern, price_minor=10_000, is_live=False)
    (card,) = queries.home(on=MONDAY).picks
    assert card.cheapest is not None
    assert card.cheapest.offer == cheap
    assert card.cheapest.window.earliest > MONDAY + timedelta(days=10)
    assert card.sooner == MONDAY + timedelta(days=1)
    assert card.sellers == 2
    assert not card.is_sold_out


def test_a_card_names_no_sooner_day_when_the_cheapest_comes_first(
    make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    lantern = make_product()
    make_offer(lantern, price_minor=100_000, min_days=1, max_days=2)
    make_offer(lantern, price_minor=150_000, min_days=1, max_days=2)
    make_offer(lantern, price_minor=160_000, min_days=0, max_days=2, stock=0)
    (card,) = queries.home(on=MONDAY).picks
    assert card.sooner is None


def test_home_shows_each_shelf_in_turn_and_nothing_sold_out(
    shelf: Category, make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    kitchen = Category.objects.create(slug="kitchen", name="Kitchen", blurb="Pots", position=0, picture="pot.svg")
    for title in ("Old lamp", "Lamp", "New lamp"):
        make_offer(make_product(title))
    make_offer(make_product("Newest lamp"), stock=0)
    make_offer(make_product("Pot", category=kitchen))
    home = queries.home(on=MONDAY)
    assert home.categories == (kitchen, shelf)
    assert titles(home.picks) == ["Pot", "New lamp", "Lamp"]


def test_a_shelf_shows_what_is_in_stock_first_then_the_newest(make_product: MakeProduct, make_offer: MakeOffer) -> None:
    make_offer(make_product("Old lamp"))
    make_offer(make_product("New lamp"))
    make_offer(make_product("Sold out lamp"), stock=0)
    make_product("Lamp that nobody offers")
    listing = browsing.category("light", on=MONDAY).listing
    assert titles(listing.cards) == ["New lamp", "Old lamp", "Lamp that nobody offers", "Sold out lamp"]
    assert [card.is_sold_out for card in listing.cards] == [False, False, True, True]
    assert listing.cards[2].cheapest is None
    assert listing.cards[3].cheapest is not None


def test_an_unknown_shelf_or_product_is_not_found() -> None:
    with pytest.raises(Category.DoesNotExist):
        browsing.category("nowhere", on=MONDAY)
    with pytest.raises(Product.DoesNotExist):
        queries.product("nothing", on=MONDAY)


def test_pages_follow_each_other_and_forgive_a_wrong_number(make_product: MakeProduct) -> None:
    for number in range(finding.PAGE_SIZE + 1):
        make_product(f"Lamp {number}")
    first = browsing.category("light", 1, on=MONDAY).listing
    second = browsing.category("light", "2", on=MONDAY).listing
    assert (len(first.cards), len(second.cards)) == (finding.PAGE_SIZE, 1)
    assert {*titles(first.cards), *titles(second.cards)} == {f"Lamp {n}" for n in range(finding.PAGE_SIZE + 1)}
    assert (first.pages, first.total) == (2, finding.PAGE_SIZE + 1)
    assert browsing.category("light", "99", on=MONDAY).listing == second
    assert browsing.category("light", "x", on=MONDAY).listing.page == 1


def chosen(product: Product, **wanted: int) -> Offer | None:
    choice = queries.product(product.slug, on=MONDAY, wanted=Wanted(**wanted)).chosen
    return choice.offer if choice else None


def test_a_product_page_offers_the_cheapest_unless_another_is_chosen(
    make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    lantern = make_product()
    cheap = make_offer(lantern, price_minor=100_000, min_days=10, max_days=20)
    fast = make_offer(lantern, price_minor=150_000, min_days=0, max_days=2)
    gone = make_offer(lantern, price_minor=10_000, stock=0)
    elsewhere = make_offer(make_product("Torch"))
    page = queries.product(lantern.slug, on=MONDAY)
    assert [each.offer for each in page.offers] == [cheap, fast, gone]
    assert chosen(lantern) == cheap
    assert chosen(lantern, offer_id=fast.pk) == fast
    for unavailable in (gone.pk, elsewhere.pk, 10**30):
        assert chosen(lantern, offer_id=unavailable) == cheap
    assert titles(page.related) == ["Torch"]


def test_a_product_that_nobody_has_left_cannot_be_chosen(make_offer: MakeOffer) -> None:
    offer = make_offer(stock=0)
    page = queries.product(offer.product.slug, on=MONDAY)
    assert page.chosen is None
    assert chosen(offer.product, offer_id=offer.pk) is None
    assert len(page.offers) == 1


def test_dollar_prices_vanish_with_their_rate(dollar: ExchangeRate, make_offer: MakeOffer) -> None:
    offer = make_offer(currency="USD", price_minor=1_000, shipping_minor=0)
    (shown,) = queries.product(offer.product.slug, on=MONDAY).offers
    assert shown.price.goods_cents == 129_300
    assert shown.price.rate == dollar
    later = queries.product(offer.product.slug, on=MONDAY + timedelta(days=30))
    assert (later.offers, later.lacks_rate) == ((), True)
    (card,) = queries.home(on=MONDAY + timedelta(days=30)).picks
    assert (card.lacks_rate, card.is_sold_out) == (True, False)


def test_what_is_sold_out_lacks_no_rate_and_a_price_in_shillings_is_enough(
    dollar: ExchangeRate, make_offer: MakeOffer
) -> None:
    offer = make_offer(currency="USD", stock=0)
    late = MONDAY + timedelta(days=30)
    page = queries.product(offer.product.slug, on=late)
    assert (page.chosen, page.lacks_rate) == (None, False)
    make_offer(offer.product)
    make_offer(offer.product, currency="USD")
    assert not queries.product(offer.product.slug, on=late).lacks_rate


@pytest.mark.parametrize(
    "read",
    [
        lambda: queries.home(on=MONDAY),
        lambda: browsing.category("light", on=MONDAY),
        lambda: browsing.search("lantern", on=MONDAY),
        lambda: browsing.search("lantern unicorn", on=MONDAY),
        lambda: queries.product("product-1", on=MONDAY),
    ],
    ids=["home", "category", "search", "loose search", "product"],
)
def test_pages_cost_the_same_few_queries_however_much_there_is(
    read: Callable[[], object], dollar: ExchangeRate, make_product: MakeProduct, make_offer: MakeOffer
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            read()
        return len(spent)

    def stock_up() -> None:
        product = make_product()
        make_offer(product)
        make_offer(product, currency="USD", variant="Red")

    stock_up()
    stock_up()
    small = cost()
    for _ in range(30):
        stock_up()
    assert cost() == small <= 8


def test_cards_can_be_drawn_without_another_query(make_product: MakeProduct, make_offer: MakeOffer) -> None:
    make_offer(make_product())
    cards = browsing.category("light", on=MONDAY).listing.cards
    with CaptureQueriesContext(connection) as spent:
        for card in cards:
            assert card.cheapest is not None
            assert card.cheapest.offer.seller.name
            assert card.cheapest.offer.is_import is False
            assert card.cheapest.method.name
            assert card.product.category.name
    assert len(spent) == 0
