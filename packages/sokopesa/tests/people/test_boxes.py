"""A box is read from a number, from "P.O. Box …", or from a whole line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.people.boxes import Box, read_box
from sokopesa.people.errors import BoxRefused


@pytest.mark.parametrize(
    ("typed", "box"),
    [
        ("12345", Box("12345")),
        (" 7 ", Box("7")),
        ("１２３", Box("123")),
        ("P.O. Box 12345", Box("12345")),
        ("P O BOX 12345", Box("12345")),
        ("p.o.box 12345.", Box("12345")),
        ("Box 123", Box("123")),
        ("S.L.P. 123", Box("123")),
        ("12345-00100", Box("12345", "00100")),
        ("12345 – 00100", Box("12345", "00100")),
        ("12345/00100", Box("12345", "00100")),
        ("P.O. Box 12345-00100 Nairobi", Box("12345", "00100", "Nairobi")),
        ("P.O. Box 60000 - 00200, City  Square", Box("60000", "00200", "City Square")),
        ("po box 12 Kisumu", Box("12", "", "Kisumu")),
        ("Private Bag", Box("Private Bag")),
        ("private bag 12", Box("Private Bag 12")),
        ("P/Bag Egerton", Box("Private Bag Egerton")),
        ("Private Bag - 20157, Kabarak", Box("Private Bag", "20157", "Kabarak")),
        ("Private Bag 20157 Kabarak", Box("Private Bag", "20157", "Kabarak")),
        ("poste restante", Box("Poste Restante")),
    ],
)
def test_a_box_is_read_as_people_write_it(typed: str, box: Box) -> None:
    assert read_box(typed) == box


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the number of the box"),
        ("P.O. Box Nairobi", "Enter the number of the box"),
        ("P.O Box", "Enter the number of the box"),
        ("Nairobi", "Enter the number of the box"),
        ("12 34", "Enter the number of the box"),
        ("00100", "00100 looks like a postcode"),
        ("0123", "does not start with 0"),
        ("1234567", "at most 6 digits; this one has 7"),
    ],
)
def test_what_is_no_box_is_refused_with_the_reason(typed: str, words: str) -> None:
    with pytest.raises(BoxRefused, match=re.escape(words)):
        read_box(typed)


@settings(deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=120), st.from_regex(r"(?i)(p\.?o\.? ?box|private bag)[\w ,\-]{0,60}", fullmatch=True)
    )
)
def test_any_text_gives_a_box_that_the_database_takes_or_a_refusal(text: str) -> None:
    try:
        box = read_box(text)
    except BoxRefused:
        return
    assert re.fullmatch(r"[1-9][0-9]{0,5}|Private Bag( .+)?|Poste Restante", box.number)
    assert len(box.number) <= 40
    assert re.fullmatch(r"([0-9]{5})?", box.postcode)
