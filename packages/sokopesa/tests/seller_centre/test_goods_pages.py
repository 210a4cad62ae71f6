"""Goods and ways of shipping in the seller centre."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from selling import make_offer

from sokopesa.catalog import stock
from sokopesa.catalog.models import Category, Offer, Product, ShippingMethod, ShippingProfile, Variant
from sokopesa.faces.back_office import paging
from sokopesa.faces.seller_centre.money_field import MoneyField

Desk = Any
NEW = {
    "title": "Enamel mug",
    "brand": "No brand",
    "description": "Holds 350 ml.",
    "details": "Weight: 120 g\nColour: White",
    "keywords": "kikombe",
}
PROFILE = {
    "name": "Parcels from Nakuru",
    "ships_from": "Nakuru",
    "ships_from_country": "KE",
    "handling_days": "2",
    "currency": "KES",
}
WAY = {"name": "Rider", "cost": "150", "min_days": "1", "max_days": "3", "day_rule": "business", "is_tracked": "on"}


def seen(offer: Offer, **said: object) -> dict[str, object]:
    """The offer's form as its page has it, but for what is said."""
    there = {"price": f"{offer.price_minor / 100:.2f}", "stock": offer.stock}
    return {**there, "seen_price": offer.price_minor, "seen_stock": offer.stock, **said}


def fresh(offer: Offer) -> tuple[int, int]:
    offer.refresh_from_db()
    return offer.price_minor, offer.stock


@pytest.fixture
def shelf(desk: Desk) -> Category:
    return Category.objects.get()


def new_offer(desk: Desk, title: str, **values: Any) -> Offer:
    product = Product.objects.create(
        slug=title.lower().replace(" ", "-"),
        title=title,
        description="Good.",
        category=Category.objects.get(),
        brand="Moto",
        picture="x.svg",
        created_at=desk.market.now,
    )
    return make_offer(product=product, seller=desk.shop, **values)


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("1250", 125_000), ("1,250", 125_000), ("KES 1,250.5", 125_050), ("$12.05", 1_205), ("0", 0), (" 7 ", 700)],
)
def test_amounts_are_read_as_people_type_them(typed: str, minor: int) -> None:
    assert MoneyField().clean(typed) == minor


@pytest.mark.parametrize("typed", ["", "x", "-5", "1.234", "1,25", "12,50", "1e3", "١٢", "9" * 30, "1 2"])
def test_other_amounts_are_refused(typed: str) -> None:
    from django.forms import ValidationError

    with pytest.raises(ValidationError, match="Enter an amount such as"):
        MoneyField().clean(typed)


def test_price_and_stock_are_changed_in_the_list(desk: Desk) -> None:
    page = desk.client.get(desk.url("goods")).content.decode()
    assert 'name="price" value="1200"' in page
    said = seen(desk.offer, price="1,350", stock="180", back="show=sale&nonsense=1")
    answer = desk.client.post(desk.url("offer", desk.offer.pk), said)
    assert answer["Location"] == f"{desk.url('goods')}?show=sale#offer-{desk.offer.pk}"
    assert fresh(desk.offer) == (135_000, 180)
    assert "Saved: Steel kettle" in desk.get("goods")


def test_bad_prices_and_stocks_are_refused_at_their_field_and_nothing_is_lost(desk: Desk) -> None:
    for said, expected in (
        ({"price": "much"}, "Enter an amount such as 1250 or 1,250.50."),
        ({"price": "0"}, "Please give a price above nought"),
        ({"stock": "-1"}, "Please say how many pieces you have."),
        ({"stock": "many"}, "Say how many pieces you have, from 0 to 1,000,000."),
        ({"stock": "99999999"}, "Please say how many pieces you have."),
    ):
        form = seen(desk.offer, **said)
        page = desk.refused("offer", desk.offer.pk, **form)
        assert expected in page
        again = desk.client.post(desk.url("offer", desk.offer.pk), form).content.decode()
        assert f'value="{next(iter(said.values()))}"' in again
    assert fresh(desk.offer) == (120_000, 200)


def test_two_tabs_do_not_undo_each_other(desk: Desk) -> None:
    first, second = seen(desk.offer, price="1300"), seen(desk.offer, price="1400", stock="150")
    desk.post("offer", desk.offer.pk, **first)
    page = desk.refused("offer", desk.offer.pk, **second)
    assert "Meanwhile somebody of your shop has changed the price to KES 1,300." in page
    assert fresh(desk.offer) == (130_000, 200)
    sure = desk.client.post(desk.url("offer", desk.offer.pk), second).content.decode()
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', sure)[1] for name in second}  # type: ignore[index]
    assert form["price"] == "1400"
    desk.post("offer", desk.offer.pk, **form)
    assert fresh(desk.offer) == (140_000, 150)


def test_a_new_price_does_not_take_back_what_was_sold_meanwhile(desk: Desk) -> None:
    form = seen(desk.offer, price="1300")
    stock.reserve(offer_id=desk.offer.pk, quantity=3)
    desk.post("offer", desk.offer.pk, **form)
    assert fresh(desk.offer) == (130_000, 197)
    page = desk.refused("offer", desk.offer.pk, **{**form, "stock": "250"})
    assert "Meanwhile the stock has changed: there are 197 now." in page
    assert fresh(desk.offer) == (130_000, 197)


def test_saved_twice_it_is_saved_once(desk: Desk) -> None:
    form = seen(desk.offer, price="1300", stock="210")
    for _ in range(2):
        assert "Saved" in desk.post("offer", desk.offer.pk, **form)
    assert fresh(desk.offer) == (130_000, 210)


def test_goods_are_withdrawn_and_sold_again(desk: Desk) -> None:
    for _ in range(2):
        assert "Withdrawn" in desk.post("offer_withdraw", desk.offer.pk)
    assert "Steel kettle" not in desk.get("goods")
    assert "Steel kettle" in desk.get("goods", show="withdrawn")
    for _ in range(2):
        assert "On sale again" in desk.post("offer_again", desk.offer.pk)
    assert "Steel kettle" in desk.get("goods", show="sale")


def test_goods_are_found_and_narrowed(desk: Desk) -> None:
    new_offer(desk, "Clay pot", stock=0)
    assert "Clay pot" in desk.get("goods", q="clay")
    assert "Steel kettle" not in desk.get("goods", q="clay")
    assert "Clay pot" not in desk.get("goods", show="sale")
    assert "Clay pot" in desk.get("goods", show="out")
    assert "None of your goods here speaks of “zzz”." in desk.get("goods", q="zzz")
    assert "Clay pot" in desk.get("goods", show="nonsense", before="x", q="& | !")


def test_the_list_goes_on_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        new_offer(desk, f"Pot {number}")
    monkeypatch.setattr(paging, "PAGE", 2)
    monkeypatch.setattr("sokopesa.faces.seller_centre.views.goods.ONE_MORE", 3)
    shown, address = [], desk.url("goods")
    while address:
        page = desk.client.get(address).content.decode()
        shown += re.findall(r'id="offer-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = desk.url("goods") + following[1].replace("&amp;", "&") if following else ""
    assert [int(pk) for pk in shown] == sorted(Offer.objects.values_list("pk", flat=True), reverse=True)


def test_listed_goods_are_offered_by_variant(desk: Desk, market: Any) -> None:
    product = market.offer().product
    for name in ("Small", "Large"):
        Variant.objects.create(product=product, name=name)
    profile = desk.shop.shipping_profiles.get()
    small, large = (product.variants.get(name=name) for name in ("Small", "Large"))
    assert product.title in desk.get("goods_find", q=product.title)
    assert "Nothing that is listed speaks of “zzz”." in desk.get("goods_find", q="zzz")
    page = desk.refused("goods_add", product.slug, price="", profile="")
    assert "Enter an amount such as" in page
    assert "Choose how it is shipped." in page
    page = desk.refused("goods_add", product.slug, price="900", profile=profile.pk)
    assert "Say of one variant at least how many pieces you have." in page
    said = {"price": "900", "profile": profile.pk, f"stock_{small.pk}": "3", f"stock_{large.pk}": "0"}
    for _ in range(2):
        assert f"On sale: {product.title}." in desk.post("goods_add", product.slug, **said)
    offers = Offer.objects.filter(seller=desk.shop, product=product)
    assert sorted(offers.values_list("variant__name", "price_minor", "stock")) == [
        ("Large", 90_000, 0),
        ("Small", 90_000, 3),
    ]
    assert "Pieces, Small" not in desk.get("goods_add", product.slug)


def test_nobody_offers_by_anothers_profile_or_by_one_without_a_way(desk: Desk, market: Any) -> None:
    theirs = market.offer()
    form = {"price": "900", f"stock_{theirs.variant_id}": "3"}
    page = desk.refused("goods_add", theirs.product.slug, profile=theirs.profile_id, **form)
    assert "Choose how it is shipped." in page
    empty = ShippingProfile.objects.create(seller=desk.shop, name="Empty", ships_from="Nakuru", ships_from_country="KE")
    page = desk.refused("goods_add", theirs.product.slug, profile=empty.pk, **form)
    assert "“Empty” has no way of sending yet." in page


def test_new_goods_are_listed_once_with_their_variants(desk: Desk, shelf: Category) -> None:
    said = {**NEW, "category": shelf.pk, "option_1": "Size", "values_1": "Small, Large", "option_2": "Colour"}
    assert "Say which ones there are of “Colour”." in desk.refused("goods_new", **said)
    for _ in range(2):
        page = desk.post("goods_new", **said, values_2="Blue, White,")
        assert "Sell this" in page
        assert "Pieces, Small, Blue" in page
    mug = Product.objects.get(title="Enamel mug")
    assert mug.details == [["Weight", "120 g"], ["Colour", "White"]]
    assert [each.name for each in mug.variants.all()] == ["Small, Blue", "Small, White", "Large, Blue", "Large, White"]
    page = desk.refused("goods_new", **{**said, "option_1": "", "values_1": ""}, values_2="Blue")
    assert "The same goods are listed already, in other variants." in page


def test_services_are_refused_at_the_field_that_says_so(desk: Desk, shelf: Category) -> None:
    for changed, field in (
        ({"title": "Phone repair service"}, "title"),
        ({"keywords": "airtime"}, "keywords"),
        ({"details": "no colon"}, "details"),
        ({"title": ""}, "title"),
        ({"brand": "x" * 61}, "brand"),
    ):
        answer = desk.client.post(desk.url("goods_new"), {**NEW, "category": shelf.pk, **changed})
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in answer.content.decode()
        assert answer.content.decode().count('class="field__error"') == 1
    assert "Sokopesa sells only goods that a parcel can bring" in desk.refused(
        "goods_new", **{**NEW, "category": shelf.pk, "title": "Netflix gift card"}
    )
    assert not Product.objects.filter(description="Holds 350 ml.").exists()


def test_a_shop_says_how_it_ships(desk: Desk) -> None:
    page = desk.refused("profile_new", **{**PROFILE, "handling_days": "21", "name": ""})
    assert "Please name the profile." in page
    assert "Please pack within 1 to 20 business days." in desk.refused(
        "profile_new", **{**PROFILE, "handling_days": "21"}
    )
    for _ in range(2):
        assert "Now add a way for its parcels to go." in desk.post("profile_new", **PROFILE)
    page = desk.refused("profile_new", **{**PROFILE, "handling_days": "5"})
    assert "You have a profile called “Parcels from Nakuru” already." in page
    made = ShippingProfile.objects.get(name=PROFILE["name"])
    assert "no fewer than the fewest" in desk.refused("method_new", made.pk, **{**WAY, "max_days": "0"})
    for _ in range(2):
        assert "Buyers can choose “Rider” from now on." in desk.post("method_new", made.pk, **WAY)
    assert "has a method called “Rider” already" in desk.refused("method_new", made.pk, **{**WAY, "cost": "1"})
    way = ShippingMethod.objects.get(name="Rider")
    assert (way.cost_minor, way.is_tracked, way.to_po_box) == (15_000, True, False)
    page = desk.get("profiles")
    assert "From Nakuru · packed within 2 business days · prices in KES" in page
    assert "Rider KES 150 · 1–3 business days · tracked" in page
    desk.post("profile", made.pk, **{**PROFILE, "handling_days": "4", "currency": "USD"})
    desk.post("method", made.pk, way.pk, **{**WAY, "cost": "0"})
    page = desk.get("profiles")
    assert "packed within 4 business days · prices in KES" in page
    assert "Rider Free" in page
    assert "Buyers cannot choose it any more: Rider." in desk.post("method_switch", made.pk, way.pk, to="off")
    assert "Buyers can choose it again: Rider." in desk.post("method_switch", made.pk, way.pk, to="on")


def test_the_only_way_of_goods_on_sale_stays(desk: Desk) -> None:
    way = desk.offer.profile.methods.get()
    page = desk.post("method_switch", desk.offer.profile_id, way.pk, to="off")
    assert "this is their only way. Add another first." in page
    assert ShippingMethod.objects.get(pk=way.pk).is_live


def test_what_is_another_shops_is_not_there(desk: Desk, client: Client, market: Any) -> None:
    theirs = market.offer()
    way = theirs.profile.methods.get()
    things = (
        ("offer", theirs.pk),
        ("offer_withdraw", theirs.pk),
        ("offer_again", theirs.pk),
        ("profile", theirs.profile_id),
        ("method_new", theirs.profile_id),
        ("method", theirs.profile_id, way.pk),
        ("method_switch", theirs.profile_id, way.pk),
        ("method", desk.offer.profile_id, way.pk),
    )
    for name, *more in things:
        for shop in (desk.shop, theirs.seller):
            answer = client.post(desk.url(name, *more, shop=shop), {**seen(theirs), **PROFILE, **WAY})
            assert answer.status_code == 404, name
    for name in ("goods", "goods_find", "goods_new", "profiles", "profile_new"):
        assert client.get(desk.url(name, shop=theirs.seller)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.is_live


def test_lists_cost_the_same_however_long_they_are(
    desk: Desk, client: Client, queries: Callable[[Client, str], int]
) -> None:
    pages = [desk.url(name) for name in ("goods", "profiles")]
    pages += [f"{desk.url(name)}?q=good" for name in ("goods", "goods_find")]
    new_offer(desk, "Good pot")
    few = {page: queries(client, page) for page in pages}
    for number in range(11):
        new_offer(desk, f"Good pan {number}")
    assert {page: queries(client, page) for page in pages} == few
    assert max(few.values()) <= 8


def test_only_members_see_the_way_to_their_shop_and_nobody_pays_for_it(
    desk: Desk, client: Client, queries: Callable[[Client, str], int]
) -> None:
    assert "My shop" in client.get("/").content.decode()
    member = queries(client, "/")
    client.force_login(desk.market.buyer())
    assert "My shop" not in client.get("/").content.decode()
    assert queries(client, "/") == member
    client.logout()
    assert "My shop" not in client.get("/").content.decode()
