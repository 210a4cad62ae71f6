"""Filters, sorting and chips on pages of lists, without JavaScript and as HTMX asks for them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

Shop = Any


def text(html: bytes) -> str:
    """The words of a page, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode()))


def titles(html: bytes) -> list[str]:
    return re.findall(r'class="tile__title"><a [^>]*>([^<]+)<', html.decode())


def chips(html: bytes) -> dict[str, str]:
    found = re.findall(r'class="chip chip--on" href="([^"]*)">(.*?)<svg', html.decode())
    return {text(label.encode()).replace("Remove: ", "").strip(): href.replace("&amp;", "&") for href, label in found}


@pytest.fixture
def lamps(shop: Shop) -> None:
    shop.offer(shop.product("Cheap lamp", brand="Nuru"), price_minor=50_000)
    shop.offer(shop.product("Dear lamp", brand="Taa"), price_minor=900_000)
    shop.offer(shop.product("Chinese lamp", brand="Taa"), price_minor=70_000, ships_from_country="CN")
    shop.offer(shop.product("Lost lamp"), price_minor=60_000, stock=0)


@pytest.mark.usefixtures("lamps")
@pytest.mark.parametrize("path", ["/c/light/?", "/search/?q=lamp&"])
def test_a_list_is_narrowed_and_a_chip_takes_each_filter_away(client: Client, path: str) -> None:
    page = client.get(f"{path}max=1,000&kenya=1&stock=1&brand=Nuru&sort=cheapest").content
    assert titles(page) == ["Cheap lamp"]
    taken = chips(page)
    assert list(taken) == ["Nuru", "Up to KES 1,000", "Ships from Kenya", "In stock"]
    where = path.split("?", maxsplit=1)[0]
    assert titles(client.get(where + taken["Up to KES 1,000"]).content) == ["Cheap lamp"]
    without_brand = client.get(where + taken["Nuru"]).content
    assert titles(without_brand) == ["Cheap lamp"]
    assert titles(client.get(where + chips(without_brand)["Up to KES 1,000"]).content) == ["Cheap lamp", "Dear lamp"]
    assert 'value="cheapest" selected' in without_brand.decode()


@pytest.mark.usefixtures("lamps")
def test_choices_show_how_many_they_leave(client: Client) -> None:
    words = text(client.get("/search/?q=lamp&kenya=1").content)
    assert "Ships from Kenya 2" in words
    assert "Up to KES 499" not in words
    assert "Taa 1" in words
    assert "2 products" in words


@pytest.mark.usefixtures("lamps")
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("min=cheap", "Write whole shillings, such as 1500."),
        ("max=12.50", "Write whole shillings, such as 1500."),
        ("min=500&max=400", "The highest price is below the lowest."),
    ],
)
def test_a_price_that_is_none_is_shown_again_with_the_reason(client: Client, query: str, error: str) -> None:
    page = client.get(f"/c/light/?{query}&sort=cheapest")
    assert page.status_code == 200
    assert error in text(page.content)
    typed = query.rsplit("=", maxsplit=1)[1]
    assert f'value="{typed}" aria-invalid="true"' in page.content.decode()
    assert "Dear lamp" in titles(page.content)


@pytest.mark.usefixtures("lamps")
@pytest.mark.parametrize(
    "query", ["days=x&sort=worst&shelf=no&brand=%00&page=-1", "days=8&min=99999999999999", "brand=" + "x" * 500]
)
def test_nonsense_breaks_nothing(client: Client, query: str) -> None:
    for path in ("/c/light/", "/search/"):
        assert client.get(f"{path}?q=lamp&{query}").status_code == 200


@pytest.mark.usefixtures("lamps")
def test_filters_that_leave_nothing_offer_the_way_back(client: Client) -> None:
    page = client.get("/search/?q=lamp&min=100000").content
    assert "Nothing passes these filters" in text(page)
    assert "Show 4 products without filters" in text(page)
    assert 'href="?q=lamp"' in page.decode()


@pytest.mark.usefixtures("lamps")
def test_a_mistyped_word_is_said_to_be_and_may_be_insisted_on(client: Client) -> None:
    page = client.get("/search/?q=lanp").content
    assert "Showing results for lamp . Search instead for lanp" in text(page)
    insisted = client.get("/search/?q=lanp&typed=1").content
    assert "Nothing found for “lanp”" in text(insisted)


@pytest.mark.usefixtures("lamps")
def test_htmx_gets_the_list_alone_and_filters_stay_unfolded(client: Client) -> None:
    part = client.get("/c/light/?kenya=1", headers={"HX-Request": "true", "HX-Trigger": "narrow"}).content.decode()
    assert "<html" not in part
    assert '<details class="narrow" open>' in part
    typed = client.get("/search/?q=lamp", headers={"HX-Request": "true"}).content.decode()
    assert '<details class="narrow">' in typed


def test_a_filtered_list_costs_the_same_queries_however_long_it_is(client: Client, shop: Shop) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            client.get("/search/?q=lamp&kenya=1&sort=cheapest&page=1")
        return len(spent)

    shop.offer(shop.product("Lamp"), price_minor=50_000)
    few = cost()
    for number in range(30):
        shop.offer(shop.product(f"Lamp {number}"), price_minor=50_000)
    assert cost() == few <= 8
