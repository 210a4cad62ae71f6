"""Looking around: shelves, search, one product with its vendors, and how little of it travels."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.catalog.models import ExchangeRate, Offer, Product, ShippingProfile, Variant

Shop = Any
KILOBYTE = 1024


def text(html: bytes) -> str:
    """The words of a page, without tags and scripts."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode())).replace(" ,", ",")


def address(product: Product) -> str:
    return reverse("storefront:product", args=[product.slug])


def test_the_front_page_shows_shelves_goods_and_whole_shillings(client: Client, shop: Shop) -> None:
    shop.offer(shop.product("Steel kettle"), price_minor=125_000)
    page = text(client.get("/").content)
    assert "Solar &amp; lighting" in page
    assert "Steel kettle" in page
    assert "KES 1,250" in page
    assert "Free shipping" in page


def test_a_shelf_shows_its_own_goods_page_by_page(client: Client, shop: Shop) -> None:
    other = shop.shelf("kitchen", "Kitchen")
    shop.offer(shop.product("Steel kettle", category=other))
    for number in range(30):
        shop.offer(shop.product(f"Lantern {number}"))
    first = client.get("/c/light/")
    assert "Steel kettle" not in text(first.content)
    assert "Page 1 of 2" in text(first.content)
    assert 'href="?page=2"' in first.content.decode()
    assert client.get("/c/light/?page=2").content.count(b'class="tile__title"') == 6
    assert client.get("/c/light/?page=rubbish").status_code == 200
    assert client.get("/c/nothing/").status_code == 404


def test_search_finds_keeps_the_words_and_says_when_there_is_nothing(client: Client, shop: Shop) -> None:
    shop.offer(shop.product("Steel kettle"))
    found = client.get("/search/", {"q": "kettle"})
    assert "1 product" in text(found.content)
    assert 'value="kettle"' in found.content.decode()
    nothing = client.get("/search/", {"q": "<zebra>"})
    assert "Nothing found" in text(nothing.content)
    assert b"<zebra>" not in nothing.content


def test_search_as_one_types_brings_the_results_alone(client: Client, shop: Shop) -> None:
    shop.offer(shop.product("Steel kettle"))
    part = client.get("/search/", {"q": "kett"}, headers={"HX-Request": "true"})
    assert "Steel kettle" in text(part.content)
    assert b"<html" not in part.content
    assert "HX-Request" in part["Vary"]


def test_a_faster_vendor_is_shown_beside_the_cheapest_with_both_differences(client: Client, shop: Shop) -> None:
    product = shop.product()
    cheap = shop.offer(product, seller="Slow & Sons", price_minor=100_000, min_days=10, max_days=14)
    fast = shop.offer(product, seller="Quick Ltd", price_minor=145_000, min_days=0, max_days=2)
    page = client.get(address(product))
    words = text(page.content)
    assert "KES 450 more, 12 days sooner" in words
    assert "Cheapest" in words
    assert f'name="offer" value="{cheap.pk}"' in page.content.decode()
    assert 'href="' + address(product) + f'?offer={fast.pk}"' in page.content.decode()


def test_choosing_a_vendor_works_as_a_link_and_as_a_fragment(client: Client, shop: Shop) -> None:
    product = shop.product()
    shop.offer(product, price_minor=100_000)
    dear = shop.offer(product, price_minor=145_000)
    whole = client.get(address(product), {"offer": dear.pk}).content.decode()
    part = client.get(
        address(product), {"offer": dear.pk, "quantity": "3"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert f'name="offer" value="{dear.pk}"' in whole
    assert f'name="offer" value="{dear.pk}"' in part
    assert "<option selected>3</option>" in part
    assert "<html" not in part


@pytest.mark.parametrize("offer", ["0", "nonsense", "99999999999999999999", "٣"])
def test_an_unknown_vendor_in_the_address_falls_back_to_the_cheapest(client: Client, shop: Shop, offer: str) -> None:
    product = shop.product()
    best = shop.offer(product)
    page = client.get(address(product), {"offer": offer, "quantity": offer})
    assert f'name="offer" value="{best.pk}"' in page.content.decode()


def test_sold_out_goods_are_shown_and_cannot_be_bought(client: Client, shop: Shop) -> None:
    product = shop.offer(stock=0).product
    page = client.get(address(product))
    assert "Sold out" in text(page.content)
    assert b"Buy Now</button>" not in page.content


def test_no_more_pieces_are_offered_than_there_are(client: Client, shop: Shop) -> None:
    page = client.get(address(shop.offer(stock=3).product)).content.decode()
    assert re.findall(r"<option[^>]*>(\d+)</option>", page) == ["1", "2", "3"]
    assert "Only 3 left" in page


def test_an_import_warns_of_levies_and_names_the_dated_rate(client: Client, shop: Shop) -> None:
    words = text(client.get(address(shop.import_offer().product)).content)
    assert "Import taxes are not in this price" in words
    assert "KES 129.30 for 1 USD (Central Bank of Kenya" in words
    assert "KES 906" in words  # 7 dollars at 129.30 are 905.10, rounded up
    home = text(client.get(address(shop.offer().product)).content)
    assert "Import taxes are not" not in home


def test_without_a_rate_the_offer_is_not_for_sale(client: Client, shop: Shop) -> None:
    product = shop.import_offer().product
    ExchangeRate.objects.update(kes_per_unit=Decimal(1), as_of="2020-01-01")
    page = client.get(address(product)).content
    assert b"Buy Now</button>" not in page
    assert "No price today" in text(page)
    assert "Sold out" not in text(page)
    assert "No price today" in text(client.get("/").content)


def test_an_unknown_product_is_not_found_in_the_shops_own_words(client: Client, shop: Shop) -> None:
    answer = client.get("/p/nothing/")
    assert answer.status_code == 404
    assert "can&#x27;t find that page" in answer.content.decode() or "can't find that page" in answer.content.decode()


@pytest.mark.parametrize("url", ["/", "/c/light/", "/search/?q=lantern"])
def test_lists_cost_the_same_queries_for_10_and_200_products(client: Client, shop: Shop, url: str) -> None:
    def stock_up(products: int) -> None:
        for _ in range(products):
            product = shop.product("Lantern")
            make = Variant.objects.create(product=product)
            Offer.objects.bulk_create([_cheap_copy(make, profile) for profile in profiles])

    profiles = [shop.offer().profile, shop.offer().profile]
    stock_up(10)
    few = queries(lambda: client.get(url))
    stock_up(190)
    assert queries(lambda: client.get(url)) == few


def _cheap_copy(variant: Variant, profile: ShippingProfile) -> Offer:
    whose = {"product_id": variant.product_id, "seller_id": profile.seller_id}
    return Offer(variant=variant, profile=profile, price_minor=90_000, currency="KES", stock=5, **whose)


def queries(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        action()
    return len(seen)


def test_the_first_visit_to_a_product_weighs_at_most_60_kilobytes(client: Client, shop: Shop) -> None:
    product = shop.product(description="A long and honest description of the goods. " * 40)
    for _ in range(6):
        shop.offer(product)
    page = client.get(address(product), headers={"Accept-Encoding": "gzip"})
    html = client.get(address(product)).content.decode()
    assets = set(re.findall(r'(?:src|href)="(/static/[^"#]+\.(?:css|js))"', html))
    icons = set(re.findall(r'href="(/static/[^"#]+\.svg)#', html))
    assert {"base.css", "browse.css", "shop.js", "htmx-2.min.js"} <= {name.rsplit("/", 1)[1] for name in assets}
    weight = len(page.content)
    for asset in assets | icons:
        answer = client.get(asset)
        assert answer.status_code == 200, asset
        weight += len(gzip.compress(b"".join(answer)))
    assert weight <= 60 * KILOBYTE
