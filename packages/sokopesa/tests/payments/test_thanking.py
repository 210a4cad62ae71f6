"""Buyers who gave an e-mail address have it in writing that their payment came, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.models import Letter, Notice
from sokopesa.orders.opening import open_paid
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.thanking import thank

pytestmark = pytest.mark.django_db
Market = Any


def pay(market: Market, code: str, *, is_confirmed: bool = True) -> str:
    """One purchase, paid and not looked after yet; its number."""
    buyer = market.buyer()
    buyer.email, buyer.email_confirmed_at = f"{code.lower()}@soko.example", market.now if is_confirmed else None
    buyer.save()
    purchase = market.purchase(buyer=buyer)
    payment = Payment(
        receipt=code, purchase_id=purchase.pk, amount_cents=125_000, paid_at=market.now, learned_from="confirmation"
    )
    credit_payments([payment], now=market.now)
    return str(purchase.number)


@pytest.fixture(autouse=True)
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr("console:"))


def test_whoever_confirmed_an_address_gets_one_letter_with_the_receipt(market: Market) -> None:
    number = pay(market, "UKN1AAAAAA")
    pay(market, "UKN1BBBBBB", is_confirmed=False)
    told = Notice.objects.count()
    assert open_paid(then=thank) == 2
    assert open_paid(then=thank) == 0
    letter = Letter.objects.get(kind="order-paid")
    assert (letter.to, letter.subject) == ("ukn1aaaaaa@soko.example", f"Order {number} is paid")
    assert f"We received KES 1,250 for order {number}, M-PESA receipt UKN1AAAAAA." in letter.text
    assert Notice.objects.count() == told


def test_many_letters_cost_no_more_queries_than_one(market: Market) -> None:
    costs = []
    for codes in (["UKN1A00000"], [f"UKN1B0000{place}" for place in range(5)]):
        for code in codes:
            pay(market, code)
        with CaptureQueriesContext(connection) as queries:
            assert open_paid(then=thank) == len(codes)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert Letter.objects.filter(kind="order-paid").count() == 6


def test_a_market_without_a_mail_server_asks_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr(""))
    with django_assert_num_queries(0):
        thank([1, 2, 3])
