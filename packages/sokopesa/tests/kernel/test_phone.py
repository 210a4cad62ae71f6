"""A number typed in any Kenyan way becomes one MSISDN, and anything else is refused with words that help."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.kernel import phone

SAFARICOM = "254712345678"

SCRIPTS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９"]

nationals = st.one_of(
    st.from_regex(r"7[0-9]{8}", fullmatch=True),
    st.from_regex(r"1(?:0[0-8]|1[0-9])[0-9]{6}", fullmatch=True),
)
prefixes = st.sampled_from(
    ["0", "", "254", "2540", "+254", "+254 0", "+254 (0)", "(+254)", "00254", "00 254-", "O", "o", " +254"]
)
separators = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u202f", "–", "\u200b", "/", "  "])


@pytest.mark.parametrize(
    "typed",
    [
        "0712345678",
        "0712 345 678",
        "0712-345-678",
        "712345678",
        "254712345678",
        "+254712345678",
        "+254 (0)712 345678",
        "00254712345678",
        "254 0712345678",
        "O712345678",
        "+254712345678.",
        "  0712\u00a0345\u202f678 ",
        "٠٧١٢٣٤٥٦٧٨",
        "＋２５４712345678",
    ],
)
def test_every_way_of_typing_a_number_gives_its_msisdn(typed: str) -> None:
    assert phone.normalise(typed) == SAFARICOM


@pytest.mark.parametrize(("typed", "msisdn"), [("0110 123 456", "254110123456"), ("0100123456", "254100123456")])
def test_numbers_of_the_01_range_are_mobile(typed: str, msisdn: str) -> None:
    assert phone.normalise(typed) == msisdn


@settings(deadline=None)
@given(national=nationals, prefix=prefixes, gaps=st.lists(separators, min_size=9, max_size=9))
def test_separators_and_prefixes_never_change_the_number(national: str, prefix: str, gaps: list[str]) -> None:
    typed = prefix + "".join(digit + gap for digit, gap in zip(national, gaps, strict=True))
    assert phone.normalise(typed) == "254" + national


@settings(deadline=None)
@given(national=nationals, script=st.sampled_from(SCRIPTS))
def test_digits_of_any_script_are_digits(national: str, script: str) -> None:
    typed = "".join(script[int(digit)] for digit in "0" + national)
    assert phone.normalise(typed) == "254" + national


@settings(deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_either_an_msisdn_or_refused_in_words(text: str) -> None:
    try:
        answer = phone.normalise(text)
    except phone.PhoneRefused as refusal:
        answer = str(refusal)
    assert re.fullmatch(r"254[17][0-9]{8}|[A-Z+0“].+\.", answer)


@settings(deadline=None)
@given(national=nationals)
def test_what_we_show_can_be_typed_back(national: str) -> None:
    assert phone.normalise(phone.local("254" + national)) == "254" + national


@pytest.mark.parametrize(
    ("typed", "refusal", "words"),
    [
        ("", phone.PhoneMissing, "Enter a phone number"),
        (" - ", phone.PhoneMissing, "Enter a phone number"),
        ("Jane", phone.PhoneHasLetters, "only digits"),
        ("0712 34S 678", phone.PhoneHasLetters, "only digits"),
        ("071234567", phone.PhoneWrongLength, "“071234567” has 9 digits, 1 missing."),
        ("+254 71234567", phone.PhoneWrongLength, "“+254 71234567” has 11 digits, 1 missing."),
        ("123", phone.PhoneWrongLength, "“123” has 3 digits, 7 missing."),
        ("7123456789", phone.PhoneWrongLength, "With its 0, “7123456789” has 11 digits, 1 too many."),
        ("07123456789", phone.PhoneWrongLength, "“07123456789” has 11 digits, 1 too many."),
        ("7", phone.PhoneWrongLength, "“7” has 1 digit, 9 missing."),
        ("0712345678 / 0722345678", phone.PhoneWrongLength, "“0712345678 / 0722345678” has 20 digits, 10 too many."),
        ("7" * 500, phone.PhoneWrongLength, f"“{'7' * 24}…” has 501 digits"),
        ("020 222 2222", phone.PhoneIsLandline, "0202222222 is a landline."),
        ("041 222 222", phone.PhoneIsLandline, "041222222 is a landline."),
        ("+254 20 2222222", phone.PhoneIsLandline, "landline"),
        ("+255 712 345 678", phone.PhoneIsForeign, "+255 is not Kenya's code."),
        ("255712345678", phone.PhoneIsForeign, "+255 is not Kenya's code."),
        ("001 202 555 0123", phone.PhoneIsForeign, "+1 is not Kenya's code."),
        ("+99 9", phone.PhoneIsForeign, "not Kenya's code"),
        ("0800 723 253", phone.PhoneNotMobile, "starts with 0800"),
        ("0900 123 456", phone.PhoneNotMobile, "starts with 0900"),
        ("0109 123 456", phone.PhoneNotMobile, "starts with 0109"),
    ],
)
def test_a_refusal_says_what_is_wrong(typed: str, refusal: type[phone.PhoneRefused], words: str) -> None:
    with pytest.raises(refusal) as told:
        phone.normalise(typed)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("msisdn", "operator"),
    [
        ("254712345678", "Safaricom"),
        ("254110123456", "Safaricom"),
        ("254798123456", "Safaricom"),
        ("254733123456", "Airtel"),
        ("254100123456", "Airtel"),
        ("254770123456", "Telkom"),
        ("254109123456", ""),
    ],
)
def test_the_prefix_names_the_operator(msisdn: str, operator: str) -> None:
    assert phone.operator_of(msisdn) == operator


def test_mpesa_needs_a_safaricom_line_and_says_whose_line_it_is() -> None:
    phone.require_safaricom("254712345678")
    with pytest.raises(phone.NotSafaricom) as told:
        phone.require_safaricom("254733123456")
    assert str(told.value).startswith("0733 123 456 looks like an Airtel number. M-PESA works only on Safaricom lines")
    assert told.value.operator == "Airtel"
    with pytest.raises(phone.NotSafaricom, match="looks like a Telkom number"):
        phone.require_safaricom("254770123456")


def test_numbers_are_shown_the_kenyan_way_and_masked_in_lists() -> None:
    assert phone.local("254712345678") == "0712 345 678"
    assert phone.masked("254712345678") == "0712 ***678"
