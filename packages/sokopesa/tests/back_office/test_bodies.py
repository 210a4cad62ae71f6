"""Messages from strangers, as text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.faces.back_office.bodies import HIDDEN, MOST_CHARACTERS, readable, readable_headers
from sokopesa.faces.back_office.chart import nice_top


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":1}', '{\n  "a": 1\n}'),
        (b'{"PIN":"1234"}', f'{{\n  "PIN": "{HIDDEN}"\n}}'),
        (
            b'{"pin":1234,"SecurityCredential":"abc"}',
            f'{{\n  "pin": "{HIDDEN}",\n  "SecurityCredential": "{HIDDEN}"\n}}',
        ),
        (b'{"shipping":"1234"}', '{\n  "shipping": "1234"\n}'),
        (b'{"Value":254708374149}', '{\n  "Value": "0708 ***149"\n}'),
        (b'{"a":1,"a":2}', '{"a":1,"a":2}'),
        (b"MSISDN=+254708374149&pin=9876", f"MSISDN=0708 ***149&pin={HIDDEN}"),
        (b"my pin: 9876, thanks", f"my pin: {HIDDEN}, thanks"),
        (b"UKN254708374149X 20261123120500", "UKN254708374149X 20261123120500"),
        (b"\xff\x00\xe2\x80\xae", "\\xff\\u0000\\u202e"),
        (b"", ""),
        (b"[" * 100_000, "[" * MOST_CHARACTERS + "\n… and 80,000 characters more"),
    ],
)
def test_how_a_body_is_shown(body: bytes, shown: str) -> None:
    assert readable(body) == shown


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_it_and_nothing_unprintable_is_left(body: bytes) -> None:
    assert all(character.isprintable() or character == "\n" for character in readable(body))


@settings(deadline=None)
@given(st.from_regex(r"254[17][0-9]{8}", fullmatch=True), st.sampled_from(["json", "number", "text"]))
def test_no_phone_number_is_shown_whole(phone: str, how: str) -> None:
    body = {"json": json.dumps({"p": phone}), "number": json.dumps([int(phone)]), "text": f"from {phone}."}[how]
    assert phone[3:] not in readable(body.encode())


def test_headers_with_secrets_are_hidden() -> None:
    headers = {"user-agent": "curl", "authorization": "Bearer abc", "x-phone": "0722123456"}
    assert readable_headers(headers) == [
        ("authorization", HIDDEN),
        ("user-agent", "curl"),
        ("x-phone", "0722 ***456"),
    ]


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (10, 10), (11, 20), (61, 80), (999, 1000), (1001, 2000)]
)
def test_the_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert nice_top(most) == top
