"""Payments to the paybill that people start themselves, and the confirmation that M-PESA also sends for a prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import UNMATCHED, escrow, mpesa
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments.byhand import objection
from sokopesa.payments.models import InboxMessage, Receipt
from sokopesa.payments.settlement import settle
from sokopesa.refunds.models import Refund
from sokopesa.refunds.queries import owed_cents

pytestmark = pytest.mark.django_db
Market = Callbacks = Any


@pytest.fixture(autouse=True)
def token() -> Iterator[None]:
    CONFIGURATION.mpesa_paybill_token = SecretStr("paybill-secret")
    yield
    CONFIGURATION.mpesa_paybill_token = SecretStr("")


def body(purchase: Purchase, receipt: str = "UKN1CCCCCC", **other: Any) -> dict[str, Any]:
    """A confirmation as M-PESA writes it: amounts and times as strings, the phone masked."""
    return {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": "20261123120500",
        "TransAmount": f"{purchase.total_cents / 100:.2f}",
        "BusinessShortCode": "174379",
        "BillRefNumber": purchase.reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": "49197.00",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 126",
        "FirstName": "ASHA",
        **other,
    }


def arrive(told: dict[str, Any], *, secret: str = "paybill-secret") -> InboxMessage:
    return InboxMessage.objects.create(
        kind="confirmation",
        token_digest=daraja.token_digest(secret),
        source="127.0.0.1",
        trusted=True,
        headers={},
        body=json.dumps(told).encode(),
    )


def test_a_payment_by_hand_pays_the_order_that_its_account_number_names(market: Market) -> None:
    purchase = market.purchase()
    arrive(body(purchase))
    settle(now=market.now)
    purchase.refresh_from_db()
    receipt = Receipt.objects.get()
    assert purchase.state == "paid"
    assert (receipt.purchase, receipt.prompt, receipt.msisdn) == (purchase, None, "")
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000
    assert "We received KES 1,250 for order" in Notice.objects.get().text


@pytest.mark.parametrize("typed", ["lower", "spaced", "letters"])
def test_an_account_number_is_read_as_people_type_it(market: Market, typed: str) -> None:
    purchase = market.purchase()
    account = {
        "lower": purchase.reference.lower(),
        "spaced": f" {purchase.reference[:4]} {purchase.reference[4:]} ",
        "letters": purchase.reference.replace("0", "O").replace("1", "l"),
    }[typed]
    arrive(body(purchase, BillRefNumber=account))
    settle(now=market.now)
    purchase.refresh_from_db()
    assert purchase.state == "paid"


@pytest.mark.parametrize(
    ("other", "why"),
    [({"BillRefNumber": "RENT JUNE"}, "RENT JUNE"), ({"BillRefNumber": ""}, "“”")],
)
def test_money_without_a_home_is_on_the_books_and_reported(market: Market, other: Any, why: str) -> None:
    CONFIGURATION.operator_phone = "254711000200"
    purchase = market.purchase()
    arrive(body(purchase, **other))
    settle(now=market.now)
    CONFIGURATION.operator_phone = ""
    purchase.refresh_from_db()
    receipt = Receipt.objects.get()
    assert purchase.state == "awaiting_payment"
    assert why in receipt.unplaced
    assert balance_cents(UNMATCHED) == -receipt.amount_cents
    assert why in Notice.objects.get(kind="operator").text
    assert discrepancies() == []


@pytest.mark.parametrize(
    ("paid", "pays", "owed"), [("1000.00", False, 100_000), ("1249.50", False, 124_950), ("1300.00", True, 5_000)]
)
def test_another_amount_pays_if_it_covers_the_order_and_the_rest_is_owed_back_at_once(
    market: Market, paid: str, pays: bool, owed: int
) -> None:
    purchase = market.purchase()
    arrive(body(purchase, TransAmount=paid))
    settle(now=market.now)
    purchase.refresh_from_db()
    refund = Refund.objects.get()
    assert (purchase.state == "paid") is pays
    assert (refund.amount_cents, refund.cause) == (owed, "over_payment" if pays else "under_payment")
    assert balance_cents(f"refunds:{refund.pk}") == -owed
    assert balance_cents(escrow(purchase.orders.get().pk)) == (-125_000 if pays else 0)
    assert balance_cents(UNMATCHED) == 0
    assert discrepancies() == []


@pytest.mark.parametrize("confirmation_first", [True, False])
def test_a_prompts_payment_told_by_both_ways_is_booked_once(
    market: Market, callbacks: Callbacks, confirmation_first: bool
) -> None:
    purchase = market.purchase()
    prompt, secret = callbacks.sent(purchase, market.now)
    tell = [lambda: arrive(body(purchase)), lambda: callbacks.arrive(secret, callbacks.paid(prompt, "UKN1CCCCCC"))]
    for step in tell if confirmation_first else reversed(tell):
        step()
        settle(now=market.now)
    prompt.refresh_from_db()
    purchase.refresh_from_db()
    assert (purchase.state, prompt.state, prompt.receipt.code) == ("paid", "paid", "UKN1CCCCCC")
    assert prompt.receipt.msisdn == prompt.msisdn, "the prompt tells who paid, though the confirmation hides it"
    assert balance_cents(mpesa("174379")) == 125_000
    assert Notice.objects.count() == 1


def test_paying_by_hand_and_by_prompt_is_a_surplus_that_the_buyer_hears_of(
    market: Market, callbacks: Callbacks
) -> None:
    purchase = market.purchase()
    prompt, secret = callbacks.sent(purchase, market.now)
    arrive(body(purchase, "UKN1HAND00"))
    callbacks.arrive(secret, callbacks.paid(prompt, "UKN1PROMPT"))
    settle(now=market.now)
    prompt.refresh_from_db()
    assert prompt.state == "paid"
    assert Receipt.objects.filter(purchase=None).count() == 1
    assert owed_cents() == 125_000
    assert Notice.objects.filter(text__contains="We owe you KES 1,250").count() == 1


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"BusinessShortCode": "600000"}, "not-ours"),
        ({"TransactionType": "Organization To Organization Transfer"}, "not-ours"),
        ({"TransAmount": "0.00"}, "not-ours"),
        ({"TransID": None}, "unreadable"),
    ],
)
def test_what_is_no_payment_to_us_books_nothing(market: Market, other: Any, verdict: str) -> None:
    message = arrive(body(market.purchase(), **other))
    settle(now=market.now)
    message.refresh_from_db()
    assert message.verdict == verdict
    assert not Receipt.objects.exists()


def test_without_our_secret_nothing_is_believed(market: Market) -> None:
    stranger = arrive(body(market.purchase()), secret="guess")
    CONFIGURATION.mpesa_paybill_token = SecretStr("")
    off = arrive(body(market.purchase()), secret="")
    settle(now=market.now)
    for message in (stranger, off):
        message.refresh_from_db()
        assert message.verdict == "stranger"
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, None),
        ({"BillRefNumber": "RENT"}, "C2B00012"),
        ({"TransAmount": "1249.00"}, "C2B00013"),
        ({"BusinessShortCode": "600000"}, "C2B00015"),
    ],
)
def test_mpesa_is_told_before_it_takes_money_that_has_no_home(market: Market, other: Any, reason: str | None) -> None:
    purchase = market.purchase()
    assert objection(daraja.parse_c2b_payment(body(purchase, **other))) == reason


@pytest.mark.parametrize(
    ("refused", "other", "reason"),
    [
        ("unknown", {"TransAmount": "1249.00"}, None),
        ("unknown", {"BillRefNumber": "RENT"}, "C2B00012"),
        ("nothing", {"BillRefNumber": "RENT"}, None),
        ("nothing", {"BusinessShortCode": "600000"}, "C2B00015"),
    ],
)
def test_an_operator_may_rather_take_the_money_and_owe_it_back(
    market: Market, refused: Any, other: Any, reason: str | None
) -> None:
    CONFIGURATION.mpesa_refuse_by_hand = refused
    try:
        assert objection(daraja.parse_c2b_payment(body(market.purchase(), **other))) == reason
    finally:
        CONFIGURATION.mpesa_refuse_by_hand = "unfit"


def test_an_order_that_is_paid_takes_no_second_payment_by_hand(market: Market) -> None:
    purchase = market.purchase()
    arrive(body(purchase))
    settle(now=market.now)
    assert objection(daraja.parse_c2b_payment(body(purchase, "UKN1DDDDDD"))) == "C2B00012"
