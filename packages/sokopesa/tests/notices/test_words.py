"""Every event in both languages: one SMS whatever it names, in an alphabet that leaves it its room, and a letter."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.notices import gsm
from sokopesa.notices.events import Event
from sokopesa.notices.languages import Both, moment
from sokopesa.notices.parameters import PARAMETERS, Ending
from sokopesa.notices.telling import letter_for
from sokopesa.notices.words import EVENTS, ORDER_SHIPPED, REFUND_OWED, REMINDERS
from sokopesa.orders.models import Clock

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
LANGUAGES = ("en", "sw")
SAYING = list(product(EVENTS.values(), LANGUAGES))
SPOKEN = [pair for pair in SAYING if pair[0].name != "confirm-email"]
"""What goes to phones; the letter that proves an address does not."""

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "order": st.from_regex(r"8[0-9]{15}(-[0-9]{1,3})?", fullmatch=True),
    "amount": st.integers(0, 25_000_000),
    "until": st.integers(0, 5_000_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    "first": st.dates(date(2026, 1, 1)),
    "last": st.dates(date(2026, 1, 1)),
    "days": st.integers(1, 90),
    "dispute": st.from_regex(r"D[A-Z0-9]{10}", fullmatch=True),
    "plan": st.builds(Ending, cents=st.integers(0, 25_000_000), goods_back=st.booleans()),
    "count": st.integers(2, 1_000),
    "minutes": st.just(15),
    "receipt": st.from_regex(r"[A-Z0-9]{10}", fullmatch=True),
    "payer": st.from_regex(r"(254[17][0-9]{8})?", fullmatch=True),
    "payee": st.from_regex(r"(254[17][0-9]{8})?", fullmatch=True),
    "place": st.from_regex(r"\*\*\*[0-9]{3}", fullmatch=True),
    "why": st.just(Both("you paid after order 8123456789012345 was cancelled", "uliolipa oda 8123456789012345")),
    "trouble": st.just(Both("its M-PESA wallet is full.", "pochi yake imejaa.")),
    "code": st.from_regex(r"[0-9]{6}", fullmatch=True),
}


def sayable(event: Event) -> st.SearchStrategy[dict[str, Any]]:
    """Any values of the event's parameters; what people type may be anything."""
    return st.fixed_dictionaries({name: VALUES.get(name, st.text(max_size=120)) for name in event.parameters})


def is_one_sms(text: str) -> bool:
    return 0 < len(text) <= gsm.ROOM and set(text) <= gsm.ALPHABET


@pytest.mark.parametrize(("event", "language"), SPOKEN, ids=lambda one: getattr(one, "name", one))
def test_with_the_longest_values_it_is_one_sms_and_a_letter(event: Event, language: str) -> None:
    names = sorted(event.parameters)
    for values in product(*(PARAMETERS[name].longest for name in names)):
        said = dict(zip(names, values, strict=True))
        text = event.in_sms(language, said)
        assert is_one_sms(text), (len(text), set(text) - gsm.ALPHABET, text)
        subject, letter = letter_for(event, language, said, now=NOW)
        assert 0 < len(subject) <= 120
        assert "\n" not in subject
        assert len(letter) <= 4000


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SPOKEN).flatmap(lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), sayable(pair[0]))))
def test_whatever_people_typed_it_is_one_sms(case: tuple[Event, str, dict[str, Any]]) -> None:
    event, language, said = case
    assert is_one_sms(event.in_sms(language, said))
    assert "\n" not in letter_for(event, language, said, now=NOW)[0]


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_both_languages_name_what_matters(event: Event) -> None:
    for text in (event.sms, event.subject):
        assert text.en
        assert text.sw
        assert text.en != text.sw or text.en == "{order}"
    assert bool(event.more.en) == bool(event.more.sw)
    for name in event.parameters - {"tracking", "carrier"}:
        assert name in PARAMETERS
        for said in zip(event.sms, event.subject, event.more, strict=True):
            assert any(f"{{{name}}}" in text for text in said), f"{event.name} drops {name} in one language"
    assert len(event.name) <= 32
    assert len(f"{event.name}:{'9' * 20}:48:{'9' * 12}") <= 96


def test_every_deadline_that_people_have_has_its_reminder() -> None:
    assert set(REMINDERS) == {kind.value for kind in Clock.Kind} - {"deliver", "rule"}
    until = datetime(2026, 8, 14, 13, 5, tzinfo=UTC)
    said = {"until": until, "order": "8123456789012345"}
    assert REMINDERS["answer_dispute"].in_sms("en", said) == (
        "Until Fri 14 Aug 16:05: answer the dispute on order 8123456789012345, or the buyer's claim is granted."
    )
    assert REMINDERS["answer_dispute"].in_sms("sw", said).startswith("Hadi Iju 14 Ago 16:05: jibu")


def test_midnight_is_the_end_of_its_day() -> None:
    midnight = datetime(2026, 12, 9, 21, 0, tzinfo=UTC)
    assert moment(midnight, "en") == "Wed 9 Dec 24:00"
    assert moment(midnight, "sw") == "Jtn 9 Des 24:00"
    assert moment(midnight + timedelta(minutes=1), "en") == "Thu 10 Dec 00:01"


@pytest.mark.parametrize(
    ("typed", "fitted"),
    [
        ("Mama’s “Best” Shop – Nairobi", 'Mama\'s "Best" Shop - Nairobi'),
        ("Łódź café 🎉", "odz café"),
        ("Ngũgĩ & Sons", "Ngugi & Sons"),
        ("  two\nlines\t", "two lines"),
        ("深圳", ""),
        ("[a] {b} €5", "(a) (b) EUR 5"),
        ("x" * 50, "x" * 38 + ".."),
    ],
)
def test_what_people_typed_is_brought_into_the_alphabet(typed: str, fitted: str) -> None:
    assert gsm.fit(typed, 40) == fitted


def test_what_cannot_be_written_is_named_by_what_it_is_and_whole_in_the_letter() -> None:
    said = {
        "order": "8123456789012345",
        "shop": "深圳灯具",
        "carrier": "DHL",
        "tracking": "RR1",
        "last": date(2026, 12, 1),
    }
    assert ORDER_SHIPPED.in_sms("en", said).startswith("Order 8123456789012345 from The seller is on its way")
    assert "深圳灯具" in letter_for(ORDER_SHIPPED, "en", said, now=NOW)[1]


def test_a_letter_says_when_it_happened_and_how_to_have_no_more() -> None:
    said = {
        "amount": 125_000,
        "why": Both("order 8 was paid already", "oda 8 ilikuwa imelipwa"),
        "receipt": "UKN1AAAAAA",
        "payee": "254712345678",
        "first": date(2026, 11, 26),
        "last": date(2026, 12, 21),
    }
    subject, text = letter_for(REFUND_OWED, "sw", said, now=NOW)
    assert subject == "Tutakurudishia KES 1,250"
    assert text == (
        "Tutakurudishia KES 1,250: oda 8 ilikuwa imelipwa, risiti UKN1AAAAAA. Zitarudi kwa 0712 ***678 kati ya 26 Nov "
        "na 21 Des.\n\nHuhitaji kufanya chochote.\n\n-- \nSokopesa, Jtn 25 Nov 09:00 (Nairobi).\n"
        "Chagua tunachokuandikia hapa: http://127.0.0.1:8000/account/notices/\n"
    )


def test_values_that_an_event_does_not_name_are_a_fault() -> None:
    event = random.Random(1).choice(list(REMINDERS.values()))
    with pytest.raises(TypeError, match="is told with"):
        event.check({"order": "8"})
