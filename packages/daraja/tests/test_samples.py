"""Every sample body, read by the parser of its kind: no field lost, nothing taken for paid that is not."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())

PARSERS: dict[str, Callable[[bytes], object]] = {
    "stk_callback": daraja.parse_stk_callback,
    "b2c_result": daraja.parse_b2c_result,
    "b2b_result": daraja.parse_b2b_result,
    "reversal_result": daraja.parse_reversal_result,
    "transaction_status_result": daraja.parse_status_result,
    "account_balance_result": daraja.parse_balance_result,
    "queue_timeout": daraja.parse_result,
    "c2b_confirmation": daraja.parse_c2b_payment,
    "c2b_validation": daraja.parse_c2b_payment,
    "b2b_express_callback": daraja.parse_express_callback,
    "ratiba_callback": daraja.parse_standing_order_callback,
    "billmanager_payment": daraja.parse_bill_payment,
    "merchant_reply": daraja.parse_validation_reply,
}
RESULTS = {kind for kind in PARSERS if kind.endswith("_result")} | {"queue_timeout"}
ANSWERED = {
    "async_ack",
    "billmanager_response",
    "c2b_register_ack",
    "error_body",
    "error_gateway",
    "oauth_response",
    "org_info_response",
    "pull_query_response",
    "pull_register_response",
    "qr_response",
    "ratiba_response",
    "stk_push_ack",
    "stk_query_response",
}
"""Kinds that come as the answer to a call; `test_answers.py` and others read them over HTTP."""


def of_kind(*kinds: str) -> list[object]:
    return [pytest.param(entry, id=entry["file"]) for entry in MANIFEST if entry["kind"] in kinds]


def body_of(entry: Mapping[str, str]) -> bytes:
    return (SAMPLES / entry["file"]).read_bytes()


def test_every_kind_of_sample_is_covered():
    assert {entry["kind"] for entry in MANIFEST} == PARSERS.keys() | ANSWERED
    assert {path.name for path in SAMPLES.glob("*.json")} == {entry["file"] for entry in MANIFEST} | {"manifest.json"}


@pytest.mark.parametrize("entry", of_kind(*PARSERS))
def test_the_body_stays_reachable_whole(entry):
    message = PARSERS[entry["kind"]](body_of(entry))
    assert message.raw == json.loads(body_of(entry))


def same(items: daraja.Items, facts: list[tuple[str, object]]) -> bool:
    """The manifest writes fractions as text and an absent value as `<absent>`."""
    expected = [(name, None if value == "<absent>" else value) for name, value in facts]
    read = [(name, f"{value:.2f}" if isinstance(value, float) else value) for name, value in items]
    return read == [(name, f"{value:.2f}" if isinstance(value, float) else value) for name, value in expected]


@pytest.mark.parametrize("entry", of_kind(*RESULTS))
def test_every_fact_of_a_result_is_read(entry):
    result, facts = PARSERS[entry["kind"]](body_of(entry)), entry["facts"]
    assert result.code == (str(facts["ResultCode"]) if "ResultCode" in facts else None)
    assert result.description == facts.get("ResultDesc", "")
    assert result.conversation_id == facts.get("ConversationID")
    assert result.originator_conversation_id == facts.get("OriginatorConversationID")
    assert result.transaction_id == facts.get("TransactionID")
    if "items" in facts:
        assert same(result.parameters, facts["items"])
    assert same(result.references, facts.get("reference", []))


@pytest.mark.parametrize("entry", of_kind(*RESULTS))
def test_a_result_is_done_exactly_when_m_pesa_says_so(entry):
    result = PARSERS[entry["kind"]](body_of(entry))
    if entry["kind"] == "queue_timeout" or entry["outcome"] is None:
        assert result.outcome is daraja.Outcome.UNKNOWN
        assert "settles nothing" in result.advice
    else:
        assert (result.outcome is daraja.Outcome.PAID) == (entry["outcome"] == "success")
        assert entry["outcome"] == "success" or result.receipt is None


def cents(value: object) -> int | None:
    return None if value in (None, "") else int(Decimal(str(value)) * 100)


@pytest.mark.parametrize("entry", of_kind("b2c_result", "b2b_result", "reversal_result", "transaction_status_result"))
def test_amounts_and_times_of_results_are_typed(entry):
    result = PARSERS[entry["kind"]](body_of(entry))
    parameters = dict(result.parameters)
    amount = parameters.get("TransactionAmount", parameters.get("Amount"))
    assert result.amount_cents == cents(amount)
    times = [name for name in parameters if name.endswith(("Time", "DateTime"))]
    moment = getattr(result, "completed_at", None) or getattr(result, "finalised_at", None)
    assert (moment is not None) == bool(times)
    if times:
        digits = moment.astimezone(daraja.EAT).strftime("%Y%m%d%H%M%S")
        written = str(parameters[times[0]])
        assert digits == (written if written.isdigit() else written[6:10] + written[3:5] + written[:2] + digits[8:])


@pytest.mark.parametrize("entry", of_kind("b2c_result"))
def test_b2c_balances_and_recipient(entry):
    result = daraja.parse_b2c_result(body_of(entry))
    parameters = dict(result.parameters)
    assert result.utility_cents == cents(parameters.get("B2CUtilityAccountAvailableFunds"))
    assert result.working_cents == cents(parameters.get("B2CWorkingAccountAvailableFunds"))
    assert result.charges_paid_cents == cents(parameters.get("B2CChargesPaidAccountAvailableFunds"))
    name = parameters.get("ReceiverPartyPublicName")
    if name is not None:
        number, _, person = str(name).partition(" - ")
        assert (result.recipient.msisdn, result.recipient.name) == (number, person)


def test_accounts_are_read_in_each_of_their_forms():
    published = daraja.parse_balance_result((SAMPLES / "balance_ok_2020_strings.json").read_bytes())
    assert [account.name for account in published.accounts] == [
        "Working Account",
        "Float Account",
        "Utility Account",
        "Charges Paid Account",
        "Organization Settlement Account",
    ]
    raw = dict(published.parameters)["AccountBalance"].split("&")
    for account, text in zip(published.accounts, raw, strict=True):
        _, currency, *amounts = text.split("|")
        assert account.currency == currency == "KES"
        assert [
            account.current_cents,
            account.available_cents,
            account.reserved_cents,
            account.uncleared_cents,
        ] == [cents(amount) for amount in amounts]
    assert published.account("Charges Paid Account").current_cents < 0
    assert published.account("No Such Account") is None
    short = daraja.parse_b2b_result((SAMPLES / "b2b_ok_short_balance.json").read_bytes())
    assert short.debit_account.name == "Working Account"
    assert short.debit_account.available_cents is None
    mapped = daraja.parse_b2b_result((SAMPLES / "b2b_ok_2017.json").read_bytes())
    assert mapped.initiator_account.current_cents == 5_120_000
    assert mapped.debit_account.current_cents == 5_120_000
    assert mapped.charges[0].name == "Business Pay Bill Charge"
    assert mapped.charges[0].cents == 8800


def test_the_second_debit_party_is_the_one_that_was_paid():
    twice = daraja.parse_status_result((SAMPLES / "txstatus_ok_2018_duplicate_key.json").read_bytes())
    debit, credit = twice.parameters.all("DebitPartyName")
    assert f"{twice.debit_party.number} - {twice.debit_party.name}" == debit
    assert f"{twice.credit_party.number} - {twice.credit_party.name}" == credit
    assert twice.transaction_outcome is daraja.Outcome.PAID
    assert twice.transaction_receipt == dict(twice.parameters)["ReceiptNo"]
    spaced = daraja.parse_status_result((SAMPLES / "txstatus_ok_2017_spaced_keys.json").read_bytes())
    assert spaced.transaction_conversation_id == dict(spaced.parameters)["Conversation ID"]
    assert spaced.transaction_originator_conversation_id == dict(spaced.parameters)["Originator Conversation ID"]
    assert spaced.finalised_at is not None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Completed", daraja.Outcome.PAID),
        ("Declined", daraja.Outcome.FAILED),
        ("Expired", daraja.Outcome.FAILED),
        ("Cancelled", daraja.Outcome.FAILED),
        ("Authorized", daraja.Outcome.PENDING),
        ("Something new", daraja.Outcome.UNKNOWN),
    ],
)
def test_a_working_query_is_not_a_completed_transaction(status, outcome):
    parameters = {"ResultParameter": [{"Key": "TransactionStatus", "Value": status}]}
    result = daraja.parse_status_result({"Result": {"ResultCode": 0, "ResultParameters": parameters}})
    assert result.outcome is daraja.Outcome.PAID
    assert result.transaction_outcome is outcome
    failed = daraja.parse_status_result({"Result": {"ResultCode": 2001, "ResultParameters": parameters}})
    assert failed.transaction_outcome is daraja.Outcome.UNKNOWN


@pytest.mark.parametrize("entry", of_kind("c2b_confirmation", "c2b_validation"))
def test_c2b_payments_lose_no_field(entry):
    raw = json.loads(body_of(entry))
    payment = daraja.parse_c2b_payment(body_of(entry))
    text = {name: str(value).strip() or None for name, value in raw.items()}
    assert payment.receipt == text["TransID"]
    assert payment.amount_cents == cents(raw["TransAmount"])
    assert payment.shortcode == text["BusinessShortCode"]
    assert payment.account_reference == text["BillRefNumber"]
    assert payment.transaction_type == text["TransactionType"]
    assert payment.completed_at is not None
    assert payment.balance_cents == cents(raw.get("OrgAccountBalance"))
    assert payment.third_party_id == text.get("ThirdPartyTransID")
    assert payment.invoice_number == text.get("InvoiceNumber")
    assert (payment.first_name, payment.middle_name, payment.last_name) == tuple(
        text.get(name) for name in ("FirstName", "MiddleName", "LastName")
    )
    phone = text["MSISDN"].replace(" ", "")
    seen = payment.msisdn_masked if "*" in phone else payment.msisdn
    assert seen == (phone if "*" in phone or phone.startswith("254") else None)
    assert payment.extra == {}


def test_a_hashed_phone_is_told_from_a_masked_one():
    hashed = "BBFF37CEA44AC0B2D964EE0DFB8D2DF8513DC7BA1B36129A929FC3FBD6DD4AF4"
    payment = daraja.parse_c2b_payment({"TransID": "UKN4Q7T2XB", "TransAmount": "1", "MSISDN": hashed, "New": 1})
    assert (payment.msisdn, payment.msisdn_masked) == (None, None)
    assert payment.msisdn_sha256 == hashed.lower()
    assert payment.extra == {"New": 1}


@pytest.mark.parametrize("entry", of_kind("b2b_express_callback"))
def test_express_callbacks_lose_no_field(entry):
    raw = json.loads(body_of(entry))
    callback = daraja.parse_express_callback(body_of(entry))
    assert callback.code == raw["resultCode"]
    assert callback.amount_cents == cents(raw["amount"])
    assert callback.request_id == raw["requestId"]
    assert callback.receipt == raw.get("transactionId")
    assert callback.payment_reference == raw.get("paymentReference")
    assert callback.conversation_id == (raw["conversationID"].replace("\\", "") if "conversationID" in raw else None)
    assert callback.extra == {name: raw[name] for name in raw if name == "resultType"}
    paid = entry["outcome"] == "success" and "transactionId" in raw
    assert (callback.outcome is daraja.Outcome.PAID) == paid


@pytest.mark.parametrize("entry", of_kind("ratiba_callback"))
def test_standing_orders_are_read_in_both_spellings(entry):
    raw = json.loads(body_of(entry))
    callback = daraja.parse_standing_order_callback(body_of(entry))
    header, content = raw.values()
    assert callback.response_ref_id == header["responseRefID"]
    assert callback.request_ref_id == header["requestRefID"]
    assert callback.code == header["responseCode"]
    (data,) = content.values()
    assert [value for _, value in callback.items] == [next(v for k, v in i.items() if k in "Value value") for i in data]
    assert callback.status in ("OKAY", "ERROR", "CANCELLED")
    assert callback.msisdn is None
    assert (callback.outcome is daraja.Outcome.PAID) == (entry["outcome"] == "success")


def test_bill_payments_lose_no_field():
    raw = json.loads((SAMPLES / "billmanager_payment.json").read_bytes())
    payment = daraja.parse_bill_payment(raw)
    assert payment.receipt == raw["transactionId"]
    assert payment.amount_cents == cents(raw["paidAmount"])
    assert payment.msisdn == raw["msisdn"]
    assert payment.paid_on.isoformat() == raw["dateCreated"]
    assert payment.account_reference == raw["accountReference"]
    assert payment.shortcode == raw["shortCode"]
    assert payment.extra == {}


@pytest.mark.parametrize("entry", of_kind("merchant_reply"))
def test_our_own_replies_read_as_published(entry):
    raw = json.loads(body_of(entry))
    assert daraja.parse_validation_reply(body_of(entry)).accepts == (entry["outcome"] == "success")
    if entry["outcome"] == "success":
        assert daraja.accept_payment(raw.get("ThirdPartyTransID")) == raw
    else:
        assert daraja.reject_payment(daraja.C2bRejection(raw["ResultCode"])) == raw


@pytest.mark.parametrize("entry", of_kind(*(PARSERS.keys() - {"merchant_reply"}), "error_body", "error_gateway"))
def test_any_body_can_be_decoded_without_knowing_its_url(entry):
    message = daraja.decode(body_of(entry))
    if entry["kind"].startswith("error"):
        assert isinstance(message, daraja.DarajaError)
    elif entry["kind"] == "account_balance_result":
        assert isinstance(message, daraja.BalanceResult)
    elif entry["kind"] == "transaction_status_result":
        assert isinstance(message, daraja.StatusResult)
    else:
        expected = daraja.Result if entry["kind"] in RESULTS else type(PARSERS[entry["kind"]](body_of(entry)))
        assert isinstance(message, expected)
