"""A buyer is thanked in their own language, in the words of the registry, by the one call that books the payment."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from sokopesa.notices.models import Notice
from sokopesa.notices.words import ORDER_PAID
from sokopesa.payments.crediting import Payment, credit_payments

pytestmark = pytest.mark.django_db
Market = Any


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize(("cents", "msisdn"), [(125_000, "254712345678"), (25_000_000, ""), (100_100, "254110345678")])
def test_the_thanks_of_the_database_are_the_words_of_the_registry(
    market: Market, language: str, cents: int, msisdn: str
) -> None:
    buyer = market.buyer()
    buyer.language = language
    buyer.save()
    purchase = market.purchase(buyer=buyer, total_cents=cents)
    credit_payments(
        [
            Payment(
                receipt="UKN1AAAAAA",
                purchase_id=purchase.pk,
                amount_cents=cents,
                paid_at=market.now,
                learned_from="confirmation",
                msisdn=msisdn,
            )
        ],
        now=market.now,
    )
    said = {"amount": cents, "payer": msisdn, "order": purchase.number, "receipt": "UKN1AAAAAA"}
    assert Notice.objects.get().text == ORDER_PAID.in_sms(language, said)


def test_a_refund_is_told_in_kiswahili_and_stands_in_english_on_the_timeline(market: Market) -> None:
    buyer = market.buyer()
    buyer.language = "sw"
    buyer.save()
    purchase = market.purchase(buyer=buyer)
    for code in ("UKN1AAAAAA", "UKN1BBBBBB"):
        payment = Payment(
            receipt=code, purchase_id=purchase.pk, amount_cents=125_000, paid_at=market.now, learned_from="confirmation"
        )
        credit_payments([payment], now=market.now)
    text = Notice.objects.get(kind="refund").text
    assert text.startswith(f"Tutakurudishia KES 1,250: oda {purchase.number} ilikuwa imelipwa, risiti UKN1BBBBBB.")
    assert purchase.events.get(kind="refund-owed").text.startswith("We owe you KES 1,250: order")


def test_the_step_back_brings_back_english_alone(market: Market) -> None:
    migration = import_module("sokopesa.payments.migrations.0007_language")
    with connection.cursor() as cursor:
        cursor.execute(migration.UNDO)
    buyer = market.buyer()
    buyer.language = "sw"
    buyer.save()
    purchase = market.purchase(buyer=buyer)
    payment = Payment(
        receipt="UKN1AAAAAA",
        purchase_id=purchase.pk,
        amount_cents=125_000,
        paid_at=market.now,
        learned_from="confirmation",
    )
    credit_payments([payment], now=market.now)
    assert Notice.objects.get().text.startswith("Thank you. We received KES 1,250 for order")
    with connection.cursor() as cursor:
        cursor.execute(migration.BEGIN + migration.SPEAKING)
