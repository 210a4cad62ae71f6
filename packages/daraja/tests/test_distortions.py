"""Bodies bent in every way that a test machine can think of raise `MalformedMessage`, or are read; nothing else."""

import contextlib
import json
from pathlib import Path

import pytest
from daraja_cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

import daraja
from daraja.reply import Reply

SAMPLES = Path(__file__).parent / "samples"
BODIES = [json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("*.json")) if path.stem != "manifest"]
PARSERS = [
    daraja.decode,
    daraja.parse_stk_callback,
    daraja.parse_b2c_result,
    daraja.parse_b2b_result,
    daraja.parse_reversal_result,
    daraja.parse_status_result,
    daraja.parse_balance_result,
    daraja.parse_result,
    daraja.parse_c2b_payment,
    daraja.parse_express_callback,
    daraja.parse_standing_order_callback,
    daraja.parse_bill_payment,
    daraja.parse_validation_reply,
    daraja.parse_account_name_request,
]
ODD = ["", " ", "0", "-1", "1e999999", "9" * 5000, "NaN", "2547*****126", "20269999999999", "|||", "a|b&|", "{Amount="]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD)
JUNK = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@st.composite
def distorted(draw: st.DrawFn) -> object:
    """A sample in which one or more values were replaced, dropped, doubled, wrapped or turned into text."""
    body = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    for _ in range(draw(st.integers(1, 3))):
        body = _distort(draw, body)
    return body


def _distort(draw: st.DrawFn, value: object) -> object:
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: _distort(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], _distort(draw, value[index]), *value[index + 1 :]]
    changes = [
        lambda: draw(JUNK),
        lambda: [value],
        lambda: [value, value],
        lambda: {"Value": value},
        lambda: json.dumps(value),
        lambda: None,
        lambda: dict(list(value.items())[1:]) if isinstance(value, dict) else value,
    ]
    return draw(st.sampled_from(changes))()


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@settings(max_examples=60, deadline=None)
@given(body=distorted())
def test_a_distorted_body_is_read_or_malformed(parse, body):
    text = json.dumps(body)
    try:
        message = parse(text)
    except daraja.MalformedMessage:
        return
    repr(message)
    if hasattr(message, "outcome"):
        assert message.outcome in daraja.Outcome


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@settings(max_examples=40, deadline=None)
@given(body=st.binary())
def test_any_bytes_are_read_or_malformed(parse, body):
    with contextlib.suppress(daraja.MalformedMessage):
        repr(parse(body))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
@settings(max_examples=15, deadline=None)
@given(body=distorted() | st.none(), status=st.sampled_from([200, 200, 201, 302, 400, 401, 404, 429, 500, 503]))
def test_a_distorted_answer_is_read_refused_or_unknown(case, body, status):
    content = b"<html>" if body is None else json.dumps(body).encode()
    with contextlib.suppress(daraja.Refused, daraja.OutcomeUnknown):
        repr(case.request.answer(Reply(status, content)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_its_own_answer_distorted_is_read_refused_or_unknown(case, data):
    body = json.loads(case.body)
    for _ in range(data.draw(st.integers(1, 3))):
        body = _distort(data.draw, body)
    with contextlib.suppress(daraja.Refused, daraja.OutcomeUnknown):
        repr(case.request.answer(Reply(200, json.dumps(body).encode())))


@pytest.mark.parametrize("filler", ["*", " ", "1", "&", "|", "{", "invalid ", "254708374149 - "])
def test_a_long_value_takes_no_long_time(filler):
    value = filler * 20_000 + "!"
    body = {"TransID": "UKN4Q7T2XB", "TransAmount": "1", "MSISDN": value, "FirstName": value, "TransTime": value}
    assert daraja.parse_c2b_payment(body).msisdn_masked is None
    parameters = [
        {"Key": key, "Value": value}
        for key in (
            "ReceiverPartyPublicName",
            "DebitPartyCharges",
            "DebitAccountBalance",
            "Amount",
            "TransCompletedTime",
        )
    ]
    result = daraja.parse_b2b_result({"Result": {"ResultCode": 0, "ResultParameters": {"ResultParameter": parameters}}})
    assert result.amount_cents is None
    assert isinstance(daraja.decode({"errorCode": "400.002.02", "errorMessage": value}), daraja.Refused)
