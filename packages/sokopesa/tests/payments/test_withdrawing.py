"""Cancelling while a request is out: it cannot be called back, and everybody is told so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.catalog.models import Offer
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.payments.errors import OrderCancelled
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.payments.settlement import settle
from sokopesa.payments.telling import Telling, tell_ended
from sokopesa.payments.withdrawing import withdraw

Market = Callbacks = Any


def told(purchase: Purchase, *, money_came: bool = False) -> Telling:
    purchase.refresh_from_db()
    telling = tell_ended(purchase, purchase.prompts.order_by("-attempt").first(), money_came=money_came)
    assert telling
    return telling


@pytest.mark.django_db
def test_a_request_that_has_not_left_us_never_leaves(market: Market) -> None:
    purchase = market.purchase()
    prompt = prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=market.now)
    withdraw(purchase, now=market.now)
    prompts.send(prompt_id=prompt.pk, clock=lambda: market.now)  # its job comes all the same
    prompt.refresh_from_db()
    assert (prompt.state, prompt.code, prompt.sent_at) == ("refused", "withdrawn", None)
    assert "Nothing was taken from your M-PESA account." in told(purchase).body
    assert told(purchase).is_final


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_a_request_on_a_phone_stays_live_until_mpesa_says_how_it_ended(
    market: Market, callbacks: Callbacks, state: str
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    Prompt.objects.update(state=state)
    assert withdraw(purchase, now=market.now)
    prompt.refresh_from_db()
    assert (prompt.state, prompt.next_ask_at) == (state, market.now)
    telling = told(purchase)
    assert not telling.is_final
    assert not telling.may_retry
    assert "Do not enter your PIN" in telling.steps[0]
    assert "the money comes back" in telling.steps[1]
    callbacks.arrive(token, callbacks.ended(prompt, 1032))
    settle(now=market.now)
    assert told(purchase).is_final
    assert "Nothing was taken from your M-PESA account." in told(purchase).body


@pytest.mark.django_db
def test_nobody_is_told_that_nothing_was_taken_when_something_was(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, _ = callbacks.sent(purchase, market.now)
    withdraw(purchase, now=market.now)
    Prompt.objects.update(code="0", state="unknown")
    assert "had been paid" in told(purchase).body[0]
    assert "PIN" not in " ".join(told(purchase).steps)
    Prompt.objects.filter(pk=prompt.pk).update(state="paid", ended_at=market.now, next_ask_at=None)
    for code in ("0", Prompt.Ending.NOT_FOUND):
        Prompt.objects.update(code=code)
        assert "Nothing was taken" not in " ".join(told(purchase).body)
    Prompt.objects.update(code="1032")
    assert "Nothing was taken" not in " ".join(told(purchase, money_came=True).body)


@pytest.mark.django_db
def test_a_cancelled_order_is_not_asked_for_again(market: Market) -> None:
    purchase = market.purchase()
    withdraw(purchase, now=market.now)
    with pytest.raises(OrderCancelled, match="order the goods again"):
        prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=market.now + timedelta(minutes=1))


@pytest.mark.parametrize("_again", range(4))
def test_cancelling_and_paying_at_once_is_one_or_the_other(
    market: Market, callbacks: Callbacks, _again: int, all_at_once: Any
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    all_at_once(
        lambda: withdraw(purchase, now=market.now),
        lambda: settle(now=market.now),
        lambda: withdraw(purchase, now=market.now),
    )
    purchase.refresh_from_db()
    paid = purchase.state == "paid"
    assert purchase.orders.get().state == ("awaiting_shipment" if paid else "cancelled")
    assert Offer.objects.get().stock == (9 if paid else 10)
    assert (Receipt.objects.get().purchase_id is not None) is paid
    assert purchase.events.filter(kind="cancelled").count() == (0 if paid else 1)
    assert balance_cents("mpesa:174379") == 125_000
    assert discrepancies() == []


def test_cancelling_and_asking_at_once_leaves_no_request_to_be_sent(market: Market, all_at_once: Any) -> None:
    for _ in range(4):
        purchase = market.purchase()
        all_at_once(
            lambda one=purchase: withdraw(one, now=market.now),
            lambda one=purchase: prompts.ask(purchase=one, msisdn=one.buyer.phone, now=market.now),
        )
        purchase.refresh_from_db()
        assert purchase.state == "cancelled"
        assert not [prompt for prompt in purchase.prompts.all() if prompt.is_live]
