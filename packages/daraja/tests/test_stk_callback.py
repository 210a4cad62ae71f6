"""Reading what M-PESA posts to a payment's callback URL."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
STK = [entry for entry in json.loads((SAMPLES / "manifest.json").read_text()) if entry["kind"] == "stk_callback"]


@pytest.mark.parametrize("entry", STK, ids=lambda entry: entry["file"])
def test_no_field_of_a_sample_is_lost(entry):
    body = (SAMPLES / entry["file"]).read_bytes()
    callback, facts = daraja.parse_stk_callback(body), entry["facts"]
    assert callback.merchant_request_id == facts.get("MerchantRequestID")
    assert callback.checkout_request_id == facts.get("CheckoutRequestID")
    assert callback.code == str(facts["ResultCode"])
    assert callback.description == facts.get("ResultDesc", "")
    assert callback.raw == json.loads(body)
    items = {name: None if value == "<absent>" else value for name, value in facts.get("items", [])}
    assert callback.receipt == items.pop("MpesaReceiptNumber", None)
    amount = items.pop("Amount", None)
    assert callback.amount_cents == (None if amount is None else round(float(amount) * 100))
    phone = items.pop("PhoneNumber", None)
    assert callback.msisdn == (None if phone is None else str(phone))
    date = items.pop("TransactionDate", None)
    assert (callback.completed_at is None) == (date is None)
    balance = items.pop("Balance", None)
    assert callback.balance == (None if balance is None else str(balance))
    assert dict(callback.extra) == items
    complete = callback.receipt is not None and callback.amount_cents is not None
    assert callback.paid == (entry["outcome"] == "success" and complete)


def test_a_payment_reads_as_what_the_customer_saw():
    callback = daraja.parse_stk_callback(
        {
            "Body": {
                "stkCallback": {
                    "MerchantRequestID": "28355-36525448-1",
                    "CheckoutRequestID": "ws_CO_23112026091500123708374149",
                    "ResultCode": 0,
                    "ResultDesc": "The service request is processed successfully.",
                    "CallbackMetadata": {
                        "Item": [
                            {"Name": "Amount", "Value": 1250.00},
                            {"Name": "MpesaReceiptNumber", "Value": "UKN4Q7T2XB"},
                            {"Name": "Balance"},
                            {"Name": "TransactionDate", "Value": 20261123091527},
                            {"Name": "PhoneNumber", "Value": 254708374149},
                        ]
                    },
                }
            }
        }
    )
    assert callback.paid
    assert callback.amount_cents == 125_000
    assert callback.receipt == "UKN4Q7T2XB"
    assert callback.msisdn == "254708374149"
    assert callback.completed_at == datetime(2026, 11, 23, 9, 15, 27, tzinfo=daraja.EAT)
    assert "254708374149" not in repr(callback)


def test_success_without_proof_is_not_paid_and_not_failed():
    for name in ("stk_ok_no_metadata", "stk_forged_amount_outside_metadata", "stk_ok_receipt_only"):
        callback = daraja.parse_stk_callback((SAMPLES / f"{name}.json").read_bytes())
        assert not callback.paid
        assert callback.outcome is daraja.Outcome.UNKNOWN
        assert "do not pay again" in callback.advice
    cancelled = daraja.parse_stk_callback((SAMPLES / "stk_1032_2024.json").read_bytes())
    assert cancelled.advice == cancelled.code.advice == "The payment was cancelled on your phone."


def callback_with(items: object, code: object = 0) -> daraja.StkCallback:
    return daraja.parse_stk_callback(
        json.dumps({"Body": {"stkCallback": {"ResultCode": code, "CallbackMetadata": {"Item": items}}}})
    )


def test_a_masked_phone_is_kept_apart_from_a_whole_one():
    callback = callback_with([{"Name": "PhoneNumber", "Value": "254708***430"}])
    assert callback.msisdn is None
    assert callback.msisdn_masked == "254708***430"


def test_a_single_item_is_read_without_its_list():
    assert callback_with({"Name": "MpesaReceiptNumber", "Value": "UKN4Q7T2XB"}).receipt == "UKN4Q7T2XB"


def test_a_repeated_item_does_not_replace_the_first():
    callback = callback_with([{"Name": "Amount", "Value": 10}, {"Name": "Amount", "Value": 99999}])
    assert callback.amount_cents == 1000


@pytest.mark.parametrize("code", ["SFC_IC0003", "TP40153", 31337])
def test_any_code_survives(code):
    callback = callback_with([], code)
    assert callback.code == str(code)
    assert not callback.paid


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"Body": null}',
        b'{"Body": {"stkCallback": []}}',
        b'{"Body": {"stkCallback": {}}}',
        b'{"Body": {"stkCallback": {"ResultCode": null}}}',
        b'{"Body": {"stkCallback": {"ResultCode": {"a": 1}}}}',
        b'{"Body": {"stkCallback": {"ResultCode": NaN}}}',
        b'{"Body": {"stkCallback": {"ResultCode": 0, "ResultDesc": "\\u0000"}}}',
        b'{"Body": {"stkCallback": {"ResultCode": 0, "ResultDesc": "\\ud800"}}}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_callback_is_malformed(body):
    with pytest.raises(daraja.MalformedMessage):
        daraja.parse_stk_callback(body)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (1.0, 100),
        ("5.00", 500),
        ("1,500.50", 150_050),
        (8959269.6, 895_926_960),
        ("0.005", None),
        ("KES 5", None),
        (True, None),
        ("1e30", None),
        ("1e999999", None),
        ("9" * 5000, None),
        ("-1", -100),
        (None, None),
        ("NaN", None),
    ],
)
def test_amounts_are_exact_cents(value, cents):
    assert callback_with([{"Name": "Amount", "Value": value}]).amount_cents == cents


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (20191219102115, datetime(2019, 12, 19, 10, 21, 15, tzinfo=daraja.EAT)),
        ("20191219102115", datetime(2019, 12, 19, 10, 21, 15, tzinfo=daraja.EAT)),
        ("2023-04-26 12:30:00", datetime(2023, 4, 26, 12, 30, tzinfo=daraja.EAT)),
        ("06.07.2024 22:48:52", datetime(2024, 7, 6, 22, 48, 52, tzinfo=daraja.EAT)),
        ("2023-08-23T14:30:00+03:00", datetime(2023, 8, 23, 14, 30, tzinfo=daraja.EAT)),
        ("2024-05-01T12:00:00", datetime(2024, 5, 1, 12, tzinfo=daraja.EAT)),
        (20191319102115, None),
        ("yesterday", None),
    ],
)
def test_times_are_moments_in_east_africa(value, moment):
    assert callback_with([{"Name": "TransactionDate", "Value": value}]).completed_at == moment
