"""Shoppers find goods by the words that they type, in whatever form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.catalog import browsing
from sokopesa.catalog.models import Category, Product

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)


@pytest.fixture
def shop(make_product: Callable[..., Product]) -> None:
    kitchen = Category.objects.create(slug="kitchen", name="Kitchen", blurb="Pots", position=2, picture="pot.svg")
    make_product("Solar lantern with phone charging", description="Lights a room for ten hours.")
    make_product("Power bank, 20,000 mAh", keywords="powerbank betri", description="Charges a phone four times.")
    make_product("Stainless steel kettles", category=kitchen, description="Whistles when the water boils.")
    make_product("Cutting board", category=kitchen, brand="Mvule", details=[["Material", "Acacia wood"]])


def found(text: str) -> list[str]:
    return [card.product.title for card in browsing.search(text, on=MONDAY).listing.cards]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("solar lantern", "Solar lantern with phone charging"),
        ("LANTERNS solar", "Solar lantern with phone charging"),
        ("lant", "Solar lantern with phone charging"),
        ("chargi", "Solar lantern with phone charging"),
        ("the lantern for a room", "Solar lantern with phone charging"),
        ("kettle", "Stainless steel kettles"),
        ("whistling", "Stainless steel kettles"),
        ("powerbank", "Power bank, 20,000 mAh"),
        ("power-bank", "Power bank, 20,000 mAh"),
        ("mvule", "Cutting board"),
        ("acacia", "Cutting board"),
    ],
)
def test_goods_are_found(text: str, first: str) -> None:
    assert found(text)[0] == first
    assert browsing.search(text, on=MONDAY).is_exact


@pytest.mark.usefixtures("shop")
def test_a_word_of_the_title_weighs_more_than_one_of_the_description() -> None:
    assert found("phone") == ["Solar lantern with phone charging", "Power bank, 20,000 mAh"]


@pytest.mark.usefixtures("shop")
def test_a_shelfs_name_finds_its_goods() -> None:
    assert set(found("kitchen")) == {"Stainless steel kettles", "Cutting board"}


@pytest.mark.usefixtures("shop")
def test_when_nothing_has_every_word_goods_with_some_are_shown_and_said_to_be() -> None:
    result = browsing.search("purple kettle", on=MONDAY)
    assert [card.product.title for card in result.listing.cards] == ["Stainless steel kettles"]
    assert not result.is_exact


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("text", ["", "   ", "!!! & | ( )", "unicorn", "\x00"])
def test_no_words_or_unknown_ones_find_nothing(text: str) -> None:
    listing = browsing.search(text, on=MONDAY).listing
    assert (listing.cards, listing.total, listing.pages) == ((), 0, 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), page=st.text(max_size=5))
@pytest.mark.usefixtures("shop")
def test_no_text_breaks_the_search(text: str, page: str) -> None:
    browsing.search(text, page, on=MONDAY)
