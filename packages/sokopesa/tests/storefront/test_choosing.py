"""A product's page on which one chooses variant, vendor and way of sending, with links that need no JavaScript."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sokopesa.catalog.models import Offer, Product, ShippingMethod, Variant
from sokopesa.orders.models import OrderLine
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db
Shop = Any

HTMX = {"HX-Request": "true"}


def address(product: Product) -> str:
    return reverse("storefront:product", args=[product.slug])


def text(content: bytes) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode())))


@pytest.fixture
def shoes(shop: Shop) -> Product:
    product = shop.product("Running shoes")
    for place, size in enumerate(("41", "42")):
        Variant.objects.create(product=product, name=f"Size {size}", options=[["Size", size]], position=place)
    return product


def links(page: bytes, *names: str) -> list[str]:
    """Addresses that links on the page lead to, with one of these parameters first."""
    found = re.findall(r'href="([^"]+\?(?:' + "|".join(names) + r')=[^"]*)"', page.decode())
    return [html.unescape(each) for each in found]


def test_a_size_is_chosen_by_a_link_and_by_htmx(client: Client, shop: Shop, shoes: Product) -> None:
    shop.offer(shoes, variant="Size 41", price_minor=100_000)
    shop.offer(shoes, variant="Size 42", price_minor=120_000, stock=2)
    page = client.get(address(shoes))
    assert "Size 41 , chosen 42" in text(page.content)
    assert "KES 1,000" in text(page.content)
    (other,) = links(page.content, "variant")
    whole, part = client.get(other), client.get(other, headers=HTMX)
    for answer in (whole, part):
        assert "KES 1,200" in text(answer.content)
        assert "Only 2 left" in text(answer.content)
    assert b"<html" not in part.content
    assert b'hx-swap-oob="true"' in part.content
    assert b"hx-swap-oob" not in whole.content


def test_a_sold_out_size_says_so_and_leaves_the_others_to_choose(client: Client, shop: Shop, shoes: Product) -> None:
    shop.offer(shoes, variant="Size 41")
    shop.offer(shoes, variant="Size 42", stock=0)
    page = client.get(address(shoes), {"variant": shoes.variants.get(name="Size 42").pk})
    assert "No vendor has Size 42 in stock today." in text(page.content)
    assert b"Buy Now</button>" not in page.content
    assert len(links(page.content, "variant")) == 1


def test_ways_of_sending_stand_side_by_side_with_what_they_cost_more_and_save(client: Client, shop: Shop) -> None:
    offer = shop.offer(shipping_minor=20_000, handling_days=2, min_days=5, max_days=9)
    quick = ShippingMethod.objects.create(
        profile=offer.profile,
        name="Courier to the door",
        cost_minor=55_000,
        min_days=1,
        max_days=2,
        day_rule="calendar",
        is_tracked=True,
    )
    page = client.get(address(offer.product))
    words = text(page.content)
    assert "Courier to the door Tracked KES 550" in words
    assert "KES 350 more, 7 days sooner" in words
    assert "2 business days to pack it" in words
    assert f'name="method" value="{offer.methods[0].pk}"' in page.content.decode()
    chosen = client.get(next(link for link in links(page.content, "offer") if link.endswith(f"method={quick.pk}")))
    assert f'name="method" value="{quick.pk}"' in chosen.content.decode()
    assert "+ KES 550 shipping" in text(chosen.content)


def test_a_faster_vendor_of_the_same_size_is_compared_and_of_another_size_is_not(
    client: Client, shop: Shop, shoes: Product
) -> None:
    shop.offer(shoes, variant="Size 41", price_minor=100_000, min_days=9, max_days=14)
    shop.offer(shoes, variant="Size 42", price_minor=90_000, min_days=0, max_days=0)
    page = client.get(address(shoes), {"variant": shoes.variants.get(name="Size 41").pk})
    assert "vendors sell" not in text(page.content)
    shop.offer(shoes, variant="Size 41", price_minor=145_000, min_days=0, max_days=2)
    words = text(client.get(address(shoes), {"variant": shoes.variants.get(name="Size 41").pk}).content)
    assert "2 vendors sell Size 41" in words
    assert "KES 450 more, 12 days sooner" in words


@pytest.mark.parametrize("nonsense", ["0", "-1", "x", "99999999999999999999", "1e3", "٣"])
def test_an_address_that_asks_for_nothing_known_shows_the_default(
    client: Client, shop: Shop, shoes: Product, nonsense: str
) -> None:
    offer = shop.offer(shoes, variant="Size 42")
    page = client.get(address(shoes), {"variant": nonsense, "offer": nonsense, "method": nonsense})
    assert f'name="offer" value="{offer.pk}"' in page.content.decode()


def test_the_picture_is_the_variants_own(client: Client, shop: Shop, shoes: Product) -> None:
    shop.offer(shoes, variant="Size 41", price_minor=100_000)
    shop.offer(shoes, variant="Size 42", price_minor=120_000)
    Variant.objects.filter(name="Size 42").update(picture="storefront/cloth.svg")
    assert b"cloth" not in client.get(address(shoes)).content
    page = client.get(address(shoes), {"variant": Variant.objects.get(name="Size 42").pk}).content.decode()
    assert re.search(r'id="picture" src="[^"]*cloth', page)
    assert 'alt="Running shoes, Size 42"' in page


def test_the_order_keeps_which_variant_was_bought_and_how_it_is_sent(shop: Shop, shoes: Product, buyer: User) -> None:
    offer: Offer = shop.offer(shoes, variant="Size 42", handling_days=2, min_days=1, max_days=4)
    shop.purchase(buyer, offer)
    kept = OrderLine.objects.get().snapshot
    assert (kept["variant"], kept["shipping"]) == ("Size 42", "Standard delivery")
    assert (kept["handling_days"], kept["min_days"], kept["max_days"]) == (2, 1, 4)
