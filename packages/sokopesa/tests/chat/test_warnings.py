"""What is warned of and what is not, in English, in Kiswahili, and in the mixture that people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokopesa.chat.warnings import HIDDEN, READER, WRITER, Kind, warnings_in, without_pins

CARRIES_A_PHONE = [
    "Call me on 0712345678",
    "0712 345 678",
    "my number is 0712-345-678.",
    "+254 712 345 678",
    "254712345678 whatsapp",
    "+254 (0)712 345678",
    "O712 345 678",
    "0110 123 456 is mine",
    "wa.me/254712345678",
    "piga simu 0733.123.456 leo",
    "nipigie 712345678",
    "WhatsApp me on 712 345 678",
    "namba yangu ni 0722000111",
    "no0722000111",
    "call us: 020 2345678",
    "text +44 7911 123456",
    "٠٧١٢٣٤٥٦٧٨",
    "zero seven one two, three four five, six seven eight",
    "sifuri saba moja mbili tatu nne tano sita saba nane",
]

SPEAKS_OF_PAYING_OUTSIDE = [
    "Pay to paybill 522522 account 123",
    "PAY BILL: 400200",
    "my till number is 5551234",
    "Till no. 123456",
    "till 5551234",
    "Buy goods 512345",
    "Lipa na M-PESA 567890",
    "namba ya till ni 5551234",
    "lipa kwa paybill 247247 tafadhali",
    "5551234 ni till yangu",
    "use 522533, our paybill",
    "send the money to my number",
    "just pay me directly and I give you a discount",
    "tuma kwa hii namba",
    "tuma pesa kwa namba yangu",
    "lipa kwa namba hii ndugu",
    "we can do it if you pay outside the app",
    "lipa nje ya sokopesa",
]

ASKS_FOR_A_PIN = [
    "send me your PIN",
    "What is your M-PESA PIN?",
    "I need your mpesa pin to confirm",
    "Nitumie PIN yako",
    "niambie namba yako ya siri",
    "PIN yako ni gani?",
]

TELLS_A_PIN = [
    ("my pin is 1234", f"my pin is {HIDDEN}"),
    ("PIN yangu ni 1234", f"PIN yangu ni {HIDDEN}"),
    ("nambari ya siri 1234", f"nambari ya siri {HIDDEN}"),
    ("Namba ya siri ni 0987 sawa?", f"Namba ya siri ni {HIDDEN} sawa?"),
    ("M-PESA PIN: 4321", f"M-PESA PIN: {HIDDEN}"),
    ("P.I.N 4321", f"P.I.N {HIDDEN}"),
    ("pin=4321 and thanks", f"pin={HIDDEN} and thanks"),
    ("the pin is 1 2 3 4", f"the pin is {HIDDEN}"),
    ("namba ya siri 1900", f"namba ya siri {HIDDEN}"),
    ("My PIN is 2019", f"My PIN is {HIDDEN}"),
    ("1234 is my pin", f"{HIDDEN} is my pin"),
    ("1234 ndiyo pin yangu", f"{HIDDEN} ndiyo pin yangu"),
    ("my pin is 1234 or 4321", f"my pin is {HIDDEN}"),
    ("siri yangu ni 7788", f"siri yangu ni {HIDDEN}"),
    ("my pin is one two three four", f"my pin is {HIDDEN}"),
    ("pin yangu ni moja mbili tatu nne", f"pin yangu ni {HIDDEN}"),
    ("pin yangu ni\n1234", f"pin yangu ni\n{HIDDEN}"),
    ("my pin is ١٢٣٤", f"my pin is {HIDDEN}"),
]

CARRIES_NOTHING = [
    "Hello, is this still available?",
    "Habari, bidhaa ipo?",
    "I paid KES 1,250 yesterday",
    "Bei ni KSh 1250 pamoja na usafiri",
    "Can you do 12500/= for two?",
    "Total is 250,000 bob",
    "My order is 8123456789012347",
    "Order 8123456789012347-1 has not arrived",
    "oda namba 8254712345678906 iko wapi?",
    "Receipt SG632NMUAB, UKN0712345",
    "M-PESA receipt TKA0712345 of KES 1,265",
    "Size 42, 1000 x 2000 mm",
    "saizi 38 au 40, rangi nyeusi",
    "Delivered on 01-12-2026 14:00",
    "It comes on 2026-11-25",
    "I bought it in 2024",
    "Model 1100-2024, 1500 watts",
    "Battery 2,000 mAh, 712345678 in stock? no, just 7",
    "Tracking number 712345678",
    "RR123456789KE at Nairobi GPO 00100",
    "P.O. Box 12345 - 00100",
    "barcode 6161100712345",
    "I will wait till 2026",
    "open till 1800 hrs, we have till 15 pieces",
    "Only 10000 left till Friday",
    "Is it a 3 pin plug, 1250 each?",
    "rolling pin 1200, hair pins 1000 pieces",
    "3-pin 1500 W",
    "In 2024, my pin broke",
    "the pin bought in 2023 is gone",
    "Do not send your PIN to anybody",
    "Never share your PIN",
    "Usimwambie mtu PIN yako",
    "Enter your PIN on the phone when M-PESA asks",
    "I typed my PIN but the prompt was gone",
    "I paid to paybill 174379 as the page said",
    "send me the tracking number please",
    "nitumie namba ya ufuatiliaji",
    "Tuma kwa Nairobi CBD",
    "Please deliver to this address, number 12345",
    "12 34 56",
    "😀👍🏾",
]


@pytest.mark.parametrize("text", CARRIES_A_PHONE)
def test_a_phone_number_is_seen(text: str) -> None:
    assert Kind.PHONE in warnings_in(text)


@pytest.mark.parametrize("text", SPEAKS_OF_PAYING_OUTSIDE)
def test_paying_past_the_market_is_seen(text: str) -> None:
    assert Kind.PAYBILL in warnings_in(text)


@pytest.mark.parametrize("text", ASKS_FOR_A_PIN)
def test_a_question_for_a_pin_is_seen(text: str) -> None:
    assert Kind.PIN_ASKED in warnings_in(text)


@pytest.mark.parametrize(("text", "kept"), TELLS_A_PIN)
def test_a_pin_is_hidden_and_the_rest_kept(text: str, kept: str) -> None:
    assert Kind.PIN_TOLD in warnings_in(text)
    assert without_pins(text) == kept
    assert Kind.PIN_TOLD not in warnings_in(kept)


@pytest.mark.parametrize("text", CARRIES_NOTHING)
def test_what_is_harmless_is_let_alone(text: str) -> None:
    assert warnings_in(text) == ()
    assert without_pins(text) == text


@pytest.mark.parametrize("text", ["1234", " 12 34.", "1 2 3 4"])
def test_four_digits_alone_are_a_pin_only_after_somebody_asked_for_one(text: str) -> None:
    assert without_pins(text) == text
    assert without_pins(text, asked=True) == HIDDEN


@given(st.integers(0, 9999), st.sampled_from(["my pin is {}", "PIN yangu ni {}", "namba ya siri {}", "pin: {}, sawa?"]))
def test_whatever_the_pin_it_is_not_kept(pin: int, sentence: str) -> None:
    assert f"{pin:04d}" not in without_pins(sentence.format(f"{pin:04d}"))


@given(st.text(max_size=200))
def test_any_text_is_read_and_nothing_but_pins_is_changed(text: str) -> None:
    warnings_in(text)
    assert without_pins(without_pins(text)) == without_pins(text)


def test_a_text_made_to_be_slow_is_read_at_once() -> None:
    for text in (
        "pin " * 500,
        "0 " * 1000,
        "till " * 400,
        "send your " * 200,
        "1 2 " * 500,
        "+254" * 500,
        "pay " * 500,
    ):
        warnings_in(text)
        without_pins(text)


def test_every_warning_has_words_in_both_languages() -> None:
    assert set(READER) == set(Kind)
    assert all(set(words) == set(WRITER) == {"en", "sw"} for words in READER.values())
