"""A postcode and a town go together, or the person is told which post office was meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.people import post_offices
from sokopesa.people.counties import counties
from sokopesa.people.errors import PostcodeRefused, PostcodeUnknown, TownElsewhere, TownMissing

ALL = [office for postcode in range(100_000) if (office := post_offices.find(f"{postcode:05}"))]


def test_the_list_has_every_departmental_office_and_every_county() -> None:
    assert len(ALL) >= 506
    assert all(office.name and office.town for office in ALL)
    assert len(counties()) == 47
    assert [county.code for county in sorted(counties(), key=lambda one: one.code)] == [
        f"{code:03}" for code in range(1, 48)
    ]


@pytest.mark.parametrize(
    ("postcode", "name"),
    [("00100", "Nairobi GPO"), ("00200", "City Square"), ("80100", "Mombasa GPO"), ("40100", "Kisumu")],
)
def test_an_office_is_found_by_its_postcode(postcode: str, name: str) -> None:
    office = post_offices.find(postcode)
    assert office is not None
    assert office.name == name


@pytest.mark.parametrize("office", ALL[::7], ids=str)
def test_an_office_answers_to_its_own_name_and_to_its_head_town(office: post_offices.PostOffice) -> None:
    assert post_offices.check(office.postcode, office.name.upper()) == office.address_name
    assert post_offices.check(office.postcode, f" {office.town.lower()} ") in {office.town, office.address_name}
    assert post_offices.check(office.postcode, "") == office.address_name


@pytest.mark.parametrize(
    ("postcode", "typed", "written"),
    [
        ("00200", "Nairobi", "Nairobi"),
        ("00200", "city  SQUARE", "City Square"),
        ("80101", "Mombasa", "Mombasa"),
        ("00100", "Nairobi G.P.O.", "Nairobi"),
        ("00100", "Nairobbi", "Nairobi"),
        ("00800", "Westlands, Nairobi", "Westlands"),
        ("10200", "MURANGA", "Murang'a"),
        ("10200", "Murang’a Town", "Murang'a"),
        ("80401", "Diani", "Diani Beach"),
        ("40400", "Migori", "Migori"),
        ("50300", "Mbale", "Mbale"),
        ("90300", "Wote", "Wote"),
        ("20424", "Oloomirani", "Oloomirani"),
    ],
)
def test_towns_are_taken_as_people_write_them(postcode: str, typed: str, written: str) -> None:
    assert post_offices.check(postcode, typed) == written


@pytest.mark.parametrize(
    ("postcode", "typed", "sentence", "fixes"),
    [
        ("80100", "Nairobi", "80100 is Mombasa GPO. Nairobi’s main post office is 00100.", ["80100", "00100"]),
        ("00100", "Mombasa", "00100 is Nairobi GPO. Mombasa’s main post office is 80100.", ["00100", "80100"]),
        ("00100", "Karen", "00100 is Nairobi GPO. Karen, Nairobi is 00502.", ["00100", "00502"]),
        ("00606", "Mombsa", "00606 is Sarit Centre, Nairobi. Mombasa’s main post office is 80100.", ["00606", "80100"]),
        ("00100", "Xyzzy", "00100 is Nairobi GPO.", ["00100"]),
    ],
)
def test_a_mismatch_names_the_right_offices_both_ways(
    postcode: str, typed: str, sentence: str, fixes: list[str]
) -> None:
    with pytest.raises(TownElsewhere) as told:
        post_offices.check(postcode, typed)
    assert str(told.value) == sentence
    assert told.value.fixes == fixes
    for fix in fixes:
        assert post_offices.check(fix, "")


def test_an_unknown_postcode_is_taken_once_confirmed() -> None:
    with pytest.raises(PostcodeUnknown, match=r"do not know the postcode 99999\. Nairobi’s main post office is 00100"):
        post_offices.check("99999", "Nairobi")
    assert post_offices.check("99999", " New   Town ", confirmed=True) == "New Town"
    with pytest.raises(TownMissing):
        post_offices.check("99999", " ", confirmed=True)


def test_confirming_does_not_excuse_a_mismatch() -> None:
    with pytest.raises(TownElsewhere):
        post_offices.check("80100", "Nairobi", confirmed=True)


@pytest.mark.parametrize(
    ("typed", "town", "words"),
    [
        ("", "", "Enter the postcode"),
        ("", "Kisumu", "Kisumu’s main post office is 40100."),
        ("100", "", "Did you mean 00100 (Nairobi GPO)?"),
        ("1000", "", "Did you mean 01000 (Thika)?"),
        ("12", "", "A postcode has 5 digits"),
        ("001000", "", "A postcode has 5 digits"),
        ("abc", "Kisumu", "Kisumu’s main post office is 40100."),
        ("٠٠١٠٠", "", "A postcode has 5 digits"),
    ],
)
def test_a_malformed_postcode_is_refused_with_the_likely_one(typed: str, town: str, words: str) -> None:
    with pytest.raises(PostcodeRefused, match=re.escape(words)):
        post_offices.read_postcode(typed, town=town)


def test_spaces_in_a_postcode_do_not_matter() -> None:
    assert post_offices.read_postcode(" 00 100 ") == "00100"


def test_main_offices_are_suggested_first() -> None:
    assert post_offices.suggest("nairobi")[0].postcode == "00100"
    assert len(post_offices.suggest("Nairobi")) == post_offices.MOST_SUGGESTIONS
    assert post_offices.suggest("Atlantis") == []
    assert post_offices.suggest("") == []


@settings(deadline=None)
@given(postcode=st.from_regex(r"[0-9]{5}", fullmatch=True), town=st.text(max_size=60))
def test_whatever_is_typed_gets_an_answer_in_words(postcode: str, town: str) -> None:
    try:
        assert post_offices.check(postcode, town, confirmed=True)
    except (TownElsewhere, TownMissing) as refusal:
        answer = str(refusal)
    else:
        answer = "."
    assert answer.endswith(".")
