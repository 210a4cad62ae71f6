"""What people mistype is understood, and said to be; what they meant is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.catalog import browsing, listed, slips
from sokopesa.catalog.models import KnownWord, Product, WordSlip

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
WORDS = st.text(alphabet="abcdeé", min_size=1, max_size=11)


@pytest.fixture
def shop(make_product: Callable[..., Product]) -> None:
    make_product("Solar lantern with phone charging", keywords="taa ya sola")
    make_product("Samsung smartphone", brand="Samsung", keywords="simu")
    make_product("Stainless steel kettle", keywords="birika sufuria")
    make_product("Pressure cooker", description="Whistles gently.", keywords="jiko")
    make_product("Running shoes", brand="Nyota", keywords="viatu")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("latern", "lantern"),  # a letter left out
        ("lanern", "lantern"),
        ("ketle", "kettle"),
        ("samung", "samsung"),
        ("kettel", "kettle"),  # neighbours exchanged
        ("sumsang", None),  # two slips are too many in a short word
        ("samsugn", "samsung"),
        ("smartphnoe", "smartphone"),
        ("lanttern", "lantern"),  # a letter doubled
        ("kettlle", "kettle"),
        ("viatuu", "viatu"),
        ("samsing", "samsung"),  # a wrong letter
        ("lamtern", "lantern"),
        ("xettle", "kettle"),  # also the first
        ("smarpthon", "smartphone"),  # two slips in a long word
        ("stianless", "stainless"),
        ("stanless", "stainless"),
        ("stanles", None),
        ("sufurai", "sufuria"),  # Kiswahili too
        ("shoos", "shoes"),
        ("runing shoos", "running shoes"),
        ("solar latern", "solar lantern"),  # only the wrong word of two
        ("simu", ""),  # known words are left alone
        ("lantern", ""),
        ("lanterns", ""),
        ("smartph", ""),  # unfinished, not mistyped
        ("whistle", ""),  # known from a description
        ("tea", None),  # too short to tell
    ],
)
def test_a_mistyped_word_is_taken_for_the_nearest_name(typed: str, meant: str | None) -> None:
    found = browsing.search(typed, on=MONDAY)
    assert found.corrected == (meant or "")
    assert bool(found.listing.cards) is (meant is not None)
    assert found.is_exact


@pytest.mark.usefixtures("shop")
def test_what_was_typed_can_be_insisted_on() -> None:
    found = browsing.search("latern", on=MONDAY, as_typed=True)
    assert (found.listing.total, found.corrected) == (0, "")


@pytest.mark.usefixtures("shop")
def test_of_equally_near_names_the_commoner_is_meant(make_product: Callable[..., Product]) -> None:
    for title in ("Batter bowl", "Butter dish", "Butter knife"):
        make_product(title)
    listed.recount_words()
    assert browsing.search("bxtter", on=MONDAY).corrected == "butter"


def test_words_are_counted_and_forgotten(make_product: Callable[..., Product]) -> None:
    kettle = make_product("Steel kettle")
    make_product("Steel pot")
    listed.recount_words()
    assert KnownWord.objects.get(word="steel").products == 2
    kettle.title = "Steel pan"
    kettle.save()
    assert KnownWord.objects.filter(word="pan").exists()
    listed.recount_words()
    assert not KnownWord.objects.filter(word="kettle").exists()
    assert not WordSlip.objects.filter(word="kettle").exists()
    assert KnownWord.objects.get(word="pan").products == 1


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=WORDS)
def test_the_database_knows_the_same_ways_to_mistype(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT slip FROM catalog_slips(%s)", [[word]])
        assert {slip for (slip,) in cursor.fetchall()} == slips.ways_to_mistype(word)


def _slipped(word: str, at: int, kind: int, letter: str) -> str:
    at %= len(word)
    return [
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ][kind]


SLIP = st.tuples(st.integers(0, 20), st.integers(0, 3), st.sampled_from("abcdex"))


@given(word=st.text(alphabet="abcde", min_size=5, max_size=12), one=SLIP)
def test_one_slip_always_meets_the_word(word: str, one: tuple[int, int, str]) -> None:
    typed = _slipped(word, *one)
    assert slips.distance(typed, word) <= 1
    assert slips.ways_to_mistype(typed) & slips.ways_to_mistype(word)


@given(word=st.text(alphabet="abcde", min_size=10, max_size=14), one=SLIP, two=SLIP)
def test_two_slips_in_a_long_word_meet_it(word: str, one: tuple[int, int, str], two: tuple[int, int, str]) -> None:
    typed = _slipped(_slipped(word, *one), *two)
    if slips.distance(typed, word) <= 2:  # two slips at one place may be more in this reckoning
        assert slips.ways_to_mistype(typed) & slips.ways_to_mistype(word)
